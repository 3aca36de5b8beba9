//! How near a transcript is to what people wrote down: words, and when they are said.

/// When a word begins and ends, in seconds.
pub(crate) type Times = (f64, f64);

/// Returns the words of a text, lower-case and without punctuation.
pub(crate) fn normal(text: &str) -> Vec<String> {
    let apart = text.to_lowercase().replace(['-', '—', '–'], " ");
    let bare = apart.replace(|c: char| !c.is_alphanumeric() && !c.is_whitespace(), "");
    bare.split_whitespace().map(str::to_owned).collect()
}

/// Returns the words of timed texts, each with the time of its text.
pub(crate) fn spread<'a>(
    texts: impl IntoIterator<Item = (&'a str, Times)>,
) -> Vec<(String, Times)> {
    let words = |(text, times): (&str, Times)| normal(text).into_iter().map(move |w| (w, times));
    texts.into_iter().flat_map(words).collect()
}

/// Returns how many words must be changed, added or left out, and the positions of the words that are the same.
pub(crate) fn compare(found: &[String], wanted: &[String]) -> (usize, Vec<(usize, usize)>) {
    let mut table = vec![vec![0; wanted.len() + 1]; found.len() + 1];
    for f in 0..=found.len() {
        for w in 0..=wanted.len() {
            table[f][w] = match (f, w) {
                (0, _) | (_, 0) => f + w,
                _ => {
                    let changed = table[f - 1][w - 1] + usize::from(found[f - 1] != wanted[w - 1]);
                    changed.min(table[f - 1][w] + 1).min(table[f][w - 1] + 1)
                }
            };
        }
    }
    let (mut f, mut w, mut same) = (found.len(), wanted.len(), Vec::new());
    while f > 0 && w > 0 {
        let equal = found[f - 1] == wanted[w - 1];
        if table[f][w] == table[f - 1][w - 1] + usize::from(!equal) {
            (f, w) = (f - 1, w - 1);
            same.extend(equal.then_some((f, w)));
        } else if table[f][w] == table[f][w - 1] + 1 {
            w -= 1;
        } else {
            f -= 1;
        }
    }
    same.reverse();
    (table[found.len()][wanted.len()], same)
}

/// Returns the middle one and the one that nine of ten are not above.
pub(crate) fn median_and_p90(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64) as usize];
    (at(0.5), at(0.9))
}

/// Reads the words of a GRID alignment, which counts 25,000 a second.
pub(crate) fn grid(text: &str) -> Vec<(String, Times)> {
    let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let time = |field: &str| field.trim().parse::<f64>().unwrap() / 25_000.0;
    let words = lines.filter_map(|fields| match fields.as_slice() {
        [start, end, word] if *word != "sil" => {
            Some(((*word).to_owned(), (time(start), time(end))))
        }
        _ => None,
    });
    words.collect()
}

/// Reads the words of rolling captions in which each word has its time: only a cue's last line is new.
pub(crate) fn rolling_vtt(text: &str) -> Vec<(String, Times)> {
    let mut words = Vec::new();
    for cue in text.replace("</c>", "").replace("<c>", "").split("\n\n") {
        let Some((start, rest)) = cue.trim_start().split_once(" --> ") else {
            continue;
        };
        let (head, body) = rest.split_once('\n').unwrap_or((rest, ""));
        let end = seconds(head.split(' ').next().unwrap());
        let line = body.trim_end_matches('\n').rsplit('\n').next().unwrap();
        if end - seconds(start) >= 0.02 {
            words.extend(timed(line, seconds(start), end));
        }
    }
    words
}

/// Reads `one<00:00:01.920> two<00:00:02.480> three`.
fn timed(line: &str, start: f64, end: f64) -> Vec<(String, Times)> {
    let parts = line.split('<').map(|part| match part.split_once('>') {
        Some((time, text)) => (text, seconds(time)),
        None => (part, start),
    });
    let parts: Vec<_> = parts.collect();
    let ends = parts.iter().skip(1).map(|part| part.1).chain([end]);
    let timed = parts
        .iter()
        .zip(ends)
        .map(|(part, end)| (part.0, (part.1, end)));
    spread(timed)
}

/// Reads `00:00:01.920`.
fn seconds(clock: &str) -> f64 {
    let part = |sum: f64, part: &str| sum * 60.0 + part.parse::<f64>().unwrap();
    clock.split(':').fold(0.0, part)
}

#[test]
fn errors_are_counted_as_changed_added_and_missing_words() {
    let errors = |found, wanted| compare(&normal(found), &normal(wanted)).0;
    assert_eq!(errors("Well-dressed, isn't it?", "well dressed isnt it"), 0);
    assert_eq!(errors("a b x d e", "a b c d"), 2);
    assert_eq!(errors("", "a b"), 2);
    let (_, same) = compare(&normal("a x c"), &normal("a c"));
    assert_eq!(same, [(0, 0), (2, 1)]);
}

#[test]
fn rolling_captions_tell_each_word_once() {
    let text = "WEBVTT\n\n00:01.000 --> 00:03.000 align:start\n \none<00:02.000><c> two</c>\n\n00:03.000 --> 00:03.010\none two\n \n";
    let wanted = [
        ("one".to_owned(), (1.0, 2.0)),
        ("two".to_owned(), (2.0, 3.0)),
    ];
    assert_eq!(rolling_vtt(text), wanted);
}
