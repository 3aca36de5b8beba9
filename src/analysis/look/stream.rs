//! Streaming measurement of frames; the result grows by one row a second.

use std::time::Duration;

use kernels::{difference, light};

use super::bars::BlackBars;
use super::insets::Insets;
use super::runs::Runs;
use super::sharp::sharpness;
use super::{Appearance, LookRules, Region, Second};
use crate::frame::{Picture, SMALL_BYTES, SMALL_WIDTH, SmallPicture};
use crate::timeline::Timestamp;

/// Watches one video from its first frame to its last.
#[derive(Debug, Clone)]
pub struct Look {
    rules: LookRules,
    first: Option<Timestamp>,
    last: Option<(Timestamp, Box<SmallPicture>)>,
    row: Option<OpenSecond>,
    seconds: Vec<Second>,
    black: Runs,
    plain: Runs,
    frozen: Runs,
    small_bars: BlackBars,
    bars: BlackBars,
    insets: Insets,
}

/// The second that is being filled.
#[derive(Debug, Clone, Copy, Default)]
struct OpenSecond {
    number: u64,
    frames: u32,
    /// Levels, added up over the frames.
    brightness: f32,
    motion: f32,
    sharpness: Option<f32>,
}

impl Look {
    /// Returns a watcher that has seen nothing.
    pub fn new(rules: LookRules) -> Self {
        Self {
            rules,
            first: None,
            last: None,
            row: None,
            seconds: Vec::new(),
            black: Runs::default(),
            plain: Runs::default(),
            frozen: Runs::default(),
            small_bars: BlackBars::default(),
            bars: BlackBars::default(),
            insets: Insets::default(),
        }
    }

    /// Takes the next frame, with its larger picture where there is one; times never go back.
    pub fn push(&mut self, time: Timestamp, small: &SmallPicture, picture: Option<&Picture>) {
        let rules = self.rules;
        let light = Light::of(small, &rules);
        let last = self.last.as_ref();
        let change = last.map(|(_, last)| mean_difference(last, small));
        let black = light.is_black(&rules);
        self.black.push(time, black, rules.min_black);
        let plain = is_plain(small, &rules);
        self.plain.push(time, plain, rules.min_black);
        self.watch_standstill(time, change);
        self.small_bars.push(SMALL_WIDTH, small);
        let row = self.row_at(time);
        row.frames += 1;
        row.brightness += light.mean;
        row.motion += change.filter(|change| *change <= rules.cut).unwrap_or(0.0);
        if let Some(picture) = picture {
            row.sharpness = row
                .sharpness
                .into_iter()
                .chain(sharpness(picture))
                .reduce(f32::max);
            self.bars.push(picture.width as usize, &picture.rgb);
            self.insets.push(picture.width as usize, &picture.rgb);
        }
        self.keep(time, small);
    }

    /// Returns how the video looks; `end` is when its last frame goes.
    pub fn finish(mut self, end: Timestamp) -> Appearance {
        self.close_row();
        let long = self
            .last
            .as_ref()
            .is_some_and(|(time, _)| end.since(*time) >= self.rules.min_frozen);
        if let Some((time, _)) = self.last.filter(|_| long) {
            self.frozen.push(time, true, self.rules.min_frozen);
        }
        let active = self.bars.active().or(self.small_bars.active());
        Appearance {
            seconds: self.seconds,
            black: self.black.finish(end, self.rules.min_black),
            plain: self.plain.finish(end, self.rules.min_black),
            frozen: self.frozen.finish(end, self.rules.min_frozen),
            active: active.unwrap_or(Region::WHOLE),
            insets: self.insets.finish(),
        }
    }

    /// A standstill begins with the first of the frames that are alike, and ends with the first that is not.
    fn watch_standstill(&mut self, time: Timestamp, change: Option<f32>) {
        let (Some((last, _)), Some(change)) = (&self.last, change) else {
            return;
        };
        let shortest = self.rules.min_frozen;
        let same = change <= self.rules.frozen;
        if same || time.since(*last) >= shortest {
            self.frozen.push(*last, true, shortest);
        }
        if !same {
            self.frozen.push(time, false, shortest);
        }
    }

    fn row_at(&mut self, time: Timestamp) -> &mut OpenSecond {
        let first = *self.first.get_or_insert(time);
        let number = time.since(first).as_secs();
        if self.row.is_some_and(|row| row.number != number) {
            self.close_row();
        }
        self.row.get_or_insert(OpenSecond {
            number,
            ..OpenSecond::default()
        })
    }

    fn close_row(&mut self) {
        let (Some(first), Some(row)) = (self.first, self.row.take()) else {
            return;
        };
        self.seconds.push(Second {
            start: first + Duration::from_secs(row.number),
            frames: row.frames,
            brightness: row.brightness / row.frames as f32 / 255.0,
            motion: row.motion / 255.0,
            sharpness: row.sharpness,
        });
    }

    fn keep(&mut self, time: Timestamp, small: &SmallPicture) {
        match &mut self.last {
            Some((last, picture)) => {
                *last = time;
                picture.copy_from_slice(small);
            }
            None => self.last = Some((time, Box::new(*small))),
        }
    }
}

/// The light of a picture, in levels.
struct Light {
    mean: f32,
    highest: u8,
    /// The share of the picture that is lighter than the dark.
    lit: f32,
}

impl Light {
    fn of(picture: &SmallPicture, rules: &LookRules) -> Self {
        let (mut sum, mut highest, mut lit, mut places) = (0, 0, 0, 0);
        for pixel in picture.as_chunks::<3>().0 {
            let light = light(*pixel);
            sum += u32::from(light);
            highest = highest.max(light);
            lit += u32::from(light > rules.dark);
            places += 1;
        }
        Self {
            mean: sum as f32 / places as f32,
            highest,
            lit: lit as f32 / places as f32,
        }
    }

    fn is_black(&self, rules: &LookRules) -> bool {
        self.mean <= rules.black_mean
            && self.highest <= rules.black_highest
            && self.lit <= rules.black_lit
    }
}

/// Tells whether nearly all places of a picture are as light as each other.
fn is_plain(picture: &SmallPicture, rules: &LookRules) -> bool {
    let mut places = [0_u32; 256];
    for pixel in picture.as_chunks::<3>().0 {
        places[usize::from(light(*pixel))] += 1;
    }
    let needed = (SMALL_BYTES / 3).saturating_sub(rules.plain_odd) as u32;
    let alike = places.windows(usize::from(rules.plain_spread) + 1);
    let mut alike = alike.map(|levels| levels.iter().sum::<u32>());
    alike.any(|places| places >= needed)
}

/// Returns the mean difference of two pictures, in levels.
fn mean_difference(a: &SmallPicture, b: &SmallPicture) -> f32 {
    difference(a, b) as f32 / SMALL_BYTES as f32
}

#[cfg(test)]
mod tests;
