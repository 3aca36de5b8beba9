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

/// Returns the track of sound to take: the one that `media` names, unless it is silent and others are not; of several others
/// the one with the most `speech`, as that counts it in a file of which one track is chosen.
///
/// A track is decoded until it is heard, so one that is not silent costs little.
///
/// # Errors
/// As [`listen`](super::listen()), and those of `speech`.
pub fn choose_track<E: From<Error>>(
    path: &Path,
    media: &Media,
    limits: &Limits,
    mut speech: impl FnMut(&Media) -> Result<usize, E>,
) -> Result<TrackChoice, E> {
    let chosen = media.audio.as_ref().map(|audio| audio.stream);
    let mut tracks: Vec<usize> = (0..media.audio_streams.len()).collect();
    tracks.sort_by_key(|&track| chosen != Some(media.audio_streams[track].stream));
    let Some((&usual, others)) = tracks.split_first() else {
        return Ok(TrackChoice::default());
    };
    let is_audible = |track| is_audible(path, &alone(media, track), limits);
    if is_audible(usual)? {
        let first_is_silent = usual > 0 && !is_audible(0)?;
        return Ok(TrackChoice {
            track: Some(usual),
            silent: first_is_silent.then_some(0),
        });
    }
    let mut audible = Vec::new();
    for &track in others {
        if is_audible(track)? {
            audible.push(track);
        }
    }
    let mut best = audible.first().map(|&track| (track, 0));
    for &track in audible.iter().filter(|_| audible.len() > 1) {
        let found = speech(&alone(media, track))?;
        best = best
            .filter(|(_, most)| *most >= found)
            .or(Some((track, found)));
    }
    Ok(
        best.map_or_else(TrackChoice::default, |(track, _)| TrackChoice {
            track: Some(track),
            silent: Some(usual),
        }),
    )
}

/// Returns a file of which one track of sound is chosen.
fn alone(media: &Media, track: usize) -> Media {
    let mut media = media.clone();
    media.hear(media.audio_streams.get(track).cloned());
    media
}

fn is_audible(path: &Path, media: &Media, limits: &Limits) -> Result<bool, Error> {
    let start = media.audio.as_ref().and_then(|audio| audio.start);
    let start = start.unwrap_or(Timestamp::ZERO);
    let mut heard = 0;
    let mut visit = |samples: &[f32]| {
        let loud = samples.iter().filter(|sample| sample.abs() > SILENT);
        heard += loud.count();
        if heard < HEARD {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    listen(path, media, start, limits, &mut visit)?;
    Ok(heard >= HEARD)
}
