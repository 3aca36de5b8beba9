//! What framings promise, for any scene; what they are for scenes as people make them.

mod promises;
mod shots;

use super::*;
use crate::frame::{Layout, Rect};
use crate::timeline::{TimeRange, Timestamp};

const HD: Size = Size {
    width: 1920,
    height: 1080,
};
const UPRIGHT: Size = Size {
    width: 1080,
    height: 1920,
};

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn range(from: f64, to: f64) -> TimeRange {
    TimeRange::new(at(from), at(to)).unwrap()
}

fn area(x: f64, y: f64, width: f64, height: f64) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

/// A face a fifth as high as the picture around a point, five times a second.
fn person(track: u32, range: TimeRange, middle: impl Fn(f64) -> (f64, f64)) -> Subject {
    let (from, to) = (range.start().seconds(), range.end().seconds());
    let times = (0..).map(|k| from + f64::from(k) / 5.0);
    let boxes = times.take_while(|time| *time < to - 1e-6).map(|time| {
        let (x, y) = middle(time);
        (at(time), area(x, y, 0.0, 0.0).centred((0.09, 0.2)))
    });
    Subject {
        track,
        weight: 1.0,
        boxes: boxes.collect(),
        speaks: Vec::new(),
    }
}

fn scene(range: TimeRange, subjects: Vec<Subject>) -> Scene {
    Scene {
        range,
        frame: HD,
        active: None,
        subjects,
        salience: Vec::new(),
        text: Vec::new(),
        written: None,
        insets: Vec::new(),
    }
}

fn tracked(range: TimeRange) -> FramingOverride {
    FramingOverride {
        range,
        layout: Some(Layout::Track),
        region: None,
        regions: Vec::new(),
    }
}
