//! Two series laid over each other at every offset: where they agree best, and how surely.

/// Steps of one sample in which the second series is moved: the samples of two files never fall together.
const PHASES: u32 = 4;
/// Neighbours farther apart than this no longer tell of each other.
const MEMORY: usize = 20;

/// Where two series agree best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alignment {
    /// How much later the same is in the first than in the second, in samples.
    pub(super) offset: f64,
    /// How many times its own error the agreement is.
    pub(super) certainty: f64,
}

/// Returns where two series agree most surely, sharing `least` samples or more; `None` where they cannot share as many.
///
/// `between` returns what lies between two neighbouring samples, so far on from the first.
pub(super) fn align(
    a: &[f64],
    b: &[f64],
    least: usize,
    between: &dyn Fn(f64, f64, f64) -> f64,
) -> Option<Alignment> {
    let stretch = stretch(a, b);
    let mut best: Option<Alignment> = None;
    for phase in 0..PHASES {
        let share = f64::from(phase) / f64::from(PHASES);
        let moved: Vec<f64> = match phase {
            0 => b.to_vec(),
            _ => b
                .windows(2)
                .map(|pair| between(pair[0], pair[1], share))
                .collect(),
        };
        let (first, last) = (-(moved.len() as i64), a.len() as i64);
        for shift in first..last {
            let (x, y) = common(a, &moved, shift);
            if x.len() < least {
                continue;
            }
            let Some(r) = correlation(x, y) else { continue };
            let certainty = certainty(r, x.len() as f64 / stretch);
            if best.is_none_or(|best| certainty > best.certainty) {
                let offset = shift as f64 - share;
                best = Some(Alignment { offset, certainty });
            }
        }
    }
    best
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

/// Returns Fisher's z of a correlation of so many independent samples, in its own standard errors.
fn certainty(r: f64, independent: f64) -> f64 {
    r.clamp(-0.999, 0.999).atanh() * (independent - 3.0).max(0.0).sqrt()
}

/// Returns how many samples of two series tell as much as one independent one, after Bartlett.
fn stretch(a: &[f64], b: &[f64]) -> f64 {
    let product = |lag: usize| {
        let own = |all: &[f64]| {
            let later = all.get(lag..)?;
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

    fn linear(x: f64, y: f64, share: f64) -> f64 {
        x + (y - x) * share
    }

    #[test]
    fn a_part_of_a_series_is_found_where_it_is() {
        let all: Vec<f64> = (0..300).map(|n| f64::from(n * n % 997)).collect();
        let found = align(&all, &all[70..150], 20, &linear).unwrap();
        assert_eq!(found.offset, 70.0);
        assert!(found.certainty > 10.0);
        let back = align(&all[70..150], &all, 20, &linear).unwrap();
        assert_eq!(back.offset, -70.0);
    }

    #[test]
    fn a_series_that_does_not_vary_agrees_with_nothing() {
        assert_eq!(align(&[1.0; 50], &[1.0; 50], 20, &linear), None);
        assert_eq!(align(&[1.0, 2.0], &[1.0, 2.0], 20, &linear), None);
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
