//! Correlation of two sounds.

/// Returns the highest correlation of two sounds that are at most `lag` samples apart, -1 to 1.
pub fn correlation(a: &[f32], b: &[f32], lag: usize) -> f64 {
    let lag = lag.min(a.len() / 4);
    let shifts = (0..=lag).flat_map(|shift| [(shift, 0), (0, shift)]);
    let at = |(skip_a, skip_b): (usize, usize)| {
        let (a, b) = (&a[skip_a.min(a.len())..], &b[skip_b.min(b.len())..]);
        let (mut both, mut of_a, mut of_b) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (&a, &b) in a.iter().zip(b) {
            let (a, b) = (f64::from(a), f64::from(b));
            (both, of_a, of_b) = (both + a * b, of_a + a * a, of_b + b * b);
        }
        let scale = (of_a * of_b).sqrt();
        if scale > 0.0 { both / scale } else { 0.0 }
    };
    shifts.map(at).fold(-1.0, f64::max)
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

    #[test]
    fn a_sound_is_found_in_itself_up_to_the_lag_and_no_further() {
        let sound = noise(4000);
        assert!((correlation(&sound, &sound, 0) - 1.0).abs() < 1e-9);
        assert!((correlation(&sound, &sound[7..], 7) - 1.0).abs() < 1e-9);
        assert!((correlation(&sound[7..], &sound, 7) - 1.0).abs() < 1e-9);
        assert!(correlation(&sound, &sound[7..], 6) < 0.5);
    }

    #[test]
    fn upside_down_is_as_far_off_as_can_be_and_silence_is_like_nothing() {
        let sound = noise(400);
        let turned: Vec<f32> = sound.iter().map(|sample| -sample).collect();
        assert!((correlation(&sound, &turned, 0) + 1.0).abs() < 1e-9);
        assert_eq!(correlation(&sound, &[0.0; 400], 10), 0.0);
    }
}
