//! What speaks for a span, and how much.

use super::{Limits, Signals, Span};
use crate::timeline::{Shot, Transition};

/// Signals and their weights; the weights sum to one.
const WEIGHTS: [(&str, f64); 3] = [("length", 0.4), ("rhythm", 0.4), ("opening", 0.2)];
/// Shots a second at which the rhythm counts half.
const LIVELY: f64 = 0.2;

/// A span with its score taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Which stretch.
    pub span: Span,
    /// The weighted sum of the signals, 0..1.
    pub score: f64,
    /// What the score is made of.
    pub signals: Signals,
    /// One line for people.
    pub reason: String,
}

/// Scores a span of `shots`.
///
/// `length`: nearness to the middle of the limits. `rhythm`: shots a second, saturating. `opening`: it begins at a cut
/// or with the video, not in a gradual transition.
pub fn score(span: Span, shots: &[Shot], limits: &Limits) -> Scored {
    let seconds = span.range.duration().as_secs_f64();
    let (first, count) = span.shots;
    let rate = count as f64 / seconds;
    let opening = match shots[first].transition {
        Transition::Gradual => 0.5,
        Transition::Start | Transition::Cut => 1.0,
    };
    let signals = Signals::from([
        ("length", length_signal(seconds, limits)),
        ("rhythm", rate / (rate + LIVELY)),
        ("opening", opening),
    ]);
    let score = WEIGHTS
        .iter()
        .map(|(name, weight)| weight * signals[name])
        .sum();
    let plural = if count == 1 { "shot" } else { "shots" };
    let begins = match shots[first].transition {
        Transition::Start => "from the beginning",
        Transition::Cut => "from a cut",
        Transition::Gradual => "out of a gradual transition",
    };
    Scored {
        span,
        score,
        signals,
        reason: format!("{count} {plural} in {seconds:.1} s, {begins}"),
    }
}

fn length_signal(seconds: f64, limits: &Limits) -> f64 {
    let (min, max) = (limits.min.as_secs_f64(), limits.max.as_secs_f64());
    let half = (max - min) / 2.0;
    match half > 0.0 {
        true => (1.0 - (seconds - (min + half)).abs() / half).clamp(0.0, 1.0),
        false => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{TimeRange, Timestamp};
    use std::time::Duration;

    fn scored(seconds: i64, count: usize, transition: Transition) -> Scored {
        let at = |s| Timestamp::new(s, 1).unwrap();
        let range = TimeRange::new(at(0), at(seconds)).unwrap();
        let shot = Shot {
            range,
            start_frame: 0,
            end_frame: 1,
            transition,
        };
        let limits = Limits {
            count: 1,
            min: Duration::from_secs(10),
            max: Duration::from_secs(30),
        };
        score(
            Span {
                range,
                shots: (0, count),
            },
            &[shot],
            &limits,
        )
    }

    #[test]
    fn the_score_is_the_weighted_sum_of_its_signals() {
        let all = scored(20, 4, Transition::Cut);
        assert_eq!(all.signals["length"], 1.0);
        assert!((all.signals["rhythm"] - 0.5).abs() < 1e-9);
        assert!((all.score - 0.8).abs() < 1e-9);
        assert_eq!(all.reason, "4 shots in 20.0 s, from a cut");
    }

    #[test]
    fn a_cut_opens_better_than_a_dissolve() {
        assert!(scored(20, 1, Transition::Cut).score > scored(20, 1, Transition::Gradual).score);
    }
}
