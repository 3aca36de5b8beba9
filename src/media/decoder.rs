//! Decoder of one stream: packets in, frames out.

use ffmpeg_next::{self as ffmpeg, Dictionary, Packet, Stream, codec, decoder};

use super::Error;
use super::limits::Limits;
use super::raw;

/// Unreadable packets or frames in a row that end a file: no honest file has as many.
pub(super) const PATIENCE: u32 = 1000;

/// One stream's decoder: packets in, frames out in display order.
pub(super) struct StreamDecoder {
    opened: decoder::Opened,
    /// Packets that gave nothing and frames that are known to be damaged.
    pub(super) lost: u64,
}

impl StreamDecoder {
    /// Opens the decoder of a stream.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is none for its codec.
    pub(super) fn open(
        stream: &Stream<'_>,
        threads: usize,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let parameters = stream.parameters();
        let unsupported = || Error::Unsupported {
            codec: raw::stream_facts(stream).tag,
        };
        let decoder = decoder::find(parameters.id()).ok_or_else(unsupported)?;
        let mut context = codec::context::Context::from_parameters(parameters)?;
        raw::prepare_decoder(&mut context, stream.time_base(), threads);
        let opened = context
            .decoder()
            .open_as_with(decoder, decoder_limits(limits));
        Ok(Self {
            opened: opened.map_err(|_| unsupported())?,
            lost: 0,
        })
    }

    /// Takes a packet, or with `None` the end of the stream. Take all frames out before the next one.
    pub(super) fn send(&mut self, packet: Option<&Packet>) -> Result<(), Error> {
        let sent = match packet {
            Some(packet) => self.opened.send_packet(packet),
            None => self.opened.send_eof(),
        };
        match sent {
            Ok(()) | Err(ffmpeg::Error::Eof) => Ok(()),
            Err(error) => self.lose(error),
        }
    }

    /// Fills `frame` with the next frame and tells whether there was one.
    pub(super) fn receive(&mut self, frame: &mut ffmpeg::Frame) -> Result<bool, Error> {
        for _ in 0..PATIENCE {
            match self.opened.receive_frame(frame) {
                Ok(()) => {
                    self.lost += u64::from(raw::is_damaged(frame));
                    return Ok(true);
                }
                Err(ffmpeg::Error::Eof) => return Ok(false),
                Err(ffmpeg::Error::Other { errno }) if errno == ffmpeg::error::EAGAIN => {
                    return Ok(false);
                }
                Err(error) => self.lose(error)?,
            }
        }
        Ok(false)
    }

    /// Forgets what it was sent: the next packet is from elsewhere in the stream.
    pub(super) fn flush(&mut self) {
        self.opened.flush();
    }

    /// Counts what the stream did wrong; only the machine's own trouble ends the decoding.
    fn lose(&mut self, error: ffmpeg::Error) -> Result<(), Error> {
        if is_out_of_memory(error) {
            return Err(error.into());
        }
        self.lost += 1;
        Ok(())
    }
}

/// Returns what tells FFmpeg to open no larger pictures.
pub(super) fn decoder_limits(limits: &Limits) -> Dictionary<'static> {
    let mut options = Dictionary::new();
    options.set("max_pixels", &limits.max_pixels.to_string());
    options
}

/// Tells whether a filter graph or a codec says only that it has nothing more at present.
pub(super) fn is_drained(error: ffmpeg::Error) -> bool {
    let again = ffmpeg::Error::Other {
        errno: ffmpeg::error::EAGAIN,
    };
    error == again || error == ffmpeg::Error::Eof
}

/// Tells whether the machine, and not the file, is in trouble.
pub(super) fn is_out_of_memory(error: ffmpeg::Error) -> bool {
    error
        == ffmpeg::Error::Other {
            errno: ffmpeg::error::ENOMEM,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_without_memory_is_not_one_that_waits_for_more() {
        let errno = |errno| ffmpeg::Error::Other { errno };
        assert!(is_drained(errno(ffmpeg::error::EAGAIN)));
        assert!(is_drained(ffmpeg::Error::Eof));
        assert!(!is_drained(errno(ffmpeg::error::ENOMEM)));
        assert!(!is_drained(ffmpeg::Error::InvalidData));
    }
}
