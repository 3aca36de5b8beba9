//! Audible track: which of a file's sound tracks holds any sound.
//!
//! Screen recorders write the computer's sound first, and the microphone second: where nothing played, the first is silent.

use std::ops::ControlFlow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Error, Limits, Media, listen};
use crate::timeline::Timestamp;

/// Level of a sample below which nothing is heard: -60 dBFS.
const SILENT: f32 = 1e-3;
/// Samples at 16 kHz above that level that make a track audible: a tenth of a second in all.
const HEARD: usize = 1_600;

/// What the choice depends on beside the file.
pub const AUDIBLE_RULES: (f32, usize) = (SILENT, HEARD);

/// The track of sound to take where none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TrackChoice {
    /// Its number among those that can be decoded; none where all are silent.
    pub track: Option<usize>,
    /// A silent one that players would take: the one marked default, or the first.
    pub silent: Option<usize>,
}

/// Returns the track of sound to take: the one that `media` names, unless it is silent and another is not.
///
/// A track is decoded until it is heard, so one that is not silent costs little.
///
/// # Errors
/// As [`listen`](super::listen()).
pub fn choose_track(path: &Path, media: &Media, limits: &Limits) -> Result<TrackChoice, Error> {
    let chosen = media.audio.as_ref().map(|audio| audio.stream);
    let mut tracks: Vec<usize> = (0..media.audio_streams.len()).collect();
    tracks.sort_by_key(|&track| chosen != Some(media.audio_streams[track].stream));
    let mut silent = None;
    for track in tracks {
        if is_audible(path, media, track, limits)? {
            if silent.is_none() && track > 0 && !is_audible(path, media, 0, limits)? {
                silent = Some(0);
            }
            let track = Some(track);
            return Ok(TrackChoice { track, silent });
        }
        silent.get_or_insert(track);
    }
    Ok(TrackChoice::default())
}

fn is_audible(path: &Path, media: &Media, track: usize, limits: &Limits) -> Result<bool, Error> {
    let audio = media.audio_streams.get(track).cloned();
    let start = audio.as_ref().and_then(|audio| audio.start);
    let media = Media {
        audio,
        ..media.clone()
    };
    let mut heard = 0;
    let mut visit = |samples: &[f32]| {
        heard += samples
            .iter()
            .filter(|sample| sample.abs() > SILENT)
            .count();
        if heard < HEARD {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    listen(
        path,
        &media,
        start.unwrap_or(Timestamp::ZERO),
        limits,
        &mut visit,
    )?;
    Ok(heard >= HEARD)
}
