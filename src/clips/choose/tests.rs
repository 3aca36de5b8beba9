use std::time::Duration;

use super::*;
use crate::clips::{ClipLimits, Talk};
use crate::settings::RequiredMoment;
use crate::timeline::{Segment, Shot, Timestamp, Transcript, Transition, Word};

fn range(start: i64, end: i64) -> TimeRange {
    let at = |tenth| Timestamp::new(tenth, 10).unwrap();
    TimeRange::new(at(start), at(end)).unwrap()
}

/// A talk of so many sentences of 5 s, one shot a minute; `texts` are put in place of what is usually said.
fn talk(sentences: i64, texts: &[(i64, &str)]) -> (Vec<Shot>, Transcript) {
    const USUAL: &str = "The house stood near a river in the north.";
    let text = |number| {
        texts
            .iter()
            .find(|(at, _)| *at == number)
            .map_or(USUAL, |(_, text)| text)
    };
    let words = (0..sentences).flat_map(|number| {
        let words = text(number).split(' ').zip(0..);
        words.map(move |(text, place)| Word {
            text: text.into(),
            range: range(50 * number + 4 * place, 50 * number + 4 * place + 4),
            confidence: 1.0,
            space_before: true,
        })
    });
    let segment = Segment {
        range: range(0, 50 * sentences),
        text: String::new(),
        words: words.collect(),
    };
    let transcript = Transcript {
        language: "en".into(),
        segments: vec![segment],
    };
    let shot = |minute: i64| Shot {
        range: range(600 * minute, (600 * minute + 600).min(50 * sentences)),
        start_frame: 0,
        end_frame: 1,
        transition: Transition::Cut,
    };
    let shots = (0..(50 * sentences + 599) / 600).map(shot).collect();
    (shots, transcript)
}

struct Asked<'a> {
    keywords: &'a [String],
    avoid: &'a [String],
    must: &'a [RequiredMoment],
    count: usize,
}

const NOTHING: Asked<'static> = Asked {
    keywords: &[],
    avoid: &[],
    must: &[],
    count: 3,
};

fn chosen(talk: &(Vec<Shot>, Transcript), asked: &Asked<'_>) -> Choice {
    chosen_beside(talk, asked, &[])
}

fn chosen_beside(talk: &(Vec<Shot>, Transcript), asked: &Asked<'_>, taken: &[Taken]) -> Choice {
    let material = Material {
        shots: &talk.0,
        talk: Some(Talk {
            transcript: &talk.1,
            embeddings: &[],
            paragraphs: &[],
        }),
        ..Material::default()
    };
    let wishes = Wishes {
        limits: ClipLimits {
            count: asked.count,
            floor: 1,
            min: Duration::from_secs(15),
            max: Duration::from_secs(40),
        },
        keywords: asked.keywords,
        avoid: asked.avoid,
        must: asked.must,
        only: None,
        taken,
    };
    choose(&material, &wishes, &Weights::default())
}

fn clips(choice: &Choice) -> Vec<&Scored> {
    choice
        .clips
        .iter()
        .map(|slot| &choice.candidates[*slot])
        .collect()
}

#[test]
fn the_best_is_said_to_be_so_and_every_point_of_it_is_told() {
    let question = "Have you ever lost 3 million dollars in a day?";
    let choice = chosen(
        &talk(240, &[(100, question), (101, "I did, and it was amazing.")]),
        &NOTHING,
    );
    let best = clips(&choice)[0];
    assert_eq!(choice.clips.len(), 3);
    assert!(
        best.span.range.contains(range(5000, 5001).start()),
        "{best:?}"
    );
    assert!(
        best.reason.contains("a first line that hooks"),
        "{}",
        best.reason
    );
    let points: f64 = best.contributions.iter().map(Contribution::points).sum();
    assert!((points - best.score).abs() < 1e-9);
    assert!(
        best.signals
            .values()
            .all(|value| (0.0..=1.0).contains(value))
    );
    assert!(choice.considered >= choice.candidates.len());
}

#[test]
fn a_near_miss_is_told_what_it_lost_to() {
    let choice = chosen(
        &talk(240, &[(100, "Why do you love this amazing house so much?")]),
        &NOTHING,
    );
    let reasons: Vec<_> = choice
        .candidates
        .iter()
        .map(|one| one.reason.as_str())
        .collect();
    let score = clips(&choice)[0].score;
    let lost = format!("overlaps clip 1, which scores {score:.2}: ");
    assert!(
        reasons.iter().any(|reason| reason.starts_with(&lost)),
        "{:?}",
        &reasons[..5]
    );
    assert!(
        reasons
            .iter()
            .any(|reason| reason.starts_with("below the cap of 3, "))
    );
}

#[test]
fn wanted_words_are_chosen_and_unwanted_ones_never() {
    let talk = talk(
        240,
        &[
            (60, "We talk about the price today, my friends."),
            (150, "Now crypto is a thing."),
        ],
    );
    let (keywords, avoid) = (["prices".to_owned()], ["crypto".to_owned()]);
    let asked = Asked {
        keywords: &keywords,
        avoid: &avoid,
        ..NOTHING
    };
    let choice = chosen(&talk, &asked);
    assert!(clips(&choice)[0].span.range.overlaps(range(3000, 3050)));
    let said = |one: &Scored| {
        talk.1
            .words_in(one.span.range)
            .any(|word| word.text == "crypto")
    };
    assert!(!clips(&choice).into_iter().any(said));
    let avoided = |one: &Scored| {
        one.reason
            .starts_with("says \"crypto\", which is to be avoided")
    };
    let wrong = choice
        .candidates
        .iter()
        .filter(|one| said(one) != avoided(one));
    assert_eq!(wrong.count(), 0);
}

#[test]
fn what_must_be_included_is_and_what_cannot_be_is_told() {
    let talk = talk(240, &[(200, "Then the blue whale came.")]);
    let must = [
        RequiredMoment::Said("blue whales".into()),
        RequiredMoment::During(range(700, 710)),
        RequiredMoment::Said("a green whale".into()),
        RequiredMoment::During(range(700, 7000)),
    ];
    let choice = chosen(
        &talk,
        &Asked {
            must: &must,
            count: 1,
            ..NOTHING
        },
    );
    let held = |moment: TimeRange| {
        let holds = |one: &&Scored| {
            one.span.range.start() <= moment.start() && moment.end() <= one.span.range.end()
        };
        clips(&choice).into_iter().any(|one| holds(&one))
    };
    assert!(held(range(700, 710)) && held(range(10_004, 10_016)));
    assert_eq!(choice.unmet, [2, 3]);
    assert!(
        clips(&choice)[1].reason.contains("which must be included"),
        "{:?}",
        clips(&choice)[1].reason
    );
}

#[test]
fn the_order_of_what_is_asked_changes_nothing() {
    let talk = talk(120, &[(30, "A price."), (60, "A launch.")]);
    let mut words = ["price".to_owned(), "launch".to_owned()];
    let mut must = [
        RequiredMoment::During(range(700, 710)),
        RequiredMoment::During(range(3000, 3010)),
    ];
    let first = chosen(
        &talk,
        &Asked {
            keywords: &words,
            must: &must,
            ..NOTHING
        },
    );
    words.reverse();
    must.reverse();
    let second = chosen(
        &talk,
        &Asked {
            keywords: &words,
            must: &must,
            ..NOTHING
        },
    );
    assert_eq!(first, second);
}

#[test]
fn a_video_without_shots_has_no_clips() {
    let choice = chosen(&(Vec::new(), talk(9, &[]).1), &NOTHING);
    assert_eq!((choice.considered, choice.clips.len()), (0, 0));
}

#[test]
fn what_is_shown_elsewhere_makes_room_for_the_next_best() {
    let talk = talk(240, &[]);
    let first = chosen(&talk, &NOTHING);
    let taken: Vec<Taken> = clips(&first)
        .iter()
        .map(|clip| Taken {
            range: clip.span.range,
            by: "clip 1 of other".into(),
        })
        .collect();
    let second = chosen_beside(&talk, &NOTHING, &taken);
    assert_eq!(second.clips.len(), 3);
    let over = |range: TimeRange| taken.iter().any(|taken| taken.range.overlaps(range));
    assert!(clips(&second).iter().all(|clip| !over(clip.span.range)));
    let shown = second.candidates.iter().filter(|c| over(c.span.range));
    for candidate in shown {
        let reason = &candidate.reason;
        assert!(
            reason.starts_with("shown already by clip 1 of other: "),
            "{reason}"
        );
    }
}

#[test]
fn only_the_best_of_all_videos_and_what_must_be_stay() {
    let must = [RequiredMoment::Said("zebra crossing".into())];
    let asked = Asked {
        must: &must,
        ..NOTHING
    };
    let mut choice = chosen(
        &talk(240, &[(200, "The zebra crossing is here now.")]),
        &asked,
    );
    let demanded: Vec<bool> = clips(&choice)
        .iter()
        .map(|clip| clip.is_demanded())
        .collect();
    let place = |demanded: &bool| match demanded {
        true => Place::Below { best: 1 },
        false => Place::OverVideo { cap: 1 },
    };
    let mut places: Vec<Place> = demanded.iter().map(place).collect();
    let best = demanded.iter().position(|demanded| !demanded).unwrap();
    places[best] = Place::Best { rank: 7 };
    choice.keep_best(&places);
    assert_eq!(choice.clips.len(), 2);
    assert!(clips(&choice).iter().any(|clip| clip.is_demanded()));
    let reasons: Vec<&str> = choice
        .candidates
        .iter()
        .map(|c| c.reason.as_str())
        .collect();
    assert!(
        reasons
            .iter()
            .any(|reason| reason.starts_with("place 7 of all videos: "))
    );
    assert!(
        reasons
            .iter()
            .any(|reason| reason.starts_with("below the cap of 1 for each video: "))
    );
}

#[test]
fn reasons_name_clips_by_the_ranks_that_they_have_in_the_end() {
    let said = |verdict: Verdict| {
        let mut scored = Scored {
            span: CandidateSpan {
                range: TimeRange::new(Timestamp::ZERO, Timestamp::ZERO + Duration::from_secs(9))
                    .unwrap(),
                shots: (0, 1),
                edges: (0.5, 0.5),
            },
            score: 0.5,
            signals: BTreeMap::new(),
            contributions: Vec::new(),
            reason: format!("{verdict}: strong"),
            verdict,
        };
        // The second of three clips is not made.
        scored.renumber(&[Some(1), None, Some(2)]);
        scored.reason
    };
    let demanded = Verdict::Clip {
        rank: 3,
        demanded: true,
    };
    assert_eq!(said(demanded), "clip 2, which must be included: strong");
    assert_eq!(said(Verdict::Like { clip: 1 }), "like clip 1: strong");
    let over = Verdict::Overlaps {
        clip: 2,
        score: 0.6,
    };
    assert_eq!(
        said(over),
        "overlaps a clip that was not made, which scores 0.60: strong"
    );
}
