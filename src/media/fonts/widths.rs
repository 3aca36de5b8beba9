//! Widths of letters as libass draws them.

use std::collections::{BTreeMap, BTreeSet};

use fontdb::{FaceInfo, Stretch, Style};
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::TableProvider;
use skrifa::{FontRef, MetadataProvider};

use super::Fonts;

/// Weight of a heavy face, and of a usual one.
const HEAVY: u16 = 700;
const USUAL: u16 = 400;

impl Fonts {
    /// Returns the width of each letter in font sizes, as far as the font of this name has it.
    ///
    /// A font size is what ASS calls so: the height from the highest to the lowest point that the face reserves, as Windows
    /// counts it.
    pub fn widths(
        &self,
        name: &str,
        is_heavy: bool,
        letters: &BTreeSet<char>,
    ) -> BTreeMap<char, f64> {
        let weight = if is_heavy { HEAVY } else { USUAL };
        let off = |face: &&FaceInfo| {
            (
                face.style != Style::Normal,
                face.stretch != Stretch::Normal,
                face.weight.0.abs_diff(weight),
            )
        };
        let Some(face) = self.named(name).min_by_key(off) else {
            return BTreeMap::new();
        };
        let read = |data: &[u8], index| {
            let font = FontRef::from_index(data, index).ok()?;
            let height = reserved_height(&font)?;
            let map = font.charmap();
            let glyphs = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            let width = |letter: char| {
                let advance = glyphs.advance_width(map.map(letter)?)?;
                Some((letter, f64::from(advance) / height))
            };
            Some(letters.iter().filter_map(|letter| width(*letter)).collect())
        };
        let found = self.0.with_face_data(face.id, read).flatten();
        found.unwrap_or_default()
    }
}

/// Returns the units from the highest to the lowest point that a face reserves.
fn reserved_height(font: &FontRef<'_>) -> Option<f64> {
    // Some fonts write numbers with a sign here.
    let signed = |value: u16| f64::from(value as i16);
    let windows = font.os2().ok();
    let windows = windows.map(|os2| signed(os2.us_win_ascent()) + signed(os2.us_win_descent()));
    let height = windows.filter(|height| *height != 0.0).or_else(|| {
        let hhea = font.hhea().ok()?;
        let (up, down) = (hhea.ascender().to_i16(), hhea.descender().to_i16());
        Some(f64::from(up) - f64::from(down))
    });
    height.filter(|height| *height > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_face() {
        let fonts = Fonts::installed(None);
        let letters = BTreeSet::from(['i', 'm', ' ', '\u{10FFFD}']);
        let usual = fonts.widths("DejaVu Sans", false, &letters);
        let heavy = fonts.widths("DejaVu Sans", true, &letters);
        assert_eq!(usual.keys().copied().collect::<String>(), " im");
        // 569, 1995 and 651 units of a face that reserves 1901 above and 483 below.
        assert!((usual[&'i'] - 569.0 / 2384.0).abs() < 1e-9, "{usual:?}");
        assert!((usual[&'m'] - 1995.0 / 2384.0).abs() < 1e-9, "{usual:?}");
        assert!(
            letters
                .iter()
                .all(|letter| usual.get(letter) <= heavy.get(letter))
        );
        assert!(fonts.widths("No Such Font", false, &letters).is_empty());
    }
}
