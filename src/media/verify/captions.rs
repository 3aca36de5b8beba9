//! Caption check: whether burned-in captions can be read in a clip, and where they stand.
//!
//! Drawing them once over black and once over white tells how much of each pixel is theirs, and between which two levels
//! it must lie whatever the picture behind is. An outline of the other colour makes that certain on any picture.

use ffmpeg_next::{format::Pixel, frame};

use super::expectation::Cues;
use crate::frame::Rect;
use crate::media::render::Burner;
use crate::media::{Error, raw};
use crate::timeline::Timestamp;

/// Cues looked at, at most.
const MOST: usize = 12;
/// The levels of black and white.
const BLACK: u8 = 16;
const WHITE: u8 = 235;
/// Levels that a pixel changes at least for it to be a caption's.
const DRAWN: u8 = 24;
/// Levels that captions' pixels may be off in the mean: coding blurs their edges.
const OFF: f64 = 24.0;
/// Ticks a second in which captions are timed here.
const TICKS: i32 = 90_000;

/// Result of the caption check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CaptionsFound {
    /// Share of the cues looked at that are not to be seen.
    pub(super) missing: f64,
    /// Share of the picture by which they leave their area, at worst.
    pub(super) outside: f64,
}

/// Looks for captions in the middle of cues.
pub(super) struct CaptionReader {
    burner: Burner,
    size: (u32, u32),
    area: Rect,
    /// Middles and ends of the cues not yet seen, the next one last, on the clip's clock.
    due: Vec<(Timestamp, Timestamp)>,
    boxes: Vec<Rect>,
    cues: usize,
    missing: usize,
}

/// Captions by themselves: the darkest and the lightest that each pixel can be.
struct CaptionTemplate {
    low: Vec<u8>,
    high: Vec<u8>,
    /// Columns and rows of what is drawn, ends exclusive.
    x: (usize, usize),
    y: (usize, usize),
}

impl CaptionReader {
    pub(super) fn new(cues: &Cues, size: (u32, u32)) -> Result<Self, Error> {
        let burner = Burner::open(&cues.captions, size, TICKS)?;
        let step = cues.times.len().div_ceil(MOST).max(1);
        let picked = cues.times.iter().skip(step / 2).step_by(step);
        let mut due: Vec<_> = picked
            .map(|time| (middle(time.start(), time.end()), time.end()))
            .collect();
        due.reverse();
        let mut reader = Self {
            burner,
            size,
            area: cues.area,
            cues: due.len(),
            due,
            boxes: Vec::new(),
            missing: 0,
        };
        for (middle, _) in reader.due.clone() {
            let template = reader.template(middle)?;
            let boxes = template.map(|template| template.bounds(size));
            reader.boxes.extend(boxes);
        }
        Ok(reader)
    }

    /// Returns where captions stand.
    pub(super) fn boxes(&self) -> Vec<Rect> {
        self.boxes.clone()
    }

    /// Takes the clip's next picture, shown at `time`.
    pub(super) fn read(&mut self, picture: &frame::Video, time: Timestamp) -> Result<(), Error> {
        while let Some(&(middle, end)) = self.due.last()
            && time >= middle
        {
            self.due.pop();
            // A cue shorter than a frame is in no picture.
            if time >= end {
                self.cues -= 1;
                continue;
            }
            let seen = match self.template(time)? {
                Some(template) => template.is_seen(picture, self.size),
                None => false,
            };
            self.missing += usize::from(!seen);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> CaptionsFound {
        // Those after the last picture are in none.
        let cues = self.cues - self.due.len();
        let outside = self.boxes.iter().map(|drawn| leaves(*drawn, self.area));
        CaptionsFound {
            missing: self.missing as f64 / cues.max(1) as f64,
            outside: outside.fold(0.0, f64::max),
        }
    }

    /// Draws what is to be read at `time`; `None` when that is nothing.
    fn template(&mut self, time: Timestamp) -> Result<Option<CaptionTemplate>, Error> {
        let (low, high) = (self.drawn(BLACK, time)?, self.drawn(WHITE, time)?);
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let is_drawn = |at: usize| low[at] >= BLACK + DRAWN || high[at] <= WHITE - DRAWN;
        let mut bounds: Option<[usize; 4]> = None;
        for (y, row) in (0..height).map(|y| (y, y * width..(y + 1) * width)) {
            let mut row = row.clone().filter(|&at| is_drawn(at));
            let Some(first) = row.next() else { continue };
            let (first, last) = (first % width, row.next_back().unwrap_or(first) % width);
            let [left, right, top, _] = bounds.unwrap_or([first, last + 1, y, y + 1]);
            bounds = Some([left.min(first), right.max(last + 1), top, y + 1]);
        }
        Ok(bounds.map(|[left, right, top, bottom]| CaptionTemplate {
            low,
            high,
            x: (left, right),
            y: (top, bottom),
        }))
    }

    fn drawn(&mut self, level: u8, time: Timestamp) -> Result<Vec<u8>, Error> {
        draw(&mut self.burner, self.size, level, (time, TICKS))
    }
}

/// Returns the luma of an even picture with the captions of a time on it, row by row; `ticks` a second is the burner's.
pub(super) fn draw(
    burner: &mut Burner,
    size: (u32, u32),
    level: u8,
    (time, ticks): (Timestamp, i32),
) -> Result<Vec<u8>, Error> {
    let lost = || Error::Ffmpeg("no memory for a picture".into());
    let mut picture = frame::Video::new(Pixel::YUV420P, size.0, size.1);
    let [luma, u, v] = raw::planes_mut(&mut picture).ok_or_else(lost)?;
    luma.0.fill(level);
    u.0.fill(128);
    v.0.fill(128);
    picture.set_pts(Some(time.to_ticks(1, ticks)));
    let picture = burner.burn(picture)?;
    rows(&picture, size)
        .map(|rows| rows.concat())
        .ok_or_else(lost)
}

impl CaptionTemplate {
    fn bounds(&self, (width, height): (u32, u32)) -> Rect {
        let share = |(from, to): (usize, usize), side: u32| {
            (
                from as f64 / f64::from(side),
                (to - from) as f64 / f64::from(side),
            )
        };
        let ((x, w), (y, h)) = (share(self.x, width), share(self.y, height));
        Rect {
            x,
            y,
            width: w,
            height: h,
        }
    }

    /// Tells whether the captions are in a picture: each pixel that is mostly theirs lies where it must.
    fn is_seen(&self, picture: &frame::Video, size: (u32, u32)) -> bool {
        let Some(rows) = rows(picture, size) else {
            return false;
        };
        let width = size.0 as usize;
        let (mut off, mut count) = (0_u64, 0_u64);
        for (y, row) in rows.iter().enumerate().take(self.y.1).skip(self.y.0) {
            for x in self.x.0..self.x.1 {
                let (low, high) = (self.low[y * width + x], self.high[y * width + x]);
                // Half of it or more is the caption's.
                if high.abs_diff(low) <= (WHITE - BLACK) / 2 {
                    let level = row[x];
                    let outside = low
                        .min(high)
                        .saturating_sub(level)
                        .max(level.saturating_sub(low.max(high)));
                    off += u64::from(outside);
                    count += 1;
                }
            }
        }
        count > 0 && (off as f64) < OFF * count as f64
    }
}

/// Returns the rows of luma of an 8-bit picture of this size.
fn rows(picture: &frame::Video, (width, height): (u32, u32)) -> Option<Vec<&[u8]>> {
    let shape = raw::picture_shape(picture);
    let eight = raw::plane_layout(shape.format).is_some_and(|layout| layout.bits == 8);
    if (shape.width, shape.height) != (width, height) || !eight {
        return None;
    }
    let (samples, stride) = raw::plane(picture, 0, width as usize, height as usize)?;
    Some(
        samples
            .chunks(stride)
            .map(|row| &row[..width as usize])
            .collect(),
    )
}

/// Returns how far a box leaves an area, as a share of the picture.
fn leaves(drawn: Rect, area: Rect) -> f64 {
    let over = |from: f64, length: f64, least: f64, room: f64| {
        (least - from).max(from + length - least - room).max(0.0)
    };
    over(drawn.x, drawn.width, area.x, area.width).max(over(
        drawn.y,
        drawn.height,
        area.y,
        area.height,
    ))
}

fn middle(start: Timestamp, end: Timestamp) -> Timestamp {
    start + end.since(start) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_leave_their_area_by_their_worst_side() {
        let rect = |x, y, w, h| Rect {
            x,
            y,
            width: w,
            height: h,
        };
        let area = rect(0.1, 0.2, 0.8, 0.6);
        assert_eq!(leaves(rect(0.2, 0.5, 0.5, 0.1), area), 0.0);
        assert!((leaves(rect(0.05, 0.5, 0.9, 0.1), area) - 0.05).abs() < 1e-9);
        assert!((leaves(rect(0.2, 0.75, 0.5, 0.2), area) - 0.15).abs() < 1e-9);
    }
}
