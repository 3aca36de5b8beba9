//! Sound of a clip: cut and filled up to the sample, encoded as AAC.

use ffmpeg_next::{self as ffmpeg, ChannelLayout, Packet, Rational, codec, encoder, frame};

use super::Encoding;
use super::mux::{Mux, Track};
use crate::media::convert::{Converter, PLANAR, Part};
use crate::media::placing::{SLACK, place};
use crate::media::{AudioStream, Error};
use crate::timeline::{TimeRange, Timestamp};

/// The sample rates of AAC.
const RATES: [u32; 12] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
];

/// The sound's way into the file.
pub(super) struct Sound {
    converter: Converter,
    encoder: encoder::audio::Encoder,
    rate: u32,
    start: Timestamp,
    /// Samples the clip is to have.
    wanted: u64,
    /// Samples it has.
    placed: u64,
    /// Samples not yet encoded, by channel.
    waiting: Vec<Vec<f32>>,
    encoded: i64,
}

impl Sound {
    /// Opens the encoder for a clip of `range`.
    pub(super) fn open(
        stream: &AudioStream,
        range: TimeRange,
        encoding: &Encoding,
    ) -> Result<Self, Error> {
        let rate = if RATES.contains(&stream.sample_rate) {
            stream.sample_rate
        } else {
            48_000
        };
        let layout = if stream.channels == 1 {
            ChannelLayout::MONO
        } else {
            ChannelLayout::STEREO
        };
        Ok(Self {
            converter: Converter::new(rate, layout),
            encoder: open_encoder(rate, layout, encoding.audio_bitrate)?,
            rate,
            start: range.start(),
            wanted: samples_until(range.end(), range.start(), rate),
            placed: 0,
            waiting: vec![Vec::new(); layout.channels() as usize],
            encoded: 0,
        })
    }

    pub(super) fn encoder(&self) -> &codec::Context {
        &self.encoder
    }

    pub(super) fn base(&self) -> Rational {
        Rational(1, self.rate as i32)
    }

    /// Tells whether no more sound is wanted.
    pub(super) fn is_full(&self) -> bool {
        self.placed >= self.wanted
    }

    /// Takes decoded sound whose time counts in `base`.
    pub(super) fn push(
        &mut self,
        frame: &mut frame::Audio,
        base: (i32, i32),
        mux: &mut Mux,
    ) -> Result<(), Error> {
        // A form that cannot be converted is sound that is not there.
        let Ok(left) = self.converter.convert(frame, base) else {
            return Ok(());
        };
        left.iter().for_each(|part| self.place(part));
        self.encode(false, mux)
    }

    /// Takes what the converter still holds.
    pub(super) fn drain(&mut self, mux: &mut Mux) -> Result<(), Error> {
        let left = self.converter.drain();
        left.iter().for_each(|part| self.place(part));
        self.encode(false, mux)
    }

    /// Fills up to `end` with silence and encodes what is left.
    pub(super) fn finish(&mut self, end: Timestamp, mux: &mut Mux) -> Result<(), Error> {
        let wanted = samples_until(end, self.start, self.rate).min(self.wanted);
        self.silence(wanted.saturating_sub(self.placed));
        self.encode(true, mux)?;
        self.encoder.send_eof()?;
        self.write_ready(mux)
    }

    fn place(&mut self, part: &Part) {
        let length = part.channels.first().map_or(0, Vec::len) as u64;
        let start = part.time.map_or(self.placed as i64, |time| {
            (time - self.start).to_ticks(1, self.rate as i32)
        });
        let slack = u64::from(self.rate) / SLACK;
        let place = place(self.placed, self.wanted, start, length, slack);
        self.silence(place.silence);
        let taken = place.skip as usize..(place.skip + place.take) as usize;
        for (waiting, samples) in self.waiting.iter_mut().zip(&part.channels) {
            waiting.extend_from_slice(&samples[taken.clone()]);
        }
        self.placed += place.take;
    }

    fn silence(&mut self, samples: u64) {
        for waiting in &mut self.waiting {
            waiting.resize(waiting.len() + samples as usize, 0.0);
        }
        self.placed += samples;
    }

    /// Encodes whole frames, and with `all` the rest too.
    fn encode(&mut self, all: bool, mux: &mut Mux) -> Result<(), Error> {
        let size = self.encoder.frame_size() as usize;
        let ready = self.waiting.first().map_or(0, Vec::len);
        let whole = if all { ready } else { ready - ready % size };
        for first in (0..whole).step_by(size) {
            self.encode_frame(first..whole.min(first + size))?;
            self.write_ready(mux)?;
        }
        for waiting in &mut self.waiting {
            waiting.drain(..whole);
        }
        Ok(())
    }

    fn encode_frame(&mut self, samples: std::ops::Range<usize>) -> Result<(), Error> {
        let layout = self.converter.layout();
        let mut frame = frame::Audio::new(PLANAR, samples.len(), layout);
        frame.set_rate(self.rate);
        frame.set_pts(Some(self.encoded));
        for (channel, waiting) in self.waiting.iter().enumerate() {
            frame
                .plane_mut::<f32>(channel)
                .copy_from_slice(&waiting[samples.clone()]);
        }
        self.encoded += samples.len() as i64;
        Ok(self.encoder.send_frame(&frame)?)
    }

    fn write_ready(&mut self, mux: &mut Mux) -> Result<(), Error> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => mux.write(packet, Track::Sound, self.base())?,
                Err(ffmpeg::Error::Eof) => return Ok(()),
                Err(ffmpeg::Error::Other { errno }) if errno == libc::EAGAIN => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn open_encoder(
    rate: u32,
    layout: ChannelLayout,
    bitrate: usize,
) -> Result<encoder::audio::Encoder, Error> {
    let missing = || Error::Ffmpeg("no encoder aac".into());
    let codec = encoder::find_by_name("aac").ok_or_else(missing)?;
    let mut audio = codec::Context::new_with_codec(codec).encoder().audio()?;
    audio.set_rate(rate as i32);
    audio.set_format(PLANAR);
    audio.set_channel_layout(layout);
    audio.set_channels(layout.channels());
    audio.set_bit_rate(bitrate);
    audio.set_time_base((1, rate as i32));
    audio.set_flags(codec::Flags::GLOBAL_HEADER);
    Ok(audio.open()?)
}

fn samples_until(end: Timestamp, start: Timestamp, rate: u32) -> u64 {
    let samples = (end - start).to_ticks(1, rate as i32);
    u64::try_from(samples).unwrap_or(0)
}
