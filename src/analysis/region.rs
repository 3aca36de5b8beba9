//! Points and regions of a picture, in fractions of its size.

use serde::{Deserialize, Serialize};

use crate::frame::Rect;

/// A point in fractions of the upright picture: 0, 0 is the upper left corner, 1, 1 the lower right one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the upper edge.
    pub y: f32,
}

/// An upright rectangle in fractions of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Region {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Region {
    /// The whole picture.
    pub const WHOLE: Self = Self {
        x: 0.0,
        y: 0.0,
        width: 1.0,
        height: 1.0,
    };

    /// Returns the rectangle of this size around `centre`.
    pub fn around(centre: Point, width: f32, height: f32) -> Self {
        Self {
            x: centre.x - width / 2.0,
            y: centre.y - height / 2.0,
            width,
            height,
        }
    }

    /// Returns its middle.
    pub fn centre(self) -> Point {
        Point {
            x: self.x + self.width / 2.0,
            y: self.y + self.height / 2.0,
        }
    }

    /// Returns the share of the picture that it covers.
    pub fn area(self) -> f32 {
        self.width * self.height
    }

    /// Returns the part of it that lies in the picture; without width or height where there is none.
    pub fn clipped(self) -> Self {
        let (left, top) = (self.x.clamp(0.0, 1.0), self.y.clamp(0.0, 1.0));
        let (right, bottom) = (self.x + self.width, self.y + self.height);
        Self {
            x: left,
            y: top,
            width: (right.min(1.0) - left).max(0.0),
            height: (bottom.min(1.0) - top).max(0.0),
        }
    }

    /// Returns the area that the two share, as a share of what they cover together, 0..1.
    pub fn overlap(self, other: Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let shared = width.max(0.0) * height.max(0.0);
        let both = self.area() + other.area() - shared;
        if both > 0.0 { shared / both } else { 0.0 }
    }
}

impl From<Region> for Rect {
    fn from(region: Region) -> Self {
        Self {
            x: f64::from(region.x),
            y: f64::from(region.y),
            width: f64::from(region.width),
            height: f64::from(region.height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(x: f32, y: f32, width: f32, height: f32) -> Region {
        Region {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn overlap_is_the_shared_part_of_the_union() {
        let left = region(0.0, 0.0, 0.5, 0.5);
        assert_eq!(left.overlap(left), 1.0);
        assert_eq!(left.overlap(region(0.5, 0.0, 0.5, 0.5)), 0.0);
        assert!((left.overlap(region(0.25, 0.0, 0.5, 0.5)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(Region::default().overlap(Region::default()), 0.0);
    }

    #[test]
    fn what_lies_outside_the_picture_is_cut_off() {
        assert_eq!(
            region(-0.25, 0.5, 0.5, 1.0).clipped(),
            region(0.0, 0.5, 0.25, 0.5)
        );
        assert_eq!(region(2.0, 2.0, 1.0, 1.0).clipped().area(), 0.0);
    }

    #[test]
    fn a_region_lies_around_its_centre() {
        let centre = Point { x: 0.5, y: 0.25 };
        assert_eq!(Region::around(centre, 0.5, 0.25).centre(), centre);
    }
}
