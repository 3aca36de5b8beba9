//! Video track of a clip: pictures made, captioned, encoded at a constant rate.

use ffmpeg_next::{Rational, encoder, frame, picture};

use super::captions::Burner;
use super::encoder as encoder_of;
use super::maker::Maker;
use super::mux::{Mux, OutputTrack, TrackSetup, each_packet};
use super::request::RenderRequest;
use super::watch::SourceWatch;
use crate::media::{Error, Shares, VideoStream, raw};
use crate::timeline::{FrameRate, Timestamp};
use kernels::STANDARD;

/// The pictures' way into the file.
pub(super) struct VideoWriter {
    watch: SourceWatch,
    maker: Maker,
    burner: Option<Burner>,
    encoder: encoder::video::Encoder,
    size: (u32, u32),
    rate: FrameRate,
    frames: u64,
}

impl VideoWriter {
    /// Opens the encoder for a clip that begins with `frame`.
    pub(super) fn open(
        stream: &VideoStream,
        frame: &frame::Video,
        request: &RenderRequest<'_>,
    ) -> Result<Self, Error> {
        let maker = Maker::new(stream, frame, request.framing)?;
        let size = maker.size();
        let rate = request.rate;
        let burner = request
            .captions
            .map(|captions| Burner::open(captions, size, rate.fraction().0));
        Ok(Self {
            encoder: encoder_of::open(size, rate, request.encoding, request.threads)?,
            burner: burner.transpose()?,
            watch: SourceWatch::new(stream, request.framing),
            maker,
            size,
            rate,
            frames: 0,
        })
    }

    /// Returns what the file's header says of it.
    pub(super) fn track(&self) -> TrackSetup<'_> {
        TrackSetup {
            encoder: &self.encoder,
            base: self.base(),
            frame_rate: Some(self.encoder.frame_rate()),
        }
    }

    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Returns how many frames went in.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Takes a frame of the clip: a picture that is shown at `time` in the source.
    pub(super) fn push(
        &mut self,
        picture: &frame::Video,
        frame: i64,
        time: Timestamp,
        mux: &mut Mux,
    ) -> Result<(), Error> {
        self.frames += 1;
        self.watch.see(picture, time)?;
        let mut made = self.maker.picture(picture, time)?;
        if let Some(burner) = &mut self.burner {
            made.set_pts(Some(frame * i64::from(self.rate.fraction().1)));
            made = burner.burn(made)?;
        }
        raw::tag_picture(&mut made, STANDARD);
        made.set_pts(Some(frame));
        // The encoder is to choose key frames itself, not to copy the source's.
        made.set_kind(picture::Type::None);
        self.encoder.send_frame(&made)?;
        self.write_ready(mux)
    }

    /// Encodes what is left.
    pub(super) fn finish(&mut self, mux: &mut Mux) -> Result<(), Error> {
        self.encoder.send_eof()?;
        self.write_ready(mux)
    }

    /// Returns how much of the source's pictures, of which the last one ends at `end`, was black, frozen or blank.
    pub(super) fn source_shares(self, end: Timestamp) -> Shares {
        self.watch.finish(end)
    }

    fn base(&self) -> Rational {
        let (num, den) = self.rate.fraction();
        Rational(den, num)
    }

    fn write_ready(&mut self, mux: &mut Mux) -> Result<(), Error> {
        let base = self.base();
        each_packet(&mut self.encoder, |mut packet| {
            packet.set_duration(1);
            mux.write(packet, OutputTrack::Video, base)
        })
    }
}
