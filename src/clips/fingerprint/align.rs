//! Two series laid over each other at every offset: where they agree best, and how surely.

use std::f64::consts::FRAC_1_SQRT_2;

/// Steps of one sample in which the second series is moved: the samples of two files never fall together.
const PHASES: u32 = 4;
/// Neighbours farther apart than this no longer tell of each other.
const MEMORY: usize = 20;
/// Samples on either side that a sample is held against.
const AROUND: usize = 5;

/// Where two series agree best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alignment {
    /// How much later the same is in the first than in the second, in samples.
    pub(super) offset: f64,
    /// How many times its own error the agreement is.
    pub(super) certainty: f64,
}

/// What counts as agreement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Samples that are shared at least.
    pub(super) least: usize,
    /// Over fewer samples, how alike neighbours are is judged by these too and not by the whole series alone.
    pub(super) many: usize,
    /// The least correlation of the series, and of what differs from the samples around.
    pub(super) alike: [f64; 2],
}

/// Returns where two series agree most surely, or `None` where they do not agree.
///
/// `between` returns what lies between two neighbouring samples, so far on from the first.
pub(super) fn align(
    a: &[f64],
    b: &[f64],
    rules: &Rules,
    between: &dyn Fn(f64, f64, f64) -> f64,
) -> Option<Alignment> {
    let mut best: Option<Alignment> = None;
    for phase in 0..PHASES {
        let share = f64::from(phase) / f64::from(PHASES);
        let moved = moved(b, share, between);
        let pairs = [
            Pair::new(a.to_vec(), moved.clone()),
            Pair::new(detail(a), detail(&moved)),
        ];
        for shift in -(moved.len() as i64)..a.len() as i64 {
            let Some(certainty) = certainty(&pairs, shift, rules) else {
                continue;
            };
            if best.is_none_or(|best| certainty > best.certainty) {
                let offset = shift as f64 - share;
                best = Some(Alignment { offset, certainty });
            }
        }
    }
    best
}

/// Returns how sure both pairs together are at a shift, or `None` where they do not agree.
fn certainty(pairs: &[Pair; 2], shift: i64, rules: &Rules) -> Option<f64> {
    let mut sum = 0.0;
    for (pair, alike) in pairs.iter().zip(rules.alike) {
        sum += pair.certainty(shift, rules, alike)?;
    }
    // The sum of two numbers that chance makes about one large has itself one of √2.
    Some(sum * FRAC_1_SQRT_2)
}

/// Two series, and how many samples of them tell as much as an independent one.
struct Pair {
    a: Vec<f64>,
    b: Vec<f64>,
    stretch: f64,
}

impl Pair {
    fn new(a: Vec<f64>, b: Vec<f64>) -> Self {
        let stretch = stretch(&a, &b);
        Self { a, b, stretch }
    }

    /// Returns Fisher's z of the correlation at a shift, in its own standard errors.
    fn certainty(&self, shift: i64, rules: &Rules, alike: f64) -> Option<f64> {
        let (x, y) = common(&self.a, &self.b, shift);
        if x.len() < rules.least {
            return None;
        }
        let r = correlation(x, y).filter(|r| *r >= alike)?.min(0.999);
        let stretch = match x.len() < rules.many {
            true => self.stretch.max(stretch(x, y)),
            false => self.stretch,
        };
        let independent = x.len() as f64 / stretch;
        Some(r.atanh() * (independent - 3.0).max(0.0).sqrt())
    }
}

/// Returns a series so far on between its samples: one sample shorter where it moves at all.
fn moved(all: &[f64], share: f64, between: &dyn Fn(f64, f64, f64) -> f64) -> Vec<f64> {
    match share > 0.0 {
        true => all
            .windows(2)
            .map(|pair| between(pair[0], pair[1], share))
            .collect(),
        false => all.to_vec(),
    }
}

/// Returns how each sample differs from the mean of those around it: what slow changes hide.
fn detail(all: &[f64]) -> Vec<f64> {
    let around = |slot: usize| {
        let near = &all[slot.saturating_sub(AROUND)..all.len().min(slot + AROUND + 1)];
        all[slot] - near.iter().sum::<f64>() / near.len() as f64
    };
    (0..all.len()).map(around).collect()
}

/// Returns what two series share when the second begins `shift` samples later than the first.
fn common<'s>(a: &'s [f64], b: &'s [f64], shift: i64) -> (&'s [f64], &'s [f64]) {
    let later = usize::try_from(shift).unwrap_or(0).min(a.len());
    let earlier = usize::try_from(-shift).unwrap_or(0).min(b.len());
    let (a, b) = (&a[later..], &b[earlier..]);
    let length = a.len().min(b.len());
    (&a[..length], &b[..length])
}

/// Returns how much two series of the same length vary together, −1..1, or `None` where one does not vary.
pub(super) fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let count = x.len() as f64;
    let (mut sx, mut sy, mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        sx += x;
        sy += y;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let (xx, yy) = (xx - sx * sx / count, yy - sy * sy / count);
    let both = (xx * yy).sqrt();
    (both > 1e-9).then(|| ((xy - sx * sy / count) / both).clamp(-1.0, 1.0))
}

/// Returns how many samples of two series tell as much as one independent one, after Bartlett.
fn stretch(a: &[f64], b: &[f64]) -> f64 {
    let product = |lag: usize| {
        let own = |all: &[f64]| {
            let later = all.get(lag..).filter(|later| later.len() > MEMORY / 2)?;
            correlation(&all[..later.len()], later)
        };
        own(a).zip(own(b)).map_or(0.0, |(a, b)| (a * b).max(0.0))
    };
    1.0 + 2.0 * (1..=MEMORY).map(product).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        least: 20,
        many: 80,
        alike: [0.85, 0.5],
    };

    fn linear(x: f64, y: f64, share: f64) -> f64 {
        x + (y - x) * share
    }

    #[test]
    fn a_part_of_a_series_is_found_where_it_is() {
        let all: Vec<f64> = (0..300).map(|n| f64::from(n * n % 997)).collect();
        let found = align(&all, &all[70..150], &RULES, &linear).unwrap();
        assert_eq!(found.offset, 70.0);
        assert!(found.certainty > 10.0);
        let back = align(&all[70..150], &all, &RULES, &linear).unwrap();
        assert_eq!(back.offset, -70.0);
    }

    #[test]
    fn a_series_that_does_not_vary_agrees_with_nothing() {
        assert_eq!(align(&[1.0; 50], &[1.0; 50], &RULES, &linear), None);
        assert_eq!(align(&[1.0, 2.0], &[1.0, 2.0], &RULES, &linear), None);
    }

    proptest! {
        #[test]
        fn a_correlation_is_in_its_bounds(raw in proptest::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 2..60)) {
            let (x, y): (Vec<f64>, Vec<f64>) = raw.into_iter().unzip();
            if let Some(r) = correlation(&x, &y) {
                prop_assert!((-1.0..=1.0).contains(&r));
            }
            if let Some(own) = correlation(&x, &x) {
                prop_assert!((own - 1.0).abs() < 1e-9);
            }
        }
    }
}
