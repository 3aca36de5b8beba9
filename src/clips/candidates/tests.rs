use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::analysis::Region;
use crate::analysis::look::Appearance;
use crate::analysis::sound::SoundLabel;
use crate::analysis::thought::ThoughtEnd;
use crate::clips::Talk;
use crate::timeline::{Paragraph, Segment, Transcript, Transition, Word};

/// Frames a second.
const RATE: i32 = 10;

fn frame(number: u64) -> Timestamp {
    Timestamp::from_ticks(number as i64, 1, RATE).unwrap()
}

fn range(start: u64, end: u64) -> TimeRange {
    TimeRange::new(frame(start), frame(end)).unwrap()
}

fn limits(min: u64, max: u64) -> ClipLimits {
    ClipLimits {
        count: 9,
        floor: 1,
        min: Duration::from_secs(min),
        max: Duration::from_secs(max),
    }
}

/// A video, all of it counted in tenths of a second, one frame each.
#[derive(Debug, Default)]
struct Video {
    shots: Vec<Shot>,
    frames: Vec<Timestamp>,
    said: Option<Transcript>,
    sounds: Vec<(TimeRange, SoundLabel)>,
    look: Option<Appearance>,
}

impl Video {
    /// Shots of the given numbers of frames.
    fn of(lengths: &[u64]) -> Self {
        let mut start = 0;
        let shots = lengths.iter().map(|length| {
            let (start_frame, end_frame) = (start, start + length);
            start = end_frame;
            Shot {
                range: range(start_frame, end_frame),
                start_frame,
                end_frame,
                transition: Transition::Cut,
            }
        });
        Self {
            shots: shots.collect(),
            frames: (0..lengths.iter().sum()).map(frame).collect(),
            ..Self::default()
        }
    }

    /// Words of text, start and end.
    fn saying(mut self, words: &[(&str, u64, u64)]) -> Self {
        let words = words.iter().map(|&(text, start, end)| Word {
            text: text.into(),
            range: range(start, end),
            confidence: 1.0,
            space_before: true,
        });
        let words: Vec<Word> = words.collect();
        self.said = Some(Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range: range(0, 1),
                text: String::new(),
                words,
            }],
        });
        self
    }

    /// Black from one frame to another.
    fn black(mut self, start: u64, end: u64) -> Self {
        self.look = Some(Appearance {
            seconds: Vec::new(),
            black: vec![range(start, end)],
            plain: Vec::new(),
            frozen: Vec::new(),
            active: Region::WHOLE,
            insets: Vec::new(),
        });
        self
    }

    fn material(&self) -> Material<'_> {
        Material {
            look: self.look.as_ref(),
            shots: &self.shots,
            frames: &self.frames,
            talk: self.said.as_ref().map(|transcript| Talk {
                transcript,
                embeddings: &[],
                paragraphs: &[] as &[Paragraph],
            }),
            sounds: Some(&self.sounds),
            ..Material::default()
        }
    }

    /// Returns the candidates' starts and ends.
    fn spans(&self, min: u64, max: u64) -> Vec<(f64, f64)> {
        let spans = find_spans(&self.material(), &limits(min, max), None, &[]);
        let times = spans.iter().map(|span| span.range);
        times
            .map(|range| (range.start().seconds(), range.end().seconds()))
            .collect()
    }
}

#[test]
fn clips_without_speech_begin_and_end_at_cuts() {
    let found = Video::of(&[40, 30, 20]).spans(5, 8);
    assert_eq!(found, [(0.0, 7.0), (4.0, 9.0)]);
}

#[test]
fn clips_begin_where_the_picture_is_out_of_black() {
    // The second shot begins in the middle of a fade.
    let found = Video::of(&[40, 60]).black(38, 43).spans(5, 8);
    assert!(found.contains(&(4.7, 10.0)), "{found:?}");
    let on_the_way = |(start, _): &(f64, f64)| (3.8..4.7).contains(start);
    assert!(!found.iter().any(on_the_way), "{found:?}");
}

#[test]
fn a_clip_without_speech_does_not_begin_with_a_scrap_of_another_shot() {
    let mut video = Video::of(&[40, 60, 60]);
    let noise = (range(25, 160), SoundLabel::Music);
    video.sounds = vec![(range(0, 25), SoundLabel::Silence), noise];
    let worth = |time| {
        let material = video.material();
        let ground = Ground::new(&material, None).unwrap();
        worth::start_worth(&ground, frame(time)).unwrap()
    };
    // The sound changes in either; 2.5 s leaves 1.5 s of the first shot, 0 s all of it.
    assert!(worth(25) < 0.8 * worth(0), "{} {}", worth(25), worth(0));
    assert!(worth(25) < worth(40));
}

#[test]
fn a_long_shot_is_offered_in_parts() {
    let found = Video::of(&[600]).spans(10, 20);
    assert_eq!(found[..2], [(0.0, 15.0), (10.0, 25.0)]);
    assert_eq!(found.last(), Some(&(50.0, 60.0)));
}

#[test]
fn a_video_shorter_than_a_clip_offers_nothing() {
    assert!(Video::of(&[30]).spans(5, 8).is_empty());
    assert!(Video::of(&[]).spans(5, 8).is_empty());
}

#[test]
fn clips_begin_just_before_a_sentence_and_end_just_after_one() {
    let video = Video::of(&[400]).saying(&[
        ("Well", 40, 45),
        ("then.", 46, 60),
        ("Why", 80, 85),
        ("not?", 86, 180),
        ("Because", 200, 210),
        ("so.", 211, 250),
    ]);
    let found = video.spans(9, 11);
    // A frame, 0.12 s, before 8 s; 0.25 s, to the next frame, after 18 s.
    assert!(found.contains(&(7.8, 18.3)), "{found:?}");
}

#[test]
fn a_cut_in_the_silence_is_where_one_cuts() {
    let words = [("One.", 40, 60), ("Two.", 80, 180), ("Three.", 200, 300)];
    let found = Video::of(&[77, 105, 218]).saying(&words).spans(9, 12);
    assert!(found.contains(&(7.7, 18.2)), "{found:?}");
}

#[test]
fn where_a_thought_is_over_it_is_better_to_end_and_where_it_goes_on_worse() {
    let video = Video::of(&[400]).saying(&[
        ("Well", 2, 10),
        ("then.", 11, 120),
        ("And", 130, 140),
        ("so.", 141, 250),
    ]);
    let worth = |thoughts: &[ThoughtEnd]| {
        let material = Material {
            thoughts,
            ..video.material()
        };
        let spans = find_spans(&material, &limits(11, 13), None, &[]);
        let first = spans.iter().find(|span| span.range.start() < frame(5));
        first.unwrap().edges.1
    };
    let heard = |likelihood| ThoughtEnd {
        time: frame(121),
        likelihood,
    };
    let unasked = worth(&[]);
    assert!(worth(&[heard(0.9)]) > unasked);
    assert!(worth(&[heard(0.02)]) < unasked);
    let elsewhere = ThoughtEnd {
        time: frame(100),
        likelihood: 0.02,
    };
    assert_eq!(worth(&[elsewhere]), unasked);
}

/// A talk without a pause from 12.4 s to 40 s, a sentence every two seconds.
fn talk_after_an_ident() -> Video {
    let words: Vec<(&str, u64, u64)> = (0..28)
        .map(|n| {
            (
                if n % 2 == 1 { "so." } else { "word" },
                124 + 10 * n,
                133 + 10 * n,
            )
        })
        .collect();
    Video::of(&[40, 84, 376]).saying(&words)
}

#[test]
fn what_is_said_begins_with_its_first_word_and_ends_with_its_last() {
    let found = talk_after_an_ident().spans(10, 40);
    let said: Vec<_> = found.into_iter().filter(|span| span.1 > 12.5).collect();
    assert!(!said.is_empty());
    for (start, end) in said {
        let dead = (start - 12.4, end - 40.3);
        assert!(dead.0 >= -0.31 && dead.1 <= 0.31, "{start}..{end}");
    }
}

#[test]
fn laughter_after_the_last_word_is_kept_whole() {
    let mut video = talk_after_an_ident();
    video.sounds = vec![
        (range(124, 403), SoundLabel::Speech),
        (range(405, 440), SoundLabel::Noise),
    ];
    let found = video.spans(10, 40);
    assert!(
        found.iter().any(|span| (44.0..44.4).contains(&span.1)),
        "{found:?}"
    );
    assert!(
        found.iter().all(|span| span.1 < 40.2 || span.1 >= 44.0),
        "{found:?}"
    );
}

#[test]
fn a_film_with_few_words_keeps_its_silence() {
    let video = Video::of(&[100, 100]).saying(&[("Look", 52, 55), ("there.", 140, 145)]);
    assert!(video.spans(10, 20).contains(&(0.0, 20.0)));
}

#[test]
fn music_that_begins_is_a_place_to_cut() {
    let mut video = Video::of(&[600]);
    video.sounds = vec![
        (range(0, 203), SoundLabel::Speech),
        (range(203, 210), SoundLabel::Silence),
        (range(210, 600), SoundLabel::Music),
    ];
    let found = video.spans(9, 12);
    assert!(found.iter().any(|span| span.0 == 21.0), "{found:?}");
    assert!(found.iter().any(|span| span.1 == 21.0), "{found:?}");
}

#[test]
fn only_the_wanted_part_is_offered() {
    let video = Video::of(&[100, 100, 100, 100]);
    let only = Some(range(95, 315));
    let found = find_spans(&video.material(), &limits(5, 12), only, &[]);
    assert!(!found.is_empty());
    let inside = |span: &CandidateSpan| {
        range(95, 315).start() <= span.range.start() && span.range.end() <= frame(315)
    };
    assert!(found.iter().all(inside));
    let beyond = Some(range(900, 990));
    assert!(find_spans(&video.material(), &limits(5, 12), beyond, &[]).is_empty());
}

fn anything() -> impl Strategy<Value = (Video, ClipLimits)> {
    let shots = proptest::collection::vec(1..400_u64, 1..40);
    let words = proptest::collection::vec((0..30_u64, 1..25_u64, any::<bool>()), 0..200);
    let sounds = proptest::collection::vec((1..200_u64, 0..4_usize), 0..30);
    (shots, words, sounds, 1..20_u64, 0..40_u64).prop_map(|(shots, words, sounds, min, more)| {
        let mut video = Video::of(&shots);
        let mut at = 0;
        let words: Vec<_> = words
            .into_iter()
            .map(|(gap, length, ends)| {
                // Some words begin before the one in front of them ends.
                at += gap;
                let text = if ends { "end." } else { "word" };
                (text, at, at + length)
            })
            .collect();
        if !words.is_empty() {
            video = video.saying(&words);
        }
        let mut at = 0;
        for (length, label) in sounds {
            let labels = [
                SoundLabel::Silence,
                SoundLabel::Speech,
                SoundLabel::Music,
                SoundLabel::Noise,
            ];
            video.sounds.push((range(at, at + length), labels[label]));
            at += length;
        }
        (video, limits(min, min + more))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn every_candidate_keeps_the_limits_and_cuts_no_word((video, limits) in anything(), whole in any::<bool>(), from in 0..2000_u64, length in 1..3000_u64) {
        let only = (!whole).then(|| range(from, from + length));
        let material = video.material();
        let found = find_spans(&material, &limits, only, &[]);
        for span in &found {
            let (start, end) = (span.range.start(), span.range.end());
            prop_assert!(limits.allow(span.range));
            for word in video.said.iter().flat_map(|said| said.words()) {
                for edge in [start, end] {
                    prop_assert!(!(word.range.start() < edge && edge < word.range.end()), "{edge} in {}", word.range);
                }
            }
            prop_assert!(span.shots.1 > 0 && span.shots.0 + span.shots.1 <= video.shots.len());
            prop_assert!(only.is_none_or(|only| only.start() <= start && end <= only.end()));
            let last = video.shots[video.shots.len() - 1].range.end();
            prop_assert!(Timestamp::ZERO <= start && end <= last);
        }
        let seconds = video.frames.len() as f64 / f64::from(RATE);
        prop_assert!(found.len() as f64 <= 3.0 * (seconds + 2.0), "{} in {seconds} s", found.len());
        let mut apart = found.clone();
        apart.dedup_by_key(|span| span.range);
        prop_assert_eq!(apart.len(), found.len());
    }

    #[test]
    fn a_moment_is_held_wherever_words_leave_room(lengths in proptest::collection::vec(1..400_u64, 1..20), from in 0..2000_u64, length in 1..90_u64) {
        let video = Video::of(&lengths);
        let frames = video.frames.len() as u64;
        prop_assume!(frames >= 200 && from + length <= frames);
        let wanted = range(from, from + length);
        let found = find_spans(&video.material(), &limits(10, 20), None, &[wanted]);
        let holds = |span: &CandidateSpan| span.range.start() <= wanted.start() && wanted.end() <= span.range.end();
        prop_assert!(found.iter().any(holds));
    }
}
