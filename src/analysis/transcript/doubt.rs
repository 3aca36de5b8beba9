//! Text that was not said: what the model makes of music.

use crate::timeline::{Segment, TimeRange, Transcript};

/// In music a segment must be as sure as this, as the geometric mean of its words: a saxophone gives 0.24, speech that
/// is hard to hear 0.2, but that is not music.
const SURE_IN_MUSIC: f64 = 0.35;

/// Drops segments that lie in music for more than half their time and of which the model is not sure.
///
/// `music` are stretches in which music and nobody is heard, in order.
pub fn drop_doubtful(transcript: &mut Transcript, music: &[TimeRange]) {
    transcript.segments.retain(|segment| {
        in_music(segment.range, music) <= 0.5 || sureness(segment) >= SURE_IN_MUSIC
    });
}

fn in_music(range: TimeRange, music: &[TimeRange]) -> f64 {
    let shared = music.iter().filter_map(|music| {
        let start = music.start().max(range.start());
        TimeRange::new(start, music.end().min(range.end()))
    });
    let shared: f64 = shared.map(|part| part.duration().as_secs_f64()).sum();
    shared / range.duration().as_secs_f64()
}

fn sureness(segment: &Segment) -> f64 {
    let logs = segment
        .words
        .iter()
        .map(|word| f64::from(word.confidence).max(1e-9).ln());
    (logs.sum::<f64>() / segment.words.len().max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Timestamp, Word};

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |tenths| Timestamp::new(tenths, 10).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    /// Keeps a segment from 1 s to 2 s with music up to `until` tenths of a second?
    fn is_kept(confidences: &[f32], until: i64) -> bool {
        let words = confidences.iter().map(|&confidence| Word {
            text: "oh".into(),
            range: range(10, 20),
            confidence,
            space_before: true,
        });
        let segment = Segment {
            range: range(10, 20),
            text: "oh".into(),
            words: words.collect(),
        };
        let mut transcript = Transcript {
            language: "en".into(),
            segments: vec![segment],
        };
        drop_doubtful(&mut transcript, &[range(0, until)]);
        !transcript.segments.is_empty()
    }

    #[test]
    fn in_music_one_sure_word_does_not_make_a_sentence() {
        assert!(!is_kept(&[0.02, 0.09, 0.9, 0.9], 20));
        assert!(is_kept(&[0.5, 0.6, 0.9, 0.9], 20));
    }

    #[test]
    fn outside_music_unsure_speech_is_kept() {
        assert!(is_kept(&[0.2, 0.2], 14));
        assert!(!is_kept(&[0.2, 0.2], 16));
    }
}
