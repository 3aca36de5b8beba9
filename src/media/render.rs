//! Rendering of one clip: cut to the frame and the sample, framed, captioned, levelled, in MP4.

mod backdrop;
mod captions;
mod compose;
mod encoder;
mod limiter;
mod loudness;
mod maker;
mod mux;
mod request;
mod scale;
mod sound;
mod sound_timeline;
mod source;
mod tone;
mod upright;
mod video;
mod watch;

use std::ops::ControlFlow;
use std::time::Duration;

use ffmpeg_next::{Packet, frame};

use self::limiter::Gain;
use self::mux::Mux;
use self::sound::SoundWriter;
use self::video::VideoWriter;
use super::decoder::StreamDecoder;
use super::packets::Source;
use super::timebase::{FrameClock, Shown, time_of};
use super::{AudioStream, Error, Shares, VideoStream, raw};
use crate::timeline::{TimeRange, Timestamp};

pub(super) use self::captions::Burner;
pub(super) use self::loudness::{Meter, SILENT};
pub(super) use self::maker::Maker;

pub use self::captions::CaptionFile;
pub use self::encoder::{Encoding, VideoCodec, trial};
pub use self::loudness::Levelled;
pub use self::request::{LoudnessTarget, RenderRequest};

/// How far past its end packets are looked at for sound that lies behind the pictures in the file.
const LAG: Duration = Duration::from_secs(5);

/// Result of a render.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// Frames.
    pub frames: u64,
    /// Time of the first frame in the source; it is the zero of the clip.
    pub start: Timestamp,
    /// End of the last frame, in the source's time.
    pub end: Timestamp,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether it has sound.
    pub audio: bool,
    /// How loud it was made; `None` without sound, or where nothing was asked for.
    pub loudness: Option<Levelled>,
    /// How much of what it shows of the source was black, frozen or blank.
    pub source: Shares,
}

/// Writes one clip, and tells `visit` after each decoded frame how many are in it, until it breaks off.
///
/// Pictures are upright, in square pixels, 8-bit 4:2:0 with the source's colour tags, at the source's own times; high
/// dynamic range is mapped to BT.709. Sound is cut to the same range by the sample, with silence where there is none.
/// After an error the output is of no use.
pub fn render(
    request: &RenderRequest<'_>,
    visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Rendered, Error> {
    request.captions.map(CaptionFile::check).transpose()?;
    let level = request
        .loudness
        .map(|wanted| loudness::plan(request, wanted));
    let level = level.transpose()?.flatten();
    match ClipCut::open(request, level, From::Seek)?.run(visit)? {
        Some(rendered) => Ok(rendered),
        // The index led past the start.
        None => ClipCut::open(request, level, From::Beginning)?
            .run(visit)?
            .ok_or_else(|| Error::NoFrames(request.range.to_string())),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Seek,
    Beginning,
}

/// One cut under way.
struct ClipCut<'a> {
    request: &'a RenderRequest<'a>,
    level: Option<(Option<Gain>, Levelled)>,
    stream: &'a VideoStream,
    source: Source,
    sought: bool,
    pictures: StreamDecoder,
    clock: FrameClock,
    sound: Option<(&'a AudioStream, StreamDecoder)>,
    /// Sound that came before the first picture of the clip.
    early: Vec<Packet>,
    clip: Option<OpenClip>,
    seen: bool,
    past_end: bool,
    last: Option<Shown>,
}

/// The file being written.
struct OpenClip {
    start: Timestamp,
    mux: Mux,
    video: VideoWriter,
    sound: Option<SoundWriter>,
}

impl<'a> ClipCut<'a> {
    fn open(
        request: &'a RenderRequest<'a>,
        level: Option<(Option<Gain>, Levelled)>,
        from: From,
    ) -> Result<Self, Error> {
        let stream = request.media.video.as_ref().ok_or(Error::NoVideoStream)?;
        let audio = request.media.audio.as_ref();
        let wanted = [Some(stream.stream), audio.map(|audio| audio.stream)];
        let wanted: Vec<usize> = wanted.into_iter().flatten().collect();
        let mut source = Source::open_for(request.source, &wanted, request.limits)?;
        let target = source.seek_target(request.range.start());
        let target = target.filter(|_| from == From::Seek);
        if let Some(target) = target
            && source.input.seek(target, ..target).is_err()
        {
            // A failed seek may leave the file anywhere.
            return Self::open(request, level, From::Beginning);
        }
        let sound = audio.map(|audio| {
            let decoder = source.decoder(audio.stream, 1)?;
            Ok::<_, Error>((audio, decoder))
        });
        Ok(Self {
            request,
            level,
            stream,
            pictures: source.decoder(stream.stream, request.threads)?,
            sound: sound.transpose()?,
            source,
            sought: target.is_some(),
            clock: FrameClock::new(stream.time_base, stream.frame_rate),
            early: Vec::new(),
            clip: None,
            seen: false,
            past_end: false,
            last: None,
        })
    }

    /// Cuts the clip; `None` when the first frame after a seek is already past the start.
    fn run(
        mut self,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Option<Rendered>, Error> {
        loop {
            let packet = self.source.next()?;
            if !self.take(packet.as_ref(), visit)? {
                return Ok(None);
            }
            match packet {
                Some(packet) if !self.is_done() && !self.is_far_past(&packet) => {}
                _ => break,
            }
        }
        if self.sought && !self.seen {
            return Ok(None);
        }
        self.finish().map(Some)
    }

    /// Takes a packet, or the end of the file; false when the seek went too far.
    fn take(
        &mut self,
        packet: Option<&Packet>,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<bool, Error> {
        match packet {
            Some(packet) if packet.stream() != self.stream.stream => {
                self.take_sound(packet)?;
                Ok(true)
            }
            _ if self.past_end => Ok(true),
            packet => self.take_pictures(packet, visit),
        }
    }

    /// Tells whether all that belongs to the clip is in it.
    fn is_done(&self) -> bool {
        let sound = self.clip.as_ref().and_then(|clip| clip.sound.as_ref());
        self.past_end && sound.is_none_or(SoundWriter::is_full)
    }

    /// Tells whether a packet lies so far past the end that nothing behind it belongs to the clip.
    fn is_far_past(&self, packet: &Packet) -> bool {
        let Some(stream) = self.source.input.stream(packet.stream()) else {
            return false;
        };
        let base = stream.time_base();
        let time = packet.dts().or(packet.pts());
        let time = time.and_then(|ticks| time_of(ticks, (base.numerator(), base.denominator())));
        self.past_end && time.is_some_and(|time| time > self.request.range.end() + LAG)
    }

    /// Decodes pictures and writes those of the clip; false when the seek went too far.
    fn take_pictures(
        &mut self,
        packet: Option<&Packet>,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<bool, Error> {
        self.pictures.send(packet)?;
        let mut frame = frame::Video::empty();
        while !self.past_end && self.pictures.receive(&mut frame)? {
            let length = raw::frame_length(&frame);
            let shown = self.clock.show(frame.timestamp(), length);
            if self.sought && !self.seen && shown.time > self.request.range.start() {
                return Ok(false);
            }
            self.seen = true;
            self.take_picture(frame, shown)?;
            frame = frame::Video::empty();
            let frames = self.clip.as_ref().map_or(0, |clip| clip.video.frames());
            if visit(frames).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(true)
    }

    fn take_picture(&mut self, frame: frame::Video, shown: Shown) -> Result<(), Error> {
        let range = self.request.range;
        self.past_end = shown.time >= range.end();
        if shown.time < range.start() || self.past_end {
            return Ok(());
        }
        if self.clip.is_none() {
            self.clip = Some(self.begin(&frame, shown.time)?);
            for packet in std::mem::take(&mut self.early) {
                self.take_sound(&packet)?;
            }
        }
        self.last = Some(shown);
        match &mut self.clip {
            Some(clip) => clip.video.push(frame, shown.time, &mut clip.mux),
            None => Ok(()),
        }
    }

    /// Opens the encoders and the output for a clip that begins with this frame.
    fn begin(&self, frame: &frame::Video, start: Timestamp) -> Result<OpenClip, Error> {
        let request = self.request;
        let video = VideoWriter::open(self.stream, frame, start, request)?;
        let range = TimeRange::new(start, request.range.end());
        let sound = match (&self.sound, range) {
            (Some((audio, _)), Some(range)) => {
                let gain = self.level.and_then(|(gain, _)| gain);
                Some(SoundWriter::open(audio, range, gain, request.encoding)?)
            }
            _ => None,
        };
        let sound_track = sound.as_ref().map(SoundWriter::track);
        let mux = Mux::create(request.output, &video.track(), sound_track.as_ref())?;
        Ok(OpenClip {
            start,
            mux,
            video,
            sound,
        })
    }

    fn take_sound(&mut self, packet: &Packet) -> Result<(), Error> {
        let Some((audio, decoder)) = &mut self.sound else {
            return Ok(());
        };
        match &mut self.clip {
            None => self.early.push(packet.clone()),
            Some(clip) => {
                let base = self.source.base(audio.stream);
                // When the pictures end before the range does, the sound ends with them.
                let shown = match (self.past_end, self.last) {
                    (true, _) => self.request.range.end(),
                    (false, last) => last.map_or(clip.start, |last| last.time),
                };
                decode_sound(decoder, Some(packet), base, shown, clip)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Rendered, Error> {
        let range = self.request.range;
        let no_frames = || Error::NoFrames(range.to_string());
        let (mut clip, last) = self.clip.zip(self.last).ok_or_else(no_frames)?;
        // A picture stays until the next one; at the end of the file, as long as it says.
        let end = if self.past_end {
            range.end()
        } else {
            last.end.min(range.end())
        };
        if let Some((audio, decoder)) = &mut self.sound {
            let base = self.source.base(audio.stream);
            decode_sound(decoder, None, base, end, &mut clip)?;
        }
        clip.video.finish(end, &mut clip.mux)?;
        if let Some(sound) = &mut clip.sound {
            sound.finish(end, &mut clip.mux)?;
        }
        clip.mux.finish()?;
        let (width, height) = clip.video.size();
        Ok(Rendered {
            frames: clip.video.frames(),
            start: clip.start,
            end,
            width,
            height,
            audio: clip.sound.is_some(),
            loudness: self.level.map(|(_, levelled)| levelled),
            source: clip.video.source_shares(end),
        })
    }
}

/// Decodes sound and writes what belongs to the clip, as far as its pictures are `shown`.
fn decode_sound(
    decoder: &mut StreamDecoder,
    packet: Option<&Packet>,
    base: (i32, i32),
    shown: Timestamp,
    clip: &mut OpenClip,
) -> Result<(), Error> {
    let Some(sound) = &mut clip.sound else {
        return Ok(());
    };
    if sound.is_full() {
        return Ok(());
    }
    decoder.send(packet)?;
    let mut frame = frame::Audio::empty();
    while decoder.receive(&mut frame)? {
        sound.push(&mut frame, base, shown, &mut clip.mux)?;
    }
    if packet.is_none() {
        sound.drain()?;
    }
    Ok(())
}
