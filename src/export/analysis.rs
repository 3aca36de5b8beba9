//! `analysis.json`: shots, speech, transcript, sounds, faces, persons and text in the picture of a video.

use serde::{Deserialize, Serialize};

use super::boxes::PictureBoxes;
use super::faces;
use super::number::{Seconds, finite, finite_option};
use super::persons;
use super::picture_text::{self, PictureTextRecord};
use crate::analysis::faces::Track;
use crate::analysis::persons::PersonTrack;
use crate::analysis::picture_text::ShownText;
use crate::analysis::sound::SoundLabel;
use crate::timeline::{Paragraph, Segment, Shot, TimeRange, Transcript, Transition, Word};

/// The layout of `analysis.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisFile {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// The file as it plays.
    pub media: MediaFacts,
    /// The shots, in order and without gaps; empty when no picture was asked for.
    pub shots: Vec<ShotRecord>,
    /// Who speaks when: in order, apart.
    pub speech: Vec<RangeRecord>,
    /// What is said.
    pub transcript: TranscriptRecord,
    /// What is heard, from the first sound to the last without gaps.
    pub sounds: Vec<SoundRecord>,
    /// The faces that were followed, picture by picture.
    #[serde(default)]
    pub faces: Vec<PictureBoxes>,
    /// The persons that were followed where no face is found, picture by picture.
    #[serde(default)]
    pub persons: Vec<PictureBoxes>,
    /// The lines of text in the picture, by their beginning.
    #[serde(default)]
    pub picture_text: Vec<PictureTextRecord>,
}

/// A segment of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RangeRecord {
    /// When it begins.
    pub start: Seconds,
    /// When it is over.
    pub end: Seconds,
}

/// A segment of one kind of sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundRecord {
    /// When it begins.
    pub start: Seconds,
    /// When it is over.
    pub end: Seconds,
    /// `speech`, `music`, `noise` or `silence`.
    pub label: String,
}

/// Transcript, as the file lists it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TranscriptRecord {
    /// ISO 639-1 code; `null` when nothing is said.
    pub language: Option<String>,
    /// In order of speech.
    pub segments: Vec<SegmentRecord>,
    /// Segments on one topic, in order.
    pub paragraphs: Vec<RangeRecord>,
}

/// A segment of speech, as the file lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// When its first word begins.
    pub start: Seconds,
    /// When its last word is over.
    pub end: Seconds,
    /// All of it.
    pub text: String,
    /// Its words.
    pub words: Vec<WordRecord>,
}

/// A word, as the file lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordRecord {
    /// With the punctuation attached to it.
    pub text: String,
    /// When it begins.
    pub start: Seconds,
    /// When it is over.
    pub end: Seconds,
    /// How sure the recogniser is, 0 to 1.
    #[serde(serialize_with = "finite")]
    pub confidence: f64,
}

/// A file as it plays: upright, on its own clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaFacts {
    /// When the first frame is shown, on the file's own clock.
    pub start: Seconds,
    /// From the first frame to the end of the last.
    pub duration: Seconds,
    /// Columns of the upright picture.
    pub width: u32,
    /// Rows of the upright picture.
    pub height: u32,
    /// Width to height of one of its pixels: 1 where they are square.
    #[serde(default = "square", serialize_with = "finite")]
    pub pixel_aspect: f64,
    /// Frames a second on average; `null` where the file does not tell.
    #[serde(serialize_with = "finite_option")]
    pub fps: Option<f64>,
    /// Frames decoded.
    pub frames: u64,
    /// Degrees clockwise that the coded picture was turned to stand upright: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Whether the time between frames varies.
    pub vfr: bool,
    /// The label of the first frame in the editors' files; `null` where the file carries no timecode.
    #[serde(default)]
    pub timecode: Option<String>,
    /// The video's codec as FFmpeg names it.
    pub video_codec: Option<String>,
    /// The audio's codec as FFmpeg names it; `null` without sound.
    pub audio_codec: Option<String>,
    /// The numbers of the audio streams that were mixed, from 0 on; not there where one is heard alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixed_audio: Vec<usize>,
}

fn square() -> f64 {
    1.0
}

/// A shot as the file lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShotRecord {
    /// When its first frame is shown.
    pub start: Seconds,
    /// When the first frame after it is shown.
    pub end: Seconds,
    /// Its first frame.
    pub start_frame: u64,
    /// The first frame after it.
    pub end_frame: u64,
    /// How it begins.
    pub transition: Transition,
}

impl AnalysisFile {
    /// Returns the layout of a file's facts, shots, and what is said and heard.
    pub fn new(
        media: MediaFacts,
        shots: &[Shot],
        speech: &[TimeRange],
        transcript: Option<&Transcript>,
        sounds: impl IntoIterator<Item = (TimeRange, SoundLabel)>,
    ) -> Self {
        Self {
            schema: 1,
            media,
            shots: shots.iter().map(ShotRecord::from).collect(),
            speech: speech.iter().map(|&range| range.into()).collect(),
            transcript: transcript.map(TranscriptRecord::from).unwrap_or_default(),
            sounds: sounds.into_iter().map(SoundRecord::from).collect(),
            faces: Vec::new(),
            persons: Vec::new(),
            picture_text: Vec::new(),
        }
    }
}

impl AnalysisFile {
    /// Adds the segments of what is said that are on one topic.
    pub fn with_paragraphs(mut self, paragraphs: &[Paragraph]) -> Self {
        let ranges = paragraphs.iter().map(|paragraph| paragraph.range.into());
        self.transcript.paragraphs = ranges.collect();
        self
    }

    /// Adds the faces that were followed.
    pub fn with_faces(self, tracks: &[Track]) -> Self {
        let faces = faces::records(tracks);
        Self { faces, ..self }
    }

    /// Adds the persons that were followed.
    pub fn with_persons(self, tracks: &[PersonTrack]) -> Self {
        let persons = persons::records(tracks);
        Self { persons, ..self }
    }

    /// Adds the lines of text in the picture.
    pub fn with_picture_text(self, texts: &[ShownText]) -> Self {
        let picture_text = picture_text::records(texts);
        Self {
            picture_text,
            ..self
        }
    }
}

impl From<TimeRange> for RangeRecord {
    fn from(range: TimeRange) -> Self {
        Self {
            start: range.start().into(),
            end: range.end().into(),
        }
    }
}

impl From<(TimeRange, SoundLabel)> for SoundRecord {
    fn from((range, label): (TimeRange, SoundLabel)) -> Self {
        Self {
            start: range.start().into(),
            end: range.end().into(),
            label: label.name().to_owned(),
        }
    }
}

impl From<&Transcript> for TranscriptRecord {
    fn from(transcript: &Transcript) -> Self {
        Self {
            language: Some(transcript.language.clone()),
            segments: transcript.segments.iter().map(Into::into).collect(),
            paragraphs: Vec::new(),
        }
    }
}

impl From<&Segment> for SegmentRecord {
    fn from(segment: &Segment) -> Self {
        Self {
            start: segment.range.start().into(),
            end: segment.range.end().into(),
            text: segment.text.clone(),
            words: segment.words.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Word> for WordRecord {
    fn from(word: &Word) -> Self {
        Self {
            text: word.text.clone(),
            start: word.range.start().into(),
            end: word.range.end().into(),
            confidence: f64::from(word.confidence),
        }
    }
}

impl From<&Shot> for ShotRecord {
    fn from(shot: &Shot) -> Self {
        Self {
            start: shot.range.start().into(),
            end: shot.range.end().into(),
            start_frame: shot.start_frame,
            end_frame: shot.end_frame,
            transition: shot.transition,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::to_json;
    use crate::timeline::Timestamp;
    use std::time::Duration;

    #[test]
    fn the_layout_is_what_other_programs_read() {
        let at = |ticks| Timestamp::from_ticks(ticks, 1001, 30000).unwrap();
        let shot = Shot {
            range: TimeRange::new(at(0), at(100)).unwrap(),
            start_frame: 0,
            end_frame: 100,
            transition: Transition::Start,
        };
        let media = MediaFacts {
            start: at(0).into(),
            duration: Duration::from_micros(3_336_667).into(),
            width: 1920,
            height: 1080,
            pixel_aspect: 1.0,
            fps: Some(30000.0 / 1001.0),
            frames: 100,
            rotation: 0,
            vfr: false,
            timecode: Some("01:59:58;00".into()),
            video_codec: Some("h264".into()),
            audio_codec: None,
            mixed_audio: Vec::new(),
        };
        let range = TimeRange::new(at(10), at(40)).unwrap();
        let word = Word {
            text: "Hi.".into(),
            range,
            confidence: 0.75,
            space_before: true,
        };
        let (text, words) = ("Hi.".to_owned(), vec![word]);
        let said = Transcript {
            language: "en".into(),
            segments: vec![Segment { range, text, words }],
        };
        let sounds = [(range, SoundLabel::Speech)];
        let analysis = AnalysisFile::new(media, &[shot], &[range], Some(&said), sounds);
        let bytes = to_json(&analysis).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let packed: String = text.split_whitespace().collect();
        assert_eq!(
            packed,
            r#"{"schema":1,"media":{"start":0.0,"duration":3.336667,"width":1920,"height":1080,"pixel_aspect":1.0,"fps":29.97003,"frames":100,"rotation":0,"vfr":false,"timecode":"01:59:58;00","video_codec":"h264","audio_codec":null},"shots":[{"start":0.0,"end":3.336667,"start_frame":0,"end_frame":100,"transition":"start"}],"speech":[{"start":0.333667,"end":1.334667}],"transcript":{"language":"en","segments":[{"start":0.333667,"end":1.334667,"text":"Hi.","words":[{"text":"Hi.","start":0.333667,"end":1.334667,"confidence":0.75}]}],"paragraphs":[]},"sounds":[{"start":0.333667,"end":1.334667,"label":"speech"}],"faces":[],"persons":[],"picture_text":[]}"#
        );
        assert_eq!(
            to_json(&serde_json::from_slice::<AnalysisFile>(&bytes).unwrap()).unwrap(),
            bytes
        );
    }
}
