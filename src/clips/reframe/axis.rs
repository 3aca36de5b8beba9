//! Axis of a crop: its positions along one side of the picture, in steps.

use super::path::RATE;

/// The longest step, in crops.
const STEP: f64 = 0.02;
/// The most steps on an axis.
const STEPS: usize = 400;
/// The fastest that a crop moves, in crops a second: a person crossing a wide picture in four seconds is kept up with.
pub(super) const FASTEST: f64 = 0.8;
/// The hardest that a crop is sped up or slowed down, in crops per second per second.
pub(super) const HARDEST: f64 = 1.0;

/// The places that a crop can take along one axis: evenly from one end of its room to the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    step: f64,
    /// How long the crop is, in fractions of the picture.
    pub(super) crop: f64,
    /// How many places there are; at least one.
    pub(super) places: usize,
}

impl Axis {
    /// Returns the places of a crop that is `crop` long in a room that is `room` long and begins at `low`.
    pub(super) fn new(low: f64, room: f64, crop: f64) -> Self {
        let free = room - crop;
        if free < 1e-6 {
            return Self {
                low: low + free / 2.0,
                step: 0.0,
                crop,
                places: 1,
            };
        }
        // An even number of steps, so that one of the places is the middle.
        let half = (free / (2.0 * crop * STEP)).ceil();
        let steps = 2.0 * half.clamp(1.0, STEPS as f64 / 2.0);
        Self {
            low,
            step: free / steps,
            crop,
            places: steps as usize + 1,
        }
    }

    /// Returns where the crop begins at a place.
    pub(super) fn at(&self, place: usize) -> f64 {
        self.low + self.step * place as f64
    }

    /// Returns where the crop ends at the last place.
    pub(super) fn end(&self) -> f64 {
        self.at(self.places - 1) + self.crop
    }

    /// Returns the places from which the crop reaches over `from..to`: the first, and the one after the last.
    pub(super) fn holding(&self, from: f64, to: f64) -> (usize, usize) {
        // As generous as `Rect::holds`.
        let slack = 1e-7;
        if self.places == 1 {
            let holds = self.low <= from + slack && to <= self.low + self.crop + slack;
            return (0, usize::from(holds));
        }
        let first = ((to - self.crop - slack - self.low) / self.step)
            .ceil()
            .max(0.0);
        let last = ((from + slack - self.low) / self.step).floor();
        let last = last.min(self.places as f64 - 1.0);
        if first > last {
            return (0, 0);
        }
        (first as usize, last as usize + 1)
    }

    /// Returns one step in crops.
    pub(super) fn step(&self) -> f64 {
        self.step / self.crop
    }

    /// Returns the most steps from one sample to the next.
    pub(super) fn fastest(&self) -> usize {
        let steps = FASTEST / f64::from(RATE) / self.step().max(1e-9);
        (steps + 1e-6).min(self.places as f64 - 1.0) as usize
    }

    /// Returns the most that the number of steps changes from one sample to the next.
    pub(super) fn hardest(&self) -> usize {
        let steps = HARDEST / f64::from(RATE * RATE) / self.step().max(1e-9);
        (steps + 1e-6).min(2.0 * self.places as f64) as usize
    }
}
