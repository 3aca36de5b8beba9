//! Decoded pictures with a time, and their geometry.

mod geometry;

pub use geometry::{Layout, Rect, Size};

use crate::timeline::Timestamp;

/// Width of the small picture that shot detection sees.
pub const SMALL_WIDTH: usize = 48;
/// Height of the small picture that shot detection sees.
pub const SMALL_HEIGHT: usize = 27;
/// Bytes of a small picture: RGB, row by row.
pub const SMALL_BYTES: usize = SMALL_WIDTH * SMALL_HEIGHT * 3;

/// A whole frame averaged down to 48x27 RGB, aspect ignored.
pub type SmallPicture = [u8; SMALL_BYTES];

/// A picture of any size: upright, RGB, 8 bits, row by row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Tells whether all of it is of one colour.
    pub fn is_plain(&self) -> bool {
        let pixels = self.rgb.as_chunks::<3>().0;
        pixels.iter().all(|pixel| Some(pixel) == pixels.first())
    }
}

/// One decoded frame, as the rest of the program sees it.
#[derive(Debug, Clone)]
pub struct Frame {
    /// 0-based, in display order.
    pub index: u64,
    /// When it is shown, on the file's own clock.
    pub time: Timestamp,
    /// The frame at 48x27.
    pub small: Box<SmallPicture>,
    /// The frame at analysis size, where the plan asked for one.
    pub picture: Option<Picture>,
}
