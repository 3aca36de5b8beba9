//! Stills: a clip's cover picture, and pictures at given times.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageError};

use super::analysis_frame::{RgbScaler, Scaled};
use super::cursor::Cursor;
use super::render::Maker;
use super::{ClipFraming, Error, Limits, Media, raw};
use crate::frame::Picture;
use crate::timeline::Timestamp;
use kernels::STANDARD;

/// Quality of the JPEG encoder, 1 to 100.
const QUALITY: u8 = 90;
/// A picture that is shown for longer is the one at any time meanwhile.
const HELD: Duration = Duration::from_millis(250);

/// Writes the picture held at `time`, the first one after it, or the last one there is, as a JPEG file.
///
/// With a framing it is the clip's picture, else the whole one.
pub fn thumbnail(
    source: &Path,
    media: &Media,
    time: Timestamp,
    framing: Option<&ClipFraming>,
    output: &Path,
    limits: &Limits,
) -> Result<(), Error> {
    let stream = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let mut cursor = Cursor::open(source, media, limits)?;
    cursor.go_to(time)?;
    let next = cursor.after().map(|still| still.shown.time);
    let holds =
        |shown: Timestamp| shown == time || next.is_none_or(|next| next.since(shown) > HELD);
    let now = cursor.before().filter(|still| holds(still.shown.time));
    let still = now.or(cursor.after()).or(cursor.before());
    let still = still.ok_or_else(|| Error::NoFrames(time.to_string()))?;
    let frame = &still.frame;
    let mut maker = Maker::new(stream, frame, framing)?;
    let size = maker.size();
    let mut picture = maker.picture(frame, still.shown.time)?;
    raw::tag_picture(&mut picture, STANDARD);
    let mut scaler = RgbScaler::new(&picture, size)?;
    let (rows, stride) = scaler.run(&picture)?;
    let (width, height) = size;
    let rows = rows.chunks(stride).map(|row| &row[..width as usize * 3]);
    let rgb = rows.flatten().copied().collect();
    write_jpeg(&Picture { width, height, rgb }, output)
}

/// Shows `visit` the picture at each of the `times`, until it breaks off: which of the times it is for, when it is shown, and
/// itself, upright and at most `width` columns of square pixels wide. Returns how many frames were decoded for them.
///
/// `times` are in order. The picture at a time is the last one shown at or before it, before the first picture that one. What
/// lies between two times is left out where the file's index knows a key frame more than a second ahead, half a second or
/// more before the next time; where the index does not say, when the next time is more than 5 s ahead, or farther once that
/// has led back. Where an index leads astray, all is decoded from the first frame on. High dynamic range is not mapped.
pub fn pictures_at(
    path: &Path,
    media: &Media,
    times: &[Timestamp],
    width: u32,
    limits: &Limits,
    visit: &mut dyn FnMut(usize, Timestamp, Picture) -> ControlFlow<()>,
) -> Result<u64, Error> {
    let stream = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let mut cursor = Cursor::open(path, media, limits)?;
    let mut scaled = Scaled::new(stream, width);
    let mut made: Option<(Timestamp, Picture)> = None;
    for (index, &time) in times.iter().enumerate() {
        cursor.go_to(time)?;
        let still = cursor.before().or(cursor.after());
        let still = still.ok_or_else(|| Error::NoFrames(time.to_string()))?;
        let shown = still.shown.time;
        let picture = match made.take() {
            Some((of, picture)) if of == shown => picture,
            _ => scaled.picture(&still.frame)?,
        };
        if visit(index, shown, picture.clone()).is_break() {
            break;
        }
        made = Some((shown, picture));
    }
    Ok(cursor.decoded())
}

/// Writes a picture as a JPEG file.
pub(super) fn write_jpeg(picture: &Picture, output: &Path) -> Result<(), Error> {
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
