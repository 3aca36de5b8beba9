//! Speech to make captions of.

use opusclip::timeline::{Segment, TimeRange, Timestamp, Transcript, Word};
use proptest::prelude::*;

pub(super) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

/// Returns the words of `text` from 1 s on, a sixteenth of a second for each character, with pauses after sentences.
pub(super) fn speech(language: &str, text: &str) -> Transcript {
    let mut time = 1.0;
    let words = text.split_whitespace().map(|text| {
        let start = time;
        time += (text.chars().count() + 1) as f64 / 16.0;
        let word = word(text, at(start), at(time), true);
        time += if text.ends_with(['.', '?', '!']) {
            0.5
        } else {
            0.0
        };
        word
    });
    transcript(language, words.collect())
}

/// Returns the words of a WebVTT file in which each has its time; what only repeats the line before is left out.
pub(super) fn word_timed_vtt(file: &str) -> Transcript {
    let mut spoken: Vec<(String, f64, f64)> = Vec::new();
    for block in file.split("\n\n").filter(|block| block.contains("<c>")) {
        let (times, text) = block.trim_start().split_once('\n').unwrap();
        let (start, end) = times.split_once(" --> ").unwrap();
        let (start, end) = (seconds(start), seconds(end.split(' ').next().unwrap()));
        let line = text.lines().find(|line| line.contains("<c>")).unwrap();
        // word<00:00:01.920><c> word</c><00:00:02.480><c> word</c>
        for (i, part) in line.replace("</c>", "").split('<').enumerate() {
            match part.split_once('>') {
                Some(("c", text)) => spoken.last_mut().unwrap().0 = text.trim().to_owned(),
                Some((time, _)) => spoken.push((String::new(), seconds(time), end)),
                None if i == 0 && !part.is_empty() => spoken.push((part.trim().into(), start, end)),
                None => {}
            }
        }
    }
    let ends: Vec<f64> = spoken
        .iter()
        .skip(1)
        .map(|next| next.1)
        .chain([f64::MAX])
        .collect();
    let words = spoken.iter().zip(ends).map(|((text, start, end), next)| {
        // The file tells no ends: a word lasts to the next one, but no longer than it takes to say.
        let said = start + 0.15 + 0.07 * text.len() as f64;
        word(
            text,
            at(*start),
            at(end.min(next).min(said).max(start + 0.001)),
            true,
        )
    });
    transcript("en", words.collect())
}

/// Reads a language and then one word a line: seconds when it begins and ends, tab, its text.
pub(super) fn timed_words(file: &str) -> Transcript {
    let mut lines = file.lines();
    let language = lines.next().unwrap();
    let words = lines.map(|line| {
        let fields: Vec<&str> = line.splitn(3, '\t').collect();
        let time = |field: &str| at(field.parse().unwrap());
        word(fields[2], time(fields[0]), time(fields[1]), true)
    });
    transcript(language, words.collect())
}

/// Any text at all, at speakable times.
pub(super) fn any_speech() -> impl Strategy<Value = Transcript> {
    let texts =
        proptest::collection::vec((any_text(), 20..900_i64, 0..400_i64, any::<bool>()), 0..25);
    texts.prop_map(|texts| {
        let mut time = 0;
        let words = texts.into_iter().map(|(text, length, pause, space)| {
            let start = time + pause;
            time = start + length;
            word(&text, millis(start), millis(time), space)
        });
        transcript("en", words.collect())
    })
}

/// Words that last microseconds, from before the beginning of the clock.
pub(super) fn hurried_speech() -> impl Strategy<Value = Transcript> {
    let starts = proptest::collection::vec((-100_000..100_000_i64, 1..2000_i64), 1..30);
    starts.prop_map(|mut starts| {
        starts.sort_unstable();
        let micros = |n| Timestamp::new(n, 1_000_000).unwrap();
        let words = starts
            .iter()
            .map(|(start, length)| word("ab", micros(*start), micros(start + length), true));
        transcript("en", words.collect())
    })
}

fn any_text() -> impl Strategy<Value = String> {
    const NASTY: &[&str] = &[
        "-->",
        "{\\b1}",
        "}",
        "{",
        "\\N",
        "\\",
        "\\h\\n",
        "<b>",
        "</i",
        "<",
        "&",
        "&lt;",
        "<00:00:01.000>",
        "\r\n\r\n",
        "\n",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{FEFF}",
        "\u{200B}",
        "\u{2060}",
        "\u{A0}",
        "42",
        "00:00:01,000 --> 00:00:02,000",
        "NOTE",
        "WEBVTT",
        "👩‍👩‍👧‍👦",
        "e\u{301}",
        "\u{301}",
        "שלום",
        "مرحبا",
        "\u{202E}x",
        "。",
        "（",
        "日本語",
        "นี้",
        "",
        ",",
    ];
    let nasty = proptest::sample::select(NASTY).prop_map(str::to_owned);
    let piece = prop_oneof![nasty, any::<String>(), "[a-z]{1,9}[.,]?"];
    proptest::collection::vec(piece, 1..3).prop_map(|pieces| pieces.concat())
}

fn transcript(language: &str, words: Vec<Word>) -> Transcript {
    let range = TimeRange::new(at(-1.0), at(1e6)).unwrap();
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

fn word(text: &str, start: Timestamp, end: Timestamp, space_before: bool) -> Word {
    Word {
        text: text.into(),
        range: TimeRange::new(start, end).unwrap(),
        confidence: 1.0,
        space_before,
    }
}

fn millis(n: i64) -> Timestamp {
    Timestamp::new(n, 1000).unwrap()
}

fn seconds(clock: &str) -> f64 {
    clock
        .split(':')
        .fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
}
