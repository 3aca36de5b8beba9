use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::analysis::Embedding;
use crate::clips::CandidateSpan;
use crate::clips::material::ClipLimits;
use crate::clips::score::Rated;
use crate::clips::signals::Values;
use crate::timeline::TimeRange;
use crate::timeline::Timestamp;

fn range(start: i64, end: i64) -> TimeRange {
    let at = |second| Timestamp::new(second, 1).unwrap();
    TimeRange::new(at(start), at(end)).unwrap()
}

/// Candidates by start, end and score; best first.
fn ranked(raw: &[(i64, i64, f64)]) -> Vec<Rated> {
    let rated = |&(start, end, score): &(i64, i64, f64)| Rated {
        span: CandidateSpan {
            range: range(start, end),
            shots: (0, 1),
            edges: (0.0, 0.0),
        },
        values: Values::UNKNOWN,
        score,
    };
    let mut all: Vec<Rated> = raw.iter().map(rated).collect();
    all.sort_by(|a, b| {
        let key = |rated: &Rated| (rated.span.range.start(), rated.span.range.end());
        b.score.total_cmp(&a.score).then(key(a).cmp(&key(b)))
    });
    all.dedup_by_key(|rated| rated.span.range);
    all
}

fn demand(places: &[(i64, i64)]) -> Demand {
    Demand {
        places: places
            .iter()
            .map(|&(start, end)| range(start, end))
            .collect(),
    }
}

/// What pictures a segment shows: its number, by its start.
type Shown = BTreeMap<i64, usize>;

fn selected(
    ranked: &[Rated],
    (floor, count): (usize, usize),
    demands: &[Demand],
    shown: &Shown,
) -> Selection {
    let limits = ClipLimits {
        count,
        floor,
        min: Duration::ZERO,
        max: Duration::MAX,
    };
    let portrait = |range: TimeRange| {
        let number = shown.get(&range.start().fraction().0);
        let seen = number.map(|number| {
            let mut values = [0.0; 8];
            values[*number] = 1.0;
            Embedding::new(values.to_vec())
        });
        Portrait { said: None, seen }
    };
    let field = Field {
        ranked,
        limits: &limits,
        seconds: 1000.0,
        portrait: &portrait,
        // A score above one marks what no clip may hold.
        barred: &|rated| rated.score > 1.0,
    };
    select(&field, demands)
}

fn starts(ranked: &[Rated], selection: &Selection) -> Vec<i64> {
    let start = |slot: &usize| ranked[*slot].span.range.start().fraction().0;
    selection.chosen.iter().map(start).collect()
}

fn check(raw: &[(i64, i64, f64)], counts: (usize, usize), demands: &[Demand], expected: &[i64]) {
    let ranked = ranked(raw);
    let found = selected(&ranked, counts, demands, &Shown::new());
    assert_eq!(starts(&ranked, &found), expected, "{found:?}");
}

#[test]
fn the_best_come_first_and_none_overlap() {
    let raw = [(0, 10, 0.5), (5, 15, 0.9), (15, 20, 0.7)];
    check(&raw, (1, 5), &[], &[5, 15]);
    check(&raw, (1, 1), &[], &[5]);
}

#[test]
fn equal_scores_are_decided_by_the_earlier_start() {
    check(&[(5, 10, 0.5), (0, 5, 0.5)], (1, 1), &[], &[0]);
}

#[test]
fn clips_spread_over_the_video() {
    let raw = [(500, 520, 0.9), (520, 540, 0.8), (900, 920, 0.79)];
    check(&raw, (1, 2), &[], &[500, 900]);
    let raw = [(500, 520, 0.9), (520, 540, 0.8), (900, 920, 0.6)];
    check(&raw, (1, 2), &[], &[500, 520]);
}

#[test]
fn what_was_shown_gives_way_to_what_was_not() {
    let ranked = ranked(&[(0, 10, 0.9), (300, 310, 0.8), (700, 710, 0.5)]);
    let shown = Shown::from([(0, 1), (300, 1), (700, 2)]);
    let found = selected(&ranked, (1, 5), &[], &shown);
    assert_eq!(starts(&ranked, &found), [0, 700]);
    let found = selected(&ranked, (3, 5), &[], &shown);
    assert_eq!(
        starts(&ranked, &found),
        [0, 300, 700],
        "the floor asks for three"
    );
}

#[test]
fn the_weak_are_taken_to_reach_the_floor_alone() {
    let raw = [(0, 10, 0.9), (300, 310, 0.3)];
    check(&raw, (1, 5), &[], &[0]);
    check(&raw, (2, 5), &[], &[0, 300]);
}

#[test]
fn where_the_best_takes_the_room_of_two_the_floor_wins() {
    let raw = [(10, 50, 0.9), (0, 30, 0.5), (30, 60, 0.6), (30, 55, 0.1)];
    check(&raw, (1, 5), &[], &[10]);
    check(&raw, (2, 5), &[], &[30, 0]);
    check(&raw, (4, 5), &[], &[30, 0]);
}

#[test]
fn what_must_be_is_whatever_it_scores() {
    let raw = [(0, 10, 0.9), (20, 30, 0.8), (40, 50, 0.1)];
    check(&raw, (1, 2), &[demand(&[(41, 43)])], &[0, 40]);
    let many = [demand(&[(41, 43)]), demand(&[(1, 2)]), demand(&[(21, 29)])];
    check(&raw, (1, 2), &many, &[0, 20, 40]);
}

#[test]
fn a_demand_gives_way_when_both_can_be_met() {
    // The best for the first would take the room of the only one for the second.
    let raw = [(0, 30, 0.9), (0, 15, 0.3), (15, 40, 0.2)];
    check(
        &raw,
        (1, 2),
        &[demand(&[(2, 4)]), demand(&[(35, 39)])],
        &[0, 15],
    );
}

#[test]
fn what_is_nowhere_is_told() {
    let ranked = ranked(&[(0, 10, 0.9)]);
    let demands = [demand(&[]), demand(&[(2, 3)]), demand(&[(50, 60)])];
    let mut found = selected(&ranked, (1, 2), &demands, &Shown::new());
    found.unmet.sort_unstable();
    assert_eq!((found.unmet, found.demanded), (vec![0, 2], vec![0]));
}

#[test]
fn what_no_clip_may_hold_is_left_out_unless_it_must_be() {
    let raw = [(0, 10, 1.5), (20, 30, 0.8)];
    check(&raw, (2, 2), &[], &[20]);
    check(&raw, (1, 2), &[demand(&[(1, 2)])], &[0, 20]);
    let raw = [(0, 10, 1.5), (0, 9, 0.1), (20, 30, 0.8)];
    check(&raw, (1, 2), &[demand(&[(1, 2)])], &[20, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn clips_never_overlap_and_their_number_is_in_its_bounds(
        raw in proptest::collection::vec((0..300_i64, 5..40_i64, 0..20_u8), 1..60),
        floor in 1..6_usize, more in 0..6_usize,
        must in proptest::collection::vec((0..300_i64, 1..10_i64), 0..4), shown in proptest::collection::vec(0..3_usize, 300),
    ) {
        let raw: Vec<_> = raw.iter().map(|&(s, l, v)| (s, s + l, f64::from(v) / 20.0)).collect();
        let demands: Vec<_> = must.iter().map(|&(start, length)| demand(&[(start, start + length)])).collect();
        let shown: Shown = (0..).zip(shown).collect();
        let all = ranked(&raw);
        let found = selected(&all, (floor, floor + more), &demands, &shown);
        let ranges: Vec<_> = found.chosen.iter().map(|slot| all[*slot].span.range).collect();
        for (slot, range) in ranges.iter().enumerate() {
            prop_assert!(!ranges[slot + 1..].iter().any(|other| other.overlaps(*range)));
        }
        prop_assert!(ranges.len() <= (floor + more).max(demands.len()));
        for (number, demand) in demands.iter().enumerate() {
            let held = ranges.iter().any(|range| demand.held_by(*range));
            prop_assert_eq!(held, !found.unmet.contains(&number));
            let possible = all.iter().any(|rated| demand.held_by(rated.span.range));
            prop_assert!(held || !possible || demands.len() > 1);
        }
        if demands.is_empty() {
            let mut by_end: Vec<_> = all.iter().map(|rated| rated.span.range).collect();
            by_end.sort_by_key(|range| range.end());
            let (mut room, mut until) = (0, None);
            for range in by_end {
                if until.is_none_or(|until| range.start() >= until) {
                    (room, until) = (room + 1, Some(range.end()));
                }
            }
            prop_assert!(ranges.len() >= floor.min(room), "{} of {floor}, {room} fit", ranges.len());
        }
    }

    #[test]
    fn the_order_of_what_is_asked_changes_nothing(
        raw in proptest::collection::vec((0..200_i64, 5..40_i64, 0..20_u8), 1..40),
        must in proptest::collection::vec((0..200_i64, 1..10_i64), 0..4),
    ) {
        let raw: Vec<_> = raw.iter().map(|&(s, l, v)| (s, s + l, f64::from(v) / 20.0)).collect();
        let backwards: Vec<_> = raw.iter().rev().copied().collect();
        let mut demands: Vec<_> = must.iter().map(|&(start, length)| demand(&[(start, start + length)])).collect();
        let (all, same) = (ranked(&raw), ranked(&backwards));
        prop_assert_eq!(&all, &same);
        let found = selected(&all, (2, 4), &demands, &Shown::new());
        demands.reverse();
        let other = selected(&same, (2, 4), &demands, &Shown::new());
        prop_assert_eq!(found.chosen, other.chosen);
    }
}
