//! Line-break rules of scripts: what the characters on both sides of a break allow.

/// Tells whether the script of `c` is written without spaces between words.
pub(in crate::clips) fn spaceless(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}'      // Thai, Lao
        | '\u{0F00}'..='\u{0FFF}'    // Tibetan
        | '\u{1000}'..='\u{109F}'    // Myanmar
        | '\u{1780}'..='\u{17FF}'    // Khmer
        | '\u{2E80}'..='\u{312F}'    // radicals, CJK punctuation, kana, Bopomofo
        | '\u{31A0}'..='\u{4DBF}'    // Bopomofo, kana, CJK extension A
        | '\u{4E00}'..='\u{A4CF}'    // Han, Yi
        | '\u{F900}'..='\u{FAFF}'    // Han for compatibility
        | '\u{FF00}'..='\u{FFEF}'    // full and half widths
        | '\u{1F000}'..='\u{1FAFF}'  // pictographs
        | '\u{20000}'..='\u{3FFFF}') // Han extensions
}

/// Tells kanji and other Han characters.
pub(in crate::clips) fn han(c: char) -> bool {
    matches!(c, '々' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Tells hiragana, in which Japanese writes endings and particles.
pub(super) fn hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309F}')
}

/// Tells katakana and its length mark.
pub(in crate::clips) fn katakana(c: char) -> bool {
    matches!(c, '\u{30A0}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}')
}

/// Tells what must not begin a line: closing marks, small kana, length and repetition marks.
pub(super) fn not_first(c: char) -> bool {
    const MARKS: &str = "。、，．・：；？！‼⁇⁈⁉）］｝〕〉》」』】〙〗〟｠｡｣､･’”»›…‥ー〜～々〻ゝゞヽヾ゛゜％‰℃ๆฯ\
                         ,.;:!?)]}%؟،؛۔।॥";
    const SMALL_KANA: &str = "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ";
    MARKS.contains(c) || SMALL_KANA.contains(c) || matches!(c, '\u{31F0}'..='\u{31FF}')
}

/// Tells what must not end a line: opening marks and signs in front of numbers.
pub(super) fn not_last(c: char) -> bool {
    "（［｛〔〈《「『【〘〖〝｟｢‘“«‹([{¿¡$£€¥￥＃#＠@".contains(c)
}

/// Tells a mark that ends a sentence whatever follows it, in scripts without spaces.
pub(super) fn full_stop(c: char) -> bool {
    "。！？｡".contains(c)
}

/// Tells a mark that closes a clause.
pub(super) fn clause_mark(c: char) -> bool {
    ",;:–—，、；：､،؛·".contains(c)
}

/// Tells a character that closes what came before without ending it: quotes and brackets.
pub(super) fn closer(c: char) -> bool {
    "\"'”’»›)]}」』）】〉》".contains(c)
}
