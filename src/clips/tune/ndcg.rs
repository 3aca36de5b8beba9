//! NDCG: how close an order comes to the best one.

/// Returns the normalised discounted cumulative gain of the first `places` when (score, gain) are put in order of score.
///
/// 1 is the best order there can be, also where there is nothing to gain. Equal scores share what they gain together.
pub(super) fn ndcg(scored: &[(f64, f64)], places: usize) -> f64 {
    let best = dcg(
        scored.iter().map(|&(_, gain)| (gain, gain)).collect(),
        places,
    );
    if best > 0.0 {
        dcg(scored.to_vec(), places) / best
    } else {
        1.0
    }
}

fn dcg(mut scored: Vec<(f64, f64)>, places: usize) -> f64 {
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let gains = scored.chunk_by(|a, b| a.0 == b.0).flat_map(|tied| {
        let mean = tied.iter().map(|(_, gain)| gain).sum::<f64>() / tied.len() as f64;
        std::iter::repeat_n(mean, tied.len())
    });
    let discounted = gains.take(places).zip(2_u32..);
    discounted
        .map(|(gain, place)| gain / f64::from(place).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_value_is_that_of_the_definition() {
        let scored = [(3.0, 0.0), (2.0, 1.0), (1.0, 0.5)];
        let expected = (1.0 / 3_f64.log2() + 0.5 / 2.0) / (1.0 + 0.5 / 3_f64.log2());
        assert!((ndcg(&scored, 9) - expected).abs() < 1e-12);
        assert_eq!(ndcg(&scored, 1), 0.0);
    }

    #[test]
    fn equal_scores_share_their_gain() {
        let of = |gains: [f64; 2]| ndcg(&gains.map(|gain| (0.5, gain)), 9);
        assert_eq!(of([1.0, 0.0]), of([0.0, 1.0]));
        assert!((of([1.0, 0.0]) - (1.0 + 1.0 / 3_f64.log2()) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn where_there_is_nothing_to_gain_every_order_is_the_best() {
        assert_eq!(ndcg(&[(1.0, 0.0), (2.0, 0.0)], 5), 1.0);
        assert_eq!(ndcg(&[], 5), 1.0);
    }

    proptest! {
        #[test]
        fn no_order_is_better_than_that_of_the_gains(scored in proptest::collection::vec((0.0..1.0, 0.0..1.0), 1..20), places in 1..25_usize) {
            let value = ndcg(&scored, places);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&value));
            let by_gain: Vec<_> = scored.iter().map(|&(_, gain)| (gain, gain)).collect();
            prop_assert!((ndcg(&by_gain, places) - 1.0).abs() < 1e-9);
        }
    }
}
