//! Measuring pass over a clip: frames, times, loudness, defects, captions.

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::{ChannelLayout, Packet, frame};

use super::captions::{CaptionReader, CaptionsFound};
use super::content::ContentSample;
use super::delivery::DeliveryForm;
use super::expectation::Expectation;
use super::panes::PaneLight;
use crate::media::convert::Converter;
use crate::media::decoder::StreamDecoder;
use crate::media::defects::{Mask, Shares, Watch};
use crate::media::packets::Source;
use crate::media::render::{CHANNELS, CLIP_SOUND_RATE, Meter};
use crate::media::sheet::Tiles;
use crate::media::thumbnail48::Thumbnail48;
use crate::media::timebase::{FrameClock, Shown, time_of};
use crate::media::{AudioStream, Error, Limits, Media, Rotation, VideoStream, raw};
use crate::timeline::{FrameRate, Timestamp};

/// Measurements of a decoded clip.
#[derive(Default)]
pub(super) struct ClipMeasure {
    pub(super) frames: u64,
    pub(super) corrupt: u64,
    /// Bytes of the pictures as they are encoded.
    pub(super) bytes: u64,
    /// Pictures that come after a key frame and are shown before it.
    pub(super) leading: u64,
    first: Option<Timestamp>,
    end: Option<Timestamp>,
    first_sound: Option<Timestamp>,
    end_of_sound: Option<Timestamp>,
    /// Integrated loudness in LUFS and true peak in dBTP of what sound there is.
    pub(super) loudness: Option<(f64, f64)>,
    pub(super) shares: Shares,
    pub(super) panes: PaneLight,
    pub(super) captions: Option<CaptionsFound>,
    pub(super) form: DeliveryForm,
    /// What it shows and plays at the times that are compared with its source.
    pub(super) content: ContentSample,
    /// Where no captions stand.
    pub(super) mask: Option<Mask>,
}

impl ClipMeasure {
    /// Returns how long the pictures are shown by the header and by the frames, whichever is nearer to `expected`.
    ///
    /// Each knows something else of how long the last picture stays: in files with a variable rate the header's sum is
    /// short, in others the last frame does not say.
    pub(super) fn duration(&self, video: &VideoStream, expected: Duration) -> Duration {
        let decoded = self
            .first
            .zip(self.end)
            .map(|(first, end)| end.since(first));
        let both = [video.duration, decoded].into_iter().flatten();
        both.min_by_key(|length| length.abs_diff(expected))
            .unwrap_or_default()
    }

    /// Returns the seconds between the first picture and the first sound.
    pub(super) fn apart_at_start(&self) -> Option<f64> {
        let (video, sound) = self.first.zip(self.first_sound)?;
        Some((video.seconds() - sound.seconds()).abs())
    }

    /// Returns the seconds between the end of pictures that are shown for `duration` and the end of the sound.
    pub(super) fn apart_at_end(&self, duration: Duration) -> Option<f64> {
        let pictures = self.first? + duration;
        Some((pictures.seconds() - self.end_of_sound?.seconds()).abs())
    }
}

/// Decodes all of a clip, and keeps pictures for a sheet where one is wanted.
pub(super) fn measure(
    path: &Path,
    media: &Media,
    video: &VideoStream,
    expected: &Expectation,
    tiles: Option<&mut Tiles>,
    limits: &Limits,
) -> Result<ClipMeasure, Error> {
    let heard = media.audio.as_ref().map(|audio| audio.stream);
    let streams: Vec<usize> = [video.stream].into_iter().chain(heard).collect();
    let mut source = Source::open_for(path, &media.clock, &streams, limits)?;
    let decoder = source.decoder(video.stream, 1)?;
    let mut pictures = PictureMeter::new(decoder, video, expected, tiles)?;
    let mut sound = match &media.audio {
        Some(audio) => Some(SoundMeter::new(source.decoder(audio.stream, 1)?, audio)?),
        None => None,
    };
    loop {
        let read = source.next()?;
        let packet = read.as_ref();
        if concerns(packet, video.stream) {
            pictures.measure(packet)?;
        }
        if let Some(sound) = &mut sound
            && concerns(packet, sound.stream)
        {
            let content = &mut pictures.found.content;
            sound.measure(packet, source.base(sound.stream), content)?;
        }
        if packet.is_none() {
            break;
        }
    }
    let mut found = pictures.finish();
    found.corrupt += source.lost;
    let tags = source.input.stream(video.stream);
    if let Some(stream) = tags {
        found.form.note_tags(raw::stream_colours(&stream));
    }
    if let Some(sound) = sound {
        sound.finish_into(&mut found)?;
    }
    Ok(found)
}

/// Returns how many samples of sound a clip should have.
fn samples_of(expected: &Expectation) -> u64 {
    (expected.duration.as_secs_f64() * f64::from(CLIP_SOUND_RATE)).round() as u64
}

/// Tells whether a decoder of `stream` takes a packet: one of its own, or the end of the file.
fn concerns(packet: Option<&Packet>, stream: usize) -> bool {
    packet.is_none_or(|packet| packet.stream() == stream)
}

/// Measures the pictures.
struct PictureMeter<'a> {
    decoder: StreamDecoder,
    clock: FrameClock,
    small: Thumbnail48,
    watch: Watch,
    mask: Mask,
    reader: Option<CaptionReader>,
    tiles: Option<&'a mut Tiles>,
    /// Frames a second that it should have.
    rate: Option<FrameRate>,
    /// When the last key frame is shown.
    key: Option<i64>,
    found: ClipMeasure,
}

impl<'a> PictureMeter<'a> {
    fn new(
        decoder: StreamDecoder,
        video: &VideoStream,
        expected: &Expectation,
        tiles: Option<&'a mut Tiles>,
    ) -> Result<Self, Error> {
        let reader = expected
            .captions
            .as_ref()
            .map(|cues| CaptionReader::new(cues, (expected.width, expected.height)));
        let reader = reader.transpose()?;
        let boxes = reader
            .as_ref()
            .map(CaptionReader::boxes)
            .unwrap_or_default();
        Ok(Self {
            decoder,
            clock: FrameClock::new(video.time_base, video.frame_rate),
            small: Thumbnail48::new(Rotation::NONE),
            watch: Watch::over_clip(),
            // Captions go on changing over a picture that is frozen, and are not black.
            mask: Mask::around(&boxes),
            reader,
            tiles,
            rate: expected.clip_of.as_ref().map(|source| source.rate),
            key: None,
            found: ClipMeasure {
                content: ContentSample::of_clip(expected.frames, samples_of(expected)),
                panes: PaneLight::new(expected),
                ..ClipMeasure::default()
            },
        })
    }

    /// Looks at a packet before it is decoded.
    fn note(&mut self, packet: Option<&Packet>) {
        let Some((packet, pts)) = packet.and_then(|packet| Some((packet, packet.pts()?))) else {
            return;
        };
        self.found.bytes += packet.size() as u64;
        self.found.form.note_packet(packet.is_key());
        if packet.is_key() {
            self.key = Some(pts);
        } else if self.key.is_some_and(|key| pts < key) {
            self.found.leading += 1;
        }
    }

    /// Measures the pictures that a packet completes.
    fn measure(&mut self, packet: Option<&Packet>) -> Result<(), Error> {
        self.note(packet);
        self.decoder.send(packet)?;
        let mut frame = frame::Video::empty();
        while self.decoder.receive(&mut frame)? {
            let Shown { time, end } = self
                .clock
                .show(frame.timestamp(), raw::frame_length(&frame));
            if self.found.content.wants(self.found.frames) {
                let small = self.small.picture(&frame)?;
                self.found.content.see(self.found.frames, small, &frame);
            }
            self.found.frames += 1;
            let first = *self.found.first.get_or_insert(time);
            if let Some(rate) = self.rate {
                let number = self.found.frames - 1;
                self.found.form.note_time(number, time - first, rate);
            }
            self.found.end = Some(end);
            if self.watch.is_due(time) {
                let small = self.small.picture(&frame)?;
                if self.found.frames == 1 {
                    self.found.form.begins_black = self.watch.is_black(&small, &self.mask);
                }
                self.found.panes.look(time - first, &small);
                self.watch.take(time, &small, &self.mask);
            }
            if let Some(tiles) = &mut self.tiles {
                tiles.see(&frame, time)?;
            }
            if let Some(reader) = &mut self.reader {
                reader.read(&frame, time - first)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> ClipMeasure {
        let mut found = self.found;
        found.corrupt = self.decoder.lost;
        if let Some(end) = found.end {
            found.shares = self.watch.finish(end);
        }
        found.captions = self.reader.map(CaptionReader::finish);
        found.mask = Some(self.mask);
        found
    }
}

/// Measures the sound.
struct SoundMeter {
    decoder: StreamDecoder,
    stream: usize,
    converter: Converter,
    meter: Meter,
    first: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl SoundMeter {
    fn new(decoder: StreamDecoder, audio: &AudioStream) -> Result<Self, Error> {
        Ok(Self {
            decoder,
            stream: audio.stream,
            converter: Converter::new(CLIP_SOUND_RATE, ChannelLayout::STEREO),
            meter: Meter::new(CLIP_SOUND_RATE, CHANNELS)?,
            first: None,
            end: None,
        })
    }

    /// Measures the sound that a packet completes.
    fn measure(
        &mut self,
        packet: Option<&Packet>,
        base: (i32, i32),
        content: &mut ContentSample,
    ) -> Result<(), Error> {
        self.decoder.send(packet)?;
        let mut frame = frame::Audio::empty();
        while self.decoder.receive(&mut frame)? {
            let time = frame.timestamp().and_then(|ticks| time_of(ticks, base));
            let length = time_of(raw::frame_length(&frame), base).unwrap_or(Timestamp::ZERO);
            self.first = self.first.or(time);
            self.end = time.map(|time| time + length).or(self.end);
            for part in self.converter.convert(&mut frame, base)? {
                content.hear(&part.channels);
                self.meter.add(&part.channels)?;
            }
        }
        Ok(())
    }

    /// Writes down what was measured.
    fn finish_into(mut self, found: &mut ClipMeasure) -> Result<(), Error> {
        found.corrupt += self.decoder.lost;
        for part in self.converter.drain()? {
            found.content.hear(&part.channels);
            self.meter.add(&part.channels)?;
        }
        (found.first_sound, found.end_of_sound) = (self.first, self.end);
        found.loudness = Some(self.meter.read()?);
        Ok(())
    }
}
