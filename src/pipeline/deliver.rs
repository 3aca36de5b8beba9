//! From choices to clip files: kept where they are still right, rendered and judged otherwise.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded};
use serde::{Deserialize, Serialize};

use super::Run;
use super::analyse::Pass;
use super::captions;
use super::failure::ClipBroken;
use super::job::{Work, signals, title};
use crate::cache::{Input, Key, KeyBuilder, content_digest};
use crate::clips::Scored;
use crate::clock::Stopwatch;
use crate::export::{self, Check, Clip, Clips, Draft, Verification};
use crate::media::{self, Encoding, Expectation, Media, RenderRequest};
use crate::report::{CacheAnswer, Event, Stage};
use crate::timeline::{TimeRange, Transcript};

/// The cache's stage for what is known of a rendered clip.
const CACHE_STAGE: &str = "render";

/// One clip to make.
pub(super) struct ClipTask {
    job: String,
    source: PathBuf,
    media: Media,
    range: TimeRange,
    target: PathBuf,
    encoding: Encoding,
    frames: u64,
    reply: Sender<anyhow::Result<Vec<Check>>>,
}

/// What is remembered of a clip that was rendered and passed.
#[derive(Serialize, Deserialize)]
struct Known {
    digest: [u8; 32],
    checks: Vec<Check>,
}

/// Makes the chosen clips and writes `clips.json` and `clips.csv`.
pub(super) fn deliver(
    work: &Work<'_>,
    pass: &Pass,
    said: Option<&Transcript>,
    input: &Input,
    scored: &[Scored],
    chosen: &[usize],
) -> anyhow::Result<()> {
    let listed = listed_before(&work.folder());
    let pending: Vec<Pending> = (1..)
        .zip(chosen)
        .map(|(rank, &slot)| Pending::begin(work, pass, input, rank, &scored[slot]))
        .collect::<anyhow::Result<_>>()?;
    // Every clip is waited for: one that breaks must not leave the others half-made.
    let results: Vec<anyhow::Result<Clip>> = pending
        .into_iter()
        .map(|pending| pending.finish(work))
        .collect();
    let mut clips: Vec<Clip> = results.into_iter().collect::<anyhow::Result<_>>()?;
    work.check_unchanged(&input.identity)?;
    let watch = Stopwatch::start();
    for (clip, &slot) in clips.iter_mut().zip(chosen) {
        clip.captions = captions_of(work, said, clip, scored[slot].span.range)?;
    }
    export::write_atomic(
        &work.folder().join("clips.csv"),
        &export::clips_csv(&clips)?,
    )?;
    let kept: Vec<String> = clips.iter().flat_map(files_of).collect();
    work.write("clips.json", &Clips::new(clips))?;
    remove_stale(&work.folder(), &listed, &kept);
    work.stage(Stage::Export, 3, &watch, Duration::ZERO, None);
    Ok(())
}

/// Writes the captions of a clip beside it and returns the files' names.
fn captions_of(
    work: &Work<'_>,
    said: Option<&Transcript>,
    clip: &Clip,
    range: TimeRange,
) -> anyhow::Result<Vec<String>> {
    let said = said.map(|said| said.clip(range));
    let stem = clip
        .file
        .as_deref()
        .and_then(|file| file.strip_suffix(".mp4"));
    match stem {
        Some(stem) => captions::write(work, said.as_ref(), stem),
        None => Ok(Vec::new()),
    }
}

/// A clip that is being made, or was found made.
struct Pending {
    clip: Clip,
    key: Key,
    target: PathBuf,
    state: State,
}

enum State {
    Kept(Vec<Check>),
    Rendering(Receiver<anyhow::Result<Vec<Check>>>),
}

impl Pending {
    fn begin(
        work: &Work<'_>,
        pass: &Pass,
        input: &Input,
        rank: u32,
        scored: &Scored,
    ) -> anyhow::Result<Self> {
        let clip = clip_entry(rank, scored);
        let target = work.folder().join(clip.file.as_deref().unwrap_or_default());
        let encoding = work.run.encoding(work.job);
        let threads = work.run.settings.render.threads;
        let key = clip_key(input, scored.span.range, &encoding, threads);
        let watch = Stopwatch::start();
        if let Some(checks) = still_right(work.run, &key, &target) {
            work.stage(
                Stage::Render,
                1,
                &watch,
                Duration::ZERO,
                Some(CacheAnswer::Hit),
            );
            return Ok(Self {
                clip,
                key,
                target,
                state: State::Kept(checks),
            });
        }
        let (reply, answer) = bounded(1);
        let task = ClipTask {
            job: work.job.id.clone(),
            source: work.job.input.clone(),
            media: work.media.clone(),
            range: scored.span.range,
            target: target.clone(),
            encoding,
            frames: frames_in(pass, scored.span.range),
            reply,
        };
        work.clips
            .send(task)
            .ok()
            .context("the render threads are gone")?;
        Ok(Self {
            clip,
            key,
            target,
            state: State::Rendering(answer),
        })
    }

    fn finish(self, work: &Work<'_>) -> anyhow::Result<Clip> {
        let checks = match self.state {
            State::Kept(checks) => checks,
            State::Rendering(answer) => {
                let checks = answer.recv().context("the render threads are gone")??;
                remember(work.run, &self.key, &self.target, &checks);
                checks
            }
        };
        Ok(Clip {
            verify: Some(Verification { ok: true, checks }),
            ..self.clip
        })
    }
}

/// Renders and judges clips until nobody can send any.
pub(super) fn serve(inbox: &Receiver<ClipTask>, run: &Run<'_>) {
    loop {
        let waiting = Instant::now();
        let Ok(task) = inbox.recv() else { return };
        let wait = waiting.elapsed();
        // A panic in one clip fails that clip's job only.
        let made =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| make(&task, run, wait)));
        let answer = made.unwrap_or_else(|panic| {
            Err(anyhow::anyhow!(
                "render panicked: {}",
                super::failure::panic_text(&*panic)
            ))
        });
        // A job that has failed meanwhile no longer listens.
        let _ = task.reply.send(answer);
    }
}

fn make(task: &ClipTask, run: &Run<'_>, wait: Duration) -> anyhow::Result<Vec<Check>> {
    let draft = Draft::create(&task.target)?;
    let watch = Stopwatch::start();
    let limits = run.limits();
    let request = RenderRequest {
        source: &task.source,
        media: &task.media,
        range: task.range,
        output: draft.path(),
        framing: None,
        captions: None,
        loudness: None,
        encoding: &task.encoding,
        threads: run.settings.render.threads,
        limits: &limits,
    };
    let rendered = media::render(&request, &mut |_| match run.cancel.aborted() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })?;
    report(task, run, Stage::Render, &watch, wait);
    let watch = Stopwatch::start();
    let expected = Expectation {
        frames: task.frames,
        duration: task.range.duration(),
        width: rendered.width,
        height: rendered.height,
        audio: task.media.audio.is_some(),
        ..Expectation::default()
    };
    let checks = media::verify(draft.path(), &expected, &limits)?;
    let checks: Vec<Check> = checks.into_iter().map(check).collect();
    report(task, run, Stage::Verify, &watch, Duration::ZERO);
    if let Some(broken) = broken(&task.target, &checks) {
        return Err(broken.into());
    }
    draft.publish()?;
    Ok(checks)
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

fn check(check: media::Check) -> Check {
    let media::Check {
        name,
        ok,
        value,
        limit,
    } = check;
    Check {
        name,
        ok,
        value: Some(value),
        limit: Some(limit),
    }
}

fn broken(target: &Path, checks: &[Check]) -> Option<ClipBroken> {
    let failed: Vec<String> = checks
        .iter()
        .filter(|check| !check.ok)
        .map(|c| format!("{} {:?} limit {:?}", c.name, c.value, c.limit))
        .collect();
    let file = target
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    (!failed.is_empty()).then(|| ClipBroken {
        file,
        checks: failed.join(", "),
    })
}

fn clip_entry(rank: u32, scored: &Scored) -> Clip {
    let title = title(scored);
    Clip {
        rank,
        start: scored.span.range.start().into(),
        end: scored.span.range.end().into(),
        score: scored.score,
        file: Some(format!("clips/{}", export::clip_file_name(rank, &title))),
        title,
        reason: scored.reason.clone(),
        signals: signals(scored),
        captions: Vec::new(),
        thumbnail: None,
        crop: Vec::new(),
        quality: None,
        verify: None,
    }
}

/// Returns how many frames are shown in the range.
fn frames_in(pass: &Pass, range: TimeRange) -> u64 {
    let before = |at| pass.times.partition_point(|&time| time < at);
    (before(range.end()) - before(range.start())) as u64
}

fn clip_key(input: &Input, range: TimeRange, encoding: &Encoding, threads: usize) -> Key {
    let mut key = KeyBuilder::new("render-v2").field(input.digest.as_bytes());
    for time in [range.start(), range.end()] {
        let (num, den) = time.fraction();
        key = key.field(&num.to_le_bytes()).field(&den.to_le_bytes());
    }
    key.field(format!("{encoding:?}").as_bytes())
        .field(&threads.to_le_bytes())
        .finish()
}

/// Returns the checks of a clip that is there and byte for byte what was rendered and passed.
fn still_right(run: &Run<'_>, key: &Key, target: &Path) -> Option<Vec<Check>> {
    if run.fresh || !target.is_file() {
        return None;
    }
    let known: Known = serde_json::from_slice(&run.cache.get(CACHE_STAGE, key)?).ok()?;
    let digest = content_digest(target).ok()?;
    (digest.as_bytes() == &known.digest).then_some(known.checks)
}

fn remember(run: &Run<'_>, key: &Key, target: &Path, checks: &[Check]) {
    let Ok(digest) = content_digest(target) else {
        return;
    };
    let known = Known {
        digest: *digest.as_bytes(),
        checks: checks.to_vec(),
    };
    if let Ok(payload) = serde_json::to_vec(&known) {
        run.cache.put(CACHE_STAGE, key, &payload);
    }
}

/// Returns the clip files that an earlier run listed.
fn listed_before(folder: &Path) -> Vec<String> {
    let clips = fs::read(folder.join("clips.json")).ok();
    let clips = clips.and_then(|bytes| serde_json::from_slice::<Clips>(&bytes).ok());
    clips
        .into_iter()
        .flat_map(|clips| clips.clips)
        .flat_map(|clip| files_of(&clip))
        .collect()
}

/// Returns the names of all files of a clip.
fn files_of(clip: &Clip) -> Vec<String> {
    let file = clip.file.iter();
    file.chain(&clip.captions).cloned().collect()
}

/// Removes clips of an earlier run that the new list no longer names; only files this program made.
fn remove_stale(folder: &Path, before: &[String], now: &[String]) {
    let ours = |file: &&String| file.starts_with("clips/") && !file.contains("..");
    for file in before
        .iter()
        .filter(|file| !now.contains(file))
        .filter(ours)
    {
        // One that is gone already is as good as removed.
        let _ = fs::remove_file(folder.join(file));
    }
}
