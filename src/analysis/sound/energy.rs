//! Sound level, every tenth of a second.

use serde::{Deserialize, Serialize};

use crate::analysis::speech::SAMPLE_RATE;
use crate::timeline::Timestamp;

/// Samples that one level stands for: 100 ms.
const BLOCK: u32 = SAMPLE_RATE / 10;
/// The level of silence, in decibels: a step of 16 bits is 10 dB above it.
const SILENT: f32 = -100.0;

/// The levels of a segment of sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// When the first level begins.
    pub start: Timestamp,
    /// One for each 100 ms, the last perhaps of fewer: the root mean square in decibels, −100 for silence, 0 for a full square wave.
    pub levels: Vec<f32>,
}

/// Measures sound as it comes; holds no sample.
#[derive(Debug, Clone, Default)]
pub struct EnergyStream {
    squares: f64,
    samples: u32,
    levels: Vec<f32>,
}

impl Energy {
    /// Levels a second.
    pub const RATE: f64 = 10.0;

    /// Returns the numbers of the levels between two times, in seconds on the file's own clock.
    pub fn between(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        let start = self.start.seconds();
        // What lies outside is cut off by the cast and the limit.
        let slot = |at: f64| {
            let slot = ((at - start) * Self::RATE).round() as usize;
            slot.min(self.levels.len())
        };
        slot(from)..slot(to).max(slot(from))
    }
}

impl EnergyStream {
    /// Takes the next samples, 16 kHz mono; one that is no number counts as silence.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            let value = if sample.is_finite() { *sample } else { 0.0 };
            self.squares += f64::from(value).powi(2);
            self.samples += 1;
            if self.samples == BLOCK {
                self.close();
            }
        }
    }

    /// Returns the levels; the first sample was heard at `start`.
    pub fn finish(mut self, start: Timestamp) -> Energy {
        if self.samples > 0 {
            self.close();
        }
        Energy {
            start,
            levels: self.levels,
        }
    }

    fn close(&mut self) {
        let power = self.squares / f64::from(self.samples);
        let level = (10.0 * power.log10()) as f32;
        self.levels.push(level.clamp(SILENT, 0.0));
        (self.squares, self.samples) = (0.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn energy_of(samples: &[f32], cut: usize) -> Energy {
        let mut stream = EnergyStream::default();
        samples.chunks(cut).for_each(|piece| stream.push(piece));
        stream.finish(Timestamp::ZERO)
    }

    #[test]
    fn a_tenth_of_the_height_is_twenty_decibels_less() {
        let sound = [vec![1.0; 1600], vec![-0.1; 1600], vec![0.0; 800]].concat();
        let levels = energy_of(&sound, 4000).levels;
        assert_eq!((levels.len(), levels[0], levels[2]), (3, 0.0, SILENT));
        assert!((levels[1] + 20.0).abs() < 1e-4);
    }

    #[test]
    fn what_is_no_number_is_silence() {
        assert_eq!(energy_of(&[f32::NAN; 1600], 99).levels, [SILENT]);
        assert_eq!(energy_of(&[f32::INFINITY; 1600], 99).levels, [SILENT]);
        assert!(energy_of(&[], 1).levels.is_empty());
    }

    #[test]
    fn levels_are_found_by_their_times() {
        let energy = energy_of(&[0.5; 16_000], 16_000);
        assert_eq!(energy.between(0.2, 0.5), 2..5);
        assert_eq!(energy.between(-3.0, 99.0), 0..10);
        assert_eq!(energy.between(5.0, 4.0), 10..10);
    }

    proptest! {
        #[test]
        fn levels_do_not_depend_on_how_the_sound_is_cut(
            sound in proptest::collection::vec(-1.5..1.5_f32, 0..9000), cut in 1..5000_usize,
        ) {
            let found = energy_of(&sound, cut);
            prop_assert_eq!(&found, &energy_of(&sound, sound.len().max(1)));
            prop_assert_eq!(found.levels.len(), sound.len().div_ceil(1600));
            prop_assert!(found.levels.iter().all(|level| (SILENT..=0.0).contains(level)));
        }
    }
}
