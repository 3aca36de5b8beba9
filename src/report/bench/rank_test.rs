//! Rank test: how likely values would lie so far apart if nothing had changed (Mann and Whitney, one-sided, exact).

/// Returns the probability that `higher` would rank as high above `lower` as it does if both were of one kind, 0 to 1.
///
/// Ties count as half. Nothing is known of an empty side: 1.
pub(super) fn chance_of_higher(lower: &[f64], higher: &[f64]) -> f64 {
    if lower.is_empty() || higher.is_empty() {
        return 1.0;
    }
    // Doubled, so that a tie is a whole number.
    let above = |one: &f64| -> usize {
        let score = |other: &f64| match one.total_cmp(other) {
            std::cmp::Ordering::Greater => 2,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Less => 0,
        };
        lower.iter().map(score).sum()
    };
    let doubled: usize = higher.iter().map(above).sum();
    let counts = counts_of_u(lower.len(), higher.len());
    let all: f64 = counts.iter().sum();
    let as_high: f64 = counts.iter().skip(doubled.div_ceil(2)).sum();
    as_high / all
}

/// Returns in how many of the orders of `m + n` values each number of pairs has the second kind above the first, 0 to `m n`.
fn counts_of_u(m: usize, n: usize) -> Vec<f64> {
    // One more value of the second kind on top is above all of the first; one of the first adds nothing.
    let mut rows = vec![vec![1.0]; n + 1];
    for first in 1..=m {
        let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
        for second in 1..=n {
            let mut counts = vec![0.0; first * second + 1];
            for (u, count) in rows[second].iter().enumerate() {
                counts[u] += count;
            }
            for (u, count) in next[second - 1].iter().enumerate() {
                counts[u + first] += count;
            }
            next.push(counts);
        }
        rows = next;
    }
    rows.swap_remove(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_distribution_is_that_of_the_tables() {
        // 3 against 3: U from 0 to 9 in 1 1 2 3 3 3 3 2 1 1 of 20 orders.
        let counts = counts_of_u(3, 3);
        assert_eq!(counts, [1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.0, 1.0]);
        assert_eq!(counts_of_u(5, 5).iter().sum::<f64>(), 252.0);
    }

    #[test]
    fn values_that_lie_apart_are_unlikely_and_equal_ones_are_not() {
        let (low, high) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]);
        assert!((chance_of_higher(&low, &high) - 0.05).abs() < 1e-12);
        assert_eq!(chance_of_higher(&high, &low), 1.0);
        assert!(chance_of_higher(&[1.0; 3], &[1.0; 3]) > 0.4);
        assert_eq!(chance_of_higher(&[], &high), 1.0);
    }

    proptest! {
        #[test]
        fn a_chance_is_one_and_falls_as_values_rise(
            lower in proptest::collection::vec(0.0..1.0_f64, 1..9),
            higher in proptest::collection::vec(0.0..1.0_f64, 1..9),
            rise in 0.0..1.0_f64,
        ) {
            let raised: Vec<f64> = higher.iter().map(|value| value + rise).collect();
            let (before, after) = (chance_of_higher(&lower, &higher), chance_of_higher(&lower, &raised));
            prop_assert!((0.0..=1.0).contains(&before) && after <= before);
        }
    }
}
