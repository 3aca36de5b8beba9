//! Strict readers: they panic on anything that a careful player might stumble over.

/// One cue as a reader sees it.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) lines: Vec<String>,
}

/// Returns text without the marks that show nothing.
pub(super) fn plain(text: &str) -> String {
    text.replace('\u{2060}', "")
}

/// Reads SubRip that holds nothing a reader would take for a time line or a tag.
pub(super) fn srt(file: &str) -> Vec<Entry> {
    let tag = |c: char| c.is_ascii_alphabetic() || c == '/';
    assert!(!file.contains("{\\"));
    let joined = |after: &str| after.starts_with('\u{2060}');
    assert!(file.split('\\').skip(1).all(joined));
    assert!(file.split('<').skip(1).all(|after| !after.starts_with(tag)));
    assert_eq!(file.matches("-->").count(), file.matches("\n\n").count());
    unmarked_srt(file)
}

/// Reads SubRip whose writer knows no markup.
pub(super) fn unmarked_srt(file: &str) -> Vec<Entry> {
    let blocks = file
        .strip_suffix("\n\n")
        .into_iter()
        .flat_map(|f| f.split("\n\n"));
    let entries = blocks.zip(1..).map(|(block, number)| {
        let (id, block) = block.split_once('\n').unwrap();
        assert_eq!(id, number.to_string());
        let entry = timed(block, ',');
        Entry {
            lines: entry.lines.iter().map(|line| plain(line)).collect(),
            ..entry
        }
    });
    entries.collect()
}

pub(super) fn vtt(file: &str) -> Vec<Entry> {
    let body = file.strip_prefix("WEBVTT\n").unwrap();
    let entries = body
        .split_terminator("\n\n")
        .filter(|block| !block.is_empty())
        .map(|block| {
            let entry = timed(block.trim_matches('\n'), '.');
            let mut last = entry.start;
            let lines = entry.lines.iter();
            let lines = lines.map(|line| vtt_text(line, &mut last, entry.end));
            Entry {
                lines: lines.collect(),
                ..entry
            }
        });
    entries.collect()
}

fn vtt_text(mut line: &str, last: &mut i64, end: i64) -> String {
    let mut text = String::new();
    while let Some(c) = line.chars().next() {
        line = &line[c.len_utf8()..];
        assert_ne!(c, '>');
        match c {
            '<' => {
                let (tag, rest) = line.split_once('>').unwrap();
                let time = clock(tag, '.');
                assert!(*last < time && time < end, "{tag}");
                (line, *last) = (rest, time);
            }
            '&' => {
                let (name, rest) = line.split_once(';').unwrap();
                let names = [("amp", '&'), ("lt", '<'), ("gt", '>')];
                text.push(names.iter().find(|(n, _)| *n == name).unwrap().1);
                line = rest;
            }
            _ => text.push(c),
        }
    }
    plain(&text)
}

pub(super) fn ass(file: &str) -> Vec<Entry> {
    let (head, events) = file.split_once("Effect, Text\n").unwrap();
    assert!(head.starts_with("[Script Info]\n") && head.contains("\n[V4+ Styles]\n"));
    let style = head
        .lines()
        .find_map(|line| line.strip_prefix("Style: "))
        .unwrap();
    assert_eq!(style.split(',').count(), 23);
    let entries = events.split_terminator('\n').map(|line| {
        let fields: Vec<&str> = line
            .strip_prefix("Dialogue: ")
            .unwrap()
            .splitn(10, ',')
            .collect();
        let (start, end) = (ass_clock(fields[1]), ass_clock(fields[2]));
        Entry {
            start,
            end,
            lines: ass_text(fields[9], end - start),
        }
    });
    entries.collect()
}

fn ass_text(mut text: &str, length: i64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut sung = 0;
    while let Some(c) = text.chars().next() {
        text = &text[c.len_utf8()..];
        let shown = match c {
            '{' => {
                let (tag, rest) = text.split_once('}').unwrap();
                sung += tag
                    .strip_prefix("\\k")
                    .map_or(0, |n| n.parse::<i64>().unwrap());
                let known = |name: &str| name.starts_with("fs") || ["an5", "an8"].contains(&name);
                let moved = tag.split('\\').skip(1).all(known);
                assert!(tag.starts_with("\\k") || moved, "{tag}");
                text = rest;
                None
            }
            '\\' => {
                let escaped = text.chars().next().unwrap();
                text = &text[escaped.len_utf8()..];
                match escaped {
                    'N' => {
                        lines.push(String::new());
                        None
                    }
                    '{' | '}' => Some(escaped),
                    '\u{2060}' => Some('\\'),
                    other => panic!("\\{other}"),
                }
            }
            c => Some(c),
        };
        lines.last_mut().unwrap().extend(shown);
    }
    assert!(sung == 0 || sung == length, "{sung} of {length}");
    lines.iter().for_each(|line| visible(line));
    lines.iter().map(|line| plain(line)).collect()
}

fn timed(block: &str, point: char) -> Entry {
    let (times, text) = block.split_once('\n').unwrap();
    let (start, end) = times.split_once(" --> ").unwrap();
    let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    lines.iter().for_each(|line| visible(line));
    Entry {
        start: clock(start, point),
        end: clock(end, point),
        lines,
    }
}

/// Refuses an empty line, which would end the cue, and control characters.
fn visible(line: &str) {
    assert!(
        !line.trim().is_empty() && !line.contains(char::is_control),
        "{line:?}"
    );
}

fn clock(text: &str, point: char) -> i64 {
    let (whole, millis) = text.split_once(point).unwrap();
    assert_eq!(millis.len(), 3);
    seconds(whole, 2) * 1000 + millis.parse::<i64>().unwrap()
}

fn ass_clock(text: &str) -> i64 {
    let (whole, centis) = text.split_once('.').unwrap();
    assert_eq!(centis.len(), 2);
    seconds(whole, 1) * 100 + centis.parse::<i64>().unwrap()
}

fn seconds(text: &str, hour_digits: usize) -> i64 {
    let parts: Vec<&str> = text.split(':').collect();
    assert!(
        parts.len() == 3
            && parts[0].len() >= hour_digits
            && parts[1].len() == 2
            && parts[2].len() == 2,
        "{text}"
    );
    parts
        .iter()
        .fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap())
}
