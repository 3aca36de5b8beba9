//! ASS and SSA.

use super::markup::plain_ass;
use super::parts::{CaptionText, ReadProblem, clock};
use crate::clips::captions::lint::ShownCue;
use crate::export::captions::ass::{PUNCH_STYLE, punch_columns};

/// The fields of an event where no line says which they are.
const USUAL: &str = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text";

/// What one event shows.
struct ReadEvent {
    style: String,
    cue: ShownCue,
}

pub(super) fn read(text: &str) -> Result<CaptionText, ReadProblem> {
    let mut format: Vec<String> = fields(USUAL);
    let mut in_events = false;
    let mut events = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('[') {
            in_events = line.eq_ignore_ascii_case("[events]");
        } else if let Some(names) = line.strip_prefix("Format:").filter(|_| in_events) {
            format = fields(names);
        } else if let Some(event) = line.strip_prefix("Dialogue:").filter(|_| in_events) {
            events.push(read_event(number, event, &format)?);
        }
    }
    events.sort_by_key(|event| event.cue.start);
    let language = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("Language:"));
    let is_punch = !events.is_empty() && events.iter().all(|event| event.style == PUNCH_STYLE);
    Ok(CaptionText {
        cues: joined(events),
        language: language.map(|code| code.trim().to_owned()),
        punch_columns: is_punch.then(|| punch_columns(text)),
    })
}

fn fields(names: &str) -> Vec<String> {
    names
        .split(',')
        .map(|name| name.trim().to_lowercase())
        .collect()
}

fn read_event(number: usize, event: &str, format: &[String]) -> Result<ReadEvent, ReadProblem> {
    // The last field, the text, may hold commas.
    let values: Vec<&str> = event.splitn(format.len(), ',').collect();
    let value = |name: &str| {
        let at = format.iter().position(|field| field == name);
        at.and_then(|at| values.get(at).copied())
    };
    let time = |name: &str| {
        let text = value(name).unwrap_or_default();
        let wrong = || ReadProblem::at(number, format!("{:?} is no time", text.trim()));
        clock(text).ok_or_else(wrong)
    };
    let lines = plain_ass(value("text").unwrap_or_default());
    Ok(ReadEvent {
        style: value("style").unwrap_or_default().trim().to_owned(),
        cue: ShownCue {
            start: time("start")?,
            end: time("end")?,
            lines: lines.into_iter().filter(|line| !line.is_empty()).collect(),
        },
    })
}

/// Returns the cues of events; those that follow each other at once with the same text are one, whose words change.
fn joined(events: Vec<ReadEvent>) -> Vec<ShownCue> {
    let mut cues: Vec<ShownCue> = Vec::new();
    for ReadEvent { cue, .. } in events {
        match cues.last_mut() {
            Some(last) if last.lines == cue.lines && last.end == cue.start => last.end = cue.end,
            _ => cues.push(cue),
        }
    }
    cues
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Text\n\
        Comment: 0,0:00:00.00,0:00:09.00,Punch,not this\n\
        Dialogue: 0,0:00:01.00,0:00:01.40,Punch,{\\c&H00D7FF&}one,{\\c} two\\Nthree\n\
        Dialogue: 0,0:00:01.40,0:00:02.00,Punch,one, {\\c&H00D7FF&}two{\\c}\\Nthree\n\
        Dialogue: 0,0:00:02.50,0:00:03.00,Punch,one, two\\Nthree\n";

    #[test]
    fn the_events_of_one_cue_are_one() {
        let read = read(EVENTS).unwrap();
        let times: Vec<_> = read.cues.iter().map(|cue| (cue.start, cue.end)).collect();
        assert_eq!(times, [(1000, 2000), (2500, 3000)]);
        assert_eq!(read.cues[0].lines, ["one, two", "three"]);
        assert!(read.punch_columns.is_some());
    }

    #[test]
    fn another_style_follows_other_rules() {
        let other = EVENTS.replace("Punch,one, two", "Default,one, two");
        assert_eq!(read(&other).unwrap().punch_columns, None);
    }
}
