//! Entries of clips in the result files: what is said, shown and measured of each.

use std::path::Path;

use super::story::Story;
use crate::clips::Scored;
use crate::clips::judge::{self, PlannedClip, Remark};
use crate::clips::reframe::Framing;
use crate::clips::title::Heading;
use crate::export::{self, CheckRecord, ClipRecord, Evidence, RemarkRecord, Verification};
use crate::media;
use crate::pipeline::context::JobContext;
use crate::pipeline::outcome::ClipBroken;
use crate::pipeline::output::candidates::{contributions, signals, title};
use crate::pipeline::stages::reframe::crop_parts;
use crate::timeline::TimeRange;

/// Returns what an editor would say of a clip, from what is known before it is made.
pub(super) fn judge_plan(
    ctx: &JobContext<'_>,
    story: &Story<'_>,
    range: TimeRange,
    framings: Option<&[Framing]>,
) -> Vec<Remark> {
    let stream = ctx.media().video.as_ref();
    let empty: Vec<TimeRange> = story
        .video
        .vision
        .iter()
        .flat_map(|vision| vision.look.empty())
        .collect();
    let rows = stream.map_or(1, |stream| stream.display_size().1);
    let size = ctx.job.settings.aspect.size();
    judge::judge(&PlannedClip {
        range,
        transcript: story.transcript,
        shots: &story.video.shots,
        framings: framings.unwrap_or_default(),
        empty: &empty,
        rows: (rows, size.map_or(rows, |size| size.1)),
    })
}

/// Returns all that was measured of a clip, before and after it was made.
pub(super) fn evidence(
    file: String,
    quality: f64,
    remarks: Vec<Remark>,
    verify: Verification,
) -> Evidence {
    let remarks = remarks.into_iter().map(|remark| RemarkRecord {
        check: CheckRecord {
            name: remark.name.to_owned(),
            ok: remark.is_well(),
            value: Some(remark.value),
            limit: Some(remark.limit),
        },
        words: remark.words,
    });
    Evidence {
        schema: 1,
        file,
        quality,
        remarks: remarks.collect(),
        verify,
    }
}

pub(super) fn check(check: media::Check) -> CheckRecord {
    let media::Check {
        name,
        ok,
        value,
        limit,
    } = check;
    CheckRecord {
        name,
        ok,
        value: Some(value),
        limit: Some(limit),
    }
}

/// Returns what is wrong with a clip that did not pass.
pub(super) fn find_broken(clip: &ClipRecord) -> Option<ClipBroken> {
    let verify = clip.verify.as_ref().filter(|verify| !verify.ok)?;
    let failed = verify.checks.iter().filter(|check| !check.ok);
    let failed: Vec<String> = failed
        .map(|c| format!("{} {:?} limit {:?}", c.name, c.value, c.limit))
        .collect();
    Some(ClipBroken {
        file: format!("clip {}, {}", clip.rank, clip.title),
        checks: failed.join(", "),
    })
}

/// Returns the entry of a clip that is not made yet.
pub(super) fn clip_entry(
    rank: u32,
    scored: &Scored,
    heading: Heading,
    (framings, remarks): (Option<&[Framing]>, &[Remark]),
) -> ClipRecord {
    let Heading {
        title,
        hook,
        keywords,
        hashtags,
    } = heading;
    let faults = remarks.iter().filter(|remark| !remark.is_well());
    ClipRecord {
        rank,
        start: scored.span.range.start().into(),
        end: scored.span.range.end().into(),
        score: scored.score,
        file: Some(format!("clips/{}", export::clip_file_name(rank, &title))),
        title,
        hook,
        keywords,
        hashtags,
        reason: scored.reason.clone(),
        signals: signals(scored),
        contributions: contributions(scored),
        captions: Vec::new(),
        thumbnail: None,
        contact_sheet: None,
        crop: framings.map(crop_parts).unwrap_or_default(),
        quality: Some(judge::quality(remarks)),
        notes: faults.map(|remark| remark.words.clone()).collect(),
        evidence: None,
        verify: None,
    }
}

/// Returns the heading of a clip in which nothing is said: what was read in it, else its file and time.
pub(super) fn wordless(scored: &Scored, input: &Path, read: Option<String>) -> Heading {
    Heading {
        title: read.unwrap_or_else(|| title(scored, input)),
        hook: None,
        keywords: Vec::new(),
        hashtags: Vec::new(),
    }
}
