//! Markup of caption text, taken out.

use crate::export::captions::escape::WORD_JOINER;

/// Returns a line of SRT as it is read: without tags, ASS's among them.
pub(super) fn plain_srt(line: &str) -> String {
    let without = without_tags(line, '{', '}', |tag| tag.starts_with('\\'));
    tidy(&without_tags(&without, '<', '>', is_tag))
}

/// Returns a line of WebVTT as it is read.
pub(super) fn plain_vtt(line: &str) -> String {
    let text = without_tags(line, '<', '>', |_| true);
    let names = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&lrm;", ""),
        ("&rlm;", ""),
        ("&amp;", "&"),
    ];
    tidy(
        &names
            .iter()
            .fold(text, |text, (name, sign)| text.replace(name, sign)),
    )
}

/// Returns the lines of an ASS event as they are read.
pub(super) fn plain_ass(text: &str) -> Vec<String> {
    // An escaped brace is none.
    let (open, close) = ('\u{E000}', '\u{E001}');
    let text = text
        .replace("\\{", &open.to_string())
        .replace("\\}", &close.to_string());
    let text = without_tags(&text, '{', '}', |_| true).replace("\\h", " ");
    let text = text
        .replace(open, "{")
        .replace(close, "}")
        .replace("\\n", "\\N");
    text.split("\\N").map(tidy).collect()
}

/// Tells `<i>`, `</font>`, `<font color="red">` from text.
fn is_tag(tag: &str) -> bool {
    let name = tag.trim_start_matches('/');
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn without_tags(text: &str, open: char, close: char, is_tag: impl Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once(open) {
        shown.push_str(before);
        match tag.split_once(close) {
            Some((tag, after)) if is_tag(tag) => rest = after,
            _ => {
                shown.push(open);
                rest = tag;
            }
        }
    }
    shown + rest
}

/// Returns text without the mark that shows nothing, and without spaces around it.
fn tidy(text: &str) -> String {
    text.replace(WORD_JOINER, "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_no_text_and_text_is_no_markup() {
        assert_eq!(plain_srt("<b>a</b> < b {\\an8}{c} <3"), "a < b {c} <3");
        assert_eq!(plain_vtt("<c.yellow>1 &lt; 2</c> &amp;lt;"), "1 < 2 &lt;");
        assert_eq!(
            plain_ass("{\\k20}a\\N{\\c&H00&}b\\h\\{c\\}"),
            ["a", "b {c}"]
        );
    }
}
