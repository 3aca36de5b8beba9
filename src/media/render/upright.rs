//! Rotation of decoded pictures with FFmpeg filters.

use ffmpeg_next::{filter, frame};

use crate::media::raw::{self, Shape};
use crate::media::{Error, VideoStream};

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
        graph(shape, &steps.join(",")).map(Some)
    }
}

fn sized(stream: &VideoStream, shape: Shape, size: (u32, u32)) -> Vec<String> {
    let mut steps = turns(stream);
    let upright = stream.rotation.turn_size((shape.width, shape.height));
    let rgb = raw::is_rgb(shape.format);
    if upright != size || rgb {
        let (width, height) = size;
        let matrix = if rgb { ":out_color_matrix=bt709" } else { "" };
        steps.push(format!("scale={width}:{height}:flags=bicubic{matrix}"));
    }
    steps.push("format=yuv420p".into());
    steps.push("setsar=1".into());
    steps
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

fn graph(shape: Shape, steps: &str) -> Result<filter::Graph, Error> {
    let missing = || Error::Ffmpeg("no filter buffer".into());
    let mut graph = filter::Graph::new();
    let Shape {
        format,
        width,
        height,
        ..
    } = shape;
    // The filters pass times through untouched; the clip's are set on what comes out.
    let source =
        format!("video_size={width}x{height}:pix_fmt={format}:time_base=1/1:pixel_aspect=1/1");
    graph.add(&filter::find("buffer").ok_or_else(missing)?, "in", &source)?;
    graph.add(&filter::find("buffersink").ok_or_else(missing)?, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse(steps)?;
    graph.validate()?;
    Ok(graph)
}
