//! Source of a clip's sound: one track comes with the packets of the pictures; a mix is read beside them.

use std::collections::VecDeque;

use ffmpeg_next::{Packet, frame};

use super::mux::Mux;
use super::request::RenderRequest;
use super::sound::SoundWriter;
use crate::media::Error;
use crate::media::decoder::StreamDecoder;
use crate::media::packets::Source;
use crate::media::sound_frames::SoundFrames;
use crate::media::timebase::time_of;
use crate::timeline::Timestamp;

/// The sound of a clip's source.
pub(super) enum ClipSound {
    /// Packets of one track, of which some come before the first picture.
    Packets {
        decoder: StreamDecoder,
        base: (i32, i32),
        early: Vec<Packet>,
    },
    /// Frames of a reader of its own, of which some were read ahead.
    Read {
        frames: Box<SoundFrames>,
        ahead: VecDeque<frame::Audio>,
    },
}

/// Where a clip's sound goes, as far as its pictures are shown.
pub(super) struct SoundOutput<'a> {
    pub(super) writer: &'a mut SoundWriter,
    pub(super) mux: &'a mut Mux,
    pub(super) shown: Timestamp,
}

impl ClipSound {
    /// Returns the stream whose packets are wanted from the source of the pictures.
    pub(super) fn stream_of(request: &RenderRequest<'_>) -> Option<usize> {
        let audio = request.media.audio.as_ref()?;
        request.media.mixed.is_empty().then_some(audio.stream)
    }

    /// Opens the sound for pictures that come from a source, which is at the clip's start or, where that is told with it, at
    /// the file's; without a source for pictures that come from elsewhere.
    pub(super) fn open(
        request: &RenderRequest<'_>,
        pictures: Option<(&Source, bool)>,
    ) -> Result<Option<Self>, Error> {
        if let (Some(stream), Some((source, _))) = (Self::stream_of(request), pictures) {
            return Ok(Some(Self::Packets {
                decoder: source.decoder(stream, 1)?,
                base: source.base(stream),
                early: Vec::new(),
            }));
        }
        let from_start = pictures.is_some_and(|(_, from_start)| from_start);
        let start = (!from_start).then_some(request.range.start());
        let repairs = Some(&request.channels);
        let frames = SoundFrames::open(
            request.source,
            request.media,
            start,
            repairs,
            request.limits,
        )?;
        let ahead = VecDeque::new();
        Ok(frames.map(|frames| Self::Read {
            frames: Box::new(frames),
            ahead,
        }))
    }

    /// Takes a packet of the track; before the clip has begun it is kept.
    pub(super) fn take(
        &mut self,
        packet: &Packet,
        output: Option<SoundOutput<'_>>,
    ) -> Result<(), Error> {
        match (self, output) {
            (Self::Packets { early, .. }, None) => {
                early.push(packet.clone());
                Ok(())
            }
            (Self::Packets { decoder, base, .. }, Some(mut output)) => {
                decode(decoder, *base, Some(packet), &mut output)
            }
            (Self::Read { .. }, _) => Ok(()),
        }
    }

    /// Writes what is known of the sound up to the pictures that are shown.
    pub(super) fn follow(&mut self, mut output: SoundOutput<'_>) -> Result<(), Error> {
        match self {
            Self::Packets {
                decoder,
                base,
                early,
            } => {
                for packet in std::mem::take(early) {
                    decode(decoder, *base, Some(&packet), &mut output)?;
                }
                Ok(())
            }
            Self::Read { frames, ahead } => read(frames, ahead, &mut output, |writer, shown| {
                writer.heard_until() <= shown
            }),
        }
    }

    /// Writes the rest of the clip's sound.
    pub(super) fn finish(&mut self, mut output: SoundOutput<'_>) -> Result<(), Error> {
        match self {
            Self::Packets { decoder, base, .. } => decode(decoder, *base, None, &mut output),
            Self::Read { frames, ahead } => {
                read(frames, ahead, &mut output, |_, _| true)?;
                output.writer.drain()
            }
        }
    }

    /// Tells whether the pictures' source need give nothing more for a clip with so much sound.
    pub(super) fn is_done(&self, writer: &SoundWriter) -> bool {
        matches!(self, Self::Read { .. }) || writer.is_full()
    }

    /// Tells whether there is sound after `start`, before the clip has begun.
    pub(super) fn lasts_into(&mut self, start: Timestamp) -> Result<bool, Error> {
        match self {
            Self::Packets { base, early, .. } => {
                let times = early.iter().filter_map(|packet| packet.pts());
                let mut times = times.filter_map(|ticks| time_of(ticks, *base));
                Ok(times.any(|time| time > start))
            }
            Self::Read { frames, ahead } => {
                let mut frame = frame::Audio::empty();
                while frames.next(&mut frame)? {
                    let time = frame.timestamp().or(frame.pts());
                    let time = time.and_then(|ticks| time_of(ticks, frames.base));
                    ahead.push_back(std::mem::replace(&mut frame, frame::Audio::empty()));
                    if time.is_some_and(|time| time > start) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

/// Decodes a packet, or with `None` what the decoder still holds, and writes what belongs to the clip.
fn decode(
    decoder: &mut StreamDecoder,
    base: (i32, i32),
    packet: Option<&Packet>,
    output: &mut SoundOutput<'_>,
) -> Result<(), Error> {
    let SoundOutput { writer, mux, shown } = output;
    if writer.is_full() {
        return Ok(());
    }
    decoder.send(packet)?;
    let mut frame = frame::Audio::empty();
    while decoder.receive(&mut frame)? {
        writer.push(&mut frame, base, *shown, mux)?;
    }
    if packet.is_none() {
        writer.drain()?;
    }
    Ok(())
}

/// Writes frames as long as the clip and `wants` take more.
fn read(
    frames: &mut SoundFrames,
    ahead: &mut VecDeque<frame::Audio>,
    output: &mut SoundOutput<'_>,
    wants: impl Fn(&SoundWriter, Timestamp) -> bool,
) -> Result<(), Error> {
    let SoundOutput { writer, mux, shown } = output;
    let mut frame = frame::Audio::empty();
    while !writer.is_full() && wants(writer, *shown) {
        let is_some = match ahead.pop_front() {
            Some(known) => {
                frame = known;
                true
            }
            None => frames.next(&mut frame)?,
        };
        if !is_some {
            break;
        }
        writer.push(&mut frame, frames.base, *shown, mux)?;
    }
    Ok(())
}
