//! The job's side of transcription: windows gathered into batches, known ones looked up, answers put in order.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, unbounded};

use super::hear::bytes;
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
///
/// A batch is always [`BATCH`] windows that follow each other, and is known or unknown as a whole: the 8-bit model shares
/// its scales over a batch, so that a word may depend on what is written beside it.
pub(super) struct Scribe<'a> {
    work: &'a Work<'a>,
    language: Option<String>,
    waiting: Vec<Window>,
    /// Where each window lies, and what it says once that is known.
    texts: Vec<(Layout, Option<Text>)>,
    /// Batches that the transcriber has.
    asked: usize,
    /// What they will be kept under, by their first windows, where their language is known.
    keys: BTreeMap<usize, Key>,
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
            texts: Vec::new(),
            asked: 0,
            keys: BTreeMap::new(),
            reply,
            answers,
        }
    }

    /// Takes the next window.
    pub(super) fn take(&mut self, window: Window) -> anyhow::Result<()> {
        self.waiting.push(window);
        match self.waiting.len() >= BATCH {
            true => self.batch(),
            false => Ok(()),
        }
    }

    /// Returns what was said; none when nothing was.
    pub(super) fn finish(mut self, origin: Timestamp) -> anyhow::Result<Option<Transcript>> {
        self.batch()?;
        while self.asked > 0 {
            let answer = self.answer()?;
            self.file(answer);
        }
        let texts = self.texts.into_iter();
        let texts: Vec<(Layout, Text)> = texts.filter_map(|(l, text)| Some((l, text?))).collect();
        let said = self
            .language
            .map(|language| transcript(&language, &texts, origin));
        Ok(said.filter(|said| !said.segments.is_empty()))
    }

    /// Finds out what the waiting windows say, or asks for it.
    fn batch(&mut self) -> anyhow::Result<()> {
        let windows = std::mem::take(&mut self.waiting);
        if windows.is_empty() {
            return Ok(());
        }
        let first = self.texts.len();
        let layouts = windows.iter().map(|w| (w.layout().clone(), None));
        self.texts.extend(layouts);
        let windows = match self.language {
            Some(_) => Some(windows),
            None => self.find_language(first, windows)?,
        };
        if let (Some(windows), Some(language)) = (windows, self.language.clone()) {
            let key = self.text_key(&language, &windows);
            match recall::<Vec<Text>>(self.work.run, TEXT_STAGE, &key) {
                Some(texts) => self.put(first, texts, CacheAnswer::Hit),
                None => {
                    self.keys.insert(first, key);
                    self.ask(Wish::Text(language), first, windows)?;
                }
            }
        }
        while let Ok(answer) = self.answers.try_recv() {
            self.asked -= 1;
            self.file(answer?);
        }
        Ok(())
    }

    /// Finds the language of a file's first windows and stays with it; returns them if they are still to be written.
    fn find_language(
        &mut self,
        first: usize,
        windows: Vec<Window>,
    ) -> anyhow::Result<Option<Vec<Window>>> {
        let key = self.language_key(&windows);
        if let Some(known) = recall(self.work.run, LANGUAGE_STAGE, &key) {
            self.language = Some(known);
            return Ok(Some(windows));
        }
        let wish = match self.work.voice() {
            Voice::Base => Wish::Anything,
            Voice::Draft => Wish::Language,
        };
        self.ask(wish, first, windows)?;
        let answer = self.answer()?;
        keep(self.work.run, LANGUAGE_STAGE, &key, &answer.language);
        self.language = Some(answer.language.clone());
        Ok(self.file(answer))
    }

    fn ask(&mut self, wish: Wish, first: usize, windows: Vec<Window>) -> anyhow::Result<()> {
        let bytes = windows.len() * WINDOW_SAMPLES * size_of::<f32>();
        let task = Task {
            job: self.work.job.id.clone(),
            voice: self.work.voice(),
            wish,
            first,
            windows,
            reply: self.reply.clone(),
            _permit: self.work.run.budget.acquire(bytes),
        };
        self.asked += 1;
        let sent = self.work.said.send(task).ok();
        sent.context("the transcriber's thread is gone")
    }

    fn answer(&mut self) -> anyhow::Result<Written> {
        let answer = self.answers.recv();
        self.asked -= 1;
        Ok(answer.context("the transcriber's thread is gone")??)
    }

    /// Puts an answer in its place and keeps it; returns the windows if they are still to be written.
    fn file(&mut self, answer: Written) -> Option<Vec<Window>> {
        let Written {
            language,
            first,
            windows,
            texts,
        } = answer;
        let Some(texts) = texts else {
            return Some(windows);
        };
        let key = self.keys.remove(&first);
        let key = key.unwrap_or_else(|| self.text_key(&language, &windows));
        keep(self.work.run, TEXT_STAGE, &key, &texts);
        self.put(first, texts, CacheAnswer::Miss);
        None
    }

    fn put(&mut self, first: usize, texts: Vec<Text>, cache: CacheAnswer) {
        for (slot, text) in self.texts[first..].iter_mut().zip(texts) {
            slot.1 = Some(text);
        }
        let idle = Duration::ZERO;
        self.work.send(Event::StageDone {
            job: self.work.job.id.clone(),
            stage: Stage::Transcript,
            items: 0,
            wall: idle,
            cpu: idle,
            wait: idle,
            cache: Some(cache),
        });
    }

    /// Returns the key of what a batch says: its sound, the model, the language; not where it lies.
    fn text_key(&self, language: &str, windows: &[Window]) -> Key {
        let voice = self.work.voice().of(language);
        let key = KeyBuilder::new("text-v1")
            .field(self.work.run.tools.voice_digest(voice).as_bytes())
            .field(language.as_bytes());
        with_sound(key, windows)
    }

    fn language_key(&self, first: &[Window]) -> Key {
        let digest = self.work.run.tools.voice_digest(Speaker::Base);
        with_sound(
            KeyBuilder::new("language-v1").field(digest.as_bytes()),
            first,
        )
    }
}

fn with_sound(key: KeyBuilder, windows: &[Window]) -> Key {
    let add = |key: KeyBuilder, window: &Window| key.field(&bytes(window.samples()));
    windows.iter().fold(key, add).finish()
}
