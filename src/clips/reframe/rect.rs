//! Areas of a picture.

/// Rounding that counts as nothing: a thousandth of a pixel of any picture.
const SLACK: f64 = 1e-7;

/// A size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// An area in fractions of the upright picture, or of the output where it says so; x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
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

impl Size {
    /// Returns columns for one row; a side of zero counts as one.
    pub(super) fn aspect(self) -> f64 {
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

    /// Returns the share of its area that lies in `area`.
    pub fn share_in(self, area: Self) -> f64 {
        let whole = (self.width * self.height).max(f64::MIN_POSITIVE);
        self.shared(area)
            .map_or(0.0, |s| s.width * s.height / whole)
    }

    /// Returns the largest area of `aspect` (width for one height, both in fractions) in its middle.
    pub(super) fn largest(self, aspect: f64) -> Self {
        let (width, height) = (
            self.width.min(self.height * aspect),
            self.height.min(self.width / aspect),
        );
        self.centred((width, height))
    }

    /// Returns an area of `size` around its middle.
    pub(super) fn centred(self, (width, height): (f64, f64)) -> Self {
        let (x, y) = self.middle();
        Self {
            x: x - width / 2.0,
            y: y - height / 2.0,
            width,
            height,
        }
    }

    /// Moves it into `area`, as far as it fits.
    pub(super) fn moved_into(self, area: Self) -> Self {
        let into = |at: f64, low: f64, room: f64| at.min(low + room.max(0.0)).max(low);
        Self {
            x: into(self.x, area.x, area.width - self.width),
            y: into(self.y, area.y, area.height - self.height),
            ..self
        }
    }

    fn is_finite(self) -> bool {
        [self.x, self.y, self.width, self.height]
            .iter()
            .all(|n| n.is_finite())
    }
}
