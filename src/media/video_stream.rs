//! A stream of pictures, as its header says it and as a look at the file found it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pulldown::FILM_RATE;
use super::{FieldOrder, Rotation};
use crate::timeline::Timestamp;

/// Two cycles of film and what the filters hold back.
const FILM_LEAD: Duration = Duration::from_millis(500);

/// A stream of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoStream {
    /// Its number in the file.
    pub stream: usize,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Columns of the upright picture, in stored pixels.
    pub width: u32,
    /// Rows of the upright picture, in stored pixels.
    pub height: u32,
    /// How stored pictures are turned upright.
    pub rotation: Rotation,
    /// Width to height of a stored pixel, before it is turned.
    pub sample_aspect: (u32, u32),
    /// The same as the decoder says it of the first pictures; the file may know better.
    pub coded_aspect: (u32, u32),
    /// Frames a second on average, as a fraction.
    pub frame_rate: Option<(i32, i32)>,
    /// Whether its pictures are two fields each, as far as the header says.
    pub interlaced: bool,
    /// Which field comes first of film that was spread over more pictures; none until
    /// [`find_telecine`](super::find_telecine) has looked.
    pub telecine: Option<FieldOrder>,
    /// Frames the header claims.
    pub frames: Option<u64>,
    /// When it starts.
    pub start: Option<Timestamp>,
    /// How long the header says it is.
    pub duration: Option<Duration>,
    /// FFmpeg's name of the pixel format.
    pub pixel_format: String,
    /// Length of a tick, in seconds, as a fraction.
    pub time_base: (i32, i32),
}

impl VideoStream {
    /// Returns the pictures a second that are shown of it, as a fraction: of film, those that were filmed.
    pub fn picture_rate(&self) -> Option<(i32, i32)> {
        match self.telecine {
            Some(_) => Some(FILM_RATE),
            None => self.frame_rate,
        }
    }

    /// Returns how long before a time decoding is to begin, so that its pictures are known: film comes in cycles.
    pub(super) fn lead(&self) -> Duration {
        match self.telecine {
            Some(_) => FILM_LEAD,
            None => Duration::ZERO,
        }
    }

    /// Returns the width to the height of a pixel of the upright picture.
    pub fn pixel_aspect(&self) -> f64 {
        let (wide, high) = self.rotation.turn_size(self.sample_aspect);
        f64::from(wide) / f64::from(high.max(1))
    }

    /// Returns the size of the upright picture in square pixels: the longer way is stretched.
    pub fn display_size(&self) -> (u32, u32) {
        let (wide, high) = self.rotation.turn_size(self.sample_aspect);
        let stretch = |side: u32, by: u32, to: u32| {
            let side = (u64::from(side) * u64::from(by) + u64::from(to) / 2) / u64::from(to.max(1));
            u32::try_from(side).unwrap_or(u32::MAX).max(1)
        };
        if wide >= high {
            (stretch(self.width, wide, high), self.height)
        } else {
            (self.width, stretch(self.height, high, wide))
        }
    }
}
