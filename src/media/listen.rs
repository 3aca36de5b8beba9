//! The audio pass: sound as the speech models take it, 16 kHz, one channel, on a steady count of samples.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::Path;

use ffmpeg_next::{ChannelLayout, frame};

use super::channels::{PhaseWatch, StereoBalance};
use super::convert::{ConvertedSound, Converter};
use super::sound_alignment::{SLACK, align, is_new_count};
use super::sound_frames::SoundFrames;
use super::{Error, Limits, Media};
use crate::timeline::Timestamp;

/// Samples a second of what [`listen`] gives.
pub const SOUND_RATE: u32 = 16_000;

/// Most samples shown at once.
const CHUNK: usize = SOUND_RATE as usize;

/// Result of the audio pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listened {
    /// Samples shown to the caller.
    pub samples: u64,
    /// Packets that gave nothing and frames known to be damaged.
    pub corrupt: u64,
    /// Whether the caller ended the pass.
    pub stopped: bool,
    /// How the two channels of each track relate; of another number of channels nothing is known.
    pub balances: Vec<StereoBalance>,
}

/// Decodes the chosen audio streams, several mixed, and shows `visit` its samples in order, at most a second at a time, until it breaks off.
///
/// Sample `i` is heard at `start + i /` [`SOUND_RATE`] on the file's own clock: sound before `start` is left out, gaps are
/// silence, and sound that drifts from its timestamps is set right. What is damaged is counted, not fatal; a stream that
/// decodes to nothing gives no samples.
///
/// # Errors
/// As [`probe`](super::probe()) for the file, [`Error::Unsupported`] for a stream without a decoder,
/// [`Error::ReadError`] when the system stops giving the file's bytes, [`Error::Ffmpeg`] for sound that cannot be converted.
pub fn listen(
    path: &Path,
    media: &Media,
    start: Timestamp,
    limits: &Limits,
    visit: &mut dyn FnMut(&[f32]) -> ControlFlow<()>,
) -> Result<Listened, Error> {
    let Some(mut frames) = SoundFrames::open(path, media, None, None, limits)? else {
        return Ok(Listened::default());
    };
    let base = frames.base;
    let mut pass = SoundPass::new(frames.channels, start, visit);
    let mut frame = frame::Audio::empty();
    while !pass.stopped && frames.next(&mut frame)? {
        pass.convert(&mut frame, base)?;
    }
    pass.drain()?;
    Ok(Listened {
        samples: pass.placed,
        corrupt: frames.lost(),
        stopped: pass.stopped,
        balances: frames.balances().unwrap_or_else(|| vec![pass.mix.balance]),
    })
}

/// State of the audio pass.
struct SoundPass<'a> {
    converter: Converter,
    mix: PhaseWatch,
    start: Timestamp,
    /// Samples shown.
    placed: u64,
    /// Samples between what timestamps say and what is believed, since the last new count.
    shift: i64,
    visit: &'a mut dyn FnMut(&[f32]) -> ControlFlow<()>,
    stopped: bool,
}

impl<'a> SoundPass<'a> {
    fn new(
        channels: u16,
        start: Timestamp,
        visit: &'a mut dyn FnMut(&[f32]) -> ControlFlow<()>,
    ) -> Self {
        let layout = match channels {
            2 => ChannelLayout::STEREO,
            _ => ChannelLayout::MONO,
        };
        Self {
            converter: Converter::new(SOUND_RATE, layout),
            mix: PhaseWatch::new(SOUND_RATE),
            start,
            placed: 0,
            shift: 0,
            visit,
            stopped: false,
        }
    }

    fn convert(&mut self, frame: &mut frame::Audio, base: (i32, i32)) -> Result<(), Error> {
        let parts = self.converter.convert(frame, base)?;
        parts.iter().for_each(|part| self.place(part));
        Ok(())
    }

    fn drain(&mut self) -> Result<(), Error> {
        let parts = self.converter.drain()?;
        parts.iter().for_each(|part| self.place(part));
        Ok(())
    }

    fn place(&mut self, part: &ConvertedSound) {
        let samples = match &part.channels[..] {
            [] => return,
            [only] => Cow::Borrowed(only),
            [left, right, ..] => Cow::Owned(self.mix.mix(left, right)),
        };
        let claimed = part
            .time
            .map(|time| (time - self.start).to_ticks(1, SOUND_RATE as i32));
        let at = claimed.map_or(self.placed as i64, |at| at.saturating_add(self.shift));
        let off = i128::from(at) - i128::from(self.placed);
        let at = if is_new_count(self.placed > 0, off, SOUND_RATE) {
            self.shift += self.placed as i64 - at;
            self.placed as i64
        } else {
            at
        };
        let slack = u64::from(SOUND_RATE) / SLACK;
        let aligned = align(self.placed, u64::MAX, at, samples.len() as u64, slack);
        self.silence(aligned.silence);
        let taken = aligned.skip as usize..(aligned.skip + aligned.take) as usize;
        self.show(&samples[taken]);
    }

    fn silence(&mut self, mut samples: u64) {
        static QUIET: [f32; CHUNK] = [0.0; CHUNK];
        while samples > 0 && !self.stopped {
            let now = samples.min(CHUNK as u64);
            self.show(&QUIET[..now as usize]);
            samples -= now;
        }
    }

    fn show(&mut self, samples: &[f32]) {
        for chunk in samples.chunks(CHUNK) {
            if !self.stopped {
                self.placed += chunk.len() as u64;
                self.stopped = (self.visit)(chunk).is_break();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_that_cannot_be_converted_is_an_error_and_not_silence() {
        crate::media::init();
        let visit = &mut |_: &[f32]| ControlFlow::Continue(());
        let mut pass = SoundPass::new(1, Timestamp::ZERO, visit);
        let mut of_no_form = frame::Audio::empty();
        assert!(pass.convert(&mut of_no_form, (1, 48_000)).is_err());
    }
}
