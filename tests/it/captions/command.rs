//! `opusclip captions lint`: what it prints and how it ends.

use serde_json::Value;

use crate::place::{Place, code, err, out};

const GOOD: &str = "1\n00:00:01,000 --> 00:00:03,000\nThis is all right.\n\n\
                    2\n00:00:03,100 --> 00:00:05,000\nAnd so is this, I hope.\n";
const BAD: &str = "WEBVTT\n\n00:01.000 --> 00:03.000\nWe know that most new ventures\n\n\
                   00:03.000 --> 00:06.000\nfail. And innovators need the\n\n\
                   00:05.900 --> 00:09.000\nluck there is.\n";

#[test]
fn each_finding_is_a_line_and_ends_it_with_1() {
    let place = Place::new();
    place.write("good.srt", GOOD).write("bad.vtt", BAD);
    let output = place.run("captions lint good.srt bad.vtt");
    let expected = [
        "good.srt: 2 cues, nothing to find (subtitle)",
        "bad.vtt:2: gap: 0 ms; 33 ms",
    ];
    let text = out(&output);
    assert_eq!(code(&output), 1, "{}", err(&output));
    let first: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(first, expected, "{text}");
    for line in [
        "bad.vtt:2: crosses-sentence: ",
        "bad.vtt:2: weak-line-end: \"the\"; ",
        "bad.vtt:3: overlap: 100 ms; 0 ms",
    ] {
        assert!(
            text.lines().any(|found| found.starts_with(line)),
            "{line}: {text}"
        );
    }
    let alone = place.run("captions lint good.srt");
    assert_eq!((code(&alone), err(&alone).as_str()), (0, ""));
}

#[test]
fn rules_and_language_are_chosen_by_flags() {
    let place = Place::new();
    place.write("good.srt", GOOD);
    let punch = place.run("captions lint good.srt --profile punch");
    assert!(
        out(&punch).contains("good.srt:2: too-many-words: 6; 4"),
        "{}",
        out(&punch)
    );
    let slow = place.run("captions lint good.srt --frame-rate 10");
    assert_eq!(out(&slow), "good.srt:2: gap: 100 ms; 200 ms\n");
    let german = "1\n00:00:01,000 --> 00:00:03,000\nDas ist alles von\n\n2\n00:00:03,100 --> 00:00:05,000\nmir und dir.\n";
    place.write("de.srt", german);
    assert_eq!(code(&place.run("captions lint de.srt")), 0);
    let told = place.run("captions lint de.srt --language de");
    assert_eq!(
        out(&told),
        "de.srt:1: weak-line-end: \"von\"; with the next word\n"
    );
}

#[test]
fn json_has_every_finding_with_its_cue() {
    let place = Place::new();
    place.write("bad.vtt", BAD);
    let output = place.run("captions lint bad.vtt --json");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let file = &json["files"][0];
    assert_eq!(
        (&file["profile"], &file["cues"]),
        (&"subtitle".into(), &3.into())
    );
    let overlap = file["findings"].as_array().unwrap().iter();
    let overlap = overlap
        .clone()
        .find(|row| row["code"] == "overlap")
        .unwrap();
    assert_eq!(
        (&overlap["cue"], &overlap["start"]),
        (&3.into(), &5.9.into())
    );
    assert_eq!(
        (&overlap["note"], &overlap["lines"][0]),
        (&false.into(), &"luck there is.".into())
    );
}

#[test]
fn what_cannot_be_read_ends_it_with_65_or_with_others_with_1() {
    let place = Place::new();
    place
        .write("none.srt", "no captions at all\n")
        .write("good.srt", GOOD);
    let output = place.run("captions lint none.srt missing.srt");
    assert_eq!((code(&output), out(&output).as_str()), (65, ""));
    let told = err(&output);
    assert!(told.contains("error: none.srt: line 1: no times"), "{told}");
    assert!(told.contains("error: missing.srt: "), "{told}");
    assert_eq!(code(&place.run("captions lint none.srt good.srt")), 1);
    assert_eq!(code(&place.run("captions lint")), 2);
    assert_eq!(code(&place.run("captions lint good.srt --frame-rate 0")), 2);
}
