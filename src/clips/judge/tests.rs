use super::*;
use crate::clips::reframe::{Scene, Subject, reframe};
use crate::frame::{Rect, Size};
use crate::manifest::FramingOverride;
use crate::timeline::{Segment, Timestamp, Transition};

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn range(from: f64, to: f64) -> TimeRange {
    TimeRange::new(at(from), at(to)).unwrap()
}

/// Words half a second each from a second on.
fn talk(text: &str) -> Transcript {
    let words = text.split(' ').zip(2_u32..).map(|(text, n)| Word {
        text: text.into(),
        range: range(f64::from(n) / 2.0, f64::from(n) / 2.0 + 0.45),
        confidence: 1.0,
        space_before: true,
    });
    let words: Vec<Word> = words.collect();
    Transcript {
        language: "en".into(),
        segments: vec![Segment {
            range: range(1.0, 1.0 + words.len() as f64 / 2.0),
            text: String::new(),
            words,
        }],
    }
}

fn shots(cuts: &[f64]) -> Vec<Shot> {
    let shots = cuts.windows(2).map(|pair| Shot {
        range: range(pair[0], pair[1]),
        start_frame: 0,
        end_frame: 1,
        transition: Transition::Cut,
    });
    shots.collect()
}

/// The names of what is not well.
fn wrong(clip: &PlannedClip<'_>) -> Vec<&'static str> {
    let remarks = judge(clip).into_iter();
    remarks.filter(|r| !r.is_well()).map(|r| r.name).collect()
}

fn said(transcript: &Transcript, range: TimeRange) -> Vec<&'static str> {
    wrong(&PlannedClip {
        range,
        transcript: Some(transcript),
        shots: &[],
        framings: &[],
        empty: &[],
        rows: (1080, 1920),
    })
}

#[test]
fn advertising_is_remarked_on() {
    let talk = talk("Use code FROG for ten percent off your first order.");
    assert_eq!(said(&talk, range(0.9, 6.1)), ["promotion"]);
}

#[test]
fn whole_thoughts_without_dead_air_are_well() {
    let talk = talk("Luck is like the wind. Nobody owns it. And it turns.");
    assert_eq!(said(&talk, range(0.85, 6.6)), Vec::<&str>::new()[..]);
}

#[test]
fn each_fault_of_an_edge_is_named() {
    let talk = talk("Luck is like the wind. Nobody owns it. And it turns.");
    assert_eq!(said(&talk, range(0.0, 4.9)), ["silent_start"]);
    assert_eq!(said(&talk, range(0.9, 8.0)), ["silent_end"]);
    assert_eq!(said(&talk, range(1.5, 4.9)), ["mid_sentence_start"]);
    assert_eq!(said(&talk, range(0.9, 4.48)), ["mid_sentence_end"]);
    assert_eq!(said(&talk, range(5.0, 6.5)), ["leaning_start"]);
}

#[test]
fn a_shot_torn_off_at_an_edge_is_named() {
    let shots = shots(&[0.0, 4.0, 9.0]);
    let clip = |range| PlannedClip {
        range,
        transcript: None,
        shots: &shots,
        framings: &[],
        empty: &[],
        rows: (1080, 1920),
    };
    assert_eq!(wrong(&clip(range(3.8, 9.0))), ["torn_shot"]);
    assert_eq!(wrong(&clip(range(4.0, 9.0))), [""; 0]);
}

#[test]
fn a_coarse_picture_is_named_and_takes_from_the_quality() {
    let scene = Scene {
        range: range(0.0, 9.0),
        frame: Size::new(352, 288),
        active: None,
        subjects: Vec::new(),
        salience: Vec::new(),
        text: Vec::new(),
        written: None,
        insets: Vec::new(),
    };
    let framings = reframe(&[scene], Size::new(1080, 1920), &[]);
    let clip = PlannedClip {
        range: range(0.0, 9.0),
        transcript: None,
        shots: &[],
        framings: &framings,
        empty: &[],
        rows: (288, 1920),
    };
    let remarks = judge(&clip);
    let enlarged = remarks.iter().find(|r| !r.is_well()).unwrap();
    assert_eq!(enlarged.words, "enlarged 6.7 times, so it looks soft");
    assert!((quality(&remarks) - 0.8).abs() < 1e-9);
    assert_eq!(quality(&[]), 1.0);
}

/// A person with a head at these places across the picture, half seconds apart, shown as its middle third.
fn walking(places: &[f64]) -> Vec<Remark> {
    let whole = range(0.0, places.len() as f64 / 2.0);
    let boxes = places.iter().enumerate().map(|(half, &x)| {
        let head = Rect {
            x: x - 0.03,
            y: 0.3,
            width: 0.06,
            height: 0.1,
        };
        (at(half as f64 / 2.0), head)
    });
    let scene = Scene {
        range: whole,
        frame: Size::new(1920, 1080),
        active: None,
        subjects: vec![Subject {
            track: 0,
            weight: 1.0,
            boxes: boxes.collect(),
            speaks: Vec::new(),
        }],
        salience: Vec::new(),
        text: Vec::new(),
        written: None,
        insets: Vec::new(),
    };
    let middle = FramingOverride {
        range: whole,
        layout: None,
        region: Some(Rect {
            x: 1.0 / 3.0,
            width: 1.0 / 3.0,
            ..Rect::WHOLE
        }),
        regions: Vec::new(),
    };
    let framings = reframe(&[scene], Size::new(1080, 1920), &[middle]);
    judge(&PlannedClip {
        range: whole,
        transcript: None,
        shots: &[],
        framings: &framings,
        empty: &[],
        rows: (1080, 1920),
    })
}

#[test]
fn a_clip_that_shows_one_colour_for_long_is_hardly_worth_posting() {
    let whole = range(0.0, 10.0);
    let shown = |empty: &[TimeRange]| {
        let clip = PlannedClip {
            range: whole,
            transcript: None,
            shots: &[],
            framings: &[],
            empty,
            rows: (1080, 1920),
        };
        (wrong(&clip), quality(&judge(&clip)))
    };
    assert_eq!(shown(&[range(3.0, 3.5)]).0, [] as [&str; 0]);
    // Black and of one colour at once: the time counts once.
    let long = [range(-2.0, 2.0), range(0.0, 3.0)];
    let (names, quality) = shown(&long);
    assert_eq!(names, ["one_colour"]);
    assert!(quality < 0.25, "{quality}");
}

#[test]
fn a_person_outside_the_picture_is_named_with_how_long() {
    let outside = |places: &[f64]| {
        let remarks = walking(places).into_iter();
        let mut named = remarks.filter(|remark| remark.name == "person_outside");
        named.next().unwrap()
    };
    assert!(outside(&[0.5; 8]).is_well());
    let half = outside(&[0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.9]);
    assert!(!half.is_well() && (0.4..0.6).contains(&half.value));
    let words = "who is there is outside the picture for";
    assert!(half.words.starts_with(words), "{}", half.words);
}
