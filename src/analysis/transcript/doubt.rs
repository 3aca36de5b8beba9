//! Hallucination filter: drops text that the model makes of music, and text that it repeats.

use crate::timeline::{Segment, TimeRange, Transcript};

/// In music a segment must be as sure as this, as the geometric mean of its words: a saxophone gives 0.24, speech that
/// is hard to hear 0.2, but that is not music.
const SURE_IN_MUSIC: f64 = 0.35;
/// So many equal segments in a row are believed.
const BELIEVED: usize = 2;

/// Drops segments that lie in music for more than half their time and of which the model is not sure.
///
/// `music` are segments in which music and nobody is heard, in order.
pub fn drop_doubtful(transcript: &mut Transcript, music: &[TimeRange]) {
    transcript.segments.retain(|segment| {
        in_music(segment.range, music) <= 0.5 || sureness(segment) >= SURE_IN_MUSIC
    });
}

/// Drops segments that say the same as the ones before them once too often: the model's way of being lost.
pub(super) fn drop_repeats(segments: &mut Vec<Segment>) {
    let mut run: (String, usize) = (String::new(), 0);
    segments.retain(|segment| {
        let said = segment.text.to_lowercase();
        run = if said == run.0 {
            (said, run.1 + 1)
        } else {
            (said, 1)
        };
        run.1 <= BELIEVED
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

    /// Returns a segment from 1 s to 2 s.
    fn segment(text: &str, confidences: &[f32]) -> Segment {
        let words = confidences.iter().map(|&confidence| Word {
            text: text.into(),
            range: range(10, 20),
            confidence,
            space_before: true,
        });
        Segment {
            range: range(10, 20),
            text: text.into(),
            words: words.collect(),
        }
    }

    /// Keeps a segment with music up to `until` tenths of a second?
    fn is_kept(confidences: &[f32], until: i64) -> bool {
        let mut transcript = Transcript {
            language: "en".into(),
            segments: vec![segment("oh", confidences)],
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

    #[test]
    fn a_third_equal_segment_in_a_row_is_dropped() {
        let said = ["no", "No", "no", "no", "yes", "no"];
        let mut segments = said.map(|text| segment(text, &[1.0])).to_vec();
        drop_repeats(&mut segments);
        let left: Vec<_> = segments.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(left, ["no", "No", "yes", "no"]);
    }
}
