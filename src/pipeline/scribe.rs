//! The job's side of transcription: windows gathered into batches, known ones looked up, answers put in order.

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, unbounded};

use super::job::Work;
use super::memo::{keep, recall};
use super::voice::{Answer, Speaker, Task, Voice, Wish, Written};
use crate::analysis::transcript::{Layout, Text, WINDOW_SAMPLES, Window, transcript};
use crate::cache::{Key, KeyBuilder};
use crate::report::{CacheAnswer, Event, Stage};
use crate::timeline::{Timestamp, Transcript};

const TEXT_STAGE: &str = "transcript";
const LANGUAGE_STAGE: &str = "language";
/// Windows written side by side: most of what a larger batch gains, at a quarter of its memory.
pub(super) const BATCH: usize = 4;

/// Collects what the windows of one file say.
pub(super) struct Scribe<'a> {
    work: &'a Work<'a>,
    language: Option<String>,
    /// Windows not yet looked at.
    waiting: Vec<Window>,
    /// Windows that are not known, and their places.
    unknown: Vec<(usize, Window)>,
    /// What each window says, once that is known.
    texts: Vec<(Layout, Option<Text>)>,
    sent: usize,
    reply: Sender<Answer>,
    answers: Receiver<Answer>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(work: &'a Work<'a>) -> Self {
        let (reply, answers) = unbounded();
        Self {
            work,
            language: work.language(),
            waiting: Vec::new(),
            unknown: Vec::new(),
            texts: Vec::new(),
            sent: 0,
            reply,
            answers,
        }
    }

    /// Takes the next window.
    pub(super) fn take(&mut self, window: Window) -> anyhow::Result<()> {
        self.waiting.push(window);
        match self.waiting.len() >= BATCH {
            true => self.look_up(),
            false => Ok(()),
        }
    }

    /// Returns what was said; none when nothing was.
    pub(super) fn finish(mut self, origin: Timestamp) -> anyhow::Result<Option<Transcript>> {
        self.look_up()?;
        self.send_unknown()?;
        while self.sent > 0 {
            let answer = self
                .answers
                .recv()
                .context("the transcriber's thread is gone")?;
            self.file(answer)?;
        }
        let texts = self.texts.into_iter();
        let texts: Vec<(Layout, Text)> = texts.filter_map(|(l, text)| Some((l, text?))).collect();
        let said = self
            .language
            .map(|language| transcript(&language, &texts, origin));
        Ok(said.filter(|said| !said.segments.is_empty()))
    }

    /// Finds out what is known of the waiting windows, and asks for the rest.
    fn look_up(&mut self) -> anyhow::Result<()> {
        let windows = std::mem::take(&mut self.waiting);
        if windows.is_empty() {
            return Ok(());
        }
        let Some(language) = self.known_language(&windows) else {
            return self.find_language(windows);
        };
        for window in windows {
            let known = recall::<Text>(
                self.work.run,
                TEXT_STAGE,
                &self.text_key(&language, &window),
            );
            let slot = self.texts.len();
            self.texts.push((window.layout().clone(), known));
            match self.texts[slot].1 {
                Some(_) => self.tell_known(),
                None => self.unknown.push((slot, window)),
            }
        }
        if self.unknown.len() >= BATCH {
            self.send_unknown()?;
        }
        self.take_answers()
    }

    /// Returns the language, if it was asked for or found, now or in an earlier run.
    fn known_language(&mut self, first: &[Window]) -> Option<String> {
        if self.language.is_none() {
            self.language = recall(self.work.run, LANGUAGE_STAGE, &self.language_key(first));
        }
        self.language.clone()
    }

    /// Finds the language of a file's first windows, stays with it, and takes what else comes back.
    fn find_language(&mut self, windows: Vec<Window>) -> anyhow::Result<()> {
        let key = self.language_key(&windows);
        let slots = self.texts.len()..;
        let layouts = windows.iter().map(|window| (window.layout().clone(), None));
        self.texts.extend(layouts);
        let wish = match self.work.voice() {
            Voice::Base => Wish::Anything,
            Voice::Draft => Wish::Language,
        };
        self.send(wish, slots.zip(windows).collect())?;
        let answer = self
            .answers
            .recv()
            .context("the transcriber's thread is gone")?;
        if let Ok(Written { language, .. }) = &answer {
            keep(self.work.run, LANGUAGE_STAGE, &key, language);
            self.language = Some(language.clone());
        }
        self.file(answer)
    }

    fn language_key(&self, first: &[Window]) -> Key {
        let key = KeyBuilder::new("language-v1");
        let key = key.field(self.work.run.tools.voice_digest(Speaker::Base).as_bytes());
        let key = first
            .iter()
            .fold(key, |key, window| key.field(&sound_of(window)));
        key.finish()
    }

    fn send_unknown(&mut self) -> anyhow::Result<()> {
        let windows = std::mem::take(&mut self.unknown);
        match &self.language {
            Some(language) if !windows.is_empty() => {
                let language = language.clone();
                self.send(Wish::Text(language), windows)
            }
            _ => Ok(()),
        }
    }

    fn send(&mut self, wish: Wish, windows: Vec<(usize, Window)>) -> anyhow::Result<()> {
        let run = self.work.run;
        let (slots, windows): (Vec<_>, Vec<_>) = windows.into_iter().unzip();
        let bytes = windows.len() * WINDOW_SAMPLES * size_of::<f32>();
        let task = Task {
            job: self.work.job.id.clone(),
            voice: self.work.voice(),
            wish,
            slots,
            windows,
            reply: self.reply.clone(),
            _permit: run.budget.acquire(bytes),
        };
        self.sent += 1;
        self.work
            .said
            .send(task)
            .ok()
            .context("the transcriber's thread is gone")
    }

    fn take_answers(&mut self) -> anyhow::Result<()> {
        while let Ok(answer) = self.answers.try_recv() {
            self.file(answer)?;
        }
        Ok(())
    }

    /// Puts an answer in its places and keeps it.
    fn file(&mut self, answer: Answer) -> anyhow::Result<()> {
        self.sent -= 1;
        let Written {
            language,
            slots,
            windows,
            texts,
        } = answer?;
        if texts.is_empty() {
            self.unknown.extend(slots.into_iter().zip(windows));
            return Ok(());
        }
        for ((slot, window), text) in slots.into_iter().zip(windows).zip(texts) {
            keep(
                self.work.run,
                TEXT_STAGE,
                &self.text_key(&language, &window),
                &text,
            );
            self.texts[slot].1 = Some(text);
        }
        Ok(())
    }

    /// Returns the key of what a window says: its sound, the model, the language; not where it lies.
    fn text_key(&self, language: &str, window: &Window) -> Key {
        let voice = self.work.voice().of(language);
        KeyBuilder::new("text-v1")
            .field(self.work.run.tools.voice_digest(voice).as_bytes())
            .field(language.as_bytes())
            .field(&sound_of(window))
            .finish()
    }

    fn tell_known(&self) {
        self.work.send(Event::StageDone {
            job: self.work.job.id.clone(),
            stage: Stage::Transcript,
            items: 0,
            wall: std::time::Duration::ZERO,
            cpu: std::time::Duration::ZERO,
            wait: std::time::Duration::ZERO,
            cache: Some(CacheAnswer::Hit),
        });
    }
}

fn sound_of(window: &Window) -> Vec<u8> {
    let samples = window.samples().iter();
    samples.flat_map(|sample| sample.to_le_bytes()).collect()
}
