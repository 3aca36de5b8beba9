//! Decoded sound of a file's chosen tracks: of one as its decoder gives it, of several mixed.

use std::path::Path;

use ffmpeg_next::{ChannelLayout, frame};

use super::channels::StereoBalance;
use super::convert::PLANAR;
use super::mixer::{MIX_CHANNELS, MIX_LENGTH, MIX_RATE, MixQueue, MixedTrack, TrackChannels};
use super::packets::{Frames, Source};
use super::{AudioStream, ChannelRepairs, Error, Limits, Media};
use crate::timeline::Timestamp;

/// The sound of a file, frame by frame, in the order in which it is heard.
pub(super) struct SoundFrames {
    tracks: ChosenTracks,
    /// Channels of a frame, as far as the header says.
    pub(super) channels: u16,
    /// Length of a tick of the frames' times, in seconds, as a fraction.
    pub(super) base: (i32, i32),
}

enum ChosenTracks {
    One(Box<Frames>),
    Mixed(Vec<MixedTrack>),
}

impl SoundFrames {
    /// Opens the chosen tracks at the last place before `start` from where they can be decoded, without a start at their
    /// beginning; `None` for a file without sound. The tracks of a mix are set right by `repairs`, or where nothing is known of
    /// them passage by passage.
    ///
    /// # Errors
    /// As [`listen`](super::listen()).
    pub(super) fn open(
        path: &Path,
        media: &Media,
        start: Option<Timestamp>,
        repairs: Option<&ChannelRepairs>,
        limits: &Limits,
    ) -> Result<Option<Self>, Error> {
        let Some(audio) = &media.audio else {
            return Ok(None);
        };
        if media.mixed.is_empty() {
            let frames = open_track(path, media, audio, start, limits)?;
            return Ok(Some(Self {
                base: frames.base(audio.stream),
                channels: audio.channels,
                tracks: ChosenTracks::One(Box::new(frames)),
            }));
        }
        Ok(Some(Self {
            tracks: ChosenTracks::Mixed(open_tracks(path, media, start, repairs, limits)?),
            channels: MIX_CHANNELS as u16,
            base: (1, MIX_RATE as i32),
        }))
    }

    /// Fills `frame` with the next frame and tells whether there was one.
    pub(super) fn next(&mut self, frame: &mut frame::Audio) -> Result<bool, Error> {
        match &mut self.tracks {
            ChosenTracks::One(frames) => frames.next(frame),
            ChosenTracks::Mixed(tracks) => {
                let mixed = mix_next(tracks)?;
                let is_some = mixed.is_some();
                if let Some(mixed) = mixed {
                    *frame = mixed;
                }
                Ok(is_some)
            }
        }
    }

    /// Returns how many packets and frames so far were unreadable or are known to be damaged.
    pub(super) fn lost(&self) -> u64 {
        match &self.tracks {
            ChosenTracks::One(frames) => frames.lost(),
            ChosenTracks::Mixed(tracks) => tracks.iter().map(MixedTrack::lost).sum(),
        }
    }

    /// Returns how the channels of each track of a mix relate; `None` where one is heard alone.
    pub(super) fn balances(&self) -> Option<Vec<StereoBalance>> {
        match &self.tracks {
            ChosenTracks::One(_) => None,
            ChosenTracks::Mixed(tracks) => Some(tracks.iter().map(MixedTrack::balance).collect()),
        }
    }
}

/// Opens all chosen tracks for a mix, as [`SoundFrames::open`] does.
pub(super) fn open_tracks(
    path: &Path,
    media: &Media,
    start: Option<Timestamp>,
    repairs: Option<&ChannelRepairs>,
    limits: &Limits,
) -> Result<Vec<MixedTrack>, Error> {
    let open = |(number, stream): (usize, &AudioStream)| {
        let frames = open_track(path, media, stream, start, limits)?;
        let known = repairs.map(|repairs| TrackChannels::Known(repairs.of_track(number)));
        let channels = known.unwrap_or_else(TrackChannels::watched);
        Ok(MixedTrack::new(frames, stream.stream, channels))
    };
    media.tracks().enumerate().map(open).collect()
}

fn open_track(
    path: &Path,
    media: &Media,
    stream: &AudioStream,
    start: Option<Timestamp>,
    limits: &Limits,
) -> Result<Frames, Error> {
    let open = || Source::open_for(path, &media.clock, &[stream.stream], limits);
    let mut source = open()?;
    if start.is_some_and(|start| source.seek_before(start).is_err()) {
        source = open()?;
    }
    Frames::of(source, stream.stream, 1)
}

/// Returns the next sum of all tracks; `None` behind the last. Where no track has sound there is none.
fn mix_next(tracks: &mut [MixedTrack]) -> Result<Option<frame::Audio>, Error> {
    for track in tracks.iter_mut() {
        track.read_while(|queue| queue.first().is_none())?;
    }
    let firsts = tracks.iter().filter_map(|track| track.queue.first());
    let Some(start) = firsts.min() else {
        return Ok(None);
    };
    let end = start.saturating_add(MIX_LENGTH);
    for track in tracks.iter_mut() {
        track.read_while(|queue| queue.end().is_none_or(|known| known < end))?;
    }
    let known = tracks.iter().filter_map(|track| track.queue.end()).max();
    let length = known.unwrap_or(end).min(end) - start;
    let mut sum = vec![vec![0.0; length as usize]; MIX_CHANNELS];
    let queues = tracks.iter_mut().map(|track| &mut track.queue);
    queues.for_each(|queue: &mut MixQueue| queue.take_into(start, &mut sum));
    Ok(Some(frame_of(start, &sum)))
}

fn frame_of(start: i64, channels: &[Vec<f32>]) -> frame::Audio {
    let samples = channels.first().map_or(0, Vec::len);
    let mut frame = frame::Audio::new(PLANAR, samples, ChannelLayout::STEREO);
    frame.set_rate(MIX_RATE);
    frame.set_pts(Some(start));
    for (channel, samples) in channels.iter().enumerate() {
        frame.plane_mut::<f32>(channel).copy_from_slice(samples);
    }
    frame
}
