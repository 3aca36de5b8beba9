//! Titles, hook lines and keywords of clips and chapters, in the speaker's own words.

use anyhow::Context;

use crate::cache::{Key, KeyBuilder};
use crate::clips::title::{Background, Heading, TITLE_RULES, heading};
use crate::clips::word_lists;
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::timeline::{TimeRange, Timestamp, Transcript};

/// Returns the heading of each range; none for one in which nobody speaks.
///
/// # Errors
/// What the embedding model says; that the job must stop.
pub(crate) fn find_headings(
    ctx: &JobContext<'_>,
    transcript: Option<&Transcript>,
    ranges: &[TimeRange],
) -> anyhow::Result<Vec<Option<Heading>>> {
    let Some(transcript) = transcript.filter(|_| !ranges.is_empty()) else {
        return Ok(vec![None; ranges.len()]);
    };
    let talk = talk_key(ctx, transcript)?;
    let mut background = None;
    let services = ctx.services;
    let client = ctx.client(&services.models.text);
    let mut find = |range: TimeRange| {
        let key = heading_key(&talk, range);
        services.cache.cached(&ctx.events, Record::Title, &key, || {
            let background = background.get_or_insert_with(|| Background::new(transcript));
            heading(transcript, range, background, |texts: &[&str]| {
                client.answer(texts.iter().map(|text| (*text).to_owned()).collect())
            })
        })
    };
    ranges.iter().map(|range| find(*range)).collect()
}

/// Returns the key of what all headings of a transcript depend on: its text, the model, the lists of words.
fn talk_key(ctx: &JobContext<'_>, transcript: &Transcript) -> anyhow::Result<Key> {
    let text = postcard::to_stdvec(transcript).context("pack the transcript")?;
    let digest = ctx.services.registry.text_digest();
    let key = KeyBuilder::new("talk-v1")
        .field(digest.as_bytes())
        .field(&text)
        .field(word_lists().as_bytes());
    Ok(with_value(key, &TITLE_RULES).finish())
}

/// Returns the key of one range's heading, whichever other ranges of the talk are asked for with it.
fn heading_key(talk: &Key, range: TimeRange) -> Key {
    let time = |time: Timestamp| {
        let (num, den) = time.fraction();
        [num.to_le_bytes(), i64::from(den).to_le_bytes()].concat()
    };
    Record::Title
        .key()
        .field(talk.as_bytes())
        .field(&time(range.start()))
        .field(&time(range.end()))
        .finish()
}
