//! Text in the picture that viewers have the time to read, as framing, captions and covers of a clip need it. Pure.

use std::time::Duration;

use super::tracks::VideoAnalysis;
use crate::analysis::picture_text::{ShownText, SubtitleRules, has_subtitles};
use crate::clips::reframe::Framing;
use crate::frame::Rect;
use crate::timeline::{TimeRange, Timestamp, Transcript};

/// What is shown for less time nobody reads.
const SHORTEST: Duration = Duration::from_secs(1);
/// What is lower than this nobody can read on a telephone, in heights of the picture.
const LOWEST: f32 = 0.015;
/// Share of the time with text in which some may be cut where nothing is more important.
const MOST_CUT: f64 = 0.1;
/// From one place of a line on a clip to the next: as faces are found.
const STEP: Duration = Duration::from_millis(200);

/// Returns the lines of a range that last a second or more in it, cut to it; in fractions of the upright picture.
pub(crate) fn lasting_texts(video: &VideoAnalysis, range: TimeRange) -> Vec<(TimeRange, Rect)> {
    let lines = video.texts.iter();
    lines.filter_map(|text| lasting(text, range)).collect()
}

fn lasting(text: &ShownText, range: TimeRange) -> Option<(TimeRange, Rect)> {
    let start = text.range.start().max(range.start());
    let shown = TimeRange::new(start, text.range.end().min(range.end()))?;
    let counts = shown.duration() >= SHORTEST && text.region.height >= LOWEST;
    counts.then(|| (shown, text.region.into()))
}

/// The text in the pictures of a clip.
#[derive(Debug)]
pub(crate) struct ClipText {
    /// Lines that last, in fractions of the source's upright picture and on its clock.
    pub(crate) lines: Vec<(TimeRange, Rect)>,
    /// Whether the pictures say themselves what is spoken.
    pub(crate) says_itself: bool,
}

impl ClipText {
    /// Returns the text of a clip of this range of a video in which this is said.
    pub(crate) fn new(video: &VideoAnalysis, said: Option<&Transcript>, range: TimeRange) -> Self {
        let segments = said.into_iter().flat_map(|said| &said.segments);
        let speech: Vec<TimeRange> = segments.map(|segment| segment.range).collect();
        let rules = SubtitleRules::default();
        Self {
            lines: lasting_texts(video, range),
            says_itself: has_subtitles(&video.texts, &speech, range, &rules),
        }
    }

    /// Returns where lines are seen on the clip's own pictures and on its own clock, five times a second.
    pub(crate) fn on_clip(
        &self,
        range: TimeRange,
        framings: Option<&[Framing]>,
    ) -> Vec<(Timestamp, Rect)> {
        let mut places = Vec::new();
        for &(shown, line) in &self.lines {
            let times = std::iter::successors(Some(shown.start()), |time| Some(*time + STEP));
            for time in times.take_while(|time| *time < shown.end()) {
                let own = time - range.start();
                let Some(framings) = framings else {
                    places.push((own, line));
                    continue;
                };
                let now = framings.iter().find(|f| f.range.contains(time));
                let seen = now.into_iter().flat_map(|f| f.seen(time, line));
                places.extend(seen.map(|line| (own, line)));
            }
        }
        places
    }

    /// Returns the share of the time with text in which a line may be cut by the clip's edge.
    ///
    /// Where there are faces they come first: behind a speaker there may be a wall of letters. What viewers are to read
    /// while somebody speaks must be whole all the same.
    pub(crate) fn cut_limit(&self, faces: &[(Timestamp, Rect)]) -> f64 {
        if faces.is_empty() || self.says_itself {
            MOST_CUT
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |tenths| Timestamp::new(tenths, 10).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    fn text(height: f32) -> ShownText {
        ShownText {
            range: range(20, 60),
            region: Region {
                x: 0.25,
                y: 0.5,
                width: 0.5,
                height,
            },
            score: 0.9,
        }
    }

    #[test]
    fn a_line_lasts_that_is_shown_for_a_second_of_the_clip() {
        let shown = |clip| lasting(&text(0.05), clip).map(|(shown, _)| shown);
        assert_eq!(shown(range(0, 100)), Some(range(20, 60)));
        assert_eq!(shown(range(40, 100)), Some(range(40, 60)));
        assert_eq!(shown(range(51, 100)), None);
        assert_eq!(shown(range(70, 100)), None);
        assert_eq!(lasting(&text(0.01), range(0, 100)), None);
    }

    #[test]
    fn lines_stand_on_the_clip_five_times_a_second_on_its_own_clock() {
        let line = Rect::from(text(0.05).region);
        let text = ClipText {
            lines: vec![(range(20, 30), line)],
            says_itself: false,
        };
        let places = text.on_clip(range(10, 60), None);
        let times: Vec<i64> = places.iter().map(|(t, _)| t.to_ticks(1, 10)).collect();
        assert_eq!(times, [10, 12, 14, 16, 18]);
        assert!(places.iter().all(|(_, place)| *place == line));
    }

    #[test]
    fn faces_come_before_text_but_not_before_subtitles() {
        let limit = |says_itself, faces: &[(Timestamp, Rect)]| {
            let lines = Vec::new();
            ClipText { lines, says_itself }.cut_limit(faces)
        };
        let face = [(Timestamp::ZERO, Rect::WHOLE)];
        assert_eq!(limit(false, &[]), MOST_CUT);
        assert_eq!(limit(false, &face), 1.0);
        assert_eq!(limit(true, &face), MOST_CUT);
    }
}
