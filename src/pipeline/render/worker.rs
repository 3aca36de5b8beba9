//! Render worker: renders a clip, verifies it, falls back where that helps, and publishes it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use serde::{Deserialize, Serialize};

use super::encoder_bytes::encoder_bytes;
use super::request::{BurnedCaptions, RenderFailure, RenderSettings, next_fallback};
use crate::clock::{Stopwatch, await_input};
use crate::export::Draft;
use crate::frame::{Rect, Size};
use crate::media::{
    self, CaptionFile, Check, ClipSource, ContactSheet, Cues, Expectation, Limits, LoudnessTarget,
    Media, RenderRequest, Rendered, TextLimit, cut_text, faces_inside, stretch, thumbnail,
    verify_with_sheet,
};
use crate::pipeline::cancel::Cancel;
use crate::pipeline::events::{Cost, Events};
use crate::pipeline::faults::{FaultKind, Faults};
use crate::pipeline::governor::Governor;
use crate::pipeline::retry::caught;
use crate::pipeline::stages::reframe::PeopleToShow;
use crate::pipeline::watchdog::{Watchdog, Watched};
use crate::pipeline::work_memory::WorkMemory;
use crate::report::{Degradation, SoundFault, Warning};
use crate::timeline::{Stage, TimeRange, Timestamp};

/// From one picture of a clip's sheet to the next.
const SHEET_EVERY: Duration = Duration::from_secs(1);

/// Constant rate factor beyond which somebody wants small files rather than detail; drafts have 26.
const COARSE: f32 = 30.0;

/// One clip to make.
pub(crate) struct RenderJob {
    pub(crate) job: String,
    pub(crate) source: PathBuf,
    pub(crate) media: Media,
    pub(crate) range: TimeRange,
    pub(crate) target: PathBuf,
    pub(crate) settings: RenderSettings,
    /// Who is to be seen whole.
    pub(crate) people: PeopleToShow,
    /// Lines of text in the source's picture, and when.
    pub(crate) texts: Vec<(TimeRange, Rect)>,
    /// Share of the time with text in which some may be cut.
    pub(crate) text_limit: f64,
    /// When the cover picture is shown.
    pub(crate) cover: Option<Timestamp>,
    pub(crate) reply: Sender<anyhow::Result<ClipOutcome>>,
}

/// What became of a clip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ClipOutcome {
    /// What was found when it was opened again; it has its name only if all of them are well.
    pub(crate) checks: Vec<Check>,
    /// What was done another way than asked, and why.
    pub(crate) repairs: Vec<String>,
    /// Whether there is a cover picture.
    pub(crate) cover: bool,
    /// Whether there is a sheet of all its pictures.
    pub(crate) sheet: bool,
}

impl ClipOutcome {
    /// Tells whether the clip is as it should be.
    pub(crate) fn is_right(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

/// What a render worker works with.
#[derive(Debug)]
pub(crate) struct RenderWorker<'a> {
    pub(crate) limits: Limits,
    pub(crate) events: &'a Events,
    pub(crate) cancel: &'a Cancel,
    pub(crate) watchdog: &'a Watchdog,
    pub(crate) faults: &'a Faults,
    pub(crate) work: &'a WorkMemory,
    pub(crate) governor: &'a Governor<'a>,
}

impl RenderWorker<'_> {
    /// Makes clips until nobody can send any.
    pub(crate) fn serve(&self, inbox: &Receiver<RenderJob>) {
        serve(inbox, |job, watch| self.make(job, watch));
    }

    /// Makes a clip; the wait for it began with the watch.
    fn make(&self, job: &Arc<RenderJob>, watch: Stopwatch) -> anyhow::Result<ClipOutcome> {
        let mut waited = Some(watch);
        let attempt = |settings: &RenderSettings, outputs: Outputs<'_>| {
            let watch = waited.take().unwrap_or_else(Stopwatch::start);
            self.attempt(job, settings, outputs, &watch)
        };
        let write_cover = |settings: &RenderSettings| self.write_cover(job, settings);
        let bytes = encoder_bytes(&job.media, &job.settings);
        let stop = || self.cancel.aborted();
        let Some(_permit) = self.work.encoder(bytes, stop) else {
            return Err(media::Error::Cancelled.into());
        };
        self.governor.make_ready(bytes);
        make_with_fallbacks(job, self.events, attempt, write_cover)
    }

    /// Renders and judges a clip once; the inner error is the renderer's own.
    fn attempt(
        &self,
        job: &Arc<RenderJob>,
        settings: &RenderSettings,
        (output, sheet): Outputs<'_>,
        watch: &Stopwatch,
    ) -> anyhow::Result<Result<Vec<Check>, media::Error>> {
        let burn = settings.burn.as_ref().map(|burn| captions(job, burn));
        let burn = burn.transpose()?;
        let captions = burn.as_ref().map(|(_, captions)| captions.clone());
        if self.faults.comes(FaultKind::EncoderRefused) {
            let name = settings.encoding.codec.encoder();
            let reason = "a fault that was asked for".to_owned();
            return Ok(Err(media::Error::Encoder { name, reason }));
        }
        let watched = self.render(job, settings, output, captions.clone())?;
        let rendered = match watched.answer {
            Ok(rendered) => rendered,
            Err(error) => return Ok(Err(error)),
        };
        let cost = Cost::since(watch).with_cpu(watched.cpu);
        self.report(job, Stage::Render, cost);
        self.warn_of_loudness(job, settings, &rendered);
        let watch = Stopwatch::start();
        let expected = expectation(job, settings, &rendered, captions);
        let sheet = ContactSheet {
            interval: SHEET_EVERY,
            output: sheet,
        };
        let checks = verify_with_sheet(output, &expected, &sheet, &self.limits);
        self.report(job, Stage::Verify, Cost::since(&watch));
        Ok(checks)
    }

    /// Renders a clip on a thread beside, which is given up when it hangs.
    fn render(
        &self,
        job: &Arc<RenderJob>,
        settings: &RenderSettings,
        output: &Path,
        captions: Option<CaptionFile>,
    ) -> anyhow::Result<Watched<Result<Rendered, media::Error>>> {
        let (job, settings) = (Arc::clone(job), settings.clone());
        let (output, limits) = (output.to_owned(), self.limits.clone());
        let work = move |hand: &mut dyn FnMut(()) -> ControlFlow<()>| {
            let request = RenderRequest {
                source: &job.source,
                media: &job.media,
                range: job.range,
                rate: settings.rate,
                fields: settings.fields,
                output: &output,
                framing: settings.framing.as_ref(),
                captions: captions.as_ref(),
                channels: settings.channels.clone(),
                fades: settings.fades,
                loudness: settings.loudness,
                encoding: &settings.encoding,
                threads: settings.threads,
                limits: &limits,
            };
            media::render(&request, &mut |_| hand(()))
        };
        let check = || {
            if self.cancel.aborted() {
                return Err(media::Error::Cancelled.into());
            }
            Ok(())
        };
        self.watchdog.watch("render", check, work, |()| check())
    }

    /// Writes the cover picture beside the clip; a clip without one is no less right.
    fn write_cover(&self, job: &RenderJob, settings: &RenderSettings) -> anyhow::Result<bool> {
        let Some(time) = job.cover else {
            return Ok(false);
        };
        let watch = Stopwatch::start();
        let draft = Draft::create(&job.target.with_extension("jpg"))?;
        let framing = settings.framing.as_ref();
        let source = &job.source;
        let written = thumbnail(
            source,
            &job.media,
            time,
            framing,
            draft.path(),
            &self.limits,
        );
        match written {
            Ok(()) => {
                draft.publish()?;
                let events = self.events.of_job(&job.job);
                events.worked(Stage::Export, 0, 0, Cost::since(&watch));
            }
            Err(error) => {
                self.events.of_job(&job.job).warn(Warning::NoCover {
                    clip: file_name(&job.target),
                    reason: error.to_string(),
                });
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tells where a clip is not as loud as was asked for.
    fn warn_of_loudness(&self, job: &RenderJob, settings: &RenderSettings, rendered: &Rendered) {
        let reached = rendered
            .loudness
            .filter(|reached| reached.short > 0.0 && !reached.is_silent());
        if let Some((reached, wanted)) = reached.zip(settings.loudness) {
            let fault = SoundFault::Loudness {
                clip: file_name(&job.target),
                loudness: reached.after,
                target: wanted.target,
            };
            self.events.of_job(&job.job).warn(Warning::Sound { fault });
        }
    }

    fn report(&self, job: &RenderJob, stage: Stage, cost: Cost) {
        let events = self.events.of_job(&job.job);
        events.worked(stage, 1, 0, cost);
    }
}

/// Where a clip and the sheet of its pictures are written until they are right.
type Outputs<'a> = (&'a Path, &'a Path);

/// Makes a clip, with the next fallback after each failure that has one; what is right gets its final name.
fn make_with_fallbacks(
    job: &RenderJob,
    events: &Events,
    mut attempt: impl FnMut(
        &RenderSettings,
        Outputs<'_>,
    ) -> anyhow::Result<Result<Vec<Check>, media::Error>>,
    write_cover: impl FnOnce(&RenderSettings) -> anyhow::Result<bool>,
) -> anyhow::Result<ClipOutcome> {
    let mut settings = job.settings.clone();
    let mut repairs = Vec::new();
    loop {
        let draft = Draft::create(&job.target)?;
        let sheet = Draft::create(&sheet_of(&job.target))?;
        let tried = attempt(&settings, (draft.path(), sheet.path()))?;
        let failure = match &tried {
            Ok(checks) if checks.iter().any(|check| !check.ok) => RenderFailure::Failed(checks),
            Err(error) => RenderFailure::Refused(error),
            Ok(checks) => {
                let cover = write_cover(&settings)?;
                // The clip comes first: a sheet without its clip would be left by one who is stopped between the two.
                draft.publish()?;
                sheet.publish()?;
                return Ok(ClipOutcome {
                    checks: checks.clone(),
                    repairs,
                    cover,
                    sheet: true,
                });
            }
        };
        let Some((next, given_up)) = next_fallback(&settings, failure, job.range) else {
            return Ok(ClipOutcome {
                checks: tried?,
                repairs,
                ..ClipOutcome::default()
            });
        };
        events.degraded(Degradation::Render {
            job: job.job.clone(),
            clip: file_name(&job.target),
            reason: given_up.clone(),
        });
        repairs.push(given_up);
        settings = next;
    }
}

/// Makes what is asked for until nobody can ask; a panic in one clip fails that clip's job only.
fn serve(
    inbox: &Receiver<RenderJob>,
    mut make: impl FnMut(&Arc<RenderJob>, Stopwatch) -> anyhow::Result<ClipOutcome>,
) {
    loop {
        let watch = Stopwatch::start();
        let Ok(job) = await_input(|| inbox.recv()) else {
            return;
        };
        let job = Arc::new(job);
        let outcome = caught(|| make(&job, watch));
        // A job that has failed meanwhile no longer listens.
        let _ = job.reply.send(outcome);
    }
}

/// Writes the captions where the renderer finds them; the file goes with the draft.
fn captions(job: &RenderJob, burn: &BurnedCaptions) -> anyhow::Result<(Draft, CaptionFile)> {
    let mut draft = Draft::create(&job.target.with_extension("ass"))?;
    draft.write(burn.ass.as_bytes())?;
    let ass = draft.path().to_owned();
    Ok((draft, CaptionFile { ass, fonts: None }))
}

/// Returns what the clip should be.
fn expectation(
    job: &RenderJob,
    settings: &RenderSettings,
    rendered: &Rendered,
    captions: Option<CaptionFile>,
) -> Expectation {
    let heard = rendered.loudness.filter(|levelled| !levelled.is_silent());
    let loudness = heard.zip(settings.loudness);
    let whole = shape_of(&job.media);
    let framing = settings.framing.as_ref();
    let text = framing.and_then(|framing| cut_text(framing, &job.texts, whole));
    let inside = |heads: &[_]| faces_inside(framing?, heads, whole);
    let burned = settings.burn.as_ref().zip(captions);
    Expectation {
        frames: settings.rate.frames_in(job.range),
        duration: job.range.duration(),
        width: rendered.width,
        height: rendered.height,
        codec: settings.encoding.codec,
        coarse: settings.encoding.crf > COARSE,
        audible: heard.is_some(),
        loudness: loudness.map(|(heard, wanted)| LoudnessTarget {
            tolerance: heard.short.max(wanted.tolerance),
            ..wanted
        }),
        source: Some(rendered.source),
        clip_of: Some(clip_source(job, settings, rendered)),
        captions: burned.map(cues),
        faces: inside(&job.people.faces),
        persons: inside(&job.people.heads),
        text: text.map(|text| TextLimit {
            cut: text.share,
            limit: job.text_limit,
        }),
        stretch: framing.map_or(0.0, |framing| stretch(framing, whole)),
    }
}

fn cues((burn, captions): (&BurnedCaptions, CaptionFile)) -> Cues {
    Cues {
        captions,
        times: burn.times.clone(),
        area: burn.area,
    }
}

/// Returns the width of a file's picture to its height.
pub(super) fn shape_of(media: &Media) -> f64 {
    let size = media.video.as_ref().map(|video| video.display_size());
    size.map_or(1.0, |(width, height)| Size::new(width, height).aspect())
}

/// Returns what the clip is of.
fn clip_source(job: &RenderJob, settings: &RenderSettings, rendered: &Rendered) -> ClipSource {
    ClipSource {
        path: job.source.clone(),
        media: job.media.clone(),
        start: rendered.start,
        rate: settings.rate,
        framing: settings.framing.clone(),
        channels: settings.channels.clone(),
    }
}

/// Returns where the sheet of a clip's pictures stands.
pub(crate) fn sheet_of(target: &Path) -> PathBuf {
    let stem = target.file_stem().unwrap_or_default();
    let mut name = stem.to_owned();
    name.push("-sheet.jpg");
    target.with_file_name(name)
}

/// Returns a clip's name for people.
pub(crate) fn file_name(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
