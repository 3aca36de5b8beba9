//! SRT and WebVTT: blocks of lines with empty lines between.

use super::markup::{plain_srt, plain_vtt};
use super::parts::{CaptionText, ReadProblem, clock};
use crate::clips::captions::lint::ShownCue;

pub(super) fn srt(text: &str) -> Result<CaptionText, ReadProblem> {
    let cues = blocks(text).map(|block| block.cue(plain_srt));
    Ok(CaptionText {
        cues: cues.collect::<Result<_, _>>()?,
        ..CaptionText::default()
    })
}

pub(super) fn vtt(text: &str) -> Result<CaptionText, ReadProblem> {
    let is_cue = |block: &CaptionBlock<'_>| {
        let first = block.lines[0].1;
        let no_cue = ["WEBVTT", "NOTE", "STYLE", "REGION"];
        let named = |name: &&str| {
            first
                .strip_prefix(*name)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        !no_cue.iter().any(named)
    };
    let cues = blocks(text).filter(is_cue);
    let cues = cues.map(|block| block.cue(plain_vtt));
    Ok(CaptionText {
        cues: cues.collect::<Result<_, _>>()?,
        ..CaptionText::default()
    })
}

/// Lines between empty ones, with their numbers; at least one.
struct CaptionBlock<'a> {
    lines: Vec<(usize, &'a str)>,
}

fn blocks(text: &str) -> impl Iterator<Item = CaptionBlock<'_>> {
    let mut lines = (1..).zip(text.lines()).peekable();
    std::iter::from_fn(move || {
        while lines.next_if(|(_, line)| line.trim().is_empty()).is_some() {}
        let mut block = vec![lines.next()?];
        while let Some(line) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
            block.push(line);
        }
        Some(CaptionBlock { lines: block })
    })
}

impl CaptionBlock<'_> {
    /// Reads its cue: a number or a name, if there is one, the times, the text.
    fn cue(&self, plain: impl Fn(&str) -> String) -> Result<ShownCue, ReadProblem> {
        let (first, line) = self.lines[0];
        let times = self
            .lines
            .iter()
            .take(2)
            .position(|(_, line)| line.contains("-->"));
        let Some(at) = times else {
            let what = "no times, as in 00:00:01,000 --> 00:00:02,000";
            return Err(ReadProblem::at(first, what));
        };
        let (number, times) = self.lines.get(at).copied().unwrap_or((first, line));
        let (start, end) = times.split_once("-->").unwrap_or_default();
        // VTT says after the times where a cue stands.
        let end = end.split_whitespace().next().unwrap_or_default();
        let read = |time: &str| {
            let wrong = || ReadProblem::at(number, format!("{} is no time", time.trim()));
            clock(time).ok_or_else(wrong)
        };
        let text = self.lines[at + 1..].iter().map(|(_, line)| plain(line));
        Ok(ShownCue {
            start: read(start)?,
            end: read(end)?,
            lines: text.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(start: i64, end: i64, lines: &[&str]) -> ShownCue {
        ShownCue {
            start,
            end,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn a_subrip_file_of_anybody_is_read() {
        let text = "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello,</i> {\\an8}you\nand you\n\n\n\n\
                    00:00:03,000 --> 00:00:04,000 X1:0\nNo number\n\n3\n00:00:05,000 --> 00:00:06,000\n";
        let expected = [
            shown(1000, 2500, &["Hello, you", "and you"]),
            shown(3000, 4000, &["No number"]),
            shown(5000, 6000, &[]),
        ];
        assert_eq!(srt(text).unwrap().cues, expected);
    }

    #[test]
    fn a_web_file_is_read_without_its_comments_and_styles() {
        let text = "WEBVTT - talk\n\nNOTE\nnot this\n\nSTYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:02.000 line:0\n\
                    <v Ann>Hi <00:01.500><c>there</c> &amp; you\n\n00:03.000 --> 00:04.000\nNOTES are text\n";
        let expected = [
            shown(1000, 2000, &["Hi there & you"]),
            shown(3000, 4000, &["NOTES are text"]),
        ];
        assert_eq!(vtt(text).unwrap().cues, expected);
    }
}
