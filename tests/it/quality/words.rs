//! Recordings of people, written down and timed, held against what people wrote down.

use std::collections::BTreeMap;
use std::fs;

use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::said::recordings::{Heard, hear};
use crate::said::score::{Times, compare, grid, median_and_p90, normal, rolling_vtt};
use crate::said::studio::Studio;

/// Jobs and what they hear.
const RECORDINGS: [(&str, &str); 6] = [
    ("jfk", "jfk.flac"),
    ("draft", "jfk.flac"),
    ("library", "116-288045-0000.flac"),
    ("novel", "sense_and_sensibility_01_austen_64kb-0870.wav"),
    ("manifesto", "manifesto.mp4"),
    ("grid", "id2_vcd_swwp2s.mpg"),
];

/// Jobs, what people wrote down, and how many words of a hundred may be wrong.
const WRITTEN: [(&str, &str, f64); 4] = [
    ("jfk", "jfk.flac.txt", 0.0),
    ("draft", "jfk.flac.txt", 0.0),
    (
        "novel",
        "sense_and_sensibility_01_austen_64kb-0870.wav.txt",
        8.0,
    ),
    // "a stir" for "astir" is two errors, "winding", "in" and "dither" are three, of 33 words.
    ("library", "116-288045-0000.flac.txt", 15.2),
];

fn reference(name: &str) -> Result<String, Missing> {
    Ok(fs::read_to_string(shared(&format!("media/speech/{name}"))?).unwrap())
}

fn texts(words: &[(String, Times)]) -> Vec<String> {
    words.iter().map(|(text, _)| text.clone()).collect()
}

/// Prints how many words of a hundred are wrong, and tells whether they are few enough.
fn score_words(heard: &Heard, (id, written, most): (&str, &str, f64)) -> Result<bool, Missing> {
    let (found, wanted) = (texts(&heard.words()), normal(&reference(written)?));
    let (errors, _) = compare(&found, &wanted);
    let rate = 100.0 * errors as f64 / wanted.len() as f64;
    println!(
        "{id:12} {rate:.1} % of {} words wrong, {most} at most",
        wanted.len()
    );
    Ok(rate <= most)
}

/// Prints how far the times of the words that are right are off, and tells whether a tenth of a second holds.
fn score_times(heard: &Heard, id: &str, wanted: &[(String, Times)]) -> bool {
    let found = heard.words();
    let (_, same) = compare(&texts(&found), &texts(wanted));
    let mut good = same.len() * 3 >= wanted.len() * 2;
    for (name, side) in [("start", 0), ("end", 1)] {
        let time = |times: Times| [times.0, times.1][side];
        let off = same
            .iter()
            .map(|(f, w)| (time(found[*f].1) - time(wanted[*w].1)).abs());
        let (median, p90) = median_and_p90(off.collect());
        println!(
            "{id:12} {name}: off by {median:.3} s in the middle, nine of ten by {p90:.3} s at most"
        );
        good &= median <= 0.10 && p90 <= 0.25;
    }
    good
}

fn hear_all() -> Result<BTreeMap<String, Heard>, Missing> {
    hear(&Studio::new()?, String::new(), &RECORDINGS)
}

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn speakers_are_written_down_with_few_wrong_words_and_timed_to_a_tenth_of_a_second() {
    let heard = or_skip!(hear_all());
    let mut bad = Vec::new();
    for written in WRITTEN {
        if !or_skip!(score_words(&heard[written.0], written)) {
            bad.push(written.0);
        }
    }
    let captions = rolling_vtt(&or_skip!(reference("manifesto.mp4.vtt")));
    let alignment = grid(&or_skip!(reference("id2_vcd_swwp2s.mpg.align")));
    for (id, wanted) in [("manifesto", captions), ("grid", alignment)] {
        if !score_times(&heard[id], id, &wanted) {
            bad.push(id);
        }
    }
    assert_eq!(bad, Vec::<&str>::new());
}
