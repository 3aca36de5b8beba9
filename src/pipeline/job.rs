//! One job from its file to its result files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::Sender;

use super::Run;
use super::analyse::pass;
use super::candidates::candidates;
use super::captions::{self, captioned};
use super::choose::choose;
use super::clip::ClipTask;
use super::deliver::{Story, deliver};
use super::delivered::Turn;
use super::failure::{self, ClipBroken, InputChanged, NoSuchAudio, Stopped};
use super::folder::JobFolder;
use super::hear::{Hearing, hear};
use super::model::Task;
use super::pages;
use super::plan::Found;
use super::read::read;
use super::seen::Seen;
use super::sight;
use super::voice::{self, Voice};
use crate::cache::{FileIdentity, Input};
use crate::clock::Stopwatch;
use crate::export::page::JobEnd;
use crate::export::{self, Analysis, Candidates, Clips, MediaFacts, Seconds};
use crate::manifest::Job;
use crate::media::{self, Media};
use crate::report::{CacheAnswer, Event, Level, Stage};
use crate::settings::{Auto, Language, Quality};
use crate::timeline::Timestamp;

/// A job under way: what every step of it needs.
pub(super) struct Work<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) job: &'a Job,
    pub(super) media: &'a Media,
    pub(super) windows: &'a Sender<Task>,
    pub(super) said: &'a Sender<voice::Task>,
    pub(super) pictures: &'a Sender<sight::Task>,
    pub(super) clips: &'a Sender<ClipTask>,
    /// Its place among the jobs.
    pub(super) turn: &'a Turn<'a>,
    /// Whether a part of the job has failed: the others need not go on.
    given_up: AtomicBool,
}

/// The queues that a job feeds.
#[derive(Clone)]
pub(super) struct Queues {
    pub(super) windows: Sender<Task>,
    pub(super) said: Sender<voice::Task>,
    pub(super) pictures: Sender<sight::Task>,
    pub(super) clips: Sender<ClipTask>,
}

/// What a job that is done tells of itself.
pub(super) struct Finished {
    /// Seconds of video that it covered.
    pub(super) seconds: f64,
    /// What the page of the batch says of it.
    pub(super) page: JobEnd,
}

/// Does the whole job; returns `None` when it is analysed and must be put aside until its turn has come.
///
/// # Errors
/// The first thing that keeps the job from being done; its result files are then those of an earlier run or missing.
pub(super) fn one_job(
    run: &Run<'_>,
    job: &Job,
    turn: &Turn<'_>,
    head: Option<Found>,
    queues: &Queues,
) -> anyhow::Result<Option<Finished>> {
    let watch = Stopwatch::start();
    let found = head.unwrap_or_else(|| media::probe(&job.input, &run.limits()));
    let length = found.as_ref().ok().and_then(|media| media.duration);
    if !turn.ticket.again {
        run.send(Event::JobStarted {
            job: job.id.clone(),
            input: job.input.clone(),
            video_seconds: length.map(|length| length.as_secs_f64()),
        });
    }
    let mut media = found?;
    choose_audio(&mut media, job.settings.audio)?;
    let work = Work {
        run,
        job,
        media: &media,
        windows: &queues.windows,
        said: &queues.said,
        pictures: &queues.pictures,
        clips: &queues.clips,
        turn,
        given_up: AtomicBool::new(false),
    };
    let input = run
        .cache
        .input(&job.input, || run.cancel.aborted())
        .with_context(|| "read the file")?;
    work.stage(Stage::Probe, 1, &watch, Duration::ZERO, None);
    if run.until == Stage::Probe {
        return Ok(Some(Finished::of(
            Seconds::default(),
            &Made::default().clips,
        )));
    }
    let _folder = JobFolder::open(&work.folder())?;
    let (hearing, seen) = work.analyse(input.digest.as_bytes())?;
    work.results(&hearing, seen.as_ref(), &input)
}

/// Makes the stream that the settings name the chosen one.
fn choose_audio(media: &mut Media, wanted: Auto<usize>) -> anyhow::Result<()> {
    if let Auto::Set(number) = wanted {
        let stream = media.audio_streams.get(number);
        let stream = stream.ok_or(NoSuchAudio {
            wanted: number,
            streams: media.audio_streams.len(),
        })?;
        media.audio = Some(stream.clone());
    }
    Ok(())
}

impl Work<'_> {
    /// Returns what is heard, and what is seen where pictures are there and wanted; both at once.
    fn analyse(&self, content: &[u8]) -> anyhow::Result<(Hearing, Option<Seen>)> {
        let until = self.run.until;
        let pictures = until > Stage::Text && self.media.video.is_some();
        let sound = until <= Stage::Text || until > Stage::Shots || !pictures;
        thread::scope(|scope| {
            let hearing = thread::Builder::new()
                .name(format!("hear-{}", self.job.id))
                .spawn_scoped(scope, move || match sound {
                    true => self.or_give_up(|| hear(self, content)),
                    false => Ok(Hearing::default()),
                })
                .context("start a thread")?;
            let seen = match pictures {
                true => self
                    .or_give_up(|| pass(self, content, until > Stage::Shots))
                    .map(Some),
                false => Ok(None),
            };
            let heard = hearing.join().unwrap_or_else(|panic| {
                let text = failure::panic_text(&*panic);
                Err(anyhow::anyhow!("panicked: {text}"))
            });
            match (heard, seen) {
                (Ok(heard), Ok(seen)) => {
                    let seen = seen.map(|(pass, sight)| Seen::of(self, pass, sight, &heard));
                    Ok((heard, seen))
                }
                // The one that stopped because of the other has nothing to tell.
                (Err(e), Err(other)) if e.is::<Stopped>() => Err(other),
                (Err(e), _) | (_, Err(e)) => Err(e),
            }
        })
    }

    /// Does a part of the job; when it fails, the other parts stop.
    fn or_give_up<T>(&self, part: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let result = part();
        if result.is_err() {
            self.given_up.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Writes everything that follows from what was heard and seen.
    fn results(
        &self,
        hearing: &Hearing,
        seen: Option<&Seen>,
        input: &Input,
    ) -> anyhow::Result<Option<Finished>> {
        let shots = seen.map(|seen| &seen.shots[..]).unwrap_or_default();
        let facts = media_facts(self.media, hearing, seen);
        let length = facts.duration;
        self.warn_of_loss(hearing, seen);
        self.check_unchanged(&input.identity)?;
        let said = hearing.transcript.as_ref();
        let (speech, sounds) = (&hearing.speech, hearing.sounds.iter().copied());
        let reading = read(self, said)?;
        let watch = Stopwatch::start();
        let chosen = match seen.filter(|_| self.run.until > Stage::Shots) {
            Some(seen) => match choose(self, input.digest.as_bytes(), seen, hearing, &reading)? {
                Some(chosen) => Some(chosen),
                None => return Ok(None),
            },
            None => None,
        };
        let analysis = Analysis::new(facts, shots, speech, said, sounds)
            .with_paragraphs(&reading.paragraphs)
            .with_faces(seen.map(|seen| &seen.tracks[..]).unwrap_or_default());
        self.write("analysis.json", &analysis)?;
        captions::write(
            self,
            captioned(self, said, None, &[], None).as_ref(),
            "captions",
        )?;
        if self.run.until > Stage::Text && seen.is_none() {
            return Err(media::Error::NoVideoStream.into());
        }
        let mut made = Made::default();
        if let Some((seen, chosen)) = seen.zip(chosen) {
            made.candidates = candidates(&chosen);
            self.write("candidates.json", &made.candidates)?;
            let items = chosen.scored.len() as u64;
            self.stage(Stage::Select, items, &watch, chosen.waited, None);
            if self.run.until > Stage::Select {
                let story = Story {
                    seen,
                    said,
                    paragraphs: &reading.paragraphs,
                    input,
                };
                (made.clips, made.broken) =
                    deliver(self, &story, &chosen.clips().collect::<Vec<_>>())?;
            }
        }
        pages::write_job(self, &analysis, &made.candidates, &made.clips)?;
        match made.broken {
            Some(broken) => Err(broken.into()),
            None => Ok(Some(Finished::of(length, &made.clips))),
        }
    }

    /// Returns the language to transcribe, as the model names it; none to find out.
    pub(super) fn language(&self) -> Option<String> {
        match &self.job.settings.language {
            Language::Auto => None,
            Language::Tag(tag) => tag.split('-').next().map(str::to_ascii_lowercase),
        }
    }

    /// Returns which model writes down what is said.
    pub(super) fn voice(&self) -> Voice {
        match self.job.settings.quality {
            Quality::Draft => Voice::Draft,
            Quality::Standard | Quality::High => Voice::Base,
        }
    }

    fn warn_of_loss(&self, hearing: &Hearing, seen: Option<&Seen>) {
        let pass = seen.map(|seen| &seen.pass);
        if let Some(pass) = pass.filter(|pass| pass.corrupt > 0) {
            let (lost, frames) = (pass.corrupt, pass.times.len());
            self.say(
                Level::Warn,
                format!("{lost} damaged stretches skipped, {frames} frames read"),
            );
        }
        if hearing.corrupt > 0 {
            let lost = hearing.corrupt;
            self.say(
                Level::Warn,
                format!("{lost} damaged stretches of sound skipped"),
            );
        }
    }

    /// Fails when the file is no longer the one that was read.
    pub(super) fn check_unchanged(&self, before: &FileIdentity) -> anyhow::Result<()> {
        match FileIdentity::of(self.input()) {
            Ok(now) if now == *before => Ok(()),
            _ => Err(InputChanged.into()),
        }
    }

    /// Fails when the run must stop now.
    pub(super) fn check_abort(&self) -> anyhow::Result<()> {
        if self.run.cancel.aborted() || self.given_up.load(Ordering::Relaxed) {
            Err(Stopped.into())
        } else {
            Ok(())
        }
    }

    pub(super) fn input(&self) -> &Path {
        &self.job.input
    }

    /// The job's own folder under the output folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.run.output.join(&self.job.id)
    }

    pub(super) fn write(&self, name: &str, content: &impl serde::Serialize) -> anyhow::Result<()> {
        export::write_atomic(&self.folder().join(name), &export::to_json(content)?)?;
        Ok(())
    }

    pub(super) fn say(&self, level: Level, text: String) {
        self.send(Event::Message {
            level,
            job: Some(self.job.id.clone()),
            text,
        });
    }

    pub(super) fn send(&self, event: Event) {
        self.run.send(event);
    }

    /// Reports a stage of this job that the calling thread did, from `watch` to now, less what it waited.
    pub(super) fn stage(
        &self,
        stage: Stage,
        items: u64,
        watch: &Stopwatch,
        wait: Duration,
        cache: Option<CacheAnswer>,
    ) {
        // What a job finds again that was put aside was told the first time.
        if self.turn.ticket.again && stage < Stage::Select && cache != Some(CacheAnswer::Miss) {
            return;
        }
        let (job, cpu) = (self.job.id.clone(), watch.cpu());
        let wall = watch.wall().saturating_sub(wait);
        self.send(Event::StageDone {
            job,
            stage,
            items,
            wall,
            cpu,
            wait,
            cache,
        });
    }
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
    fn of(length: Seconds, clips: &Clips) -> Self {
        Self {
            seconds: length.as_f64(),
            page: JobEnd::done(length, clips),
        }
    }
}

/// Returns the file as it plays: by its pictures where they were decoded, else by its sound and header.
fn media_facts(media: &Media, hearing: &Hearing, seen: Option<&Seen>) -> MediaFacts {
    let seen = seen.map(|seen| &seen.pass);
    let video = media.video.as_ref();
    let pictures = seen.and_then(|pass| Some((*pass.times.first()?, pass.end)));
    let heard = hearing.range.map(|range| (range.start(), range.end()));
    let (start, end) = pictures
        .or(heard)
        .unwrap_or((Timestamp::ZERO, Timestamp::ZERO));
    let header = video.and_then(|v| v.duration).filter(|_| seen.is_none());
    MediaFacts {
        start: start.into(),
        duration: header.unwrap_or(end.since(start)).into(),
        width: video.map_or(0, |v| v.width),
        height: video.map_or(0, |v| v.height),
        fps: video
            .and_then(|v| v.frame_rate)
            .map(|(num, den)| f64::from(num) / f64::from(den)),
        frames: seen.map_or(0, |pass| pass.times.len() as u64),
        rotation: video.map_or(0, |v| v.rotation.degrees()),
        vfr: seen.is_some_and(|pass| pass.vfr),
        video_codec: video.map(|v| v.codec.clone()),
        audio_codec: media.audio.as_ref().map(|a| a.codec.clone()),
    }
}
