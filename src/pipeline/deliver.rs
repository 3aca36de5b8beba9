//! From choices to clip files: kept where they are still right, rendered and judged otherwise.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{Receiver, bounded};
use serde::{Deserialize, Serialize};

use super::Run;
use super::candidates::{contributions, signals, title};
use super::captions::{self, Captioned, captioned};
use super::clip::{ClipTask, Made, sheet_of};
use super::editors;
use super::failure::ClipBroken;
use super::focus::focus;
use super::framing::{
    crop_parts, faces_on_clip, faces_to_show, framings, media_rect, quality, to_render,
};
use super::heading::headings;
use super::job::Work;
use super::recipe::{Burn, Recipe};
use super::seen::Seen;
use crate::cache::{Input, Key, KeyBuilder, content_digest};
use crate::clips::reframe::Framing;
use crate::clips::title::Heading;
use crate::clips::{Scored, cover};
use crate::clock::Stopwatch;
use crate::export::{self, Check, Clip, Clips, Verification};
use crate::media;
use crate::report::{CacheAnswer, Stage};
use crate::settings::Captions;
use crate::timeline::{Paragraph, TimeRange, Timestamp, Transcript};

/// The cache's stage for what is known of a rendered clip.
const CACHE_STAGE: &str = "render";

/// What is remembered of a clip that was rendered and passed.
#[derive(Serialize, Deserialize)]
struct Known {
    /// Of the clip, its cover and its sheet, as far as there are such.
    digests: Vec<[u8; 32]>,
    made: Made,
}

/// All that is known of a video when its clips are made.
pub(super) struct Story<'a> {
    pub(super) seen: &'a Seen,
    pub(super) said: Option<&'a Transcript>,
    /// Stretches of what is said that are on one topic.
    pub(super) paragraphs: &'a [Paragraph],
    pub(super) input: &'a Input,
}

/// Makes the chosen clips, writes `clips.json`, `clips.csv` and the editors' files, and returns the clips; with the first
/// of them that did not pass, if there is one.
pub(super) fn deliver(
    work: &Work<'_>,
    story: &Story<'_>,
    chosen: &[&Scored],
) -> anyhow::Result<(Clips, Option<ClipBroken>)> {
    let listed = listed_before(&work.folder());
    let ranges: Vec<TimeRange> = chosen.iter().map(|scored| scored.span.range).collect();
    let headings = headings(work, story.said, &ranges)?;
    let mut pending = Vec::with_capacity(chosen.len());
    for ((rank, scored), heading) in (1..).zip(chosen).zip(headings) {
        let plan = ClipPlan::new(work, story, rank, scored, heading)?;
        pending.push(Pending::begin(work, plan)?);
    }
    let chapters = editors::chapters(work, story.seen, story.said, story.paragraphs)?;
    // Every clip is waited for: one that breaks must not leave the others half-made.
    let results: Vec<anyhow::Result<Clip>> = pending
        .into_iter()
        .map(|pending| pending.finish(work))
        .collect();
    let clips: Vec<Clip> = results.into_iter().collect::<anyhow::Result<_>>()?;
    work.check_unchanged(&story.input.identity)?;
    let watch = Stopwatch::start();
    let table = export::clips_csv(&clips)?;
    export::write_atomic(&work.folder().join("clips.csv"), &table)?;
    let made: Vec<(&Scored, &Clip)> = chosen.iter().copied().zip(&clips).collect();
    let for_editors = editors::write(work, story.seen, chapters, &made)?;
    let clips = Clips::new(clips);
    work.write("clips.json", &clips)?;
    let kept: Vec<String> = clips.clips.iter().flat_map(files_of).collect();
    remove_stale(&work.folder(), &listed, &kept);
    work.stage(Stage::Export, 2 + for_editors, &watch, Duration::ZERO, None);
    let broken = clips.clips.iter().find_map(broken);
    Ok((clips, broken))
}

/// Everything that is decided about a clip before it is made.
struct ClipPlan {
    clip: Clip,
    captioned: Option<Captioned>,
    task: Option<ClipTask>,
    answer: Receiver<anyhow::Result<Made>>,
    target: PathBuf,
    key: Key,
}

impl ClipPlan {
    fn new(
        work: &Work<'_>,
        story: &Story<'_>,
        rank: u32,
        scored: &Scored,
        heading: Option<Heading>,
    ) -> anyhow::Result<Self> {
        let &Story {
            seen, said, input, ..
        } = story;
        let range = scored.span.range;
        let size = work.job.settings.aspect.size();
        let framings = match size {
            Some(size) => {
                let focus = focus(work, input.digest.as_bytes(), seen, range)?;
                Some(framings(work, seen, range, &focus.0, size))
            }
            None => None,
        };
        let framings = framings.as_deref();
        let said = said.map(|said| said.clip(range));
        let faces = faces_on_clip(seen, range, framings);
        let end = Timestamp::ZERO + range.duration();
        let captioned = captioned(work, said.as_ref(), size, &faces, Some(end));
        let recipe = Recipe {
            encoding: work.run.encoding(work.job),
            framing: size
                .zip(framings)
                .map(|(size, framings)| to_render(framings, size)),
            burn: captioned
                .as_ref()
                .filter(|_| work.job.settings.captions == Captions::Burn)
                .map(burn),
            loudness: work.run.loudness(),
            threads: work.run.settings.render.threads,
        };
        let clip = clip_entry(rank, scored, heading, framings);
        let target = work.folder().join(clip.file.as_deref().unwrap_or_default());
        let (reply, answer) = bounded(1);
        let sight = seen.sight.as_ref();
        let task = ClipTask {
            job: work.job.id.clone(),
            source: work.job.input.clone(),
            media: work.media.clone(),
            range,
            target: target.clone(),
            frames: seen.frames_in(range),
            faces: faces_to_show(seen, range, framings.unwrap_or_default())
                .into_iter()
                .map(|(time, face)| (time, media_rect(face)))
                .collect(),
            covers: sight
                .map(|sight| cover(range, &sight.look, &seen.tracks, &seen.shots, 1))
                .unwrap_or_default(),
            recipe,
            reply,
        };
        let key = clip_key(input, &task);
        Ok(Self {
            clip,
            captioned,
            task: Some(task),
            answer,
            target,
            key,
        })
    }
}

/// A clip that is being made, or was found made.
struct Pending {
    plan: ClipPlan,
    kept: Option<Made>,
}

impl Pending {
    fn begin(work: &Work<'_>, mut plan: ClipPlan) -> anyhow::Result<Self> {
        let watch = Stopwatch::start();
        let kept = still_right(work.run, &plan.key, &plan.target);
        match (&kept, plan.task.take()) {
            (None, Some(task)) => {
                let sent = work.clips.send(task);
                sent.ok().context("the render threads are gone")?;
            }
            _ => {
                let hit = Some(CacheAnswer::Hit);
                work.stage(Stage::Render, 1, &watch, Duration::ZERO, hit);
            }
        }
        Ok(Self { plan, kept })
    }

    /// Waits for the clip, writes the captions beside it and returns its entry.
    fn finish(self, work: &Work<'_>) -> anyhow::Result<Clip> {
        let ClipPlan {
            mut clip,
            captioned,
            answer,
            target,
            key,
            ..
        } = self.plan;
        let made = match self.kept {
            Some(made) => made,
            None => {
                let made = answer.recv().context("the render threads are gone")??;
                if made.is_right() {
                    remember(work.run, &key, &target, &made);
                }
                made
            }
        };
        let stem = clip
            .file
            .as_deref()
            .and_then(|file| file.strip_suffix(".mp4"));
        let stem = stem.unwrap_or_default().to_owned();
        let right = made.is_right();
        clip.captions = captions::write(work, captioned.as_ref().filter(|_| right), &stem)?;
        clip.thumbnail = made.cover.then(|| format!("{stem}.jpg"));
        clip.contact_sheet = made.sheet.then(|| format!("{stem}-sheet.jpg"));
        clip.file = clip.file.filter(|_| right);
        clip.verify = Some(Verification {
            ok: right,
            checks: made.checks.into_iter().map(check).collect(),
            repairs: made.repairs,
        });
        Ok(clip)
    }
}

fn burn(captioned: &Captioned) -> Burn {
    Burn {
        ass: captioned.ass(),
        times: captioned.times(),
        area: media_rect(captioned.area()),
    }
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

/// Returns what is wrong with a clip that did not pass.
fn broken(clip: &Clip) -> Option<ClipBroken> {
    let verify = clip.verify.as_ref().filter(|verify| !verify.ok)?;
    let failed = verify.checks.iter().filter(|check| !check.ok);
    let failed: Vec<String> = failed
        .map(|c| format!("{} {:?} limit {:?}", c.name, c.value, c.limit))
        .collect();
    Some(ClipBroken {
        file: format!("clip {}, {}", clip.rank, clip.title),
        checks: failed.join(", "),
    })
}

fn clip_entry(
    rank: u32,
    scored: &Scored,
    heading: Option<Heading>,
    framings: Option<&[Framing]>,
) -> Clip {
    let Heading {
        title,
        hook,
        keywords,
        hashtags,
    } = heading.unwrap_or_else(|| wordless(scored));
    Clip {
        rank,
        start: scored.span.range.start().into(),
        end: scored.span.range.end().into(),
        score: scored.score,
        file: Some(format!("clips/{}", export::clip_file_name(rank, &title))),
        title,
        hook,
        keywords,
        hashtags,
        reason: scored.reason.clone(),
        signals: signals(scored),
        contributions: contributions(scored),
        captions: Vec::new(),
        thumbnail: None,
        contact_sheet: None,
        crop: framings.map(crop_parts).unwrap_or_default(),
        quality: framings.and_then(quality),
        verify: None,
    }
}

/// Returns the heading of a clip in which nothing is said.
fn wordless(scored: &Scored) -> Heading {
    Heading {
        title: title(scored),
        hook: None,
        keywords: Vec::new(),
        hashtags: Vec::new(),
    }
}

/// Returns the key of a clip: the video's bytes, and everything about how it is made.
fn clip_key(input: &Input, task: &ClipTask) -> Key {
    let range = |range: TimeRange, mut key: KeyBuilder| {
        for time in [range.start(), range.end()] {
            let (num, den) = time.fraction();
            key = key.field(&num.to_le_bytes()).field(&den.to_le_bytes());
        }
        key
    };
    range(
        task.range,
        KeyBuilder::new("render-v4").field(input.digest.as_bytes()),
    )
    .field(format!("{:?} {:?}", task.recipe, task.covers).as_bytes())
    .finish()
}

/// Returns what is known of a clip that is there and byte for byte what was rendered and passed.
fn still_right(run: &Run<'_>, key: &Key, target: &Path) -> Option<Made> {
    if run.fresh || !target.is_file() {
        return None;
    }
    let known: Known = serde_json::from_slice(&run.cache.get(CACHE_STAGE, key)?).ok()?;
    let same = digests(target, &known.made)? == known.digests;
    same.then_some(known.made)
}

fn remember(run: &Run<'_>, key: &Key, target: &Path, made: &Made) {
    let Some(digests) = digests(target, made) else {
        return;
    };
    let made = made.clone();
    if let Ok(payload) = serde_json::to_vec(&Known { digests, made }) {
        run.cache.put(CACHE_STAGE, key, &payload);
    }
}

/// Returns the digests of the files of a clip; none where one is missing.
fn digests(target: &Path, made: &Made) -> Option<Vec<[u8; 32]>> {
    let cover = made.cover.then(|| target.with_extension("jpg"));
    let sheet = made.sheet.then(|| sheet_of(target));
    let files = [Some(target.to_owned()), cover, sheet];
    let digest = |file: PathBuf| Some(*content_digest(&file).ok()?.as_bytes());
    files.into_iter().flatten().map(digest).collect()
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
    let files = clip.file.iter().chain(&clip.captions);
    let pictures = clip.thumbnail.iter().chain(&clip.contact_sheet);
    files.chain(pictures).cloned().collect()
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
