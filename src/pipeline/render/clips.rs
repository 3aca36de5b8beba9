//! Clips of one job: planned, reused where they are still right, rendered and waited for otherwise, then listed.

use std::path::PathBuf;

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::begin::begin_then_finish;
use super::covers::cover_time;
use super::entry::{check, clip_entry, evidence, find_broken, judge_plan, wordless};
use super::floor::QualityFloor;
use super::kept::{clip_key, remember, still_right};
use super::settings::render_settings;
use super::stale::{files_of, listed_before, remove_stale};
use super::story::Story;
use super::worker::{ClipOutcome, RenderJob, shape_of};
use crate::cache::Key;
use crate::clips::captions::Surroundings;
use crate::clips::judge::Remark;
use crate::clips::reframe::Framing;
use crate::clips::title::Heading;
use crate::clips::{Scored, Verdict};
use crate::clock::{Stopwatch, await_input, await_room};
use crate::export::{self, ClipRecord, Clips, Verification};
use crate::media::cut_text;
use crate::pipeline::cached::Record;
use crate::pipeline::context::JobContext;
use crate::pipeline::events::Cost;
use crate::pipeline::outcome::ClipBroken;
use crate::pipeline::output::timelines;
use crate::pipeline::stages::captions::{
    CaptionLayout, FontNotices, lay_out_captions, write_captions,
};
use crate::pipeline::stages::lasting_text::ClipText;
use crate::pipeline::stages::read_text::read_title;
use crate::pipeline::stages::reframe::{PeopleToShow, between_bars, faces_on_clip, find_framings};
use crate::pipeline::stages::saliency::find_salient_regions;
use crate::pipeline::stages::titles::find_headings;
use crate::pipeline::stages::tracks::VideoAnalysis;
use crate::report::{ClipRow, Event, Warning};
use crate::settings::Captions;
use crate::timeline::{Stage, TimeRange, Timestamp};

/// Takes clips to render.
pub(crate) type RenderQueue = Sender<RenderJob>;

/// The clips of a job.
pub(crate) struct MadeClips {
    pub(crate) clips: Clips,
    /// The first of them that did not pass, if there is one.
    pub(crate) broken: Option<ClipBroken>,
    /// Those that were not made as they are not good enough: their places among the chosen, and why.
    pub(crate) poor: Vec<(usize, Verdict)>,
}

/// Makes the chosen clips that are good enough, writes `clips.json`, `clips.csv` and the editors' files, and returns the clips.
///
/// # Errors
/// What the models and the renderer say, when every clip under way has ended; that the output cannot be written.
pub(crate) fn make_clips(
    ctx: &JobContext<'_>,
    story: &Story<'_>,
    chosen: &[&Scored],
    render: &RenderQueue,
) -> anyhow::Result<MadeClips> {
    let listed = listed_before(&ctx.folder());
    let ranges: Vec<TimeRange> = chosen.iter().map(|scored| scored.span.range).collect();
    let headings = find_headings(ctx, story.transcript, &ranges)?;
    let chapters = timelines::chapters(ctx, story.video, story.transcript, story.paragraphs)?;
    let placed = chosen.iter().enumerate().zip(headings);
    let mut made = 0;
    ctx.events.clip_made(made, chosen.len());
    let (mut fonts, mut floor) = (FontNotices::default(), QualityFloor::new(ctx));
    let clips = begin_then_finish(
        placed,
        |((place, scored), heading)| {
            let judged = JudgedFraming::new(ctx, story, scored.span.range)?;
            let Some(rank) = floor.rank(place, scored, &judged.remarks) else {
                return Ok(None);
            };
            let plan = ClipPlan::new(ctx, story, (rank, scored), heading, judged)?;
            PendingClip::begin(ctx, plan, render, &mut fonts).map(Some)
        },
        |pending| {
            ctx.events.clip_made(made, chosen.len());
            made += 1;
            pending.map(|clip| clip.finish(ctx)).transpose()
        },
    )?;
    let clips: Vec<ClipRecord> = clips.into_iter().flatten().collect();
    let kept = floor.kept(chosen);
    let clips = list_all(ctx, story, (chapters, &kept), clips, &listed)?;
    Ok(MadeClips {
        broken: clips.clips.iter().find_map(find_broken),
        clips,
        poor: floor.poor,
    })
}

/// Writes the editors' files, `clips.json` and `clips.csv`, and tells of each clip.
fn list_all(
    ctx: &JobContext<'_>,
    story: &Story<'_>,
    (chapters, kept): (Option<String>, &[&Scored]),
    clips: Vec<ClipRecord>,
    listed: &[String],
) -> anyhow::Result<Clips> {
    ctx.check_unchanged()?;
    let watch = Stopwatch::start();
    let of_rank = |clip: &ClipRecord| kept[clip.rank as usize - 1];
    let made: Vec<(&Scored, &ClipRecord)> = clips.iter().map(|c| (of_rank(c), c)).collect();
    let for_editors = timelines::write(ctx, story.video, chapters, &made)?;
    let clips = list_clips(ctx, clips, listed)?;
    clips.clips.iter().for_each(|clip| tell_of(ctx, clip));
    let cost = Cost::since(&watch);
    ctx.events.worked(Stage::Export, 2 + for_editors, 0, cost);
    Ok(clips)
}

/// Tells of a clip that is listed.
fn tell_of(ctx: &JobContext<'_>, clip: &ClipRecord) {
    ctx.events.send(Event::ClipDone {
        job: ctx.job.id.clone(),
        clip: ClipRow {
            rank: clip.rank,
            start: clip.start.as_f64(),
            end: clip.end.as_f64(),
            score: clip.score,
            quality: clip.quality,
            title: clip.title.clone(),
            file: clip.file.clone(),
            thumbnail: clip.thumbnail.clone(),
        },
    });
}

/// Writes the tables of clips and removes what is left of those `listed` before.
fn list_clips(
    ctx: &JobContext<'_>,
    clips: Vec<ClipRecord>,
    listed: &[String],
) -> anyhow::Result<Clips> {
    let table = export::clips_csv(&clips)?;
    export::write_atomic(&ctx.folder().join("clips.csv"), &table)?;
    let clips = Clips::new(clips);
    ctx.write("clips.json", &clips)?;
    let kept: Vec<String> = clips.clips.iter().flat_map(files_of).collect();
    remove_stale(&ctx.folder(), listed, &kept);
    Ok(clips)
}

/// How a clip is shown, and what an editor would say of it.
struct JudgedFraming {
    framings: Option<Vec<Framing>>,
    remarks: Vec<Remark>,
}

impl JudgedFraming {
    fn new(ctx: &JobContext<'_>, story: &Story<'_>, range: TimeRange) -> anyhow::Result<Self> {
        let size = ctx.job.settings.aspect.size();
        let framings = size.map(|size| frame(ctx, story.video, range, size));
        let framings = framings.transpose()?;
        let remarks = judge_plan(ctx, story, range, framings.as_deref());
        Ok(Self { framings, remarks })
    }
}

/// Everything that is decided about a clip before it is made.
struct ClipPlan {
    clip: ClipRecord,
    captions: Option<CaptionLayout>,
    remarks: Vec<Remark>,
    job: RenderJob,
    answer: Receiver<anyhow::Result<ClipOutcome>>,
    key: Key,
}

impl ClipPlan {
    fn new(
        ctx: &JobContext<'_>,
        story: &Story<'_>,
        (rank, scored): (u32, &Scored),
        heading: Option<Heading>,
        judged: JudgedFraming,
    ) -> anyhow::Result<Self> {
        let video = story.video;
        let range = scored.span.range;
        let size = ctx.job.settings.aspect.size();
        let JudgedFraming { framings, remarks } = judged;
        let framings = framings.as_deref();
        let said = story.transcript.map(|transcript| transcript.clip(range));
        let text = ClipText::new(video, story.transcript, range);
        let shown = TimeRange::new(Timestamp::ZERO, Timestamp::ZERO + range.duration());
        let around = Surroundings {
            faces: &faces_on_clip(video, range, framings),
            texts: &text.on_clip(range, framings),
            between_bars: &between_bars(range, framings.unwrap_or_default()),
        };
        let captions = lay_out_captions(ctx, said.as_ref(), size, &around, shown);
        let burned = to_burn(ctx, captions.as_ref(), &text, rank);
        let settings = render_settings(ctx, story, range, burned, size.zip(framings))?;
        let people = PeopleToShow::new(video, range, framings.unwrap_or_default());
        let framing = settings.framing.as_ref();
        let cut = framing.and_then(|f| cut_text(f, &text.lines, shape_of(ctx.media())));
        let heading = match heading {
            Some(heading) => heading,
            None => wordless(scored, &ctx.job.input, read_title(ctx, video, range)?),
        };
        let clip = clip_entry(rank, scored, heading, (framings, &remarks));
        let file = clip.file.as_deref().unwrap_or_default();
        let (reply, answer) = bounded(1);
        let job = RenderJob {
            job: ctx.job.id.clone(),
            source: ctx.job.input.clone(),
            media: ctx.media().clone(),
            range,
            target: ctx.folder().join(file),
            text_limit: text.cut_limit(&people.faces),
            texts: text.lines,
            people,
            cover: Some(cover_time(
                ctx,
                video,
                range,
                &cut.unwrap_or_default().times,
            )?),
            settings,
            reply,
        };
        let key = clip_key(ctx, &job);
        Ok(Self {
            clip,
            captions,
            remarks,
            job,
            answer,
            key,
        })
    }
}

/// Returns how a clip is shown at this size, with where one looks when there is no face.
fn frame(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    range: TimeRange,
    size: (u32, u32),
) -> anyhow::Result<Vec<Framing>> {
    let salient = find_salient_regions(ctx, video, range)?;
    Ok(find_framings(ctx, video, range, &salient.regions, size))
}

/// Returns the captions to burn into a clip: none where its pictures say themselves what is spoken, which is told.
fn to_burn<'c>(
    ctx: &JobContext<'_>,
    captions: Option<&'c CaptionLayout>,
    text: &ClipText,
    clip: u32,
) -> Option<&'c CaptionLayout> {
    let captions = captions.filter(|_| ctx.job.settings.captions == Captions::Burn)?;
    if text.says_itself {
        ctx.events.warn(Warning::SubtitlesInPicture { clip });
        return None;
    }
    Some(captions)
}

/// A clip that is being made, or was found made.
struct PendingClip {
    clip: ClipRecord,
    captions: Option<CaptionLayout>,
    remarks: Vec<Remark>,
    target: PathBuf,
    key: Key,
    outcome: Outcome,
}

/// What is known of a clip that is to be there.
enum Outcome {
    Kept(ClipOutcome),
    Awaited(Receiver<anyhow::Result<ClipOutcome>>),
}

impl PendingClip {
    fn begin(
        ctx: &JobContext<'_>,
        plan: ClipPlan,
        render: &RenderQueue,
        fonts: &mut FontNotices,
    ) -> anyhow::Result<Self> {
        let burn = plan.job.settings.burn.as_ref();
        fonts.tell(ctx, burn.map(|burn| &burn.choice));
        let ClipPlan {
            clip,
            captions,
            remarks,
            job,
            answer,
            key,
        } = plan;
        let target = job.target.clone();
        let kept = still_right(ctx, &key, &target);
        ctx.saves(Stage::Render, Record::Clip, kept.is_some());
        let outcome = match kept {
            Some(kept) => Outcome::Kept(kept),
            None => {
                let sent = await_room(|| render.send(job).ok());
                sent.context("the render threads are gone")?;
                Outcome::Awaited(answer)
            }
        };
        Ok(Self {
            clip,
            captions,
            remarks,
            target,
            key,
            outcome,
        })
    }

    /// Waits for the clip, writes the captions beside it and returns its entry.
    fn finish(self, ctx: &JobContext<'_>) -> anyhow::Result<ClipRecord> {
        let mut clip = self.clip;
        let outcome = match self.outcome {
            Outcome::Kept(kept) => kept,
            Outcome::Awaited(answer) => {
                let outcome = await_input(|| answer.recv());
                let outcome = outcome.context("the render threads are gone")??;
                if outcome.is_right() {
                    remember(ctx, &self.key, &self.target, &outcome)?;
                }
                outcome
            }
        };
        let stem = clip
            .file
            .as_deref()
            .and_then(|file| file.strip_suffix(".mp4"));
        let stem = stem.unwrap_or_default().to_owned();
        let right = outcome.is_right();
        clip.captions = write_captions(ctx, self.captions.as_ref().filter(|_| right), &stem)?;
        clip.thumbnail = outcome.cover.then(|| format!("{stem}.jpg"));
        clip.contact_sheet = outcome.sheet.then(|| format!("{stem}-sheet.jpg"));
        clip.file = clip.file.filter(|_| right);
        let verify = Verification {
            ok: right,
            checks: outcome.checks.into_iter().map(check).collect(),
            repairs: outcome.repairs,
        };
        if let Some(file) = clip.file.clone() {
            let name = format!("{stem}.evidence.json");
            let quality = clip.quality.unwrap_or(1.0);
            ctx.write(
                &name,
                &evidence(file, quality, self.remarks, verify.clone()),
            )?;
            clip.evidence = Some(name);
        }
        clip.verify = Some(verify);
        Ok(clip)
    }
}
