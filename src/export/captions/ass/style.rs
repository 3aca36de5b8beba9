//! ASS styles of the captions.

use std::collections::BTreeMap;

use crate::clips::captions::{Room, columns};

/// The look of captions on a picture of a certain size.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionLook {
    /// Which style.
    pub preset: CaptionPreset,
    /// Pixels across, of the picture that they are burned into.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Where no text may stand.
    pub margins: Margins,
    /// Name of an installed font; FFmpeg takes another one when it is missing.
    pub font: String,
    /// Code of the language; empty where it is not known.
    pub language: String,
    /// Width of each letter in font sizes; one that is not here counts by its columns.
    pub letters: BTreeMap<char, f64>,
}

/// A style of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionPreset {
    /// A few very large words at a time, the spoken one yellow: for a phone.
    Punch,
    /// White with a thin black outline.
    Clean,
    /// Large; each word turns from white to yellow when it is spoken.
    Karaoke,
    /// Large and heavy on one dark box.
    Bold,
}

/// Pixels at the edges that hold no text: the safe area is what they leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// At the left and at the right.
    pub side: u32,
    /// At the top.
    pub top: u32,
    /// At the bottom.
    pub bottom: u32,
    /// At the bottom for a cue that gives way to something.
    pub lowest: u32,
}

/// Shape from which on a picture is shown on a whole phone, width by height: 9:16 and a little more.
const UPRIGHT: f64 = 0.62;

impl Margins {
    /// Returns a tenth at each side; of a picture that fills a phone what its players leave free of buttons and texts:
    /// of 1080x1920 the columns 180 to 900 and the rows 250 to 1380, or 1460 for a cue that gives way.
    pub fn of(width: u32, height: u32) -> Self {
        let (across, down) = (f64::from(width), f64::from(height));
        let part = |side: f64, share: f64| (side * share).round() as u32;
        if across < UPRIGHT * down {
            Self {
                side: part(across, 1.0 / 6.0),
                top: part(down, 0.13),
                bottom: part(down, 0.281),
                lowest: part(down, 0.24),
            }
        } else {
            Self {
                side: width / 10,
                top: height / 10,
                bottom: height / 10,
                lowest: height / 10,
            }
        }
    }
}

impl CaptionLook {
    /// Returns a look in DejaVu Sans with the usual margins.
    pub fn new(preset: CaptionPreset, (width, height): (u32, u32)) -> Self {
        Self {
            preset,
            width,
            height,
            margins: Margins::of(width, height),
            font: "DejaVu Sans".into(),
            language: String::new(),
            letters: BTreeMap::new(),
        }
    }

    /// Returns the room that its cues have, to choose their places by.
    pub fn room(&self) -> Room {
        let (width, height) = (f64::from(self.width.max(1)), f64::from(self.height.max(1)));
        let down = |pixels: u32| f64::from(pixels) / height;
        Room {
            side: f64::from(self.margins.side) / width,
            top: down(self.margins.top),
            bottom: down(self.margins.bottom),
            lowest: down(self.margins.lowest),
            line: f64::from(self.size()) * LINE / height,
        }
    }

    /// Returns the columns of a line: as many letters of usual width as stand between the margins, 42 at most.
    pub fn columns(&self) -> usize {
        let column = f64::from(self.size()) * self.preset.letter();
        ((self.between() / column) as usize).clamp(2, MOST_COLUMNS)
    }

    /// Returns the width of a text in columns as it is drawn; never less than its characters take.
    pub fn drawn(&self, text: &str) -> f64 {
        let column = self.between() / self.columns() as f64;
        let counted = columns(text).max(1) as f64;
        counted.max(self.sizes(text) * f64::from(self.size()) / column)
    }

    /// Returns the font size that makes a line stand between the margins, if it must be less than the usual one.
    pub(super) fn smaller(&self, line: &str) -> Option<u32> {
        let fitting = (self.between() / self.sizes(line)) as u32;
        (fitting < self.size()).then_some(fitting.max(SMALLEST))
    }

    /// Returns the width of a text in font sizes.
    fn sizes(&self, text: &str) -> f64 {
        let of = |letter: char| {
            let known = self.letters.get(&letter).copied();
            known.unwrap_or_else(|| columns(letter.encode_utf8(&mut [0; 4])) as f64 * COLUMN)
        };
        text.chars().map(of).sum()
    }

    /// Returns the pixels between the margins that letters have, their outline taken off.
    fn between(&self) -> f64 {
        let between = self
            .width
            .saturating_sub(self.margins.side.saturating_mul(2));
        let (outline, shadow) = self.border();
        (f64::from(between) - 2.0 * (outline + shadow)).max(1.0)
    }

    /// Returns the font size: the preset's share of the picture.
    fn size(&self) -> u32 {
        let (shorter, upright) = (
            self.width.min(self.height),
            self.width <= self.height.saturating_mul(5) / 4,
        );
        let share = f64::from(shorter) * self.preset.share(upright);
        (share as u32).max(SMALLEST)
    }

    /// Returns the width of outline and shadow in pixels, or of the box's padding as shadow.
    fn border(&self) -> (f64, f64) {
        let (.., outline, shadow) = self.preset.fields();
        let thousandths = |n: u32| f64::from(self.size() * n / 100) / 10.0;
        (thousandths(outline), thousandths(shadow))
    }
}

/// The smallest font size.
const SMALLEST: u32 = 8;
/// The widest line of a subtitle.
const MOST_COLUMNS: usize = 42;
/// Width of a column in font sizes, of a letter whose width is not known.
const COLUMN: f64 = 0.5;
/// Height of a line in font sizes: libass sets it one font size high, and its outline comes to that.
const LINE: f64 = 1.04;

impl CaptionPreset {
    /// Font size as a share of the picture's shorter side.
    fn share(self, upright: bool) -> f64 {
        match self {
            Self::Punch => 0.087,
            Self::Karaoke | Self::Bold if upright => 0.065,
            Self::Clean | Self::Karaoke | Self::Bold => 0.055,
        }
    }

    /// Width of a usual letter in font sizes.
    fn letter(self) -> f64 {
        match self {
            Self::Punch => 0.48,
            Self::Clean => 0.52,
            Self::Karaoke | Self::Bold => 0.6,
        }
    }

    /// Primary, secondary, outline and back colour; bold; border style; outline and shadow, in thousandths of the size.
    fn fields(self) -> (&'static str, i32, u32, u32, u32) {
        match self {
            Self::Punch => ("&H00FFFFFF,&H00FFFFFF,&H00000000,&H70000000", -1, 1, 90, 30),
            Self::Clean => ("&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000", 0, 1, 50, 20),
            Self::Karaoke => ("&H0000D7FF,&H00FFFFFF,&H00000000,&H80000000", -1, 1, 70, 0),
            // Border style 4 is libass's own: one box behind all lines, the shadow being its padding. With style 3 each line
            // has a box, and the dark is doubled where two of them meet.
            Self::Bold => ("&H00FFFFFF,&H00FFFFFF,&H00000000,&H60000000", -1, 4, 0, 200),
        }
    }

    /// Returns the name of its style in the file: whoever reads it tells by this which rules its cues follow.
    pub(super) fn style_name(self) -> &'static str {
        match self {
            Self::Punch => PUNCH_STYLE,
            Self::Clean | Self::Karaoke | Self::Bold => "Cue",
        }
    }

    /// Tells whether its letters are heavy ones.
    pub fn is_heavy(self) -> bool {
        self.fields().1 != 0
    }
}

/// Name of the style of captions for a phone.
pub(in crate::export::captions) const PUNCH_STYLE: &str = "Punch";

/// Returns everything in front of the events.
pub(super) fn header(look: &CaptionLook) -> String {
    let size = look.size();
    let (colours, bold, border, ..) = look.preset.fields();
    let (outline, shadow) = look.border();
    let Margins { side, bottom, .. } = look.margins;
    let (width, height, font) = (look.width, look.height, field(&look.font));
    let style = look.preset.style_name();
    let language = match field(&look.language) {
        code if code.is_empty() => code,
        code => format!("Language: {code}\n"),
    };
    // Encoding -1: libass finds the direction of each paragraph itself, as right-to-left text needs.
    format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nWrapStyle: 0\n{language}\
         ScaledBorderAndShadow: yes\n\n\
         [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
         Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
         MarginR, MarginV, Encoding\n\
         Style: {style},{font},{size},{colours},{bold},0,0,0,100,100,0,0,{border},{outline},{shadow},2,{side},{side},{bottom},-1\n\n\
         [Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
}

/// Returns a name that cannot end the field or the line it stands in.
fn field(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| *c != ',' && !c.is_control())
        .collect();
    name.trim().to_owned()
}
