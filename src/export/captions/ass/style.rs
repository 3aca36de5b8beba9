//! ASS styles of the captions.

use crate::clips::captions::Room;

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
    /// The longest line in columns; text is made small enough for it to stand between the margins.
    pub columns: usize,
}

/// A style of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionPreset {
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
    /// At the top and at the bottom.
    pub end: u32,
}

impl Margins {
    /// Returns a tenth of the width at each side; a tenth of the height at the ends, a fifth of an upright picture, where
    /// phones show their buttons.
    pub fn of(width: u32, height: u32) -> Self {
        Self {
            side: width / 10,
            end: if height > width {
                height / 5
            } else {
                height / 10
            },
        }
    }
}

impl CaptionLook {
    /// Returns a look in DejaVu Sans with the usual margins, for lines of at most `columns`.
    pub fn new(preset: CaptionPreset, (width, height): (u32, u32), columns: usize) -> Self {
        Self {
            preset,
            width,
            height,
            margins: Margins::of(width, height),
            font: "DejaVu Sans".into(),
            columns,
        }
    }

    /// Returns the room that its cues have, to choose their places by.
    pub fn room(&self) -> Room {
        let (width, height) = (f64::from(self.width.max(1)), f64::from(self.height.max(1)));
        Room {
            side: f64::from(self.margins.side) / width,
            end: f64::from(self.margins.end) / height,
            line: f64::from(self.size()) * LINE / height,
        }
    }

    /// Returns the font size: the preset's share of the picture, or less where the longest line would pass the margins.
    fn size(&self) -> u32 {
        let between = self
            .width
            .saturating_sub(self.margins.side.saturating_mul(2));
        let fitting = f64::from(between) / (self.columns.max(1) as f64 * COLUMN);
        let share = f64::from(self.width.min(self.height)) * self.preset.share();
        share.min(fitting).max(8.0) as u32
    }
}

/// Width of a column in font sizes: a wide average over English text in DejaVu Sans Bold.
const COLUMN: f64 = 0.62;

/// Height of a line in font sizes: libass sets it one font size high, and its outline comes to that.
const LINE: f64 = 1.1;

impl CaptionPreset {
    /// Font size as a share of the picture's shorter side.
    fn share(self) -> f64 {
        match self {
            Self::Clean => 0.055,
            Self::Karaoke | Self::Bold => 0.08,
        }
    }

    /// Primary, secondary, outline and back colour; bold; border style; outline and shadow, in thousandths of the size.
    fn fields(self) -> (&'static str, i32, u32, u32, u32) {
        match self {
            Self::Clean => ("&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000", 0, 1, 50, 20),
            Self::Karaoke => ("&H0000D7FF,&H00FFFFFF,&H00000000,&H80000000", -1, 1, 70, 0),
            // Border style 4 is libass's own: one box behind all lines, the shadow being its padding. With style 3 each line
            // has a box, and the dark is doubled where two of them meet.
            Self::Bold => ("&H00FFFFFF,&H00FFFFFF,&H00000000,&H60000000", -1, 4, 0, 200),
        }
    }
}

/// Returns everything in front of the events.
pub(super) fn header(look: &CaptionLook) -> String {
    let size = look.size();
    let (colours, bold, border, outline, shadow) = look.preset.fields();
    let thousandths = |n: u32| f64::from(size * n / 100) / 10.0;
    let (outline, shadow) = (thousandths(outline), thousandths(shadow));
    let Margins { side, end } = look.margins;
    let (width, height, font) = (look.width, look.height, field(&look.font));
    // Encoding -1: libass finds the direction of each paragraph itself, as right-to-left text needs.
    format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nWrapStyle: 0\n\
         ScaledBorderAndShadow: yes\n\n\
         [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
         Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
         MarginR, MarginV, Encoding\n\
         Style: Cue,{font},{size},{colours},{bold},0,0,0,100,100,0,0,{border},{outline},{shadow},2,{side},{side},{end},-1\n\n\
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
