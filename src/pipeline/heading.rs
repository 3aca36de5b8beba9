//! What is written over clips and chapters: titles, hook lines and keywords in the speaker's own words.

use std::time::Duration;

use anyhow::Context;

use super::job::Work;
use super::memo::{keep, recall};
use super::read::CACHE_STAGE;
use crate::analysis::text;
use crate::cache::{Key, KeyBuilder};
use crate::clips::title::{Background, Heading, heading};
use crate::clock::Stopwatch;
use crate::report::{CacheAnswer, Stage};
use crate::timeline::{TimeRange, Timestamp, Transcript};

/// Returns the heading of each stretch, from the cache where it is known; none for one in which nothing is said.
///
/// # Errors
/// What the model that reads text says.
pub(super) fn headings(
    work: &Work<'_>,
    said: Option<&Transcript>,
    ranges: &[TimeRange],
) -> anyhow::Result<Vec<Option<Heading>>> {
    let Some(said) = said.filter(|_| !ranges.is_empty()) else {
        return Ok(vec![None; ranges.len()]);
    };
    let watch = Stopwatch::start();
    let text = postcard::to_stdvec(said).context("pack the transcript")?;
    let talk = KeyBuilder::new("talk-v1")
        .field(work.run.tools.reader_digest().as_bytes())
        .field(&text)
        .finish();
    let keys: Vec<Key> = ranges.iter().map(|range| key(&talk, *range)).collect();
    let mut known: Vec<Option<Option<Heading>>> = keys
        .iter()
        .map(|key| recall(work.run, CACHE_STAGE, key))
        .collect();
    let missing: Vec<usize> = (0..known.len())
        .filter(|slot| known[*slot].is_none())
        .collect();
    let (mut items, mut answer) = (0, CacheAnswer::Hit);
    if !missing.is_empty() {
        let wanted: Vec<TimeRange> = missing.iter().map(|slot| ranges[*slot]).collect();
        let (found, texts) = compose(work, said, &wanted)?;
        for (slot, heading) in missing.into_iter().zip(found) {
            keep(work.run, CACHE_STAGE, &keys[slot], &heading);
            known[slot] = Some(heading);
        }
        (items, answer) = (texts, CacheAnswer::Miss);
    }
    work.stage(Stage::Text, items, &watch, Duration::ZERO, Some(answer));
    Ok(known.into_iter().map(Option::flatten).collect())
}

/// Returns the key of one stretch's heading, whichever other stretches of the talk are asked for with it.
fn key(talk: &Key, range: TimeRange) -> Key {
    let time = |time: Timestamp| {
        let (num, den) = time.fraction();
        [num.to_le_bytes(), i64::from(den).to_le_bytes()].concat()
    };
    KeyBuilder::new("heading-v3")
        .field(talk.as_bytes())
        .field(&time(range.start()))
        .field(&time(range.end()))
        .finish()
}

/// Returns the headings, and how many texts the model read for them.
fn compose(
    work: &Work<'_>,
    said: &Transcript,
    ranges: &[TimeRange],
) -> anyhow::Result<(Vec<Option<Heading>>, u64)> {
    let background = Background::new(said);
    let mut reader = work.run.tools.take_reader()?;
    let mut read = 0;
    let mut found = Vec::with_capacity(ranges.len());
    for &range in ranges {
        work.check_abort()?;
        let embed = |texts: &[&str]| {
            read += texts.len() as u64;
            reader.embed(texts)
        };
        let composed: Result<_, text::Error> = heading(said, range, &background, embed);
        found.push(composed?);
    }
    work.run.tools.put_reader(reader);
    Ok((found, read))
}
