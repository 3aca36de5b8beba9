//! The threads that own the transcriber: windows of all jobs in, texts back to each job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::serving::{Spent, announce, cpu_of, tell_batch};
use crate::analysis::transcript::{Error, Text, Transcriber, Window};
use crate::inference::{self, Session};
use crate::memory::Permit;
use crate::report::{Event, Stage};

/// What the models are called in reports.
const NAME: &str = "whisper";

/// Which of the models writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// The one that knows all languages.
    Base,
    /// For drafts: the small one where English is spoken, else the one that knows all languages.
    Draft,
}

/// A model of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Speaker {
    /// Whisper base.
    Base,
    /// Whisper tiny.en.
    TinyEnglish,
}

impl Voice {
    /// Returns the model that writes a language.
    pub(super) fn of(self, language: &str) -> Speaker {
        match (self, language) {
            (Self::Draft, "en") => Speaker::TinyEnglish,
            _ => Speaker::Base,
        }
    }
}

/// What is wanted of some windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// The language that they speak, and nothing more.
    Language,
    /// What they say, in the language that they speak.
    Anything,
    /// What they say in this language.
    Text(String),
}

/// Windows on their way to the transcriber; their bytes are permitted as long as it lives.
pub(super) struct Task {
    pub(super) job: String,
    pub(super) voice: Voice,
    pub(super) wish: Wish,
    /// The first window's place in its file; the others follow it.
    pub(super) first: usize,
    pub(super) windows: Vec<Window>,
    pub(super) reply: Sender<Answer>,
    pub(super) _permit: Permit,
}

/// What comes back.
pub(super) struct Written {
    pub(super) language: String,
    pub(super) first: usize,
    pub(super) windows: Vec<Window>,
    /// One a window; none when only the language was wanted.
    pub(super) texts: Option<Vec<Text>>,
}

pub(super) type Answer = Result<Written, Error>;

/// The models that a thread has opened so far, each on first use.
#[derive(Default)]
struct Opened {
    base: Option<Result<Transcriber, Error>>,
    tiny: Option<Result<Transcriber, Error>>,
}

/// Answers tasks until nobody can send any.
pub(super) fn serve(
    inbox: &Receiver<Task>,
    open: impl Fn(Speaker) -> Result<Transcriber, Error>,
    events: &Sender<Event>,
) {
    let mut opened = Opened::default();
    loop {
        let waiting = Instant::now();
        let Ok(task) = inbox.recv() else { return };
        let wait = waiting.elapsed();
        let speaker = match &task.wish {
            Wish::Language | Wish::Anything => Speaker::Base,
            Wish::Text(language) => task.voice.of(language),
        };
        let slot = match speaker {
            Speaker::Base => &mut opened.base,
            Speaker::TinyEnglish => &mut opened.tiny,
        };
        let model = slot.get_or_insert_with(|| {
            let opened = open(speaker)?;
            let [listens, _] = opened.sessions();
            announce(NAME, listens, events);
            Ok(opened)
        });
        answer(task, model, wait, events);
    }
}

fn answer(
    task: Task,
    model: &mut Result<Transcriber, Error>,
    wait: Duration,
    events: &Sender<Event>,
) {
    let (begun, cpu) = (Instant::now(), cpu_of(sessions(model)));
    let answer = written(&task, model);
    let cpu = cpu_of(sessions(model)).saturating_sub(cpu);
    let wall = begun.elapsed();
    if let (Ok(model), Ok(answer)) = (&*model, &answer) {
        tell(&task, model, answer, &Spent { wall, cpu, wait }, events);
    }
    let lost = |e: &Error| matches!(e, Error::Inference(inference::Error::DeviceLost(_)));
    if let Err(e) = &answer
        && lost(e)
    {
        *model = Err(e.clone());
    }
    let Task {
        first,
        windows,
        reply,
        ..
    } = task;
    // A job that has failed meanwhile no longer listens.
    let _ = reply.send(answer.map(|(language, texts)| Written {
        language,
        first,
        windows,
        texts,
    }));
}

fn written(
    task: &Task,
    model: &mut Result<Transcriber, Error>,
) -> Result<(String, Option<Vec<Text>>), Error> {
    let model = model.as_mut().map_err(|e| e.clone())?;
    let work = || {
        let heard = model.listen(&task.windows)?;
        let language = match &task.wish {
            Wish::Text(language) => language.clone(),
            Wish::Language => return Ok((model.language(&heard)?, None)),
            Wish::Anything => model.language(&heard)?,
        };
        let texts = model.write(&task.windows, &heard, &language)?;
        Ok((language, Some(texts)))
    };
    // A panic here must cost the job, not the run.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let why = "the transcriber's thread panicked".to_owned();
        Err(inference::Error::Run(why).into())
    })
}

fn sessions(model: &Result<Transcriber, Error>) -> impl Iterator<Item = &Session> {
    model.iter().flat_map(Transcriber::sessions)
}

fn tell(
    task: &Task,
    model: &Transcriber,
    answer: &(String, Option<Vec<Text>>),
    spent: &Spent,
    events: &Sender<Event>,
) {
    let texts = answer.1.iter().flatten();
    let &Spent { wall, cpu, wait } = spent;
    let _ = events.send(Event::StageDone {
        job: task.job.clone(),
        stage: Stage::Transcript,
        items: texts.map(|text| text.tokens() as u64).sum(),
        wall,
        cpu,
        wait,
        cache: None,
    });
    let [listens, _] = model.sessions();
    tell_batch(NAME, listens, task.windows.len(), spent, events);
}
