//! Doubt: words that the recogniser can hardly have heard. A wrong word in large letters is worse than none.

use std::time::Duration;

use super::{Cue, CueRules, TextWidth, lay_out_drawn_cues};
use crate::timeline::{Segment, TimeRange, Transcript, Word};

/// The longest that a word is spoken: what lasts longer was stretched over something that was not understood.
const LONGEST: Duration = Duration::from_millis(1500);
/// The least confidence of a word.
const LEAST: f32 = 0.05;
/// The least confidence of a cue on average.
const LEAST_OF_CUE: f32 = 0.4;

/// Tells a word that does not belong into the picture: too long to be one, or as good as guessed.
///
/// A confidence that is no number says nothing against it.
pub fn is_doubtful(word: &Word) -> bool {
    word.range.duration() > LONGEST || word.confidence < LEAST
}

/// Returns what is said without the words that do not belong into the picture.
pub fn without_doubtful_words(said: &Transcript) -> Transcript {
    with_words(said, |word| !is_doubtful(word))
}

/// Returns what is said with these of its words alone.
fn with_words(said: &Transcript, is_kept: impl Fn(&Word) -> bool) -> Transcript {
    let segment = |segment: &Segment| {
        let words = segment.words.iter();
        let words: Vec<Word> = words.filter(|word| is_kept(word)).cloned().collect();
        // A segment that has no words left must not be taken for one whose words have no times.
        let kept = segment.words.is_empty() || !words.is_empty();
        kept.then(|| Segment {
            words,
            ..segment.clone()
        })
    };
    Transcript {
        language: said.language.clone(),
        segments: said.segments.iter().filter_map(segment).collect(),
    }
}

/// Returns the cues that are sure enough to stand in the picture; the time of the others is left to their neighbours.
///
/// `said` has no doubtful words.
pub fn lay_out_sure_cues(mut said: Transcript, rules: &CueRules, drawn: TextWidth<'_>) -> Vec<Cue> {
    loop {
        let cues = lay_out_drawn_cues(&said, rules, drawn);
        let doubtful = cues.iter().filter(|cue| cue.is_doubtful());
        let spoken: Vec<TimeRange> = doubtful
            .flat_map(|cue| cue.words().map(|word| word.range))
            .collect();
        let sure = with_words(&said, |word| {
            let start = word.range.start();
            !spoken.iter().any(|time| time.contains(start))
        });
        // What has no words of its own keeps its text, and each round has fewer words.
        if sure.words().count() == said.words().count() {
            return cues.into_iter().filter(|cue| !cue.is_doubtful()).collect();
        }
        said = sure;
    }
}

impl Cue {
    /// Tells whether it is too unsure on average to stand in the picture.
    pub fn is_doubtful(&self) -> bool {
        let sum: f32 = self.words().map(|word| word.confidence).sum();
        sum / (self.words().count() as f32) < LEAST_OF_CUE
    }
}

#[cfg(test)]
mod tests {
    use super::super::lay_out_cues;
    use super::*;
    use crate::timeline::Timestamp;

    /// A transcript of `(text, seconds, confidence)`, one word after the other.
    fn said(words: &[(&str, f64, f32)]) -> Transcript {
        let mut time = 0.0;
        let words = words.iter().map(|&(text, seconds, confidence)| {
            let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
            let range = TimeRange::new(at(time), at(time + seconds)).unwrap();
            time += seconds;
            Word {
                text: text.into(),
                range,
                confidence,
                space_before: true,
            }
        });
        let words: Vec<Word> = words.collect();
        let range = TimeRange::new(words[0].range.start(), words[words.len() - 1].range.end());
        Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range: range.unwrap(),
                text: String::new(),
                words,
            }],
        }
    }

    fn kept(words: &[(&str, f64, f32)]) -> String {
        let sure = without_doubtful_words(&said(words));
        let texts: Vec<&str> = sure.words().map(|word| word.text.as_str()).collect();
        texts.join(" ")
    }

    #[test]
    fn a_word_that_is_stretched_or_guessed_is_left_out() {
        let words = [
            ("Hello,", 0.4, 0.9),
            ("Nottingham.", 3.2, 0.8),
            ("Jean", 0.3, 0.02),
            ("is", 1.5, 0.05),
            ("here.", 0.3, f32::NAN),
        ];
        assert_eq!(kept(&words), "Hello, is here.");
    }

    #[test]
    fn nothing_is_left_of_a_segment_of_guesses_alone() {
        let sure = without_doubtful_words(&said(&[("Mimo", 0.3, 0.01), ("is", 2.0, 0.9)]));
        assert_eq!(sure.segments, []);
    }

    #[test]
    fn a_cue_takes_the_time_of_one_that_is_left_out() {
        let words = [
            ("Yeah.", 0.1, 0.9),
            ("Pope", 0.3, 0.2),
            ("or.", 0.3, 0.2),
            ("Good.", 1.0, 0.9),
        ];
        let rules = CueRules {
            min: Duration::from_millis(500),
            shares_sentences: false,
            ..CueRules::default()
        };
        let drawn = |text: &str| super::super::columns(text) as f64;
        let cues = lay_out_sure_cues(said(&words), &rules, &drawn);
        let texts: Vec<String> = cues.iter().map(|cue| cue.lines()[0].text()).collect();
        assert_eq!(texts, ["Yeah.", "Good."]);
        assert!(cues[0].range.duration() >= rules.min, "{:?}", cues[0].range);
    }

    #[test]
    fn what_is_said_without_times_of_its_words_stays_beside_what_is_left_out() {
        let mut heard = said(&[("Pope", 0.3, 0.2), ("or.", 0.3, 0.2)]);
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        heard.segments.push(Segment {
            range: TimeRange::new(at(2.0), at(4.0)).unwrap(),
            text: "Hello there.".into(),
            words: Vec::new(),
        });
        let drawn = |text: &str| super::super::columns(text) as f64;
        let cues = lay_out_sure_cues(heard, &CueRules::default(), &drawn);
        let texts: Vec<String> = cues.iter().map(|cue| cue.lines()[0].text()).collect();
        assert_eq!(texts, ["Hello there."]);
    }

    #[test]
    fn a_cue_that_is_unsure_on_average_is_doubtful() {
        let doubtful = |confidences: [f32; 3]| {
            let words = ["And", "then", "Pope"].into_iter().zip(confidences);
            let words: Vec<_> = words.map(|(text, sure)| (text, 0.4, sure)).collect();
            lay_out_cues(&said(&words), &CueRules::default())[0].is_doubtful()
        };
        assert!(doubtful([0.14, 0.5, 0.12]));
        assert!(!doubtful([0.14, 0.9, 0.3]));
        assert!(!doubtful([f32::NAN; 3]));
    }
}
