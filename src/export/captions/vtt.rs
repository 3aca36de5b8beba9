//! WebVTT, with the time of each word.

use super::escape::parted;
use super::ticks::{clock, ticks, word_ticks};
use crate::clips::captions::Cue;

/// Returns the cues as a WebVTT file; each word that begins after its cue has its time in front.
pub fn vtt(cues: &[Cue]) -> String {
    let timed = cues.iter().zip(ticks(cues, 1000));
    let blocks = timed.map(|(cue, (start, end))| {
        let text = payload(cue, (start, end));
        format!("\n{} --> {}\n{text}", clock(start, '.'), clock(end, '.'))
    });
    std::iter::once("WEBVTT\n".to_owned())
        .chain(blocks)
        .collect()
}

fn payload(cue: &Cue, (start, end): (i64, i64)) -> String {
    let mut text = String::new();
    let mut times = word_ticks(cue, (start, end), 1000);
    let mut last = start;
    for line in cue.lines() {
        for (i, (word, time)) in line.words().iter().zip(&mut times).enumerate() {
            if word.space_before && i > 0 {
                text.push(' ');
            }
            // A time stamp must lie inside the cue and after the one before it.
            if time > last && time < end {
                text += &format!("<{}>", clock(time, '.'));
                last = time;
            }
            escape(&word.text, &mut text);
        }
        text.push('\n');
    }
    text
}

fn escape(word: &str, into: &mut String) {
    let mut before = None;
    for c in word.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            _ => into.extend(parted(before, c)),
        }
        before = Some(c);
    }
}
