//! Times that a person names for a job, held against when its video runs. Pure.

use std::fmt;
use std::time::Duration;

use crate::manifest::Job;
use crate::media::Media;
use crate::settings::RequiredMoment;
use crate::timeline::{TimeRange, Timestamp};

/// A header's length may be so much too short.
const LENGTH_SLACK: Duration = Duration::from_secs(1);

/// A time that a person named and that is no part of the video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOutside {
    asked: AskedTime,
    range: TimeRange,
    /// When the video runs.
    video: TimeRange,
}

/// What a person names a time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AskedTime {
    /// The part of the video that clips may be of.
    Range,
    /// What some clip must hold.
    MustInclude,
    /// Framing decided by a person.
    Override,
}

impl TimeOutside {
    /// Returns the stable word for it.
    pub(crate) fn class(&self) -> &'static str {
        match self.asked {
            AskedTime::Range => "range_outside",
            AskedTime::MustInclude => "must_include_outside",
            AskedTime::Override => "override_outside",
        }
    }
}

impl std::error::Error for TimeOutside {}

impl fmt::Display for TimeOutside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.asked {
            AskedTime::Range => "range",
            AskedTime::MustInclude => "must-include",
            AskedTime::Override => "an override",
        })?;
        let (range, video) = (self.range, self.video);
        if range.end() <= video.start() {
            write!(f, " ends at {}", range.end())?;
        } else {
            write!(f, " begins at {}", range.start())?;
        }
        let seconds = video.duration().as_secs_f64();
        write!(
            f,
            ", the video runs from {} to {}, {seconds:.1} s: name a time in it, or leave this one out",
            video.start(),
            video.end()
        )
    }
}

/// Returns when a file's pictures and sound run, by its header; `None` where that does not tell.
///
/// Where the clock of a file starts anew, its header knows of one part at most.
pub(crate) fn header_range(media: &Media) -> Option<TimeRange> {
    let start = media.start.unwrap_or(Timestamp::ZERO);
    let video = media.video.as_ref().and_then(|video| video.duration);
    let is_known = media.clock.is_plain() && !media.guessed_duration;
    let length = media.duration.max(video).filter(|_| is_known);
    TimeRange::new(start, start + length?)
}

/// Fails when a time that is named for a job lies wholly before or after its video.
///
/// # Errors
/// [`TimeOutside`], the first there is.
pub(crate) fn check_times(job: &Job, video: TimeRange) -> Result<(), TimeOutside> {
    let outside = find_outside(asked_times(job), video);
    outside.map_or(Ok(()), Err)
}

/// Returns the times that are named for a job.
fn asked_times(job: &Job) -> impl Iterator<Item = (AskedTime, TimeRange)> {
    let settings = &job.settings;
    let range = settings.range.range();
    let moments = settings.must_include.iter();
    let moments = moments.filter_map(|moment| match moment {
        RequiredMoment::During(range) => Some((AskedTime::MustInclude, *range)),
        RequiredMoment::Said(_) => None,
    });
    let overrides = job.overrides.iter();
    let overrides = overrides.map(|decided| (AskedTime::Override, decided.range));
    let range = range.map(|range| (AskedTime::Range, range));
    range.into_iter().chain(moments).chain(overrides)
}

fn find_outside(
    mut asked: impl Iterator<Item = (AskedTime, TimeRange)>,
    video: TimeRange,
) -> Option<TimeOutside> {
    let is_outside = |range: TimeRange| {
        range.start() >= video.end() + LENGTH_SLACK || range.end() <= video.start()
    };
    let (asked, range) = asked.find(|(_, range)| is_outside(*range))?;
    Some(TimeOutside {
        asked,
        range,
        video,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(seconds, 1).unwrap()
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(at(start), at(end)).unwrap()
    }

    /// Returns what is told of times in seconds, of a video from 01:00:00 to 01:01:02.
    fn told(asked: &[(AskedTime, i64, i64)]) -> Option<(&'static str, String)> {
        let asked = asked.iter();
        let asked = asked.map(|(asked, start, end)| (*asked, range(*start, *end)));
        let outside = find_outside(asked, range(3600, 3662))?;
        Some((outside.class(), outside.to_string()))
    }

    #[test]
    fn a_time_outside_of_the_video_is_told_with_where_the_video_runs() {
        use AskedTime::{MustInclude, Override, Range};
        let inside = [
            (Range, 0, 3601),
            (Range, 3661, 9000),
            (MustInclude, 3662, 3663),
            (Override, 0, 9000),
        ];
        assert_eq!(told(&inside), None);
        const RUNS: &str = "the video runs from 01:00:00.000 to 01:01:02.000, 62.0 s: name a time in it, or leave this one out";
        for (asked, class, text) in [
            (
                (Range, 5, 20),
                "range_outside",
                "range ends at 00:00:20.000",
            ),
            (
                (Range, 7200, 9000),
                "range_outside",
                "range begins at 02:00:00.000",
            ),
            (
                (MustInclude, 750, 751),
                "must_include_outside",
                "must-include ends at 00:12:31.000",
            ),
            (
                (Override, 4000, 9000),
                "override_outside",
                "an override begins at 01:06:40.000",
            ),
        ] {
            let line = format!("{text}, {RUNS}");
            assert_eq!(told(&[inside[0], asked]), Some((class, line)));
        }
    }

    #[test]
    fn a_header_tells_no_length_where_it_has_none_or_only_guesses() {
        let media = Media {
            start: Some(at(3600)),
            duration: Some(Duration::from_secs(62)),
            ..Media::default()
        };
        assert_eq!(header_range(&media), Some(range(3600, 3662)));
        let guessed = Media {
            guessed_duration: true,
            ..media.clone()
        };
        let unknown = Media {
            duration: None,
            ..media
        };
        assert_eq!([&guessed, &unknown].map(header_range), [None, None]);
    }
}
