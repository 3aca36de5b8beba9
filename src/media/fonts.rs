//! Font look-up for captions: FFmpeg silently takes another font when one is missing.

use std::path::Path;

use fontdb::{Database, FaceInfo};

/// Names that every system gives some font for.
const GENERIC: [&str; 5] = ["sans", "sans-serif", "serif", "monospace", "mono"];

/// Tells whether a font of this name is installed or lies in `folder`: a family's name or a face's PostScript name.
pub fn has_font(name: &str, folder: Option<&Path>) -> bool {
    missing_font(&[name], folder).is_none()
}

/// Returns the BLAKE3 digest of the file of an installed font of this name; `None` where there is none.
pub fn font_digest(name: &str) -> Option<[u8; 32]> {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let face = fonts.faces().find(|face| is_named(face, name))?;
    let digest = |bytes: &[u8], _| *blake3::hash(bytes).as_bytes();
    fonts.with_face_data(face.id, digest)
}

/// Returns the first of the names that no font has.
pub(super) fn missing_font<'a>(names: &[&'a str], folder: Option<&Path>) -> Option<&'a str> {
    let asked: Vec<_> = names.iter().filter(|name| !is_generic(name)).collect();
    if asked.is_empty() {
        return None;
    }
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    if let Some(folder) = folder {
        fonts.load_fonts_dir(folder);
    }
    asked.into_iter().find(|name| !holds(&fonts, name)).copied()
}

fn is_generic(name: &str) -> bool {
    GENERIC
        .iter()
        .any(|generic| generic.eq_ignore_ascii_case(name))
}

fn holds(fonts: &Database, name: &str) -> bool {
    fonts.faces().any(|face| is_named(face, name))
}

fn is_named(face: &FaceInfo, name: &str) -> bool {
    let mut families = face.families.iter();
    face.post_script_name.eq_ignore_ascii_case(name)
        || families.any(|(family, _)| family.to_lowercase() == name.to_lowercase())
}

/// Returns the fonts that an ASS file names: those of its styles and those changed to in between.
pub(super) fn fonts_of(ass: &str) -> Vec<&str> {
    let styles = ass
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Style:"));
    // Every ASS file there is has the font second.
    let styles = styles.filter_map(|style| style.split(',').nth(1));
    let events = ass
        .lines()
        .filter(|line| line.trim_start().starts_with("Dialogue:"));
    let changes = events
        .flat_map(|line| line.split("\\fn").skip(1))
        .filter_map(|rest| rest.split(['\\', '}']).next());
    let mut names: Vec<&str> = styles
        .chain(changes)
        // `@` turns the letters for vertical writing; an empty change goes back to the style's.
        .map(|name| name.trim().trim_start_matches('@'))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_found_in_styles_and_in_lines() {
        let ass = "[V4+ Styles]\nFormat: Name, Fontname\nStyle: A, DejaVu Sans,40\nStyle: B,@Noto Serif,1\n\
                   [Events]\nDialogue: 0,0:0:0.00,0:0:1.00,A,,0,0,0,,{\\fnArial\\b1}x{\\fn}y{\\fnDejaVu Sans}\n";
        assert_eq!(fonts_of(ass), ["Arial", "DejaVu Sans", "Noto Serif"]);
    }

    #[test]
    fn a_font_that_nobody_has_is_missing() {
        assert!(!has_font("No Such Font At All", None));
        assert!(has_font("sans-serif", None));
        assert_eq!(
            missing_font(&["Serif", "No Such Font"], None),
            Some("No Such Font")
        );
    }

    #[test]
    fn a_folder_of_fonts_counts() {
        let empty = tempfile::tempdir().unwrap();
        assert!(!has_font("No Such Font At All", Some(empty.path())));
        assert!(!has_font(
            "No Such Font At All",
            Some(Path::new("/nowhere"))
        ));
    }
}
