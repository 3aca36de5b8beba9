//! Loudness of a clip after EBU R 128, and the gain that brings it to the target.

use ebur128::{EbuR128, Mode};
use ffmpeg_next::frame;

use super::grid::ClipGrid;
use super::request::{LoudnessTarget, RenderRequest};
use super::sound_timeline::{CHANNELS, CLIP_SOUND_RATE, SoundTimeline};
use crate::media::Error;
use crate::media::sound_frames::SoundFrames;
use kernels::Gain;

/// The most that quiet sound is raised, in decibels: beyond that it is the room that gets loud.
const MOST_GAIN: f64 = 20.0;
/// The most that is added for what the limiter takes off, in decibels: speech that needs more would sound pressed.
const MOST_LOSS: f64 = 6.0;
/// Rounds in which what the limiter takes off is made up for, and loudness units that need none.
const ROUNDS: usize = 4;
const NEAR: f64 = 0.2;
/// Loudness units off the target that are told.
const SHORT: f64 = 0.5;
/// AAC ripple: how far it may pass the peaks it was given, in decibels.
const RIPPLE: f64 = 0.8;
/// Loudness below which there is nothing to hear (the absolute gate of EBU R 128), in LUFS.
pub(in crate::media) const SILENT: f64 = -70.0;

/// Loudness of a clip before levelling, and the gain applied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levelled {
    /// Integrated loudness of the sound as it was, in LUFS.
    pub before: f64,
    /// What all of it was raised by, in decibels.
    pub gain: f64,
    /// Integrated loudness of what was encoded, in LUFS.
    pub after: f64,
    /// How far that is from what was asked for, in loudness units, where the sound does not allow it; zero otherwise.
    pub short: f64,
}

impl Levelled {
    /// Tells whether there is nothing to hear: silence is left as it is.
    pub fn is_silent(&self) -> bool {
        self.after <= SILENT
    }

    fn new(before: f64, gain: f64, after: f64, target: f64) -> Self {
        let after = after.max(SILENT);
        let off = (after - target).abs();
        Self {
            before: before.max(SILENT),
            gain,
            after,
            short: if off > SHORT { off } else { 0.0 },
        }
    }
}

/// Measures the sound of a clip and decides on its gain; `None` without sound. Silence stays as it is.
///
/// The limiter takes a little off where peaks pass the ceiling; that is measured too, and made up for. Sound so quiet that the
/// gate of the measurement leaves nothing is raised by its peak.
pub(super) fn plan(
    request: &RenderRequest<'_>,
    wanted: LoudnessTarget,
) -> Result<Option<(Option<Gain>, Levelled)>, Error> {
    if request.media.audio.is_none() {
        return Ok(None);
    }
    let measure = |gain| measure(request, gain);
    let (before, peak) = measure(None)?;
    if peak <= SILENT {
        let levelled = Levelled::new(before, 0.0, before, wanted.target);
        return Ok(Some((None, levelled)));
    }
    let ceiling = wanted.peak - RIPPLE;
    let needed = if before <= SILENT {
        ceiling - peak
    } else {
        wanted.target - before
    };
    let mut decibels = needed.min(MOST_GAIN);
    let most = (decibels + MOST_LOSS).min(MOST_GAIN.max(decibels));
    let mut after = before + decibels;
    if before <= SILENT || peak + decibels > ceiling {
        after = measure(Some(Gain { decibels, ceiling }))?.0;
        for _ in 0..ROUNDS {
            let more = wanted.target - after;
            if before <= SILENT || more < NEAR || decibels >= most {
                break;
            }
            decibels = (decibels + more).min(most);
            after = measure(Some(Gain { decibels, ceiling }))?.0;
        }
    }
    let levelled = Levelled::new(before, decibels, after, wanted.target);
    Ok(Some((Some(Gain { decibels, ceiling }), levelled)))
}

/// Returns the integrated loudness in LUFS and the true peak in dBTP of a clip's sound, after `gain`.
fn measure(request: &RenderRequest<'_>, gain: Option<Gain>) -> Result<(f64, f64), Error> {
    let range = ClipGrid::new(request.range, request.rate).range();
    let mut timeline = SoundTimeline::new(range, &request.channels, gain);
    let mut meter = Meter::new(CLIP_SOUND_RATE, CHANNELS)?;
    let start = Some(request.range.start());
    let repairs = Some(&request.channels);
    let sound = SoundFrames::open(
        request.source,
        request.media,
        start,
        repairs,
        request.limits,
    )?;
    let mut frame = frame::Audio::empty();
    if let Some(mut frames) = sound {
        while !timeline.is_full() && frames.next(&mut frame)? {
            timeline.push(&mut frame, frames.base)?;
            meter.add(&timeline.take())?;
        }
    }
    timeline.drain()?;
    meter.add(&timeline.finish())?;
    meter.read()
}

/// Measures loudness and true peaks after EBU R 128.
pub(in crate::media) struct Meter(EbuR128);

impl Meter {
    /// Returns a meter for sound of so many channels, at `rate` samples a second.
    pub(in crate::media) fn new(rate: u32, channels: usize) -> Result<Self, Error> {
        let meter = EbuR128::new(channels as u32, rate, Mode::I | Mode::TRUE_PEAK);
        Ok(Self(meter.map_err(broken)?))
    }

    /// Takes samples by channel.
    pub(in crate::media) fn add(&mut self, channels: &[Vec<f32>]) -> Result<(), Error> {
        let channels: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
        self.0.add_frames_planar_f32(&channels).map_err(broken)
    }

    /// Returns the integrated loudness in LUFS and the true peak in dBTP so far; minus infinity for silence.
    pub(in crate::media) fn read(&self) -> Result<(f64, f64), Error> {
        let mut peak = 0.0;
        for channel in 0..self.0.channels() {
            peak = self.0.true_peak(channel).map_err(broken)?.max(peak);
        }
        Ok((
            self.0.loudness_global().map_err(broken)?,
            20.0 * peak.log10(),
        ))
    }
}

fn broken(error: ebur128::Error) -> Error {
    Error::Ffmpeg(format!("loudness: {error}"))
}
