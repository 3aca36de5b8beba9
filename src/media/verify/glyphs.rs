//! Glyph check: whether burned-in captions show letters, or the box that stands for a letter which no font has.
//!
//! libass decides which face draws a letter: the style's, else any installed one that has it. So libass itself is asked,
//! with the style and the fonts of the captions: each letter is drawn alone and held against a code point that no font
//! has. What looks the same to the pixel is the box. Which fonts there are, and whether the program's own look into them
//! agrees with libass, does not matter here.

use std::fs;
use std::io::Write;

use super::captions::draw;
use crate::media::Error;
use crate::media::fonts::{letters_of, styles};
use crate::media::render::{Burner, CaptionFile};
use crate::timeline::Timestamp;

/// The last code point for private use, to which no font gives a glyph.
const NOBODYS: char = '\u{10FFFD}';
/// Pixels of a side of the picture that a letter is drawn in.
const SIDE: u32 = 64;
/// Luma of black.
const BLACK: u8 = 16;
/// Letters are shown for one second each.
const TICKS: i32 = 2;

/// Returns the share of the letters of a caption file that are drawn as boxes.
pub(super) fn share_of_boxes(captions: &CaptionFile) -> Result<f64, Error> {
    let unreadable = |error: std::io::Error| Error::Captions(error.to_string());
    let ass = fs::read_to_string(&captions.ass).map_err(unreadable)?;
    let letters = letters_of(&ass);
    let mut boxes = 0;
    let mut drawn = 0;
    for style in styles(&ass) {
        let mut file = tempfile::Builder::new()
            .suffix(".ass")
            .tempfile()
            .map_err(unreadable)?;
        let shown = [NOBODYS].into_iter().chain(letters.iter().copied());
        file.write_all(letter_by_letter(style, shown).as_bytes())
            .map_err(unreadable)?;
        let alone = CaptionFile {
            ass: file.path().to_owned(),
            fonts: captions.fonts.clone(),
        };
        let mut burner = Burner::open(&alone, (SIDE, SIDE), TICKS)?;
        let mut picture = |second: i64| {
            let middle = Timestamp::from_ticks(2 * second + 1, 1, TICKS).unwrap_or(Timestamp::ZERO);
            draw(&mut burner, (SIDE, SIDE), BLACK, (middle, TICKS))
        };
        let empty = picture(0)?;
        for second in (1..).take(letters.len()) {
            drawn += 1;
            boxes += usize::from(picture(second)? == empty);
        }
    }
    Ok(boxes as f64 / drawn.max(1) as f64)
}

/// Returns an ASS file that shows each character for a second, in the font and the weight of a style.
fn letter_by_letter(style: &str, shown: impl Iterator<Item = char>) -> String {
    let field = |number: usize| style.split(',').nth(number).unwrap_or_default().trim();
    let (font, bold, italic) = (field(1), field(7), field(8));
    let header = format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {SIDE}\nPlayResY: {SIDE}\n\n\
         [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
         Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
         MarginR, MarginV, Encoding\n\
         Style: Cue,{font},32,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,{bold},{italic},0,0,100,100,0,0,1,0,0,5,0,0,0,-1\n\n\
         [Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    );
    let clock = |second: usize| {
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        format!("{hours}:{minutes:02}:{seconds:02}.00")
    };
    let events = shown.enumerate().map(|(second, letter)| {
        let escape = if matches!(letter, '{' | '}') {
            "\\"
        } else {
            ""
        };
        let (from, to) = (clock(second), clock(second + 1));
        format!("Dialogue: 0,{from},{to},Cue,,0,0,0,,{escape}{letter}\n")
    });
    std::iter::once(header).chain(events).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(font: &str, text: &str, expected: f64) {
        crate::media::init();
        let folder = tempfile::tempdir().unwrap();
        let ass = folder.path().join("a.ass");
        let style = format!("Style: Cue,{font},20,&H0,&H0,&H0,&H0,-1,0\n");
        let event = format!("Dialogue: 0,0:00:00.00,0:00:01.00,Cue,,0,0,0,,{text}\n");
        fs::write(&ass, style + &event).unwrap();
        let captions = CaptionFile { ass, fonts: None };
        assert_eq!(share_of_boxes(&captions).unwrap(), expected, "{text}");
    }

    #[test]
    fn letters_are_no_boxes() {
        check(
            "DejaVu Sans",
            "It's naïve: 100 % \\{of\\} \\\\ Привет, مرحبا",
            0.0,
        );
        check("DejaVu Sans", "\u{2060} ", 0.0);
    }

    #[test]
    fn letters_that_no_font_has_are_boxes() {
        // Nobody has these either.
        check("DejaVu Sans", "a\u{10FFFC}", 0.5);
        check("DejaVu Serif", "\u{10FFFC}\u{10FFFB}", 1.0);
    }
}
