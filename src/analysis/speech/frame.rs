//! Sizes of the frames, input rows and blocks in which the model scores sound.

/// Samples that one score stands for: 32 ms.
pub const FRAME: usize = 512;
/// Frames that one run of the model scores: 16.4 s.
pub const BLOCK: usize = 512;
/// Samples of the previous frame that the model sees before each frame.
pub(super) const CONTEXT: usize = 64;
/// Values of one row of the model's input.
pub(super) const ROW: usize = CONTEXT + FRAME;
