use std::time::Duration;

use super::{TextFeatures, TextSignals, Wanted, text_signals};
use crate::analysis::Embedding;
use crate::timeline::{Paragraph, Segment, TimeRange, Timestamp, Transcript, Word};
use proptest::prelude::*;

fn range(start: i64, end: i64) -> TimeRange {
    let at = |ms| Timestamp::new(ms, 1000).unwrap();
    TimeRange::new(at(start), at(end)).unwrap()
}

/// Two words a second, each 400 ms long; `_` is half a second of silence.
fn talk(language: &str, text: &str) -> Transcript {
    let words = text.split_whitespace().zip(0_i64..);
    let words = words
        .filter(|(text, _)| *text != "_")
        .map(|(text, i)| Word {
            text: text.into(),
            range: range(500 * i, 500 * i + 400),
            confidence: 1.0,
            space_before: true,
        });
    Transcript {
        language: language.into(),
        segments: vec![Segment {
            range: range(0, 3_600_000),
            text: String::new(),
            words: words.collect(),
        }],
    }
}

/// Returns the signals of the words `from..to` of a talk.
fn signals(language: &str, text: &str, words: (i64, i64)) -> TextSignals {
    let features = TextFeatures::new(&talk(language, text), &[], &[], &Wanted::default());
    text_signals(&features, range(500 * words.0, 500 * words.1))
}

#[test]
fn density_and_rate_are_of_the_words_inside() {
    let found = signals("en", "one two _ _ _ _ three four", (0, 6));
    assert!((found.density - 0.8 / 3.0).abs() < 1e-9, "{found:?}");
    assert!((found.rate.unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn a_question_counts_more_when_its_answer_is_there_too() {
    let text = "Why did I quit? Because I could. Was it hard? Was it good?";
    let (whole, half) = (signals("en", text, (0, 13)), signals("en", text, (0, 4)));
    assert_eq!((whole.question, whole.answer), (0.75, 0.5));
    assert_eq!((half.question, half.answer), (0.5, 0.0));
    assert_eq!(signals("ar", "هل أنت هنا؟ نعم.", (0, 4)).answer, 0.5);
}

#[test]
fn stress_and_feeling_are_known_in_two_languages() {
    let english = signals("en", "This was absolutely the most wonderful day", (0, 7));
    let spanish = signals("es", "Esto fue realmente un día maravilloso", (0, 6));
    for found in [english, spanish] {
        assert!(found.emphasis > 0.5 && found.sentiment > 0.5 && found.polarity == 1.0);
    }
    assert_eq!(signals("xx", "absolutely wonderful", (0, 2)).sentiment, 0.0);
}

#[test]
fn a_negator_turns_a_good_word_and_takes_a_bad_one_away() {
    assert_eq!(signals("en", "it was not very good", (0, 5)).polarity, -1.0);
    let found = signals("en", "that is no problem", (0, 4));
    assert_eq!((found.sentiment, found.polarity), (0.0, 0.0));
}

#[test]
fn a_stretch_is_complete_from_sentence_to_sentence() {
    let text = "One two three. Four five six. And seven eight.";
    let of = |words| signals("en", text, words).completeness;
    assert_eq!(of((0, 9)), Some(1.0));
    assert_eq!(of((3, 6)), Some(0.8));
    assert_eq!(of((1, 6)), Some(0.4));
    assert_eq!(of((6, 8)), Some(0.24), "it leans, and stops short");
    assert_eq!(of((20, 30)), None);
}

#[test]
fn a_paragraph_is_a_better_place_than_a_sentence() {
    let talk = talk("en", "One two. Three four. Five six. Seven eight.");
    let sentences: Vec<_> = talk.sentences().collect();
    let parts = [0..2, 2..4].map(|part| Paragraph::new(&sentences, part).unwrap());
    let features = TextFeatures::new(&talk, &[], &parts, &Wanted::default());
    let of = |from: i64, to: i64| text_signals(&features, range(500 * from, 500 * to)).completeness;
    assert_eq!(of(4, 8), Some(1.0));
    assert_eq!(of(2, 6), Some(0.8));
}

#[test]
fn the_opening_is_judged_by_its_three_seconds_alone() {
    let of = |text| signals("en", text, (0, 12)).hook;
    let strong = of("Have you ever lost 3 million dollars? I did that on a");
    let plain = of("The house stood near a river in the north of England.");
    let leaning = of("And the house stood near a river in the north there.");
    let late = of("_ _ _ The house stood near a river in the north.");
    let behind = of("The house stood near a river. Have you ever lost 3 million?");
    assert!(strong > 0.8, "{strong}");
    assert!(plain > leaning && plain > late, "{plain} {leaning} {late}");
    assert_eq!(plain, behind);
    assert_eq!(of("_ _ _ _ _ _ _ Have you ever?"), 0.0);
}

#[test]
fn wanted_phrases_count_once_each() {
    let talk = talk(
        "en",
        "Our prices rise. The launch dates rise and the price too.",
    );
    let (keywords, avoid) = (["price".into(), "launch date".into()], ["crypto".into()]);
    let wanted = Wanted {
        keywords: &keywords,
        avoid: &avoid,
    };
    let features = TextFeatures::new(&talk, &[], &[], &wanted);
    let of = |from: i64, to: i64| {
        let found = text_signals(&features, range(500 * from, 500 * to));
        (found.keywords, found.avoid)
    };
    assert_eq!(of(0, 3), (Some(2.0 / 3.0), Some(0.0)));
    assert_eq!(of(0, 11), (Some(1.0), Some(0.0)));
    assert_eq!(of(6, 8), (Some(0.0), Some(0.0)));
    let unasked = signals("en", "Our prices", (0, 2));
    assert_eq!((unasked.keywords, unasked.avoid), (None, None));
}

#[test]
fn advertising_is_known_where_there_is_any() {
    let text = "We talk of rivers. This is sponsored by a bank. Use code FROG.";
    let of = |from, to| signals("en", text, (from, to)).promotion;
    assert_eq!(of(0, 4), Some(0.0));
    assert_eq!(of(4, 10), Some(2.0 / 3.0));
    assert_eq!(of(4, 13), Some(0.8));
    assert_eq!(signals("en", "We talk of rivers.", (0, 4)).promotion, None);
}

#[test]
fn one_topic_is_coherent_and_another_is_new() {
    let talk = talk("en", "A b. C d. E f. G h. I j. K l.");
    let towards = |x: f32, y: f32| Embedding::new(vec![x, y, 0.1]);
    let (one, other) = (towards(1.0, 0.0), towards(0.0, 1.0));
    let embeddings = [&one, &one, &one, &one, &other, &other].map(Clone::clone);
    let features = TextFeatures::new(&talk, &embeddings, &[], &Wanted::default());
    let of = |from: i64, to: i64| text_signals(&features, range(500 * from, 500 * to));
    assert!(of(0, 4).coherence.unwrap() > 0.99);
    assert!(of(6, 10).coherence.unwrap() < 0.1);
    assert!(of(8, 12).novelty.unwrap() > 0.9 && of(0, 4).novelty.unwrap() < 0.5);
    assert_eq!(of(0, 1).coherence, None, "one sentence");
    assert_eq!(of(0, 12).novelty, None, "there is no rest");
    let fewer = TextFeatures::new(&talk, &embeddings[..3], &[], &Wanted::default());
    assert_eq!(text_signals(&fewer, range(0, 4000)).coherence, None);
}

#[test]
fn a_stretch_gives_the_same_wherever_it_stands() {
    let part = "Why did you do it? It was a terrible mistake. ";
    let of = |before: i64| {
        let text = part.repeat(before as usize + 1);
        signals("en", &text, (before * 10, before * 10 + 10))
    };
    let (first, later) = (of(0), of(300));
    assert_eq!(
        (first.hook, first.sentiment, first.answer),
        (later.hook, later.sentiment, later.answer)
    );
}

proptest! {
    #[test]
    fn every_signal_of_any_stretch_is_in_its_bounds(
        raw in proptest::collection::vec((0..3000_i64, 1..2000_i64, 0..9_usize), 0..60),
        stretches in proptest::collection::vec((0..60_000_i64, 1..30_000_i64), 1..10), spaces in any::<bool>(),
    ) {
        const TEXTS: [&str; 9] = ["why?", "you", "love.", "not", "“3", "million!", "価", "And", "…"];
        let mut at = 0;
        let words = raw.iter().map(|&(gap, length, text)| {
            // Some words begin before the one in front of them.
            at += gap - 500;
            Word { text: TEXTS[text].into(), range: range(at, at + length), confidence: 1.0, space_before: spaces }
        });
        let talk = Transcript {
            language: "en".into(),
            segments: vec![Segment { range: range(0, 1), text: String::new(), words: words.collect() }],
        };
        let sentences: Vec<_> = talk.sentences().collect();
        let towards = |i: usize| Embedding::new(vec![1.0, i as f32 - 3.0]);
        let embeddings: Vec<_> = (0..sentences.len()).map(towards).collect();
        let paragraphs: Vec<_> = (0..sentences.len()).step_by(3).filter_map(|s| Paragraph::new(&sentences, s..s + 1)).collect();
        let keywords = ["you love".into(), "価".into()];
        let features = TextFeatures::new(&talk, &embeddings, &paragraphs, &Wanted { keywords: &keywords, avoid: &[] });
        for (start, length) in stretches {
            let found = text_signals(&features, range(start, start + length));
            let shares = [
                Some(found.density), Some(found.question), Some(found.answer), Some(found.emphasis), Some(found.sentiment),
                Some(found.hook), found.completeness, found.coherence, found.novelty, found.keywords,
            ];
            for share in shares.into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share), "{:?}", found);
            }
            prop_assert!((-1.0..=1.0).contains(&found.polarity));
            prop_assert!(found.rate.is_none_or(|rate| rate > 0.0 && rate.is_finite()));
        }
        prop_assert!(features.spoken(&(0..raw.len())) <= Duration::from_millis(raw.iter().map(|r| r.1 as u64).sum()));
    }
}
