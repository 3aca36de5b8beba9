//! Shot boundaries from frame scores. Pure.

use std::time::Duration;

use serde::Serialize;

use super::FrameScore;
use super::fades::FADE;
use crate::settings::Shots;
use crate::timeline::{Shot, TimeRange, Timestamp, Transition};

/// A transition over at least this many frames is gradual; hard cuts light up two frames at most.
const GRADUAL_FRAMES: usize = 4;
/// A slide that changes so near to another boundary changes with it.
const SLIDE: Duration = Duration::from_millis(500);

/// Thresholds of a shot boundary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BoundaryRules {
    /// A frame above this score is the middle of a transition, 0..1.
    pub threshold: f32,
    /// A shorter shot joins the one before it.
    pub min_length: Duration,
}

impl BoundaryRules {
    /// Returns what the settings say.
    pub fn of(settings: &Shots) -> Self {
        Self {
            threshold: settings.threshold,
            min_length: settings.min_length,
        }
    }
}

/// Frames at which shots begin, whatever the scores say; each list is in order.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownStarts<'a> {
    /// The middles of fades: there, and not where the scores place it, one shot goes over into the next.
    pub fades: &'a [usize],
    /// Where another slide is shown.
    pub slides: &'a [usize],
}

/// Returns the shots of a video, in order, without gaps.
///
/// `times` and `scores` have one entry a frame; `end` is when the last frame goes. Empty without frames.
/// Frames whose time does not advance cannot hold a shot of their own: it joins its neighbour.
pub fn find(
    times: &[Timestamp],
    end: Timestamp,
    scores: &[FrameScore],
    known: KnownStarts<'_>,
    rules: &BoundaryRules,
) -> Vec<Shot> {
    debug_assert_eq!(times.len(), scores.len());
    let mut starts = vec![(0, Transition::Start)];
    starts.extend(boundaries(scores, rules.threshold));
    move_to_fades(&mut starts, known.fades, times);
    add_slides(&mut starts, known.slides, times);
    let ends = starts
        .iter()
        .skip(1)
        .map(|(first, _)| *first)
        .chain([times.len()]);
    let mut shots: Vec<Shot> = Vec::new();
    let mut held = None; // a beginning whose frames take no time yet
    for (&(first, transition), last) in starts.iter().zip(ends) {
        let (first, transition) = held.take().unwrap_or((first, transition));
        let until = times.get(last).copied().unwrap_or(end);
        let range = times
            .get(first)
            .and_then(|&from| TimeRange::new(from, until));
        let short = range.is_none_or(|range| range.duration() < rules.min_length);
        match (shots.last_mut(), range) {
            (Some(previous), _) if short => extend(previous, until, last),
            (_, None) => held = Some((first, transition)),
            (_, Some(range)) => shots.push(Shot {
                range,
                start_frame: first as u64,
                end_frame: last as u64,
                transition,
            }),
        }
    }
    shots
}

/// Moves gradual beginnings near a fade into its middle, and adds those that are missing there.
fn move_to_fades(starts: &mut Vec<(usize, Transition)>, fades: &[usize], times: &[Timestamp]) {
    let is_near = |one: usize, other: usize| apart(times[one], times[other]) <= FADE;
    starts.retain(|&(first, transition)| {
        transition != Transition::Gradual || !fades.iter().any(|&fade| is_near(first, fade))
    });
    starts.extend(fades.iter().map(|&fade| (fade, Transition::Gradual)));
    // Of a cut and a fade in one place the cut stays: it was there first.
    starts.sort_by_key(|(first, _)| *first);
    starts.dedup_by_key(|(first, _)| *first);
}

/// Adds the slides that no beginning is near to.
fn add_slides(starts: &mut Vec<(usize, Transition)>, slides: &[usize], times: &[Timestamp]) {
    let known = starts.clone();
    let is_new = |slide: &usize| {
        let away = known
            .iter()
            .map(|(first, _)| apart(times[*first], times[*slide]));
        away.min().is_none_or(|away| away > SLIDE)
    };
    let new = slides.iter().copied().filter(is_new);
    starts.extend(new.map(|slide| (slide, Transition::Cut)));
    starts.sort_by_key(|(first, _)| *first);
}

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}

fn extend(shot: &mut Shot, until: Timestamp, last: usize) {
    shot.end_frame = last as u64;
    shot.range = TimeRange::new(shot.range.start(), until).unwrap_or(shot.range);
}

/// Returns the first frame of each new shot and how it begins: the frame after each run above the threshold.
fn boundaries(scores: &[FrameScore], threshold: f32) -> Vec<(usize, Transition)> {
    let over = |slot: usize| scores[slot].single > threshold;
    (1..scores.len())
        .filter(|&slot| over(slot - 1) && !over(slot))
        .map(|slot| (slot, transition_before(scores, slot, threshold)))
        .collect()
}

fn transition_before(scores: &[FrameScore], slot: usize, threshold: f32) -> Transition {
    let inside = |score: &&FrameScore| score.many > threshold || score.single > threshold;
    let before = scores[..slot].iter().rev().take_while(inside).count();
    let after = scores[slot..].iter().take_while(inside).count();
    if before + after >= GRADUAL_FRAMES {
        Transition::Gradual
    } else {
        Transition::Cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame_times(count: usize) -> (Vec<Timestamp>, Timestamp) {
        let at = |n: usize| Timestamp::from_ticks(n as i64, 1, 10).unwrap();
        ((0..count).map(at).collect(), at(count))
    }

    /// One character a frame: `.` nothing, `c` middle of a transition, `g` inside one.
    fn check(picture: &str, min_length: f64, expected: &str) {
        check_with(picture, KnownStarts::default(), min_length, expected);
    }

    fn faded(fades: &[usize]) -> KnownStarts<'_> {
        KnownStarts { fades, slides: &[] }
    }

    fn check_with(picture: &str, known: KnownStarts<'_>, min_length: f64, expected: &str) {
        let scores: Vec<_> = picture
            .chars()
            .map(|c| match c {
                'c' => FrameScore {
                    single: 0.9,
                    many: 0.9,
                },
                'g' => FrameScore {
                    single: 0.1,
                    many: 0.9,
                },
                _ => FrameScore::default(),
            })
            .collect();
        let (times, end) = frame_times(scores.len());
        let rules = BoundaryRules {
            threshold: 0.5,
            min_length: Duration::from_secs_f64(min_length),
        };
        let found: Vec<_> = find(&times, end, &scores, known, &rules)
            .iter()
            .map(|s| format!("{}..{} {:?}", s.start_frame, s.end_frame, s.transition))
            .collect();
        assert_eq!(found.join(", "), expected);
    }

    #[test]
    fn a_new_shot_starts_after_the_run_of_high_scores() {
        check("...c....cc..", 0.0, "0..4 Start, 4..10 Cut, 10..12 Cut");
    }

    #[test]
    fn a_long_transition_is_gradual() {
        check("...ggcgg...", 0.0, "0..6 Start, 6..11 Gradual");
    }

    #[test]
    fn a_fade_has_its_shots_meet_in_its_middle() {
        let scores = "......ggcgg....ggcgg...............";
        check_with(scores, faded(&[11]), 0.0, "0..11 Start, 11..35 Gradual");
        let alone = "...................................";
        check_with(alone, faded(&[11]), 0.0, "0..11 Start, 11..35 Gradual");
        check_with(
            "..........c.........",
            faded(&[11]),
            0.0,
            "0..11 Start, 11..20 Cut",
        );
        check_with("...ggcgg............", faded(&[0]), 0.0, "0..20 Start");
    }

    #[test]
    fn another_slide_is_a_shot_where_none_begins_anyway() {
        let known = KnownStarts {
            fades: &[],
            slides: &[4, 12, 25],
        };
        let scores = ".............c................";
        check_with(scores, known, 0.0, "0..14 Start, 14..25 Cut, 25..30 Cut");
    }

    #[test]
    fn high_scores_at_the_very_end_begin_nothing() {
        check("......c", 0.0, "0..7 Start");
        check("", 0.0, "");
    }

    #[test]
    fn a_shot_shorter_than_the_minimum_joins_its_neighbour() {
        check(".....c.c......", 0.3, "0..8 Start, 8..14 Cut");
        check("c.........", 0.3, "0..1 Start, 1..10 Cut");
    }

    proptest! {
        #[test]
        fn shots_cover_the_video_without_gap_or_overlap(
            raw in proptest::collection::vec((0.0..1.0_f32, 0.0..1.0_f32), 1..300), min_ms in 0..2000_u64,
            fades in proptest::collection::btree_set(0..300_usize, 0..5),
        ) {
            let fades: Vec<_> = fades.into_iter().filter(|fade| *fade < raw.len()).collect();
            let scores: Vec<_> = raw.iter().map(|&(single, many)| FrameScore { single, many }).collect();
            let (times, end) = frame_times(scores.len());
            let rules = BoundaryRules { threshold: 0.5, min_length: Duration::from_millis(min_ms) };
            let shots = find(&times, end, &scores, faded(&fades), &rules);
            prop_assert_eq!(shots[0].start_frame, 0);
            prop_assert_eq!(shots[shots.len() - 1].end_frame, scores.len() as u64);
            for pair in shots.windows(2) {
                prop_assert_eq!(pair[0].end_frame, pair[1].start_frame);
                prop_assert_eq!(pair[0].range.end(), pair[1].range.start());
                prop_assert!(pair[1].range.duration() >= rules.min_length);
            }
        }
    }
}
