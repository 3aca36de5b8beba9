//! Subtitles in the picture: lines low down in the middle that change while people speak. Pure.

use std::cmp::Reverse;
use std::time::Duration;

use super::ShownText;
use crate::analysis::Region;
use crate::timeline::{TimeRange, Timestamp};

/// Thresholds of subtitles that are part of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubtitleRules {
    /// The middle of a line stands at least this far down, in heights of the picture.
    pub lowest: f32,
    /// It stands at most this far from the middle, in widths of the picture.
    pub aside: f32,
    /// A line is at least and at most this high, in heights of the picture.
    pub height: (f32, f32),
    /// Lines are at least this wide on average, in widths of the picture; what is less is the name of who is seen there.
    pub width: f64,
    /// What stays longer is a name or a sign.
    pub longest: Duration,
    /// From one change of the lines to the next on average, at most.
    pub change: Duration,
    /// The least share of the speech with a line below it.
    pub share: f64,
}

impl Default for SubtitleRules {
    fn default() -> Self {
        Self {
            lowest: 0.66,
            aside: 0.12,
            height: (0.02, 0.16),
            width: 0.15,
            longest: Duration::from_secs(9),
            change: Duration::from_secs(6),
            share: 1.0 / 3.0,
        }
    }
}

/// Tells whether the picture itself says what is spoken in a range; `speech` are segments in order, apart.
pub fn has_subtitles(
    texts: &[ShownText],
    speech: &[TimeRange],
    range: TimeRange,
    rules: &SubtitleRules,
) -> bool {
    let lines = texts.iter().filter(|text| {
        text.range.duration() <= rules.longest && is_subtitle_place(text.region, rules)
    });
    let lines = lines.filter_map(|text| Some((shared(text.range, range)?, text.region.width)));
    let lines: Vec<(TimeRange, f32)> = lines.collect();
    let shown = joined(lines.iter().map(|(time, _)| *time).collect());
    let speech: Vec<TimeRange> = speech.iter().filter_map(|s| shared(*s, range)).collect();
    let spoken: Duration = speech.iter().map(|s| s.duration()).sum();
    let pairs = speech.iter().flat_map(|s| {
        let both = shown.iter().filter_map(|(line, _)| shared(*line, *s));
        both.map(TimeRange::duration)
    });
    let below: Duration = pairs.sum();
    let lasting: Duration = shown.iter().map(|(line, _)| line.duration()).sum();
    let changes: u32 = shown.iter().map(|(_, lines)| lines).sum();
    spoken > Duration::ZERO
        && below.as_secs_f64() >= rules.share * spoken.as_secs_f64()
        && changes >= 2
        && mean_width(&lines) >= rules.width
        && lasting <= rules.change * changes
}

/// Returns how wide lines are, each for as long as it is shown.
fn mean_width(lines: &[(TimeRange, f32)]) -> f64 {
    let seconds = |time: TimeRange| time.duration().as_secs_f64();
    let widths = lines
        .iter()
        .map(|(time, width)| seconds(*time) * f64::from(*width));
    let all: f64 = lines.iter().map(|(time, _)| seconds(*time)).sum();
    widths.sum::<f64>() / all.max(f64::MIN_POSITIVE)
}

fn is_subtitle_place(line: Region, rules: &SubtitleRules) -> bool {
    let middle = line.centre();
    let (least, most) = rules.height;
    middle.y >= rules.lowest
        && (middle.x - 0.5).abs() <= rules.aside
        && (least..=most).contains(&line.height)
}

/// Returns the times that are covered, in order, apart or one right after the other, each with how many lines begin in it;
/// lines that begin together count as one.
fn joined(mut ranges: Vec<TimeRange>) -> Vec<(TimeRange, u32)> {
    ranges.sort_by_key(|range| (range.start(), Reverse(range.end())));
    ranges.dedup_by_key(|range| range.start());
    let mut joined: Vec<(TimeRange, u32)> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some((before, lines)) if range.start() <= before.end() => {
                let end = before.end().max(range.end());
                *before = TimeRange::new(before.start(), end).unwrap_or(*before);
                *lines += 1;
            }
            _ => joined.push((range, 1)),
        }
    }
    joined
}

fn shared(one: TimeRange, other: TimeRange) -> Option<TimeRange> {
    let start: Timestamp = one.start().max(other.start());
    TimeRange::new(start, one.end().min(other.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |seconds| Timestamp::new(seconds, 1).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    fn text(start: i64, end: i64, x: f32, y: f32) -> ShownText {
        ShownText {
            range: range(start, end),
            region: Region {
                x: x - 0.2,
                y: y - 0.03,
                width: 0.4,
                height: 0.06,
            },
            score: 0.9,
        }
    }

    fn says_so(texts: &[ShownText]) -> bool {
        let speech = [range(0, 8), range(9, 20)];
        has_subtitles(texts, &speech, range(0, 20), &SubtitleRules::default())
    }

    /// Lines of three seconds each, one after the other.
    fn lines(count: i64, x: f32, y: f32) -> Vec<ShownText> {
        let times = (0..count).map(|n| (3 * n, 3 * n + 3));
        times.map(|(from, to)| text(from, to, x, y)).collect()
    }

    #[test]
    fn a_name_that_is_now_and_then_read_in_part_is_no_subtitle() {
        let name = |from, to, width| ShownText {
            region: Region {
                x: 0.51,
                width,
                ..text(from, to, 0.5, 0.7).region
            },
            ..text(from, to, 0.5, 0.7)
        };
        assert!(!says_so(&[
            name(0, 6, 0.095),
            name(6, 8, 0.055),
            name(8, 14, 0.095)
        ]));
    }

    #[test]
    fn lines_low_in_the_middle_that_change_with_the_speech_are_subtitles() {
        assert!(says_so(&lines(6, 0.5, 0.85)));
        assert!(says_so(&lines(3, 0.5, 0.85)));
        let two_at_once: Vec<_> = [lines(6, 0.5, 0.8), lines(6, 0.5, 0.88)].concat();
        assert!(says_so(&two_at_once));
    }

    #[test]
    fn names_titles_and_what_stays_are_none() {
        assert!(!says_so(&lines(6, 0.25, 0.85)));
        assert!(!says_so(&lines(6, 0.5, 0.3)));
        assert!(!says_so(&[text(0, 20, 0.5, 0.85)]));
        assert!(!says_so(&[text(3, 8, 0.5, 0.82), text(3, 8, 0.5, 0.88)]));
        assert!(!says_so(&lines(2, 0.5, 0.85)));
        assert!(!says_so(&[]));
    }

    #[test]
    fn without_speech_there_are_none() {
        let lines = lines(6, 0.5, 0.85);
        let rules = SubtitleRules::default();
        assert!(!has_subtitles(&lines, &[], range(0, 20), &rules));
        assert!(!has_subtitles(
            &lines,
            &[range(30, 40)],
            range(0, 20),
            &rules
        ));
    }
}
