//! Colours of a source's pictures, and how they become those of a clip.

use ffmpeg_next::frame;
use kernels::{Colours, MatrixMap, STANDARD, ToneMap, is_full, is_hdr, known_matrix};

use crate::media::raw;

/// Colours of a picture when it is upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceColours {
    /// The matrix is that of the picture's size where nothing is said.
    tags: Colours,
    full: bool,
}

/// How the colours of a composed picture become those of the clip: BT.709 in limited range.
pub(super) enum ColourMap {
    /// They are.
    Standard,
    /// From high dynamic range.
    Tone(ToneMap),
    /// From another matrix or range.
    Matrix(MatrixMap),
}

impl SourceColours {
    /// Returns those of a decoded picture.
    pub(super) fn of(frame: &frame::Video) -> Self {
        let shape = raw::picture_shape(frame);
        let mut tags = raw::colour_tags(frame);
        if raw::is_rgb(shape.format) {
            // The filter makes BT.709 of it, in limited range, and does not say so.
            (tags.matrix, tags.range) = (STANDARD.matrix, STANDARD.range);
        } else if !is_hdr(tags) {
            tags.matrix = known_matrix(tags.matrix, (shape.width, shape.height));
        }
        Self {
            tags,
            full: is_full(tags.range, &raw::pixel_name(shape.format)),
        }
    }
}

impl ColourMap {
    /// Returns the map for pictures of these colours.
    pub(super) fn of(SourceColours { tags, full }: SourceColours) -> Self {
        if is_hdr(tags) {
            Self::Tone(ToneMap::new(tags, full))
        } else if (tags.matrix, full) == (STANDARD.matrix, false) {
            Self::Standard
        } else {
            Self::Matrix(MatrixMap::new(tags.matrix, full))
        }
    }
}
