//! Clean candidates: which are left out because one with better ends shows the same.

use super::edges::Edge;
use crate::timeline::Timestamp;

/// An edge that is worth less cuts into a sentence, into speech or into a shot.
const CLEAN: f32 = 0.45;

/// Leaves out what has an edge that is not clean where a candidate with two clean ones holds the middle half of it.
///
/// The candidates stand by their beginnings.
pub(super) fn prefer(found: &mut Vec<(Edge, Edge)>) {
    let mut clean: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in found.iter().filter(|pair| is_clean(pair)) {
        let farthest = clean
            .last()
            .map_or(end.time, |(_, last)| end.time.max(*last));
        clean.push((start.time, farthest));
    }
    found.retain(|pair| is_clean(pair) || !is_held(&clean, pair));
}

fn is_clean((start, end): &(Edge, Edge)) -> bool {
    start.worth.min(end.worth) >= CLEAN
}

/// Tells whether one of some candidates holds the middle half of another; they are given by their beginnings, each with the
/// latest end of all up to it.
fn is_held(clean: &[(Timestamp, Timestamp)], (start, end): &(Edge, Edge)) -> bool {
    let quarter = end.time.since(start.time) / 4;
    let before = clean.partition_point(|(from, _)| *from <= start.time + quarter);
    let farthest = before.checked_sub(1).map(|slot| clean[slot].1);
    farthest.is_some_and(|farthest| farthest + quarter >= end.time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Pair = (Edge, Edge);

    fn pair((start, end): (i64, i64), worth: (f32, f32)) -> Pair {
        let edge = |second, worth| Edge {
            time: Timestamp::new(second, 1).unwrap(),
            worth,
        };
        (edge(start, worth.0), edge(end, worth.1))
    }

    fn kept(pairs: &[Pair]) -> Vec<Pair> {
        let mut pairs = pairs.to_vec();
        prefer(&mut pairs);
        pairs
    }

    #[test]
    fn what_cuts_into_a_sentence_gives_way_to_what_does_not() {
        let (whole, cut) = (pair((0, 20), (0.6, 0.6)), pair((2, 18), (0.6, 0.1)));
        assert_eq!(kept(&[whole, cut]), [whole]);
        let elsewhere = pair((12, 40), (0.6, 0.1));
        assert_eq!(kept(&[whole, elsewhere]), [whole, elsewhere]);
    }

    proptest! {
        #[test]
        fn only_what_a_clean_one_holds_is_left_out(
            raw in proptest::collection::vec((0..60_i64, 4..30_i64, 0.0..1.0_f32, 0.0..1.0_f32), 0..30),
        ) {
            let mut all: Vec<Pair> = raw.iter().map(|&(at, length, a, b)| pair((at, at + length), (a, b))).collect();
            all.sort_by_key(|(start, end)| (start.time, end.time));
            let holds = |pair: &Pair| all.iter().filter(|other| is_clean(other)).any(|(start, end)| {
                let quarter = pair.1.time.since(pair.0.time) / 4;
                start.time <= pair.0.time + quarter && end.time + quarter >= pair.1.time
            });
            let expected: Vec<Pair> = all.iter().filter(|pair| is_clean(pair) || !holds(pair)).copied().collect();
            prop_assert_eq!(kept(&all), expected);
        }
    }
}
