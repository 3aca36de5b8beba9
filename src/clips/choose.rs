//! Clip selection for one video: from what is known of it to its clips.

use std::collections::BTreeMap;

use super::dedup::archive::Place;
use super::explain::{Judge, Verdict, praise_of};
use super::moments;
use super::score::{Rated, rate};
use super::select::{Field, Portrait, Selection, select};
use super::signals::Evidence;
use super::{CandidateSpan, Contribution, Material, Taken, Weights, Wishes, find_spans};
use crate::timeline::TimeRange;

/// The most candidates that are listed: more than a person or an editor reads.
const LISTED: usize = 1000;

/// What was chosen, and from what.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The best thousand candidates and all that became clips, best first.
    pub candidates: Vec<Scored>,
    /// Where among these the clips are, best first.
    pub clips: Vec<usize>,
    /// How many candidates there were in all.
    pub considered: usize,
    /// What must be included and no clip could: positions in [`Wishes::must`], in order.
    pub unmet: Vec<usize>,
}

/// A candidate with its score taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Which segment.
    pub span: CandidateSpan,
    /// The weighted sum of the signals, 0..1.
    pub score: f64,
    /// Every signal that is known, 0..1: set against the rest of the video.
    pub signals: BTreeMap<&'static str, f64>,
    /// What each of them gives to the score.
    pub contributions: Vec<Contribution>,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it was chosen or why not, and what speaks for it: one line for people.
    pub reason: String,
}

impl Scored {
    /// Tells whether it is a clip because it had to be.
    pub fn is_demanded(&self) -> bool {
        matches!(self.verdict, Verdict::Clip { demanded: true, .. })
    }

    /// Gives the clips that it speaks of their new ranks: at an old rank less one, if that clip is still made.
    pub fn renumber(&mut self, ranks: &[Option<usize>]) {
        let before = self.verdict.to_string();
        self.verdict.renumber(ranks);
        if let Some(rest) = self.reason.strip_prefix(&before) {
            self.reason = format!("{}{rest}", self.verdict);
        }
    }

    /// Tells whether it was chosen and is not good enough to be made.
    pub fn is_poor(&self) -> bool {
        matches!(self.verdict, Verdict::Poor { .. })
    }
}

impl Choice {
    /// Takes back those of the clips for which there is a verdict; the verdicts stand in the order of the clips.
    pub fn take_back(&mut self, verdicts: impl IntoIterator<Item = Option<Verdict>>) {
        let mut kept = Vec::with_capacity(self.clips.len());
        for (&slot, verdict) in self.clips.iter().zip(verdicts) {
            let Some(verdict) = verdict else {
                kept.push(slot);
                continue;
            };
            let scored = &mut self.candidates[slot];
            scored.reason = format!("{verdict}: {}", scored.reason);
            scored.verdict = verdict;
        }
        self.clips = kept;
    }

    /// Keeps the clips that are among the best of all videos, and those that must be; the places stand in the order of the
    /// clips, and a clip without one is not among the best.
    pub fn keep_best(&mut self, places: &[Place]) {
        let below = Place::Below { best: 0 };
        let places = places.iter().chain(std::iter::repeat(&below));
        let mut verdicts = Vec::with_capacity(self.clips.len());
        for (&slot, place) in self.clips.iter().zip(places) {
            let scored = &mut self.candidates[slot];
            let best = matches!(place, Place::Best { .. });
            if best {
                scored.reason = format!("{place}: {}", scored.reason);
            }
            let place = place.clone();
            let out = !best && !scored.is_demanded();
            verdicts.push(out.then_some(Verdict::Outside { place }));
        }
        self.take_back(verdicts);
    }
}

/// Chooses the clips of a video.
///
/// Signals of what the material lacks are absent, and the weights of the rest count for more. The same material and
/// wishes give the same choice, in whatever order the wishes stand.
pub fn choose(material: &Material<'_>, wishes: &Wishes<'_>, weights: &Weights) -> Choice {
    let demands = moments::find(material, wishes.must);
    let places: Vec<TimeRange> = demands.iter().flat_map(|d| &d.places).copied().collect();
    let spans = find_spans(material, &wishes.limits, wishes.only, &places);
    let evidence = Evidence::new(material, wishes);
    let ranked = rate(&evidence, &spans, weights);
    let first_avoided = |rated: &Rated| {
        let text = evidence.text.as_ref().filter(|_| !wishes.avoid.is_empty());
        let phrase = text?.avoided(rated.span.range)?;
        wishes.avoid.get(phrase).cloned()
    };
    let barred = |rated: &Rated| {
        let avoided = first_avoided(rated).map(|phrase| Verdict::Avoided { phrase });
        avoided.or_else(|| shown(wishes, rated.span.range))
    };
    let field = Field {
        ranked: &ranked,
        limits: &wishes.limits,
        seconds: length(material),
        portrait: &|range| Portrait::of(material, evidence.text.as_ref(), range),
        barred: &|rated| barred(rated).is_some(),
    };
    let mut selection = select(&field, &demands);
    selection.unmet.sort_unstable();
    let chosen = selection.chosen.iter();
    let judge = Judge {
        field: &field,
        selection: &selection,
        portraits: chosen
            .map(|slot| (field.portrait)(ranked[*slot].span.range))
            .collect(),
        barred: &barred,
    };
    let listed = list_candidates(ranked.len(), &selection);
    let explained =
        |slot: &usize| explained(&ranked[*slot], judge.verdict(*slot), weights, material);
    let place = |slot: &usize| listed.binary_search(slot).ok();
    Choice {
        candidates: listed.iter().map(explained).collect(),
        clips: selection.chosen.iter().filter_map(place).collect(),
        considered: ranked.len(),
        unmet: selection.unmet.clone(),
    }
}

fn list_candidates(ranked: usize, selection: &Selection) -> Vec<usize> {
    let best = 0..ranked.min(LISTED);
    let later = selection.chosen.iter().filter(|slot| **slot >= LISTED);
    best.chain(later.copied()).collect()
}

fn explained(
    rated: &Rated,
    verdict: Verdict,
    weights: &Weights,
    material: &Material<'_>,
) -> Scored {
    let praise = praise_of(rated, weights, material.shots);
    let reason = match &verdict {
        Verdict::Clip {
            demanded: false, ..
        } => praise,
        other => format!("{other}: {praise}"),
    };
    Scored {
        span: rated.span,
        score: rated.score,
        signals: rated.values.by_name(),
        contributions: weights.contributions(&rated.values),
        verdict,
        reason,
    }
}

/// Returns what is said of a segment that shares time with what is delivered elsewhere.
fn shown(wishes: &Wishes<'_>, range: TimeRange) -> Option<Verdict> {
    let over = |taken: &&Taken| taken.range.overlaps(range);
    let taken = wishes.taken.iter().find(over)?;
    let by = taken.by.clone();
    Some(Verdict::Shown { by })
}

fn length(material: &Material<'_>) -> f64 {
    let ends = material.shots.first().zip(material.shots.last());
    ends.map_or(0.0, |(first, last)| {
        last.range.end().seconds() - first.range.start().seconds()
    })
}

#[cfg(test)]
mod tests;
