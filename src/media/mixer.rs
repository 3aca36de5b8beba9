//! Tracks of sound on their way into a mix: each converted to one form and laid out sample by sample on the file's clock.

use std::collections::VecDeque;

use ffmpeg_next::{ChannelLayout, frame};

use super::channels::{PhaseWatch, StereoBalance};
use super::convert::{ConvertedSound, Converter};
use super::packets::Frames;
use super::sound_alignment::{SLACK, is_new_count};
use super::{ChannelRepair, Error};
use crate::timeline::Timestamp;

/// Samples a second of a mix, and its channels.
pub(super) const MIX_RATE: u32 = 48_000;
pub(super) const MIX_CHANNELS: usize = 2;
/// Most samples that are mixed at once.
pub(super) const MIX_LENGTH: i64 = 1024;

/// One track of a mix.
pub(super) struct MixedTrack {
    frames: Frames,
    base: (i32, i32),
    converter: Converter,
    channels: TrackChannels,
    ended: bool,
    /// What is decoded and not yet mixed.
    pub(super) queue: MixQueue,
}

/// How the two channels of a track are set right before it is mixed.
pub(super) enum TrackChannels {
    /// As they are found to be, passage by passage.
    Watched(Box<PhaseWatch>),
    /// As is known of the whole track.
    Known(ChannelRepair),
}

impl TrackChannels {
    /// Returns the channels of a track of which nothing is known.
    pub(super) fn watched() -> Self {
        Self::Watched(Box::new(PhaseWatch::new(MIX_RATE)))
    }

    fn set_right(&mut self, channels: &mut [Vec<f32>]) {
        let repair = match self {
            Self::Known(repair) => *repair,
            Self::Watched(watch) => match channels {
                [left, right] if watch.is_inverted(left, right) => ChannelRepair::InvertRight,
                _ => ChannelRepair::None,
            },
        };
        repair.apply(channels);
    }
}

impl MixedTrack {
    /// Returns the track of these frames, which are of a stream of this number.
    pub(super) fn new(frames: Frames, stream: usize, channels: TrackChannels) -> Self {
        Self {
            base: frames.base(stream),
            frames,
            converter: Converter::new(MIX_RATE, ChannelLayout::STEREO),
            channels,
            ended: false,
            queue: MixQueue::default(),
        }
    }

    /// Decodes while more is wanted and there is more.
    pub(super) fn read_while(&mut self, wants: impl Fn(&MixQueue) -> bool) -> Result<(), Error> {
        let mut frame = frame::Audio::empty();
        while !self.ended && wants(&self.queue) {
            let parts = if self.frames.next(&mut frame)? {
                self.converter.convert(&mut frame, self.base)?
            } else {
                self.ended = true;
                self.converter.drain()?
            };
            for ConvertedSound { time, mut channels } in parts {
                self.channels.set_right(&mut channels);
                self.queue.place(time, channels);
            }
        }
        Ok(())
    }

    /// Returns how many packets and frames so far were unreadable or are known to be damaged.
    pub(super) fn lost(&self) -> u64 {
        self.frames.lost()
    }

    /// Returns how the two channels of what was decoded relate, where they are watched.
    pub(super) fn balance(&self) -> StereoBalance {
        match &self.channels {
            TrackChannels::Watched(watch) => watch.balance,
            TrackChannels::Known(_) => StereoBalance::default(),
        }
    }
}

/// Sound that waits to be mixed, on a count of samples from the zero of the file's clock. Pure.
#[derive(Debug, Default)]
pub(super) struct MixQueue {
    /// In order and apart: first samples, and samples by channel.
    parts: VecDeque<(i64, Vec<Vec<f32>>)>,
    /// Where the last part ends, also one that is mixed.
    end: Option<i64>,
    /// Samples between what timestamps say and what is believed, since the last new count.
    shift: i64,
}

impl MixQueue {
    /// Returns the first sample that waits.
    pub(super) fn first(&self) -> Option<i64> {
        self.parts.front().map(|(start, _)| *start)
    }

    /// Returns where what came so far ends.
    pub(super) fn end(&self) -> Option<i64> {
        self.end
    }

    /// Adds sound that claims to be heard at `time`: gaps stay, overlaps are left out, jitter is forgiven.
    fn place(&mut self, time: Option<Timestamp>, mut channels: Vec<Vec<f32>>) {
        let claimed = time.map(|time| time.to_ticks(1, MIX_RATE as i32));
        let claimed = claimed.map(|at| at.saturating_add(self.shift));
        let mut start = self.start_of(claimed);
        let length = channels.first().map_or(0, Vec::len);
        let known = self.end.map_or(0, |end| end.saturating_sub(start));
        let skip = usize::try_from(known).unwrap_or(0).min(length);
        channels.iter_mut().for_each(|channel| {
            channel.drain(..skip);
        });
        start = start.saturating_add(skip as i64);
        if skip < length {
            self.end = Some(start.saturating_add((length - skip) as i64));
            self.parts.push_back((start, channels));
        }
    }

    /// Returns where sound begins that claims to begin at a sample.
    fn start_of(&mut self, claimed: Option<i64>) -> i64 {
        let (Some(at), Some(end)) = (claimed, self.end) else {
            return claimed.or(self.end).unwrap_or(0);
        };
        let off = at.saturating_sub(end);
        if is_new_count(true, i128::from(off), MIX_RATE) {
            self.shift = self.shift.saturating_sub(off);
        } else if off.unsigned_abs() > u64::from(MIX_RATE) / SLACK {
            return at;
        }
        end
    }

    /// Forgets what is heard before a sample.
    pub(super) fn forget_before(&mut self, start: i64) {
        while let Some((first, channels)) = self.parts.front_mut() {
            let length = channels.first().map_or(0, Vec::len);
            let gone = usize::try_from(start.saturating_sub(*first)).unwrap_or(0);
            if gone < length {
                channels.iter_mut().for_each(|channel| {
                    channel.drain(..gone);
                });
                *first += gone as i64;
                return;
            }
            self.parts.pop_front();
        }
    }

    /// Adds what is heard from sample `start` on to `sum`, and forgets it.
    pub(super) fn take_into(&mut self, start: i64, sum: &mut [Vec<f32>]) {
        let end = start.saturating_add(sum.first().map_or(0, Vec::len) as i64);
        while let Some((first, channels)) = self.parts.front_mut() {
            let skip = (*first - start).max(0);
            if *first >= end {
                return;
            }
            let length = channels.first().map_or(0, Vec::len);
            let taken = length.min((end - *first) as usize);
            for (sums, samples) in sum.iter_mut().zip(channels.iter_mut()) {
                let places = sums[skip as usize..].iter_mut();
                let heard = places.zip(samples.drain(..taken));
                heard.for_each(|(sum, sample)| *sum += sample);
            }
            *first += taken as i64;
            if taken < length {
                return;
            }
            self.parts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(sample: i64) -> Option<Timestamp> {
        Timestamp::from_ticks(sample, 1, MIX_RATE as i32)
    }

    fn queue(parts: &[(i64, usize)]) -> MixQueue {
        let mut queue = MixQueue::default();
        for &(start, length) in parts {
            queue.place(at(start), vec![vec![1.0; length]; MIX_CHANNELS]);
        }
        queue
    }

    /// Returns the sum of queues, as the samples from `start` on.
    fn sum(queues: &mut [MixQueue], start: i64, length: usize) -> Vec<f32> {
        let mut sum = vec![vec![0.0; length]; MIX_CHANNELS];
        queues
            .iter_mut()
            .for_each(|queue| queue.take_into(start, &mut sum));
        assert_eq!(sum[0], sum[1]);
        sum.remove(0)
    }

    #[test]
    fn tracks_are_added_where_they_are_heard_to_the_sample() {
        let mut queues = [queue(&[(100, 4)]), queue(&[(102, 4)])];
        assert_eq!(sum(&mut queues, 100, 3), [1.0, 1.0, 2.0]);
        assert_eq!(sum(&mut queues, 103, 4), [2.0, 1.0, 1.0, 0.0]);
        assert!(queues.iter().all(|queue| queue.first().is_none()));
    }

    #[test]
    fn what_is_forgotten_is_not_heard() {
        let mut queues = [queue(&[(0, 10), (5_000, 10)])];
        queues[0].forget_before(4);
        assert_eq!(
            sum(&mut queues, 4, 8),
            [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
        );
        queues[0].forget_before(5_008);
        assert_eq!(queues[0].first(), Some(5_008));
        queues[0].forget_before(i64::MAX);
        assert_eq!(queues[0].first(), None);
    }

    #[test]
    fn jitter_runs_on_gaps_stay_and_overlaps_are_left_out() {
        let starts = |parts: &[(i64, usize)]| {
            let queue = queue(parts);
            let parts = queue.parts.iter();
            let parts = parts.map(|(start, channels)| (*start, channels[0].len()));
            parts.collect::<Vec<_>>()
        };
        assert_eq!(starts(&[(0, 1024), (1030, 10)]), [(0, 1024), (1024, 10)]);
        assert_eq!(starts(&[(0, 1024), (9000, 10)]), [(0, 1024), (9000, 10)]);
        assert_eq!(
            starts(&[(0, 5000), (2000, 4000)]),
            [(0, 5000), (5000, 1000)]
        );
        // A clock that starts anew goes on where it was.
        let anew = [(900_000, 100), (0, 100), (100, 100)];
        assert_eq!(
            starts(&anew),
            [(900_000, 100), (900_100, 100), (900_200, 100)]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_heard_twice(gaps in proptest::collection::vec((0..5000_i64, 1..3000_usize), 1..20), step in 1..2000_usize) {
            let mut parts = Vec::new();
            let mut end = 0;
            for (gap, length) in gaps {
                parts.push((end + gap, length));
                end += gap + length as i64;
            }
            let all: usize = parts.iter().map(|(_, length)| length).sum();
            let mut queues = [queue(&parts)];
            let mut heard = 0.0;
            while let Some(start) = queues[0].first() {
                heard += sum(&mut queues, start, step).iter().sum::<f32>();
            }
            prop_assert_eq!(heard, all as f32);
        }
    }
}
