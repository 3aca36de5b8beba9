//! What is said, as caption files beside the analysis and beside each clip.

use std::fs;
use std::time::Duration;

use super::job::Work;
use crate::clips::captions::{CueRules, cues};
use crate::export;
use crate::export::captions::{ENDINGS, Look, Preset, files};
use crate::settings::{CaptionStyle, Captions};
use crate::timeline::Transcript;

/// Columns that captions are made for; only a file without pictures has none of its own.
const USUAL_SIZE: (u32, u32) = (1920, 1080);
/// A frame of a video that does not tell its rate.
const USUAL_FRAME: Duration = Duration::from_millis(40);

/// Writes the captions of `said`, whose times count from where the captions' own do, and returns the files' names.
///
/// `stem` is the files' name in the job's folder without its ending. Files that an earlier run left under these names and
/// that have no use now are removed.
pub(super) fn write(
    work: &Work<'_>,
    said: Option<&Transcript>,
    stem: &str,
) -> anyhow::Result<Vec<String>> {
    let wanted = work.job.settings.captions != Captions::Off;
    let Some(said) = said.filter(|said| wanted && !said.segments.is_empty()) else {
        for ending in ENDINGS {
            // One that is not there is as good as removed.
            let _ = fs::remove_file(work.folder().join(format!("{stem}.{ending}")));
        }
        return Ok(Vec::new());
    };
    let rules = CueRules::for_frame(frame(work));
    let cues = cues(said, &rules);
    let mut names = Vec::new();
    for (ending, text) in files(&cues, &look(work, rules.columns), &said.language) {
        let name = format!("{stem}.{ending}");
        export::write_atomic(&work.folder().join(&name), text.as_bytes())?;
        names.push(name);
    }
    Ok(names)
}

/// Returns how captions look on the job's pictures.
fn look(work: &Work<'_>, columns: usize) -> Look {
    let preset = match work.job.settings.caption_style {
        CaptionStyle::Clean => Preset::Clean,
        CaptionStyle::Karaoke => Preset::Karaoke,
        CaptionStyle::Bold => Preset::Bold,
    };
    let video = work.media.video.as_ref();
    Look::new(
        preset,
        video.map_or(USUAL_SIZE, |v| v.display_size()),
        columns,
    )
}

/// Returns how long a frame lasts on average.
fn frame(work: &Work<'_>) -> Duration {
    let rate = work.media.video.as_ref().and_then(|video| video.frame_rate);
    match rate {
        Some((num, den)) if num > 0 && den > 0 => {
            Duration::from_secs_f64(f64::from(den) / f64::from(num))
        }
        _ => USUAL_FRAME,
    }
}
