//! What an ASS file shows: its fonts and its letters.

use std::collections::BTreeSet;

/// Returns the fonts that an ASS file names: those of its styles and those changed to in between.
pub(in crate::media) fn fonts_of(ass: &str) -> Vec<&str> {
    let changes = events(ass)
        .flat_map(|line| line.split("\\fn").skip(1))
        .filter_map(|rest| rest.split(['\\', '}']).next());
    // Every ASS file there is has the font second.
    let styles = styles(ass).filter_map(|style| style.split(',').nth(1));
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

/// Returns the styles of an ASS file: what follows `Style:`.
pub(in crate::media) fn styles(ass: &str) -> impl Iterator<Item = &str> {
    ass.lines()
        .filter_map(|line| line.trim().strip_prefix("Style:"))
}

/// Returns the letters that an ASS file shows.
pub(in crate::media) fn letters_of(ass: &str) -> BTreeSet<char> {
    // The text is the tenth field and may hold commas.
    let texts = events(ass).filter_map(|line| line.splitn(10, ',').nth(9));
    texts
        .flat_map(|text| shown_letters(&without_tags(text)))
        .collect()
}

/// Returns the characters of a text that somebody would miss: letters, digits and signs, but no spaces and no marks that
/// only steer others.
pub fn shown_letters(text: &str) -> BTreeSet<char> {
    text.chars().filter(|c| is_shown(*c)).collect()
}

fn events(ass: &str) -> impl Iterator<Item = &str> {
    let lines = ass.lines().map(str::trim);
    lines.filter(|line| line.starts_with("Dialogue:"))
}

/// Returns the text of an event without what stands in braces, and with spaces for its breaks.
fn without_tags(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let escaped = (c == '\\').then(|| after.chars().next()).flatten();
        rest = match (c, escaped) {
            (_, Some('N' | 'n' | 'h')) => {
                shown.push(' ');
                &after[1..]
            }
            (_, Some(brace @ ('{' | '}'))) => {
                shown.push(brace);
                &after[1..]
            }
            ('{', _) if after.contains('}') => after.split_once('}').map_or("", |(_, rest)| rest),
            _ => {
                shown.push(c);
                after
            }
        };
    }
    shown
}

/// Tells what is to be seen from spaces and from what Unicode wants ignored where it is not known.
fn is_shown(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{E0000}'..='\u{E0FFF}');
    !c.is_whitespace() && !c.is_control() && !is_ignorable
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
    fn letters_are_what_is_shown_of_the_text() {
        let ass = "Dialogue: 0,0:0:0.00,0:0:1.00,Cue,,0,0,0,,{\\k20}a,\\Nb {\\an8}\\{c\\}\u{2060} é\n\
                   Comment: 0,0:0:0.00,0:0:1.00,Cue,,0,0,0,,z\n";
        let shown: String = letters_of(ass).into_iter().collect();
        assert_eq!(shown, ",abc{}é");
        let open: String = shown_letters(&without_tags("a{b\\")).into_iter().collect();
        assert_eq!(open, "\\ab{");
    }
}
