//! ASS (Advanced SubStation Alpha): styled captions, to be burned in.

mod style;

use std::iter::repeat;

use super::escape::WORD_JOINER;
use super::ticks::{ticks, word_ticks};
use crate::clips::captions::{Cue, CuePlace};

pub use style::{CaptionLook, CaptionPreset, Margins};

/// Returns the cues as an ASS file; each stands in its place, so that it covers no face, those without one at the bottom.
///
/// Each line is one that the rules made; libass wraps again only what would leave the margins.
pub fn ass(cues: &[Cue], look: &CaptionLook, places: &[CuePlace]) -> String {
    let places = places.iter().copied().chain(repeat(CuePlace::default()));
    let timed = cues.iter().zip(ticks(cues, 100)).zip(places);
    let events = timed.map(|((cue, (start, end)), place)| {
        let (at, margin) = (position(place), event_margin(place, look));
        let text = event_text(cue, (start, end), look.preset);
        format!(
            "Dialogue: 0,{},{},Cue,,0,0,{margin},,{at}{text}\n",
            clock(start),
            clock(end)
        )
    });
    std::iter::once(style::header(look)).chain(events).collect()
}

/// Returns the event's own margin, 0 for that of the style.
fn event_margin(place: CuePlace, look: &CaptionLook) -> u32 {
    match place {
        CuePlace::Lower => (CuePlace::raised(look.room().end) * f64::from(look.height)) as u32,
        CuePlace::Bottom | CuePlace::Middle | CuePlace::Top => 0,
    }
}

/// Returns the tag that moves a cue, none for the lower edge where the style has it.
fn position(place: CuePlace) -> &'static str {
    match place {
        CuePlace::Bottom | CuePlace::Lower => "",
        CuePlace::Middle => "{\\an5}",
        CuePlace::Top => "{\\an8}",
    }
}

fn event_text(cue: &Cue, (start, end): (i64, i64), preset: CaptionPreset) -> String {
    let times: Vec<i64> = word_ticks(cue, (start, end), 100).chain([end]).collect();
    let karaoke = preset == CaptionPreset::Karaoke;
    let mut text = match times[0] - start {
        wait if karaoke && wait > 0 => format!("{{\\k{wait}}}"),
        _ => String::new(),
    };
    let mut number = 0;
    for (i, line) in cue.lines().iter().enumerate() {
        if i > 0 {
            text += "\\N";
        }
        for (k, word) in line.words().iter().enumerate() {
            if word.space_before && k > 0 {
                text.push(' ');
            }
            if karaoke {
                text += &format!("{{\\k{}}}", times[number + 1] - times[number]);
            }
            escape(&word.text, &mut text);
            number += 1;
        }
    }
    text
}

/// Keeps text from being read as tags: `\{` is a brace to libass, a backslash becomes one that no letter follows.
///
/// A WORD JOINER also parts a brace from what follows, for FFmpeg looks for `{\` only.
fn escape(word: &str, into: &mut String) {
    for c in word.chars() {
        match c {
            '{' | '}' => into.extend(['\\', c, WORD_JOINER]),
            '\\' => into.extend(['\\', WORD_JOINER]),
            _ => into.push(c),
        }
    }
}

/// Writes `H:MM:SS.cc`.
fn clock(centis: i64) -> String {
    let (hours, minutes, seconds) = (centis / 360_000, centis / 6000 % 60, centis / 100 % 60);
    format!("{hours}:{minutes:02}:{seconds:02}.{:02}", centis % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::captions::{CueRules, lay_out_cues};
    use crate::timeline::{Segment, TimeRange, Timestamp, Transcript, Word};

    fn cue() -> Vec<Cue> {
        let range = TimeRange::new(Timestamp::ZERO, Timestamp::new(1, 1).unwrap()).unwrap();
        let word = Word {
            text: "word".into(),
            range,
            confidence: 1.0,
            space_before: true,
        };
        let segment = Segment {
            range,
            text: "word".into(),
            words: vec![word],
        };
        let transcript = Transcript {
            language: "en".into(),
            segments: vec![segment],
        };
        lay_out_cues(&transcript, &CueRules::default())
    }

    #[test]
    fn a_cue_in_the_lower_half_has_a_margin_of_its_own() {
        let look = CaptionLook::new(CaptionPreset::Clean, (1080, 1920), 20);
        let event = |place| {
            let text = ass(&cue(), &look, &[place]);
            text.lines().last().unwrap_or_default().to_owned()
        };
        assert!(event(CuePlace::Lower).ends_with("Cue,,0,0,672,,word"));
        assert!(event(CuePlace::Bottom).ends_with("Cue,,0,0,0,,word"));
        assert!(event(CuePlace::Top).ends_with("Cue,,0,0,0,,{\\an8}word"));
    }
}
