//! Scores taken apart, as pages hold them: a thousand candidates name the same signals, so a page names each once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::export::number::{finite, finite_option};

/// Numbers by the signals' names.
type BySignal = BTreeMap<String, f64>;

/// Contribution of a signal to a score: its place among the names, its value, and what it gives; `null` where it does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct ScorePart(
    usize,
    #[serde(serialize_with = "finite")] f64,
    #[serde(serialize_with = "finite_option")] Option<f64>,
);

/// Returns the names of all signals that any of these has, in order.
pub(super) fn signal_names<'a>(all: impl Iterator<Item = &'a BySignal>) -> Vec<&'a str> {
    let names: BTreeSet<&str> = all
        .flat_map(|signals| signals.keys().map(|n| &**n))
        .collect();
    names.into_iter().collect()
}

/// Returns what a score is made of, what gives most first.
pub(super) fn parts(names: &[&str], signals: &BySignal, given: &BySignal) -> Vec<ScorePart> {
    let part = |(name, value): (&String, &f64)| {
        let place = names.binary_search(&name.as_str()).ok()?;
        Some(ScorePart(place, *value, given.get(name).copied()))
    };
    let mut parts: Vec<ScorePart> = signals.iter().filter_map(part).collect();
    let rank = |part: &ScorePart| (part.2.unwrap_or(-1.0), part.1);
    parts.sort_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_signal(all: &[(&str, f64)]) -> BySignal {
        let all = all.iter();
        all.map(|(name, value)| ((*name).to_owned(), *value))
            .collect()
    }

    #[test]
    fn what_gives_most_comes_first_and_what_does_not_count_last() {
        let signals = by_signal(&[("a", 1.0), ("b", 0.2), ("c", 0.0), ("d", 0.9)]);
        let given = by_signal(&[("a", 0.1), ("b", 0.3), ("c", 0.0)]);
        let other = by_signal(&[("aa", 1.0)]);
        let names = signal_names([&signals, &other].into_iter());
        assert_eq!(names, ["a", "aa", "b", "c", "d"]);
        assert_eq!(
            serde_json::to_string(&parts(&names, &signals, &given)).unwrap(),
            "[[2,0.2,0.3],[0,1.0,0.1],[3,0.0,0.0],[4,0.9,null]]"
        );
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        let one = by_signal(&[("a", 0.5)]);
        let nan = by_signal(&[("a", f64::NAN)]);
        for (signals, given) in [(&nan, &one), (&one, &nan)] {
            assert!(serde_json::to_string(&parts(&["a"], signals, given)).is_err());
        }
    }
}
