//! Resampling of decoded sound of any form to floats by channel, at one rate and layout.

use ffmpeg_next::{ChannelLayout, filter, format, frame};

use super::Error;
use super::decoder::is_drained;
use super::raw::{self, SoundShape};
use super::timebase::time_of;
use crate::timeline::Timestamp;

/// Floats, each channel by itself.
pub(super) const PLANAR: format::Sample = format::Sample::F32(format::sample::Type::Planar);

/// A sample beyond this is clipped: recorders of floats reach 12 dB over full scale, faults anything.
const LOUDEST: f64 = 8.0;

/// Converted sound and when it is heard.
pub(in crate::media) struct ConvertedSound {
    pub(in crate::media) time: Option<Timestamp>,
    pub(in crate::media) channels: Vec<Vec<f32>>,
}

/// Turns decoded sound into floats by channel, at one rate and layout, however the source changes.
pub(in crate::media) struct Converter {
    rate: u32,
    layout: ChannelLayout,
    graph: Option<(SoundShape, filter::Graph)>,
}

impl Converter {
    /// Returns a converter to `rate` and `layout`.
    pub(in crate::media) fn new(rate: u32, layout: ChannelLayout) -> Self {
        Self {
            rate,
            layout,
            graph: None,
        }
    }

    /// Converts sound whose time counts in `base`; a frame of another form than the one before is no error.
    ///
    /// # Errors
    /// [`Error::Ffmpeg`] for a form that cannot be converted, or without memory.
    pub(in crate::media) fn convert(
        &mut self,
        frame: &mut frame::Audio,
        base: (i32, i32),
    ) -> Result<Vec<ConvertedSound>, Error> {
        let shape = raw::sound_shape(frame);
        let mut parts = Vec::new();
        if self.graph.as_ref().is_none_or(|(known, _)| *known != shape) {
            parts = self.drain()?;
            self.graph = Some((shape, self.build(shape, base)?));
        }
        if let Some((_, graph)) = &mut self.graph {
            // The best guess, not only what the packet said.
            let time = frame.timestamp().or(frame.pts());
            frame.set_pts(time);
            raw::clean_samples(frame, LOUDEST);
            raw::feed(&mut graph.get("in").ok_or_else(lost)?, frame)?;
            let ready = ready(graph)?;
            parts.extend(ready.into_iter().map(|part| self.spread(part)));
        }
        Ok(parts)
    }

    /// Returns what is still inside, and forgets the form of the source.
    pub(in crate::media) fn drain(&mut self) -> Result<Vec<ConvertedSound>, Error> {
        let Some((_, mut graph)) = self.graph.take() else {
            return Ok(Vec::new());
        };
        graph.get("in").ok_or_else(lost)?.source().flush()?;
        let ready = ready(&mut graph)?;
        Ok(ready.into_iter().map(|part| self.spread(part)).collect())
    }

    /// Gives one channel to both ears, as loud as it was.
    fn spread(&self, mut part: ConvertedSound) -> ConvertedSound {
        if self.layout == ChannelLayout::STEREO
            && let [only] = &part.channels[..]
        {
            part.channels.push(only.clone());
        }
        part
    }

    fn build(&self, shape: SoundShape, (num, den): (i32, i32)) -> Result<filter::Graph, Error> {
        let missing = || Error::Ffmpeg("no filter abuffer".into());
        let SoundShape {
            format,
            rate,
            channels,
            layout,
        } = shape;
        let layout = if layout == 0 {
            format!("channels={channels}")
        } else {
            format!("channel_layout=0x{layout:x}")
        };
        let source =
            format!("time_base={num}/{den}:sample_rate={rate}:sample_fmt={format}:{layout}");
        // Without a bound, equal channels add up to 1.4 times their loudness in floats, though not in whole numbers.
        let bound = match self.layout {
            ChannelLayout::MONO => "aresample=rematrix_maxval=1,",
            _ => "",
        };
        // FFmpeg would take 3 dB off a single channel.
        let wanted = match (channels, self.layout) {
            (1, _) => ChannelLayout::MONO,
            (_, wanted) => wanted,
        };
        let wanted = format!(
            "{bound}aformat=sample_fmts=fltp:sample_rates={}:channel_layouts=0x{:x}",
            self.rate,
            wanted.bits()
        );
        let mut graph = filter::Graph::new();
        graph.add(&filter::find("abuffer").ok_or_else(missing)?, "in", &source)?;
        graph.add(&filter::find("abuffersink").ok_or_else(missing)?, "out", "")?;
        graph.output("in", 0)?.input("out", 0)?.parse(&wanted)?;
        graph.validate()?;
        Ok(graph)
    }
}

fn lost() -> Error {
    Error::Ffmpeg("a filter is gone".into())
}

/// Returns what a graph has ready.
fn ready(graph: &mut filter::Graph) -> Result<Vec<ConvertedSound>, Error> {
    let mut out = graph.get("out").ok_or_else(lost)?;
    let mut sink = out.sink();
    let base = sink.time_base();
    let base = (base.numerator(), base.denominator());
    let mut frame = frame::Audio::empty();
    let mut parts = Vec::new();
    loop {
        match sink.frame(&mut frame) {
            Ok(()) => parts.push(part_of(&frame, base)),
            Err(error) if is_drained(error) => return Ok(parts),
            Err(error) => return Err(error.into()),
        }
    }
}

fn part_of(frame: &frame::Audio, base: (i32, i32)) -> ConvertedSound {
    let channels = 0..frame.planes();
    ConvertedSound {
        time: frame.pts().and_then(|ticks| time_of(ticks, base)),
        channels: channels
            .map(|channel| frame.plane::<f32>(channel).to_vec())
            .collect(),
    }
}
