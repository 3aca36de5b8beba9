//! Decoded sound laid out on a clip: converted, cut and filled up to the sample.

use ffmpeg_next::{ChannelLayout, frame};

use super::convert::{Converter, Part};
use crate::media::AudioStream;
use crate::timeline::{TimeRange, Timestamp};

/// The sample rates of AAC.
const RATES: [u32; 12] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
];

/// Timestamps of sound that runs on may be off by this part of a second: containers round, encoders jitter.
const SLACK: u64 = 50;

/// Lays sound out sample by sample from the start of a clip.
pub(super) struct Placer {
    converter: Converter,
    rate: u32,
    start: Timestamp,
    /// Samples the clip is to have.
    wanted: u64,
    /// Samples it has.
    placed: u64,
    /// Those not yet taken, by channel.
    ready: Vec<Vec<f32>>,
}

impl Placer {
    /// Returns a placer for a clip of `range`, in a rate and a layout that AAC has.
    pub(super) fn new(stream: &AudioStream, range: TimeRange) -> Self {
        let rate = if RATES.contains(&stream.sample_rate) {
            stream.sample_rate
        } else {
            48_000
        };
        let layout = if stream.channels == 1 {
            ChannelLayout::MONO
        } else {
            ChannelLayout::STEREO
        };
        Self {
            converter: Converter::new(rate, layout),
            rate,
            start: range.start(),
            wanted: samples_until(range.end(), range.start(), rate),
            placed: 0,
            ready: vec![Vec::new(); layout.channels() as usize],
        }
    }

    /// Samples a second.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    pub(super) fn layout(&self) -> ChannelLayout {
        self.converter.layout()
    }

    /// Returns how many samples of the clip are heard before `end`.
    pub(super) fn samples_until(&self, end: Timestamp) -> u64 {
        samples_until(end, self.start, self.rate).min(self.wanted)
    }

    /// Tells whether no more sound is wanted.
    pub(super) fn is_full(&self) -> bool {
        self.placed >= self.wanted
    }

    /// Takes decoded sound whose time counts in `base`.
    pub(super) fn push(&mut self, frame: &mut frame::Audio, base: (i32, i32)) {
        // A form that cannot be converted is sound that is not there.
        if let Ok(parts) = self.converter.convert(frame, base) {
            parts.iter().for_each(|part| self.place(part));
        }
    }

    /// Takes what the converter still holds.
    pub(super) fn drain(&mut self) {
        let left = self.converter.drain();
        left.iter().for_each(|part| self.place(part));
    }

    /// Fills up to `end` with silence.
    pub(super) fn fill(&mut self, end: Timestamp) {
        let wanted = self.samples_until(end);
        self.silence(wanted.saturating_sub(self.placed));
    }

    /// Returns what is laid out since the last time, by channel.
    pub(super) fn take(&mut self) -> Vec<Vec<f32>> {
        self.ready.iter_mut().map(std::mem::take).collect()
    }

    fn place(&mut self, part: &Part) {
        let length = part.channels.first().map_or(0, Vec::len) as u64;
        let start = part.time.map_or(self.placed as i64, |time| {
            (time - self.start).to_ticks(1, self.rate as i32)
        });
        let slack = u64::from(self.rate) / SLACK;
        let place = place(self.placed, self.wanted, start, length, slack);
        self.silence(place.silence);
        let taken = place.skip as usize..(place.skip + place.take) as usize;
        for (ready, samples) in self.ready.iter_mut().zip(&part.channels) {
            ready.extend_from_slice(&samples[taken.clone()]);
        }
        self.placed += place.take;
    }

    fn silence(&mut self, samples: u64) {
        for ready in &mut self.ready {
            ready.resize(ready.len() + samples as usize, 0.0);
        }
        self.placed += samples;
    }
}

fn samples_until(end: Timestamp, start: Timestamp, rate: u32) -> u64 {
    let samples = (end - start).to_ticks(1, rate as i32);
    u64::try_from(samples).unwrap_or(0)
}

/// What becomes of a stretch of samples: silence before it, how many to leave out, how many to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    silence: u64,
    skip: u64,
    take: u64,
}

/// Places `length` samples that start at sample `start` behind the `placed` ones of a clip of `wanted`.
///
/// Once sound runs, a start that is off by no more than `slack` is taken to run on.
fn place(placed: u64, wanted: u64, start: i64, length: u64, slack: u64) -> Place {
    let left = wanted.saturating_sub(placed);
    let off = i128::from(start) - i128::from(placed);
    let off = if placed > 0 && off.unsigned_abs() <= u128::from(slack) {
        0
    } else {
        off
    };
    let distance = u64::try_from(off.unsigned_abs()).unwrap_or(u64::MAX);
    let (silence, skip) = if off >= 0 {
        (distance.min(left), 0)
    } else {
        (0, distance.min(length))
    };
    // Far sound must not fill the gap by itself; the end does.
    if silence == left && silence > 0 {
        return Place {
            silence: 0,
            skip: length,
            take: 0,
        };
    }
    Place {
        silence,
        skip,
        take: (length - skip).min(left - silence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(placed: u64, start: i64, length: u64, expected: (u64, u64, u64)) {
        let Place {
            silence,
            skip,
            take,
        } = place(placed, 1000, start, length, 20);
        assert_eq!((silence, skip, take), expected);
    }

    #[test]
    fn the_first_sound_is_cut_to_the_sample() {
        check(0, -7, 100, (0, 7, 93));
        check(0, -700, 100, (0, 100, 0));
        check(0, 7, 100, (7, 0, 100));
    }

    #[test]
    fn running_sound_ignores_jitter_and_fills_gaps() {
        check(500, 515, 100, (0, 0, 100));
        check(500, 485, 100, (0, 0, 100));
        check(500, 600, 100, (100, 0, 100));
        check(500, 450, 100, (0, 50, 50));
    }

    #[test]
    fn nothing_is_taken_past_the_end() {
        check(950, 950, 100, (0, 0, 50));
        check(1000, 1000, 100, (0, 0, 0));
        check(500, 5000, 100, (0, 100, 0));
    }

    proptest! {
        #[test]
        fn a_clip_never_gets_more_than_it_wants(placed in 0..1000_u64, wanted in 0..1000_u64, start: i64, length in 0..5000_u64) {
            let place = place(placed, wanted, start, length, 20);
            prop_assert!(place.skip + place.take <= length);
            prop_assert!(placed + place.silence + place.take <= wanted.max(placed));
        }
    }
}
