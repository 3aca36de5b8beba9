//! Deinterlacing: whole pictures from those that are flagged as two fields, by FFmpeg's bwdif; and from fields of film that was
//! spread over more pictures, by its fieldmatch.
//!
//! Pictures that are not flagged pass as they are, also those of soft telecine: MPEG-2 film whose flags only ask a television to
//! show some fields twice.

use std::collections::VecDeque;

use ffmpeg_next::{filter, frame};
use serde::{Deserialize, Serialize};

use super::picture_graph::picture_graph;
use super::raw::{self, Shape};
use super::timebase::{Shown, Still};
use super::{Error, FieldOrder, decoder};

/// The filter, but for the rate.
pub(super) const FILTER: &str = "bwdif=parity=auto:deint=interlaced";
/// The filter that puts fields of one moment together, but for their order; it flags what stays combed.
pub(super) const MATCHER: &str = "fieldmatch=mode=pc_n:combmatch=full";

/// How many pictures two fields make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldRate {
    /// One: 25 a second of 50i.
    #[default]
    Frame,
    /// Two: 50 a second of 50i, which keeps fast movement smooth.
    Field,
}

/// What is done about fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldWork {
    /// Pictures that are flagged are made whole.
    Deinterlace(FieldRate),
    /// Fields are put together that are of one moment; what stays combed is made whole.
    Match(FieldOrder),
}

/// Turns pictures of two fields into whole ones; gives each some pictures late.
pub(super) struct Deinterlacer {
    work: FieldWork,
    shape: Shape,
    graph: filter::Graph,
    /// When the pictures inside are shown, with their numbers.
    inside: VecDeque<(i64, Shown)>,
    fed: i64,
}

impl FieldWork {
    fn filters(self) -> String {
        match self {
            Self::Deinterlace(FieldRate::Frame) => format!("{FILTER}:mode=send_frame"),
            Self::Deinterlace(FieldRate::Field) => format!("{FILTER}:mode=send_field"),
            Self::Match(FieldOrder::TopFirst) => {
                format!("{MATCHER}:order=tff,{FILTER}:mode=send_frame")
            }
            Self::Match(FieldOrder::BottomFirst) => {
                format!("{MATCHER}:order=bff,{FILTER}:mode=send_frame")
            }
        }
    }
}

impl Deinterlacer {
    /// Returns one for pictures like `frame`.
    pub(super) fn new(frame: &frame::Video, work: FieldWork) -> Result<Self, Error> {
        let shape = raw::picture_shape(frame);
        Ok(Self {
            work,
            shape,
            graph: picture_graph(shape, &work.filters())?,
            inside: VecDeque::new(),
            fed: 0,
        })
    }

    /// Tells whether it was made for pictures like `frame`.
    pub(super) fn fits(&self, frame: &frame::Video) -> bool {
        self.shape == raw::picture_shape(frame)
    }

    /// Takes a picture and adds to `ready` those that are whole now.
    pub(super) fn push(
        &mut self,
        mut still: Still,
        ready: &mut VecDeque<Still>,
    ) -> Result<(), Error> {
        still.frame.set_pts(Some(self.fed));
        self.inside.push_back((self.fed, still.shown));
        self.fed += 1;
        let mut source = self.graph.get("in").ok_or_else(lost)?;
        raw::feed(&mut source, &still.frame)?;
        self.take(ready)
    }

    /// Adds what is left to `ready`.
    pub(super) fn finish(mut self, ready: &mut VecDeque<Still>) -> Result<(), Error> {
        let mut source = self.graph.get("in").ok_or_else(lost)?;
        source.source().flush()?;
        self.take(ready)
    }

    fn take(&mut self, ready: &mut VecDeque<Still>) -> Result<(), Error> {
        let mut sink = self.graph.get("out").ok_or_else(lost)?;
        loop {
            let mut frame = frame::Video::empty();
            match sink.sink().frame(&mut frame) {
                Ok(()) => {}
                Err(error) if decoder::is_drained(error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            // The filter counts in half pictures.
            let half = frame.pts().unwrap_or(2 * self.fed);
            while self
                .inside
                .front()
                .is_some_and(|(number, _)| *number < half / 2)
            {
                self.inside.pop_front();
            }
            let Some(&(_, shown)) = self.inside.front() else {
                continue;
            };
            ready.push_back(Still {
                shown: self.field(shown, half % 2 == 1),
                frame,
                reshaped: None,
            });
        }
    }

    /// Returns when a field is shown of a picture shown at `shown`.
    fn field(&self, shown: Shown, is_second: bool) -> Shown {
        if self.work != FieldWork::Deinterlace(FieldRate::Field) {
            return shown;
        }
        let middle = shown.middle();
        if is_second {
            Shown {
                time: middle,
                ..shown
            }
        } else {
            Shown {
                end: middle,
                ..shown
            }
        }
    }
}

fn lost() -> Error {
    Error::Ffmpeg("a filter is gone".into())
}
