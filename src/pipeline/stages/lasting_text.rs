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
