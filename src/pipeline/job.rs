//! One job: its stages in order.

use std::thread;

use super::asked_times::{check_times, header_range};
use super::cancel::Stopped;
use super::context::JobContext;
use super::events::Cost;
use super::lane::on_lane;
use super::outcome::{ClipBroken, NoThread, Severity, no_pictures, outcome, panic_text, severity};
use super::output::candidates::list_candidates;
use super::output::folder::JobFolder;
use super::output::pages;
use super::render::clips::{RenderQueue, make_clips};
use super::render::story::Story;
use super::schedule::dedup::Dedup;
use super::stages::audio::{AudioAnalysis, analyse_audio};
use super::stages::captions::{lay_out_all_captions, write_captions};
use super::stages::decode::{VideoAnswers, decode_video};
use super::stages::facts::{media_facts, warn_of_loss};
use super::stages::select::{Analysis, ChosenClips, Selector, faces_at};
use super::stages::text::analyse_text;
use super::stages::tracks::VideoAnalysis;
use crate::clock::{Stopwatch, await_input};
use crate::export::page::JobEnd;
use crate::export::{self, Candidates, Clips, MediaFacts, Seconds};
use crate::report::JobOutcome;
use crate::timeline::{Stage, TimeRange};

/// What a job that is done tells of itself.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Seconds of video that it covered.
    pub(crate) seconds: f64,
    /// Clips that it gave.
    pub(crate) clips: usize,
    /// What the page of the batch says of it.
    pub(crate) page: JobEnd,
}

/// Returns why a job failed: where its file changed meanwhile, that is why, whatever was made of the new bytes.
pub(crate) fn blame(ctx: &JobContext<'_>, error: anyhow::Error) -> anyhow::Error {
    let may_be_the_file = matches!(severity(&error), Severity::Input | Severity::Other);
    if !may_be_the_file || outcome(&error) == JobOutcome::Cancelled {
        return error;
    }
    ctx.check_unchanged().err().unwrap_or(error)
}

/// Analyses sound, and pictures where they are there and wanted, both at once; then the words.
///
/// # Errors
/// The first failure of a stage.
pub(crate) fn analyse(ctx: &JobContext<'_>) -> anyhow::Result<Analysis> {
    // Fails before the work if the output cannot be written.
    drop(JobFolder::open(&ctx.folder())?);
    let (audio, mut video) = analyse_streams(ctx)?;
    if ctx.media().picture.is_some() {
        video = VideoAnalysis::of_sound(&audio, &ctx.plan.shot_rules);
    }
    warn_of_loss(ctx, &audio, video.as_ref());
    ctx.check_unchanged()?;
    let reaches = |video: &TimeRange| {
        ctx.plan
            .stretch
            .is_some_and(|part| video.end() >= part.end())
    };
    if header_range(ctx.media()).is_none()
        && let Some(video) = shown(&audio, video.as_ref()).filter(|video| !reaches(video))
    {
        check_times(ctx.job, video)?;
    }
    let text = analyse_text(ctx, audio.transcript.as_ref())?;
    Ok(Analysis { audio, video, text })
}

fn analyse_streams(ctx: &JobContext<'_>) -> anyhow::Result<(AudioAnalysis, Option<VideoAnalysis>)> {
    let until = ctx.config.until;
    let has_video = ctx.media().video.is_some() && ctx.media().picture.is_none();
    let wants_video = until > Stage::Text && has_video;
    let wants_audio = until <= Stage::Text || until > Stage::Shots || !wants_video;
    thread::scope(|scope| {
        let audio = thread::Builder::new()
            .name(audio_lane())
            .spawn_scoped(scope, move || {
                if !wants_audio {
                    return Ok(AudioAnalysis::default());
                }
                on_lane(&ctx.services.events, || {
                    ctx.stop.unless_given_up(|| analyse_audio(ctx))
                })
            })
            .map_err(|error| NoThread(error.to_string()))?;
        let video = wants_video.then(|| {
            let wants_vision = until > Stage::Shots;
            ctx.stop.unless_given_up(|| decode_video(ctx, wants_vision))
        });
        let audio = await_input(|| audio.join()).unwrap_or_else(|panic| {
            let text = panic_text(&*panic);
            Err(anyhow::anyhow!("panicked: {text}"))
        });
        match (audio, video.transpose()) {
            (Ok(audio), Ok(video)) => {
                let rules = &ctx.plan.shot_rules;
                let video = video.map(|answers: VideoAnswers| {
                    answers.tell_of_constants(ctx);
                    VideoAnalysis::new(answers, &audio, rules)
                });
                Ok((audio, video))
            }
            // The one that stopped because of the other has nothing to tell.
            (Err(e), Err(other)) if e.is::<Stopped>() => Err(other),
            (Err(e), _) | (_, Err(e)) => Err(e),
        }
    })
}

/// Returns the name of the thread for the sound beside this thread: `audio-0` beside `job-0`.
fn audio_lane() -> String {
    let lane = thread::current();
    lane.name().unwrap_or_default().replace("job", "audio")
}

/// Offers a job's clips where the best of all videos are wanted.
pub(crate) fn offer(ctx: &JobContext<'_>, analysis: &Analysis, dedup: &Dedup, slot: usize) {
    let wanted = dedup.archive().zip(analysis.video.as_ref());
    let Some((rules, video)) = wanted else {
        return;
    };
    let faces = faces_at(video);
    Selector::new(ctx, analysis, video, faces.as_deref(), (dedup, slot)).offer(rules);
}

/// Chooses and makes the clips, and writes everything that follows from the analysis; the job's turn must have come.
///
/// # Errors
/// The first thing that keeps the job from being done; its result files are then those of an earlier run or missing.
pub(crate) fn finish(
    ctx: &JobContext<'_>,
    analysis: &Analysis,
    (dedup, slot): (&Dedup, usize),
    render: &RenderQueue,
) -> anyhow::Result<Finished> {
    let _folder = JobFolder::open(&ctx.folder())?;
    let Analysis { audio, video, .. } = analysis;
    let facts = media_facts(ctx, audio, video.as_ref());
    let length = analysed_length(ctx, analysis).unwrap_or(facts.duration);
    let selection = select(ctx, analysis, dedup, slot);
    let record = write_analysis(ctx, analysis, facts)?;
    let said = audio.transcript.as_ref();
    let captions = lay_out_all_captions(ctx, said, shown(audio, video.as_ref()));
    write_captions(ctx, captions.as_ref(), "captions")?;
    if ctx.config.until > Stage::Text && video.is_none() {
        return Err(no_pictures());
    }
    let made = match video.as_ref().zip(selection) {
        Some((video, selection)) => make(ctx, analysis, video, selection, render)?,
        None => Made::default(),
    };
    pages::write_job(ctx, &record, &made.candidates, &made.clips)?;
    match made.broken {
        Some(broken) => Err(broken.into()),
        None => Ok(Finished::of(length, &made.clips)),
    }
}

/// Returns how much of the file was analysed, where that is a part.
fn analysed_length(ctx: &JobContext<'_>, analysis: &Analysis) -> Option<Seconds> {
    let stretch = ctx.plan.stretch?;
    let shown = shown(&analysis.audio, analysis.video.as_ref())?;
    let end = shown.end().min(stretch.end());
    Some(end.since(shown.start().max(stretch.start())).into())
}

/// Lists what was chosen and makes the clips of it, as far as the run goes.
fn make(
    ctx: &JobContext<'_>,
    analysis: &Analysis,
    video: &VideoAnalysis,
    mut selection: ChosenClips,
    render: &RenderQueue,
) -> anyhow::Result<Made> {
    let mut made = Made {
        candidates: list_candidates(&selection, &ctx.job.input),
        ..Made::default()
    };
    ctx.write("candidates.json", &made.candidates)?;
    if ctx.config.until <= Stage::Select {
        return Ok(made);
    }
    let Analysis { audio, text, .. } = analysis;
    let story = Story {
        video,
        transcript: audio.transcript.as_ref(),
        paragraphs: &text.paragraphs,
        channels: &audio.channels,
        sounds: &audio.sounds,
    };
    let chosen: Vec<_> = selection.clips().collect();
    let clips = make_clips(ctx, &story, &chosen, render)?;
    (made.clips, made.broken) = (clips.clips, clips.broken);
    if !clips.poor.is_empty() {
        selection.take_back(clips.poor);
        made.candidates = list_candidates(&selection, &ctx.job.input);
        ctx.write("candidates.json", &made.candidates)?;
    }
    Ok(made)
}

/// Returns when the file is shown: its pictures where they were decoded, else its sound, which is counted from where the
/// pictures begin.
fn shown(audio: &AudioAnalysis, video: Option<&VideoAnalysis>) -> Option<TimeRange> {
    video.and_then(VideoAnalysis::range).or(audio.range)
}

fn select(
    ctx: &JobContext<'_>,
    analysis: &Analysis,
    dedup: &Dedup,
    slot: usize,
) -> Option<ChosenClips> {
    let wanted = ctx.config.until > Stage::Shots;
    let video = analysis.video.as_ref().filter(|_| wanted)?;
    let watch = Stopwatch::start();
    let faces = faces_at(video);
    let selector = Selector::new(ctx, analysis, video, faces.as_deref(), (dedup, slot));
    let selection = match dedup.archive() {
        Some(rules) => selector.choose_best_of_all(rules),
        None => selector.choose_in_order(),
    };
    let items = selection.scored.len() as u64;
    let cost = Cost::since(&watch);
    ctx.events.worked(Stage::Select, items, 0, cost);
    Some(selection)
}

fn write_analysis(
    ctx: &JobContext<'_>,
    analysis: &Analysis,
    facts: MediaFacts,
) -> anyhow::Result<export::AnalysisFile> {
    let Analysis { audio, video, text } = analysis;
    let shots = video.as_ref().map(|video| &video.shots[..]);
    let tracks = video.as_ref().map(|video| &video.tracks[..]);
    let persons = video.as_ref().map(|video| &video.persons[..]);
    let texts = video.as_ref().map(|video| &video.texts[..]);
    let record = export::AnalysisFile::new(
        facts,
        shots.unwrap_or_default(),
        &audio.speech,
        audio.transcript.as_ref(),
        audio.sounds.iter().copied(),
    )
    .with_paragraphs(&text.paragraphs)
    .with_faces(tracks.unwrap_or_default())
    .with_persons(persons.unwrap_or_default())
    .with_picture_text(texts.unwrap_or_default());
    ctx.write("analysis.json", &record)?;
    Ok(record)
}

/// What is made of a video besides its analysis; empty as far as the run did not go.
struct Made {
    candidates: Candidates,
    clips: Clips,
    broken: Option<ClipBroken>,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            candidates: Candidates::new(Vec::new()),
            clips: Clips::new(Vec::new()),
            broken: None,
        }
    }
}

impl Finished {
    /// Returns what a job tells that covered so much video and made these clips.
    pub(crate) fn of(length: Seconds, clips: &Clips) -> Self {
        Self {
            seconds: length.as_f64(),
            clips: clips.clips.len(),
            page: JobEnd::done(length, clips),
        }
    }

    /// Returns what a job tells that read no more than the header.
    pub(crate) fn probed() -> Self {
        Self::of(Seconds::default(), &Clips::new(Vec::new()))
    }
}
