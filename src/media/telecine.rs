//! Telecine: film of 24 pictures a second that was spread over 29.97 by 3:2 pulldown, told apart from true interlace by the pattern
//! that repeats every five pictures: three that are whole and two that are woven of neighbours.
//!
//! A few pictures of some places of a file are looked at, once. Where all places with movement show the pattern, the pictures are
//! put together again before models and clips see them; files of several kinds stay as they are.

mod combing;
mod cycle;
mod pattern;

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::frame;

use self::combing::{Weave, is_combed};
use self::pattern::{FrameCombing, PlaceKind, kind_of};
use super::luma::LumaPicture;
use super::packets::Source;
use super::pulldown::SPREAD_RATE;
use super::{Error, FieldOrder, Limits, Media, VideoStream};
use crate::timeline::Timestamp;

pub(super) use self::cycle::FilmCycles;

/// Part by which a header's rate may be off that.
const RATE_OFF: f64 = 0.002;

/// Places that are looked at, at most one for so many seconds, and pictures of each.
const PLACES: u32 = 16;
const APART: Duration = Duration::from_secs(2);
const PICTURES: usize = 30;
/// The same where the file does not say that its pictures are fields: most such files have none, which a few pictures show.
const QUICK_PLACES: u32 = 3;
const QUICK_PICTURES: usize = 12;

/// What the search for telecine depends on beside the file.
pub const TELECINE_RULES: (&str, u32, Duration, usize, u32, usize) = (
    "telecine-v1",
    PLACES,
    APART,
    PICTURES,
    QUICK_PLACES,
    QUICK_PICTURES,
);

/// Tells whether a file can hold film that was spread over more pictures: otherwise [`find_telecine`] need not be asked.
pub fn may_be_telecine(media: &Media) -> bool {
    let Some(video) = media.video.as_ref().filter(|_| media.picture.is_none()) else {
        return false;
    };
    let rate = video
        .frame_rate
        .map(|(num, den)| f64::from(num) / f64::from(den));
    let spread = f64::from(SPREAD_RATE.0) / f64::from(SPREAD_RATE.1);
    let is_spread = rate.is_some_and(|rate| (rate / spread - 1.0).abs() < RATE_OFF);
    is_spread && video.height.is_multiple_of(2) && video.width.min(video.height) >= 5 * 16
}

/// Returns which field comes first in a file that holds film spread by 3:2 pulldown; `None` for any other.
///
/// # Errors
/// As [`probe`](super::probe()) for the file, [`Error::ReadError`] when the system stops giving its bytes.
pub fn find_telecine(
    path: &Path,
    media: &Media,
    limits: &Limits,
) -> Result<Option<FieldOrder>, Error> {
    let Some(video) = media.video.as_ref().filter(|_| may_be_telecine(media)) else {
        return Ok(None);
    };
    let scan = PlaceScan {
        path,
        media,
        video,
        limits,
    };
    if !video.interlaced {
        let places = scan.look(QUICK_PLACES, QUICK_PICTURES)?;
        if places.iter().flatten().all(|picture| !picture.own) {
            return Ok(None);
        }
    }
    let places = scan.look(PLACES, PICTURES)?;
    let kinds: Vec<PlaceKind> = places.iter().map(|place| kind_of(place)).collect();
    Ok(pattern::decide(&kinds))
}

/// A look at some pictures of a file.
struct PlaceScan<'a> {
    path: &'a Path,
    media: &'a Media,
    video: &'a VideoStream,
    limits: &'a Limits,
}

impl PlaceScan<'_> {
    /// Looks at so many pictures of up to so many places.
    fn look(&self, most: u32, pictures: usize) -> Result<Vec<Vec<FrameCombing>>, Error> {
        let length = self.media.duration.filter(|_| !self.media.guessed_duration);
        let start = self.media.start.unwrap_or(Timestamp::ZERO);
        let Some(length) = length else {
            return Ok(vec![self.look_at(None, pictures)?]);
        };
        let places = (length.as_secs() / APART.as_secs()).clamp(1, u64::from(most)) as u32;
        let middle = |place: u32| start + length * (2 * place + 1) / (2 * places);
        let looked = (0..places).map(|place| self.look_at(Some(middle(place)), pictures));
        looked.collect()
    }

    /// Looks at the first pictures that can be decoded behind a time, or of the file.
    fn look_at(
        &self,
        time: Option<Timestamp>,
        pictures: usize,
    ) -> Result<Vec<FrameCombing>, Error> {
        let stream = self.video.stream;
        let open = || Source::open_for(self.path, &self.media.clock, &[stream], self.limits);
        let mut source = open()?;
        if time.is_some_and(|time| source.seek_before(time).is_err()) {
            source = open()?;
        }
        let mut decoder = source.decoder(stream, 1)?;
        let mut frame = frame::Video::empty();
        let (mut before, mut looked) = (None, Vec::new());
        while looked.len() < pictures {
            let packet = source.next()?;
            decoder.send(packet.as_ref())?;
            while looked.len() < pictures && decoder.receive(&mut frame)? {
                let Some(luma) = LumaPicture::of(&frame) else {
                    return Ok(Vec::new());
                };
                looked.push(combing(&luma, before.as_ref()));
                before = Some(luma);
            }
            if packet.is_none() {
                break;
            }
        }
        Ok(looked)
    }
}

/// Tells what of a picture is combed: itself, and each of its fields together with the other field of the picture before.
fn combing(luma: &LumaPicture, before: Option<&LumaPicture>) -> FrameCombing {
    let own = is_combed(&Weave::whole(luma));
    let with = |top: &LumaPicture, bottom: &LumaPicture| is_combed(&Weave::of(top, bottom));
    let before = before.filter(|before| own && before.size() == luma.size());
    FrameCombing {
        own,
        top: before.is_none_or(|before| with(luma, before)),
        bottom: before.is_none_or(|before| with(before, luma)),
    }
}
