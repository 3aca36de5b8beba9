use proptest::prelude::*;

use super::*;
use crate::clips::random::random;
use crate::clips::signals::{Signal, Values};

type Rows = Vec<(f64, Values)>;

fn chance(state: &mut u64) -> f64 {
    (random(state) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A taste for feeling, movement and faces, and against good light: little of what the built-in weights are.
fn taste() -> Weights {
    Weights::each(|signal| match signal {
        Signal::Sentiment => 4.0,
        Signal::Motion => 3.0,
        Signal::Faces => 2.0,
        Signal::Light => -2.0,
        _ => 0.1,
    })
}

/// Clips of some videos, the better half of each by `taste` kept; three signals are never known, one is here and there.
fn clips(videos: usize, clips: usize, taste: &Weights, seed: u64) -> Vec<Rows> {
    let mut state = seed;
    let mut clip = || {
        let mut values = Values::UNKNOWN;
        for signal in Signal::ALL.into_iter().skip(3) {
            values.set(signal, Some(chance(&mut state)));
        }
        if chance(&mut state) < 0.2 {
            values.set(Signal::Novelty, None);
        }
        let noise = 0.03 * (chance(&mut state) - 0.5);
        (taste.score(&values) + noise, values)
    };
    let mut video = |_| {
        let mut rows: Rows = (0..clips).map(|_| clip()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place =
            |(place, row): (usize, &mut (f64, Values))| row.0 = f64::from(place >= clips / 2);
        rows.iter_mut().enumerate().for_each(place);
        rows
    };
    (0..videos).map(&mut video).collect()
}

fn tuned(videos: usize, clips_each: usize) -> Tuned {
    let labels = Labels::new(clips(videos, clips_each, &taste(), 1));
    tune(&labels, &Weights::default()).unwrap()
}

#[test]
fn a_taste_is_recovered_from_labels() {
    let weights = tuned(20, 20).weights;
    let order = [Signal::Sentiment, Signal::Motion, Signal::Faces];
    let found = order.map(|signal| weights.of(signal));
    assert!(found.is_sorted_by(|a, b| a > b), "{found:?}");
    let others = Signal::ALL
        .into_iter()
        .skip(3)
        .filter(|s| !order.contains(s));
    let most = others.map(|s| weights.of(s)).fold(0.0, f64::max);
    assert!(found[2] > most, "{found:?} {most}");
    assert!(weights.of(Signal::Light) < -0.5);
}

#[test]
fn fitted_weights_rank_clips_better_that_nobody_labelled() {
    let Tuned { weights, held_out } = tuned(10, 20);
    let unseen = clips(30, 20, &taste(), 99);
    let quality = |weights: &Weights| {
        let of = |rows: &Rows| {
            let scored: Vec<_> = rows
                .iter()
                .map(|(label, v)| (weights.score(v), *label))
                .collect();
            ndcg::ndcg(&scored, usize::MAX)
        };
        unseen.iter().map(of).sum::<f64>() / 30.0
    };
    let gain = quality(&weights) - quality(&Weights::default());
    assert!(gain > 0.05, "{gain}");
    // What was promised is what came.
    let (low, high) = held_out.interval;
    assert!(low < gain && gain < high + 0.05, "{gain} {held_out:?}");
    assert!(held_out.fitted.ndcg_at_5 > held_out.base.ndcg_at_5);
    assert_eq!((held_out.unit, held_out.folds), (Unit::Groups, 5));
}

#[test]
fn the_labels_of_one_video_are_held_out_one_by_one() {
    assert_eq!(tuned(1, 200).held_out.unit, Unit::Labels);
}

#[test]
fn what_no_label_tells_about_stays_as_it_is() {
    let (weights, base) = (tuned(10, 20).weights, Weights::default());
    for signal in Signal::ALL.into_iter().take(3) {
        assert_eq!(weights.of(signal), base.of(signal));
    }
    let sum = |weights: &Weights| Signal::ALL.map(|s| weights.of(s).abs()).iter().sum::<f64>();
    assert!((sum(&weights) - sum(&base)).abs() < 0.02);
}

#[test]
fn five_labels_are_not_enough() {
    let labels = Labels::new(clips(1, 5, &taste(), 1));
    let refused = tune(&labels, &Weights::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "not enough labels: 5 can be compared, 20 are needed"
    );
}

#[test]
fn two_kept_of_many_are_not_enough() {
    let mut all = clips(1, 50, &taste(), 1);
    let rows = &mut all[0];
    (0..48).for_each(|row| rows[row].0 = 0.0);
    let refused = tune(&Labels::new(all), &Weights::default()).unwrap_err();
    let (better, worse) = (2, 48);
    assert_eq!(refused, NotEnough::OfAKind { better, worse });
}

#[test]
fn labels_that_mean_nothing_show_no_gain() {
    let mut claims = 0;
    for seed in 0..20 {
        let mut all = clips(8, 10, &taste(), seed);
        let mut state = seed;
        let rows = all.iter_mut().flatten();
        rows.for_each(|row| row.0 = (random(&mut state) % 2) as f64);
        match tune(&Labels::new(all), &Weights::default()) {
            Err(NotEnough::Gain(held_out)) => assert!(held_out.interval.0 <= 0.0),
            Err(other) => panic!("{other}"),
            Ok(_) => claims += 1,
        }
    }
    assert!(claims <= 2, "{claims} of 20");
}

#[test]
fn labels_that_the_built_in_weights_explain_show_no_gain() {
    let labels = Labels::new(clips(10, 20, &Weights::default(), 5));
    let refused = tune(&labels, &Weights::default()).unwrap_err();
    assert!(matches!(refused, NotEnough::Gain(_)), "{refused}");
}

#[test]
fn labels_against_the_built_in_weights_are_learnt_too() {
    let against = Weights::each(|signal| -Weights::default().of(signal));
    let labels = Labels::new(clips(10, 20, &against, 5));
    let weights = tune(&labels, &Weights::default()).unwrap().weights;
    assert!(weights.of(Signal::Hook) < 0.0 && weights.of(Signal::Keywords) < 0.0);
}

#[test]
fn any_increasing_scale_of_labels_is_the_same() {
    let graded = |scale: fn(f64) -> f64| {
        let mut all = clips(5, 30, &taste(), 3);
        for rows in &mut all {
            let count = rows.len();
            (0..count).for_each(|row| rows[row].0 = scale((row / 6) as f64));
        }
        tune(&Labels::new(all), &Weights::default())
    };
    assert_eq!(
        graded(|label| label),
        graded(|label| 1e6 * label.exp() - 7.0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn the_order_of_the_rows_changes_nothing(order in any::<u64>(), videos in 1..4_usize) {
        let all = clips(videos, 24, &taste(), 7);
        let mut state = order;
        let mut shuffled = all.clone();
        for rows in &mut shuffled {
            rows.sort_by_cached_key(|_| random(&mut state));
        }
        let of = |all: Vec<Rows>| tune(&Labels::new(all), &Weights::default());
        prop_assert_eq!(of(all), of(shuffled));
    }
}
