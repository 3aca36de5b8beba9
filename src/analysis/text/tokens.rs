//! Tokenizer of the sentence model.

use std::path::Path;

use tokenizers::{Tokenizer, TruncationParams};

use super::Error;

/// The most tokens of a text that the model was trained to read, with those that open and close it.
const MOST: usize = 256;

/// Text to tokens.
#[derive(Debug)]
pub(super) struct BertVocabulary(Tokenizer);

impl BertVocabulary {
    /// Reads a model's `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when it is not there or not of a BERT model.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let fault = |why: String| Error::Vocabulary {
            path: path.to_owned(),
            why,
        };
        let mut tokenizer = Tokenizer::from_file(path).map_err(|e| fault(e.to_string()))?;
        if let Some(missing) = ["[CLS]", "[SEP]"]
            .into_iter()
            .find(|name| tokenizer.token_to_id(name).is_none())
        {
            return Err(fault(format!("no token {missing}")));
        }
        let truncation = TruncationParams {
            max_length: MOST,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|e| fault(e.to_string()))?;
        // The file asks for padding to its own length; a batch needs only that of its longest text.
        tokenizer.with_padding(None);
        Ok(Self(tokenizer))
    }

    /// Returns the tokens of `text`: never none, at most 256; what is longer is cut at the end.
    ///
    /// # Errors
    /// [`Error::Text`] when it cannot be written in tokens.
    pub(super) fn tokens(&self, text: &str) -> Result<Vec<i64>, Error> {
        let coded = self.0.encode_fast(text, true);
        let coded = coded.map_err(|e| Error::Text(e.to_string()))?;
        Ok(coded.get_ids().iter().copied().map(i64::from).collect())
    }
}
