//! The two sides that a moment is known by.

/// The signature that a word is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Sound,
    Pictures,
}
