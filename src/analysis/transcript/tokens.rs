//! Whisper's vocabulary: special tokens, languages, and text from its byte pieces.

use std::path::Path;

use serde::Deserialize;
use tokenizers::Tokenizer;

use super::error::Error;

/// Only models of many languages have this many tokens of text.
const MULTILINGUAL_END: u32 = 50_257;
/// Written without spaces between words.
const SPACELESS: [&str; 7] = ["zh", "ja", "th", "lo", "my", "yue", "km"];

/// The tokens that steer the model, and those it must not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Special {
    /// Ends the text; every smaller token is text.
    pub(super) end: u32,
    /// Starts the transcript.
    pub(super) start: u32,
    /// Asks for the spoken language, not a translation; English-only models are not asked.
    pub(super) transcribe: Option<u32>,
    /// Says that no one speaks.
    pub(super) no_speech: u32,
    /// Asks for text without times.
    pub(super) no_times: u32,
    /// The time zero; each of the 1500 that follow is 0.02 s later.
    pub(super) zero: u32,
    /// Never said.
    pub(super) never: Vec<u32>,
    /// Never said first.
    pub(super) never_first: Vec<u32>,
}

/// Tokens to text and back.
#[derive(Debug)]
pub(super) struct WhisperVocabulary {
    /// The tokens that are not text.
    pub(super) special: Special,
    tokenizer: Tokenizer,
    languages: Vec<(String, u32)>,
}

/// The fewest tokens that are whole characters, and their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenPiece {
    /// Its text, with the space before it.
    pub(super) text: String,
    /// How many tokens it takes.
    pub(super) tokens: usize,
}

#[derive(Deserialize)]
struct SuppressedTokens {
    suppress_ids: Vec<i64>,
    suppress_ids_begin: Vec<i64>,
}

impl WhisperVocabulary {
    /// Reads a model's `tokenizer.json` and `config.json`.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when one is not there or not of a Whisper model.
    pub(super) fn read(tokenizer: &Path, config: &Path) -> Result<Self, Error> {
        let text = std::fs::read(config).map_err(|e| fault(config, &e))?;
        let config: SuppressedTokens =
            serde_json::from_slice(&text).map_err(|e| fault(config, &e))?;
        let path = tokenizer;
        let tokenizer = Tokenizer::from_file(path).map_err(|e| fault(path, &e))?;
        let special = find_special(&tokenizer, &config).map_err(|e| fault(path, &e))?;
        let languages = find_languages(&tokenizer, &special);
        Ok(Self {
            special,
            tokenizer,
            languages,
        })
    }

    /// Returns the languages the model can be asked for and their tokens; none for an English-only model.
    pub(super) fn languages(&self) -> &[(String, u32)] {
        &self.languages
    }

    /// Returns the tokens that ask for a transcript in `language`.
    ///
    /// # Errors
    /// [`Error::Language`] when the model does not know it.
    pub(super) fn prompt(&self, language: &str) -> Result<Vec<u32>, Error> {
        let unknown = || Error::Language(language.to_owned());
        let Some(transcribe) = self.special.transcribe else {
            let known = language == "en";
            return known.then(|| vec![self.special.start]).ok_or_else(unknown);
        };
        let named = self.languages.iter().find(|(code, _)| code == language);
        let (_, token) = named.ok_or_else(unknown)?;
        Ok(vec![self.special.start, *token, transcribe])
    }

    /// Returns the text of some tokens; broken characters become the replacement character.
    ///
    /// # Errors
    /// [`Error::Text`] when the tokens have no text.
    pub(super) fn text(&self, tokens: &[u32]) -> Result<String, Error> {
        let text = self.tokenizer.decode(tokens, true);
        text.map_err(|e| Error::Text(e.to_string()))
    }

    /// Cuts tokens of text into pieces that do not split a character.
    ///
    /// # Errors
    /// As [`WhisperVocabulary::text`].
    pub(super) fn pieces(&self, tokens: &[u32]) -> Result<Vec<TokenPiece>, Error> {
        let mut pieces = Vec::new();
        let mut from = 0;
        for to in 1..=tokens.len() {
            let text = self.text(&tokens[from..to])?;
            if !text.contains(char::REPLACEMENT_CHARACTER) || to == tokens.len() {
                let tokens = to - from;
                pieces.push(TokenPiece { text, tokens });
                from = to;
            }
        }
        Ok(pieces)
    }
}

/// Tells whether a language is written with spaces between its words.
pub(super) fn has_spaces(language: &str) -> bool {
    !SPACELESS.contains(&language)
}

fn fault(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::Vocabulary {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn find_special(tokenizer: &Tokenizer, config: &SuppressedTokens) -> Result<Special, String> {
    let id = |name: &str| {
        let id = tokenizer.token_to_id(name);
        id.ok_or_else(|| format!("no token {name}"))
    };
    let tokens = |ids: &[i64]| ids.iter().filter_map(|&i| u32::try_from(i).ok()).collect();
    let (end, no_times) = (id("<|endoftext|>")?, id("<|notimestamps|>")?);
    let transcribe = (end >= MULTILINGUAL_END).then(|| id("<|transcribe|>"));
    Ok(Special {
        end,
        start: id("<|startoftranscript|>")?,
        transcribe: transcribe.transpose()?,
        no_speech: id("<|nospeech|>").or_else(|_| id("<|nocaptions|>"))?,
        no_times,
        zero: no_times + 1,
        never: tokens(&config.suppress_ids),
        never_first: tokens(&config.suppress_ids_begin),
    })
}

/// The languages stand between the start and the tasks.
fn find_languages(tokenizer: &Tokenizer, special: &Special) -> Vec<(String, u32)> {
    let Some(last) = special.transcribe else {
        return Vec::new();
    };
    let codes = (special.start + 1..last).filter_map(|id| {
        let name = tokenizer.id_to_token(id)?;
        let code = name.strip_prefix("<|")?.strip_suffix("|>")?;
        (code != "translate").then(|| (code.to_owned(), id))
    });
    codes.collect()
}
