//! Timelines for editors: a job's clips as EDL, FCPXML, OTIO and Final Cut Pro 7's XML, and chapters of the whole video.

use std::fs;

use anyhow::Context;

use crate::clips::Scored;
use crate::export::{
    self, Chapter, ClipRecord, Cutlist, CutlistEvent, CutlistSound, CutlistSource, edl, fcpxml,
    otio, xmeml,
};
use crate::pipeline::context::JobContext;
use crate::pipeline::stages::titles::find_headings;
use crate::pipeline::stages::tracks::VideoAnalysis;
use crate::timeline::{Counting, FrameRate, Paragraph, TimeRange, Transcript};

/// The file of chapters; there is none where a video has fewer than three.
const CHAPTERS: &str = "chapters.txt";

/// Writes the files of editors for clips and the candidates they were made from, and returns how many that are.
///
/// # Errors
/// When one cannot be written.
pub(crate) fn write(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    chapters: Option<String>,
    made: &[(&Scored, &ClipRecord)],
) -> anyhow::Result<u64> {
    let Some(whole) = video.range() else {
        return Ok(0);
    };
    let path = std::path::absolute(ctx.input()).context("name the file")?;
    let events: Vec<CutlistEvent<'_>> = made
        .iter()
        .map(|(scored, clip)| event(scored, clip))
        .collect();
    let list = Cutlist {
        title: &ctx.job.id,
        source: CutlistSource {
            path: &path,
            ..source(ctx, video, whole)
        },
        counting: counting(ctx),
        events: &events,
    };
    let mut files = vec![
        ("timeline.edl", edl(&list)),
        ("timeline.fcpxml", fcpxml(&list)),
        ("timeline.otio", otio(&list)),
        ("timeline.xml", xmeml(&list)),
    ];
    files.extend(chapters.map(|chapters| (CHAPTERS, chapters)));
    for (name, text) in &files {
        export::write_atomic(&ctx.folder().join(name), text.as_bytes())?;
    }
    if files.iter().all(|(name, _)| *name != CHAPTERS) {
        // One that is not there is as good as removed.
        let _ = fs::remove_file(ctx.folder().join(CHAPTERS));
    }
    Ok(files.len() as u64)
}

/// Returns the chapters of a video, one wherever the talk turns to another topic; `None` for fewer than three.
///
/// # Errors
/// What the model says that reads what is said.
pub(crate) fn chapters(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    said: Option<&Transcript>,
    paragraphs: &[Paragraph],
) -> anyhow::Result<Option<String>> {
    let Some(whole) = video.range() else {
        return Ok(None);
    };
    let ranges: Vec<TimeRange> = paragraphs.iter().map(|paragraph| paragraph.range).collect();
    let titles = find_headings(ctx, said, &ranges)?;
    let titled = ranges.iter().zip(&titles);
    let marks: Vec<Chapter<'_>> = titled
        .filter_map(|(range, heading)| {
            Some(Chapter {
                start: range.start(),
                title: &heading.as_ref()?.title,
            })
        })
        .collect();
    Ok(export::chapters(whole, &ctx.job.id, &marks))
}

/// Returns the job's video as editors know it, without its place.
fn source(ctx: &JobContext<'_>, video: &VideoAnalysis, range: TimeRange) -> CutlistSource<'static> {
    let stream = ctx.media().video.as_ref();
    let sound = ctx.media().audio.as_ref().map(|audio| CutlistSound {
        channels: audio.channels,
        sample_rate: audio.sample_rate,
    });
    let rate = FrameRate::editing(stream.and_then(|stream| stream.frame_rate));
    CutlistSource {
        path: "".as_ref(),
        pictures: ctx.media().picture.is_none(),
        size: stream.map_or((0, 0), |stream| stream.display_size()),
        rate,
        start: ctx.media().timecode.map_or(0, |start| start.frame(rate)),
        varies: video.frames.vfr,
        range,
        sound,
    }
}

/// Returns how frames are counted: as the file does, else so that labels keep to the clock.
fn counting(ctx: &JobContext<'_>) -> Counting {
    let timecode = ctx.media().timecode;
    timecode.map_or(Counting::DropFrame, |start| start.counting())
}

fn event<'a>(scored: &Scored, clip: &'a ClipRecord) -> CutlistEvent<'a> {
    CutlistEvent {
        rank: clip.rank,
        title: &clip.title,
        note: &clip.reason,
        range: scored.span.range,
    }
}
