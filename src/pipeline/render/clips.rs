//! Clips of one job: planned, reused where they are still right, rendered and waited for otherwise, then listed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::begin::begin_then_finish;
use super::covers::covers;
use super::kept::{clip_key, remember, still_right};
use super::request::{BurnedCaptions, RenderSettings};
use super::stale::{files_of, listed_before, remove_stale};
use super::worker::{ClipOutcome, RenderJob, shape_of};
use crate::cache::Key;
use crate::clips::Scored;
use crate::clips::reframe::Framing;
use crate::clips::title::Heading;
use crate::clock::Stopwatch;
use crate::export::{self, CheckRecord, ClipRecord, Clips, Verification};
use crate::media::{self, ChannelRepair, FieldRate, cut_text};
use crate::pipeline::cached::Record;
use crate::pipeline::context::JobContext;
use crate::pipeline::events::Cost;
use crate::pipeline::outcome::ClipBroken;
use crate::pipeline::output::candidates::{contributions, signals, title};
use crate::pipeline::output::timelines;
use crate::pipeline::stages::captions::{
    CaptionLayout, FontNotices, lay_out_captions, write_captions,
};
use crate::pipeline::stages::lasting_text::ClipText;
use crate::pipeline::stages::reframe::{
    crop_parts, faces_on_clip, faces_to_show, find_framings, quality, to_render,
};
use crate::pipeline::stages::saliency::find_salient_regions;
use crate::pipeline::stages::titles::find_headings;
use crate::pipeline::stages::tracks::VideoAnalysis;
use crate::report::Warning;
use crate::settings::Captions;
use crate::timeline::{FrameRate, Paragraph, Stage, TimeRange, Timestamp, Transcript};

/// Takes clips to render.
pub(crate) type RenderQueue = Sender<RenderJob>;

/// All that is known of a video when its clips are made.
pub(crate) struct Story<'a> {
    pub(crate) video: &'a VideoAnalysis,
    pub(crate) transcript: Option<&'a Transcript>,
    /// What the two channels of its sound need to be a pair.
    pub(crate) channels: ChannelRepair,
    /// Neighbouring sentences on one topic.
    pub(crate) paragraphs: &'a [Paragraph],
}

/// Makes the chosen clips, writes `clips.json`, `clips.csv` and the editors' files, and returns the clips; with the first
/// of them that did not pass, if there is one.
///
/// # Errors
/// What the models and the renderer say, when every clip under way has ended; that the output cannot be written.
pub(crate) fn make_clips(
    ctx: &JobContext<'_>,
    story: &Story<'_>,
    chosen: &[&Scored],
    render: &RenderQueue,
) -> anyhow::Result<(Clips, Option<ClipBroken>)> {
    let listed = listed_before(&ctx.folder());
    let ranges: Vec<TimeRange> = chosen.iter().map(|scored| scored.span.range).collect();
    let headings = find_headings(ctx, story.transcript, &ranges)?;
    let chapters = timelines::chapters(ctx, story.video, story.transcript, story.paragraphs)?;
    let ranked = (1..).zip(chosen).zip(headings);
    let mut fonts = FontNotices::default();
    let clips = begin_then_finish(
        ranked,
        |((rank, scored), heading)| {
            let plan = ClipPlan::new(ctx, story, rank, scored, heading)?;
            fonts.tell(
                ctx,
                plan.job.settings.burn.as_ref().map(|burn| &burn.choice),
            );
            PendingClip::begin(ctx, plan, render)
        },
        |pending| pending.finish(ctx),
    )?;
    ctx.check_unchanged()?;
    let watch = Stopwatch::start();
    let table = export::clips_csv(&clips)?;
    export::write_atomic(&ctx.folder().join("clips.csv"), &table)?;
    let made: Vec<(&Scored, &ClipRecord)> = chosen.iter().copied().zip(&clips).collect();
    let for_editors = timelines::write(ctx, story.video, chapters, &made)?;
    let clips = Clips::new(clips);
    ctx.write("clips.json", &clips)?;
    let kept: Vec<String> = clips.clips.iter().flat_map(files_of).collect();
    remove_stale(&ctx.folder(), &listed, &kept);
    let cost = Cost::since(&watch, Duration::ZERO);
    ctx.events.worked(Stage::Export, 2 + for_editors, 0, cost);
    let broken = clips.clips.iter().find_map(broken);
    Ok((clips, broken))
}

/// Everything that is decided about a clip before it is made.
struct ClipPlan {
    clip: ClipRecord,
    captions: Option<CaptionLayout>,
    job: RenderJob,
    answer: Receiver<anyhow::Result<ClipOutcome>>,
    key: Key,
}

impl ClipPlan {
    fn new(
        ctx: &JobContext<'_>,
        story: &Story<'_>,
        rank: u32,
        scored: &Scored,
        heading: Option<Heading>,
    ) -> anyhow::Result<Self> {
        let video = story.video;
        let range = scored.span.range;
        let size = ctx.job.settings.aspect.size();
        let framings = match size {
            Some(size) => {
                let salient = find_salient_regions(ctx, video, range)?;
                Some(find_framings(ctx, video, range, &salient.0, size))
            }
            None => None,
        };
        let framings = framings.as_deref();
        let said = story.transcript.map(|transcript| transcript.clip(range));
        let text = ClipText::new(video, story.transcript, range);
        let mut kept_free = faces_on_clip(video, range, framings);
        kept_free.extend(text.on_clip(range, framings));
        let shown = TimeRange::new(Timestamp::ZERO, Timestamp::ZERO + range.duration());
        let captions = lay_out_captions(ctx, said.as_ref(), size, &kept_free, shown);
        let burned = burned(ctx, captions.as_ref(), &text, rank);
        let settings = render_settings(ctx, story, burned, size.zip(framings))?;
        let faces = faces_to_show(video, range, framings.unwrap_or_default());
        let framing = settings.framing.as_ref();
        let cut = framing.and_then(|f| cut_text(f, &text.lines, shape_of(ctx.media())));
        let heading = heading.unwrap_or_else(|| wordless(scored, &ctx.job.input));
        let clip = clip_entry(rank, scored, heading, framings);
        let file = clip.file.as_deref().unwrap_or_default();
        let (reply, answer) = bounded(1);
        let job = RenderJob {
            job: ctx.job.id.clone(),
            source: ctx.job.input.clone(),
            media: ctx.media().clone(),
            range,
            target: ctx.folder().join(file),
            text_limit: text.cut_limit(&faces),
            texts: text.lines,
            faces,
            covers: covers(video, range, &cut.unwrap_or_default().times),
            settings,
            reply,
        };
        let key = clip_key(ctx, &job);
        Ok(Self {
            clip,
            captions,
            job,
            answer,
            key,
        })
    }
}

/// Returns the captions to burn into a clip: none where its pictures say themselves what is spoken, which is told.
fn burned<'c>(
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

/// Returns how a clip is rendered, at this size and framed so, or as large as the source.
fn render_settings(
    ctx: &JobContext<'_>,
    story: &Story<'_>,
    captions: Option<&CaptionLayout>,
    framed: Option<((u32, u32), &[Framing])>,
) -> anyhow::Result<RenderSettings> {
    let encoding = ctx.plan.encoding.clone();
    Ok(RenderSettings {
        encoding: encoding.context("no clip is to be encoded")?,
        framing: framed.map(|(size, framings)| to_render(framings, size)),
        burn: captions.map(burn),
        loudness: ctx.plan.loudness,
        rate: clip_rate(ctx, story),
        fields: ctx.plan.fields,
        channels: story.channels,
        threads: ctx.plan.render_threads,
    })
}

/// Returns the frames a second of the job's clips.
fn clip_rate(ctx: &JobContext<'_>, story: &Story<'_>) -> FrameRate {
    let stream = ctx.media().video.as_ref();
    let average = stream.and_then(|stream| stream.frame_rate);
    let doubled =
        stream.is_some_and(|stream| stream.interlaced) && ctx.plan.fields == FieldRate::Field;
    let average =
        average.map(|(num, den)| (if doubled { num.saturating_mul(2) } else { num }, den));
    FrameRate::of_clip(average, story.video.frames.vfr)
}

/// A clip that is being made, or was found made.
struct PendingClip {
    clip: ClipRecord,
    captions: Option<CaptionLayout>,
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
    fn begin(ctx: &JobContext<'_>, plan: ClipPlan, render: &RenderQueue) -> anyhow::Result<Self> {
        let ClipPlan {
            clip,
            captions,
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
                render
                    .send(job)
                    .ok()
                    .context("the render threads are gone")?;
                Outcome::Awaited(answer)
            }
        };
        Ok(Self {
            clip,
            captions,
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
                let outcome = answer.recv().context("the render threads are gone")??;
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
        clip.verify = Some(Verification {
            ok: right,
            checks: outcome.checks.into_iter().map(check).collect(),
            repairs: outcome.repairs,
        });
        Ok(clip)
    }
}

fn burn(captions: &CaptionLayout) -> BurnedCaptions {
    let (font, choice) = captions.font();
    BurnedCaptions {
        font: font.to_owned(),
        choice: choice.clone(),
        ass: captions.ass(),
        times: captions.times(),
        area: captions.area(),
    }
}

fn check(check: media::Check) -> CheckRecord {
    let media::Check {
        name,
        ok,
        value,
        limit,
    } = check;
    CheckRecord {
        name,
        ok,
        value: Some(value),
        limit: Some(limit),
    }
}

/// Returns what is wrong with a clip that did not pass.
fn broken(clip: &ClipRecord) -> Option<ClipBroken> {
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
    heading: Heading,
    framings: Option<&[Framing]>,
) -> ClipRecord {
    let Heading {
        title,
        hook,
        keywords,
        hashtags,
    } = heading;
    ClipRecord {
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
fn wordless(scored: &Scored, input: &Path) -> Heading {
    Heading {
        title: title(scored, input),
        hook: None,
        keywords: Vec::new(),
        hashtags: Vec::new(),
    }
}
