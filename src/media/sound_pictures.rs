//! Pictures of a file that holds sound alone: a cover picture that is held, or the waveform of its sound.

use std::path::Path;

use ffmpeg_next::frame::{self, side_data};

use super::packets::{Frames, Source};
use super::probe::picture_stream;
use super::raw;
use super::timebase::{Shown, Still};
use super::upright::{Form, Upright};
use super::waveform::{WAVEFORM_RATE, WaveformPictures};
use super::{Error, Limits, Media, Rotation, SoundPicture, VideoStream};
use crate::timeline::Timestamp;
use kernels::STANDARD;

/// Columns or rows of a cover at most: no clip shows more of it.
const LARGEST: u32 = 1920;
/// Columns and rows of a waveform for clips that keep their source's shape.
const WAVEFORM_SIZE: (u32, u32) = (1920, 1080);
/// The number of a stream that no packet of the file is of.
const NO_STREAM: usize = usize::MAX;

impl Media {
    /// Gives a file without pictures those of its clips; a waveform is as large as they are, where that is known.
    ///
    /// # Errors
    /// [`Error::Cover`] for a file that is no picture.
    pub fn show(
        &mut self,
        picture: SoundPicture,
        size: Option<(u32, u32)>,
        limits: &Limits,
    ) -> Result<(), Error> {
        let (width, height) = match &picture {
            SoundPicture::Cover(path) => {
                let cover = read_cover(path, limits)?;
                (cover.width(), cover.height())
            }
            SoundPicture::Waveform => size.unwrap_or(WAVEFORM_SIZE),
        };
        self.video = Some(VideoStream {
            stream: NO_STREAM,
            codec: String::new(),
            width,
            height,
            rotation: Rotation::NONE,
            sample_aspect: (1, 1),
            coded_aspect: (1, 1),
            frame_rate: Some(WAVEFORM_RATE),
            interlaced: false,
            telecine: None,
            frames: None,
            start: self.audio.as_ref().and_then(|audio| audio.start),
            duration: None,
            pixel_format: "yuv420p".into(),
            time_base: (WAVEFORM_RATE.1, WAVEFORM_RATE.0),
        });
        self.picture = Some(picture);
        Ok(())
    }
}

/// The pictures of a file that holds sound alone, in order.
pub(super) enum SoundPictures {
    /// The cover, until it is taken.
    Cover(Option<Box<Still>>),
    Waveform(Box<WaveformPictures>),
}

impl SoundPictures {
    /// Opens the pictures at the first one; `None` for a file that has its own.
    pub(super) fn open(path: &Path, media: &Media, limits: &Limits) -> Result<Option<Self>, Error> {
        let Some(stream) = &media.video else {
            return Ok(None);
        };
        Ok(Some(match &media.picture {
            None => return Ok(None),
            Some(SoundPicture::Cover(cover)) => {
                let frame = read_cover(cover, limits)?;
                let time = stream.start.unwrap_or(Timestamp::ZERO).min(Timestamp::ZERO);
                let shown = Shown { time, end: time };
                Self::Cover(Some(Box::new(Still {
                    frame,
                    shown,
                    reshaped: None,
                })))
            }
            Some(SoundPicture::Waveform) => {
                let size = (stream.width, stream.height);
                Self::Waveform(Box::new(WaveformPictures::open(path, media, size, limits)?))
            }
        }))
    }

    /// Returns the next picture; `None` behind a cover, which is the last. A waveform goes on for ever.
    pub(super) fn next(&mut self) -> Result<Option<Still>, Error> {
        match self {
            Self::Cover(cover) => Ok(cover.take().map(|cover| *cover)),
            Self::Waveform(waveform) => waveform.next().map(Some),
        }
    }

    /// Goes to the picture that is shown at `start`, and tells whether it did.
    pub(super) fn seek_before(&mut self, start: Timestamp) -> Result<bool, Error> {
        match self {
            Self::Cover(_) => Ok(false),
            Self::Waveform(waveform) => waveform.seek(start).map(|()| true),
        }
    }

    /// Tells whether no picture is left.
    pub(super) fn ended(&self) -> bool {
        matches!(self, Self::Cover(None))
    }
}

/// Returns a cover picture in the clips' colours, no larger than they can show.
fn read_cover(path: &Path, limits: &Limits) -> Result<frame::Video, Error> {
    let unreadable = |error: Error| Error::Cover {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    decode_cover(path, limits).map_err(unreadable)
}

fn decode_cover(path: &Path, limits: &Limits) -> Result<frame::Video, Error> {
    let source = Source::open_picture(path, limits)?;
    let stream = picture_stream(&source).filter(|stream| stream.width > 0 && stream.height > 0);
    let mut stream = stream.ok_or(Error::Corrupt { good_frames: 0 })?;
    let (width, height, max_pixels) = (stream.width, stream.height, limits.max_pixels);
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(Error::TooLarge {
            width,
            height,
            max_pixels,
        });
    }
    let mut frames = Frames::of(source, stream.stream, 1)?;
    let mut frame = frame::Video::empty();
    if !frames.next(&mut frame)? {
        return Err(Error::Corrupt { good_frames: 0 });
    }
    // As the camera was held.
    let matrix = frame.side_data(side_data::Type::DisplayMatrix);
    if let Some(matrix) = matrix {
        stream.rotation = Rotation::from_bytes(matrix.data());
    }
    let size = fitted(stream.rotation.turn_size((frame.width(), frame.height())));
    let mut cover = Upright::new(&stream, Form::Sized(size.0, size.1)).turn(&frame)?;
    raw::tag_picture(&mut cover, STANDARD);
    Ok(cover)
}

/// Returns an even size in the shape of `size` that is not too large.
fn fitted((width, height): (u32, u32)) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let side = |side: u32| {
        let most = u64::from(longer.min(LARGEST));
        let scaled = (u64::from(side) * most + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled / 2 * 2).unwrap_or(LARGEST).max(2)
    };
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_keeps_its_shape_and_is_no_larger_than_a_clip() {
        assert_eq!(fitted((3000, 3000)), (1920, 1920));
        assert_eq!(fitted((1280, 720)), (1280, 720));
        assert_eq!(fitted((4000, 2000)), (1920, 960));
        assert_eq!(fitted((641, 481)), (640, 480));
        assert_eq!(fitted((9000, 1)), (1920, 2));
    }
}
