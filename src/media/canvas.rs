//! Canvas: the shape of a stream's pictures. One of another shape is set into it whole, with black beside it.
//!
//! Phones are turned while they record, and broadcasts change between 4:3 and 16:9: what the header says holds for the first
//! pictures only. A picture in the canvas keeps all its pixels; only black ones are added.

use ffmpeg_next::{filter, frame};

use super::picture_graph::picture_graph;
use super::raw::{self, Shape};
use super::{Error, Rotation, VideoStream};
use crate::frame::Rect;
use kernels::{Colours, known_matrix};

/// Part of its width by which a picture may be out of shape before it is set into the canvas.
pub(super) const TOLERANCE: f64 = 0.005;

/// Sets pictures of any shape into the shape of the stream.
pub(super) struct Canvas {
    /// Width to height of the stored picture as people see it.
    aspect: f64,
    /// Width to height of a pixel, by the decoder and by the file.
    coded_pixel: f64,
    pixel: f64,
    rotation: Rotation,
    last: Option<StoredShape>,
    graph: Option<(Shape, (u32, u32), filter::Graph)>,
}

/// What makes a picture's shape: columns, rows and its pixels' width to their height.
#[derive(Debug, Clone, Copy, PartialEq)]
struct StoredShape {
    size: (u32, u32),
    pixel: f64,
}

impl Canvas {
    /// Returns the canvas of a stream.
    pub(super) fn new(stream: &VideoStream) -> Self {
        let (width, height) = stream.rotation.turn_size((stream.width, stream.height));
        let pixel = ratio(stream.sample_aspect);
        Self {
            aspect: f64::from(width) * pixel / f64::from(height.max(1)),
            coded_pixel: ratio(stream.coded_aspect),
            pixel,
            rotation: stream.rotation,
            last: None,
            graph: None,
        }
    }

    /// Returns the picture in the shape of the stream, and the part of it that is its own where its shape is not that of the
    /// one before.
    pub(super) fn fit(
        &mut self,
        frame: frame::Video,
    ) -> Result<(frame::Video, Option<Rect>), Error> {
        let shape = raw::picture_shape(&frame);
        let stored = StoredShape {
            size: (shape.width, shape.height),
            pixel: self.pixel_of(&frame),
        };
        let size = padded(stored, self.aspect);
        let is_new = self.last.map_or(size != stored.size, |last| last != stored);
        self.last = Some(stored);
        let own = is_new.then(|| self.part(stored.size, size));
        if size == stored.size {
            return Ok((frame, own));
        }
        let is_known =
            |(known, to, _): &(Shape, (u32, u32), filter::Graph)| (*known, *to) == (shape, size);
        if !self.graph.as_ref().is_some_and(is_known) {
            let steps = format!("pad={}:{}:(ow-iw)/2:(oh-ih)/2:black", size.0, size.1);
            self.graph = Some((shape, size, picture_graph(shape, &steps)?));
        }
        let lost = || Error::Ffmpeg("a filter lost a picture".into());
        let (_, _, graph) = self.graph.as_mut().ok_or_else(lost)?;
        raw::feed(&mut graph.get("in").ok_or_else(lost)?, &frame)?;
        let mut padded = frame::Video::empty();
        graph
            .get("out")
            .ok_or_else(lost)?
            .sink()
            .frame(&mut padded)?;
        // What is usual for a size is not usual for the larger one.
        let tags = raw::colour_tags(&frame);
        let matrix = known_matrix(tags.matrix, stored.size);
        raw::tag_picture(&mut padded, Colours { matrix, ..tags });
        Ok((padded, own))
    }

    /// Returns the part of the upright canvas that a picture fills.
    fn part(&self, own: (u32, u32), whole: (u32, u32)) -> Rect {
        let share = |own: u32, whole: u32| f64::from(own) / f64::from(whole.max(1));
        let stored = (share(own.0, whole.0), share(own.1, whole.1));
        let (width, height) = self.rotation.turn_size(stored);
        Rect {
            x: (1.0 - width) / 2.0,
            y: (1.0 - height) / 2.0,
            width,
            height,
        }
    }

    /// Returns the shape of a picture's pixels: the file's word counts as long as the decoder says what it said at first.
    fn pixel_of(&self, frame: &frame::Video) -> f64 {
        match raw::pixel_aspect(frame) {
            Some(own) if (ratio(own) - self.coded_pixel).abs() > TOLERANCE => ratio(own),
            _ => self.pixel,
        }
    }
}

/// Returns the size of the smallest picture of the canvas' shape that a picture fits in, in its own pixels.
fn padded(stored: StoredShape, aspect: f64) -> (u32, u32) {
    let (width, height) = stored.size;
    let own = f64::from(width) * stored.pixel / f64::from(height.max(1));
    let even = |side: f64| ((side / 2.0).round() as u32).saturating_mul(2);
    if (own / aspect - 1.0).abs() <= TOLERANCE {
        stored.size
    } else if own < aspect {
        (
            even(f64::from(height) * aspect / stored.pixel).max(width),
            height,
        )
    } else {
        (
            width,
            even(f64::from(width) * stored.pixel / aspect).max(height),
        )
    }
}

fn ratio((wide, high): (u32, u32)) -> f64 {
    f64::from(wide) / f64::from(high.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(size: (u32, u32), pixel: f64, aspect: f64, expected: (u32, u32)) {
        assert_eq!(padded(StoredShape { size, pixel }, aspect), expected);
    }

    #[test]
    fn a_picture_of_the_same_shape_is_left_alone_at_any_size() {
        check((1280, 720), 1.0, 16.0 / 9.0, (1280, 720));
        check((720, 576), 64.0 / 45.0, 16.0 / 9.0, (720, 576));
        check((1440, 1080), 4.0 / 3.0, 16.0 / 9.0, (1440, 1080));
    }

    #[test]
    fn a_picture_of_another_shape_gets_black_beside_it_and_keeps_its_pixels() {
        check((360, 640), 1.0, 16.0 / 9.0, (1138, 640));
        check((720, 576), 64.0 / 45.0, 4.0 / 3.0, (720, 768));
        check((720, 576), 16.0 / 15.0, 16.0 / 9.0, (960, 576));
    }
}
