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
use crate::timeline::{TimeRange, Transcript};

/// Returns the heading of each stretch, from the cache where they are known; none for one in which nothing is said.
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
    let key = key(work, said, ranges)?;
    let known = recall::<Vec<Option<Heading>>>(work.run, CACHE_STAGE, &key);
    let (found, items, answer) = match known.filter(|known| known.len() == ranges.len()) {
        Some(known) => (known, 0, CacheAnswer::Hit),
        None => {
            let (found, texts) = compose(work, said, ranges)?;
            keep(work.run, CACHE_STAGE, &key, &found);
            (found, texts, CacheAnswer::Miss)
        }
    };
    work.stage(Stage::Text, items, &watch, Duration::ZERO, Some(answer));
    Ok(found)
}

fn key(work: &Work<'_>, said: &Transcript, ranges: &[TimeRange]) -> anyhow::Result<Key> {
    let text = postcard::to_stdvec(said).context("pack the transcript")?;
    let ranges = postcard::to_stdvec(ranges).context("pack the stretches")?;
    Ok(KeyBuilder::new("heading-v1")
        .field(work.run.tools.reader_digest().as_bytes())
        .field(&text)
        .field(&ranges)
        .finish())
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
