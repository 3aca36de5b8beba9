//! What is said, word by word, by Whisper.
//!
//! ```text
//! speech -> pack -> mel -> model (listens) -> decode -> align -> words -> Heard
//! ```
//! Only speech is listened to: on silence and noise the model invents text.

mod align;
mod decode;
mod mel;
mod model;
mod pack;
mod rules;
mod tokens;
mod words;

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;

use crate::inference::{self, Device, Runtime, SessionOptions};
use crate::settings::DeviceChoice;
use crate::timeline::Timestamp;

use align::Attention;
use decode::Draft;
use model::{Model, Sound};
use pack::{Window, pack, quietest};
use tokens::Vocabulary;
use words::{Spoken, drop_repeats, place, split_at_pauses};

pub use mel::{LogMel, RATE, WINDOW_SAMPLES};
pub use model::Files;
pub use pack::Packing;

/// What can go wrong on the way from sound to words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A vocabulary file is not there or not Whisper's.
    #[error("vocabulary {path}: {why}")]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The model does not know the language.
    #[error("language {0:?} is not one the model knows")]
    Language(String),
    /// Text and tokens do not match.
    #[error("text: {0}")]
    Text(String),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
    /// The model could not be run.
    #[error(transparent)]
    Inference(#[from] inference::Error),
}

/// How to transcribe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The spoken language as the model names it (`en`, `es`, `ja`); `None` finds out.
    pub language: Option<String>,
    /// Windows written side by side.
    ///
    /// On the CPU the int8 graphs share their scale over a batch, so that a word may change with it.
    pub batch: usize,
    /// How speech is put into windows.
    pub packing: Packing,
    /// Names and terms that may be said; the model leans towards them.
    pub hint: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            language: None,
            batch: 4,
            packing: Packing::default(),
            hint: None,
        }
    }
}

/// All that was heard in a file; times count from its first sample.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The language, or `None` when nothing was said and none was asked for.
    pub language: Option<String>,
    /// In order of time, not overlapping.
    pub segments: Vec<Segment>,
}

/// A sentence or so.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Where its first word starts.
    pub start: Timestamp,
    /// Where its last word ends.
    pub end: Timestamp,
    /// Its text.
    pub text: String,
    /// Its words in order; never empty.
    pub words: Vec<Word>,
}

/// A word with its punctuation; in languages without spaces, a character or a few.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Its text.
    pub text: String,
    /// Where it starts.
    pub start: Timestamp,
    /// Where it ends; always later than it starts.
    pub end: Timestamp,
    /// How sure the model is, 0..1.
    pub confidence: f32,
    /// Whether a space stands before it.
    pub space_before: bool,
}

/// How far a transcription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Windows done.
    pub done: usize,
    /// Windows in all.
    pub windows: usize,
}

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct Transcriber {
    model: Model,
    vocabulary: Vocabulary,
    mel: LogMel,
}

impl Transcriber {
    /// Loads the model on the device that was asked for.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] for the text files, [`Error::Inference`] for the graphs and the device.
    pub fn open(
        runtime: &Runtime,
        files: &Files,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        Ok(Self {
            vocabulary: Vocabulary::read(&files.tokenizer, &files.config)?,
            model: Model::open(runtime, files, wanted, options)?,
            mel: LogMel::new(),
        })
    }

    /// Returns where it runs.
    pub fn device(&self) -> Device {
        self.model.device()
    }

    /// Returns the device and the reason for it, in one line.
    pub fn reason(&self) -> &str {
        self.model.reason()
    }

    /// Returns the languages that can be asked for; an English-only model knows none but `en`.
    pub fn languages(&self) -> Vec<&str> {
        let known = self.vocabulary.languages().iter();
        match self.vocabulary.special.transcribe {
            Some(_) => known.map(|(code, _)| code.as_str()).collect(),
            None => vec!["en"],
        }
    }

    /// Writes down what is said in `samples` (16 kHz mono) within `speech` (ranges of samples, in order).
    ///
    /// `progress` is called before each batch of windows and at the end; breaking stops the work.
    ///
    /// # Errors
    /// [`Error::Language`] for a language that the model does not know, [`Error::Stopped`] when `progress` says so,
    /// otherwise as [`inference::Session::run`].
    pub fn transcribe(
        &mut self,
        samples: &[f32],
        speech: &[Range<usize>],
        options: &Options,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Heard, Error> {
        let mut language = self.asked(options)?;
        let windows = pack(speech, samples.len(), options.packing, |range| {
            quietest(samples, range)
        });
        let mut segments = Vec::new();
        let mut report = |done| match progress(Progress {
            done,
            windows: windows.len(),
        }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        };
        for (batch, windows) in windows.chunks(options.batch.max(1)).enumerate() {
            report(batch * options.batch.max(1))?;
            let cuts = windows.iter().map(|w| self.mel.of(&w.cut(samples)));
            let sound = self.model.listen(&cuts.collect::<Vec<_>>())?;
            let code = match &language {
                Some(code) => code.clone(),
                None => language.insert(self.detect(&sound)?).clone(),
            };
            segments.extend(self.write(windows, &sound, speech, &code, options)?);
        }
        report(windows.len())?;
        drop_repeats(&mut segments);
        let segments = segments.iter().map(|words| Segment::of(words)).collect();
        Ok(Heard { language, segments })
    }

    /// Returns the language that need not be found out.
    fn asked(&self, options: &Options) -> Result<Option<String>, Error> {
        let only = self.vocabulary.special.transcribe.is_none();
        let asked = options.language.clone().or(only.then(|| "en".to_owned()));
        if let Some(code) = &asked {
            self.vocabulary.prompt(code)?;
        }
        Ok(asked)
    }

    /// Returns the language that the windows together most likely speak.
    fn detect(&mut self, sound: &Sound) -> Result<String, Error> {
        let rows = decode::languages(&mut self.model, &self.vocabulary, sound)?;
        let known = self.vocabulary.languages().iter().enumerate();
        let likelihood = |index: usize| rows.iter().map(|row| row[index]).sum::<f32>();
        let best = known.max_by(|(a, _), (b, _)| likelihood(*a).total_cmp(&likelihood(*b)));
        best.map(|(_, (code, _))| code.clone())
            .ok_or_else(|| Error::Language("auto".into()))
    }

    /// Writes down one batch of windows.
    fn write(
        &mut self,
        windows: &[Window],
        sound: &Sound,
        speech: &[Range<usize>],
        language: &str,
        options: &Options,
    ) -> Result<Vec<Vec<Spoken>>, Error> {
        let asks = self.vocabulary.prompt(language)?;
        let hint = match &options.hint {
            Some(hint) => self.vocabulary.context(hint, decode::LONGEST - 1)?,
            None => Vec::new(),
        };
        let prompt = [hint, asks.clone()].concat();
        let seeds: Vec<u64> = windows.iter().map(|w| w.spans()[0].start as u64).collect();
        let drafts = decode::transcribe(&mut self.model, &self.vocabulary, &prompt, sound, &seeds)?;
        let mut segments = Vec::new();
        for (row, (window, draft)) in windows.iter().zip(&drafts).enumerate() {
            if draft.is_silence() {
                continue;
            }
            let words = self.align(draft, &sound.take(&[row])?, window, &asks, language)?;
            for timed in words {
                segments.extend(split_at_pauses(place(timed, window, speech)));
            }
        }
        Ok(segments)
    }

    /// Finds the times of a draft's words, one list for each of its texts.
    fn align(
        &mut self,
        draft: &Draft,
        sound: &Sound,
        window: &Window,
        asks: &[u32],
        language: &str,
    ) -> Result<Vec<Vec<words::Timed>>, Error> {
        let special = &self.vocabulary.special;
        let said = draft.tokens.split(|token| *token >= special.end);
        let texts: Vec<&[u32]> = said.filter(|text| !text.is_empty()).collect();
        let text = texts.concat();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let ids = [asks, &[special.no_times], &text, &[special.end]].concat();
        let (logits, attention) = self.model.attend(&ids, sound)?;
        let map = Attention {
            values: &attention.values,
            heads: attention.shape[1],
            tokens: ids.len(),
            columns: attention.shape[3],
        };
        let starts = align::starts(map, asks.len()..ids.len() - 1, window.samples() / COLUMN);
        let rows = logits.values.chunks(logits.shape[2]).skip(asks.len());
        let limit = special.end as usize;
        let sure = rows
            .zip(&text)
            .map(|(row, token)| rules::probability(&row[..limit], *token));
        let sure: Vec<f32> = sure.collect();
        let mut from = 0;
        let words = texts.iter().map(|tokens| {
            let range = from..from + tokens.len();
            from = range.end;
            let pieces = self.vocabulary.pieces(tokens)?;
            let starts = &starts[range.start..=range.end];
            Ok(words::words(
                &pieces,
                starts,
                &sure[range],
                tokens::has_spaces(language),
            ))
        });
        words.collect()
    }
}

/// Samples of one column of the model's attention: 0.02 s.
const COLUMN: usize = RATE as usize / 50;

impl Segment {
    fn of(words: &[Spoken]) -> Self {
        let text = words::text(words);
        let words: Vec<Word> = words.iter().map(Word::of).collect();
        Self {
            start: words.first().map_or(Timestamp::ZERO, |w| w.start),
            end: words.last().map_or(Timestamp::ZERO, |w| w.end),
            text,
            words,
        }
    }
}

impl Word {
    fn of(word: &Spoken) -> Self {
        Self {
            text: word.text.clone(),
            start: at(word.samples.start),
            end: at(word.samples.end),
            confidence: word.confidence,
            space_before: word.space_before,
        }
    }
}

fn at(sample: usize) -> Timestamp {
    Timestamp::from_ticks(sample as i64, 1, RATE as i32).unwrap_or(Timestamp::ZERO)
}
