//! Rules of what is listened to again: passages in other languages than the file's, and speech without words.

/// Probability from which on a language is believed.
pub(super) const SURE: f32 = 0.8;
/// Probability of a second language from which on a window may hold two.
pub(super) const SECOND: f32 = 0.1;
/// Samples of the shortest segment whose language is asked for: two and a half seconds.
pub(super) const SHORTEST: usize = 40_000;

/// Samples of speech without a word that are listened to again: two seconds.
pub(super) const MISSED: usize = 32_000;
/// Samples of the shortest stretch of them that is listened to, half a second, and how many of one window are.
pub(super) const SHORTEST_AGAIN: usize = 8_000;
pub(super) const MOST_AGAIN: usize = 8;
/// How sure the model is on average of words that it finds then.
pub(super) const SURE_AGAIN: f32 = 0.4;

/// What a transcript depends on beside the model.
pub const PASSAGE_RULES: [f32; 7] = [
    SURE,
    SECOND,
    SHORTEST as f32,
    MISSED as f32,
    SHORTEST_AGAIN as f32,
    MOST_AGAIN as f32,
    SURE_AGAIN,
];
