//! SRT (SubRip).

use super::escape::{WORD_JOINER, parted};
use super::ticks::{clock, ticks};
use crate::clips::captions::Cue;

/// Returns the cues as a SubRip file.
pub fn srt(cues: &[Cue]) -> String {
    let timed = cues.iter().zip(ticks(cues, 1000)).zip(1..);
    timed
        .map(|((cue, (start, end)), number)| {
            let lines: String = cue
                .lines()
                .iter()
                .map(|line| escape(&line.text()) + "\n")
                .collect();
            format!(
                "{number}\n{} --> {}\n{lines}\n",
                clock(start, ','),
                clock(end, ',')
            )
        })
        .collect()
}

/// Breaks up what readers take for a time line, a tag or a position: `-->`, `<b>`, `{\an8}`.
fn escape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut before = None;
    for c in line.chars() {
        if matches!((before, c), (Some('-'), '>') | (Some('<'), _)) {
            text.push(WORD_JOINER);
        }
        text.extend(parted(before, c));
        before = Some(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_broken_up_by_an_invisible_mark() {
        let joined = escape("a --> <b>x</b> {\\an8} 1 < 2");
        assert_eq!(
            joined,
            "a --\u{2060}> <\u{2060}b>x<\u{2060}/b> {\u{2060}\\\u{2060}an8} 1 <\u{2060} 2"
        );
    }
}
