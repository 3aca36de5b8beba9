//! What editors are given of a job: its clips on a timeline in three languages, and chapters of the whole video.

use std::fs;

use anyhow::Context;

use super::heading::headings;
use super::job::Work;
use super::seen::Seen;
use crate::clips::Scored;
use crate::export::{self, Chapter, Clip, Cutlist, Event, Sound, Source, edl, fcpxml, otio};
use crate::timeline::{Counting, FrameRate, Paragraph, TimeRange, Transcript};

/// The file of chapters; there is none where a video has fewer than three.
const CHAPTERS: &str = "chapters.txt";

/// Writes the files of editors for clips and the candidates they were made from, and returns how many that are.
///
/// # Errors
/// When one cannot be written.
pub(super) fn write(
    work: &Work<'_>,
    seen: &Seen,
    chapters: Option<String>,
    made: &[(&Scored, &Clip)],
) -> anyhow::Result<u64> {
    let Some(whole) = seen.range() else {
        return Ok(0);
    };
    let path = std::path::absolute(work.input()).context("name the file")?;
    let events: Vec<Event<'_>> = made
        .iter()
        .map(|(scored, clip)| event(scored, clip))
        .collect();
    let list = Cutlist {
        title: &work.job.id,
        source: Source {
            path: &path,
            ..source(work, seen, whole)
        },
        counting: Counting::DropFrame,
        events: &events,
    };
    let mut files = vec![
        ("timeline.edl", edl(&list)),
        ("timeline.fcpxml", fcpxml(&list)),
        ("timeline.otio", otio(&list)),
    ];
    files.extend(chapters.map(|chapters| (CHAPTERS, chapters)));
    for (name, text) in &files {
        export::write_atomic(&work.folder().join(name), text.as_bytes())?;
    }
    if files.iter().all(|(name, _)| *name != CHAPTERS) {
        // One that is not there is as good as removed.
        let _ = fs::remove_file(work.folder().join(CHAPTERS));
    }
    Ok(files.len() as u64)
}

/// Returns the chapters of a video, one wherever the talk turns to another topic; `None` for fewer than three.
///
/// # Errors
/// What the model says that reads what is said.
pub(super) fn chapters(
    work: &Work<'_>,
    seen: &Seen,
    said: Option<&Transcript>,
    paragraphs: &[Paragraph],
) -> anyhow::Result<Option<String>> {
    let Some(whole) = seen.range() else {
        return Ok(None);
    };
    let ranges: Vec<TimeRange> = paragraphs.iter().map(|paragraph| paragraph.range).collect();
    let titles = headings(work, said, &ranges)?;
    let titled = ranges.iter().zip(&titles);
    let marks: Vec<Chapter<'_>> = titled
        .filter_map(|(range, heading)| {
            Some(Chapter {
                start: range.start(),
                title: &heading.as_ref()?.title,
            })
        })
        .collect();
    Ok(export::chapters(whole, &work.job.id, &marks))
}

/// Returns the job's video as editors know it, without its place.
fn source(work: &Work<'_>, seen: &Seen, range: TimeRange) -> Source<'static> {
    let video = work.media.video.as_ref();
    let sound = work.media.audio.as_ref().map(|audio| Sound {
        channels: audio.channels,
        sample_rate: audio.sample_rate,
    });
    Source {
        path: "".as_ref(),
        size: video.map_or((0, 0), |video| video.display_size()),
        rate: FrameRate::editing(video.and_then(|video| video.frame_rate)),
        varies: seen.pass.vfr,
        range,
        sound,
    }
}

fn event<'a>(scored: &Scored, clip: &'a Clip) -> Event<'a> {
    Event {
        rank: clip.rank,
        title: &clip.title,
        note: &clip.reason,
        range: scored.span.range,
    }
}
