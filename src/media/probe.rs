//! Probe: container and streams of a file, from its header and first packets.

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::format::{context, stream::Disposition};
use ffmpeg_next::{Rational, Stream, codec, decoder, media};
use serde::{Deserialize, Serialize};

use super::packets::Source;
use super::timebase::time_of;
use super::{Error, FileClock, Limits, Rotation, SoundPicture, VideoStream, raw};
use crate::timeline::{StartTimecode, Timestamp};

/// Container and streams of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Media {
    /// FFmpeg's short names of the format, separated by commas.
    pub container: String,
    /// When the first stream starts, if the container says.
    pub start: Option<Timestamp>,
    /// How long the container says it is; not every one does.
    pub duration: Option<Duration>,
    /// Whether that is no more than its size divided by the bit rate of its first packets.
    pub guessed_duration: bool,
    /// What the first frame is labelled, where the file carries timecode.
    pub timecode: Option<StartTimecode>,
    /// The chosen video stream; cover pictures are not video.
    pub video: Option<VideoStream>,
    /// The chosen audio stream: the one marked default, else the first.
    pub audio: Option<AudioStream>,
    /// What its clips show, where it holds sound alone and [`Media::show`] was told so; its video stream is then made up.
    pub picture: Option<SoundPicture>,
    /// Further audio streams that are mixed with it.
    pub mixed: Vec<AudioStream>,
    /// All audio streams that can be decoded.
    pub audio_streams: Vec<AudioStream>,
    /// Codecs of the tracks of sound that cannot be decoded here.
    pub undecodable_audio: Vec<String>,
    /// How the times of its packets become times of the video; plain until [`find_clock`](super::find_clock) has looked.
    pub clock: FileClock,
    /// Whether that may change anything: formats that are written with an index count once.
    pub may_splice: bool,
}

impl Media {
    /// Returns the audio streams that are heard.
    pub fn tracks(&self) -> impl Iterator<Item = &AudioStream> {
        self.audio.iter().chain(&self.mixed)
    }

    /// Makes these audio streams the chosen ones: the first, and those that are mixed with it.
    pub fn hear(&mut self, tracks: impl IntoIterator<Item = AudioStream>) {
        let mut tracks = tracks.into_iter();
        self.audio = tracks.next();
        self.mixed = tracks.collect();
    }
}

/// A stream of sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioStream {
    /// Its number in the file.
    pub stream: usize,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Language, as the file spells it.
    pub language: Option<String>,
    /// Whether the file marks it as the default.
    pub default: bool,
    /// When it starts.
    pub start: Option<Timestamp>,
}

/// Returns what the file at `path` holds.
pub fn probe(path: &Path, limits: &Limits) -> Result<Media, Error> {
    let source = Source::open(path, limits)?;
    let found: Vec<ProbedStream> = source.input.streams().map(|stream| look(&stream)).collect();
    let video = match choose_video(&found)? {
        Some(video) => Some(within(video, path, limits)?),
        None => None,
    };
    let audio_streams: Vec<_> = found
        .iter()
        .filter_map(|found| found.audio.clone())
        .collect();
    let default = audio_streams.iter().find(|stream| stream.default);
    let audio = default.or(audio_streams.first()).cloned();
    if video.is_none() && audio.is_none() {
        return Err(nothing_to_decode(&found));
    }
    let (start, duration) = raw::container_times(&source.input);
    let timecode = read_timecode(&source.input, video.as_ref());
    Ok(Media {
        container: raw::format_name(&source.input),
        start: start.and_then(|micros| time_of(micros, (1, 1_000_000))),
        duration: duration.and_then(length_of_micros),
        guessed_duration: raw::guesses_length(&source.input),
        timecode,
        video,
        picture: None,
        audio,
        mixed: Vec::new(),
        audio_streams,
        undecodable_audio: undecodable_audio(&found),
        clock: FileClock::default(),
        may_splice: raw::may_splice(&source.input),
    })
}

/// Returns the stream of a file that was opened as a still picture.
pub(super) fn picture_stream(source: &Source) -> Option<VideoStream> {
    let mut streams = source.input.streams();
    streams.find_map(|stream| look(&stream).video)
}

/// One stream, as far as it can be used.
struct ProbedStream {
    kind: media::Type,
    tag: String,
    decodable: bool,
    encrypted: bool,
    thumbnail: bool,
    default: bool,
    video: Option<VideoStream>,
    audio: Option<AudioStream>,
}

fn look(stream: &Stream<'_>) -> ProbedStream {
    let parameters = stream.parameters();
    let facts = raw::stream_facts(stream);
    let (kind, id) = (parameters.medium(), parameters.id());
    let decodable = decoder::find(id).is_some();
    let default = stream.disposition().contains(Disposition::DEFAULT);
    ProbedStream {
        kind,
        decodable,
        default,
        encrypted: is_encrypted(stream, &facts.tag),
        thumbnail: facts.is_thumbnail,
        video: (kind == media::Type::Video && decodable).then(|| video_stream(stream, &facts)),
        audio: (kind == media::Type::Audio && decodable && facts.channels > 0)
            .then(|| audio_stream(stream, &facts, default)),
        tag: match id {
            codec::Id::None => facts.tag,
            known => known.name().to_owned(),
        },
    }
}

fn is_encrypted(stream: &Stream<'_>, tag: &str) -> bool {
    use codec::packet::side_data::Type;
    let keys = [Type::EncryptionInitInfo, Type::EncryptionInfo];
    matches!(tag, "encv" | "enca") || stream.side_data().any(|data| keys.contains(&data.kind()))
}

fn undecodable_audio(found: &[ProbedStream]) -> Vec<String> {
    let audio = found
        .iter()
        .filter(|found| found.kind == media::Type::Audio);
    let lost = audio.filter(|found| found.audio.is_none());
    lost.map(|found| found.tag.clone()).collect()
}

/// Chooses the stream with frames: of those marked default, else of all, the first.
fn choose_video(found: &[ProbedStream]) -> Result<Option<VideoStream>, Error> {
    let moving = || {
        let streams = found.iter().filter(|found| !found.thumbnail);
        streams.filter(|found| found.kind == media::Type::Video)
    };
    let usable = || moving().filter(|found| found.decodable && !found.encrypted);
    // A header that counts no frames for one track and some for another means it.
    let counts = usable().any(|found| frames_of(found) > 0);
    let filled = || usable().filter(|found| !counts || frames_of(found) > 0);
    let chosen = filled().find(|found| found.default).or(filled().next());
    match chosen.and_then(|found| found.video.clone()) {
        Some(video) => Ok(Some(video)),
        None if moving().next().is_some() => Err(nothing_to_decode(found)),
        None => Ok(None),
    }
}

fn frames_of(found: &ProbedStream) -> u64 {
    let video = found.video.as_ref();
    video.and_then(|video| video.frames).unwrap_or(0)
}

fn within(video: VideoStream, path: &Path, limits: &Limits) -> Result<VideoStream, Error> {
    let max_pixels = limits.max_pixels;
    let size = (video.width, video.height);
    let known = size.0 > 0 && size.1 > 0;
    let (width, height) = if known {
        size
    } else {
        refused_size(path, video.stream, limits)?
    };
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(Error::TooLarge {
            width,
            height,
            max_pixels,
        });
    }
    // A stream whose size is not even known has no picture that could be decoded.
    if known {
        Ok(video)
    } else {
        Err(Error::Corrupt { good_frames: 0 })
    }
}

/// Returns the size that the decoder did not accept under the limits, if that is why there is none.
fn refused_size(path: &Path, stream: usize, limits: &Limits) -> Result<(u32, u32), Error> {
    let source = Source::open_for_sizes(path, limits)?;
    let facts = source
        .input
        .stream(stream)
        .map(|stream| raw::stream_facts(&stream));
    Ok(facts.map_or((0, 0), |facts| (facts.width, facts.height)))
}

/// Returns why none of the streams is of use.
fn nothing_to_decode(found: &[ProbedStream]) -> Error {
    let media = |found: &&ProbedStream| {
        !found.thumbnail && matches!(found.kind, media::Type::Video | media::Type::Audio)
    };
    match found.iter().find(media) {
        Some(found) if found.encrypted => Error::Encrypted,
        Some(found) => Error::Unsupported {
            codec: found.tag.clone(),
        },
        None => Error::NoVideoStream,
    }
}

fn video_stream(stream: &Stream<'_>, facts: &raw::StreamFacts) -> VideoStream {
    let rotation = read_rotation(stream);
    let (width, height) = rotation.turn_size((facts.width, facts.height));
    let base = pair(stream.time_base());
    VideoStream {
        stream: stream.index(),
        codec: stream.parameters().id().name().to_owned(),
        width,
        height,
        rotation,
        sample_aspect: sample_aspect(facts.sample_aspect),
        coded_aspect: sample_aspect(facts.coded_aspect),
        interlaced: facts.is_interlaced,
        telecine: None,
        frame_rate: positive(stream.avg_frame_rate()).or(positive(stream.rate())),
        frames: u64::try_from(stream.frames())
            .ok()
            .filter(|&frames| frames > 0),
        start: ticks(stream.start_time()).and_then(|ticks| time_of(ticks, base)),
        duration: ticks(stream.duration())
            .and_then(|ticks| time_of(ticks, base))
            .map(|length| length.since(Timestamp::ZERO)),
        pixel_format: facts.pixel_format.clone(),
        time_base: base,
    }
}

fn audio_stream(stream: &Stream<'_>, facts: &raw::StreamFacts, default: bool) -> AudioStream {
    AudioStream {
        stream: stream.index(),
        codec: stream.parameters().id().name().to_owned(),
        sample_rate: facts.sample_rate,
        channels: facts.channels,
        language: language(stream),
        default,
        start: ticks(stream.start_time())
            .and_then(|ticks| time_of(ticks, pair(stream.time_base()))),
    }
}

fn read_rotation(stream: &Stream<'_>) -> Rotation {
    use codec::packet::side_data::Type;
    let mut data = stream.side_data();
    let matrix = data.find(|data| data.kind() == Type::DisplayMatrix);
    matrix.map_or(Rotation::NONE, |matrix| Rotation::from_bytes(matrix.data()))
}

/// Reads the timecode of the chosen video stream, else of the container (MXF, DV), else of a track of its own.
///
/// A `tmcd` track of MOV and MP4 says too how many labels a second has.
fn read_timecode(input: &context::Input, video: Option<&VideoStream>) -> Option<StartTimecode> {
    let tag_of = |stream: &Stream<'_>| stream.metadata().get("timecode").map(str::to_owned);
    let tracks = input
        .streams()
        .filter(|stream| stream.parameters().medium() == media::Type::Data);
    let tracks: Vec<_> = tracks
        .filter_map(|stream| Some((tag_of(&stream)?, positive(stream.avg_frame_rate()))))
        .collect();
    let stream = video.and_then(|video| input.stream(video.stream));
    let container = || input.metadata().get("timecode").map(str::to_owned);
    let track = || tracks.first().map(|(text, _)| text.clone());
    let text = stream
        .and_then(|stream| tag_of(&stream))
        .or_else(container)
        .or_else(track)?;
    let labels = tracks.iter().find(|(of_track, _)| *of_track == text);
    let labels = labels.and_then(|&(_, rate)| rate);
    let labels = labels.map(|(num, den)| num.unsigned_abs().div_ceil(den.unsigned_abs()));
    StartTimecode::parse(&text, labels)
}

fn language(stream: &Stream<'_>) -> Option<String> {
    let metadata = stream.metadata();
    let language = metadata.get("language")?;
    (language != "und").then(|| language.to_owned())
}

/// Returns the aspect of a pixel, square where the file says nothing sensible.
fn sample_aspect((num, den): (i32, i32)) -> (u32, u32) {
    match (u32::try_from(num), u32::try_from(den)) {
        (Ok(num), Ok(den)) if num > 0 && den > 0 && num / den < 16 && den / num < 16 => (num, den),
        _ => (1, 1),
    }
}

fn pair(rational: Rational) -> (i32, i32) {
    (rational.numerator(), rational.denominator())
}

fn positive(rational: Rational) -> Option<(i32, i32)> {
    Some(pair(rational)).filter(|&(num, den)| num > 0 && den > 0)
}

fn ticks(value: i64) -> Option<i64> {
    (value != ffmpeg_next::ffi::AV_NOPTS_VALUE).then_some(value)
}

fn length_of_micros(micros: i64) -> Option<Duration> {
    u64::try_from(micros).ok().map(Duration::from_micros)
}
