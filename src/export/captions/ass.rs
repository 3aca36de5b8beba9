//! ASS (Advanced SubStation Alpha): styled captions, to be burned in.

mod style;

use std::iter::repeat;

use super::escape::WORD_JOINER;
use super::ticks::{ticks, word_ticks};
use crate::clips::captions::{Cue, CuePlace};

pub(super) use style::PUNCH_STYLE;
pub use style::{CaptionLook, CaptionPreset, Margins};

/// Returns the cues as an ASS file; each stands in its place, so that it covers no face, those without one at the bottom.
///
/// Each line is one that the rules made; libass wraps again only what would leave the margins. A line that is wider than the
/// picture allows is drawn smaller. In the style for phones a cue is several events, one for each word that is spoken.
pub fn ass(cues: &[Cue], look: &CaptionLook, places: &[CuePlace]) -> String {
    let places = places.iter().copied().chain(repeat(CuePlace::default()));
    let timed = cues.iter().zip(ticks(cues, 100)).zip(places);
    let events = timed.flat_map(|((cue, times), place)| {
        let (margin, front) = (event_margin(place, look), front(cue, place, look));
        let texts = event_texts(cue, times, look.preset).into_iter();
        texts.map(move |((start, end), text)| {
            format!(
                "Dialogue: 0,{},{},{},,0,0,{margin},,{front}{text}\n",
                clock(start),
                clock(end),
                look.preset.style_name()
            )
        })
    });
    std::iter::once(style::header(look)).chain(events).collect()
}

/// Returns the columns of a line of captions for a phone in an ASS file of anybody's.
pub(super) fn punch_columns(file: &str) -> usize {
    let side = |name: &str| {
        let value = file.lines().find_map(|line| line.trim().strip_prefix(name));
        value.and_then(|value| value.trim().parse().ok())
    };
    let size = side("PlayResX:").zip(side("PlayResY:"));
    CaptionLook::new(CaptionPreset::Punch, size.unwrap_or((1080, 1920))).columns()
}

/// Returns the event's own margin, 0 for that of the style.
fn event_margin(place: CuePlace, look: &CaptionLook) -> u32 {
    let thousandth = f64::from(look.height) / 1000.0;
    match place {
        CuePlace::Bottom => 0,
        CuePlace::Raised(edge) => ((f64::from(edge) * thousandth).round() as u32).max(1),
        CuePlace::Top => look.margins.top,
    }
}

/// Returns the tags that a cue begins with: where it stands if not at the lower edge, and its size if not the style's.
fn front(cue: &Cue, place: CuePlace, look: &CaptionLook) -> String {
    let at = match place {
        CuePlace::Bottom | CuePlace::Raised(_) => "",
        CuePlace::Top => "\\an8",
    };
    let sizes = cue
        .lines()
        .iter()
        .filter_map(|line| look.smaller(&line.text()));
    let size = sizes.min().map(|size| format!("\\fs{size}"));
    match (at, size.unwrap_or_default()) {
        ("", size) if size.is_empty() => String::new(),
        (at, size) => format!("{{{at}{size}}}"),
    }
}

/// When an event is shown, in hundredths of a second, and what.
type EventText = ((i64, i64), String);

fn event_texts(cue: &Cue, (start, end): (i64, i64), preset: CaptionPreset) -> Vec<EventText> {
    let starts: Vec<i64> = word_ticks(cue, (start, end), 100).collect();
    match preset {
        CaptionPreset::Punch => by_the_word(cue, (start, end), &starts),
        CaptionPreset::Karaoke => {
            let wait = starts[0] - start;
            let wait = (wait > 0).then(|| format!("{{\\k{wait}}}"));
            let ends: Vec<i64> = starts[1..].iter().copied().chain([end]).collect();
            let sung = |number: usize| {
                let length = ends[number] - starts[number];
                (format!("{{\\k{length}}}"), "")
            };
            vec![((start, end), wait.unwrap_or_default() + &text(cue, sung))]
        }
        CaptionPreset::Clean | CaptionPreset::Bold => {
            vec![((start, end), text(cue, |_| (String::new(), "")))]
        }
    }
}

/// The colour of the word that is spoken: yellow.
const SPOKEN: &str = "{\\c&H00D7FF&}";
/// The style's own colour.
const USUAL: &str = "{\\c}";

/// Returns the cue once for each of its words, which stands out while it is spoken and until the next one is.
fn by_the_word(cue: &Cue, (start, end): (i64, i64), starts: &[i64]) -> Vec<EventText> {
    let from = std::iter::once(start).chain(starts.iter().skip(1).copied());
    let to = starts.iter().skip(1).copied().chain([end]);
    let events = from.zip(to).enumerate();
    // A word shorter than the clock can tell has no time of its own.
    let events = events.filter(|(_, (from, to))| from < to);
    let events = events.map(|(spoken, times)| {
        let marked = |number: usize| {
            if number == spoken {
                (SPOKEN.to_owned(), USUAL)
            } else {
                (String::new(), "")
            }
        };
        (times, text(cue, marked))
    });
    events.collect()
}

/// Returns the text of a cue, each word between what `tags` gives for its number.
fn text(cue: &Cue, tags: impl Fn(usize) -> (String, &'static str)) -> String {
    let mut text = String::new();
    let mut number = 0;
    for (i, line) in cue.lines().iter().enumerate() {
        if i > 0 {
            text += "\\N";
        }
        for (k, word) in line.words().iter().enumerate() {
            if word.space_before && k > 0 {
                text.push(' ');
            }
            let (before, after) = tags(number);
            text += &before;
            escape(&word.text, &mut text);
            text += after;
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
        let range = |from, to| {
            let at = |tenths| Timestamp::new(tenths, 10).unwrap();
            TimeRange::new(at(from), at(to)).unwrap()
        };
        let word = |text: &str, range| Word {
            text: text.into(),
            range,
            confidence: 1.0,
            space_before: true,
        };
        let segment = Segment {
            range: range(0, 10),
            text: "two words".into(),
            words: vec![word("two", range(0, 4)), word("words", range(4, 10))],
        };
        let transcript = Transcript {
            language: "en".into(),
            segments: vec![segment],
        };
        lay_out_cues(&transcript, &CueRules::default())
    }

    fn events(look: &CaptionLook, place: CuePlace) -> Vec<String> {
        let text = ass(&cue(), look, &[place]);
        let (_, events) = text.split_once("Effect, Text\n").unwrap();
        events.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_cue_that_gives_way_has_a_margin_of_its_own() {
        let look = CaptionLook::new(CaptionPreset::Clean, (1080, 1920));
        let ends = |place, end: &str| {
            let events = events(&look, place);
            assert!(events.len() == 1 && events[0].ends_with(end), "{events:?}");
        };
        ends(CuePlace::Raised(350), "Cue,,0,0,672,,two words");
        ends(CuePlace::Bottom, "Cue,,0,0,0,,two words");
        ends(CuePlace::Top, "Cue,,0,0,250,,{\\an8}two words");
    }

    #[test]
    fn for_a_phone_there_is_an_event_a_word() {
        let look = CaptionLook::new(CaptionPreset::Punch, (1080, 1920));
        let expected = [
            "Dialogue: 0,0:00:00.00,0:00:00.40,Punch,,0,0,0,,{\\c&H00D7FF&}two{\\c} words",
            "Dialogue: 0,0:00:00.40,0:00:01.00,Punch,,0,0,0,,two {\\c&H00D7FF&}words{\\c}",
        ];
        assert_eq!(events(&look, CuePlace::Bottom), expected);
    }

    #[test]
    fn a_line_that_is_too_wide_is_drawn_smaller() {
        let mut look = CaptionLook::new(CaptionPreset::Punch, (1080, 1920));
        look.letters = "two words".chars().map(|letter| (letter, 2.0)).collect();
        // 720 pixels less twice the outline of 8.3 and the shadow of 2.7, for nine letters of twice the size.
        let events = events(&look, CuePlace::Top);
        assert!(events[0].contains(",{\\an8\\fs38}{\\c"), "{events:?}");
        assert_eq!(look.columns(), 15);
        assert!((look.drawn("w") - 2.0 * 93.0 / (698.0 / 15.0)).abs() < 1e-6);
    }
}
