//! Stills: a clip's cover picture, and all of a clip on one sheet.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use ffmpeg_next::frame;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageError};

use super::larger::RgbScaler;
use super::packets::{Frames, Source};
use super::render::{Maker, seek_target};
use super::timebase::FrameClock;
use super::{DecodePlan, Error, Framing, Limits, Media, Pictures, decode, raw};
use crate::frame::Picture;
use crate::timeline::Timestamp;

/// Quality of the JPEG encoder, 1 to 100.
const QUALITY: u8 = 90;
/// Columns of a picture on a sheet.
const TILE: u32 = 240;
/// Pictures on a sheet, at most; beyond that they are taken further apart.
const MOST_TILES: u128 = 100;
/// Width of a sheet to its height, about.
const SHEET: f64 = 1.5;

/// Writes the first picture shown at or after `time`, or the last one there is, as a JPEG file.
///
/// With a framing it is the clip's picture, else the whole one.
pub fn thumbnail(
    source: &Path,
    media: &Media,
    time: Timestamp,
    framing: Option<&Framing>,
    output: &Path,
    limits: &Limits,
) -> Result<(), Error> {
    let (frame, shown) = match find(source, media, time, true, limits)? {
        Some((frame, shown, false)) => (frame, shown),
        // The index led past it.
        _ => find(source, media, time, false, limits)?
            .map(|(frame, shown, _)| (frame, shown))
            .ok_or_else(|| Error::NoFrames(time.to_string()))?,
    };
    let stream = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let mut maker = Maker::new(stream, &frame, framing)?;
    let (size, colours) = maker.look(&frame)?;
    let mut picture = maker.picture(&frame, shown)?;
    raw::tag_picture(&mut picture, colours);
    let mut scaler = RgbScaler::new(&picture, size)?;
    let (rows, stride) = scaler.run(&picture)?;
    let (width, height) = size;
    let rows = rows.chunks(stride).map(|row| &row[..width as usize * 3]);
    let rgb = rows.flatten().copied().collect();
    write_jpeg(&Picture { width, height, rgb }, output)
}

/// Writes pictures of a video, one at each multiple of `every`, side by side as one JPEG file.
pub fn contact_sheet(
    video: &Path,
    media: &Media,
    every: Duration,
    output: &Path,
    limits: &Limits,
) -> Result<(), Error> {
    let length = media.duration.unwrap_or_default().as_nanos();
    let least = u64::try_from(length / MOST_TILES).unwrap_or(u64::MAX);
    let plan = DecodePlan {
        threads: 1,
        pictures: Some(Pictures {
            every: every.max(Duration::from_nanos(least)),
            width: TILE,
        }),
    };
    let mut tiles = Vec::new();
    decode(video, media, &plan, limits, &mut |frame| {
        tiles.extend(frame.picture);
        // Without a length in the header it may still be too many.
        match tiles.len() as u128 > MOST_TILES {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    write_jpeg(&sheet(&tiles), output)
}

/// Returns the picture for `time`, when it is shown, and whether there may be a better one before it.
fn find(
    path: &Path,
    media: &Media,
    time: Timestamp,
    seek: bool,
    limits: &Limits,
) -> Result<Option<(frame::Video, Timestamp, bool)>, Error> {
    let stream = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let mut source = Source::open_for(path, &[stream.stream], limits)?;
    let target = seek_target(&source, time).filter(|_| seek);
    if let Some(target) = target
        && source.input.seek(target, ..target).is_err()
    {
        return Ok(None);
    }
    let mut frames = Frames::of(source, stream.stream, 1)?;
    let mut clock = FrameClock::new(stream.time_base, stream.frame_rate);
    let mut last = None;
    let mut frame = frame::Video::empty();
    while frames.next(&mut frame)? {
        let length = raw::frame_length(&frame);
        let shown = clock.show(frame.timestamp(), length).time;
        let first = last.is_none();
        if shown >= time {
            let missed = target.is_some() && first && shown > time;
            return Ok(Some((frame, shown, missed)));
        }
        last = Some((frame, shown, false));
        frame = frame::Video::empty();
    }
    Ok(last)
}

/// Lays pictures out in rows; what does not fit its place is cut off.
fn sheet(tiles: &[Picture]) -> Picture {
    let (width, height) = tiles
        .first()
        .map_or((1, 1), |tile| (tile.width, tile.height));
    let across = (tiles.len() as f64 * SHEET * f64::from(height) / f64::from(width)).sqrt();
    let across = (across.round() as u32).clamp(1, tiles.len().max(1) as u32);
    let down = (tiles.len().max(1) as u32).div_ceil(across);
    let line = (across * width * 3) as usize;
    let mut rgb = vec![0; line * (down * height) as usize];
    for (index, tile) in (0..).zip(tiles) {
        let (left, top) = (index % across * width, index / across * height);
        let bytes = (tile.width.min(width) * 3) as usize;
        let rows = tile.rgb.chunks(tile.width as usize * 3);
        for (y, row) in rows.enumerate().take(height as usize) {
            let at = (top as usize + y) * line + left as usize * 3;
            rgb[at..at + bytes].copy_from_slice(&row[..bytes]);
        }
    }
    Picture {
        width: across * width,
        height: down * height,
        rgb,
    }
}

fn write_jpeg(picture: &Picture, output: &Path) -> Result<(), Error> {
    let unwritten = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull => Error::NoSpace,
        _ => Error::Output(error.to_string()),
    };
    let mut file = BufWriter::new(File::create(output).map_err(unwritten)?);
    let mut encoder = JpegEncoder::new_with_quality(&mut file, QUALITY);
    let Picture { width, height, rgb } = picture;
    let encoded = encoder.encode(rgb, *width, *height, ExtendedColorType::Rgb8);
    encoded.map_err(|error| match error {
        ImageError::IoError(error) => unwritten(error),
        other => Error::Output(other.to_string()),
    })?;
    file.flush().map_err(unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_laid_out_in_rows() {
        let tile = |level| Picture {
            width: 2,
            height: 1,
            rgb: vec![level; 6],
        };
        let tiles: Vec<_> = (1..=5).map(tile).collect();
        let Picture { width, height, rgb } = sheet(&tiles);
        assert_eq!((width, height), (4, 3));
        assert_eq!(rgb[..12], [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
        assert_eq!(rgb[24..], [5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0]);
        let none = sheet(&[]);
        assert_eq!((none.width, none.height), (1, 1));
    }
}
