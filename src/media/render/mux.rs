//! Muxer: packets of the two encoders into one MP4 file.

use std::path::Path;

use ffmpeg_next::{self as ffmpeg, Dictionary, Packet, Rational, codec, encoder, format::context};

use crate::media::{Error, raw};

/// The file being written, its header done.
pub(super) struct Mux {
    output: context::Output,
}

/// The streams of a clip, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputTrack {
    Video = 0,
    Sound = 1,
}

/// Set-up of a track, for the header.
pub(super) struct TrackSetup<'a> {
    /// The open encoder of its packets.
    pub(super) encoder: &'a codec::Context,
    /// Length of a tick of their times, in seconds.
    pub(super) base: Rational,
    /// Frames a second, of pictures.
    pub(super) frame_rate: Option<Rational>,
}

impl Mux {
    /// Creates the file and writes its header.
    pub(super) fn create(
        path: &Path,
        video: &TrackSetup<'_>,
        sound: &TrackSetup<'_>,
    ) -> Result<Self, Error> {
        let mut output = raw::create_output(path).map_err(Error::writing)?;
        for track in [video, sound] {
            let mut stream = output.add_stream_with(track.encoder)?;
            stream.set_time_base(track.base);
            if track.encoder.id() == codec::Id::HEVC {
                // The letters under which Apple's players accept it.
                raw::set_tag(&mut stream, b"hvc1");
            }
            if let Some(rate) = track.frame_rate {
                stream.set_avg_frame_rate(rate);
            }
        }
        let mut options = Dictionary::new();
        // Pictures and sound both begin at zero: a player that reads no edit list shows the same.
        options.set("movflags", "+faststart+negative_cts_offsets");
        output.write_header_with(options).map_err(Error::writing)?;
        Ok(Self { output })
    }

    /// Writes a packet whose times are in ticks of `base`.
    pub(super) fn write(
        &mut self,
        mut packet: Packet,
        track: OutputTrack,
        base: Rational,
    ) -> Result<(), Error> {
        let index = track as usize;
        let stream = self.output.stream(index);
        let stream_base = stream.map_or(base, |stream| stream.time_base());
        packet.set_stream(index);
        packet.rescale_ts(base, stream_base);
        packet
            .write_interleaved(&mut self.output)
            .map_err(Error::writing)
    }

    /// Writes the index and moves it to the front.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.output.write_trailer().map_err(Error::writing)?;
        match raw::write_error(&self.output) {
            Some(error) => Err(Error::writing(error)),
            None => Ok(()),
        }
    }
}

/// Shows `take` the packets that an encoder has ready.
pub(super) fn each_packet(
    encoder: &mut encoder::Encoder,
    mut take: impl FnMut(Packet) -> Result<(), Error>,
) -> Result<(), Error> {
    loop {
        let mut packet = Packet::empty();
        match encoder.receive_packet(&mut packet) {
            Ok(()) => take(packet)?,
            Err(ffmpeg::Error::Eof) => return Ok(()),
            Err(ffmpeg::Error::Other { errno }) if errno == ffmpeg::error::EAGAIN => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}
