//! Form and samples of decoded sound.

use ffmpeg_next::{ffi, format, frame};

/// The form of decoded sound, as FFmpeg numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) struct SoundShape {
    pub(in crate::media) format: i32,
    pub(in crate::media) rate: i32,
    pub(in crate::media) channels: i32,
    /// Bits of the channel layout; zero when unknown.
    pub(in crate::media) layout: u64,
}

/// Returns the form of decoded sound.
pub(in crate::media) fn sound_shape(frame: &frame::Audio) -> SoundShape {
    // SAFETY: plain numbers of an existing frame.
    unsafe {
        let raw = frame.as_ptr();
        SoundShape {
            format: (*raw).format,
            rate: (*raw).sample_rate,
            channels: (*raw).channels,
            layout: (*raw).channel_layout,
        }
    }
}

/// Sets samples of decoded sound that are no numbers to silence, and clips those beyond `loudest`; whole numbers are neither.
pub(in crate::media) fn clean_samples(frame: &mut frame::Audio, loudest: f64) {
    let planes = if frame.is_planar() {
        usize::from(frame.channels())
    } else {
        1
    };
    let samples = frame.samples() * usize::from(frame.channels()) / planes.max(1);
    let width = match frame.format() {
        format::Sample::F32(_) => 4,
        format::Sample::F64(_) => 8,
        _ => return,
    };
    // SAFETY: the frame is made writable before it is written; FFmpeg promises so many samples of this width in each plane,
    // aligned for their kind; `extended_data` holds all planes, however many.
    unsafe {
        if ffi::av_frame_make_writable(frame.as_mut_ptr()) < 0 {
            return;
        }
        let data = (*frame.as_ptr()).extended_data;
        for plane in 0..planes {
            let start = *data.add(plane);
            if start.is_null() {
                continue;
            }
            if width == 4 {
                let samples = std::slice::from_raw_parts_mut(start.cast::<f32>(), samples);
                clean(samples, loudest as f32, 0.0, |sample| sample.is_finite());
            } else {
                let samples = std::slice::from_raw_parts_mut(start.cast::<f64>(), samples);
                clean(samples, loudest, 0.0, |sample| sample.is_finite());
            }
        }
    }
}

fn clean<T: Copy + PartialOrd + std::ops::Neg<Output = T>>(
    samples: &mut [T],
    loudest: T,
    silence: T,
    is_number: impl Fn(&T) -> bool,
) {
    for sample in samples {
        if !is_number(sample) {
            *sample = silence;
        } else if *sample > loudest {
            *sample = loudest;
        } else if *sample < -loudest {
            *sample = -loudest;
        }
    }
}
