//! Captions: laid out for a job or a clip, written as files beside it, and as an ASS file to burn in.

use std::fs;
use std::time::Duration;

use crate::clips::captions::{Cue, CuePlace, CueRules, lay_out_cues, places};
use crate::export;
use crate::export::captions::{CaptionLook, CaptionPreset, ENDINGS, ass, files};
use crate::frame::Rect;
use crate::pipeline::context::JobContext;
use crate::settings::{CaptionStyle, Captions};
use crate::timeline::{TimeRange, Timestamp, Transcript};

/// Columns that captions are made for; only a file without pictures has none of its own.
const USUAL_SIZE: (u32, u32) = (1920, 1080);
/// A frame of a video that does not tell its rate.
const USUAL_FRAME: Duration = Duration::from_millis(40);

/// Captions of a whole job or of one clip, laid out for its pictures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CaptionLayout {
    cues: Vec<Cue>,
    places: Vec<CuePlace>,
    look: CaptionLook,
    language: String,
}

/// Returns the captions of `said`, whose times count from where the captions' own do; none where none are wanted or
/// nothing is said.
///
/// `size` is that of the pictures, `faces` are in fractions of them; nothing is shown after `end`.
pub(crate) fn lay_out_captions(
    ctx: &JobContext<'_>,
    said: Option<&Transcript>,
    size: Option<(u32, u32)>,
    faces: &[(Timestamp, Rect)],
    end: Option<Timestamp>,
) -> Option<CaptionLayout> {
    let wanted = ctx.job.settings.captions != Captions::Off;
    let said = said.filter(|said| wanted && !said.segments.is_empty())?;
    let source = || Some(ctx.media().video.as_ref()?.display_size());
    let size = size.or_else(source).unwrap_or(USUAL_SIZE);
    let usual = CueRules::for_frame(frame(ctx));
    let rules = CueRules {
        columns: columns(usual.columns, size),
        ..usual
    };
    let look = look_of(ctx, size, rules.columns);
    let cues = lay_out_cues(said, &rules).into_iter();
    let cues: Vec<Cue> = cues
        .filter_map(|cue| match end {
            Some(end) => cue.until(end),
            None => Some(cue),
        })
        .collect();
    Some(CaptionLayout {
        places: places(&cues, faces, &look.room()),
        cues,
        look,
        language: said.language.clone(),
    })
}

impl CaptionLayout {
    /// Returns the ASS file that is burned in.
    pub(crate) fn ass(&self) -> String {
        ass(&self.cues, &self.look, &self.places)
    }

    /// Returns when there is something to read.
    pub(crate) fn times(&self) -> Vec<TimeRange> {
        self.cues.iter().map(Cue::range).collect()
    }

    /// Returns the area that text may stand in, in fractions of the picture.
    pub(crate) fn area(&self) -> Rect {
        let room = self.look.room();
        Rect {
            x: room.side,
            y: room.end,
            width: 1.0 - 2.0 * room.side,
            height: 1.0 - 2.0 * room.end,
        }
    }
}

/// Writes caption files and returns their names; `stem` is their name in the job's folder without its ending.
///
/// Files that an earlier run left under these names and that have no use now are removed.
pub(crate) fn write_captions(
    ctx: &JobContext<'_>,
    layout: Option<&CaptionLayout>,
    stem: &str,
) -> anyhow::Result<Vec<String>> {
    let Some(layout) = layout else {
        for ending in ENDINGS {
            // One that is not there is as good as removed.
            let _ = fs::remove_file(ctx.folder().join(format!("{stem}.{ending}")));
        }
        return Ok(Vec::new());
    };
    let CaptionLayout {
        cues,
        places,
        look,
        language,
    } = layout;
    let mut names = Vec::new();
    for (ending, text) in files(cues, look, places, language) {
        let name = format!("{stem}.{ending}");
        export::write_atomic(&ctx.folder().join(&name), text.as_bytes())?;
        names.push(name);
    }
    Ok(names)
}

/// Returns the columns of a line: fewer on pictures that are higher than wide, where letters would be too small to read.
fn columns(usual: usize, (width, height): (u32, u32)) -> usize {
    let shape = f64::from(width) / f64::from(height.max(1));
    (usual as f64 * shape.min(1.0)).round() as usize
}

/// Returns how captions look on pictures of this size.
fn look_of(ctx: &JobContext<'_>, size: (u32, u32), columns: usize) -> CaptionLook {
    let preset = match ctx.job.settings.caption_style {
        CaptionStyle::Clean => CaptionPreset::Clean,
        CaptionStyle::Karaoke => CaptionPreset::Karaoke,
        CaptionStyle::Bold => CaptionPreset::Bold,
    };
    CaptionLook {
        font: ctx.job.settings.caption_font.clone(),
        ..CaptionLook::new(preset, size, columns)
    }
}

/// Returns how long a frame lasts on average.
fn frame(ctx: &JobContext<'_>) -> Duration {
    let rate = ctx
        .media()
        .video
        .as_ref()
        .and_then(|video| video.frame_rate);
    match rate {
        Some((num, den)) if num > 0 && den > 0 => {
            Duration::from_secs_f64(f64::from(den) / f64::from(num))
        }
        _ => USUAL_FRAME,
    }
}
