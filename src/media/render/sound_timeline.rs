//! Sound timeline of a clip: decoded sound resampled, cut and padded to the sample, levelled.

use ffmpeg_next::{ChannelLayout, frame};

use crate::media::convert::{ConvertedSound, Converter};
use crate::media::sound_alignment::{SLACK, align};
use crate::media::{ChannelRepair, ChannelRepairs, Error};
use crate::timeline::{TimeRange, Timestamp};
use kernels::{Gain, Limiter};

/// Samples a second of a clip's sound.
pub(in crate::media) const CLIP_SOUND_RATE: u32 = 48_000;
/// Channels of a clip's sound.
pub(in crate::media) const CHANNELS: usize = 2;

/// Lays sound out sample by sample from the start of a clip.
pub(in crate::media) struct SoundTimeline {
    converter: Converter,
    repair: ChannelRepair,
    limiter: Option<Limiter>,
    start: Timestamp,
    /// Samples the clip is to have.
    wanted: u64,
    /// Samples it has.
    placed: u64,
    /// Those not yet taken, by channel.
    ready: Vec<Vec<f32>>,
}

impl SoundTimeline {
    /// Returns a timeline for a clip of `range`; `gain` makes it as loud as it is to be.
    pub(in crate::media) fn new(
        range: TimeRange,
        repairs: &ChannelRepairs,
        gain: Option<Gain>,
    ) -> Self {
        Self {
            converter: Converter::new(CLIP_SOUND_RATE, ChannelLayout::STEREO),
            repair: repairs.of_only_track(),
            limiter: gain.map(|gain| gain.limiter(CLIP_SOUND_RATE, CHANNELS)),
            start: range.start(),
            wanted: samples_until(range.end(), range.start()),
            placed: 0,
            ready: vec![Vec::new(); CHANNELS],
        }
    }

    /// Returns how many samples of the clip are heard before `end`.
    pub(in crate::media) fn samples_until(&self, end: Timestamp) -> u64 {
        samples_until(end, self.start).min(self.wanted)
    }

    /// Returns until when there is sound, in the source's time.
    pub(in crate::media) fn heard_until(&self) -> Timestamp {
        let samples = i64::try_from(self.placed).unwrap_or(i64::MAX);
        let heard = Timestamp::from_ticks(samples, 1, CLIP_SOUND_RATE as i32);
        self.start + heard.unwrap_or(Timestamp::ZERO)
    }

    /// Tells whether no more sound is wanted.
    pub(in crate::media) fn is_full(&self) -> bool {
        self.placed >= self.wanted
    }

    /// Takes decoded sound whose time counts in `base`.
    pub(in crate::media) fn push(
        &mut self,
        frame: &mut frame::Audio,
        base: (i32, i32),
    ) -> Result<(), Error> {
        let parts = self.converter.convert(frame, base)?;
        self.place_all(parts);
        Ok(())
    }

    /// Takes what the converter still holds.
    pub(in crate::media) fn drain(&mut self) -> Result<(), Error> {
        let parts = self.converter.drain()?;
        self.place_all(parts);
        Ok(())
    }

    fn place_all(&mut self, parts: Vec<ConvertedSound>) {
        for mut part in parts {
            self.repair.apply(&mut part.channels);
            self.place(&part);
        }
    }

    /// Fills up to `end` with silence.
    pub(in crate::media) fn fill(&mut self, end: Timestamp) {
        let wanted = self.samples_until(end);
        self.silence(wanted.saturating_sub(self.placed));
    }

    /// Returns what is ready since the last time, by channel; the limiter gives it some milliseconds late.
    pub(in crate::media) fn take(&mut self) -> Vec<Vec<f32>> {
        let ready: Vec<_> = self.ready.iter_mut().map(std::mem::take).collect();
        match &mut self.limiter {
            Some(limiter) => limiter.push(&ready),
            None => ready,
        }
    }

    /// Returns the rest, by channel, with what the limiter holds back.
    pub(in crate::media) fn finish(&mut self) -> Vec<Vec<f32>> {
        let mut rest = self.take();
        let held = self.limiter.as_mut().map(Limiter::finish);
        for (rest, held) in rest.iter_mut().zip(held.into_iter().flatten()) {
            rest.extend(held);
        }
        rest
    }

    fn place(&mut self, part: &ConvertedSound) {
        let length = part.channels.first().map_or(0, Vec::len) as u64;
        let start = part.time.map_or(self.placed as i64, |time| {
            (time - self.start).to_ticks(1, CLIP_SOUND_RATE as i32)
        });
        let slack = u64::from(CLIP_SOUND_RATE) / SLACK;
        let aligned = align(self.placed, self.wanted, start, length, slack);
        self.silence(aligned.silence);
        let taken = aligned.skip as usize..(aligned.skip + aligned.take) as usize;
        for (ready, samples) in self.ready.iter_mut().zip(&part.channels) {
            ready.extend_from_slice(&samples[taken.clone()]);
        }
        self.placed += aligned.take;
    }

    fn silence(&mut self, samples: u64) {
        for ready in &mut self.ready {
            ready.resize(ready.len() + samples as usize, 0.0);
        }
        self.placed += samples;
    }
}

fn samples_until(end: Timestamp, start: Timestamp) -> u64 {
    let samples = (end - start).to_ticks(1, CLIP_SOUND_RATE as i32);
    u64::try_from(samples).unwrap_or(0)
}
