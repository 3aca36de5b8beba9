//! Decoding of encoded windows to tokens: several windows in a batch, repeated at a higher temperature where the text is poor.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::error::Error;
use super::model::{EncodedWindows, KeyValueCache, WhisperGraphs};
use super::rules::{TokenChoice, forbid, greedy, probability, sample};
use super::tokens::{Special, WhisperVocabulary};
use crate::inference::Output;

/// The longest text of a window in tokens: half of what the model can hold.
pub(super) const LONGEST: usize = 224;
/// Tried in this order until a text is good.
const TEMPERATURES: [f32; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
/// A text that packs better than this repeats itself.
const LOOPING: f32 = 2.4;
/// A text less sure than this on average is poor.
const UNSURE: f32 = -1.0;
/// Above this the model thinks that no one speaks.
const SILENT: f32 = 0.6;

/// Decoded text of a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct DecodedWindow {
    /// Text and times, without the end.
    pub(super) tokens: Vec<u32>,
    /// Mean logarithmic probability of the tokens, the end included.
    pub(super) log_prob: f32,
    /// The probability that no one speaks.
    pub(super) no_speech: f32,
    /// How many times better than itself the text packs.
    pub(super) packs: f32,
}

impl DecodedWindow {
    /// Tells whether this is no speech but the model's imagination.
    pub(super) fn is_silence(&self) -> bool {
        self.no_speech > SILENT && self.log_prob < UNSURE
    }

    fn is_poor(&self) -> bool {
        (self.packs > LOOPING || self.log_prob < UNSURE) && !self.is_silence()
    }

    /// Orders the tries at one window: what does not loop first, then what is surest.
    fn merit(&self) -> (bool, f32) {
        (self.packs <= LOOPING, self.log_prob)
    }
}

/// Decoding options of some rows.
struct Manner<'a> {
    special: &'a Special,
    prompt: &'a [u32],
    temperature: f32,
    /// One a row, so that a window's text depends on no other window.
    seeds: Vec<u64>,
}

/// Writes down each row of `sound`; `seeds` tell the rows' draws apart where a text is tried again.
pub(super) fn transcribe(
    model: &mut WhisperGraphs,
    vocabulary: &WhisperVocabulary,
    prompt: &[u32],
    sound: &EncodedWindows,
    seeds: &[u64],
) -> Result<Vec<DecodedWindow>, Error> {
    let mut best: Vec<Option<DecodedWindow>> = vec![None; sound.rows()];
    let mut poor: Vec<usize> = (0..sound.rows()).collect();
    for temperature in TEMPERATURES {
        if poor.is_empty() {
            break;
        }
        let manner = Manner {
            special: &vocabulary.special,
            prompt,
            temperature,
            seeds: poor.iter().map(|&row| seeds[row]).collect(),
        };
        let some = (poor.len() < sound.rows()).then(|| sound.take(&poor));
        let some = some.transpose()?;
        let drafts = write(model, some.as_ref().unwrap_or(sound), &manner)?;
        let mut still = Vec::new();
        for (&row, mut draft) in poor.iter().zip(drafts) {
            draft.packs = packs(&text_of(vocabulary, &draft)?);
            if draft.is_poor() {
                still.push(row);
            }
            let better = |old: &DecodedWindow| !draft.is_poor() || draft.merit() > old.merit();
            if best[row].as_ref().is_none_or(better) {
                best[row] = Some(draft);
            }
        }
        poor = still;
    }
    Ok(best.into_iter().flatten().collect())
}

/// Returns the probability of each language of the vocabulary for each row, by the model's first token.
pub(super) fn languages(
    model: &mut WhisperGraphs,
    vocabulary: &WhisperVocabulary,
    sound: &EncodedWindows,
) -> Result<Vec<Vec<f32>>, Error> {
    let ids = vec![vocabulary.special.start; sound.rows()];
    let (logits, _) = model.step(&ids, &model.empty(sound.rows())?, sound)?;
    let rows = (0..sound.rows()).map(|row| {
        let logits = at(&logits, row, 0);
        let known = vocabulary.languages().iter();
        let among: Vec<f32> = known.map(|(_, id)| logits[*id as usize]).collect();
        (0..among.len() as u32)
            .map(|l| probability(&among, l))
            .collect()
    });
    Ok(rows.collect())
}

/// Writes all rows side by side; rows that are done leave the batch.
fn write(
    model: &mut WhisperGraphs,
    sound: &EncodedWindows,
    manner: &Manner<'_>,
) -> Result<Vec<DecodedWindow>, Error> {
    let mut rows = Rows::new(sound.rows());
    let mut smaller: Option<EncodedWindows> = None;
    let mut ids = manner.prompt.repeat(sound.rows());
    let mut cache: KeyValueCache = model.empty(sound.rows())?;
    for written in 0..=LONGEST {
        let (logits, grown) = model.step(&ids, &cache, smaller.as_ref().unwrap_or(sound))?;
        cache = grown;
        rows.take(logits, written, manner);
        if rows.all_done() {
            break;
        }
        if let Some(stay) = rows.leave() {
            smaller = Some(smaller.as_ref().unwrap_or(sound).take(&stay)?);
            cache = cache.take(&stay)?;
        }
        ids = rows.last_tokens(manner.special.end);
    }
    Ok(rows.drafts())
}

/// The texts being written, and which of them are still in the batch.
struct Rows {
    texts: Vec<TokenRun>,
    batch: Vec<usize>,
}

#[derive(Default, Clone)]
struct TokenRun {
    tokens: Vec<u32>,
    log_probs: f32,
    no_speech: f32,
    done: bool,
}

impl Rows {
    fn new(count: usize) -> Self {
        Self {
            texts: vec![TokenRun::default(); count],
            batch: (0..count).collect(),
        }
    }

    /// Adds one token to each text of the batch that is not done.
    fn take(&mut self, mut logits: Output, written: usize, manner: &Manner<'_>) {
        let tokens = logits.shape[1];
        for (slot, &row) in self.batch.iter().enumerate() {
            let text = &mut self.texts[row];
            if text.done {
                continue;
            }
            if written == 0 {
                let start = manner
                    .prompt
                    .iter()
                    .position(|t| *t == manner.special.start);
                let first = at(&logits, slot, start.unwrap_or(0));
                text.no_speech = probability(first, manner.special.no_speech);
            }
            let next = at_mut(&mut logits, slot, tokens - 1);
            forbid(manner.special, &text.tokens, next);
            let choice = choose(next, manner.temperature, manner.seeds[row], written as u64);
            text.add(choice, manner.special.end);
        }
    }

    fn all_done(&self) -> bool {
        self.texts.iter().all(|text| text.done)
    }

    /// Lets done rows leave once they are a quarter of the batch; returns the slots that stay, if any leave.
    ///
    /// To leave costs the others a copy of what they heard, about two steps' worth; to stay costs each step.
    fn leave(&mut self) -> Option<Vec<usize>> {
        let stays = |slot: &usize| !self.texts[self.batch[*slot]].done;
        let stay: Vec<usize> = (0..self.batch.len()).filter(stays).collect();
        let gone = self.batch.len() - stay.len();
        if gone == 0 || gone * 4 < self.batch.len() {
            return None;
        }
        self.batch = stay.iter().map(|slot| self.batch[*slot]).collect();
        Some(stay)
    }

    fn last_tokens(&self, end: u32) -> Vec<u32> {
        let texts = self.batch.iter().map(|row| &self.texts[*row]);
        texts
            .map(|text| text.tokens.last().copied().unwrap_or(end))
            .collect()
    }

    fn drafts(self) -> Vec<DecodedWindow> {
        self.texts.into_iter().map(TokenRun::draft).collect()
    }
}

impl TokenRun {
    fn add(&mut self, choice: TokenChoice, end: u32) {
        self.log_probs += choice.log_prob;
        if choice.token == end {
            self.done = true;
        } else {
            self.tokens.push(choice.token);
            self.done = self.tokens.len() == LONGEST;
        }
    }

    fn draft(self) -> DecodedWindow {
        DecodedWindow {
            log_prob: self.log_probs / (self.tokens.len() + 1) as f32,
            tokens: self.tokens,
            no_speech: self.no_speech,
            packs: 0.0,
        }
    }
}

fn choose(logits: &[f32], temperature: f32, seed: u64, step: u64) -> TokenChoice {
    if temperature == 0.0 {
        return greedy(logits);
    }
    let noise = mixed(mixed(seed ^ u64::from(temperature.to_bits())) ^ step);
    sample(
        logits,
        temperature,
        (noise >> 11) as f64 / (1_u64 << 53) as f64,
    )
}

/// SplitMix64: scatters near numbers far apart.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn text_of(vocabulary: &WhisperVocabulary, draft: &DecodedWindow) -> Result<String, Error> {
    let said = draft.tokens.iter().copied();
    let text: Vec<u32> = said.filter(|t| *t < vocabulary.special.end).collect();
    vocabulary.text(&text)
}

/// Returns how many times smaller a text gets when it is packed.
fn packs(text: &str) -> f32 {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(text.trim().as_bytes());
    match packed.and_then(|()| packer.finish()) {
        Ok(bytes) => text.trim().len() as f32 / bytes.len().max(1) as f32,
        Err(_) => unreachable!("a vector takes all that is written"),
    }
}

fn at(logits: &Output, row: usize, token: usize) -> &[f32] {
    let (tokens, size) = (logits.shape[1], logits.shape[2]);
    &logits.values[(row * tokens + token) * size..][..size]
}

fn at_mut(logits: &mut Output, row: usize, token: usize) -> &mut [f32] {
    let (tokens, size) = (logits.shape[1], logits.shape[2]);
    &mut logits.values[(row * tokens + token) * size..][..size]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_goes_round_in_circles_packs_well() {
        assert!(packs(&" and then we go there".repeat(12)) > LOOPING);
        assert!(packs("Ask not what your country can do for you, ask what you can do.") < 1.5);
    }

    #[test]
    fn an_unsure_text_is_poor_unless_no_one_speaks() {
        let unsure = |no_speech| DecodedWindow {
            log_prob: -1.5,
            no_speech,
            ..DecodedWindow::default()
        };
        assert!(unsure(0.1).is_poor() && !unsure(0.1).is_silence());
        assert!(!unsure(0.9).is_poor() && unsure(0.9).is_silence());
    }

    #[test]
    fn rows_that_are_done_leave_once_they_are_a_quarter() {
        let mut rows = Rows::new(8);
        rows.texts[3].done = true;
        assert_eq!(rows.leave(), None);
        rows.texts[5].done = true;
        assert_eq!(rows.leave(), Some(vec![0, 1, 2, 4, 6, 7]));
        rows.texts[0].done = true;
        rows.texts[7].done = true;
        assert_eq!(rows.leave(), Some(vec![1, 2, 3, 4]));
        assert_eq!(rows.batch, [1, 2, 4, 6]);
    }

    #[test]
    fn draws_are_the_same_every_time_and_differ_by_step() {
        let logits = vec![0.0; 1000];
        let drawn = |step| choose(&logits, 1.0, 7, step).token;
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
