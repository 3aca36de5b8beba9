//! Pictures of a clip: turned upright, scaled where needed, encoded at their own times.

use std::collections::BTreeMap;

use ffmpeg_next::{
    self as ffmpeg, Dictionary, Packet, Rational, codec, encoder, filter, format, frame, picture,
};

use super::Encoding;
use super::mux::{Mux, Track};
use crate::media::raw::{self, Colours, Shape};
use crate::media::{Error, VideoStream};
use crate::timeline::Timestamp;

/// Ticks a second that a clip's clock has at least; coarser clocks are doubled until they do.
const FINE: i32 = 10_000;
/// Clocks finer than this are not kept: MP4 and x264 count in 32 bits.
const FINEST: i32 = 1_000_000;
/// The clock for times of any other kind, of MPEG.
const USUAL: i32 = 90_000;

/// The pictures' way into the file.
pub(super) struct Video {
    upright: Upright,
    encoder: encoder::video::Encoder,
    base: Rational,
    start: Timestamp,
    /// The last frame: how long it is shown is known when the next one comes.
    held: Option<(frame::Video, i64)>,
    lengths: BTreeMap<i64, i64>,
    frames: u64,
}

impl Video {
    /// Opens the encoder for a clip that begins with `frame` at `start`.
    pub(super) fn open(
        stream: &VideoStream,
        frame: &frame::Video,
        start: Timestamp,
        encoding: &Encoding,
        threads: usize,
    ) -> Result<Self, Error> {
        let mut upright = Upright::new(stream);
        let sample = upright.turn(frame)?;
        let base = Rational(1, ticks_a_second(stream.time_base));
        Ok(Self {
            encoder: open_encoder(
                stream,
                &sample,
                tags(frame, &sample),
                base,
                encoding,
                threads,
            )?,
            upright,
            base,
            start,
            held: None,
            lengths: BTreeMap::new(),
            frames: 0,
        })
    }

    pub(super) fn encoder(&self) -> &codec::Context {
        &self.encoder
    }

    pub(super) fn base(&self) -> Rational {
        self.base
    }

    pub(super) fn frame_rate(&self) -> Option<Rational> {
        Some(self.encoder.frame_rate()).filter(|rate| rate.numerator() > 0)
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.encoder.width(), self.encoder.height())
    }

    /// Returns how many frames went in.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Takes the next frame, shown at `time` in the source.
    pub(super) fn push(
        &mut self,
        frame: frame::Video,
        time: Timestamp,
        mux: &mut Mux,
    ) -> Result<(), Error> {
        let mut ticks = self.ticks(time);
        if let Some((held, at)) = self.held.take() {
            // The encoder wants each time later than the last.
            ticks = ticks.max(at + 1);
            self.encode(held, at, ticks - at, mux)?;
        }
        self.frames += 1;
        self.held = Some((self.upright.turn(&frame)?, ticks));
        Ok(())
    }

    /// Encodes what is left; the last frame is shown until `end`.
    pub(super) fn finish(&mut self, end: Timestamp, mux: &mut Mux) -> Result<(), Error> {
        if let Some((held, at)) = self.held.take() {
            let length = (self.ticks(end) - at).max(1);
            self.encode(held, at, length, mux)?;
        }
        self.encoder.send_eof()?;
        self.write_ready(mux)
    }

    fn ticks(&self, time: Timestamp) -> i64 {
        (time - self.start).to_ticks(1, self.base.denominator())
    }

    fn encode(
        &mut self,
        mut frame: frame::Video,
        at: i64,
        length: i64,
        mux: &mut Mux,
    ) -> Result<(), Error> {
        frame.set_pts(Some(at));
        // The encoder is to choose key frames itself, not to copy the source's.
        frame.set_kind(picture::Type::None);
        self.lengths.insert(at, length);
        self.encoder.send_frame(&frame)?;
        self.write_ready(mux)
    }

    fn write_ready(&mut self, mux: &mut Mux) -> Result<(), Error> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {
                    let length = packet.pts().and_then(|pts| self.lengths.remove(&pts));
                    packet.set_duration(length.unwrap_or(0));
                    mux.write(packet, Track::Video, self.base)?;
                }
                Err(ffmpeg::Error::Eof) => return Ok(()),
                Err(ffmpeg::Error::Other { errno }) if errno == libc::EAGAIN => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Returns how finely a clip of a stream with this time base counts, so that no time is rounded.
fn ticks_a_second((_, den): (i32, i32)) -> i32 {
    if !(1..=FINEST).contains(&den) {
        return USUAL;
    }
    std::iter::successors(Some(den), |den| Some(den * 2))
        .find(|&den| den >= FINE)
        .unwrap_or(USUAL)
}

/// Returns the colour tags of a clip whose first picture is `sample`, made from `frame`.
fn tags(frame: &frame::Video, sample: &frame::Video) -> Colours {
    let colours = raw::colours(sample);
    match raw::is_rgb(raw::shape(frame).format) {
        // The filter that turns RGB into this does not say so on its pictures.
        true => Colours {
            matrix: 1,
            range: 1,
            ..colours
        },
        false => colours,
    }
}

fn open_encoder(
    stream: &VideoStream,
    sample: &frame::Video,
    colours: Colours,
    base: Rational,
    encoding: &Encoding,
    threads: usize,
) -> Result<encoder::video::Encoder, Error> {
    let missing = || Error::Ffmpeg("no encoder libx264".into());
    let codec = encoder::find_by_name("libx264").ok_or_else(missing)?;
    let mut video = codec::Context::new_with_codec(codec).encoder().video()?;
    video.set_width(sample.width());
    video.set_height(sample.height());
    video.set_format(format::Pixel::YUV420P);
    video.set_aspect_ratio((1, 1));
    video.set_time_base(base);
    video.set_frame_rate(stream.frame_rate);
    video.set_flags(codec::Flags::GLOBAL_HEADER);
    video.set_threading(codec::threading::Config::count(threads.max(1)));
    raw::tag_colours(&mut video, colours);
    let mut options = Dictionary::new();
    options.set("crf", &encoding.crf.to_string());
    options.set("preset", &encoding.preset);
    Ok(video.open_with(options)?)
}

/// Turns decoded pictures into upright ones of one size, 8-bit 4:2:0, however the source changes.
struct Upright {
    stream: VideoStream,
    size: (u32, u32),
    graph: Option<(Shape, filter::Graph)>,
}

impl Upright {
    fn new(stream: &VideoStream) -> Self {
        let (width, height) = stream.display_size();
        let even = |side: u32| (side & !1).max(2);
        Self {
            stream: stream.clone(),
            size: (even(width), even(height)),
            graph: None,
        }
    }

    fn turn(&mut self, frame: &frame::Video) -> Result<frame::Video, Error> {
        let shape = raw::shape(frame);
        let graph = match &mut self.graph {
            Some((known, graph)) if *known == shape => graph,
            slot => {
                let steps = steps(&self.stream, shape, self.size);
                &mut slot.insert((shape, graph(shape, &steps)?)).1
            }
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

/// Returns the filters for pictures of this shape.
fn steps(stream: &VideoStream, shape: Shape, size: (u32, u32)) -> String {
    let mut steps: Vec<String> = Vec::new();
    let upright = stream.rotation.turn_size((shape.width, shape.height));
    let rgb = raw::is_rgb(shape.format);
    steps.extend(stream.rotation.filters().into_iter().map(str::to_owned));
    if upright != size || rgb {
        let (width, height) = size;
        let matrix = if rgb { ":out_color_matrix=bt709" } else { "" };
        steps.push(format!("scale={width}:{height}:flags=bicubic{matrix}"));
    }
    steps.push("format=yuv420p".into());
    steps.push("setsar=1".into());
    steps.join(",")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_counts_as_finely_as_its_source() {
        assert_eq!(ticks_a_second((1, 90_000)), 90_000);
        assert_eq!(ticks_a_second((1001, 30_000)), 30_000);
        assert_eq!(ticks_a_second((1, 25)), 12_800);
        assert_eq!(ticks_a_second((1, 1_000_000)), 1_000_000);
        assert_eq!(ticks_a_second((1, i32::MAX)), 90_000);
        assert_eq!(ticks_a_second((0, 0)), 90_000);
    }
}
