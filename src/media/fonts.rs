//! Font look-up for captions: FFmpeg silently takes another font when one is missing, and draws a box for a letter that
//! no font has.

mod letters;
mod script;
mod widths;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fontdb::{Database, FaceInfo};
use serde::Serialize;
use skrifa::raw::TableProvider;
use skrifa::{FontRef, GlyphId, MetadataProvider, Tag};

pub use self::letters::shown_letters;
pub(super) use self::letters::{fonts_of, letters_of, styles};
pub use self::script::MissingLetters;
use self::script::script_name;

/// Names that every system gives some font for.
const GENERIC: [&str; 5] = ["sans", "sans-serif", "serif", "monospace", "mono"];

/// How families of one font for Chinese, Japanese and Korean tell whose forms they draw, by language.
const REGIONS: [(&str, &str); 3] = [("ja", "JP"), ("ko", "KR"), ("zh", "SC")];

/// The fonts that captions can be drawn in.
#[derive(Debug)]
pub struct Fonts(Database);

/// What captions are drawn in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum FontChoice {
    /// The font that was asked for: it has every letter, or is not there at all.
    Asked,
    /// A family that has every letter.
    Other {
        /// Its name.
        family: String,
        /// What the other font lacks.
        script: String,
    },
    /// No family has every letter, but each letter is in some: FFmpeg takes it from there. The families that come into
    /// question.
    Several(Vec<String>),
    /// Letters that no font has: they would be boxes.
    Missing(MissingLetters),
}

impl Fonts {
    /// Returns the installed fonts, and those in `folder`.
    pub fn installed(folder: Option<&Path>) -> Self {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        if let Some(folder) = folder {
            fonts.load_fonts_dir(folder);
        }
        Self(fonts)
    }

    /// Returns the BLAKE3 digest of the file of a font of this name; `None` where there is none.
    pub fn digest(&self, name: &str) -> Option<[u8; 32]> {
        let face = self.named(name).next()?;
        let digest = |bytes: &[u8], _| *blake3::hash(bytes).as_bytes();
        self.0.with_face_data(face.id, digest)
    }

    /// Tells whether there is a font of this name, or the name stands for whatever there is.
    pub fn has(&self, name: &str) -> bool {
        is_generic(name) || self.named(name).next().is_some()
    }

    /// Chooses what text of these letters is drawn in: the font `name` if it has all of them.
    pub fn choose(&self, name: &str, letters: &BTreeSet<char>, language: &str) -> FontChoice {
        if self.first_missing(&[name]).is_some() {
            return FontChoice::Asked;
        }
        let lacking = self.lacking(self.named(name), letters);
        if lacking.is_empty() {
            return FontChoice::Asked;
        }
        let without = self.in_no_font(&lacking);
        if !without.is_empty() {
            return FontChoice::Missing(MissingLetters::of(&without));
        }
        // A name that stands for whatever there is asks for no family.
        let whole = || self.family_with(letters, language);
        match (!is_generic(name)).then(whole).flatten() {
            Some(family) => FontChoice::Other {
                family,
                script: script_name(&lacking),
            },
            None => FontChoice::Several(self.families_with_any(&lacking)),
        }
    }

    /// Returns the first of the names that no font has.
    pub(super) fn first_missing<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| !self.has(name))
    }

    /// Returns which letters no font has, if there are some.
    pub(super) fn missing_letters(&self, letters: &BTreeSet<char>) -> Option<MissingLetters> {
        let without = self.in_no_font(letters);
        (!without.is_empty()).then(|| MissingLetters::of(&without))
    }

    fn in_no_font(&self, letters: &BTreeSet<char>) -> BTreeSet<char> {
        self.lacking(self.0.faces(), letters)
    }

    /// Returns the faces of a family, or the one of this PostScript name or full name.
    fn named(&self, name: &str) -> impl Iterator<Item = &FaceInfo> {
        self.0.faces().filter(move |face| is_named(face, name))
    }

    /// Returns the letters that none of the faces has.
    fn lacking<'f>(
        &self,
        faces: impl Iterator<Item = &'f FaceInfo>,
        letters: &BTreeSet<char>,
    ) -> BTreeSet<char> {
        let mut left = letters.clone();
        for face in faces {
            if left.is_empty() {
                break;
            }
            self.0.with_face_data(face.id, |data, index| {
                if let Some(font) = drawable(data, index) {
                    let map = font.charmap();
                    let has =
                        |letter: char| map.map(letter).is_some_and(|id| id != GlyphId::NOTDEF);
                    left.retain(|letter| !has(*letter));
                }
            });
        }
        left
    }

    /// Returns the family to draw all of the letters in: proportional, without serifs and of the region if there is such.
    fn family_with(&self, letters: &BTreeSet<char>, language: &str) -> Option<String> {
        let region = REGIONS.iter().find(|(code, _)| *code == language);
        let ends = |family: &str| region.is_some_and(|(_, region)| family.ends_with(region));
        let families = self.families();
        let mut families: Vec<_> = families.into_iter().collect();
        families.sort_by_key(|(family, faces)| {
            let fixed = faces.iter().any(|face| face.monospaced);
            (fixed, !family.contains("Sans"), !ends(family), *family)
        });
        let has_all = |faces: &[&FaceInfo]| self.lacking(faces.iter().copied(), letters).is_empty();
        let found = families.iter().find(|(_, faces)| has_all(faces));
        found.map(|(family, _)| (*family).to_owned())
    }

    fn families_with_any(&self, letters: &BTreeSet<char>) -> Vec<String> {
        let families = self.families().into_iter();
        let has_any = |faces: &[&FaceInfo]| {
            self.lacking(faces.iter().copied(), letters).len() < letters.len()
        };
        let families = families.filter(|(_, faces)| has_any(faces));
        families.map(|(family, _)| family.to_owned()).collect()
    }

    /// Returns the faces by the names of their families.
    fn families(&self) -> BTreeMap<&str, Vec<&FaceInfo>> {
        let mut families: BTreeMap<&str, Vec<&FaceInfo>> = BTreeMap::new();
        for face in self.0.faces() {
            if let Some((family, _)) = face.families.first() {
                families.entry(family).or_default().push(face);
            }
        }
        families
    }
}

/// Returns a face if libass can draw its letters: pictures of letters, as of emoji, it cannot.
fn drawable(data: &[u8], index: u32) -> Option<FontRef<'_>> {
    let font = FontRef::from_index(data, index).ok()?;
    let outlines = [b"glyf", b"CFF ", b"CFF2"];
    let drawn = |table: &[u8; 4]| font.data_for_tag(Tag::new(table)).is_some();
    outlines.into_iter().any(drawn).then_some(font)
}

fn is_generic(name: &str) -> bool {
    GENERIC
        .iter()
        .any(|generic| generic.eq_ignore_ascii_case(name))
}

fn is_named(face: &FaceInfo, name: &str) -> bool {
    let mut families = face.families.iter();
    // A face is also asked for by its full name, "Inter Black", which is its PostScript name, "Inter-Black", with a space.
    let full = face.post_script_name.replace('-', " ");
    face.post_script_name.eq_ignore_ascii_case(name)
        || full.eq_ignore_ascii_case(name)
        || families.any(|(family, _)| family.to_lowercase() == name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JAPANESE: &str = "今日は、とても天気がいい";

    /// Returns the DejaVu fonts alone, whatever else is installed.
    fn dejavu() -> Fonts {
        let mut fonts = Database::new();
        for face in Fonts::installed(None).named_like("DejaVu") {
            fonts.push_face_info(face);
        }
        Fonts(fonts)
    }

    impl Fonts {
        fn named_like(&self, start: &str) -> Vec<FaceInfo> {
            let is_like = |face: &&FaceInfo| face.families[0].0.starts_with(start);
            self.0.faces().filter(is_like).cloned().collect()
        }
    }

    fn choice(name: &str, text: &str) -> FontChoice {
        dejavu().choose(name, &shown_letters(text), "ja")
    }

    #[test]
    fn a_font_that_nobody_has_is_missing() {
        let fonts = dejavu();
        assert_eq!(fonts.first_missing(&["DejaVu Sans", "sans-serif"]), None);
        let names = ["Serif", "No Such Font"];
        assert_eq!(fonts.first_missing(&names), Some("No Such Font"));
        assert!(fonts.digest("No Such Font").is_none() && fonts.digest("DejaVu Sans").is_some());
    }

    #[test]
    fn a_face_is_known_by_its_full_name() {
        assert_eq!(dejavu().first_missing(&["DejaVuSans Bold"]), None);
        assert!(dejavu().first_missing(&["DejaVu Bold"]).is_some());
    }

    #[test]
    fn a_folder_of_fonts_counts() {
        let nowhere = Fonts::installed(Some(Path::new("/nowhere")));
        assert!(nowhere.first_missing(&["No Such Font At All"]).is_some());
    }

    #[test]
    fn a_font_that_has_every_letter_is_taken() {
        assert_eq!(
            choice("DejaVu Sans", "Naïve façade: 100 % Привет"),
            FontChoice::Asked
        );
        assert_eq!(
            choice("DejaVu Sans", " \u{2060}\u{200d}"),
            FontChoice::Asked
        );
        // That it is not there is told where captions are burned.
        assert_eq!(choice("No Such Font", JAPANESE), FontChoice::Asked);
    }

    #[test]
    fn another_family_that_has_every_letter_takes_over() {
        let other = FontChoice::Other {
            family: "DejaVu Sans".into(),
            script: "Arabic".into(),
        };
        assert_eq!(choice("DejaVu Serif", "مرحبا, hello"), other);
    }

    #[test]
    fn letters_that_no_font_has_are_missing_whatever_the_font() {
        for name in ["DejaVu Sans", "sans-serif"] {
            let FontChoice::Missing(missing) = choice(name, &format!("OK {JAPANESE}")) else {
                panic!("{name}");
            };
            assert_eq!(missing.script, "Japanese (Han, Kana)");
            assert_eq!(missing.package, "fonts-noto-cjk");
        }
    }

    #[test]
    fn a_name_for_whatever_there_is_needs_each_letter_in_some_font() {
        let FontChoice::Several(families) = choice("sans-serif", "مرحبا") else {
            panic!("one family");
        };
        assert!(families.contains(&"DejaVu Sans".to_owned()), "{families:?}");
    }
}
