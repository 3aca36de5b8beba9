//! Correlation of two sounds.

use std::ops::RangeInclusive;

/// How alike two sounds are where they are most alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundMatch {
    /// -1 to 1.
    pub correlation: f64,
    /// Samples by which the second is behind the first.
    pub shift: isize,
}

/// Returns where two sounds are most alike when the second is behind the first by one of `shifts`; of no more than a quarter of
/// their length.
pub fn best_match(a: &[f32], b: &[f32], shifts: RangeInclusive<isize>) -> SoundMatch {
    let most = isize::try_from(a.len() / 4).unwrap_or(isize::MAX);
    let shifts = *shifts.start().max(&-most)..=*shifts.end().min(&most);
    let at = |shift: isize| {
        let (skip_a, skip_b) = (shift.min(0).unsigned_abs(), shift.max(0).unsigned_abs());
        let (a, b) = (&a[skip_a.min(a.len())..], &b[skip_b.min(b.len())..]);
        let (mut both, mut of_a, mut of_b) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (&a, &b) in a.iter().zip(b) {
            let (a, b) = (f64::from(a), f64::from(b));
            (both, of_a, of_b) = (both + a * b, of_a + a * a, of_b + b * b);
        }
        let scale = (of_a * of_b).sqrt();
        let correlation = if scale > 0.0 { both / scale } else { 0.0 };
        SoundMatch { correlation, shift }
    };
    let none = SoundMatch {
        correlation: -1.0,
        shift: 0,
    };
    shifts.map(at).fold(none, |best, found| {
        // Of equals the one with the least shift.
        let is_nearer = found.shift.abs() < best.shift.abs();
        if found.correlation > best.correlation
            || found.correlation == best.correlation && is_nearer
        {
            found
        } else {
            best
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sound that is never the same again.
    fn noise(samples: usize) -> Vec<f32> {
        let mut state = 1_u64;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        std::iter::repeat_with(next).take(samples).collect()
    }

    /// The correlation where the two are at most `lag` apart.
    fn alike(a: &[f32], b: &[f32], lag: isize) -> f64 {
        best_match(a, b, -lag..=lag).correlation
    }

    #[test]
    fn a_sound_is_found_in_itself_up_to_the_lag_and_no_further() {
        let sound = noise(4000);
        assert!((alike(&sound, &sound, 0) - 1.0).abs() < 1e-9);
        assert!((alike(&sound, &sound[7..], 7) - 1.0).abs() < 1e-9);
        assert!((alike(&sound[7..], &sound, 7) - 1.0).abs() < 1e-9);
        assert!(alike(&sound, &sound[7..], 6) < 0.5);
    }

    #[test]
    fn the_shift_tells_which_is_behind() {
        let sound = noise(4000);
        assert_eq!(best_match(&sound[7..], &sound, -20..=20).shift, 7);
        assert_eq!(best_match(&sound, &sound[7..], -20..=20).shift, -7);
        assert!((3..=20).contains(&best_match(&sound, &sound, 3..=20).shift));
        assert_eq!(best_match(&[0.0; 400], &sound, -20..=20).shift, 0);
    }

    #[test]
    fn upside_down_is_as_far_off_as_can_be_and_silence_is_like_nothing() {
        let sound = noise(400);
        let turned: Vec<f32> = sound.iter().map(|sample| -sample).collect();
        assert!((alike(&sound, &turned, 0) + 1.0).abs() < 1e-9);
        assert_eq!(alike(&sound, &[0.0; 400], 10), 0.0);
    }
}
