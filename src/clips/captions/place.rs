//! Position of cues on the picture, so that they cover no face while there is room, and above all no mouth.
//!
//! A cue at a place costs, all places of all cues together being the cheapest,
//! - by the second: the share of the faces that it covers, a mouth counted ten times (`ZONES`); what the place costs, for
//!   viewers look for text at the bottom; and `ACROSS` where the edge of a picture between bars runs through it,
//! - `MOVE` when the cue before stood elsewhere, twice that in mid-sentence.

use super::Cue;
use crate::frame::Rect;
use crate::timeline::{TimeRange, Timestamp};

/// Where on the picture a cue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CuePlace {
    /// Above the lower margin.
    #[default]
    Bottom,
    /// With its lower edge so many thousandths of the picture's height above the picture's.
    Raised(u16),
    /// Below the upper margin.
    Top,
}

/// The room that cues have, in fractions of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Without text at the left and at the right.
    pub side: f64,
    /// Without text at the top.
    pub top: f64,
    /// Without text at the bottom, where cues stand as a rule.
    pub bottom: f64,
    /// The same where a cue must give way; not more than `bottom`.
    pub lowest: f64,
    /// Height of a line of text.
    pub line: f64,
}

/// What else is on the pictures that the cues are shown on, in fractions of them and on the cues' clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// Faces.
    pub faces: &'a [(Timestamp, Rect)],
    /// Lines of text.
    pub texts: &'a [(Timestamp, Rect)],
    /// The area that the source's picture takes while bars are above and below it.
    pub between_bars: &'a [(TimeRange, Rect)],
}

/// What a second on top of all faces costs where nothing on them counts more.
const COVERED: f64 = 5.0;
/// What a second on top of a whole line of text costs.
const WRITTEN_OVER: f64 = 5.0;
/// Parts of a face from its top to here, in heights of it, and how much covering them counts: hair and forehead, eyes and
/// nose, mouth, chin.
const ZONES: [(f64, f64); 4] = [(0.25, 1.0), (0.65, 3.0), (0.9, 10.0), (1.0, 1.0)];
/// What a second across the edge of a picture costs.
const ACROSS: f64 = 0.5;
/// What a change of place costs: text that jumps is hard to follow.
const MOVE: f64 = 0.4;
/// How far from a cue in seconds a face still counts: the time between two samples.
const NEAR: f64 = 0.2;
/// How far apart in heights of the picture places are that give way to a face.
const STEP: f64 = 0.05;
/// What is left free between the edge of a picture and a cue in the bar, in lines.
const PAD: f64 = 0.15;

/// A place with where it is and what a second there costs.
#[derive(Debug, Clone, Copy)]
struct PricedPlace {
    place: CuePlace,
    price: f64,
}

impl CuePlace {
    fn raised(edge: f64) -> Self {
        Self::Raised((edge * 1000.0).round().clamp(0.0, 1000.0) as u16)
    }

    /// Returns the area that so many lines take.
    fn area(self, lines: usize, room: &Room) -> Rect {
        let height = lines as f64 * room.line;
        let y = match self {
            Self::Bottom => 1.0 - room.bottom - height,
            Self::Raised(edge) => 1.0 - f64::from(edge) / 1000.0 - height,
            Self::Top => room.top,
        };
        Rect {
            x: room.side,
            y,
            width: 1.0 - 2.0 * room.side,
            height,
        }
    }
}

/// Returns the place of each cue.
pub fn places(cues: &[Cue], around: &Surroundings<'_>, room: &Room) -> Vec<CuePlace> {
    let (faces, texts) = (in_order(around.faces), in_order(around.texts));
    let choice = priced_places(around.between_bars, room);
    let mut costs = vec![0.0; choice.len()];
    let mut before = Vec::with_capacity(cues.len());
    let mut moving = 0.0;
    for cue in cues {
        let (near, read) = (seen_near(&faces, cue), seen_near(&texts, cue));
        let cost = |priced: &PricedPlace| {
            let area = priced.place.area(cue.lines().len(), room);
            let hidden = covered(near, area) + written_over(read, area);
            let second = priced.price + hidden + across(cue, area, around);
            second * cue.range().duration().as_secs_f64()
        };
        let from: Vec<usize> = (0..choice.len())
            .map(|to| cheapest(&costs, to, moving))
            .collect();
        let stay = |to: usize| costs[from[to]] + if from[to] == to { 0.0 } else { moving };
        costs = (0..choice.len())
            .map(|to| stay(to) + cost(&choice[to]))
            .collect();
        before.push(from);
        moving = if ends_sentence(cue) { MOVE } else { 2.0 * MOVE };
    }
    let mut at = cheapest(&costs, 0, 0.0);
    let back = before.iter().rev().map(|from| {
        let place = choice[at].place;
        at = from[at];
        place
    });
    let mut places: Vec<CuePlace> = back.collect();
    places.reverse();
    places
}

/// Returns every place that a cue may stand at.
fn priced_places(between_bars: &[(TimeRange, Rect)], room: &Room) -> Vec<PricedPlace> {
    let priced = |place, price| PricedPlace { place, price };
    let mut all = vec![priced(CuePlace::Bottom, 0.0)];
    all.extend(between_bars.iter().filter_map(|(_, picture)| {
        let bar = 1.0 - picture.y - picture.height;
        let edge = (bar - (2.0 + PAD) * room.line).max(room.lowest);
        let fits = edge + (1.0 + PAD) * room.line <= bar;
        fits.then(|| priced(CuePlace::raised(edge), 0.05))
    }));
    if room.lowest < room.bottom {
        all.push(priced(CuePlace::raised(room.lowest), 0.15));
    }
    let steps = (1..).map(|step| room.bottom + STEP * f64::from(step));
    let steps = steps.take_while(|edge| *edge <= 0.5);
    all.extend(steps.map(|edge| priced(CuePlace::raised(edge), 0.1 + 0.3 * (edge - room.bottom))));
    all.push(priced(CuePlace::Top, 0.25));
    all
}

/// Returns from which place it is cheapest to come to place `to`, when moving costs so much; the same one if it is.
fn cheapest(costs: &[f64], to: usize, moving: f64) -> usize {
    let cost = |from: usize| costs[from] + if from == to { 0.0 } else { moving };
    let least = (0..costs.len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
    least.unwrap_or(to)
}

fn in_order(seen: &[(Timestamp, Rect)]) -> Vec<(f64, Rect)> {
    let seconds = seen.iter().map(|(time, area)| (time.seconds(), *area));
    let mut all: Vec<(f64, Rect)> = seconds.collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// Returns what a second on top of lines of text costs: neither can be read then.
fn written_over(texts: &[(f64, Rect)], area: Rect) -> f64 {
    let shares = texts.iter().map(|(_, text)| text.share_in(area));
    WRITTEN_OVER * shares.fold(0.0, f64::max)
}

/// Returns the faces, or lines of text, on screen while a cue is.
fn seen_near<'a>(faces: &'a [(f64, Rect)], cue: &Cue) -> &'a [(f64, Rect)] {
    let (start, end) = (cue.range().start().seconds(), cue.range().end().seconds());
    let first = faces.partition_point(|(time, _)| *time < start - NEAR);
    let last = faces.partition_point(|(time, _)| *time < end + NEAR);
    &faces[first..last]
}

fn covered(faces: &[(f64, Rect)], area: Rect) -> f64 {
    let shares = faces.iter().map(|(_, face)| share_covered(*face, area));
    COVERED * shares.sum::<f64>() / faces.len().max(1) as f64
}

/// Returns the share of a face that an area covers, its zones counted as they matter.
fn share_covered(face: Rect, area: Rect) -> f64 {
    let whole = face.width * face.height;
    let mut from = 0.0;
    let zones = ZONES.iter().map(|&(to, weight)| {
        let zone = Rect {
            y: face.y + from * face.height,
            height: (to - from) * face.height,
            ..face
        };
        from = to;
        let shared = zone.shared(area);
        weight * shared.map_or(0.0, |part| part.width * part.height)
    });
    let covered: f64 = zones.sum();
    if whole > 0.0 { covered / whole } else { 0.0 }
}

/// Returns what a second costs of a cue through which the edge of a picture between bars runs.
fn across(cue: &Cue, area: Rect, around: &Surroundings<'_>) -> f64 {
    let now = around.between_bars.iter().filter(|(range, _)| {
        range.start() < cue.range().end() && cue.range().start() < range.end()
    });
    let is_across = |picture: &Rect| {
        let inside = |y: f64| area.y + 1e-3 < y && y + 1e-3 < area.y + area.height;
        inside(picture.y) || inside(picture.y + picture.height)
    };
    if now.into_iter().any(|(_, picture)| is_across(picture)) {
        ACROSS
    } else {
        0.0
    }
}

/// Tells whether a cue ends with a mark that ends a sentence.
fn ends_sentence(cue: &Cue) -> bool {
    let last = cue.words().last().map(|word| word.text.as_str());
    let last = last
        .unwrap_or_default()
        .trim_end_matches(super::script::closer);
    last.ends_with(['.', '?', '!', '…', '。', '？', '！', '؟', '।'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::captions::CueLine;
    use crate::timeline::Word;
    use proptest::prelude::*;

    const ROOM: Room = Room {
        side: 0.1,
        top: 0.2,
        bottom: 0.2,
        lowest: 0.2,
        line: 0.05,
    };
    /// As on a phone.
    const UPRIGHT: Room = Room {
        side: 1.0 / 6.0,
        top: 0.13,
        bottom: 0.28,
        lowest: 0.24,
        line: 0.05,
    };

    fn at(tenths: i64) -> Timestamp {
        Timestamp::new(tenths, 10).unwrap()
    }

    /// Cues of two lines, a second each, one after the other.
    fn cues(count: i64) -> Vec<Cue> {
        let cue = |n: i64| {
            let range = TimeRange::new(at(10 * n), at(10 * n + 10)).unwrap();
            let word = Word {
                text: "word".into(),
                range,
                confidence: 1.0,
                space_before: true,
            };
            let line = CueLine { words: vec![word] };
            Cue {
                range,
                lines: vec![line.clone(), line],
            }
        };
        (0..count).map(cue).collect()
    }

    /// A face between these heights at these tenths of seconds.
    fn face_at(times: std::ops::Range<i64>, from: f64, to: f64) -> Vec<(Timestamp, Rect)> {
        let face = Rect {
            x: 0.3,
            y: from,
            width: 0.4,
            height: to - from,
        };
        times.step_by(2).map(|time| (at(time), face)).collect()
    }

    fn beside(faces: &[(Timestamp, Rect)], room: &Room) -> Vec<CuePlace> {
        let around = Surroundings {
            faces,
            ..Surroundings::default()
        };
        places(&cues(3), &around, room)
    }

    /// The only place that all three cues have.
    fn one_area(places: &[CuePlace], room: &Room) -> Rect {
        assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
        places[0].area(2, room)
    }

    #[test]
    fn cues_stand_at_the_bottom_where_no_face_is() {
        assert_eq!(beside(&[], &ROOM), [CuePlace::Bottom; 3]);
        let above = face_at(0..30, 0.2, 0.6);
        assert_eq!(beside(&above, &ROOM), [CuePlace::Bottom; 3]);
    }

    #[test]
    fn a_face_at_the_bottom_lifts_the_cues() {
        let low = beside(&face_at(0..30, 0.66, 0.95), &ROOM);
        let area = one_area(&low, &ROOM);
        assert!(area.y > 0.5 && area.y + area.height <= 0.67, "{area:?}");
        let large = face_at(0..30, 0.35, 0.9);
        assert_eq!(beside(&large, &ROOM), [CuePlace::Top; 3]);
    }

    #[test]
    fn cues_stand_on_no_line_of_text() {
        let low = face_at(0..30, 0.7, 0.78);
        let around = Surroundings {
            texts: &low,
            ..Surroundings::default()
        };
        let placed = places(&cues(3), &around, &ROOM);
        let area = one_area(&placed, &ROOM);
        assert!(area.shared(low[0].1).is_none(), "{area:?}");
    }

    #[test]
    fn cues_stand_between_the_faces_of_a_split() {
        let mut faces = face_at(0..30, 0.1, 0.4);
        faces.extend(face_at(0..30, 0.56, 0.9));
        let area = one_area(&beside(&faces, &ROOM), &ROOM);
        assert!(area.y >= 0.39 && area.y + area.height <= 0.57, "{area:?}");
    }

    #[test]
    fn cues_do_not_jump_aside_for_the_edge_of_a_chin() {
        let chin = face_at(10..20, 0.3, 0.705);
        assert_eq!(beside(&chin, &ROOM), [CuePlace::Bottom; 3]);
    }

    #[test]
    fn on_a_face_that_fills_the_picture_cues_stand_on_chin_or_hair() {
        for (from, to) in [(0.1, 0.78), (0.15, 0.7), (0.05, 0.85), (0.2, 0.76)] {
            let area = one_area(&beside(&face_at(0..30, from, to), &UPRIGHT), &UPRIGHT);
            let lips = Rect {
                x: 0.3,
                y: from + 0.7 * (to - from),
                width: 0.4,
                height: 0.18 * (to - from),
            };
            let hidden = lips.shared(area).map_or(0.0, |part| part.height);
            assert!(hidden < 0.1 * lips.height, "{from}..{to}: {area:?}");
        }
    }

    #[test]
    fn a_cue_stands_in_the_bar_and_never_across_the_edge_of_the_picture() {
        let picture = |height: f64| Rect {
            x: 0.0,
            y: (1.0 - height) / 2.0,
            width: 1.0,
            height,
        };
        // 16:9 and 4:3 in an upright picture, and one that leaves hardly a bar.
        for height in [0.316, 0.42, 0.52] {
            let bars = [(TimeRange::new(at(0), at(30)).unwrap(), picture(height))];
            let around = Surroundings {
                between_bars: &bars,
                ..Surroundings::default()
            };
            let area = one_area(&places(&cues(3), &around, &UPRIGHT), &UPRIGHT);
            let edge = (1.0 + height) / 2.0;
            let apart = area.y >= edge - 1e-3 || area.y + area.height <= edge + 1e-3;
            assert!(apart, "{height}: {area:?}");
            assert!(height > 0.4 || area.y >= edge, "{height}: {area:?}");
        }
    }

    proptest! {
        #[test]
        fn no_face_is_covered_while_a_place_is_free_all_the_time(from in 0.0..0.9_f64, length in 0.02..0.5_f64) {
            let face = face_at(0..50, from, from + length);
            let choice = priced_places(&[], &ROOM);
            let hits = |place: CuePlace| place.area(2, &ROOM).shared(face[0].1).is_some();
            let free = choice.iter().any(|priced| !hits(priced.place));
            for place in beside(&face, &ROOM) {
                let share = share_covered(face[0].1, place.area(2, &ROOM));
                prop_assert!(!free || share < 0.1, "{place:?} covers {share}");
            }
        }
    }
}
