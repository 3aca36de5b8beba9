//! Kept clips: what was rendered and passed is recognised by its key and by the digests of its files.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::worker::{ClipOutcome, RenderJob, sheet_of};
use crate::cache::{Key, KeyBuilder, content_digest};
use crate::media;
use crate::pipeline::cached::{Record, with_mixed, with_picture, with_value};
use crate::pipeline::context::JobContext;
use crate::timeline::TimeRange;

/// What is kept of a clip that was rendered and passed.
#[derive(Serialize, Deserialize)]
struct KeptClip {
    /// Of the clip, its cover and its sheet, as far as there are such.
    digests: Vec<[u8; 32]>,
    outcome: ClipOutcome,
}

/// Returns the key of a clip: the video's bytes and streams, everything about how it is made and what it is checked for,
/// and what makes it.
pub(crate) fn clip_key(ctx: &JobContext<'_>, job: &RenderJob) -> Key {
    let media = ctx.media();
    let video = media.video.as_ref().map(|video| video.stream);
    let audio = media.audio.as_ref().map(|audio| audio.stream);
    let versions = media::versions();
    let key = Record::Clip
        .key()
        .field(ctx.content())
        .field(versions.codec.as_bytes())
        .field(versions.filter.as_bytes());
    let key = with_value(with_range(key, job.range), &(video, audio));
    let key = with_picture(with_mixed(key, media), media);
    let key = with_value(key, &job.settings);
    let key = with_value(key, &(&job.cover, &job.people.faces, &job.people.heads));
    let key = with_value(key, &(&job.texts, job.text_limit));
    match &job.settings.burn {
        Some(burn) => with_value(key, &ctx.services.font_digest(&burn.font)),
        None => key,
    }
    .finish()
}

fn with_range(key: KeyBuilder, range: TimeRange) -> KeyBuilder {
    [range.start(), range.end()].iter().fold(key, |key, time| {
        let (num, den) = time.fraction();
        key.field(&num.to_le_bytes()).field(&den.to_le_bytes())
    })
}

/// Returns what is known of a clip that is there and byte for byte what was rendered and passed.
pub(crate) fn still_right(ctx: &JobContext<'_>, key: &Key, target: &Path) -> Option<ClipOutcome> {
    if ctx.config.fresh || !target.is_file() {
        return None;
    }
    let kept: KeptClip = ctx.services.cache.get(Record::Clip, key)?;
    let same = digests(target, &kept.outcome)? == kept.digests;
    same.then_some(kept.outcome)
}

/// Keeps what is known of a clip that passed.
///
/// # Errors
/// That the source changed meanwhile.
pub(crate) fn remember(
    ctx: &JobContext<'_>,
    key: &Key,
    target: &Path,
    outcome: &ClipOutcome,
) -> anyhow::Result<()> {
    let Some(digests) = digests(target, outcome) else {
        return Ok(());
    };
    let outcome = outcome.clone();
    ctx.keep(Record::Clip, key, &KeptClip { digests, outcome })
}

/// Returns the digests of the files of a clip; none where one is missing.
fn digests(target: &Path, outcome: &ClipOutcome) -> Option<Vec<[u8; 32]>> {
    let cover = outcome.cover.then(|| target.with_extension("jpg"));
    let sheet = outcome.sheet.then(|| sheet_of(target));
    let files = [Some(target.to_owned()), cover, sheet];
    let digest = |file: PathBuf| Some(*content_digest(&file).ok()?.as_bytes());
    files.into_iter().flatten().map(digest).collect()
}
