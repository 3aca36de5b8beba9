//! Active speaker: whose mouth moves while someone speaks. Pure.
//!
//! A guess. On two men side by side the mouth of the one who speaks moves twice as much as the other's; against a face
//! alone there is nothing to compare it with but [`SpeakerRules::still`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Landmarks, Track, TrackSample};
use crate::analysis::Point;
use crate::timeline::{TimeRange, Timestamp};

/// Thresholds of the active speaker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakerRules {
    /// Longer speech is judged in pieces of about this length.
    pub piece: Duration,
    /// How much a mouth that says nothing seems to move, as a share of the way from eyes to mouth.
    pub still: f32,
    /// Another face takes over when its score is this many times that of the one that spoke before.
    pub margin: f32,
    /// Faces found longer apart than this say nothing about the mouth.
    pub max_step: Duration,
}

impl Default for SpeakerRules {
    fn default() -> Self {
        Self {
            piece: Duration::from_secs(2),
            still: 0.005,
            margin: 1.5,
            max_step: Duration::from_millis(1100),
        }
    }
}

/// A segment of speech and the face that seems to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Never longer than the speech, never across a cut.
    pub range: TimeRange,
    /// The track's number.
    pub track: u32,
    /// How likely it is this face and no other, seen or unseen, 0..1.
    pub score: f32,
}

/// Returns who seems to speak, in order; nothing for speech without a face in the picture.
///
/// `tracks` as [`super::track`] returns them, `speech` in order and apart.
pub fn speaker(tracks: &[Track], speech: &[TimeRange], rules: &SpeakerRules) -> Vec<Turn> {
    let of_one_shot = tracks.chunk_by(|a, b| a.shot == b.shot);
    of_one_shot
        .flat_map(|tracks| turns(tracks, speech, rules))
        .collect()
}

fn turns(tracks: &[Track], speech: &[TimeRange], rules: &SpeakerRules) -> Vec<Turn> {
    let faces: Vec<Mouth> = tracks.iter().map(|t| Mouth::of(t, speech, rules)).collect();
    let mut turns: Vec<Turn> = Vec::new();
    for piece in pieces(tracks, speech, rules.piece) {
        let before = turns
            .last()
            .filter(|turn| turn.range.end() == piece.start());
        let Some((track, score)) = likeliest(&faces, piece, before, rules) else {
            continue;
        };
        match turns.last_mut() {
            Some(last) if last.track == track && last.range.end() == piece.start() => {
                extend(last, piece, score);
            }
            _ => turns.push(Turn {
                range: piece,
                track,
                score,
            }),
        }
    }
    turns
}

/// Cuts what is said while the shot shows a face into pieces of even length.
fn pieces(tracks: &[Track], speech: &[TimeRange], longest: Duration) -> Vec<TimeRange> {
    let times = || tracks.iter().flat_map(|t| &t.samples).map(|s| s.time);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    let seen = |said: &TimeRange| TimeRange::new(said.start().max(first), said.end().min(last));
    let cut = |range: TimeRange| {
        let count = range.duration().div_duration_f64(longest).ceil().max(1.0) as u32;
        let at = move |n: u32| {
            if n == count {
                range.end()
            } else {
                range.start() + range.duration() * n / count
            }
        };
        (0..count).filter_map(move |n| TimeRange::new(at(n), at(n + 1)))
    };
    speech.iter().filter_map(seen).flat_map(cut).collect()
}

/// Returns the face that is heard in `piece`; of two that are nearly alike the one that spoke before.
fn likeliest(
    faces: &[Mouth],
    piece: TimeRange,
    before: Option<&Turn>,
    rules: &SpeakerRules,
) -> Option<(u32, f32)> {
    let moved: Vec<(u32, f32)> = faces
        .iter()
        .filter_map(|face| Some((face.track, face.moved_in(piece)?)))
        .collect();
    let all: f32 = moved.iter().map(|(_, moved)| moved * moved).sum();
    let whole = all + rules.still * rules.still;
    let scores = || {
        moved
            .iter()
            .map(|(track, moved)| (*track, moved * moved / whole))
    };
    let best = scores().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    let holder = scores().find(|(track, _)| before.is_some_and(|turn| turn.track == *track));
    Some(match holder {
        Some(holder) if best.1 < holder.1 * rules.margin => holder,
        _ => best,
    })
}

fn extend(turn: &mut Turn, piece: TimeRange, score: f32) {
    let (old, new) = (
        turn.range.duration().as_secs_f32(),
        piece.duration().as_secs_f32(),
    );
    turn.score = (turn.score * old + score * new) / (old + new);
    turn.range = TimeRange::new(turn.range.start(), piece.end()).unwrap_or(turn.range);
}

/// Mouth movement of one face.
struct Mouth {
    track: u32,
    /// When it was seen, and how far the mouth has opened or closed since it was seen last.
    steps: Vec<(Timestamp, f32)>,
    /// The mean of the steps while nobody speaks.
    rest: f32,
}

impl Mouth {
    fn of(track: &Track, speech: &[TimeRange], rules: &SpeakerRules) -> Self {
        let seen = |s: &&TrackSample| s.searched && s.score.is_some();
        let found: Vec<_> = track.samples.iter().filter(seen).collect();
        let steps: Vec<(Timestamp, f32)> = found
            .windows(2)
            .filter(|pair| pair[1].time.since(pair[0].time) <= rules.max_step)
            .filter_map(|pair| {
                let moved = openness(&pair[1].landmarks)? - openness(&pair[0].landmarks)?;
                Some((pair[1].time, moved.abs()))
            })
            .collect();
        let spoken = |time: Timestamp| speech.iter().any(|range| range.contains(time));
        let silent = steps.iter().filter(|(time, _)| !spoken(*time));
        let rest = mean(silent.map(|(_, moved)| *moved)).unwrap_or(0.0);
        Self {
            track: track.id,
            steps,
            rest,
        }
    }

    /// Returns how much the mouth moves in a segment, less half of what it does while nobody speaks.
    fn moved_in(&self, range: TimeRange) -> Option<f32> {
        let inside = self.steps.iter().filter(|(time, _)| range.contains(*time));
        let moved = mean(inside.map(|(_, moved)| *moved))?;
        Some((moved - self.rest / 2.0).max(0.0))
    }
}

/// Returns how far the mouth is from the nose, as a share of the way from eyes to mouth; a face on its side tells nothing.
fn openness(face: &Landmarks) -> Option<f32> {
    let middle = |points: [Point; 2]| (points[0].y + points[1].y) / 2.0;
    let (eyes, mouth) = (middle(face.eyes), middle(face.mouth));
    let share = (mouth - face.nose.y) / (mouth - eyes);
    (mouth > eyes && (0.0..=1.0).contains(&share)).then_some(share)
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;

    fn at(tenths: i64) -> Timestamp {
        Timestamp::new(tenths, 10).unwrap()
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(at(start), at(end)).unwrap()
    }

    /// A face sampled every 0.2 s whose mouth opens and closes by `open(tenths)`.
    fn face(id: u32, shot: usize, times: std::ops::Range<i64>, open: impl Fn(i64) -> f32) -> Track {
        let sample = |tenths: i64| {
            let wide = if tenths % 4 == 0 { open(tenths) } else { 0.0 };
            let row = |y: f32| [Point { x: 0.4, y }, Point { x: 0.6, y }];
            TrackSample {
                time: at(tenths),
                region: Region::WHOLE,
                score: Some(0.9),
                landmarks: Landmarks {
                    eyes: row(0.3),
                    nose: Point { x: 0.5, y: 0.5 },
                    mouth: row(0.7 + wide),
                },
                searched: true,
            }
        };
        Track {
            id,
            shot,
            samples: times.step_by(2).map(sample).collect(),
        }
    }

    fn heard(tracks: &[Track], speech: &[TimeRange]) -> Vec<(u32, TimeRange)> {
        let turns = speaker(tracks, speech, &SpeakerRules::default());
        assert!(turns.iter().all(|turn| (0.0..=1.0).contains(&turn.score)));
        turns.iter().map(|turn| (turn.track, turn.range)).collect()
    }

    #[test]
    fn the_face_whose_mouth_moves_more_is_heard() {
        let tracks = [face(0, 0, 0..100, |_| 0.01), face(1, 0, 0..100, |_| 0.03)];
        assert_eq!(heard(&tracks, &[range(10, 70)]), [(1, range(10, 70))]);
        let [turn] = speaker(&tracks, &[range(10, 70)], &SpeakerRules::default())[..] else {
            panic!("one turn")
        };
        assert!(turn.score > 0.8);
    }

    #[test]
    fn the_turn_goes_over_where_another_begins_to_speak() {
        let tracks = [
            face(0, 0, 0..100, |t| if t < 40 { 0.03 } else { 0.004 }),
            face(1, 0, 0..100, |t| if t < 40 { 0.004 } else { 0.03 }),
        ];
        let found = heard(&tracks, &[range(0, 80)]);
        assert_eq!(found, [(0, range(0, 40)), (1, range(40, 80))]);
    }

    #[test]
    fn a_face_nearly_as_lively_does_not_take_the_turn() {
        let tracks = [
            face(0, 0, 0..100, |_| 0.03),
            face(1, 0, 0..100, |t| if t < 40 { 0.01 } else { 0.033 }),
        ];
        assert_eq!(heard(&tracks, &[range(0, 80)]), [(0, range(0, 80))]);
    }

    #[test]
    fn a_mouth_that_moves_as_much_in_silence_is_believed_less() {
        let tracks = [
            face(0, 0, 0..100, |t| if t < 40 { 0.03 } else { 0.0 }),
            face(1, 0, 0..100, |_| 0.036),
        ];
        assert_eq!(heard(&tracks, &[range(0, 38)]), [(0, range(0, 38))]);
    }

    #[test]
    fn turns_end_at_cuts_and_silence_has_none() {
        let tracks = [face(0, 0, 0..50, |_| 0.03), face(1, 1, 50..100, |_| 0.03)];
        let found = heard(&tracks, &[range(30, 60)]);
        assert_eq!(found, [(0, range(30, 48)), (1, range(50, 60))]);
        assert_eq!(heard(&tracks, &[]), []);
        assert_eq!(heard(&[], &[range(0, 10)]), []);
    }
}
