//! Captions: laid out for a job or a clip, written as files beside it, and as an ASS file to burn in.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::clips::captions::{Cue, CueLine, CuePlace, CueRules, lay_out_cues, places};
use crate::export;
use crate::export::captions::{CaptionLook, CaptionPreset, ENDINGS, ass, files};
use crate::frame::Rect;
use crate::media::{FontChoice, shown_letters};
use crate::pipeline::context::JobContext;
use crate::report::{Degradation, Warning};
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
    /// How the font of `look` was chosen.
    choice: FontChoice,
    /// When the first picture is shown.
    origin: Timestamp,
}

/// Returns the captions of `said`, whose times count from where the captions' own do; none where none are wanted or
/// nothing is said.
///
/// `size` is that of the pictures, `faces` are in fractions of them; `shown` is when there are pictures, if that is known.
pub(crate) fn lay_out_captions(
    ctx: &JobContext<'_>,
    said: Option<&Transcript>,
    size: Option<(u32, u32)>,
    faces: &[(Timestamp, Rect)],
    shown: Option<TimeRange>,
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
    let cues = lay_out_cues(said, &rules).into_iter();
    let cues: Vec<Cue> = cues
        .filter_map(|cue| match shown {
            Some(shown) => cue.within(shown),
            None => Some(cue),
        })
        .collect();
    let choice = choose_font(ctx, &cues, &said.language);
    let look = look_of(ctx, size, rules.columns, &choice);
    Some(CaptionLayout {
        choice,
        origin: shown.map_or(Timestamp::ZERO, TimeRange::start),
        places: places(&cues, faces, &look.room()),
        cues,
        look,
        language: said.language.clone(),
    })
}

/// What was told of the fonts of a job's clips: the same is told once.
#[derive(Debug, Default)]
pub(crate) struct FontNotices(BTreeSet<FontChoice>);

impl FontNotices {
    /// Tells what is not drawn in the font that was asked for.
    pub(crate) fn tell(&mut self, ctx: &JobContext<'_>, choice: Option<&FontChoice>) {
        let Some(choice) = choice.filter(|choice| self.0.insert((*choice).clone())) else {
            return;
        };
        match choice {
            FontChoice::Asked | FontChoice::Several(_) => {}
            FontChoice::Other { family, script } => {
                ctx.services.events.degraded(Degradation::CaptionFont {
                    job: ctx.job.id.clone(),
                    font: ctx.job.settings.caption_font.clone(),
                    script: script.clone(),
                    instead: family.clone(),
                });
            }
            FontChoice::Missing(missing) => ctx.events.warn(Warning::LettersMissing {
                script: missing.script.clone(),
                package: missing.package.clone(),
            }),
        }
    }
}

impl CaptionLayout {
    /// Returns the font that they are drawn in, and how it was chosen.
    pub(crate) fn font(&self) -> (&str, &FontChoice) {
        (&self.look.font, &self.choice)
    }

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
        origin,
        choice: _,
    } = layout;
    let mut names = Vec::new();
    for (ending, text) in files(cues, look, places, language, *origin) {
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

/// Chooses the font that has the letters of these cues.
fn choose_font(ctx: &JobContext<'_>, cues: &[Cue], language: &str) -> FontChoice {
    let texts = cues.iter().flat_map(Cue::lines).map(CueLine::text);
    let shown = texts.flat_map(|text| shown_letters(&text)).collect();
    let asked = &ctx.job.settings.caption_font;
    ctx.services.fonts().choose(asked, &shown, language)
}

/// Returns how captions look on pictures of this size.
fn look_of(
    ctx: &JobContext<'_>,
    size: (u32, u32),
    columns: usize,
    choice: &FontChoice,
) -> CaptionLook {
    let preset = match ctx.job.settings.caption_style {
        CaptionStyle::Clean => CaptionPreset::Clean,
        CaptionStyle::Karaoke => CaptionPreset::Karaoke,
        CaptionStyle::Bold => CaptionPreset::Bold,
    };
    let font = match choice {
        FontChoice::Other { family, .. } => family,
        _ => &ctx.job.settings.caption_font,
    };
    CaptionLook {
        font: font.clone(),
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
