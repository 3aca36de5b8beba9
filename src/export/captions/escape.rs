//! Escaping of caption text: an invisible mark keeps it from being read as markup.

/// Keeps the characters beside it from being read as one mark.
pub(super) const WORD_JOINER: char = '\u{2060}';

/// Returns `c`, what comes before it, and after it, so that no player finds an ASS tag (`{\b1}`) or a line break (`\N`).
pub(super) fn parted(before: Option<char>, c: char) -> impl Iterator<Item = char> {
    let front = (before == Some('{') && c == '\\').then_some(WORD_JOINER);
    let back = (c == '\\').then_some(WORD_JOINER);
    front.into_iter().chain([c]).chain(back)
}
