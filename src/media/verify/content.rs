//! Content check: whether a clip's pictures and sound are those of its source at that time.
//!
//! The source is opened again by another way than the renderer's: a picture is sought by itself, and where the clock of a file
//! starts anew its sound is read from the beginning. Three pictures and three seconds of sound are compared: first, middle and last.

use super::detail::lost_detail;
use super::expectation::ClipSource;
use crate::frame::SmallPicture;
use crate::media::cursor::Cursor;
use crate::media::defects::{Mask, is_black_picture};
use crate::media::luma::LumaPicture;
use crate::media::render::{CHANNELS, CLIP_SOUND_RATE, Maker, SoundTimeline, frame_at};
use crate::media::sound_frames::SoundFrames;
use crate::media::thumbnail48::Thumbnail48;
use crate::media::{Error, Limits, Rotation, raw};
use crate::timeline::{TimeRange, Timestamp};
use kernels::{STANDARD, best_match};

use ffmpeg_next::frame;

/// Samples of a window of sound.
const WINDOW: u64 = CLIP_SOUND_RATE as u64;
/// Samples that are averaged to one before they are compared, and how many of these two sounds may be apart: 20 ms.
const COARSE: usize = 6;
const LAG: isize = 160;
/// The same for the difference of the channels, around where their sum is most alike: upside down it is alike again a little later.
const SIDE_LAG: isize = 2;
/// Level below which a window of the source is not compared, as a root mean square.
const AUDIBLE: f64 = 1e-3;
/// The difference of two channels is compared where it has so large a share of their sum.
const APART: f64 = 0.1;

/// What a clip shows and plays at the times that are compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ContentSample {
    /// Numbers of frames, and the frames as far as they came.
    pictures: Vec<(u64, Option<SampledPicture>)>,
    /// First samples of windows, and the windows.
    sound: Vec<(u64, [Vec<f32>; CHANNELS])>,
    heard: u64,
}

/// A picture of a clip.
#[derive(Debug, Clone, PartialEq)]
struct SampledPicture {
    small: Box<SmallPicture>,
    luma: Option<LumaPicture>,
}

/// How far a clip is from its source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ContentFound {
    /// Levels by which the least alike picture differs, in the mean.
    pub(super) pictures: f64,
    /// How much of the source's detail they lack, in the mean.
    pub(super) lost_detail: f64,
    /// One less the correlation of the least alike window of sound.
    pub(super) sound: f64,
    /// The same for the difference of the channels.
    pub(super) channels: f64,
}

impl ContentSample {
    /// Returns an empty sample of a clip of so many frames and samples of sound.
    pub(super) fn of_clip(frames: u64, samples: u64) -> Self {
        let mut numbers = vec![0, frames / 2, frames.saturating_sub(1)];
        numbers.dedup();
        let last = samples.saturating_sub(WINDOW);
        let mut starts = vec![0, last / 2, last];
        starts.dedup();
        let window = |start| (start, [Vec::new(), Vec::new()]);
        Self {
            pictures: numbers.into_iter().map(|number| (number, None)).collect(),
            sound: starts.into_iter().map(window).collect(),
            heard: 0,
        }
    }

    /// Tells whether a frame of this number is compared.
    pub(super) fn wants(&self, number: u64) -> bool {
        self.pictures.iter().any(|(wanted, _)| *wanted == number)
    }

    /// Takes a frame of the clip.
    pub(super) fn see(&mut self, number: u64, small: Box<SmallPicture>, frame: &frame::Video) {
        let wanted = self
            .pictures
            .iter_mut()
            .find(|(wanted, _)| *wanted == number);
        if let Some((_, slot)) = wanted {
            let luma = LumaPicture::of(frame);
            *slot = Some(SampledPicture { small, luma });
        }
    }

    /// Takes the next sound of the clip, by channel.
    pub(super) fn hear(&mut self, channels: &[Vec<f32>]) {
        let length = channels.first().map_or(0, Vec::len) as u64;
        for (start, window) in &mut self.sound {
            let from = start.saturating_sub(self.heard).min(length) as usize;
            let to = (*start + WINDOW).saturating_sub(self.heard).min(length) as usize;
            for (kept, samples) in window.iter_mut().zip(channels) {
                kept.extend_from_slice(&samples[from.min(to)..to]);
            }
        }
        self.heard += length;
    }

    /// Compares it with the source; pictures only where `mask` counts.
    pub(super) fn compare(
        &self,
        source: &ClipSource,
        mask: &Mask,
        limits: &Limits,
    ) -> Result<ContentFound, Error> {
        let (mut sound, mut channels) = (0.0_f64, 0.0_f64);
        for (start, window) in self.sound.iter().filter(|_| source.media.audio.is_some()) {
            let reference = sound_of(source, *start, limits)?;
            let (mid, side) = differences(window, &reference);
            (sound, channels) = (sound.max(mid), channels.max(side));
        }
        let (pictures, lost_detail) = self.compare_pictures(source, mask, limits)?;
        Ok(ContentFound {
            pictures,
            lost_detail,
            sound,
            channels,
        })
    }

    /// Returns how far the least alike picture is off, and how much detail is lost in the mean.
    fn compare_pictures(
        &self,
        source: &ClipSource,
        mask: &Mask,
        limits: &Limits,
    ) -> Result<(f64, f64), Error> {
        let stream = source.media.video.as_ref().ok_or(Error::NoVideoStream)?;
        let mut cursor = Cursor::open(&source.path, &source.media, limits)?;
        let mut small = Thumbnail48::new(Rotation::NONE);
        let mut worst = 0.0_f64;
        let mut lost = Vec::new();
        for (number, seen) in &self.pictures {
            // One that is missing is for the count of frames to tell.
            let Some(seen) = seen else { continue };
            let time = source.start + source.rate.time_of(*number as i64);
            cursor.go_to(source.last_shown(time))?;
            let Some(still) = cursor.before().or(cursor.after()) else {
                continue;
            };
            let mut maker = Maker::new(stream, &still.frame, source.framing.as_ref())?;
            // As the renderer asks where a moving crop is.
            let shown = still.shown.time;
            let is_first = frame_at(shown, source.start, source.rate) == *number as i64;
            let mut expected = maker.picture(&still.frame, if is_first { shown } else { time })?;
            raw::tag_picture(&mut expected, STANDARD);
            let coarse = small.picture(&expected)?;
            // A clip does not begin with the black of its source.
            if *number > 0 || !is_black_picture(&coarse) {
                worst = worst.max(mask.difference(&seen.small, &coarse));
                let both = seen.luma.as_ref().zip(LumaPicture::of(&expected));
                lost.extend(both.map(|(clip, source)| lost_detail(clip, &source, mask)));
            }
        }
        let count = lost.len().max(1) as f64;
        Ok((worst, lost.iter().sum::<f64>() / count))
    }
}

/// Returns a window of the source's sound as the clip should play it, but for its loudness.
fn sound_of(
    source: &ClipSource,
    start: u64,
    limits: &Limits,
) -> Result<[Vec<f32>; CHANNELS], Error> {
    let nothing = || [Vec::new(), Vec::new()];
    let at = |sample: u64| Timestamp::from_ticks(sample as i64, 1, CLIP_SOUND_RATE as i32);
    let (Some(from), Some(to)) = (at(start), at(start + WINDOW)) else {
        return Ok(nothing());
    };
    let Some(range) = TimeRange::new(source.start + from, source.start + to) else {
        return Ok(nothing());
    };
    let start = (source.media.clock.is_plain()).then_some(range.start());
    let repairs = Some(&source.channels);
    let frames = SoundFrames::open(&source.path, &source.media, start, repairs, limits)?;
    let Some(mut frames) = frames else {
        return Ok(nothing());
    };
    let mut timeline = SoundTimeline::new(range, &source.channels, None);
    let mut frame = frame::Audio::empty();
    while !timeline.is_full() && frames.next(&mut frame)? {
        timeline.push(&mut frame, frames.base)?;
    }
    timeline.drain()?;
    let mut sound = timeline.finish().into_iter();
    Ok([
        sound.next().unwrap_or_default(),
        sound.next().unwrap_or_default(),
    ])
}

/// Returns how little two windows are alike in the sum of their channels, and in the difference.
fn differences(clip: &[Vec<f32>; CHANNELS], source: &[Vec<f32>; CHANNELS]) -> (f64, f64) {
    let mixed = |sound: &[Vec<f32>; CHANNELS], sign: f32| coarse(&sound[0], &sound[1], sign);
    let (mid, side) = (mixed(source, 1.0), mixed(source, -1.0));
    let (loud, apart) = (level(&mid), level(&side));
    let matched = best_match(&mid, &mixed(clip, 1.0), -LAG..=LAG);
    let of_mid = if loud > AUDIBLE {
        1.0 - matched.correlation
    } else {
        0.0
    };
    let of_side = if apart > AUDIBLE.max(APART * loud) {
        // Where the sum is: a file may be sought to a few milliseconds beside where it is read on.
        let near = matched.shift - SIDE_LAG..=matched.shift + SIDE_LAG;
        1.0 - best_match(&side, &mixed(clip, -1.0), near).correlation
    } else {
        0.0
    };
    (of_mid, of_side)
}

/// Returns the mean of each few samples of one channel and `sign` times the other.
fn coarse(left: &[f32], right: &[f32], sign: f32) -> Vec<f32> {
    let both = left.chunks_exact(COARSE).zip(right.chunks_exact(COARSE));
    let mean = |(left, right): (&[f32], &[f32])| {
        let sum = left.iter().sum::<f32>() + sign * right.iter().sum::<f32>();
        sum / (2 * COARSE) as f32
    };
    both.map(mean).collect()
}

fn level(samples: &[f32]) -> f64 {
    let energy: f64 = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is never the same again.
    fn noise(seed: u32, length: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).max(1);
        let mut held = 0.0;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            held = 0.9 * held + 0.1 * (state as f32 / u32::MAX as f32 - 0.5);
            held
        };
        (0..length).map(|_| next()).collect()
    }

    fn apart(clip: [Vec<f32>; 2], source: [Vec<f32>; 2]) -> (f64, f64) {
        differences(&clip, &source)
    }

    #[test]
    fn the_same_sound_at_another_level_is_the_same() {
        let (left, right) = (noise(1, 48_000), noise(2, 48_000));
        let louder = |sound: &[f32]| sound.iter().map(|sample| 2.0 * sample).collect();
        let (mid, side) = apart([louder(&left), louder(&right)], [left, right]);
        assert!(mid < 1e-6 && side < 1e-6, "{mid} {side}");
    }

    #[test]
    fn channels_of_sound_that_lags_a_little_are_the_same() {
        let (left, right) = (noise(1, 48_000), noise(2, 48_000));
        let late = |sound: &[f32]| [&[0.0; 768], sound].concat()[..48_000].to_vec();
        let (mid, side) = apart([late(&left), late(&right)], [left.clone(), right.clone()]);
        assert!(mid < 0.05 && side < 0.05, "{mid} {side}");
        let (_, swapped) = apart([late(&right), late(&left)], [left, right]);
        assert!(swapped > 0.9, "{swapped}");
    }

    #[test]
    fn sound_of_another_moment_and_swapped_channels_are_found() {
        let (left, right) = (noise(1, 60_000), noise(2, 60_000));
        let cut = |sound: &[f32], from: usize| sound[from..from + 48_000].to_vec();
        let source = [cut(&left, 0), cut(&right, 0)];
        let (mid, _) = apart([cut(&left, 9600), cut(&right, 9600)], source.clone());
        assert!(mid > 0.6, "{mid}");
        let (mid, side) = apart([source[1].clone(), source[0].clone()], source);
        assert!(mid < 1e-6 && side > 1.2, "{mid} {side}");
    }

    #[test]
    fn windows_are_cut_out_of_sound_as_it_comes() {
        let sound: Vec<f32> = (0..200_000).map(|n| n as f32).collect();
        let mut sample = ContentSample::of_clip(100, 200_000);
        for part in sound.chunks(1024) {
            sample.hear(&[part.to_vec(), part.to_vec()]);
        }
        for (start, [left, right]) in &sample.sound {
            let from = *start as usize;
            assert_eq!(left, &sound[from..from + WINDOW as usize]);
            assert_eq!(left, right);
        }
    }
}
