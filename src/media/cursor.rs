//! Cursor: seeks and decodes to the frames around a time.

use std::path::Path;
use std::time::Duration;

use super::pictures::PictureSource;
use super::timebase::Still;
use super::{Error, Limits, Media, VideoStream};
use crate::timeline::Timestamp;

/// Where the index knows a key frame this far ahead, going there is cheaper than decoding what lies between.
const WORTH_SEEKING: Duration = Duration::from_secs(1);

/// Where it does not, a time this far ahead is sought: most files have a key frame as often.
const FAR: Duration = Duration::from_secs(5);

/// Tolerance: how much sooner than its header says a stream may end.
const EARLY_END: Duration = Duration::from_secs(1);

/// Goes forward through a video, leaving out what nobody asks for where that is cheaper.
pub(super) struct Cursor<'a> {
    path: &'a Path,
    media: &'a Media,
    stream: &'a VideoStream,
    limits: &'a Limits,
    pictures: PictureSource,
    before: Option<Still>,
    after: Option<Still>,
    sought: bool,
    may_seek: bool,
    far: Duration,
    decoded: u64,
}

impl<'a> Cursor<'a> {
    /// Opens a video at its first frame.
    pub(super) fn open(
        path: &'a Path,
        media: &'a Media,
        limits: &'a Limits,
    ) -> Result<Self, Error> {
        let stream = media.video.as_ref().ok_or(Error::NoVideoStream)?;
        Ok(Self {
            path,
            media,
            stream,
            limits,
            pictures: PictureSource::open(path, media, stream, 1, limits)?,
            before: None,
            after: None,
            sought: false,
            may_seek: true,
            far: FAR,
            decoded: 0,
        })
    }

    /// Goes to a time that is no earlier than the last one.
    ///
    /// Where an index leads astray, everything is decoded from the first frame on.
    pub(super) fn go_to(&mut self, time: Timestamp) -> Result<(), Error> {
        let aim = self.end().map_or(time, |end| time.min(end));
        if self.is_far(aim) {
            self.seek(aim)?;
        }
        self.walk(time)?;
        if self.is_lost() {
            self.rewind()?;
            self.walk(time)?;
        }
        Ok(())
    }

    /// Returns the last frame shown at or before the time; `None` before the first.
    pub(super) fn before(&self) -> Option<&Still> {
        self.before.as_ref()
    }

    /// Returns the first frame shown after the time; `None` after the last.
    pub(super) fn after(&self) -> Option<&Still> {
        self.after.as_ref()
    }

    /// Returns how many frames were decoded.
    pub(super) fn decoded(&self) -> u64 {
        self.decoded
    }

    fn walk(&mut self, time: Timestamp) -> Result<(), Error> {
        while self
            .after
            .as_ref()
            .is_none_or(|after| after.shown.time <= time)
        {
            let next = self.next()?;
            let is_last = next.is_none();
            if let Some(passed) = std::mem::replace(&mut self.after, next) {
                self.before = Some(passed);
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Still>, Error> {
        let next = self.pictures.next()?;
        self.decoded += u64::from(next.is_some());
        Ok(next)
    }

    /// Returns where the header says that the stream ends.
    fn end(&self) -> Option<Timestamp> {
        let (start, length) = self.stream.start.zip(self.stream.duration)?;
        Some(start + length)
    }

    /// Returns up to where it is decoded.
    fn position(&self) -> Option<Timestamp> {
        let last = self.after.as_ref().or(self.before.as_ref());
        last.map(|still| still.shown.time).or(self.stream.start)
    }

    /// Tells whether seeking is cheaper than going on.
    fn is_far(&self, time: Timestamp) -> bool {
        // At the end of the file nothing lies ahead.
        let may_seek = self.may_seek && !self.pictures.ended();
        let Some(at) = self.position().filter(|_| may_seek) else {
            return false;
        };
        match self.pictures.key_frame(self.stream.stream, time) {
            Some(key) => key > at && key.since(at) > WORTH_SEEKING,
            None => time.since(at) > self.far,
        }
    }

    fn seek(&mut self, time: Timestamp) -> Result<(), Error> {
        let at = self.position();
        match self.pictures.seek_before(time) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(_) => return self.rewind(),
        }
        (self.sought, self.before) = (true, None);
        self.after = self.next()?;
        if let Some(landed) = &self.after
            && Some(landed.shown.time) <= at
        {
            // Key frames are farther apart: what was decoded is decoded again.
            self.far = self.far.max(time.since(landed.shown.time));
        }
        Ok(())
    }

    /// Tells whether a seek led past the time, or to where the file ends before it and should not.
    fn is_lost(&self) -> bool {
        let end = self.end();
        let ends_early = |last: &Still| end.is_some_and(|end| last.shown.end + EARLY_END < end);
        let cut_short = self.after.is_none() && self.before.as_ref().is_some_and(ends_early);
        self.sought && (self.before.is_none() || cut_short)
    }

    fn rewind(&mut self) -> Result<(), Error> {
        let first = Self::open(self.path, self.media, self.limits)?;
        *self = Self {
            may_seek: false,
            decoded: self.decoded,
            ..first
        };
        Ok(())
    }
}
