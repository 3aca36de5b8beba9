//! Transcription of a file's speech: windows gathered into batches, kept ones looked up, answers put in order.

use std::collections::VecDeque;
use std::sync::Arc;

use super::speech::sample_bytes;
use crate::analysis::transcript::{
    PASSAGE_RULES, SpeechWindow, Transcriber, WINDOW_SAMPLES, WindowLayout, WindowText,
};
use crate::cache::{Key, KeyBuilder};
use crate::memory::Permitted;
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::pipeline::models::{Client, Pending, Question, SpeechBatch, Transcription, WhisperSize};

/// Windows transcribed side by side: most of what a larger batch gains, at a quarter of its memory.
const BATCH: usize = 4;

/// Where each window lies, and what it says.
pub(crate) type PlacedTexts = Vec<(WindowLayout, WindowText)>;
/// Windows of a batch, shared by the asker and the server.
type Windows = Arc<Permitted<Vec<SpeechWindow>>>;

/// Collects what the windows of one file say.
///
/// A batch is always [`BATCH`] windows that follow each other, and is kept or unknown as a whole.
pub(crate) struct TranscriptBuilder<'a> {
    ctx: &'a JobContext<'a>,
    language: Option<String>,
    waiting: Vec<SpeechWindow>,
    /// Where each window lies, and what it says once that is known.
    texts: Vec<(WindowLayout, Option<WindowText>)>,
    asked: VecDeque<AskedBatch>,
}

/// A batch that the model has.
struct AskedBatch {
    /// Its first window's place in the file.
    first: usize,
    key: Key,
    size: WhisperSize,
    answer: Pending<Transcriber>,
}

impl<'a> TranscriptBuilder<'a> {
    /// Returns a builder that has taken no window.
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> Self {
        Self {
            ctx,
            language: ctx.plan.language.clone(),
            waiting: Vec::new(),
            texts: Vec::new(),
            asked: VecDeque::new(),
        }
    }

    /// Takes the next window.
    ///
    /// # Errors
    /// What the model says; that the job must stop.
    pub(crate) fn take(&mut self, window: SpeechWindow) -> anyhow::Result<()> {
        self.waiting.push(window);
        if self.waiting.len() < BATCH {
            return Ok(());
        }
        self.send_batch()
    }

    /// Returns the language, where there is speech, and what each window says.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(crate) fn finish(mut self) -> anyhow::Result<(Option<String>, PlacedTexts)> {
        self.send_batch()?;
        while let Some(asked) = self.asked.pop_front() {
            self.receive(asked)?;
        }
        let texts = self.texts.into_iter();
        let texts = texts.filter_map(|(layout, text)| Some((layout, text?)));
        Ok((self.language, texts.collect()))
    }

    /// Looks up what the waiting windows say, or asks for it.
    fn send_batch(&mut self) -> anyhow::Result<()> {
        let windows = std::mem::take(&mut self.waiting);
        if windows.is_empty() {
            return Ok(());
        }
        let first = self.texts.len();
        let layouts = windows.iter().map(|window| (window.layout().clone(), None));
        self.texts.extend(layouts);
        let bytes = windows.len() * WINDOW_SAMPLES * size_of::<f32>();
        let budget = &self.ctx.services.memory.windows;
        let permit = self.ctx.stop.permit(budget, bytes)?;
        let windows = Arc::new(Permitted::new(windows, permit));
        match self.language.clone() {
            Some(language) => self.transcribe(first, windows, language),
            None => self.find_language(first, windows),
        }
    }

    fn transcribe(
        &mut self,
        first: usize,
        windows: Windows,
        language: String,
    ) -> anyhow::Result<()> {
        let key = self.text_key(&language, &windows);
        match self.ctx.look_up(Record::Text, &key) {
            Some(texts) => self.put(first, texts),
            None => {
                let size = self.ctx.plan.whisper(&language);
                let question = if self.ctx.plan.language.is_some() {
                    Question::TextIn(language)
                } else {
                    Question::TextMostlyIn(language)
                };
                let answer = self.client(size).ask(SpeechBatch { windows, question })?;
                self.asked.push_back(AskedBatch {
                    first,
                    key,
                    size,
                    answer,
                });
            }
        }
        self.receive_ready()
    }

    /// Finds the language of a file's first windows, stays with it, and transcribes them.
    fn find_language(&mut self, first: usize, windows: Windows) -> anyhow::Result<()> {
        let key = self.language_key(&windows);
        if let Some(kept) = self.ctx.look_up::<String>(Record::Language, &key) {
            self.language = Some(kept.clone());
            return self.transcribe(first, windows, kept);
        }
        let question = if self.ctx.plan.draft {
            Question::Language
        } else {
            Question::TextInAnyLanguage
        };
        let batch = SpeechBatch {
            windows: Arc::clone(&windows),
            question,
        };
        let Transcription { language, texts } = self.client(WhisperSize::Base).answer(batch)?;
        let cache = &self.ctx.services.cache;
        cache.keep(Record::Language, &key, &language);
        self.language = Some(language.clone());
        match texts {
            Some(texts) => {
                cache.keep(Record::Text, &self.text_key(&language, &windows), &texts);
                self.put(first, texts);
                Ok(())
            }
            None => self.transcribe(first, windows, language),
        }
    }

    /// Takes the answers that have come.
    fn receive_ready(&mut self) -> anyhow::Result<()> {
        while self
            .asked
            .front()
            .is_some_and(|asked| asked.answer.is_ready())
        {
            if let Some(asked) = self.asked.pop_front() {
                self.receive(asked)?;
            }
        }
        Ok(())
    }

    /// Waits for an answer, keeps it and puts it in its place.
    fn receive(&mut self, asked: AskedBatch) -> anyhow::Result<()> {
        let AskedBatch {
            first,
            key,
            size,
            answer,
        } = asked;
        let texts = self.client(size).wait(answer)?.texts.unwrap_or_default();
        self.ctx.services.cache.keep(Record::Text, &key, &texts);
        self.put(first, texts);
        Ok(())
    }

    fn put(&mut self, first: usize, texts: Vec<WindowText>) {
        for (slot, text) in self.texts[first..].iter_mut().zip(texts) {
            slot.1 = Some(text);
        }
    }

    fn client(&self, size: WhisperSize) -> Client<'a, Transcriber> {
        self.ctx.client(self.ctx.services.models.whisper(size))
    }

    /// Returns the key of what a batch says: its sound, the model, the language; not where it lies.
    fn text_key(&self, language: &str, windows: &[SpeechWindow]) -> Key {
        let size = self.ctx.plan.whisper(language);
        let digest = self.ctx.services.registry.whisper_digest(size);
        let key = Record::Text
            .key()
            .field(digest.as_bytes())
            .field(language.as_bytes());
        let is_asked = self.ctx.plan.language.is_some();
        with_sound(with_value(key, &(is_asked, PASSAGE_RULES)), windows)
    }

    fn language_key(&self, windows: &[SpeechWindow]) -> Key {
        let registry = self.ctx.services.registry;
        let digest = registry.whisper_digest(WhisperSize::Base);
        with_sound(Record::Language.key().field(digest.as_bytes()), windows)
    }
}

fn with_sound(key: KeyBuilder, windows: &[SpeechWindow]) -> Key {
    let add = |key: KeyBuilder, window: &SpeechWindow| key.field(&sample_bytes(window.samples()));
    windows.iter().fold(key, add).finish()
}
