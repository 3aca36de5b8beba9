//! Input of clip selection: what is known of a video, and what the user asks for.

use std::time::Duration;

use crate::analysis::Embedding;
use crate::analysis::faces::Track;
use crate::analysis::look::Appearance;
use crate::analysis::signature::Signature;
use crate::analysis::sound::{Energy, SoundLabel};
use crate::analysis::thought::ThoughtEnd;
use crate::settings::RequiredMoment;
use crate::timeline::{Paragraph, Shot, TimeRange, Timestamp, Transcript};

/// What is known of a video.
///
/// Only the shots must be there. What is `None` was not looked for: signals that need it are absent from every score,
/// and the weights of the others count for more. What was looked for and not found is empty instead.
#[derive(Debug, Clone, Copy, Default)]
pub struct Material<'a> {
    /// Shots, in order, without gaps.
    pub shots: &'a [Shot],
    /// When each frame is shown; clips begin and end on frames where these are known.
    pub frames: &'a [Timestamp],
    /// Who speaks when.
    pub speech: Option<&'a [TimeRange]>,
    /// Pauses in speech and whether a thought is over with them, in order; none where that is not known.
    pub thoughts: &'a [ThoughtEnd],
    /// What is said.
    pub talk: Option<Talk<'a>>,
    /// What is heard.
    pub sounds: Option<&'a [(TimeRange, SoundLabel)]>,
    /// How loud it is.
    pub energy: Option<&'a Energy>,
    /// A digest of the file's bytes.
    pub content: Option<&'a [u8]>,
    /// What tells its moments from others by their sound.
    pub heard: Option<&'a Signature>,
    /// What tells them from others by their pictures.
    pub seen: Option<&'a Signature>,
    /// Light, movement, sharpness, black and frozen segments.
    pub look: Option<&'a Appearance>,
    /// How many faces there are and how large, in order of time; one entry for each picture that was looked at.
    pub faces: Option<&'a [FacesAt]>,
    /// What pictures look like, in order of time.
    pub pictures: Option<&'a [(Timestamp, Embedding)]>,
}

/// What is said in a video.
#[derive(Debug, Clone, Copy)]
pub struct Talk<'a> {
    /// Every word.
    pub transcript: &'a Transcript,
    /// One for each sentence of the transcript, or none at all.
    pub embeddings: &'a [Embedding],
    /// Neighbouring sentences on one topic.
    pub paragraphs: &'a [Paragraph],
}

/// The faces of one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FacesAt {
    /// When the picture is shown.
    pub time: Timestamp,
    /// How many there are.
    pub count: u32,
    /// Height of the largest, as a share of the picture's; 0 without any.
    pub largest: f32,
}

/// What is asked of a video's clips.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// How many, and how long.
    pub limits: ClipLimits,
    /// Phrases that speak for a clip.
    pub keywords: &'a [String],
    /// Phrases that no clip may hold.
    pub avoid: &'a [String],
    /// What some clip must hold, whatever its score and however many there are already.
    pub must: &'a [RequiredMoment],
    /// The only segment of the video that clips may be of.
    pub only: Option<TimeRange>,
    /// What is delivered elsewhere: no clip shares time with it.
    pub taken: &'a [Taken],
}

/// A segment whose moment is delivered elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// When it is in this video.
    pub range: TimeRange,
    /// Which clip shows it, for people: `clip 2 of talk`.
    pub by: String,
}

/// How many clips, and how long each may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipLimits {
    /// The most clips of one video; more only where more must be.
    pub count: usize,
    /// So many even if they are weak or alike, as long as there is room for them.
    pub floor: usize,
    /// The shortest clip.
    pub min: Duration,
    /// The longest clip.
    pub max: Duration,
}

impl FacesAt {
    /// Counts the faces of each picture that was looked at; `looked` is in order of time.
    pub fn of(tracks: &[Track], looked: &[Timestamp]) -> Vec<Self> {
        let none = |&time| Self {
            time,
            count: 0,
            largest: 0.0,
        };
        let mut all: Vec<Self> = looked.iter().map(none).collect();
        for sample in tracks.iter().flat_map(|track| &track.samples) {
            if let Ok(slot) = all.binary_search_by(|faces| faces.time.cmp(&sample.time)) {
                all[slot].count += 1;
                all[slot].largest = all[slot].largest.max(sample.region.height);
            }
        }
        all
    }
}

impl ClipLimits {
    /// Tells whether a clip may be that long.
    pub fn allow(&self, range: TimeRange) -> bool {
        (self.min..=self.max).contains(&range.duration())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;
    use crate::analysis::faces::{Landmarks, TrackSample};

    #[test]
    fn faces_are_counted_by_picture_and_the_largest_is_kept() {
        let at = |second| Timestamp::new(second, 1).unwrap();
        let track = |times: &[i64], height: f32| Track {
            id: 0,
            shot: 0,
            samples: times
                .iter()
                .map(|&second| TrackSample {
                    time: at(second),
                    region: Region {
                        height,
                        ..Region::WHOLE
                    },
                    score: None,
                    landmarks: Landmarks::default(),
                    searched: true,
                })
                .collect(),
        };
        let tracks = [track(&[0, 1], 0.2), track(&[1, 7], 0.5)];
        let found: Vec<_> = FacesAt::of(&tracks, &[at(0), at(1), at(2)])
            .iter()
            .map(|faces| (faces.count, faces.largest))
            .collect();
        assert_eq!(found, [(1, 0.2), (2, 0.5), (0, 0.0)]);
    }
}
