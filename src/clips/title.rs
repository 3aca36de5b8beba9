//! Titles, hook lines and keywords of a clip, all in the speaker's own words.
//!
//! Nothing is invented. Clauses are cut from what is said (`clause`), phrases counted against the rest of the talk
//! (`keyword`), both held against the meaning of the whole clip, and the best made fit to be read (`tidy`).

mod clause;
mod keyword;
mod rank;
mod tidy;

use serde::{Deserialize, Serialize};

use crate::analysis::Embedding;
use crate::clips::captions::cuttable_parts;
use crate::clips::signals::text::{TextFeatures, Wanted, text_signals};
use crate::clips::words::Words;
use crate::timeline::{TimeRange, Transcript, spoken};

use clause::{Clause, cut_clauses};
use keyword::{Phrase, choose, find_phrases, hashtag, names};
use rank::{RatedTitle, best_hook, best_title};

pub use keyword::Background;
pub use rank::TITLE_RULES;

/// Clauses and phrases whose meaning is asked for, of each at most so many.
const ASKED: usize = 32;

/// What is written over and under a clip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// In one line: 20 to 70 columns wherever the speech has such a clause.
    pub title: String,
    /// Another line that makes one stay, where there is one.
    pub hook: Option<String>,
    /// What it is about, the most telling first; at most five.
    pub keywords: Vec<String>,
    /// The keywords that name something, as tags: `#ClimateChange`.
    pub hashtags: Vec<String>,
}

/// Returns the heading of the segment `range` of a transcript, or `None` when no word is said in it.
///
/// `embed` returns the meaning of each text, or nothing at all when there is no model: then the words alone decide. It is
/// called once, with at most 65 texts.
///
/// # Errors
/// What `embed` returns.
pub fn heading<E>(
    transcript: &Transcript,
    range: TimeRange,
    background: &Background,
    embed: impl FnOnce(&[&str]) -> Result<Vec<Embedding>, E>,
) -> Result<Option<Heading>, E> {
    let clip = transcript.clip(range);
    let words = Words::of(&clip.language);
    let phrases = find_phrases(&clip, background, &words);
    let mut rated = rate_titles(&clip, &phrases, &words);
    rated.sort_by(|a, b| b.before().total_cmp(&a.before()));
    rated.truncate(ASKED);
    let asked: Vec<&Phrase> = phrases.iter().take(ASKED).collect();

    let whole = spoken(clip.words());
    let texts = std::iter::once(whole.as_str())
        .chain(rated.iter().map(|rated| rated.text.as_str()))
        .chain(asked.iter().map(|phrase| phrase.text.as_str()));
    let meanings = embed(&texts.collect::<Vec<_>>())?;
    let mut alike = likeness(&meanings);
    for rated in &mut rated {
        rated.likeness = alike.next().unwrap_or(0.0);
    }
    let keywords = choose(&asked, |_| alike.next().unwrap_or(0.0));
    Ok(best_title(&rated).map(|title| Heading {
        title: title.text.clone(),
        hook: best_hook(&rated, title).map(|hook| hook.text.clone()),
        hashtags: keywords
            .iter()
            .filter(|keyword| names(keyword, &clip.language))
            .filter_map(|keyword| hashtag(&keyword.text))
            .collect(),
        keywords: keywords.into_iter().map(|phrase| phrase.text).collect(),
    }))
}

/// Returns how alike the first meaning each of the others is.
fn likeness(meanings: &[Embedding]) -> impl Iterator<Item = f64> {
    let (whole, others) = match meanings.split_first() {
        Some((whole, others)) => (Some(whole), others),
        None => (None, meanings),
    };
    let of = move |other| whole.map_or(0.0, |whole| f64::from(whole.cosine(other)));
    others.iter().map(of)
}

/// Returns the clauses of a clip with all that is known of them but their meaning.
fn rate_titles(clip: &Transcript, phrases: &[Phrase], words: &Words) -> Vec<RatedTitle> {
    let features = TextFeatures::new(clip, &[], &[], &Wanted::default());
    let parts = cuttable_parts(clip);
    let clauses = cut_clauses(&parts, &clip.language, words);
    let rate = |clause: Clause| {
        let text = tidy::tidy(&parts[clause.parts.clone()], &clip.language, words);
        let (first, last) = (&parts[clause.parts.start], &parts[clause.parts.end - 1]);
        let range = TimeRange::new(first.range.start(), last.range.end())?;
        let signals = text_signals(&features, range);
        Some(RatedTitle {
            columns: super::captions::columns(&text),
            topical: keyword::coverage(phrases, &text, &clip.language),
            hook: signals.hook,
            complete: signals.completeness.unwrap_or(0.0),
            leans: features.leans(range),
            asks: signals.question > 0.0,
            clause,
            text,
            likeness: 0.0,
        })
    };
    let rated = clauses.into_iter().filter_map(rate);
    rated.filter(|rated| rated.columns > 0).collect()
}

#[cfg(test)]
mod tests;
