//! The facts of a file for `analysis.json`, and warnings of what could not be decoded.

use super::audio::AudioAnalysis;
use super::tracks::VideoAnalysis;
use crate::export::MediaFacts;
use crate::media::{AudioStream, ChannelRepair, Media, VideoStream};
use crate::pipeline::context::JobContext;
use crate::report::{Degradation, SoundFault, Warning};
use crate::timeline::{FrameRate, Timecode, Timestamp};

/// Returns the file as it plays: by its pictures where they were decoded, else by its sound and header.
///
/// Of a file of which a part was analysed the length is what its header tells, the frames are those up to the end of that part.
pub(crate) fn media_facts(
    ctx: &JobContext<'_>,
    audio: &AudioAnalysis,
    video: Option<&VideoAnalysis>,
) -> MediaFacts {
    let media = ctx.media();
    let frames = video.map(|video| &video.frames);
    let (shown, sound_alone) = (media.video.as_ref(), media.picture.is_some());
    let stream = shown.filter(|_| !sound_alone);
    let frames = frames.filter(|_| !sound_alone);
    let pictures = frames.and_then(|frames| Some((*frames.times.first()?, frames.end)));
    let sound = audio.range.map(|range| (range.start(), range.end()));
    let nothing = (Timestamp::ZERO, Timestamp::ZERO);
    let (start, end) = pictures.or(sound).unwrap_or(nothing);
    let header = stream
        .and_then(|stream| stream.duration)
        .filter(|_| frames.is_none());
    let is_part = ctx.plan.stretch.is_some();
    let header = header.or(media.duration.filter(|_| is_part));
    MediaFacts {
        start: start.into(),
        duration: header.unwrap_or(end.since(start)).into(),
        width: shown.map_or(0, |stream| stream.width),
        height: shown.map_or(0, |stream| stream.height),
        pixel_aspect: shown.map_or(1.0, VideoStream::pixel_aspect),
        fps: stream
            .and_then(VideoStream::picture_rate)
            .map(|(num, den)| f64::from(num) / f64::from(den)),
        frames: frames.map_or(0, |frames| frames.times.len() as u64),
        rotation: stream.map_or(0, |stream| stream.rotation.degrees()),
        vfr: frames.is_some_and(|frames| frames.vfr),
        timecode: timecode(media),
        video_codec: stream.map(|stream| stream.codec.clone()),
        audio_codec: media.audio.as_ref().map(|audio| audio.codec.clone()),
        mixed_audio: mixed_audio(media),
    }
}

/// Returns the numbers of the tracks that are mixed; none where one is heard alone.
fn mixed_audio(media: &Media) -> Vec<usize> {
    let number = |track: &AudioStream| media.audio_streams.iter().position(|all| all == track);
    let tracks = media.tracks().filter(|_| !media.mixed.is_empty());
    tracks.filter_map(number).collect()
}

/// Returns the label of the first frame at the rate in which the video is edited.
fn timecode(media: &Media) -> Option<String> {
    let start = media.timecode?;
    let rate = FrameRate::editing(media.video.as_ref()?.frame_rate);
    let label = Timecode::new(start.frame(rate), rate, start.counting());
    Some(label.to_string())
}

/// Warns of packets and frames that could not be decoded, of sound without a decoder, and of channels that are no pair.
pub(crate) fn warn_of_loss(
    ctx: &JobContext<'_>,
    audio: &AudioAnalysis,
    video: Option<&VideoAnalysis>,
) {
    if let Some(frames) = video.map(|video| &video.frames).filter(|f| f.corrupt > 0) {
        ctx.events.warn(Warning::DamagedVideo {
            segments: frames.corrupt,
            frames: frames.times.len(),
        });
    }
    let media = ctx.media();
    if let (None, [codec, ..]) = (&media.audio, &media.undecodable_audio[..]) {
        ctx.services.events.degraded(Degradation::Mute {
            job: ctx.job.id.clone(),
            codec: codec.clone(),
        });
    }
    let numbers = mixed_audio(media);
    for (place, repair) in audio.channels.iter().enumerate() {
        if let Some(fault) = fault_of(repair, numbers.get(place).copied()) {
            ctx.events.warn(Warning::Sound { fault });
        }
    }
    if audio.corrupt > 0 {
        let segments = audio.corrupt;
        ctx.events.warn(Warning::DamagedAudio { segments });
    }
}

fn fault_of(repair: ChannelRepair, track: Option<usize>) -> Option<SoundFault> {
    match repair {
        ChannelRepair::None => None,
        ChannelRepair::InvertRight => Some(SoundFault::Inverted { track }),
        ChannelRepair::SpreadLeft => Some(SoundFault::LeftOnly { track }),
        ChannelRepair::SpreadRight => Some(SoundFault::RightOnly { track }),
    }
}
