//! Sound timeline of a clip: decoded sound resampled, cut and padded to the sample, levelled.

use ffmpeg_next::{ChannelLayout, frame};

use super::limiter::{Gain, Limiter};
use crate::media::convert::{ConvertedSound, Converter, simple_layout};
use crate::media::sound_alignment::{SLACK, align};
use crate::media::{AudioStream, Error};
use crate::timeline::{TimeRange, Timestamp};

/// The sample rates of AAC.
const RATES: [u32; 12] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
];

/// Lays sound out sample by sample from the start of a clip.
pub(super) struct SoundTimeline {
    converter: Converter,
    limiter: Option<Limiter>,
    rate: u32,
    start: Timestamp,
    /// Samples the clip is to have.
    wanted: u64,
    /// Samples it has.
    placed: u64,
    /// Those not yet taken, by channel.
    ready: Vec<Vec<f32>>,
}

impl SoundTimeline {
    /// Returns a timeline for a clip of `range`, in a rate and a layout that AAC has; `gain` makes it as loud as it is to be.
    pub(super) fn new(stream: &AudioStream, range: TimeRange, gain: Option<Gain>) -> Self {
        let rate = if RATES.contains(&stream.sample_rate) {
            stream.sample_rate
        } else {
            48_000
        };
        let layout = simple_layout(stream.channels);
        let channels = layout.channels() as usize;
        Self {
            converter: Converter::new(rate, layout),
            limiter: gain.map(|gain| gain.limiter(rate, channels)),
            rate,
            start: range.start(),
            wanted: samples_until(range.end(), range.start(), rate),
            placed: 0,
            ready: vec![Vec::new(); channels],
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
    pub(super) fn push(&mut self, frame: &mut frame::Audio, base: (i32, i32)) -> Result<(), Error> {
        let parts = self.converter.convert(frame, base)?;
        parts.iter().for_each(|part| self.place(part));
        Ok(())
    }

    /// Takes what the converter still holds.
    pub(super) fn drain(&mut self) -> Result<(), Error> {
        let parts = self.converter.drain()?;
        parts.iter().for_each(|part| self.place(part));
        Ok(())
    }

    /// Fills up to `end` with silence.
    pub(super) fn fill(&mut self, end: Timestamp) {
        let wanted = self.samples_until(end);
        self.silence(wanted.saturating_sub(self.placed));
    }

    /// Returns what is ready since the last time, by channel; the limiter gives it some milliseconds late.
    pub(super) fn take(&mut self) -> Vec<Vec<f32>> {
        let ready: Vec<_> = self.ready.iter_mut().map(std::mem::take).collect();
        match &mut self.limiter {
            Some(limiter) => limiter.push(&ready),
            None => ready,
        }
    }

    /// Returns the rest, by channel, with what the limiter holds back.
    pub(super) fn finish(&mut self) -> Vec<Vec<f32>> {
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
            (time - self.start).to_ticks(1, self.rate as i32)
        });
        let slack = u64::from(self.rate) / SLACK;
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

fn samples_until(end: Timestamp, start: Timestamp, rate: u32) -> u64 {
    let samples = (end - start).to_ticks(1, rate as i32);
    u64::try_from(samples).unwrap_or(0)
}
