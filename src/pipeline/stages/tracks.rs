//! Shots, face tracks and speaking turns of a video, from the scores and detections of its pictures. Pure.

use super::audio::AudioAnalysis;
use super::shots::ShotScores;
use super::vision::Vision;
use crate::analysis::faces::{SpeakerRules, Track, TrackRules, Turn, speaker, track};
use crate::analysis::shots::{BoundaryRules, find};
use crate::timeline::{Shot, TimeRange};

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
}

impl VideoAnalysis {
    /// Returns what follows from the scores and detections, and from the speech that was heard meanwhile.
    pub(crate) fn new(
        frames: ShotScores,
        vision: Option<Vision>,
        audio: &AudioAnalysis,
        rules: &BoundaryRules,
    ) -> Self {
        let shots = find(&frames.times, frames.end, &frames.scores, rules);
        let tracks = match &vision {
            Some(vision) => track(&vision.faces, &shots, &TrackRules::default()),
            None => Vec::new(),
        };
        let turns = speaker(&tracks, &audio.speech, &SpeakerRules::default());
        Self {
            frames,
            shots,
            vision,
            tracks,
            turns,
        }
    }

    /// Returns when the pictures are shown: from the first frame to the end of the last.
    pub(crate) fn range(&self) -> Option<TimeRange> {
        TimeRange::new(*self.frames.times.first()?, self.frames.end)
    }

    /// Returns how many frames are shown in the range.
    pub(crate) fn frames_in(&self, range: TimeRange) -> u64 {
        let times = &self.frames.times;
        let end = times.partition_point(|time| *time < range.end());
        let start = times.partition_point(|time| *time < range.start());
        (end - start) as u64
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
}
