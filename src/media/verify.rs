//! A finished clip, opened again and measured.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use ffmpeg_next::frame;
use serde::{Deserialize, Serialize};

use super::packets::{Source, StreamDecoder};
use super::probe::probe;
use super::timebase::{FrameClock, time_of};
use super::{AudioStream, Error, Limits, VideoStream, raw};
use crate::timeline::Timestamp;

/// Seconds that sound and pictures may begin apart: less than people notice, more than one AAC frame is off.
const APART: f64 = 0.020;

/// What a clip should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Frames.
    pub frames: u64,
    /// From the first frame to the end of the last.
    pub duration: Duration,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether there is sound.
    pub audio: bool,
}

/// One thing that was measured: it is well when `value` does not pass `limit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was measured.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// How far off it is.
    pub value: f64,
    /// How far off it may be.
    pub limit: f64,
}

/// Opens a clip, decodes all of it and holds it against what it should be.
///
/// - `decodes`: packets and frames that are damaged, of both streams; none.
/// - `frames`: frames too many or too few; none.
/// - `duration`: seconds that the pictures are too long or too short; one frame.
/// - `size`: pixels that width and height are off, added; none.
/// - `audio`: audio streams too many or too few; none.
/// - `av_start`: seconds between the first picture and the first sound, after the encoder's padding is taken off; 0.02.
/// - `faststart`: 1 when the index comes after the media; 0.
pub fn verify(path: &Path, expected: &Expectation, limits: &Limits) -> Result<Vec<Check>, Error> {
    let media = probe(path, limits)?;
    let video = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let found = measure(path, video, media.audio.as_ref(), limits)?;
    let duration = found.duration(video).as_secs_f64();
    let frame = expected.duration.as_secs_f64() / expected.frames.max(1) as f64;
    let sides = video.width.abs_diff(expected.width) + video.height.abs_diff(expected.height);
    let streams = media
        .audio_streams
        .len()
        .abs_diff(usize::from(expected.audio));
    let apart = found.apart().unwrap_or(0.0);
    Ok(vec![
        check("decodes", found.corrupt as f64, 0.0),
        check("frames", found.frames.abs_diff(expected.frames) as f64, 0.0),
        check(
            "duration",
            (duration - expected.duration.as_secs_f64()).abs(),
            frame,
        ),
        check("size", f64::from(sides), 0.0),
        check("audio", streams as f64, 0.0),
        check("av_start", apart, APART),
        check("faststart", f64::from(u8::from(!is_fast(path)?)), 0.0),
    ])
}

fn check(name: &str, value: f64, limit: f64) -> Check {
    // Nanoseconds of rounding are no fault.
    let ok = value <= limit + 1e-6;
    Check {
        name: name.to_owned(),
        ok,
        value,
        limit,
    }
}

/// What decoding a clip found.
#[derive(Default)]
struct Found {
    frames: u64,
    first: Option<Timestamp>,
    end: Option<Timestamp>,
    first_sound: Option<Timestamp>,
    corrupt: u64,
}

impl Found {
    /// Returns how long the pictures are shown: the header knows how long the last one stays.
    fn duration(&self, video: &VideoStream) -> Duration {
        let decoded = self
            .first
            .zip(self.end)
            .map(|(first, end)| end.since(first));
        video.duration.or(decoded).unwrap_or_default()
    }

    fn apart(&self) -> Option<f64> {
        let (video, sound) = self.first.zip(self.first_sound)?;
        Some((video.seconds() - sound.seconds()).abs())
    }
}

fn measure(
    path: &Path,
    video: &VideoStream,
    audio: Option<&AudioStream>,
    limits: &Limits,
) -> Result<Found, Error> {
    let mut source = Source::open(path, limits)?;
    let mut pictures = source.decoder(video.stream, 1)?;
    let mut sound = match audio {
        Some(audio) => Some((audio, source.decoder(audio.stream, 1)?)),
        None => None,
    };
    let mut clock = FrameClock::new(video.time_base, video.frame_rate);
    let mut found = Found::default();
    loop {
        let packet = source.next();
        let of = |stream: usize| {
            packet
                .as_ref()
                .is_none_or(|packet| packet.stream() == stream)
        };
        if of(video.stream) {
            pictures.send(packet.as_ref())?;
            count_pictures(&mut pictures, &mut clock, &mut found)?;
        }
        if let Some((audio, decoder)) = &mut sound
            && of(audio.stream)
        {
            decoder.send(packet.as_ref())?;
            hear(decoder, source.base(audio.stream), &mut found)?;
        }
        if packet.is_none() {
            break;
        }
    }
    let unheard = sound.map_or(0, |(_, decoder)| decoder.lost);
    found.corrupt = source.lost + pictures.lost + unheard;
    Ok(found)
}

fn count_pictures(
    decoder: &mut StreamDecoder,
    clock: &mut FrameClock,
    found: &mut Found,
) -> Result<(), Error> {
    let mut frame = frame::Video::empty();
    while decoder.receive(&mut frame)? {
        let shown = clock.show(frame.timestamp(), raw::frame_length(&frame));
        found.frames += 1;
        found.first.get_or_insert(shown.time);
        found.end = Some(shown.end);
    }
    Ok(())
}

fn hear(decoder: &mut StreamDecoder, base: (i32, i32), found: &mut Found) -> Result<(), Error> {
    let mut frame = frame::Audio::empty();
    while decoder.receive(&mut frame)? {
        let time = frame.timestamp().and_then(|ticks| time_of(ticks, base));
        found.first_sound = found.first_sound.or(time);
    }
    Ok(())
}

/// Tells whether an MP4 file has its index before its media, so that it plays while it loads.
fn is_fast(path: &Path) -> Result<bool, Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable(error.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let mut at = 0;
    let mut head = [0; 16];
    loop {
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        if file.read_exact(&mut head).is_err() {
            return Ok(false);
        }
        match &head[4..8] {
            b"moov" => return Ok(true),
            b"mdat" => return Ok(false),
            _ => {}
        }
        let Some(next) = box_length(&head).and_then(|length| length.checked_add(at)) else {
            return Ok(false);
        };
        at = next;
    }
}

/// Returns the length of an MP4 box from its first 16 bytes, if it is one.
fn box_length(head: &[u8; 16]) -> Option<u64> {
    let short = u64::from(u32::from_be_bytes(*head.first_chunk()?));
    let length = match short {
        1 => u64::from_be_bytes(*head.last_chunk()?),
        short => short,
    };
    (length >= 8).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn box_lengths_are_short_or_long_and_never_stand_still() {
        let head = |bytes: [u8; 4], long: u64| {
            let mut head = [0; 16];
            head[..4].copy_from_slice(&bytes);
            head[8..].copy_from_slice(&long.to_be_bytes());
            head
        };
        assert_eq!(box_length(&head([0, 0, 0, 24], 0)), Some(24));
        assert_eq!(box_length(&head([0, 0, 0, 1], 1 << 33)), Some(1 << 33));
        assert_eq!(box_length(&head([0, 0, 0, 0], 0)), None);
        assert_eq!(box_length(&head([0, 0, 0, 1], 3)), None);
    }
}
