//! Rotation of decoded pictures with FFmpeg filters.

use ffmpeg_next::{filter, frame};

use crate::media::picture_graph::picture_graph;
use crate::media::raw::{self, Shape};
use crate::media::{Error, VideoStream};
use kernels::{is_full, known_matrix};

/// Turns decoded pictures upright, however the source changes.
pub(in crate::media) struct Upright {
    stream: VideoStream,
    form: Form,
    graph: Option<(Shape, Option<filter::Graph>)>,
}

/// Form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) enum Form {
    /// Square pixels in this size, 8-bit 4:2:0.
    Sized(u32, u32),
    /// Pixels as they are stored, of any form that [`raw::plane_layout`] knows.
    Stored,
}

impl Upright {
    /// Returns a turner of a stream's pictures.
    pub(in crate::media) fn new(stream: &VideoStream, form: Form) -> Self {
        Self {
            stream: stream.clone(),
            form,
            graph: None,
        }
    }

    /// Returns the picture, upright.
    pub(in crate::media) fn turn(&mut self, frame: &frame::Video) -> Result<frame::Video, Error> {
        let shape = raw::picture_shape(frame);
        let graph = match &mut self.graph {
            Some((known, graph)) if *known == shape => graph,
            slot => {
                &mut slot
                    .insert((shape, self.form.graph(&self.stream, shape)?))
                    .1
            }
        };
        let Some(graph) = graph else {
            return Ok(raw::share(frame)?);
        };
        let lost = || Error::Ffmpeg("a filter lost a picture".into());
        raw::feed(&mut graph.get("in").ok_or_else(lost)?, frame)?;
        let mut turned = frame::Video::empty();
        graph
            .get("out")
            .ok_or_else(lost)?
            .sink()
            .frame(&mut turned)?;
        Ok(turned)
    }
}

impl Form {
    /// Returns the filters for pictures of this shape, `None` where there is nothing to do.
    fn graph(self, stream: &VideoStream, shape: Shape) -> Result<Option<filter::Graph>, Error> {
        let steps = match self {
            Self::Sized(width, height) => sized(stream, shape, (width, height)),
            Self::Stored => stored(stream, shape),
        };
        if steps.is_empty() {
            return Ok(None);
        }
        picture_graph(shape, &steps.join(",")).map(Some)
    }
}

fn sized(stream: &VideoStream, shape: Shape, size: (u32, u32)) -> Vec<String> {
    let mut steps = turns(stream);
    let upright = stream.rotation.turn_size((shape.width, shape.height));
    let foreign = foreign_colours(shape);
    if upright != size || foreign.is_some() {
        let (width, height) = size;
        let colours = foreign.unwrap_or_default();
        steps.push(format!("scale={width}:{height}:flags=bicubic{colours}"));
    }
    steps.push("format=yuv420p".into());
    steps.push("setsar=1".into());
    steps
}

/// Returns what tells the scaler to make BT.709 in limited range of pictures that are not.
fn foreign_colours(shape: Shape) -> Option<String> {
    const STANDARD: &str = ":out_color_matrix=bt709:out_range=limited";
    if raw::is_rgb(shape.format) {
        return Some(STANDARD.to_owned());
    }
    let matrix = known_matrix(shape.matrix, (shape.width, shape.height));
    let full = is_full(shape.range, &raw::pixel_name(shape.format));
    let name = match matrix {
        4 => "fcc",
        5 | 6 => "bt601",
        7 => "smpte240m",
        9 | 10 => "bt2020",
        _ => "bt709",
    };
    let range = if full { "full" } else { "limited" };
    let is_foreign = full || name != "bt709";
    is_foreign.then(|| format!(":in_color_matrix={name}:in_range={range}{STANDARD}"))
}

fn stored(stream: &VideoStream, shape: Shape) -> Vec<String> {
    let mut steps = turns(stream);
    if raw::is_rgb(shape.format) {
        // At full chroma, for a crop of it may be enlarged.
        steps.push("scale=flags=bicubic:out_color_matrix=bt709,format=yuv444p".into());
    } else if raw::plane_layout(shape.format).is_none() {
        steps.push("format=yuv420p|yuv422p|yuv444p|yuv420p12le|yuv422p12le|yuv444p12le".into());
    }
    steps
}

fn turns(stream: &VideoStream) -> Vec<String> {
    let turns = stream.rotation.filters().into_iter();
    turns.map(str::to_owned).collect()
}
