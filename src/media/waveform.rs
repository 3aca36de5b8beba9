//! Waveform of a file's sound as moving pictures: bars that run from right to left, over a plain ground.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_next::{format::Pixel, frame};

use super::mixer::{MIX_CHANNELS, MIX_RATE, MixedTrack};
use super::raw;
use super::sound_frames::open_tracks;
use super::timebase::{Shown, Still};
use super::{ChannelRepairs, Error, Limits, Media};
use crate::timeline::Timestamp;
use kernels::STANDARD;

/// Pictures a second, as a fraction.
pub(super) const WAVEFORM_RATE: (i32, i32) = (25, 1);
/// Pictures that a bar needs for its way to the place of the one before it.
const STEPS: i64 = 2;
/// Samples that a bar stands for.
const BAR: i64 = MIX_RATE as i64 / WAVEFORM_RATE.0 as i64 * STEPS;
/// Bars on a picture: what is heard now stands in the middle.
const BARS: i64 = 48;
/// How far before a picture its sound is decoded: its bars, and what decoders need to settle.
const BEFORE: Duration = Duration::from_secs(4);

/// Level below which a bar is as low as in silence, and the one at which it is as high as it can be, in decibels.
const LOWEST: f32 = -48.0;
const HIGHEST: f32 = -6.0;
/// Share of the picture's width that the bars take, and of its height that the highest one does.
const ACROSS: f32 = 0.84;
const HIGH: f32 = 0.24;
/// Share of the picture's height at which the bars stand: above the captions.
const MIDDLE: f32 = 0.42;
/// Share of a bar's place that it fills.
const FILLED: f32 = 0.6;

/// Luma of the ground, of what was heard, and of what comes; the chroma of all.
const GROUND: u8 = 40;
const HEARD: u8 = 215;
const COMING: u8 = 110;
const CHROMA: [u8; 2] = [136, 120];

/// The pictures, from one on.
pub(super) struct WaveformPictures {
    path: PathBuf,
    media: Media,
    limits: Limits,
    size: (u32, u32),
    tracks: Vec<MixedTrack>,
    /// Heights of bars, 0 to 1, from the bar of this number on.
    heights: VecDeque<f32>,
    first: i64,
    /// The number of the next picture, from the zero of the file's clock on.
    next: i64,
}

impl WaveformPictures {
    /// Opens the pictures of a file's sound at its start.
    pub(super) fn open(
        path: &Path,
        media: &Media,
        size: (u32, u32),
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut pictures = Self {
            path: path.to_owned(),
            media: media.clone(),
            limits: limits.clone(),
            size,
            tracks: Vec::new(),
            heights: VecDeque::new(),
            first: 0,
            next: 0,
        };
        let start = media.audio.as_ref().and_then(|audio| audio.start);
        pictures.seek(start.unwrap_or(Timestamp::ZERO))?;
        Ok(pictures)
    }

    /// Goes to the picture that is shown at a time.
    pub(super) fn seek(&mut self, time: Timestamp) -> Result<(), Error> {
        let (num, den) = WAVEFORM_RATE;
        // Rounding must not leave it out.
        self.next = time.to_ticks(den, num) - 1;
        let start = time - (Timestamp::ZERO + BEFORE);
        // How high a bar is does not ask which way up a channel is.
        let repairs = Some(&ChannelRepairs::default());
        self.tracks = open_tracks(&self.path, &self.media, Some(start), repairs, &self.limits)?;
        self.heights.clear();
        self.first = first_bar(self.next);
        Ok(())
    }

    /// Returns the next picture.
    pub(super) fn next(&mut self) -> Result<Still, Error> {
        let number = self.next;
        self.next += 1;
        let first = first_bar(number);
        while self.first < first {
            self.heights.pop_front();
            self.first += 1;
        }
        // One more comes in from the right.
        while (self.heights.len() as i64) < BARS + 1 {
            let bar = self.first + self.heights.len() as i64;
            let height = self.read_bar(bar)?;
            self.heights.push_back(height);
        }
        let (num, den) = WAVEFORM_RATE;
        let time = |number| Timestamp::from_ticks(number, den, num).unwrap_or(Timestamp::ZERO);
        let shown = Shown {
            time: time(number),
            end: time(number + 1),
        };
        Ok(Still {
            frame: self.draw(number)?,
            shown,
            reshaped: None,
        })
    }

    /// Returns the height of a bar; none before it may be asked for afterwards.
    fn read_bar(&mut self, bar: i64) -> Result<f32, Error> {
        let (start, end) = (bar * BAR, (bar + 1) * BAR);
        let mut sum = vec![vec![0.0; BAR as usize]; MIX_CHANNELS];
        for track in &mut self.tracks {
            track.read_while(|queue| queue.end().is_none_or(|known| known < end))?;
            track.queue.forget_before(start);
            track.queue.take_into(start, &mut sum);
        }
        let samples = sum.iter().flatten();
        let energy: f32 = samples.map(|sample| sample * sample).sum();
        Ok(height_of(energy / (MIX_CHANNELS as i64 * BAR) as f32))
    }

    fn draw(&self, number: i64) -> Result<frame::Video, Error> {
        let (width, height) = self.size;
        let mut picture = frame::Video::new(Pixel::YUV420P, width, height);
        let planes = raw::planes_mut(&mut picture);
        let [(luma, stride), (u, _), (v, _)] =
            planes.ok_or_else(|| Error::Ffmpeg("no memory for a picture".into()))?;
        luma.fill(GROUND);
        u.fill(CHROMA[0]);
        v.fill(CHROMA[1]);
        let size = (width as usize, height as usize);
        for (slot, height) in self.heights.iter().enumerate() {
            let bar = BarPlace::new(slot, number.rem_euclid(STEPS), *height, size);
            let heard = (slot as i64) < BARS / 2;
            bar.fill(luma, stride, if heard { HEARD } else { COMING });
        }
        raw::tag_picture(&mut picture, STANDARD);
        Ok(picture)
    }
}

/// Returns the first bar of a picture.
fn first_bar(number: i64) -> i64 {
    number.div_euclid(STEPS) - BARS / 2
}

/// Returns the height of a bar for sound of this mean energy, 0 to 1.
fn height_of(energy: f32) -> f32 {
    let decibels = 10.0 * energy.max(f32::MIN_POSITIVE).log10();
    ((decibels - LOWEST) / (HIGHEST - LOWEST)).clamp(0.0, 1.0)
}

/// Columns and rows of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BarPlace {
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
}

impl BarPlace {
    /// Returns the place of a bar of this height, 0 to 1, that has gone `steps` of its way; it stays inside of the bars' part.
    fn new(slot: usize, steps: i64, height: f32, (width, rows): (usize, usize)) -> Self {
        let (width, rows) = (width as f32, rows as f32);
        let part = width * (1.0 - ACROSS) / 2.0..width * (1.0 + ACROSS) / 2.0;
        let pitch = (part.end - part.start) / BARS as f32;
        let left = part.start + (slot as f32 - steps as f32 / STEPS as f32) * pitch;
        let column = |x: f32| x.clamp(part.start, part.end).round() as usize;
        let thick = FILLED * pitch;
        // As high as it is wide in silence.
        let half = (height * HIGH * rows).max(thick) / 2.0;
        let row = |y: f32| y.clamp(0.0, rows).round() as usize;
        Self {
            columns: column(left)..column(left + thick),
            rows: row(MIDDLE * rows - half)..row(MIDDLE * rows + half),
        }
    }

    fn fill(self, luma: &mut [u8], stride: usize, level: u8) {
        for row in self.rows {
            let start = row * stride;
            luma[start + self.columns.start..start + self.columns.end].fill(level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_sound_makes_high_bars_and_silence_low_ones() {
        assert_eq!(height_of(0.0), 0.0);
        assert_eq!(height_of(1.0), 1.0);
        let speech = height_of(0.1 * 0.1);
        assert!((0.6..0.8).contains(&speech), "{speech}");
    }

    #[test]
    fn a_bar_comes_to_the_place_of_the_one_before_it_and_never_leaves_the_picture() {
        let size = (1080, 1920);
        for slot in 0..=BARS as usize {
            let place = BarPlace::new(slot, 0, 1.0, size);
            let later = BarPlace::new(slot, 1, 1.0, size);
            assert!(later.columns.start <= place.columns.start);
            assert!(place.columns.end <= 1080 && place.rows.end <= 1920);
        }
        let whole = BarPlace::new(5, STEPS, 0.5, size);
        assert_eq!(whole, BarPlace::new(4, 0, 0.5, size));
        assert_eq!(first_bar(STEPS), first_bar(0) + 1);
        assert_eq!(first_bar(-1), first_bar(0) - 1);
    }
}
