//! What cues promise, for any words and any rules.

use std::time::Duration;

use super::*;
use crate::timeline::{Segment, Timestamp};
use proptest::prelude::*;

fn millis(n: i64) -> Timestamp {
    Timestamp::new(n, 1000).unwrap()
}

/// A transcript of `(text, start, length in ms, space before)`.
fn transcript(language: &str, words: &[(String, i64, i64, bool)]) -> Transcript {
    let words: Vec<Word> = words
        .iter()
        .map(|(text, start, length, space_before)| Word {
            text: text.clone(),
            range: TimeRange::new(millis(*start), millis(start + length)).unwrap(),
            confidence: 0.9,
            space_before: *space_before,
        })
        .collect();
    let range = TimeRange::new(millis(0), millis(1)).unwrap();
    let segment = Segment {
        range,
        text: String::new(),
        words,
    };
    Transcript {
        language: language.into(),
        segments: vec![segment],
    }
}

/// A transcript of `text` at 14 columns a second, with half a second after each `|`.
fn said(language: &str, text: &str) -> Transcript {
    let spaced = text.contains(' ');
    let ends = |c: char| if spaced { c == ' ' } else { true };
    let mut start = 0;
    let mut words = Vec::new();
    for part in text
        .split_inclusive(ends)
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        if part == "|" {
            start += 500;
            continue;
        }
        let length = (columns(part) + usize::from(spaced)) as i64 * 1000 / 14;
        words.push((part.to_owned(), start, length, spaced));
        start += length;
    }
    transcript(language, &words)
}

fn shown(transcript: &Transcript, rules: &CueRules) -> Vec<String> {
    let text = |cue: &Cue| {
        cue.lines()
            .iter()
            .map(CueLine::text)
            .collect::<Vec<_>>()
            .join(" / ")
    };
    lay_out_cues(transcript, rules).iter().map(text).collect()
}

fn check(language: &str, text: &str, expected: &[&str]) {
    assert_eq!(shown(&said(language, text), &CueRules::default()), expected);
}

#[test]
fn lines_break_at_clauses_and_keep_names_and_numbers_whole() {
    check(
        "en",
        "But here's the thing: nobody at the time, not even Dr. John F. Kennedy or the people in the army, knew of 3.5 million dollars.",
        &[
            "But here's the thing: nobody at the time,",
            "not even Dr. John F. Kennedy or the people / in the army, knew of 3.5 million dollars.",
        ],
    );
}

#[test]
fn a_breath_parts_cues_where_no_mark_does() {
    check(
        "en",
        "workers of the world unite | manifesto of the party",
        &["workers of the world unite", "manifesto of the party"],
    );
}

#[test]
fn short_sentences_share_a_cue_rather_than_a_long_ones_line() {
    check(
        "en",
        "Ask not what your country can do for you; ask what you can do for your country. | Yes. No, really!",
        &[
            "Ask not what your country can do for you; / ask what you can do for your country.",
            "Yes. No, really!",
        ],
    );
}

#[test]
fn japanese_lines_begin_with_phrases_and_not_with_closing_marks() {
    check(
        "ja",
        "今日はとても天気がいいので、私は友達と一緒に東京の公園へ行きました。",
        &["今日はとても天気がいいので、 / 私は友達と一緒に東京の公園へ行きました。"],
    );
    let narrow = CueRules {
        columns: 10,
        longest_word: 10,
        ..CueRules::default()
    };
    let text = "これは、「桜」です。そうですか？はい。";
    for line in shown(&said("ja", text), &narrow)
        .iter()
        .flat_map(|cue| cue.split(" / "))
    {
        assert!(
            !line.starts_with(['、', '。', '」', '？']) && !line.ends_with('「'),
            "{line}"
        );
    }
}

#[test]
fn right_to_left_text_keeps_its_logical_order() {
    check("he", "שלום לכולם, זה מבחן.", &["שלום לכולם, זה מבחן."]);
}

#[test]
fn a_word_longer_than_a_line_is_cut_between_characters() {
    let rules = CueRules {
        columns: 8,
        longest_word: 8,
        ..CueRules::default()
    };
    let transcript = said(
        "en",
        "see e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301} now",
    );
    let shown = shown(&transcript, &rules);
    let lines: Vec<&str> = shown.iter().flat_map(|cue| cue.split(" / ")).collect();
    assert!(
        lines
            .iter()
            .all(|line| columns(line) <= 8 && !line.starts_with('\u{301}')),
        "{lines:?}"
    );
    assert_eq!(lines.concat().matches("e\u{301}").count(), 10);
}

#[test]
fn a_segment_without_word_times_is_captioned_over_its_time() {
    let mut transcript = transcript("en", &[]);
    transcript.segments[0] = Segment {
        range: TimeRange::new(millis(0), millis(10_000)).unwrap(),
        text: "One sentence here. And another one, which is as long, there.".into(),
        words: vec![],
    };
    let cues = lay_out_cues(&transcript, &CueRules::default());
    assert_eq!(cues.len(), 2);
    assert!((2.0..4.5).contains(&cues[1].range().start().seconds()));
}

#[test]
fn a_hurried_cue_comes_in_the_silence_before_it() {
    let word = |text: &str, start, length| (text.to_owned(), start, length, true);
    let words = [
        word("One.", 0, 900),
        word("abcdefghijklmnopqrstuvwxyzabcdefgh.", 2000, 1500),
        word("And then another one.", 3580, 2000),
    ];
    let cues = lay_out_cues(&transcript("en", &words), &CueRules::default());
    let starts: Vec<Timestamp> = cues.iter().map(|cue| cue.range().start()).collect();
    // 35 columns take 2.06 s, and it may come 0.2 s earlier.
    assert_eq!(starts, [millis(0), millis(1800), millis(3580)]);
}

#[test]
fn a_hurried_cue_stays_into_the_silence_after_it() {
    let word = "abcdefghijklmnopqrstuvwxyzabcdefgh"; // 34 columns: two seconds
    let cue = &lay_out_cues(
        &transcript("en", &[(word.into(), 0, 500, true)]),
        &CueRules::default(),
    )[0];
    assert_eq!(cue.range().end(), millis(2000));
}

fn any_words() -> impl Strategy<Value = Transcript> {
    let texts = proptest::sample::select(vec![
        "a",
        "the",
        "word",
        "and",
        "communism",
        "end.",
        "why?",
        "well,",
        "3.5",
        "don't",
        "New",
        "York",
        "Donaudampfschifffahrtsgesellschaft",
        "日本",
        "。",
        "「",
        "です",
        "สวัสดี",
        "ี",
        "👩‍👩‍👧‍👦",
        "e\u{301}",
        "\u{301}",
        "مرحبا",
        "two words",
        "a\u{0}b",
        "\u{200B}",
        "",
        "ᄀᄀᄀᄀᄀᄀ",
    ]);
    let word = (
        texts,
        -50..1200_i64,
        1..2500_i64,
        proptest::bool::weighted(0.8),
    );
    let languages = proptest::sample::select(vec!["en", "ja", "xx"]);
    (languages, proptest::collection::vec(word, 0..80)).prop_map(|(language, words)| {
        let mut start = -5000;
        let words: Vec<_> = words
            .into_iter()
            .map(|(text, step, length, space)| {
                start += step;
                (text.to_owned(), start, length, space)
            })
            .collect();
        transcript(language, &words)
    })
}

fn any_rules() -> impl Strategy<Value = CueRules> {
    (1..4_usize, 0..50_usize, 1..100_u64).prop_map(|(lines, columns, frame)| CueRules {
        lines,
        columns,
        longest_word: columns,
        ..CueRules::subtitle(Duration::from_millis(frame))
    })
}

fn visible(texts: impl Iterator<Item = String>) -> String {
    let text: String = texts.collect();
    text.chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && *c != '\u{200B}')
        .collect()
}

proptest! {
    #[test]
    fn every_word_appears_once_and_in_order(transcript in any_words(), rules in any_rules()) {
        let cues = lay_out_cues(&transcript, &rules);
        let lines = cues.iter().flat_map(Cue::lines).map(CueLine::text);
        prop_assert_eq!(visible(lines), visible(transcript.words().map(|w| w.text.clone())));
    }

    #[test]
    fn lines_keep_their_number_and_width(transcript in any_words(), rules in any_rules()) {
        for cue in lay_out_cues(&transcript, &rules) {
            prop_assert!((1..=rules.lines).contains(&cue.lines().len()));
            for line in cue.lines() {
                prop_assert!(columns(&line.text()) <= rules.columns.max(2), "{}", line.text());
                prop_assert!(!line.words().is_empty() && !line.text().trim().is_empty());
            }
        }
    }

    #[test]
    fn cues_never_overlap_and_keep_the_gap_or_touch(transcript in any_words(), rules in any_rules()) {
        for pair in lay_out_cues(&transcript, &rules).windows(2) {
            let (end, next) = (pair[0].range().end(), pair[1].range().start());
            prop_assert!(end == next || (end < next && next.since(end) >= rules.gap), "{end} {next}");
        }
    }

    #[test]
    fn cues_last_as_long_as_reading_takes_unless_the_next_one_comes(transcript in any_words(), rules in any_rules()) {
        let cues = lay_out_cues(&transcript, &rules);
        for (i, cue) in cues.iter().enumerate() {
            let length = cue.range().duration();
            prop_assert!(length <= rules.max);
            let lines = cue.lines();
            let read: usize = lines.iter().map(|line| columns(&line.text())).sum();
            let wanted = rules.min.max(Duration::from_secs_f64(read as f64 / rules.columns_per_second)).min(rules.max);
            let met = cues.get(i + 1).is_some_and(|next| next.range().start().since(cue.range().end()) <= rules.gap);
            prop_assert!(met || length >= wanted, "{length:?} {wanted:?}");
        }
    }

    #[test]
    fn no_time_and_no_rule_is_too_odd(times in proptest::collection::vec((any::<i64>(), any::<i64>()), 0..20), rate in any::<f64>(), lengths in any::<[Duration; 4]>(), lines in any::<usize>(), width in any::<usize>()) {
        let mut transcript = said("en", &"word ".repeat(times.len()));
        for (word, (a, b)) in transcript.segments[0].words.iter_mut().zip(&times) {
            let (a, b) = (Timestamp::new(*a, 7).unwrap(), Timestamp::new(*b, 7).unwrap());
            word.range = TimeRange::new(a.min(b), a.max(b)).unwrap_or(word.range);
        }
        let [min, max, gap, bridge] = lengths;
        let rules = CueRules { lines, columns: width, longest_word: width / 2, words: lines, shares_sentences: true, columns_per_second: rate, min, max, gap, bridge, lead: gap, lag: min };
        let words = shown(&transcript, &rules).concat().matches("word").count();
        prop_assert_eq!(words, times.len());
    }

    #[test]
    fn a_cue_comes_with_its_first_word(mut words in proptest::collection::vec(1..900_i64, 1..60)) {
        let mut start = -1;
        let spoken: Vec<_> = words.drain(..).map(|length| { start += length + 1; ("word".to_owned(), start - length, length, true) }).collect();
        let transcript = transcript("en", &spoken);
        for cue in lay_out_cues(&transcript, &CueRules::default()) {
            let first = cue.words().next().unwrap().range.start();
            prop_assert_eq!(cue.range().start(), first);
            prop_assert!(transcript.words().any(|word| word.range.start() == first));
        }
    }
}
