//! Passages in other languages than the file's: whole windows, or segments of one, each written down in its own.
//!
//! The model tells the language of a window by its first token. A window is packed from several segments of speech, and where it is
//! not sure of one language they are listened to one by one.

use std::collections::BTreeMap;

use super::model::EncodedWindows;
use super::passage_rules::{SECOND, SHORTEST, SURE};
use super::words::{COLUMN, Timed};
use super::{Error, Heard, LogMel, SpeechWindow, Transcriber, WindowText, decode, spectra};

/// What a window speaks, as far as its first token tells.
#[derive(Debug, Clone, PartialEq)]
enum WindowLanguage {
    /// The language of the file, or nothing that is sure.
    Usual,
    /// Another language.
    Other(String),
    /// Perhaps several.
    Several,
}

impl Transcriber {
    /// Writes down what windows say, as [`Self::write`], those that are surely in another language than the file's in that one.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_passages(
        &mut self,
        windows: &[SpeechWindow],
        heard: &Heard,
        language: &str,
    ) -> Result<Vec<WindowText>, Error> {
        let spoken: Vec<WindowLanguage> = self
            .languages_of(&heard.0)?
            .iter()
            .map(|row| spoken_by(row, language))
            .collect();
        if spoken.iter().all(|spoken| *spoken == WindowLanguage::Usual) {
            return self.write(windows, heard, language);
        }
        let mut texts = Vec::with_capacity(windows.len());
        for (row, (window, spoken)) in windows.iter().zip(spoken).enumerate() {
            let heard = Heard(heard.0.take(&[row])?);
            let window = std::slice::from_ref(window);
            texts.extend(match spoken {
                WindowLanguage::Other(own) => self.write(window, &heard, &own)?,
                // Beside passages in another language one that seems to be in the usual may hold two.
                WindowLanguage::Usual | WindowLanguage::Several => {
                    vec![self.write_segments(&window[0], &heard, language)?]
                }
            });
        }
        Ok(texts)
    }

    /// Writes down the segments of a window, each in its own language.
    fn write_segments(
        &mut self,
        window: &SpeechWindow,
        heard: &Heard,
        language: &str,
    ) -> Result<WindowText, Error> {
        let (starts, segments): (Vec<usize>, Vec<SpeechWindow>) =
            window.segments(SHORTEST).into_iter().unzip();
        let mels = spectra(&LogMel::new(), &segments);
        let apart = self.listen(&mels)?;
        let rows = self.languages_of(&apart.0)?;
        let mut by_language: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (slot, row) in rows.iter().enumerate() {
            let own = match spoken_by(row, language) {
                WindowLanguage::Other(own) => own,
                _ => language.to_owned(),
            };
            by_language.entry(own).or_default().push(slot);
        }
        if by_language.len() < 2 && by_language.contains_key(language) {
            let whole = std::slice::from_ref(window);
            return Ok(self.write(whole, heard, language)?.remove(0));
        }
        let mut texts = vec![WindowText::default(); segments.len()];
        for (own, slots) in by_language {
            let part: Vec<SpeechWindow> =
                slots.iter().map(|&slot| segments[slot].clone()).collect();
            let heard = Heard(apart.0.take(&slots)?);
            let written = self.write(&part, &heard, &own)?;
            slots
                .iter()
                .zip(written)
                .for_each(|(&slot, text)| texts[slot] = text);
        }
        Ok(joined(starts.into_iter().zip(texts)))
    }

    /// Returns the probability of each language for each window; nothing from a model that knows one.
    fn languages_of(&mut self, heard: &EncodedWindows) -> Result<Vec<Vec<(String, f32)>>, Error> {
        if self.vocabulary.special.transcribe.is_none() {
            return Ok(Vec::new());
        }
        let rows = decode::languages(&mut self.model, &self.vocabulary, heard)?;
        let names = self.vocabulary.languages().iter().map(|(code, _)| code);
        let named = |row: Vec<f32>| names.clone().cloned().zip(row).collect();
        Ok(rows.into_iter().map(named).collect())
    }
}

/// Returns what a window speaks by the probabilities of languages; `language` is the file's.
fn spoken_by(row: &[(String, f32)], language: &str) -> WindowLanguage {
    let likely = |but: &str| {
        let others = row.iter().filter(|(code, _)| code != but);
        others.max_by(|(_, a), (_, b)| a.total_cmp(b))
    };
    let Some((best, sure)) = likely("") else {
        return WindowLanguage::Usual;
    };
    let second = likely(best).map_or(0.0, |(_, second)| *second);
    if *sure >= SURE && best == language || *sure < SURE && second < SECOND {
        WindowLanguage::Usual
    } else if *sure >= SURE {
        WindowLanguage::Other(best.clone())
    } else {
        WindowLanguage::Several
    }
}

/// Joins the texts of a window's segments, each with the sample at which it begins.
fn joined(texts: impl Iterator<Item = (usize, WindowText)>) -> WindowText {
    let mut whole = WindowText::default();
    for (start, text) in texts {
        let columns = start / COLUMN;
        let later = |run: Vec<_>| run.into_iter().map(|word: Timed| word.later(columns));
        whole.said.extend(
            text.said
                .into_iter()
                .map(|run| later(run).collect::<Vec<_>>()),
        );
        whole.tokens += text.tokens;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(row: &[(&str, f32)], language: &str) -> WindowLanguage {
        let row: Vec<_> = row
            .iter()
            .map(|(code, sure)| ((*code).to_owned(), *sure))
            .collect();
        spoken_by(&row, language)
    }

    #[test]
    fn a_window_is_in_the_file_s_language_unless_another_is_sure() {
        assert_eq!(
            spoken(&[("en", 0.9), ("es", 0.05)], "en"),
            WindowLanguage::Usual
        );
        assert_eq!(
            spoken(&[("en", 0.7), ("es", 0.05)], "en"),
            WindowLanguage::Usual
        );
        assert_eq!(
            spoken(&[("en", 0.05), ("es", 0.9)], "en"),
            WindowLanguage::Other("es".into())
        );
        assert_eq!(
            spoken(&[("en", 0.5), ("es", 0.4)], "en"),
            WindowLanguage::Several
        );
        assert_eq!(spoken(&[], "en"), WindowLanguage::Usual);
    }
}
