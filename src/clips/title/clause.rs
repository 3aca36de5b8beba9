//! Clauses that could stand alone as a title.

use std::ops::Range;

use super::tidy::{is_opener, is_small};
use crate::clips::captions::TextPart;
use crate::clips::words::Words;

/// The widest line that a title may be.
pub(super) const WIDEST: usize = 70;
/// A narrower line says too little.
pub(super) const NARROWEST: usize = 20;
/// A cut of at most this price lies between two clauses.
const BETWEEN_CLAUSES: i64 = 25;
/// A cut of at least this price lies inside a word.
const INSIDE_A_WORD: i64 = 1000;

/// Some neighbouring parts of one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Which; never none.
    pub(super) parts: Range<usize>,
}

/// Returns every run of clauses within a sentence that fits a line; of a clause too wide for one, as much as fits.
///
/// None begins with a word that only joins it to what was said before, or ends with one that belongs to what follows.
pub(super) fn cut_clauses(parts: &[TextPart], language: &str, words: &Words) -> Vec<Clause> {
    let mut found = Vec::new();
    for sentence in sentences(parts) {
        let edges = edges_of(parts, &sentence);
        for (at, &from) in edges.iter().enumerate() {
            let ends = &edges[at + 1..];
            let fitting = ends
                .iter()
                .take_while(|&&to| columns(&parts[from..to]) <= WIDEST);
            let mut runs: Vec<Range<usize>> = fitting.map(|&to| from..to).collect();
            if let (true, Some(&to)) = (runs.is_empty(), ends.first()) {
                runs.push(from..shortened(parts, from..to));
            }
            let trimmed = runs
                .into_iter()
                .map(|run| trimmed(parts, run, language, words));
            found.extend(trimmed.map(|parts| Clause { parts }));
        }
    }
    found.retain(|clause| !clause.parts.is_empty());
    found.sort_by_key(|clause| (clause.parts.start, clause.parts.end));
    found.dedup();
    found
}

/// Returns the columns of some parts on one line.
fn columns(parts: &[TextPart]) -> usize {
    let spaces = parts
        .iter()
        .skip(1)
        .filter(|part| part.space_before)
        .count();
    parts.iter().map(|part| part.columns).sum::<usize>() + spaces
}

fn sentences(parts: &[TextPart]) -> Vec<Range<usize>> {
    let mut at = 0;
    parts
        .chunk_by(|before, _| !before.ends_sentence)
        .map(|sentence| {
            at += sentence.len();
            at - sentence.len()..at
        })
        .collect()
}

/// Returns where the clauses of a sentence begin, and its end.
fn edges_of(parts: &[TextPart], sentence: &Range<usize>) -> Vec<usize> {
    let inner = (sentence.start + 1..sentence.end).filter(|&at| parts[at].cut <= BETWEEN_CLAUSES);
    std::iter::once(sentence.start)
        .chain(inner)
        .chain([sentence.end])
        .collect()
}

/// Returns the best place to end a clause that is too wide: the cheapest cut that leaves a line, the later of equals.
///
/// A single word wider than a line is left whole.
fn shortened(parts: &[TextPart], clause: Range<usize>) -> usize {
    let mut wide = 0;
    let mut best: Option<(bool, i64, usize)> = None;
    for at in clause.start + 1..clause.end {
        let part = &parts[at - 1];
        wide += part.columns + usize::from(part.space_before && at - 1 > clause.start);
        if wide > WIDEST && best.is_some() {
            break;
        }
        let cut = parts[at].cut;
        if cut >= INSIDE_A_WORD {
            continue;
        }
        let price = (wide < 2 * NARROWEST, cut);
        if best.is_none_or(|(short, least, _)| price <= (short, least)) {
            best = Some((price.0, price.1, at));
        }
    }
    best.map_or(clause.end, |(_, _, at)| at)
}

/// Leaves out openers in front, and at an end inside a sentence the small words that hold on to what follows.
fn trimmed(parts: &[TextPart], run: Range<usize>, language: &str, words: &Words) -> Range<usize> {
    let (mut from, mut to) = (run.start, run.end);
    while let Some(count) = is_opener(&parts[from..to], words) {
        from += count;
    }
    let whole = |at: usize| parts.get(at).is_none_or(|part| part.cut < INSIDE_A_WORD);
    let open = |to: usize| !parts[to - 1].ends_sentence && is_small(&parts[to - 1].text, language);
    while to > from && open(to) && whole(to - 1) {
        to -= 1;
    }
    from..to
}
