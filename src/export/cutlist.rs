//! What editors are told: which segments of a video, one after the other. [`edl`](super::edl), [`fcpxml`](super::fcpxml),
//! [`otio`](super::otio) and [`xmeml`](super::xmeml) write it down.
//!
//! All of them say the same, in whole frames of the source's [`FrameRate`]:
//! - The first frame the file shows has the number that the file's timecode gives it, 0 without one, whatever the file's
//!   own clock says then: editors know a frame of the file by that number alone.
//! - An edge is the frame that begins nearest to it. For a video of that very rate this is the frame itself, however its
//!   container rounds times; for one whose rate varies, or is not a part of it, it is off by half a frame at most, and
//!   the files say so. Beyond the end of the source nothing is asked for.
//! - A clip follows the one before it without a gap, so each is as long in the sequence as in the source.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use crate::timeline::{Counting, FrameRate, TimeRange, Timestamp};

/// A sequence of segments of one video.
#[derive(Debug, Clone, Copy)]
pub struct Cutlist<'a> {
    /// What the sequence is called.
    pub title: &'a str,
    /// The video that all events are taken from.
    pub source: CutlistSource<'a>,
    /// How frames are labelled where that can be chosen.
    pub counting: Counting,
    /// The segments in the order of the sequence: best first.
    pub events: &'a [CutlistEvent<'a>],
}

/// A video file as editors know it.
#[derive(Debug, Clone, Copy)]
pub struct CutlistSource<'a> {
    /// Where it is. An absolute path is found from everywhere, a relative one from the folder of the editor's file.
    pub path: &'a Path,
    /// Whether it has pictures; sound alone is edited at the rate of its clips.
    pub pictures: bool,
    /// Columns and rows of the upright picture in square pixels.
    pub size: (u32, u32),
    /// The rate in which it is edited.
    pub rate: FrameRate,
    /// The number of its first frame, from its timecode; 0 without one.
    pub start: u64,
    /// Whether the gaps between its frames vary.
    pub varies: bool,
    /// From its first frame to the end of its last, on the file's own clock.
    pub range: TimeRange,
    /// Its sound, if it has any.
    pub sound: Option<CutlistSound>,
}

/// The sound of a video file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutlistSound {
    /// Channels.
    pub channels: u16,
    /// Samples a second.
    pub sample_rate: u32,
}

/// A segment of the source.
#[derive(Debug, Clone, Copy)]
pub struct CutlistEvent<'a> {
    /// 1 is the best.
    pub rank: u32,
    /// What it is called.
    pub title: &'a str,
    /// A line about it, or nothing.
    pub note: &'a str,
    /// When it is, on the file's own clock.
    pub range: TimeRange,
}

/// An event in frames.
pub(super) struct EventInFrames<'a> {
    pub(super) event: &'a CutlistEvent<'a>,
    /// Its frames in the source, the first of which has the number that the timecode gives it.
    pub(super) source: Range<u64>,
    /// Where it begins in the sequence.
    pub(super) record: u64,
}

impl EventInFrames<'_> {
    /// Returns how many frames it has: one at least.
    pub(super) fn frames(&self) -> u64 {
        self.source.end - self.source.start
    }
}

impl Cutlist<'_> {
    /// Returns the events in frames, in order.
    pub(super) fn cuts(&self) -> impl Iterator<Item = EventInFrames<'_>> {
        let mut record = 0;
        self.events.iter().map(move |event| {
            let (start, frames) = (self.source.start, self.source.frames_in(event.range));
            let source = start + frames.start..start + frames.end;
            let cut = EventInFrames {
                event,
                source,
                record,
            };
            record += cut.frames();
            cut
        })
    }

    /// Returns the length of the sequence, in frames.
    pub(super) fn frames(&self) -> u64 {
        self.cuts().map(|cut| cut.frames()).sum()
    }
}

impl CutlistSource<'_> {
    /// Returns the length of the file, in frames: one at least.
    pub(super) fn frames(&self) -> u64 {
        self.frame_at(self.range.end()).max(1)
    }

    /// Returns the name of the file, without folder.
    pub(super) fn name(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// Returns what to know about the edges, if they are not those of the file's own frames.
    pub(super) fn remark(&self) -> Option<String> {
        let rate = (self.rate.frames_a_second() * 1000.0).round() / 1000.0;
        let remark = || format!("variable frame rate: cuts to the nearest frame at {rate}");
        self.varies.then(remark)
    }

    fn frames_in(&self, range: TimeRange) -> Range<u64> {
        let start = self.frame_at(range.start()).min(self.frames() - 1);
        let end = self.frame_at(range.end()).min(self.frames());
        start..end.max(start + 1)
    }

    fn frame_at(&self, time: Timestamp) -> u64 {
        let frame = self.rate.frame_at(time - self.range.start());
        u64::try_from(frame).unwrap_or(0)
    }
}

/// Returns `text` as one line: what ends a line, moves the cursor or may stand in no XML file becomes a space.
pub(super) fn one_line(text: &str) -> String {
    let stray =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    let line = text.replace(stray, " ");
    line.trim().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::export) fn range(start: (i64, u32), end: (i64, u32)) -> TimeRange {
        let at = |(num, den)| Timestamp::new(num, den).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    /// Two minutes of 29.97 frames a second on a clock that begins at 1.4 s.
    pub(in crate::export) fn source() -> CutlistSource<'static> {
        CutlistSource {
            path: Path::new("/talks/Über 100%.mp4"),
            pictures: true,
            size: (1920, 1080),
            rate: FrameRate::editing(Some((30_000, 1001))),
            start: 0,
            varies: false,
            range: range((7, 5), (7 * 6000 + 3600 * 1001, 30_000)),
            sound: Some(CutlistSound {
                channels: 2,
                sample_rate: 44_100,
            }),
        }
    }

    /// A clip over the end of the first minute, then one from the beginning.
    pub(in crate::export) fn some_events() -> [CutlistEvent<'static>; 2] {
        let frames = |from: i64, to: i64| {
            range((42_000 + from * 1001, 30_000), (42_000 + to * 1001, 30_000))
        };
        [
            CutlistEvent {
                rank: 1,
                title: "Why <we> & \"they\"\nlearn: 数",
                note: "motion 0.9",
                range: frames(1790, 1810),
            },
            CutlistEvent {
                rank: 2,
                title: "B",
                note: "",
                range: frames(0, 30),
            },
        ]
    }

    pub(in crate::export) fn cutlist_of<'a>(events: &'a [CutlistEvent<'a>]) -> Cutlist<'a> {
        Cutlist {
            title: "Talk & more",
            source: source(),
            counting: Counting::DropFrame,
            events,
        }
    }

    fn frames_in(range: TimeRange) -> Range<u64> {
        source().frames_in(range)
    }

    #[test]
    fn clips_follow_each_other_without_a_gap() {
        let events = some_events();
        let list = cutlist_of(&events);
        let cuts: Vec<_> = list.cuts().map(|cut| (cut.source, cut.record)).collect();
        assert_eq!(cuts, [(1790..1810, 0), (0..30, 20)]);
        assert_eq!((list.frames(), list.source.frames()), (50, 3600));
    }

    #[test]
    fn frames_are_counted_from_the_timecode_of_the_first() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.start = 215_724;
        let cuts: Vec<_> = list.cuts().map(|cut| (cut.source, cut.record)).collect();
        assert_eq!(cuts, [(217_514..217_534, 0), (215_724..215_754, 20)]);
    }

    #[test]
    fn an_edge_between_frames_goes_to_the_nearest() {
        assert_eq!(frames_in(range((1400, 1000), (1449, 1000))), 0..1);
        assert_eq!(frames_in(range((1417, 1000), (1451, 1000))), 1..2);
    }

    #[test]
    fn nothing_is_asked_for_that_the_file_does_not_have() {
        assert_eq!(frames_in(range((-5, 1), (2, 1))), 0..18);
        assert_eq!(frames_in(range((121, 1), (500, 1))), 3584..3600);
        assert_eq!(frames_in(range((400, 1), (500, 1))), 3599..3600);
        assert_eq!(frames_in(range((2, 1), (2001, 1000))), 18..19);
    }

    #[test]
    fn edges_that_are_not_the_file_s_own_are_owned_up_to() {
        assert_eq!(source().remark(), None);
        let varies = CutlistSource {
            varies: true,
            ..source()
        };
        let remark = "variable frame rate: cuts to the nearest frame at 29.97";
        assert_eq!(varies.remark().as_deref(), Some(remark));
    }
}
