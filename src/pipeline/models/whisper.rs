//! Whisper behind its server: windows of speech in, their language and words out.

use std::sync::Arc;
use std::time::Duration;

use super::model::{Batching, Model, ModelPlace};
use crate::analysis::transcript::{
    Error, LogMel, SpeechWindow, Transcriber, WINDOW_SAMPLES, WindowText, spectra,
};
use crate::inference::{BatchSizer, Session, run_batch};
use crate::memory::Permitted;
use crate::timeline::Stage;

/// Windows that are transcribed side by side.
#[derive(Debug, Clone)]
pub(crate) struct SpeechBatch {
    /// The windows, in the order of their file.
    pub(crate) windows: Arc<Permitted<Vec<SpeechWindow>>>,
    /// What is asked of them.
    pub(crate) question: Question,
}

/// What is asked of some windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// The language that they speak, and nothing more.
    Language,
    /// What they say, in the language that they speak.
    TextInAnyLanguage,
    /// What they say in this language.
    TextIn(String),
    /// What they say in this language, but for passages that are surely in another.
    TextMostlyIn(String),
}

/// The answer to a question about some windows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transcription {
    /// The language, as the model names it.
    pub(crate) language: String,
    /// One a window; none when only the language was asked.
    pub(crate) texts: Option<Vec<WindowText>>,
}

impl Model for Transcriber {
    type Input = SpeechBatch;
    type Front = LogMel;
    /// The log-mel spectra of each input's windows.
    type Prepared = Vec<Vec<Vec<f32>>>;
    type Output = Transcription;
    type Error = Error;

    const NAME: &'static str = "whisper";
    const STAGE: Stage = Stage::Transcript;
    // An input is a batch of windows itself, and windows of two jobs do not share one.
    const BATCHING: Batching = Batching::Fixed;
    const SHAPE: &'static str = "80x3000";
    const RESIDENT_BYTES: usize = 110 << 20;
    const ACTIVATION_BYTES: usize = 80 << 20;

    fn bytes(input: &SpeechBatch) -> usize {
        input.windows.len() * WINDOW_SAMPLES * size_of::<f32>()
    }

    fn prepare(mel: &LogMel, inputs: &[&SpeechBatch]) -> Result<Self::Prepared, Error> {
        let spectra_of = |input: &&SpeechBatch| spectra(mel, &input.windows);
        Ok(inputs.iter().map(spectra_of).collect())
    }

    fn run(
        &mut self,
        inputs: &[&SpeechBatch],
        prepared: Self::Prepared,
    ) -> Result<Vec<Transcription>, Error> {
        let mut answer = |(input, mels): (&&SpeechBatch, Vec<Vec<f32>>)| {
            transcribe(self, &input.windows, &mels, &input.question)
        };
        inputs.iter().zip(prepared).map(&mut answer).collect()
    }

    fn place(&self) -> ModelPlace {
        let [encoder, _] = self.sessions();
        ModelPlace::of(encoder)
    }

    fn helpers_cpu(&self) -> Duration {
        self.sessions().into_iter().map(Session::helpers_cpu).sum()
    }

    fn items(answer: &Transcription) -> u64 {
        let texts = answer.texts.iter().flatten();
        texts.map(|text| text.tokens() as u64).sum()
    }
}

/// Answers a question about windows; when they do not fit together, in halves.
fn transcribe(
    model: &mut Transcriber,
    windows: &[SpeechWindow],
    mels: &[Vec<f32>],
    question: &Question,
) -> Result<Transcription, Error> {
    let mut language = match question {
        Question::TextIn(language) | Question::TextMostlyIn(language) => Some(language.clone()),
        Question::Language | Question::TextInAnyLanguage => None,
    };
    let wanted = match question {
        Question::Language => WantedText::None,
        Question::TextIn(_) => WantedText::OneLanguage,
        Question::TextInAnyLanguage | Question::TextMostlyIn(_) => WantedText::Passages,
    };
    let places: Vec<usize> = (0..windows.len()).collect();
    let texts = run_batch(&places, &mut BatchSizer::fixed(places.len()), |batch| {
        let part = batch[0]..batch[0] + batch.len();
        let (windows, mels) = (&windows[part.clone()], &mels[part]);
        transcribe_part(model, windows, mels, &mut language, wanted)
    })?;
    Ok(Transcription {
        language: language.ok_or_else(|| Error::Language("auto".into()))?,
        texts: texts.into_iter().collect(),
    })
}

/// Which text is wanted of some windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WantedText {
    None,
    /// All in the language that is known.
    OneLanguage,
    /// Passages in another language in that one.
    Passages,
}

/// Finds the language of windows where it is not known yet, and what they say where that is wanted.
fn transcribe_part(
    model: &mut Transcriber,
    windows: &[SpeechWindow],
    mels: &[Vec<f32>],
    language: &mut Option<String>,
    wanted: WantedText,
) -> Result<Vec<Option<WindowText>>, Error> {
    let heard = model.listen(mels)?;
    let spoken = match language {
        Some(known) => known,
        unknown => unknown.insert(model.language(&heard)?),
    };
    let mut texts = match wanted {
        WantedText::None => return Ok(vec![None; windows.len()]),
        WantedText::OneLanguage => model.write(windows, &heard, spoken)?,
        WantedText::Passages => model.write_passages(windows, &heard, spoken)?,
    };
    model.write_missing(windows, &mut texts, spoken)?;
    Ok(texts.into_iter().map(Some).collect())
}
