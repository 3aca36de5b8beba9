//! Captions as JSON for other programs.

use serde::Serialize;

use crate::clips::captions::{Cue, CueLine, is_doubtful};
use crate::export::Seconds;
use crate::timeline::Word;

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    language: &'a str,
    cues: Vec<CueRow<'a>>,
}

#[derive(Serialize)]
struct CueRow<'a> {
    start: Seconds,
    end: Seconds,
    lines: Vec<String>,
    words: Vec<WordRow<'a>>,
    #[serde(skip_serializing_if = "is_sure")]
    doubtful: bool,
}

#[derive(Serialize)]
struct WordRow<'a> {
    text: &'a str,
    start: Seconds,
    end: Seconds,
    confidence: f32,
    #[serde(skip_serializing_if = "is_sure")]
    doubtful: bool,
}

/// Only what is doubtful is marked.
fn is_sure(doubtful: &bool) -> bool {
    !doubtful
}

/// Returns the cues as JSON: `{schema, language, cues[{start, end, lines[], words[{text, start, end, confidence}]}]}`.
///
/// Times are in seconds, exact to the microsecond; a confidence that is no number is `null`. `"doubtful": true` marks words
/// and cues that do not stand in the picture.
pub fn json(cues: &[Cue], language: &str) -> String {
    let file = File {
        schema: 1,
        language,
        cues: cues.iter().map(cue).collect(),
    };
    serde_json::to_string_pretty(&file).expect("strings and numbers become JSON") + "\n"
}

fn cue(cue: &Cue) -> CueRow<'_> {
    CueRow {
        start: cue.range().start().into(),
        end: cue.range().end().into(),
        lines: cue.lines().iter().map(CueLine::text).collect(),
        words: cue.words().map(word).collect(),
        doubtful: cue.is_doubtful(),
    }
}

fn word(word: &Word) -> WordRow<'_> {
    WordRow {
        text: &word.text,
        start: word.range.start().into(),
        end: word.range.end().into(),
        confidence: word.confidence,
        doubtful: is_doubtful(word),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::clips::captions::{CueRules, lay_out_cues};
    use crate::timeline::{Segment, TimeRange, Timestamp, Transcript};

    #[test]
    fn what_does_not_stand_in_the_picture_is_marked() {
        let at = |tenths| Timestamp::new(tenths, 10).unwrap();
        let word = |text: &str, from, to, confidence| Word {
            text: text.into(),
            range: TimeRange::new(at(from), at(to)).unwrap(),
            confidence,
            space_before: true,
        };
        let words = vec![word("Well,", 0, 5, 0.9), word("Nottingham.", 5, 37, 0.8)];
        let said = Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range: TimeRange::new(at(0), at(37)).unwrap(),
                text: String::new(),
                words,
            }],
        };
        let text = json(&lay_out_cues(&said, &CueRules::default()), "en");
        let file: Value = serde_json::from_str(&text).unwrap();
        let cue = &file["cues"][0];
        assert_eq!(cue.get("doubtful"), None);
        assert_eq!(cue["words"][0].get("doubtful"), None);
        assert_eq!(cue["words"][1]["doubtful"], true);
    }
}
