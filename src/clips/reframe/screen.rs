//! Screens on which something is written: the part that changes.

use std::time::Duration;

use crate::frame::Rect;
use crate::timeline::{TimeRange, Timestamp};

/// How often a new line comes, at least, where somebody writes.
const WRITES: usize = 3;
/// How many lines come at once at most, on average: those of a slide come together.
const AT_ONCE: f64 = 1.5;
/// What is there so soon after a cut was not written.
const SOON: Duration = Duration::from_millis(500);
/// Room around what is written, in widths of the picture.
const ROOM: f64 = 0.03;

/// Returns the part of a shot's picture in which one line after the other is written, without cutting lines beside it; `None`
/// where nothing is written. `lines` are all that can be read in the shot.
pub fn written_part(shot: TimeRange, lines: &[(TimeRange, Rect)]) -> Option<Rect> {
    let new = lines
        .iter()
        .filter(|(shown, _)| shown.start() >= shot.start() + SOON && shown.start() < shot.end());
    let new: Vec<&(TimeRange, Rect)> = new.collect();
    let mut times: Vec<Timestamp> = new.iter().map(|(shown, _)| shown.start()).collect();
    times.sort();
    times.dedup();
    if times.len() < WRITES || new.len() as f64 > AT_ONCE * times.len() as f64 {
        return None;
    }
    let written = new.iter().map(|(_, line)| *line).reduce(Rect::joined)?;
    Some(without_cuts(written, lines))
}

/// Returns an area as wide as it must be so that no line is cut by its sides, with some room.
fn without_cuts(area: Rect, lines: &[(TimeRange, Rect)]) -> Rect {
    let (mut left, mut right) = (area.x - ROOM, area.right() + ROOM);
    let cut = |line: &Rect, left: f64, right: f64| {
        line.x < right && line.right() > left && (line.x < left || line.right() > right)
    };
    while let Some((_, line)) = lines.iter().find(|(_, line)| cut(line, left, right)) {
        (left, right) = (left.min(line.x), right.max(line.right()));
    }
    Rect {
        x: left,
        width: right - left,
        ..area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: f64, to: f64) -> TimeRange {
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn line(since: f64, x: f64, y: f64, width: f64) -> (TimeRange, Rect) {
        let area = Rect {
            x,
            y,
            width,
            height: 0.04,
        };
        (range(since, 60.0), area)
    }

    #[test]
    fn where_lines_are_written_is_the_part_with_all_lines_that_it_touches() {
        let shot = range(0.0, 60.0);
        let mut lines = [2.0, 4.0, 6.0, 8.0]
            .map(|t| line(t, 0.08, t / 20.0, 0.25))
            .to_vec();
        let part = written_part(shot, &lines).unwrap();
        assert!((part.x - 0.05).abs() < 1e-9 && (part.right() - 0.36).abs() < 1e-9);
        lines.push(line(0.0, 0.3, 0.9, 0.3));
        let part = written_part(shot, &lines).unwrap();
        assert!((part.right() - 0.6).abs() < 1e-9);
    }

    #[test]
    fn a_slide_is_not_written_nor_are_slides_that_follow_each_other() {
        let shot = range(0.0, 60.0);
        let slide = |since: f64| [0.1, 0.2, 0.3, 0.4].map(|y| line(since, 0.08, y, 0.25));
        assert_eq!(written_part(shot, &slide(0.0)), None);
        let slides = [slide(0.0), slide(10.0), slide(20.0), slide(30.0)].concat();
        assert_eq!(written_part(shot, &slides), None);
    }
}
