//! Sound track of a clip: resampled, levelled, encoded as AAC.

use ffmpeg_next::{ChannelLayout, Rational, codec, encoder, frame};

use super::fade::SoundFades;
use super::mux::{Mux, OutputTrack, TrackSetup, each_packet};
use super::request::RenderRequest;
use super::sound_timeline::{CHANNELS, CLIP_SOUND_RATE, SoundTimeline};
use crate::media::Error;
use crate::media::convert::PLANAR;
use crate::timeline::{TimeRange, Timestamp};
use kernels::Gain;

/// The sound's way into the file.
pub(super) struct SoundWriter {
    timeline: SoundTimeline,
    encoder: encoder::audio::Encoder,
    fades: SoundFades,
    /// Samples of the whole clip.
    whole: u64,
    /// Samples not yet encoded, by channel.
    waiting: Vec<Vec<f32>>,
    encoded: i64,
}

impl SoundWriter {
    /// Opens the encoder for a clip of `range`; `gain` makes it as loud as it is to be.
    pub(super) fn open(
        range: TimeRange,
        gain: Option<Gain>,
        request: &RenderRequest<'_>,
    ) -> Result<Self, Error> {
        let timeline = SoundTimeline::new(range, &request.channels, gain);
        Ok(Self {
            fades: request.fades,
            whole: timeline.samples_until(range.end()),
            timeline,
            encoder: open_encoder(request.encoding.audio_bitrate)?,
            waiting: vec![Vec::new(); CHANNELS],
            encoded: 0,
        })
    }

    /// Returns what the file's header says of it.
    pub(super) fn track(&self) -> TrackSetup<'_> {
        TrackSetup {
            encoder: &self.encoder,
            base: self.base(),
            frame_rate: None,
        }
    }

    fn base(&self) -> Rational {
        Rational(1, CLIP_SOUND_RATE as i32)
    }

    /// Tells whether no more sound is wanted.
    pub(super) fn is_full(&self) -> bool {
        self.timeline.is_full()
    }

    /// Takes decoded sound whose time counts in `base`; what is heard after `shown` waits for its pictures.
    pub(super) fn push(
        &mut self,
        frame: &mut frame::Audio,
        base: (i32, i32),
        shown: Timestamp,
        mux: &mut Mux,
    ) -> Result<(), Error> {
        self.timeline.push(frame, base)?;
        let ready = self.timeline.take();
        self.wait(ready);
        let size = self.encoder.frame_size() as usize;
        let left = self.left_until(shown);
        self.encode(left - left % size, mux)
    }

    /// Returns until when there is sound, in the source's time.
    pub(super) fn heard_until(&self) -> Timestamp {
        self.timeline.heard_until()
    }

    /// Takes what the converter still holds.
    pub(super) fn drain(&mut self) -> Result<(), Error> {
        self.timeline.drain()
    }

    /// Fills up to `end` with silence and encodes what is left until then.
    pub(super) fn finish(&mut self, end: Timestamp, mux: &mut Mux) -> Result<(), Error> {
        self.timeline.fill(end);
        let rest = self.timeline.finish();
        self.wait(rest);
        self.encode(self.left_until(end), mux)?;
        self.encoder.send_eof()?;
        self.write_ready(mux)
    }

    /// Returns how many of the samples that wait are heard before `end`.
    fn left_until(&self, end: Timestamp) -> usize {
        let wanted = self
            .timeline
            .samples_until(end)
            .saturating_sub(self.encoded as u64);
        let ready = self.waiting.first().map_or(0, Vec::len);
        ready.min(usize::try_from(wanted).unwrap_or(usize::MAX))
    }

    /// Encodes the next samples, frame by frame.
    fn encode(&mut self, samples: usize, mux: &mut Mux) -> Result<(), Error> {
        let size = self.encoder.frame_size() as usize;
        for first in (0..samples).step_by(size) {
            self.encode_frame(first..samples.min(first + size))?;
            self.write_ready(mux)?;
        }
        for waiting in &mut self.waiting {
            waiting.drain(..samples);
        }
        Ok(())
    }

    fn wait(&mut self, mut ready: Vec<Vec<f32>>) {
        let waiting = self.waiting.first().map_or(0, Vec::len) as u64;
        let first = self.encoded as u64 + waiting;
        self.fades.apply(&mut ready, first, self.whole);
        for (waiting, samples) in self.waiting.iter_mut().zip(ready) {
            waiting.extend(samples);
        }
    }

    fn encode_frame(&mut self, samples: std::ops::Range<usize>) -> Result<(), Error> {
        let mut frame = frame::Audio::new(PLANAR, samples.len(), ChannelLayout::STEREO);
        frame.set_rate(CLIP_SOUND_RATE);
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
        let base = self.base();
        each_packet(&mut self.encoder, |packet| {
            // The encoder's run-up holds nothing of the clip. A player would need an edit list to leave it out.
            if packet.pts() < Some(0) {
                return Ok(());
            }
            mux.write(packet, OutputTrack::Sound, base)
        })
    }
}

fn open_encoder(bitrate: usize) -> Result<encoder::audio::Encoder, Error> {
    let missing = || Error::Ffmpeg("no encoder aac".into());
    let codec = encoder::find_by_name("aac").ok_or_else(missing)?;
    let mut audio = codec::Context::new_with_codec(codec).encoder().audio()?;
    audio.set_rate(CLIP_SOUND_RATE as i32);
    audio.set_format(PLANAR);
    audio.set_channel_layout(ChannelLayout::STEREO);
    audio.set_channels(CHANNELS as i32);
    audio.set_bit_rate(bitrate);
    audio.set_time_base((1, CLIP_SOUND_RATE as i32));
    audio.set_flags(codec::Flags::GLOBAL_HEADER);
    Ok(audio.open()?)
}
