//! Video encoders, their options, and a trial run of each.

use ffmpeg_next::{self as ffmpeg, Dictionary, Packet, codec, encoder, format, frame, threading};
use serde::{Deserialize, Serialize};

use crate::media::Error;
use crate::media::raw;
use crate::timeline::FrameRate;
use kernels::STANDARD;

/// Video codec and its encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoCodec {
    /// H.264 on the processor: plays everywhere.
    #[default]
    X264,
    /// HEVC on the processor: half the bytes for several times the work.
    X265,
    /// AV1 on the processor.
    SvtAv1,
    /// H.264 on an NVIDIA card.
    H264Nvenc,
    /// HEVC on an NVIDIA card.
    HevcNvenc,
}

/// Encoding of a clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Encoding {
    /// Video codec.
    pub codec: VideoCodec,
    /// Quality on the encoder's own scale, the constant rate factor of x264: lower is better and larger.
    pub crf: f32,
    /// Preset of x264, `ultrafast` to `veryslow`, or the encoder's own name of one.
    pub preset: String,
    /// Bits a second of the sound.
    pub audio_bitrate: usize,
}

impl VideoCodec {
    /// FFmpeg's name of the encoder.
    pub fn encoder(self) -> &'static str {
        match self {
            Self::X264 => "libx264",
            Self::X265 => "libx265",
            Self::SvtAv1 => "libsvtav1",
            Self::H264Nvenc => "h264_nvenc",
            Self::HevcNvenc => "hevc_nvenc",
        }
    }

    /// FFmpeg's name of what comes out, as [`VideoStream::codec`](crate::media::VideoStream) has it.
    pub fn codec(self) -> &'static str {
        match self {
            Self::X264 | Self::H264Nvenc => "h264",
            Self::X265 | Self::HevcNvenc => "hevc",
            Self::SvtAv1 => "av1",
        }
    }

    /// Tells whether it needs a device that may not be there.
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::H264Nvenc | Self::HevcNvenc)
    }

    /// Returns the encoder's own options for a quality and a preset of x264's names.
    fn options(self, encoding: &Encoding, threads: usize) -> Vec<(&'static str, String)> {
        let (crf, preset) = (encoding.crf.to_string(), encoding.preset.clone());
        match self {
            Self::X264 => {
                let mut options = vec![("crf", crf), ("preset", preset)];
                if has_avx512() {
                    options.push(("x264-params", WITHOUT_AVX512.into()));
                }
                options
            }
            Self::X265 => {
                let pools = if threads > 1 {
                    threads.to_string()
                } else {
                    "none".into()
                };
                let own = format!("log-level=none:pools={pools}:frame-threads=1:open-gop=0");
                vec![("crf", crf), ("preset", preset), ("x265-params", own)]
            }
            Self::SvtAv1 => {
                let own = format!("lp={threads}:irefresh-type=2");
                let crf = encoding.crf.round().to_string();
                vec![
                    ("crf", crf),
                    ("preset", svt_preset(&preset)),
                    ("svtav1-params", own),
                ]
            }
            Self::H264Nvenc | Self::HevcNvenc => vec![
                ("rc", "vbr".into()),
                ("cq", crf),
                ("b", "0".into()),
                ("preset", nvenc_preset(&preset)),
            ],
        }
    }
}

/// Instruction sets for x264, without AVX-512. With that it reads, where a picture is not a multiple of 128
/// wide, memory that nobody wrote: the same clip had other bytes whenever others were made beside it. Costs one part in
/// thirty of its speed.
const WITHOUT_AVX512: &str = "asm=MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2";

fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    let has = false;
    has
}

/// Presets of x264, from fast to slow.
const PRESETS: [&str; 9] = [
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
];

/// Returns a preset of SVT-AV1 of about the same place in its range; numbers are taken as they are.
fn svt_preset(name: &str) -> String {
    match PRESETS.iter().position(|&preset| preset == name) {
        Some(place) => (12 - place).to_string(),
        None => name.to_owned(),
    }
}

fn nvenc_preset(name: &str) -> String {
    match PRESETS.iter().position(|&preset| preset == name) {
        Some(place) => format!("p{}", (place + 1).min(7)),
        None => name.to_owned(),
    }
}

/// Returns from how many frames to the next key frame it is at most: half a second, as platforms ask.
pub(in crate::media) fn key_frame_interval(rate: FrameRate) -> u32 {
    ((rate.frames_a_second() / 2.0) as u32).max(1)
}

/// Opens the encoder for 8-bit 4:2:0 pictures of BT.709 in limited range.
pub(super) fn open(
    size: (u32, u32),
    rate: FrameRate,
    encoding: &Encoding,
    threads: usize,
) -> Result<encoder::video::Encoder, Error> {
    let unavailable = |reason: String| Error::Encoder {
        name: encoding.codec.encoder(),
        reason,
    };
    let codec = encoder::find_by_name(encoding.codec.encoder())
        .ok_or_else(|| unavailable("not in this FFmpeg".into()))?;
    let mut video = codec::Context::new_with_codec(codec).encoder().video()?;
    video.set_width(size.0);
    video.set_height(size.1);
    video.set_format(format::Pixel::YUV420P);
    video.set_aspect_ratio((1, 1));
    let (num, den) = rate.fraction();
    video.set_time_base((den, num));
    video.set_frame_rate(Some((num, den)));
    video.set_gop(key_frame_interval(rate));
    // Players that jump to a key frame cannot show pictures that come after it and lie before it.
    video.set_flags(codec::Flags::GLOBAL_HEADER | codec::Flags::CLOSED_GOP);
    video.set_threading(threading::Config::count(threads.max(1)));
    raw::tag_colours(&mut video, STANDARD);
    let mut options = Dictionary::new();
    for (name, value) in encoding.codec.options(encoding, threads.max(1)) {
        options.set(name, &value);
    }
    video
        .open_with(options)
        .map_err(|error| unavailable(error.to_string()))
}

/// Encodes a few grey pictures to find out whether an encoder works here: being listed says little about a device.
pub fn trial(codec: VideoCodec) -> Result<(), Error> {
    let encoding = Encoding {
        codec,
        crf: 30.0,
        preset: "veryfast".into(),
        audio_bitrate: 0,
    };
    let rate = FrameRate::editing(None);
    let mut encoder = open((1080, 1920), rate, &encoding, 1)?;
    let failed = |reason: String| Error::Encoder {
        name: codec.encoder(),
        reason,
    };
    let broken = |error: ffmpeg::Error| failed(error.to_string());
    for index in 0..3 {
        let mut picture = frame::Video::new(format::Pixel::YUV420P, 1080, 1920);
        let planes = raw::planes_mut(&mut picture).ok_or_else(|| failed("out of memory".into()))?;
        planes
            .into_iter()
            .for_each(|(samples, _)| samples.fill(128));
        picture.set_pts(Some(index));
        encoder.send_frame(&picture).map_err(broken)?;
    }
    encoder.send_eof().map_err(broken)?;
    encoder.receive_packet(&mut Packet::empty()).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_keep_their_order() {
        assert_eq!(svt_preset("ultrafast"), "12");
        assert_eq!(svt_preset("veryslow"), "4");
        assert_eq!(svt_preset("8"), "8");
        assert_eq!(nvenc_preset("fast"), "p5");
        assert_eq!(nvenc_preset("veryslow"), "p7");
    }
}
