//! Path of a crop: a smooth curve over time.

use crate::timeline::{TimeRange, Timestamp};

use crate::frame::Rect;

/// Samples a second: of what a scene shows, and of a path.
pub(super) const RATE: u32 = 5;

/// A crop of one size that stays where it is or moves smoothly.
///
/// Its corner is a uniform cubic B-spline through time. Every position is an average of nearby control points, every
/// speed one of their first differences, every acceleration one of their second differences: limits that the control
/// points keep hold at every instant, and speed and acceleration never jump.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    start: Timestamp,
    size: (f64, f64),
    /// The control points of the upper left corner, `RATE` a second; one alone for a crop that stays.
    corners: Vec<(f64, f64)>,
}

impl Path {
    /// Returns a crop that stays.
    pub(super) fn still(start: Timestamp, crop: Rect) -> Self {
        Self {
            start,
            size: (crop.width, crop.height),
            corners: vec![(crop.x, crop.y)],
        }
    }

    /// Returns a crop of `size` along control points, of which there is at least one.
    pub(super) fn along(start: Timestamp, size: (f64, f64), mut corners: Vec<(f64, f64)>) -> Self {
        if corners.iter().all(|corner| *corner == corners[0]) {
            corners.truncate(1);
        }
        Self {
            start,
            size,
            corners,
        }
    }

    /// Returns the crop at a time, in fractions of the picture; before its beginning and after its end it stays.
    pub fn at(&self, time: Timestamp) -> Rect {
        self.after((time - self.start).seconds() * f64::from(RATE))
    }

    /// Tells whether it never moves.
    pub fn is_still(&self) -> bool {
        self.corners.len() == 1
    }

    /// Returns the crop at its beginning, and then 5 times a second for one that moves.
    ///
    /// Straight lines between these are off by less than a hundredth of the crop.
    pub fn points(&self) -> Vec<(Timestamp, Rect)> {
        let times = (0..self.corners.len() as i64)
            .map(|k| self.start + Timestamp::new(k, RATE).unwrap_or(Timestamp::ZERO));
        times.map(|time| (time, self.at(time))).collect()
    }

    /// Returns the crop `k` samples after the beginning.
    pub(super) fn after(&self, k: f64) -> Rect {
        let last = self.corners.len() - 1;
        let k = k.clamp(0.0, last as f64);
        let first = (k as usize).min(last.saturating_sub(1));
        let part = k - first as f64;
        let corner = |axis: fn(&(f64, f64)) -> f64| {
            let near = [-1, 0, 1, 2].map(|step| self.control(first as isize + step, axis));
            spline(near, part)
        };
        Rect {
            x: corner(|c| c.0),
            y: corner(|c| c.1),
            width: self.size.0,
            height: self.size.1,
        }
    }

    /// Returns the control points, in crops.
    pub(super) fn crops(&self) -> impl Iterator<Item = (f64, f64)> {
        let (width, height) = self.size;
        self.corners
            .iter()
            .map(move |c| (c.0 / width, c.1 / height))
    }

    /// Returns a control point; past the ends the path goes straight on, so that it begins and ends on its own points.
    fn control(&self, k: isize, axis: fn(&(f64, f64)) -> f64) -> f64 {
        let last = self.corners.len() as isize - 1;
        let at = |k: isize| axis(&self.corners[k.clamp(0, last) as usize]);
        match k {
            k if k < 0 => 2.0 * at(0) - at(1),
            k if k > last => 2.0 * at(last) - at(last - 1),
            k => at(k),
        }
    }
}

/// Returns the cubic B-spline between the inner two of four control points.
fn spline(near: [f64; 4], t: f64) -> f64 {
    let u = 1.0 - t;
    let weights = [
        u * u * u,
        (3.0 * t - 6.0) * t * t + 4.0,
        (3.0 * u - 6.0) * u * u + 4.0,
        t * t * t,
    ];
    // Relative to a control point: where all four are the same, so is the curve, to the last bit.
    let moved: f64 = weights
        .iter()
        .zip(near)
        .map(|(weight, at)| weight * (at - near[1]))
        .sum();
    near[1] + moved / 6.0
}

/// Returns how many samples a path through `range` has: both ends are samples, so there are at least two.
pub(super) fn samples(range: TimeRange) -> usize {
    let seconds = range.duration().as_secs_f64();
    (seconds * f64::from(RATE)).ceil().max(1.0) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zigzag() -> Path {
        let corners = [0.1, 0.1, 0.4, 0.2, 0.2, 0.5].map(|x| (x, 0.0));
        Path::along(Timestamp::ZERO, (0.3, 1.0), corners.to_vec())
    }

    #[test]
    fn a_path_begins_and_ends_on_its_own_points_and_stays_there() {
        let (path, end) = (zigzag(), Timestamp::new(1, 1).unwrap());
        assert_eq!(path.at(Timestamp::ZERO).x, 0.1);
        assert!((path.at(end).x - 0.5).abs() < 1e-12);
        assert_eq!(path.at(end), path.at(end + end));
        assert_eq!(path.at(Timestamp::ZERO), path.at(-end));
    }

    #[test]
    fn between_two_equal_frames_of_any_clock_lies_less_than_a_step() {
        let path = zigzag();
        let frame = |k| path.at(Timestamp::from_ticks(k, 1001, 60000).unwrap()).x;
        let largest = (0..60).map(|k| (frame(k + 1) - frame(k)).abs());
        // The largest of the control points' steps, 0.3 in a fifth of a second.
        assert!(largest.fold(0.0, f64::max) <= 0.3 * 5.0 * 1001.0 / 60000.0);
    }

    #[test]
    fn straight_lines_between_the_points_of_a_gentle_path_are_nearly_the_path() {
        let corners = (0..20).map(|k| (0.3 - 0.3 * (f64::from(k) * 0.1).cos(), 0.0));
        let path = Path::along(Timestamp::ZERO, (0.3, 1.0), corners.collect());
        for pair in path.points().windows(2) {
            let middle = (pair[0].1.x + pair[1].1.x) / 2.0;
            let time = pair[0].0 + Timestamp::new(1, 10).unwrap();
            assert!((path.at(time).x - middle).abs() < 0.01 * 0.3);
        }
    }

    #[test]
    fn a_path_through_equal_points_is_still() {
        let path = Path::along(Timestamp::ZERO, (0.3, 1.0), vec![(0.1, 0.0); 9]);
        assert!(path.is_still());
        assert_eq!(path.points().len(), 1);
    }
}
