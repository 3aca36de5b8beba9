//! Transcription, word by word, by Whisper.
//!
//! ```text
//! speech -> pack -> mel -> model (listens) -> decode -> align -> words -> transcript
//! ```
//! Only speech is listened to: on silence and noise the model invents text.

mod again;
mod align;
mod decode;
mod doubt;
mod error;
mod model;
mod pack;
mod passage_rules;
mod passages;
mod rules;
mod tokens;
mod words;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::analysis::speech::SampleRange;
use crate::inference::{Runtime, Session, SessionOptions};
use crate::settings::DeviceChoice;
use crate::timeline::{Segment, TimeRange, Timestamp, Transcript, Word, spoken};

use align::Attention;
use decode::DecodedWindow;
use doubt::drop_repeats;
use model::{EncodedWindows, WhisperGraphs};
use tokens::WhisperVocabulary;
use words::{COLUMN, Spoken, Timed, drop_guesses, place, split_at_pauses};

pub use doubt::drop_doubtful;
pub use error::Error;
pub use kernels::{LogMel, WINDOW_SAMPLES};
pub use model::TranscriberFiles;
pub use pack::{Packer, Packing, SpeechWindow, WindowLayout};
pub use passage_rules::PASSAGE_RULES;

/// Text of one window: words in order, on the window's own time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WindowText {
    /// Runs of words that the model put its times around.
    said: Vec<Vec<Timed>>,
    /// Tokens that the model wrote, tries that were dropped not counted.
    tokens: usize,
}

impl WindowText {
    /// Returns how many tokens the model wrote for it.
    pub fn tokens(&self) -> usize {
        self.tokens
    }
}

/// Windows as the model heard them: its own memory, good for the model that made it.
#[derive(Debug)]
pub struct Heard(EncodedWindows);

/// Returns the log-mel spectrum of each window; many are done side by side.
pub fn spectra(mel: &LogMel, windows: &[SpeechWindow]) -> Vec<Vec<f32>> {
    let spectrum = |window: &SpeechWindow| mel.of(window.samples());
    windows.par_iter().map(spectrum).collect()
}

/// Returns what was said in a file, from what each of its windows says; sample 0 is heard at `origin`.
///
/// Windows are in order. Segments that repeat themselves or that are only guessed are dropped: the model's ways of being
/// lost.
pub fn transcript(
    language: &str,
    windows: &[(WindowLayout, WindowText)],
    origin: Timestamp,
) -> Transcript {
    let texts = windows
        .iter()
        .flat_map(|(layout, text)| text.said.iter().map(move |words| place(words, layout)));
    let mut segments: Vec<Vec<Spoken>> = texts.flat_map(split_at_pauses).collect();
    drop_guesses(&mut segments);
    let segments = segments.iter().filter_map(|words| segment(words, origin));
    let mut segments: Vec<Segment> = segments.collect();
    drop_repeats(&mut segments);
    Transcript {
        language: language.to_owned(),
        segments,
    }
}

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct Transcriber {
    model: WhisperGraphs,
    vocabulary: WhisperVocabulary,
}

impl Transcriber {
    /// Loads the model on the device that was asked for.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] for the text files, [`Error::Inference`] for the graphs and the device.
    pub fn open(
        runtime: &Runtime,
        files: &TranscriberFiles,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        Ok(Self {
            vocabulary: WhisperVocabulary::read(&files.tokenizer, &files.config)?,
            model: WhisperGraphs::open(runtime, files, wanted, options)?,
        })
    }

    /// Returns the session that listens and the one that writes: on one device, which is chosen for the first.
    pub fn sessions(&self) -> [&Session; 2] {
        self.model.sessions()
    }

    /// Listens to windows, each given by its log-mel spectrum.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn listen(&mut self, mels: &[Vec<f32>]) -> Result<Heard, Error> {
        Ok(Heard(self.model.listen(mels)?))
    }

    /// Returns the language that the windows together most likely speak, as the model names it (`en`, `es`, `ja`).
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn language(&mut self, heard: &Heard) -> Result<String, Error> {
        if self.vocabulary.special.transcribe.is_none() {
            return Ok("en".to_owned());
        }
        let rows = decode::languages(&mut self.model, &self.vocabulary, &heard.0)?;
        let known = self.vocabulary.languages().iter().enumerate();
        let likelihood = |index: usize| rows.iter().map(|row| row[index]).sum::<f32>();
        let best = known.max_by(|(a, _), (b, _)| likelihood(*a).total_cmp(&likelihood(*b)));
        best.map(|(_, (code, _))| code.clone())
            .ok_or_else(|| Error::Language("auto".into()))
    }

    /// Writes down what the windows say, one text a window; they are those that were listened to.
    ///
    /// # Errors
    /// [`Error::Language`] for a language that the model does not know, otherwise as [`Session::run`].
    pub fn write(
        &mut self,
        windows: &[SpeechWindow],
        heard: &Heard,
        language: &str,
    ) -> Result<Vec<WindowText>, Error> {
        let prompt = self.vocabulary.prompt(language)?;
        let sound = &heard.0;
        let seeds: Vec<u64> = windows.iter().map(seed).collect();
        let drafts = decode::transcribe(&mut self.model, &self.vocabulary, &prompt, sound, &seeds)?;
        let rows = windows.iter().zip(&drafts).enumerate();
        let texts = rows.map(|(row, (window, draft))| {
            let said = if draft.is_silence() {
                Vec::new()
            } else {
                self.align(draft, &sound.take(&[row])?, window, &prompt, language)?
            };
            let tokens = draft.tokens.len();
            Ok(WindowText { said, tokens })
        });
        texts.collect()
    }

    /// Finds the times of a draft's words, one list for each of its texts.
    fn align(
        &mut self,
        draft: &DecodedWindow,
        sound: &EncodedWindows,
        window: &SpeechWindow,
        asks: &[u32],
        language: &str,
    ) -> Result<Vec<Vec<Timed>>, Error> {
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
        let starts = align::token_starts(
            map,
            asks.len()..ids.len() - 1,
            window.samples().len() / COLUMN,
        );
        let rows = logits.values.chunks(logits.shape[2]).skip(asks.len());
        let limit = special.end as usize;
        let sure: Vec<f32> = rows
            .zip(&text)
            .map(|(row, token)| rules::probability(&row[..limit], *token))
            .collect();
        self.words_of(&texts, &starts, &sure, language)
    }

    /// Joins the tokens of each text to words; `starts` has one column a token of all texts and the end, `sure` one
    /// probability a token.
    fn words_of(
        &self,
        texts: &[&[u32]],
        starts: &[usize],
        sure: &[f32],
        language: &str,
    ) -> Result<Vec<Vec<Timed>>, Error> {
        let spaces = tokens::has_spaces(language);
        let mut from = 0;
        let words = texts.iter().map(|tokens| {
            let range = from..from + tokens.len();
            from = range.end;
            let pieces = self.vocabulary.pieces(tokens)?;
            let starts = &starts[range.start..=range.end];
            Ok(words::join_words(&pieces, starts, &sure[range], spaces))
        });
        words.collect()
    }
}

/// Returns a number that tells windows apart by their sound, so that a text tried again depends on nothing else.
fn seed(window: &SpeechWindow) -> u64 {
    let bits = window.samples().iter().map(|s| u64::from(s.to_bits()));
    bits.fold(0, |seed, bits| (seed ^ bits).wrapping_mul(0x0100_0000_01b3))
}

fn segment(words: &[Spoken], origin: Timestamp) -> Option<Segment> {
    let words: Vec<Word> = words.iter().filter_map(|w| word(w, origin)).collect();
    let range = TimeRange::new(words.first()?.range.start(), words.last()?.range.end())?;
    Some(Segment {
        range,
        text: spoken(&words),
        words,
    })
}

fn word(word: &Spoken, origin: Timestamp) -> Option<Word> {
    let range = SampleRange::new(word.samples.start as u64, word.samples.end as u64)?;
    Some(Word {
        text: word.text.clone(),
        range: range.to_time(origin)?,
        confidence: word.confidence,
        space_before: word.space_before,
    })
}
