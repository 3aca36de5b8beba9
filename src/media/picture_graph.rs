//! Filter graphs with one input and one output for pictures of one shape.

use ffmpeg_next::filter;

use super::Error;
use super::raw::Shape;

/// Returns a graph from "in" to "out" of the filters in `steps`.
///
/// The filters pass times through untouched, counted in whole numbers.
pub(super) fn picture_graph(shape: Shape, steps: &str) -> Result<filter::Graph, Error> {
    let missing = || Error::Ffmpeg("no filter buffer".into());
    let mut graph = filter::Graph::new();
    let Shape {
        format,
        width,
        height,
        ..
    } = shape;
    let source =
        format!("video_size={width}x{height}:pix_fmt={format}:time_base=1/1:pixel_aspect=1/1");
    graph.add(&filter::find("buffer").ok_or_else(missing)?, "in", &source)?;
    graph.add(&filter::find("buffersink").ok_or_else(missing)?, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse(steps)?;
    graph.validate()?;
    Ok(graph)
}
