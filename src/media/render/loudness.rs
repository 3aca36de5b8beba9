//! Loudness of a clip after EBU R 128, and the gain that brings it to the target.

use ebur128::{EbuR128, Mode};
use ffmpeg_next::frame;

use super::limiter::Gain;
use super::request::{LoudnessTarget, RenderRequest};
use super::sound_timeline::SoundTimeline;
use crate::media::packets::{Frames, Source};
use crate::media::{AudioStream, Error};

/// The most that quiet sound is raised, in decibels: beyond that it is the room that gets loud.
const MOST_GAIN: f64 = 20.0;
/// The most that is added for what the limiter takes off, in decibels: speech that needs more would sound pressed.
const MOST_LOSS: f64 = 2.0;
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
}

impl Levelled {
    /// Tells whether there is nothing to hear: silence is left as it is.
    pub fn is_silent(&self) -> bool {
        self.before <= SILENT
    }
}

/// Measures the sound of a clip and decides on its gain; `None` without sound. Silence stays as it is.
///
/// The limiter takes a little off where peaks pass the ceiling; that is measured too, and made up for.
pub(super) fn plan(
    request: &RenderRequest<'_>,
    wanted: LoudnessTarget,
) -> Result<Option<(Option<Gain>, Levelled)>, Error> {
    let Some(audio) = &request.media.audio else {
        return Ok(None);
    };
    let (before, peak) = measure(request, audio, None)?;
    if before <= SILENT {
        let levelled = Levelled {
            before: SILENT,
            gain: 0.0,
            after: SILENT,
        };
        return Ok(Some((None, levelled)));
    }
    let ceiling = wanted.peak - RIPPLE;
    let mut decibels = (wanted.target - before).min(MOST_GAIN);
    let mut after = before + decibels;
    if peak + decibels > ceiling {
        let limited = measure(request, audio, Some(Gain { decibels, ceiling }))?.0;
        let more = (after - limited).clamp(0.0, MOST_LOSS);
        decibels = (decibels + more).min(MOST_GAIN);
        after = measure(request, audio, Some(Gain { decibels, ceiling }))?.0;
    }
    let levelled = Levelled {
        before,
        gain: decibels,
        after,
    };
    Ok(Some((Some(Gain { decibels, ceiling }), levelled)))
}

/// Returns the integrated loudness in LUFS and the true peak in dBTP of a clip's sound, after `gain`.
fn measure(
    request: &RenderRequest<'_>,
    audio: &AudioStream,
    gain: Option<Gain>,
) -> Result<(f64, f64), Error> {
    let open = || Source::open_for(request.source, &[audio.stream], request.limits);
    let mut source = open()?;
    if let Some(target) = source.seek_target(request.range.start())
        && source.input.seek(target, ..target).is_err()
    {
        source = open()?;
    }
    let base = source.base(audio.stream);
    let mut frames = Frames::of(source, audio.stream, 1)?;
    let mut timeline = SoundTimeline::new(audio, request.range, gain);
    let mut meter = Meter::new(timeline.rate(), timeline.layout().channels() as usize)?;
    let mut frame = frame::Audio::empty();
    while !timeline.is_full() && frames.next(&mut frame)? {
        timeline.push(&mut frame, base)?;
        meter.add(&timeline.take())?;
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
