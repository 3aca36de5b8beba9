//! Shots, face tracks, speaking turns, persons and lasting text of a video, from the scores and detections of its pictures. Pure.

use std::time::Duration;

use super::audio::AudioAnalysis;
use super::decode::VideoAnswers;
use super::persons::PicturePersons;
use super::picture_text::PictureTexts;
use super::shots::ShotScores;
use super::vision::Vision;
use crate::analysis::faces::{SpeakerRules, Track, TrackRules, Turn, speaker, track};
use crate::analysis::persons::{PersonTrack, PersonTrackRules, follow_persons, without_faces};
use crate::analysis::picture_text::{FollowRules, ShownText, follow};
use crate::analysis::shots::{BoundaryRules, FrameScore, KnownStarts, find, slide_changes};
use crate::frame::Rect;
use crate::timeline::{Shot, TimeRange, Timestamp};

/// From one time to the next at which a picture that is held counts as seen.
const HOLD: Duration = Duration::from_millis(500);

/// What is known of a video's pictures.
#[derive(Debug)]
pub(crate) struct VideoAnalysis {
    /// The frames and their scores.
    pub(crate) frames: ShotScores,
    /// The shots; every frame is in one.
    pub(crate) shots: Vec<Shot>,
    /// Detections, embeddings and statistics; none where only shots were wanted.
    pub(crate) vision: Option<Vision>,
    /// The faces, each followed inside one shot.
    pub(crate) tracks: Vec<Track>,
    /// Who seems to speak when.
    pub(crate) turns: Vec<Turn>,
    /// The persons where no face is followed, each inside one shot.
    pub(crate) persons: Vec<PersonTrack>,
    /// The lines of text in the pictures, each inside one shot, by their beginning.
    pub(crate) texts: Vec<ShownText>,
}

impl VideoAnalysis {
    /// Returns what follows from the scores and detections, and from the speech that was heard meanwhile.
    pub(crate) fn new(answers: VideoAnswers, audio: &AudioAnalysis, rules: &BoundaryRules) -> Self {
        let VideoAnswers {
            shots: mut frames,
            mut vision,
            persons,
            texts,
        } = answers;
        // A player shows the last picture as long as there is sound.
        let heard_until = audio.range.map(|range| range.end());
        frames.end = frames.end.max(heard_until.unwrap_or(frames.end));
        if let Some(vision) = &mut vision {
            hold(&mut vision.faces, &frames, Duration::MAX);
        }
        let PicturePersons(mut persons) = persons.unwrap_or_default();
        hold(&mut persons, &frames, HOLD);
        let PictureTexts(mut texts) = texts.unwrap_or_default();
        hold(&mut texts, &frames, HOLD);
        let known = KnownStarts {
            fades: &frames.fades,
            slides: &slide_changes(&frames.changes, &frames.times, &texts),
        };
        let shots = find(&frames.times, frames.end, &frames.scores, known, rules);
        let tracks = match &vision {
            Some(vision) => track(&vision.faces, &shots, &TrackRules::default()),
            None => Vec::new(),
        };
        let turns = speaker(&tracks, &audio.speech, &SpeakerRules::default());
        let persons = follow_persons(&persons, &shots, &PersonTrackRules::default());
        let persons = without_faces(persons, &tracks);
        let texts = follow(&texts, &shots, &FollowRules::default());
        Self {
            frames,
            shots,
            vision,
            tracks,
            turns,
            persons,
            texts,
        }
    }

    /// Returns what is known of the pictures of sound alone: one is held as long as there is any.
    pub(crate) fn of_sound(audio: &AudioAnalysis, rules: &BoundaryRules) -> Option<Self> {
        let heard = audio.range?;
        let frames = ShotScores {
            times: vec![heard.start()],
            end: heard.end(),
            corrupt: 0,
            vfr: false,
            scores: vec![FrameScore::default()],
            scored: Vec::new(),
            fades: Vec::new(),
            changes: Vec::new(),
            shapes: Vec::new(),
        };
        let answers = VideoAnswers {
            shots: frames,
            vision: None,
            persons: None,
            texts: None,
        };
        Some(Self::new(answers, audio, rules))
    }

    /// Returns when the pictures are shown: from the first frame to the end of the last.
    pub(crate) fn range(&self) -> Option<TimeRange> {
        TimeRange::new(*self.frames.times.first()?, self.frames.end)
    }

    /// Returns the part of the picture that a shot fills; the rest is black.
    pub(crate) fn part_of(&self, shot: usize) -> Rect {
        let first = self.shots[shot].start_frame;
        let shapes = self.frames.shapes.iter();
        let last = shapes.take_while(|(frame, _)| *frame <= first).last();
        last.map_or(Rect::WHOLE, |(_, part)| *part)
    }

    /// Returns the shots that a range touches, cut to it, with their numbers.
    pub(crate) fn shots_in(&self, range: TimeRange) -> impl Iterator<Item = (usize, TimeRange)> {
        let shots = &self.shots;
        let first = shots.partition_point(|shot| shot.range.end() <= range.start());
        let touched = shots.iter().enumerate().skip(first);
        let touched = touched.take_while(move |(_, shot)| shot.range.start() < range.end());
        touched.filter_map(move |(number, shot)| {
            let start = shot.range.start().max(range.start());
            let end = shot.range.end().min(range.end());
            Some((number, TimeRange::new(start, end)?))
        })
    }

    /// Returns the tracks of one shot; they stand in the order of the shots.
    pub(crate) fn tracks_of(&self, shot: usize) -> &[Track] {
        let first = self.tracks.partition_point(|track| track.shot < shot);
        let end = self.tracks.partition_point(|track| track.shot <= shot);
        &self.tracks[first..end]
    }

    /// Returns the persons of one shot; they stand in the order of the shots.
    pub(crate) fn persons_of(&self, shot: usize) -> &[PersonTrack] {
        let first = self.persons.partition_point(|track| track.shot < shot);
        let end = self.persons.partition_point(|track| track.shot <= shot);
        &self.persons[first..end]
    }
}

/// Repeats what was found on pictures that are held: they are seen all the time.
///
/// What was found longer than `old` before a picture is not of it.
fn hold<T: Clone>(found: &mut Vec<(Timestamp, T)>, frames: &ShotScores, old: Duration) {
    let ends = frames.times.iter().skip(1).chain([&frames.end]);
    let held = frames.times.iter().zip(ends);
    let mut repeated = Vec::new();
    for (&start, &end) in held.filter(|(start, end)| end.since(**start) > 2 * HOLD) {
        let before = found.partition_point(|(time, _)| *time <= start);
        let Some((time, seen)) = before.checked_sub(1).map(|slot| &found[slot]) else {
            continue;
        };
        if start.since(*time) > old {
            continue;
        }
        let times = std::iter::successors(Some(start + HOLD), |time| Some(*time + HOLD));
        repeated.extend(
            times
                .take_while(|time| *time < end)
                .map(|time| (time, seen.clone())),
        );
    }
    found.extend(repeated);
    found.sort_by_key(|(time, _)| *time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_on_a_held_picture_holds_as_long() {
        let at = |millis| Timestamp::new(millis, 1000).unwrap();
        let frames = ShotScores {
            times: vec![at(0), at(40), at(2000)],
            end: at(2040),
            corrupt: 0,
            vfr: true,
            scores: Vec::new(),
            scored: Vec::new(),
            fades: Vec::new(),
            changes: Vec::new(),
            shapes: Vec::new(),
        };
        let mut found = vec![(at(0), 'a'), (at(40), 'b'), (at(2000), 'c')];
        let mut rarely = vec![(at(0), 'a')];
        hold(&mut found, &frames, Duration::MAX);
        assert_eq!(found.iter().filter(|(_, what)| *what == 'b').count(), 4);
        assert_eq!((found[2], found[5]), ((at(540), 'b'), (at(2000), 'c')));
        hold(&mut rarely, &frames, Duration::from_millis(20));
        assert_eq!(rarely.len(), 1);
    }
}
