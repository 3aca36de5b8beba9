//! Sizes, areas and layouts of pictures: the one geometry of the program. Pure.

use serde::{Deserialize, Serialize};

/// Rounding that counts as nothing: a thousandth of a pixel of any picture.
const SLACK: f64 = 1e-7;
/// Part of a picture's side below which there is nothing to see.
const SMALLEST: f64 = 0.001;

/// A size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// An area in fractions of the upright picture, or of the output where it says so; x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// How a shot is laid out on an upright clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One crop that keeps to the heads.
    Track,
    /// Two crops, one above the other, each with one subject.
    Split,
    /// Several parts one above the other, the first over the whole width: a screen, and who speaks to it.
    Stack,
    /// The part that holds everything that matters, with room around it to be filled (the picture blurred).
    Fit,
    /// The whole picture, which has the output's shape already.
    Whole,
}

impl Layout {
    /// Returns the word for it in manifests and result files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Split => "split",
            Self::Stack => "stack",
            Self::Fit => "fit",
            Self::Whole => "whole",
        }
    }
}

impl Size {
    /// Returns the size of so many columns and rows.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Returns columns for one row; a side of zero counts as one.
    pub fn aspect(self) -> f64 {
        f64::from(self.width.max(1)) / f64::from(self.height.max(1))
    }
}

impl Rect {
    /// All of the picture.
    pub const WHOLE: Self = Self {
        x: 0.0,
        y: 0.0,
        width: 1.0,
        height: 1.0,
    };

    /// Returns the right edge.
    pub fn right(self) -> f64 {
        self.x + self.width
    }

    /// Returns the lower edge.
    pub fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// Returns the middle: x and y.
    pub fn middle(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Tells whether `other` lies in it; edges may touch.
    pub fn holds(self, other: Self) -> bool {
        self.x <= other.x + SLACK
            && self.y <= other.y + SLACK
            && other.right() <= self.right() + SLACK
            && other.bottom() <= self.bottom() + SLACK
    }

    /// Returns what the two share; `None` when that is nothing, or a number is not finite.
    pub fn shared(self, other: Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (width, height) = (
            self.right().min(other.right()) - x,
            self.bottom().min(other.bottom()) - y,
        );
        let finite = [self, other].iter().all(|r| r.is_finite());
        (finite && width > 0.0 && height > 0.0).then_some(Self {
            x,
            y,
            width,
            height,
        })
    }

    /// Returns the least rectangle that holds both.
    pub fn joined(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.bottom().max(other.bottom()) - y,
        }
    }

    /// Returns the share of its area that lies in `area`.
    pub fn share_in(self, area: Self) -> f64 {
        let whole = (self.width * self.height).max(f64::MIN_POSITIVE);
        self.shared(area)
            .map_or(0.0, |s| s.width * s.height / whole)
    }

    /// Returns the largest area of `aspect` (width for one height, both in fractions) in its middle.
    pub fn largest(self, aspect: f64) -> Self {
        let (width, height) = (
            self.width.min(self.height * aspect),
            self.height.min(self.width / aspect),
        );
        self.centred((width, height))
    }

    /// Returns an area of `size` around its middle.
    pub fn centred(self, (width, height): (f64, f64)) -> Self {
        let (x, y) = self.middle();
        Self {
            x: x - width / 2.0,
            y: y - height / 2.0,
            width,
            height,
        }
    }

    /// Moves it into `area`, as far as it fits.
    pub fn moved_into(self, area: Self) -> Self {
        let into = |at: f64, low: f64, room: f64| at.min(low + room.max(0.0)).max(low);
        Self {
            x: into(self.x, area.x, area.width - self.width),
            y: into(self.y, area.y, area.height - self.height),
            ..self
        }
    }

    /// Returns the largest area in the middle of a picture that is `whole` times as wide as high, itself `shape` times as wide
    /// as high.
    pub fn of_shape(whole: f64, shape: f64) -> Self {
        let (width, height) = if shape < whole {
            (shape / whole, 1.0)
        } else {
            (1.0, whole / shape)
        };
        Self {
            x: (1.0 - width) / 2.0,
            y: (1.0 - height) / 2.0,
            width,
            height,
        }
    }

    /// Returns where an area in fractions of it lies in the picture.
    pub fn within(self, part: Self) -> Self {
        Self {
            x: self.x + part.x * self.width,
            y: self.y + part.y * self.height,
            width: part.width * self.width,
            height: part.height * self.height,
        }
    }

    /// Returns it moved, and where that is not enough shrunk, into the picture; the whole where a number is not finite.
    pub fn inside(self) -> Self {
        if !self.is_finite() {
            return Self::WHOLE;
        }
        let [width, height] = [self.width, self.height].map(|side| side.clamp(SMALLEST, 1.0));
        Self {
            x: self.x.clamp(0.0, 1.0 - width),
            y: self.y.clamp(0.0, 1.0 - height),
            width,
            height,
        }
    }

    /// Returns what is `share` of the way from it to another.
    pub fn between(self, other: Self, share: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * share;
        Self {
            x: mix(self.x, other.x),
            y: mix(self.y, other.y),
            width: mix(self.width, other.width),
            height: mix(self.height, other.height),
        }
    }

    fn is_finite(self) -> bool {
        [self.x, self.y, self.width, self.height]
            .iter()
            .all(|n| n.is_finite())
    }
}
