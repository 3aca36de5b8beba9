//! Explanations: why a candidate became a clip and another did not, one line each.

use std::fmt;

use super::score::Rated;
use super::select::{Field, Portrait, Selection};
use super::{Contribution, Weights};
use crate::clips::dedup::archive::Place;
use crate::timeline::{Shot, Transition};

/// So many signals are named.
const NAMED: usize = 3;
/// A signal below this is not worth a word.
const MUCH: f64 = 0.6;

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is a clip.
    Clip {
        /// Its place among the clips, from 1 on.
        rank: usize,
        /// Whether it had to be.
        demanded: bool,
    },
    /// It holds what no clip may hold.
    Avoided {
        /// The phrase.
        phrase: String,
    },
    /// It shares time with what is delivered elsewhere.
    Shown {
        /// Which clip of which job shows that.
        by: String,
    },
    /// It is not among the best of all videos.
    Outside {
        /// What became of it among these.
        place: Place,
    },
    /// It shares time with a better clip.
    Overlaps {
        /// The place of that clip.
        clip: usize,
        /// Its score.
        score: f64,
    },
    /// It says and shows what a clip says and shows.
    Like {
        /// The place of that clip.
        clip: usize,
    },
    /// It scores less than half of the best.
    Weak {
        /// The best score.
        best: f64,
    },
    /// It was chosen, and an editor would not post it.
    Poor {
        /// Its quality, and the least that one has that is delivered.
        quality: (f64, f64),
        /// What is wrong with it, in words.
        faults: Vec<String>,
    },
    /// There are clips enough, all better.
    BelowCap {
        /// How many there may be.
        cap: usize,
        /// What the last of them scores.
        score: f64,
    },
    /// There are clips enough, one of them worse but less like the others or farther from them.
    Variety {
        /// The place of that clip.
        clip: usize,
        /// Its score.
        score: f64,
    },
}

impl Verdict {
    /// As [`super::Scored::renumber`].
    pub(super) fn renumber(&mut self, ranks: &[Option<usize>]) {
        if let Self::Clip { rank: clip, .. }
        | Self::Overlaps { clip, .. }
        | Self::Like { clip }
        | Self::Variety { clip, .. } = self
        {
            let place = clip.checked_sub(1);
            *clip = place.and_then(|place| *ranks.get(place)?).unwrap_or(0);
        }
    }
}

/// A clip by its rank; 0 is one that was chosen and not made.
struct ClipName(usize);

impl fmt::Display for ClipName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("a clip that was not made"),
            rank => write!(f, "clip {rank}"),
        }
    }
}

/// Tells what became of each of some candidates.
pub(super) struct Judge<'a> {
    pub(super) field: &'a Field<'a>,
    pub(super) selection: &'a Selection,
    /// What each clip looks and sounds like as a whole.
    pub(super) portraits: Vec<Portrait>,
    /// Returns why a candidate may not be a clip at all, if so.
    pub(super) barred: &'a dyn Fn(&Rated) -> Option<Verdict>,
}

impl Judge<'_> {
    /// Returns what became of the candidate in this place of the ranking.
    pub(super) fn verdict(&self, slot: usize) -> Verdict {
        let chosen = &self.selection.chosen;
        let rank = |slot: usize| chosen.iter().position(|c| *c == slot).map(|rank| rank + 1);
        let score = |slot: usize| self.field.ranked[slot].score;
        if let Some(rank) = rank(slot) {
            let demanded = self.selection.demanded.contains(&slot);
            return Verdict::Clip { rank, demanded };
        }
        let rated = &self.field.ranked[slot];
        if let Some(verdict) = (self.barred)(rated) {
            return verdict;
        }
        if let Some(other) = self.field.overlapped(chosen, rated.span.range) {
            let (clip, score) = (rank(other).unwrap_or_default(), score(other));
            return Verdict::Overlaps { clip, score };
        }
        let own = (self.field.portrait)(rated.span.range);
        let copied = self.portraits.iter().position(|clip| own.is_copy(clip));
        if let Some(clip) = copied {
            return Verdict::Like { clip: clip + 1 };
        }
        if rated.score < self.field.weakest(chosen) {
            let best = chosen.iter().map(|slot| score(*slot)).fold(0.0, f64::max);
            return Verdict::Weak { best };
        }
        let last = chosen.last().map_or(0.0, |slot| score(*slot));
        if rated.score > last {
            Verdict::Variety {
                clip: chosen.len(),
                score: last,
            }
        } else {
            Verdict::BelowCap {
                cap: self.field.limits.count,
                score: last,
            }
        }
    }
}

/// Returns what speaks for a candidate.
pub(super) fn praise_of(rated: &Rated, weights: &Weights, shots: &[Shot]) -> String {
    let mut best: Vec<Contribution> = weights.contributions(&rated.values);
    best.retain(|given| given.value >= MUCH);
    let more = |given: &Contribution| given.weight * (given.value - 0.5);
    best.sort_by(|a, b| more(b).total_cmp(&more(a)));
    best.truncate(NAMED);
    let named: Vec<&str> = best.iter().map(|given| given.signal.praise()).collect();
    let named = if named.is_empty() {
        "nothing stands out".to_owned()
    } else {
        named.join(", ")
    };
    let seconds = rated.span.range.duration().as_secs_f64();
    let (first, count) = rated.span.shots;
    let plural = if count == 1 { "shot" } else { "shots" };
    let begins = match shots.get(first) {
        Some(shot) if shot.range.start() == rated.span.range.start() => match shot.transition {
            Transition::Start => ", from the beginning",
            Transition::Cut => ", from a cut",
            Transition::Gradual => ", out of a gradual transition",
        },
        _ => "",
    };
    format!("{named}; {seconds:.1} s, {count} {plural}{begins}")
}

/// Writes what became of it, and against what it lost.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clip {
                rank,
                demanded: false,
            } => write!(f, "clip {rank}"),
            Self::Clip {
                rank,
                demanded: true,
            } => write!(f, "clip {rank}, which must be included"),
            Self::Avoided { phrase } => write!(f, "says {phrase:?}, which is to be avoided"),
            Self::Outside { place } => place.fmt(f),
            Self::Shown { by } => write!(f, "shown already by {by}"),
            Self::Overlaps { clip, score } => {
                write!(f, "overlaps {}, which scores {score:.2}", ClipName(*clip))
            }
            Self::Like { clip } => write!(f, "like {}", ClipName(*clip)),
            Self::Weak { best } => write!(f, "less than half of clip 1, which scores {best:.2}"),
            Self::Poor {
                quality: (found, least),
                faults,
            } => {
                let faults = faults.join(", ");
                write!(f, "quality {found:.2}, below {least:.2}: {faults}")
            }
            Self::BelowCap { cap, score } => {
                write!(
                    f,
                    "below the cap of {cap}, the last of which scores {score:.2}"
                )
            }
            Self::Variety { clip, score } => write!(
                f,
                "gives way to {}, which scores {score:.2} and is less like the others",
                ClipName(*clip)
            ),
        }
    }
}
