//! `analysis.json`: what a video holds.

use serde::{Deserialize, Serialize};

use super::number::{Seconds, finite_option};
use crate::timeline::{Shot, Transition};

/// The layout of `analysis.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// The file as it plays.
    pub media: MediaFacts,
    /// The shots, in order and without gaps.
    pub shots: Vec<ShotRecord>,
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
    /// Frames a second on average; `null` where the file does not tell.
    #[serde(serialize_with = "finite_option")]
    pub fps: Option<f64>,
    /// Frames decoded.
    pub frames: u64,
    /// Degrees clockwise that the coded picture was turned to stand upright: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Whether the time between frames varies.
    pub vfr: bool,
    /// The video's codec as FFmpeg names it.
    pub video_codec: Option<String>,
    /// The audio's codec as FFmpeg names it; `null` without sound.
    pub audio_codec: Option<String>,
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

impl Analysis {
    /// Returns the layout of a file's facts and shots.
    pub fn new(media: MediaFacts, shots: &[Shot]) -> Self {
        Self {
            schema: 1,
            media,
            shots: shots.iter().map(ShotRecord::from).collect(),
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
    use crate::timeline::{TimeRange, Timestamp};
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
            fps: Some(30000.0 / 1001.0),
            frames: 100,
            rotation: 0,
            vfr: false,
            video_codec: Some("h264".into()),
            audio_codec: None,
        };
        let analysis = Analysis::new(media, &[shot]);
        let bytes = to_json(&analysis).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let packed: String = text.split_whitespace().collect();
        assert_eq!(
            packed,
            r#"{"schema":1,"media":{"start":0.0,"duration":3.336667,"width":1920,"height":1080,"fps":29.97003,"frames":100,"rotation":0,"vfr":false,"video_codec":"h264","audio_codec":null},"shots":[{"start":0.0,"end":3.336667,"start_frame":0,"end_frame":100,"transition":"start"}]}"#
        );
        assert_eq!(
            to_json(&serde_json::from_slice::<Analysis>(&bytes).unwrap()).unwrap(),
            bytes
        );
    }
}
