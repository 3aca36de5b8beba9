//! Rules of passages in other languages than the file's.

/// Probability from which on a language is believed.
pub(super) const SURE: f32 = 0.8;
/// Probability of a second language from which on a window may hold two.
pub(super) const SECOND: f32 = 0.1;
/// Samples of the shortest segment whose language is asked for: two and a half seconds.
pub(super) const SHORTEST: usize = 40_000;

/// What a transcript of several languages depends on beside the model.
pub const PASSAGE_RULES: (f32, f32, usize) = (SURE, SECOND, SHORTEST);
