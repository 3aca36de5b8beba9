//! Each code on planted captions, and none on ours.

use std::time::Duration;

use super::super::{Cue, CueLine, lay_out_cues};
use super::*;
use crate::timeline::{Segment, TimeRange, Timestamp, Transcript, Word};
use proptest::prelude::*;

/// Cues of `(milliseconds, text)`, the lines of a text parted by `/`.
fn shown(cues: &[(i64, i64, &str)]) -> Vec<ShownCue> {
    let cue = |&(start, end, text): &(i64, i64, &str)| ShownCue {
        start,
        end,
        lines: text.split(" / ").map(str::to_owned).collect(),
    };
    cues.iter().map(cue).collect()
}

fn subtitle() -> CueRules {
    CueRules::subtitle(Duration::from_millis(40))
}

/// Checks which cues are found wrong, as `cue code`; notes in brackets.
fn check(rules: &CueRules, cues: &[(i64, i64, &str)], expected: &[&str]) {
    let found = lint(&shown(cues), rules, "en");
    let names: Vec<String> = found
        .iter()
        .map(|finding| match finding.severity {
            LintSeverity::Wrong => format!("{} {}", finding.cue, finding.code),
            LintSeverity::Note => format!("({} {})", finding.cue, finding.code),
        })
        .collect();
    assert_eq!(names, expected, "{found:#?}");
}

#[test]
fn good_captions_have_no_findings() {
    check(
        &subtitle(),
        &[
            (0, 2700, "And we all know that most new / ventures fail."),
            (3000, 5000, "And innovators and entrepreneurs"),
            (5080, 7000, "need all the luck they can get."),
        ],
        &[],
    );
    check(
        &CueRules::punch(),
        &[
            (0, 800, "And we all know"),
            (800, 2300, "that most / new ventures."),
        ],
        &[],
    );
}

#[test]
fn what_shows_nothing_or_runs_backwards_is_found() {
    check(&subtitle(), &[(0, 2000, " ")], &["1 empty"]);
    check(
        &subtitle(),
        &[(2000, 2000, "Well, hello.")],
        &["1 bad-times"],
    );
}

#[test]
fn cues_that_overlap_or_are_too_close_are_found() {
    let pair = |start| [(0, 2000, "This is one."), (start, 6000, "This is another.")];
    check(&subtitle(), &pair(1990), &["2 overlap"]);
    check(&subtitle(), &pair(2000), &["2 gap"]);
    check(&subtitle(), &pair(2080), &[]);
    check(
        &CueRules::punch(),
        &[(0, 900, "This is one."), (900, 2000, "This is another.")],
        &[],
    );
}

#[test]
fn what_nobody_can_read_is_found_and_noted_where_there_is_no_more_time() {
    let text = "Far too many words for one short second.";
    let later = (4000, 6000, "And now it is slow.");
    check(&subtitle(), &[(0, 1000, text), later], &["1 too-fast"]);
    check(&subtitle(), &[(0, 1000, text)], &["(1 too-fast)"]);
    let hurried = [(0, 1000, text), (1080, 3000, "And now it is slow.")];
    check(&subtitle(), &hurried, &["(1 too-fast)"]);
    check(&subtitle(), &[(0, 500, "Yes."), later], &["1 too-short"]);
    check(&subtitle(), &[(0, 8000, "Yes, indeed.")], &["1 too-long"]);
}

#[test]
fn what_is_too_much_for_the_picture_is_found() {
    let wide = "A line of this many columns is wide for a picture.";
    check(&subtitle(), &[(0, 6000, wide)], &["1 too-wide"]);
    check(
        &subtitle(),
        &[(0, 6000, "These are / no more / than lines.")],
        &["1 too-many-lines"],
    );
    let many = [(0, 3000, "I am here and / so are you.")];
    check(&CueRules::punch(), &many, &["1 too-many-words"]);
    // A long word is drawn smaller, a long line is broken.
    check(
        &CueRules::punch(),
        &[(0, 2000, "internationalisation.")],
        &[],
    );
    check(
        &CueRules::punch(),
        &[(0, 2000, "all international ones.")],
        &["1 too-wide"],
    );
}

#[test]
fn a_cue_that_runs_over_the_end_of_a_sentence_is_found() {
    let over = [
        (0, 2000, "We know that most new ventures"),
        (2080, 4500, "fail. And innovators need"),
        (4580, 6000, "all the luck there is."),
    ];
    check(&subtitle(), &over, &["2 crosses-sentence"]);
    // Whole sentences may share a subtitle, and nothing else.
    let whole = [(0, 2000, "Yes. No, really!")];
    check(&subtitle(), &whole, &[]);
    check(&CueRules::punch(), &whole, &["1 crosses-sentence"]);
    check(
        &CueRules::punch(),
        &[(0, 2000, "Dr. Smith / paid $3.50.")],
        &[],
    );
}

#[test]
fn a_line_that_ends_on_a_word_of_the_next_is_found() {
    check(
        &subtitle(),
        &[(0, 3000, "I have been to the / opera.")],
        &["1 weak-line-end", "1 single-last-word"],
    );
    let weak = [
        (0, 2000, "They all came with"),
        (2080, 4000, "their dogs and cats."),
    ];
    check(&subtitle(), &weak, &["1 weak-line-end"]);
    let name = [
        (0, 2000, "And so we met John"),
        (2080, 4000, "Smith in his office."),
    ];
    check(&subtitle(), &name, &["1 weak-line-end"]);
    // The speaker stops there, or a sentence begins with a capital.
    let stops = [
        (0, 2000, "They all came with"),
        (2500, 4000, "their dogs and cats."),
    ];
    check(&subtitle(), &stops, &[]);
    check(
        &subtitle(),
        &[(0, 3000, "Yesterday / Peter came to us.")],
        &[],
    );
    // What a line cannot hold is parted.
    let long = [(0, 900, "to the"), (900, 2500, "responsibilities.")];
    check(&CueRules::punch(), &long, &[]);
}

#[test]
fn one_word_alone_at_the_end_is_found() {
    let line = [(0, 3000, "I say that this is operative / word.")];
    check(&subtitle(), &line, &["1 single-last-word"]);
    let cue = [(0, 1200, "it is operative"), (1200, 2000, "word.")];
    check(&CueRules::punch(), &cue, &["2 single-last-word"]);
    let answer = [(0, 1200, "It is operative?"), (1200, 2000, "Yes.")];
    check(&CueRules::punch(), &answer, &[]);
    let late = [(0, 1200, "it is operative"), (1600, 2400, "word.")];
    check(&CueRules::punch(), &late, &[]);
}

/// A transcript of words one after the other, a pause in milliseconds in front of each.
fn said(words: &[(String, i64, i64)]) -> Transcript {
    let millis = |n| Timestamp::new(n, 1000).unwrap();
    let mut time = 0;
    let words: Vec<Word> = words
        .iter()
        .map(|(text, pause, length)| {
            let start = time + pause;
            time = start + length;
            Word {
                text: text.clone(),
                range: TimeRange::new(millis(start), millis(time)).unwrap(),
                confidence: 0.9,
                space_before: true,
            }
        })
        .collect();
    let range = TimeRange::new(millis(0), millis(1)).unwrap();
    let segment = Segment {
        range,
        text: String::new(),
        words,
    };
    Transcript {
        language: "en".into(),
        segments: vec![segment],
    }
}

fn ours(transcript: &Transcript, rules: &CueRules) -> Vec<ShownCue> {
    let cue = |cue: &Cue| ShownCue {
        start: cue.range().start().to_ticks(1, 1000),
        end: cue.range().end().to_ticks(1, 1000),
        lines: cue.lines().iter().map(CueLine::text).collect(),
    };
    lay_out_cues(transcript, rules).iter().map(cue).collect()
}

fn texts(cues: &[ShownCue]) -> Vec<String> {
    let text = |cue: &ShownCue| format!("{}..{} {}", cue.start, cue.end, cue.lines.join(" / "));
    cues.iter().map(text).collect()
}

/// Sentences as people build them: what hangs together is never longer than a line of either profile.
fn any_sentences() -> impl Strategy<Value = Transcript> {
    let subjects = proptest::sample::select(vec![
        "we",
        "most new ventures",
        "the people",
        "she",
        "all of them",
        "innovators and entrepreneurs",
        "nobody",
        "John Smith",
    ]);
    let verbs = proptest::sample::select(vec![
        "need",
        "fail at",
        "had written",
        "were looking for",
        "know",
        "can tell",
        "talked about",
        "wanted to see",
    ]);
    let objects = proptest::sample::select(vec![
        "a lot of luck",
        "the operative word",
        "papers",
        "it",
        "what to do in the morning",
        "a plan for the whole week",
        "five hundred dollars",
    ]);
    let links = proptest::sample::select(vec![", and", ", because", " when", " that", ".", "."]);
    let clause = (subjects, verbs, objects, links);
    let rhythm = proptest::collection::vec((0..4_i64, 45..90_i64), 400);
    (proptest::collection::vec(clause, 1..25), rhythm).prop_map(|(clauses, rhythm)| {
        let mut text = String::from("Well, ");
        for (subject, verb, object, link) in clauses {
            text += &format!("{subject} {verb} {object}{link} ");
        }
        let text = text.trim_end_matches([' ', ',']).to_owned() + ".";
        let words = text.split_whitespace().zip(rhythm);
        // A breath after a mark, none elsewhere but for a few.
        let words = words.scan(false, |marked, (word, (step, letter))| {
            let pause = if *marked || step == 3 { step * 130 } else { 0 };
            *marked = word.ends_with(['.', ',']);
            Some((word.to_owned(), pause, letter * (word.len() as i64 + 1)))
        });
        said(&words.collect::<Vec<_>>())
    })
}

proptest! {
    #[test]
    fn ours_have_no_findings(transcript in any_sentences()) {
        for rules in [subtitle(), CueRules::punch()] {
            let cues = ours(&transcript, &rules);
            let wrong = lint(&cues, &rules, "en").into_iter().filter(|f| f.severity == LintSeverity::Wrong);
            let wrong: Vec<_> = wrong.map(|f| format!("{} {}", f.cue, f.code)).collect();
            prop_assert!(wrong.is_empty(), "{wrong:?} {:?}", texts(&cues));
        }
    }

    /// Whatever is said, and however fast.
    #[test]
    fn ours_keep_the_hard_rules(words in proptest::collection::vec(("[A-Za-z']{1,14}[.,?]?", 0..900_i64, 1..900_i64), 1..80)) {
        let transcript = said(&words);
        for rules in [subtitle(), CueRules::punch()] {
            let hard = [LintCode::Empty, LintCode::BadTimes, LintCode::Overlap, LintCode::TooWide, LintCode::TooManyLines,
                LintCode::TooManyWords, LintCode::CrossesSentence, LintCode::TooFast, LintCode::TooLong];
            let found = lint(&ours(&transcript, &rules), &rules, "en").into_iter();
            let wrong: Vec<_> = found.filter(|f| f.severity == LintSeverity::Wrong && hard.contains(&f.code)).collect();
            prop_assert!(wrong.is_empty(), "{wrong:#?}");
        }
    }
}
