//! Pictures of a stream as they are shown: decoded, whole, in one shape, each with its time.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use ffmpeg_next::{Packet, frame};
use serde::Serialize;

use super::canvas::{Canvas, TOLERANCE};
use super::decoder::StreamDecoder;
use super::deinterlace::{Deinterlacer, FILTER, FieldWork, MATCHER};
use super::packets::Source;
use super::sound_pictures::SoundPictures;
use super::telecine::FilmCycles;
use super::timebase::{FrameClock, Still};
use super::{Error, FieldOrder, FieldRate, FileClock, Limits, Media, VideoStream, raw};
use crate::timeline::Timestamp;

/// What the pictures of a stream depend on beside the file, the stream and the decoder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureRules {
    clock: FileClock,
    deinterlacer: &'static str,
    /// How fields of film are put together, where it was spread over more pictures.
    film: Option<(&'static str, FieldOrder)>,
    filters: u32,
    tolerance: f64,
}

/// Returns what the pictures of a file depend on.
pub fn picture_rules(media: &Media) -> PictureRules {
    let telecine = media.video.as_ref().and_then(|video| video.telecine);
    PictureRules {
        clock: media.clock.clone(),
        deinterlacer: FILTER,
        film: telecine.map(|order| (MATCHER, order)),
        filters: ffmpeg_next::filter::version(),
        tolerance: TOLERANCE,
    }
}

/// One stream's pictures: packets in, pictures out in the order in which they are shown.
pub(super) struct PictureStream {
    stream: VideoStream,
    decoder: StreamDecoder,
    clock: FrameClock,
    canvas: Canvas,
    work: FieldWork,
    deinterlacer: Option<Deinterlacer>,
    /// Whole pictures in their own shape, of film with those that are shown twice.
    whole: VecDeque<Still>,
    cycles: Option<FilmCycles>,
    /// Those that are shown.
    ready: VecDeque<Still>,
    ended: bool,
}

impl PictureStream {
    /// Opens a stream of a file.
    pub(super) fn open(
        source: &Source,
        stream: &VideoStream,
        threads: usize,
        rate: FieldRate,
    ) -> Result<Self, Error> {
        Ok(Self {
            decoder: source.decoder(stream.stream, threads)?,
            clock: FrameClock::new(stream.time_base, stream.frame_rate),
            canvas: Canvas::new(stream),
            work: match stream.telecine {
                Some(order) => FieldWork::Match(order),
                None => FieldWork::Deinterlace(rate),
            },
            deinterlacer: None,
            whole: VecDeque::new(),
            cycles: stream.telecine.map(|_| FilmCycles::of(stream)),
            ready: VecDeque::new(),
            ended: false,
            stream: stream.clone(),
        })
    }

    /// Takes a packet, or with `None` the end of the stream. Take all pictures out before the next one.
    pub(super) fn send(&mut self, packet: Option<&Packet>) -> Result<(), Error> {
        self.ended = packet.is_none();
        self.decoder.send(packet)
    }

    /// Returns the next picture, if one is ready.
    pub(super) fn receive(&mut self) -> Result<Option<Still>, Error> {
        loop {
            if let Some(still) = self.ready.pop_front() {
                let (frame, reshaped) = self.canvas.fit(still.frame)?;
                let shown = still.shown;
                return Ok(Some(Still {
                    frame,
                    shown,
                    reshaped,
                }));
            }
            let mut frame = frame::Video::empty();
            if self.decoder.receive(&mut frame)? {
                self.take(frame)?;
            } else if !self.ended || !self.take_held()? {
                return Ok(None);
            }
        }
    }

    /// Takes what is held back for what comes later, at the end of the stream; false where nothing is.
    fn take_held(&mut self) -> Result<bool, Error> {
        if let Some(held) = self.deinterlacer.take() {
            held.finish(&mut self.whole)?;
            self.show_whole();
            return Ok(true);
        }
        let Some(mut cycles) = self.cycles.take() else {
            return Ok(false);
        };
        cycles.finish(&mut self.ready);
        Ok(true)
    }

    /// Forgets what it was sent: the next packet is from elsewhere in the stream.
    pub(super) fn flush(&mut self) {
        self.decoder.flush();
        self.clock = FrameClock::new(self.stream.time_base, self.stream.frame_rate);
        self.deinterlacer = None;
        self.whole.clear();
        self.cycles = self.stream.telecine.map(|_| FilmCycles::of(&self.stream));
        self.ready.clear();
        self.ended = false;
    }

    /// Returns how long before a time decoding is to begin.
    fn lead(&self) -> Duration {
        self.stream.lead()
    }

    /// Returns how many packets and frames were unreadable or are known to be damaged.
    pub(super) fn lost(&self) -> u64 {
        self.decoder.lost
    }

    fn take(&mut self, frame: frame::Video) -> Result<(), Error> {
        let length = raw::frame_length(&frame);
        let still = Still {
            shown: self.clock.show(frame.timestamp(), length),
            frame,
            reshaped: None,
        };
        let foreign = self.deinterlacer.take_if(|held| !held.fits(&still.frame));
        if let Some(foreign) = foreign {
            foreign.finish(&mut self.whole)?;
        }
        let matches = matches!(self.work, FieldWork::Match(_));
        // Once one was interlaced those between may be, without their flags, neighbours of its fields.
        match &mut self.deinterlacer {
            Some(held) => held.push(still, &mut self.whole)?,
            None if matches || still.frame.is_interlaced() => {
                let held = Deinterlacer::new(&still.frame, self.work)?;
                self.deinterlacer
                    .insert(held)
                    .push(still, &mut self.whole)?;
            }
            None => self.whole.push_back(still),
        }
        self.show_whole();
        Ok(())
    }

    /// Hands on the pictures that are whole, of film those that were filmed.
    fn show_whole(&mut self) {
        match &mut self.cycles {
            None => self.ready.append(&mut self.whole),
            Some(cycles) => {
                for still in self.whole.drain(..) {
                    cycles.push(still, &mut self.ready);
                }
            }
        }
    }
}

/// The pictures of a file.
pub(super) enum PictureSource {
    /// Those of one of its streams.
    Stream {
        source: Box<Source>,
        pictures: Box<PictureStream>,
        ended: bool,
    },
    /// Those that are shown of sound alone.
    Sound(SoundPictures),
}

impl PictureSource {
    /// Opens the chosen video stream of a file at its first picture.
    pub(super) fn open(
        path: &Path,
        media: &Media,
        stream: &VideoStream,
        threads: usize,
        limits: &Limits,
    ) -> Result<Self, Error> {
        if let Some(pictures) = SoundPictures::open(path, media, limits)? {
            return Ok(Self::Sound(pictures));
        }
        let source = Source::open_for(path, &media.clock, &[stream.stream], limits)?;
        let pictures = PictureStream::open(&source, stream, threads, FieldRate::Frame)?;
        Ok(Self::Stream {
            source: Box::new(source),
            pictures: Box::new(pictures),
            ended: false,
        })
    }

    /// Returns the next picture; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Still>, Error> {
        let (source, pictures, ended) = match self {
            Self::Sound(pictures) => return pictures.next(),
            Self::Stream {
                source,
                pictures,
                ended,
            } => (source, pictures, ended),
        };
        loop {
            if let Some(still) = pictures.receive()? {
                return Ok(Some(still));
            }
            if *ended {
                return Ok(None);
            }
            let packet = source.next()?;
            *ended = packet.is_none();
            pictures.send(packet.as_ref())?;
        }
    }

    /// Goes to where `start` can be decoded from, as [`Source::seek_before`].
    ///
    /// # Errors
    /// A failed seek may leave the file anywhere.
    pub(super) fn seek_before(&mut self, start: Timestamp) -> Result<bool, Error> {
        match self {
            Self::Sound(pictures) => pictures.seek_before(start),
            Self::Stream {
                source,
                pictures,
                ended,
            } => {
                let sought = source.seek_before(start - (Timestamp::ZERO + pictures.lead()))?;
                if sought {
                    pictures.flush();
                    *ended = false;
                }
                Ok(sought)
            }
        }
    }

    /// Tells whether all that the file holds was sent to the decoder.
    pub(super) fn ended(&self) -> bool {
        match self {
            Self::Sound(pictures) => pictures.ended(),
            Self::Stream { ended, .. } => *ended,
        }
    }

    /// Returns the key frame to which a seek to `time` leads, as [`Source::key_frame`].
    pub(super) fn key_frame(&self, stream: usize, time: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Sound(_) => None,
            Self::Stream { source, .. } => source.key_frame(stream, time),
        }
    }

    /// Returns how many packets and frames so far were unreadable or are known to be damaged.
    pub(super) fn lost(&self) -> u64 {
        match self {
            Self::Sound(_) => 0,
            Self::Stream {
                source, pictures, ..
            } => source.lost + pictures.lost(),
        }
    }
}
