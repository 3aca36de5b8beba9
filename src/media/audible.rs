//! Audible track: which of a file's sound tracks holds any sound.
//!
//! Screen recorders write the computer's sound first, and the microphone second: where nothing played, the first is silent.

use std::ops::ControlFlow;
use std::path::Path;

use super::{AudioStream, Error, Limits, Media, listen};
use crate::timeline::Timestamp;

/// Level of a sample below which nothing is heard: -60 dBFS.
const SILENT: f32 = 1e-3;
/// Samples at 16 kHz above that level that make a track audible: a tenth of a second in all.
const HEARD: usize = 1_600;

/// What the choice depends on beside the file.
pub const AUDIBLE_RULES: (f32, usize) = (SILENT, HEARD);

/// Returns the number of the first track, of those that can be decoded, that is heard: the chosen one before all others, none where
/// all are silent.
///
/// A track is decoded until it is heard, so one that is not silent costs little.
///
/// # Errors
/// As [`listen`](super::listen()).
pub fn first_audible(path: &Path, media: &Media, limits: &Limits) -> Result<Option<usize>, Error> {
    let chosen = media.audio.as_ref().map(|audio| audio.stream);
    let mut tracks: Vec<(usize, &AudioStream)> = media.audio_streams.iter().enumerate().collect();
    tracks.sort_by_key(|(number, audio)| (chosen != Some(audio.stream), *number));
    for (number, audio) in tracks {
        let of_track = Media {
            audio: Some(audio.clone()),
            ..media.clone()
        };
        if is_audible(path, &of_track, limits)? {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

fn is_audible(path: &Path, media: &Media, limits: &Limits) -> Result<bool, Error> {
    let start = media.audio.as_ref().and_then(|audio| audio.start);
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
        media,
        start.unwrap_or(Timestamp::ZERO),
        limits,
        &mut visit,
    )?;
    Ok(heard >= HEARD)
}
