//! The threads that make clips: each rendered, opened again and judged, made another way where that helps, then published.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use serde::{Deserialize, Serialize};

use super::recipe::{Burn, Recipe, Trouble, another_way};
use super::{Run, failure};
use crate::clock::Stopwatch;
use crate::export::Draft;
use crate::media::{
    self, Captions, Check, ContactSheet, Cues, Expectation, Loudness, Media, RenderRequest,
    Rendered, faces_inside, stretch, thumbnail, verify_with_sheet,
};
use crate::report::{CacheAnswer, Event, Level, Stage};
use crate::timeline::{TimeRange, Timestamp};

/// From one picture of a clip's sheet to the next.
const SHEET_EVERY: Duration = Duration::from_secs(1);

/// One clip to make.
pub(super) struct ClipTask {
    pub(super) job: String,
    pub(super) source: PathBuf,
    pub(super) media: Media,
    pub(super) range: TimeRange,
    pub(super) target: PathBuf,
    pub(super) recipe: Recipe,
    /// Frames shown in the range.
    pub(super) frames: u64,
    /// The faces that are to be seen whole, in fractions of the source's picture.
    pub(super) faces: Vec<(Timestamp, media::Rect)>,
    /// Times of cover pictures, the best first.
    pub(super) covers: Vec<Timestamp>,
    pub(super) reply: Sender<anyhow::Result<Made>>,
}

/// What became of a clip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Made {
    /// What was found when it was opened again; it has its name only if all of them are well.
    pub(super) checks: Vec<Check>,
    /// What was done another way than asked, and why.
    pub(super) repairs: Vec<String>,
    /// Whether there is a cover picture.
    pub(super) cover: bool,
    /// Whether there is a sheet of all its pictures.
    pub(super) sheet: bool,
}

impl Made {
    /// Tells whether the clip is as it should be.
    pub(super) fn is_right(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

/// Makes clips until nobody can send any.
pub(super) fn serve(inbox: &Receiver<ClipTask>, run: &Run<'_>) {
    loop {
        let waiting = Instant::now();
        let Ok(task) = inbox.recv() else { return };
        let wait = waiting.elapsed();
        // A panic in one clip fails that clip's job only.
        let made = catch_unwind(AssertUnwindSafe(|| make(&task, run, wait)));
        let answer = made.unwrap_or_else(|panic| {
            let text = failure::panic_text(&*panic);
            Err(anyhow::anyhow!("render panicked: {text}"))
        });
        // A job that has failed meanwhile no longer listens.
        let _ = task.reply.send(answer);
    }
}

/// Makes a clip, another way after each fault that has one.
fn make(task: &ClipTask, run: &Run<'_>, mut wait: Duration) -> anyhow::Result<Made> {
    let mut recipe = task.recipe.clone();
    let mut repairs = Vec::new();
    loop {
        let draft = Draft::create(&task.target)?;
        let sheet = Draft::create(&sheet_of(&task.target))?;
        let outputs = (draft.path(), sheet.path());
        let tried = attempt(task, &recipe, outputs, run, std::mem::take(&mut wait))?;
        let trouble = match &tried {
            Ok(checks) if checks.iter().all(|check| check.ok) => {
                let cover = cover(task, &recipe, run)?;
                sheet.publish()?;
                draft.publish()?;
                return Ok(Made {
                    checks: checks.clone(),
                    repairs,
                    cover,
                    sheet: true,
                });
            }
            Ok(checks) => Trouble::Failed(checks),
            Err(error) => Trouble::Refused(error),
        };
        match another_way(&recipe, trouble, task.range) {
            Some((next, given_up)) => {
                tell_repair(task, run, &given_up);
                repairs.push(given_up);
                recipe = next;
            }
            None => {
                return Ok(Made {
                    checks: tried?,
                    repairs,
                    ..Made::default()
                });
            }
        }
    }
}

/// Renders and judges a clip once; the inner error is the renderer's own.
fn attempt(
    task: &ClipTask,
    recipe: &Recipe,
    (output, sheet): (&Path, &Path),
    run: &Run<'_>,
    wait: Duration,
) -> anyhow::Result<Result<Vec<Check>, media::Error>> {
    let watch = Stopwatch::start();
    let burn = recipe.burn.as_ref().map(|burn| captions(task, burn));
    let burn = burn.transpose()?;
    let captions = burn.as_ref().map(|(_, captions)| captions.clone());
    let limits = run.limits();
    let request = RenderRequest {
        source: &task.source,
        media: &task.media,
        range: task.range,
        output,
        framing: recipe.framing.as_ref(),
        captions: captions.as_ref(),
        loudness: recipe.loudness,
        encoding: &recipe.encoding,
        threads: recipe.threads,
        limits: &limits,
    };
    let rendered = media::render(&request, &mut |_| match run.cancel.aborted() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    let rendered = match rendered {
        Ok(rendered) => rendered,
        Err(error) => return Ok(Err(error)),
    };
    report(task, run, Stage::Render, &watch, wait);
    let watch = Stopwatch::start();
    let expected = expectation(task, recipe, &rendered, captions);
    let sheet = ContactSheet {
        every: SHEET_EVERY,
        output: sheet,
    };
    let checks = verify_with_sheet(output, &expected, &sheet, &limits);
    report(task, run, Stage::Verify, &watch, Duration::ZERO);
    Ok(checks)
}

/// Writes the captions where the renderer finds them; the file goes with the draft.
fn captions(task: &ClipTask, burn: &Burn) -> anyhow::Result<(Draft, Captions)> {
    let mut draft = Draft::create(&task.target.with_extension("ass"))?;
    draft.write(burn.ass.as_bytes())?;
    let ass = draft.path().to_owned();
    Ok((draft, Captions { ass, fonts: None }))
}

/// Returns what the clip should be.
fn expectation(
    task: &ClipTask,
    recipe: &Recipe,
    rendered: &Rendered,
    captions: Option<Captions>,
) -> Expectation {
    let heard = rendered.loudness.filter(|levelled| !levelled.is_silent());
    let whole = task.media.video.as_ref().map_or(1.0, |video| {
        let (width, height) = video.display_size();
        f64::from(width.max(1)) / f64::from(height.max(1))
    });
    let framing = recipe.framing.as_ref();
    let burned = recipe.burn.as_ref().zip(captions);
    Expectation {
        frames: task.frames,
        duration: task.range.duration(),
        width: rendered.width,
        height: rendered.height,
        audio: task.media.audio.is_some(),
        codec: recipe.encoding.codec,
        audible: heard.is_some(),
        loudness: heard.zip(recipe.loudness).map(|(heard, wanted)| Loudness {
            target: heard.after,
            peak: wanted.peak,
        }),
        source: Some(rendered.source),
        captions: burned.map(|(burn, captions)| Cues {
            captions,
            times: burn.times.clone(),
            area: burn.area,
        }),
        faces: framing.and_then(|framing| faces_inside(framing, &task.faces, whole)),
        stretch: framing.map_or(0.0, |framing| stretch(framing, whole)),
    }
}

/// Writes the cover picture beside the clip; a clip without one is no less right.
fn cover(task: &ClipTask, recipe: &Recipe, run: &Run<'_>) -> anyhow::Result<bool> {
    let Some(&time) = task.covers.first() else {
        return Ok(false);
    };
    let draft = Draft::create(&task.target.with_extension("jpg"))?;
    let framing = recipe.framing.as_ref();
    let (source, limits) = (&task.source, run.limits());
    let written = thumbnail(source, &task.media, time, framing, draft.path(), &limits);
    match written {
        Ok(()) => draft.publish()?,
        Err(error) => {
            let level = Level::Warn;
            let text = format!("{}: no cover picture: {error}", name(&task.target));
            let job = Some(task.job.clone());
            run.send(Event::Message { level, job, text });
            return Ok(false);
        }
    }
    Ok(true)
}

fn tell_repair(task: &ClipTask, run: &Run<'_>, given_up: &str) {
    let message = format!("{}/{}: {given_up}", task.job, name(&task.target));
    run.send(Event::Degraded { message });
}

fn report(task: &ClipTask, run: &Run<'_>, stage: Stage, watch: &Stopwatch, wait: Duration) {
    let cache = (stage == Stage::Render).then_some(CacheAnswer::Miss);
    let (job, wall, cpu) = (task.job.clone(), watch.wall(), watch.cpu());
    run.send(Event::StageDone {
        job,
        stage,
        items: 1,
        wall,
        cpu,
        wait,
        cache,
    });
}

/// Returns where the sheet of a clip's pictures stands.
pub(super) fn sheet_of(target: &Path) -> PathBuf {
    let stem = target.file_stem().unwrap_or_default();
    let mut name = stem.to_owned();
    name.push("-sheet.jpg");
    target.with_file_name(name)
}

/// Returns a clip's name for people.
pub(super) fn name(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
