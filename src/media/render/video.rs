//! Video track of a clip: pictures made, captioned, encoded at their own times.

use std::collections::BTreeMap;

use ffmpeg_next::{Rational, encoder, frame, picture};

use super::captions::Burner;
use super::encoder as encoder_of;
use super::maker::Maker;
use super::mux::{Mux, OutputTrack, TrackSetup, each_packet};
use super::request::RenderRequest;
use super::watch::SourceWatch;
use crate::media::{Error, Shares, VideoStream};
use crate::timeline::Timestamp;

/// Ticks a second that a clip's clock has at least; coarser clocks are doubled until they do.
const FINE: i32 = 10_000;
/// Clocks finer than this are not kept: MP4 and x264 count in 32 bits.
const FINEST: i32 = 1_000_000;
/// The clock for times of any other kind, of MPEG.
const USUAL: i32 = 90_000;

/// The pictures' way into the file.
pub(super) struct VideoWriter {
    watch: SourceWatch,
    maker: Maker,
    burner: Option<Burner>,
    encoder: encoder::video::Encoder,
    size: (u32, u32),
    base: Rational,
    start: Timestamp,
    /// The last frame: how long it is shown is known when the next one comes.
    held: Option<(frame::Video, i64)>,
    lengths: BTreeMap<i64, i64>,
    frames: u64,
}

impl VideoWriter {
    /// Opens the encoder for a clip that begins with `frame` at `start`.
    pub(super) fn open(
        stream: &VideoStream,
        frame: &frame::Video,
        start: Timestamp,
        request: &RenderRequest<'_>,
    ) -> Result<Self, Error> {
        let mut maker = Maker::new(stream, frame, request.framing)?;
        let (size, colours) = maker.look(frame)?;
        let base = Rational(1, ticks_a_second(stream.time_base));
        let pictures = encoder_of::EncoderInput {
            size,
            base,
            rate: stream.frame_rate,
            colours,
        };
        let burner = request
            .captions
            .map(|captions| Burner::open(captions, size, base.denominator()));
        Ok(Self {
            encoder: encoder_of::open(pictures, request.encoding, request.threads)?,
            burner: burner.transpose()?,
            watch: SourceWatch::new(stream, request.framing),
            maker,
            size,
            base,
            start,
            held: None,
            lengths: BTreeMap::new(),
            frames: 0,
        })
    }

    /// Returns what the file's header says of it.
    pub(super) fn track(&self) -> TrackSetup<'_> {
        TrackSetup {
            encoder: &self.encoder,
            base: self.base,
            frame_rate: Some(self.encoder.frame_rate()).filter(|rate| rate.numerator() > 0),
        }
    }

    pub(super) fn size(&self) -> (u32, u32) {
        self.size
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
        self.watch.see(&frame, time)?;
        let mut picture = self.maker.picture(&frame, time)?;
        picture.set_pts(Some(ticks));
        if let Some(burner) = &mut self.burner {
            picture = burner.burn(picture)?;
        }
        self.held = Some((picture, ticks));
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

    /// Returns how much of the source's pictures, of which the last one ends at `end`, was black, frozen or blank.
    pub(super) fn source_shares(self, end: Timestamp) -> Shares {
        self.watch.finish(end)
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
        each_packet(&mut self.encoder, |mut packet| {
            let length = packet.pts().and_then(|pts| self.lengths.remove(&pts));
            packet.set_duration(length.unwrap_or(0));
            mux.write(packet, OutputTrack::Video, self.base)
        })
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
