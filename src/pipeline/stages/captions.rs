//! Captions: laid out for a job or a clip, written as files beside it, and as an ASS file to burn in.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::clips::captions::{
    Cue, CuePlace, CueRules, Surroundings, lay_out_cues, lay_out_sure_cues, places,
    without_doubtful_words,
};
use crate::export;
use crate::export::captions::{CaptionLook, CaptionPreset, ENDINGS, ass, files};
use crate::frame::Rect;
use crate::media::{FontChoice, Fonts, VideoStream, shown_letters};
use crate::pipeline::context::JobContext;
use crate::report::{Degradation, Warning};
use crate::settings::{Auto, CaptionStyle, Captions};
use crate::timeline::{Segment, TimeRange, Timestamp, Transcript};

/// Size that captions are made for; only a file without pictures has none of its own.
const USUAL_SIZE: (u32, u32) = (1920, 1080);
/// A frame of a video that does not tell its rate.
const USUAL_FRAME: Duration = Duration::from_millis(40);
/// The fonts that heavy styles are drawn in where none is asked for, the best first: the first one that has every letter.
const HEAVY_FONTS: [&str; 2] = ["Inter Black", USUAL_FONT];
/// The font that captions are drawn in where nothing else is asked for.
const USUAL_FONT: &str = "DejaVu Sans";

/// Captions of a whole job or of one clip, laid out for its pictures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CaptionLayout {
    /// What stands in files without a look.
    subtitles: Vec<Cue>,
    /// What stands in the picture.
    burned: Vec<Cue>,
    /// Where the latter stand.
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
/// `size` is that of the pictures; `shown` is when there are pictures, if that is known.
pub(crate) fn lay_out_captions(
    ctx: &JobContext<'_>,
    said: Option<&Transcript>,
    size: Option<(u32, u32)>,
    around: &Surroundings<'_>,
    shown: Option<TimeRange>,
) -> Option<CaptionLayout> {
    let wanted = ctx.job.settings.captions != Captions::Off;
    let said = said.filter(|said| wanted && !said.segments.is_empty())?;
    let source = || Some(ctx.media().video.as_ref()?.display_size());
    let size = size.or_else(source).unwrap_or(USUAL_SIZE);
    let within = |cues: Vec<Cue>| -> Vec<Cue> {
        let cut = |cue: Cue| match shown {
            Some(shown) => cue.within(shown),
            None => Some(cue),
        };
        cues.into_iter().filter_map(cut).collect()
    };
    let sure = without_doubtful_words(said);
    let (look, choice) = look_of(ctx, size, &sure);
    let rules = burned_rules(&look, frame(ctx));
    let burned = within(lay_out_sure_cues(sure, &rules, &|text| look.drawn(text)));
    Some(CaptionLayout {
        subtitles: within(lay_out_cues(said, &CueRules::subtitle(frame(ctx)))),
        choice,
        origin: shown.map_or(Timestamp::ZERO, TimeRange::start),
        places: places(&burned, around, &look.room()),
        burned,
        look,
        language: said.language.clone(),
    })
}

/// Returns the captions of a whole file, in the source's size; nothing is known of where its faces are.
pub(crate) fn lay_out_all_captions(
    ctx: &JobContext<'_>,
    said: Option<&Transcript>,
    shown: Option<TimeRange>,
) -> Option<CaptionLayout> {
    lay_out_captions(ctx, said, None, &Surroundings::default(), shown)
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
                    font: asked_font(ctx).unwrap_or(USUAL_FONT).to_owned(),
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
        ass(&self.burned, &self.look, &self.places)
    }

    /// Returns when there is something to read.
    pub(crate) fn times(&self) -> Vec<TimeRange> {
        self.burned.iter().map(Cue::range).collect()
    }

    /// Returns the area that text may stand in, in fractions of the picture.
    pub(crate) fn area(&self) -> Rect {
        let room = self.look.room();
        Rect {
            x: room.side,
            y: room.top,
            width: 1.0 - 2.0 * room.side,
            height: 1.0 - room.top - room.lowest,
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
        subtitles,
        burned,
        places,
        look,
        language,
        origin,
        choice: _,
    } = layout;
    let mut names = Vec::new();
    for (ending, text) in files(subtitles, (burned, look, places), language, *origin) {
        let name = format!("{stem}.{ending}");
        export::write_atomic(&ctx.folder().join(&name), text.as_bytes())?;
        names.push(name);
    }
    Ok(names)
}

/// Returns what cues in the picture may be: those for a phone are short, others are subtitles with fewer columns.
fn burned_rules(look: &CaptionLook, frame: Duration) -> CueRules {
    let (punch, subtitle) = (CueRules::punch(), CueRules::subtitle(frame));
    let usual = match look.preset {
        CaptionPreset::Punch => punch,
        CaptionPreset::Clean | CaptionPreset::Karaoke | CaptionPreset::Bold => subtitle,
    };
    CueRules {
        columns: look.columns(),
        longest_word: punch.longest_word,
        ..usual
    }
}

/// Returns how captions of these words look on pictures of this size, and how their font was chosen.
fn look_of(ctx: &JobContext<'_>, size: (u32, u32), said: &Transcript) -> (CaptionLook, FontChoice) {
    let mut look = CaptionLook::new(preset(ctx, size), size);
    look.language.clone_from(&said.language);
    let mut letters: BTreeSet<char> = said
        .words()
        .flat_map(|word| shown_letters(&word.text))
        .collect();
    let of_text = |segment: &Segment| shown_letters(&segment.text);
    letters.extend(said.segments.iter().flat_map(of_text));
    let fonts = ctx.services.fonts();
    let (font, choice) = match asked_font(ctx) {
        Some(asked) => (asked, fonts.choose(asked, &letters, &said.language)),
        None => own_font(fonts, &look, &letters, &said.language),
    };
    look.font = match &choice {
        FontChoice::Other { family, .. } => family.clone(),
        _ => font.to_owned(),
    };
    letters.insert(' ');
    look.letters = fonts.widths(&look.font, look.preset.is_heavy(), &letters);
    (look, choice)
}

/// Returns the font of a style where none is asked for.
fn own_font(
    fonts: &Fonts,
    look: &CaptionLook,
    letters: &BTreeSet<char>,
    language: &str,
) -> (&'static str, FontChoice) {
    let is_punch = look.preset == CaptionPreset::Punch;
    let heavy = HEAVY_FONTS.into_iter().filter(|_| is_punch);
    let there = heavy.filter(|font| fonts.digest(font).is_some());
    let mut chosen = there.map(|font| (font, fonts.choose(font, letters, language)));
    let whole = chosen.find(|(_, choice)| *choice == FontChoice::Asked);
    whole.unwrap_or_else(|| (USUAL_FONT, fonts.choose(USUAL_FONT, letters, language)))
}

fn asked_font<'c>(ctx: &'c JobContext<'_>) -> Option<&'c str> {
    match &ctx.job.settings.caption_font {
        Auto::Auto => None,
        Auto::Set(font) => Some(font),
    }
}

/// Returns the style of the captions: left open, that for a phone on pictures not wider than high.
fn preset(ctx: &JobContext<'_>, (width, height): (u32, u32)) -> CaptionPreset {
    let for_a_phone = width <= height;
    let fitting = || {
        if for_a_phone {
            CaptionStyle::Punch
        } else {
            CaptionStyle::Clean
        }
    };
    match ctx.job.settings.caption_style.or_else(fitting) {
        CaptionStyle::Punch => CaptionPreset::Punch,
        CaptionStyle::Clean => CaptionPreset::Clean,
        CaptionStyle::Karaoke => CaptionPreset::Karaoke,
        CaptionStyle::Bold => CaptionPreset::Bold,
    }
}

/// Returns how long a frame lasts on average.
fn frame(ctx: &JobContext<'_>) -> Duration {
    let rate = ctx
        .media()
        .video
        .as_ref()
        .and_then(VideoStream::picture_rate);
    match rate {
        Some((num, den)) if num > 0 && den > 0 => {
            Duration::from_secs_f64(f64::from(den) / f64::from(num))
        }
        _ => USUAL_FRAME,
    }
}
