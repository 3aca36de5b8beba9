//! What the transcript means: an embedding a sentence, and where the talk turns to another topic.

use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::job::Work;
use super::memo::{keep, recall};
use crate::analysis::Embedding;
use crate::analysis::text::{Rules, paragraphs};
use crate::cache::KeyBuilder;
use crate::clock::Stopwatch;
use crate::report::{CacheAnswer, Stage};
use crate::timeline::{Paragraph, Sentence, Transcript};

/// The cache's stage for what a transcript means.
pub(super) const CACHE_STAGE: &str = "text";

/// What a transcript means.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reading {
    /// One a sentence of the transcript.
    pub(super) embeddings: Vec<Embedding>,
    /// Neighbouring sentences on one topic; each sentence is in one.
    pub(super) paragraphs: Vec<Paragraph>,
}

/// Returns what the transcript means, from the cache where it is known; nothing where nothing is said.
pub(super) fn read(work: &Work<'_>, said: Option<&Transcript>) -> anyhow::Result<Reading> {
    let Some(said) = said else {
        return Ok(Reading::default());
    };
    let watch = Stopwatch::start();
    let text = postcard::to_stdvec(said).context("pack the transcript")?;
    let key = KeyBuilder::new("text-v1")
        .field(work.run.tools.reader_digest().as_bytes())
        .field(&text)
        .finish();
    let (reading, items, answer) = match recall::<Reading>(work.run, CACHE_STAGE, &key) {
        Some(known) => (known, 0, CacheAnswer::Hit),
        None => {
            let reading = understand(work, said)?;
            keep(work.run, CACHE_STAGE, &key, &reading);
            let items = reading.embeddings.len() as u64;
            (reading, items, CacheAnswer::Miss)
        }
    };
    work.stage(Stage::Text, items, &watch, Duration::ZERO, Some(answer));
    Ok(reading)
}

fn understand(work: &Work<'_>, said: &Transcript) -> anyhow::Result<Reading> {
    let sentences: Vec<Sentence<'_>> = said.sentences().collect();
    let texts: Vec<String> = sentences.iter().map(Sentence::text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut reader = work.run.tools.take_reader()?;
    let embeddings = reader.embed(&texts)?;
    work.run.tools.put_reader(reader);
    let parts = paragraphs(&sentences, &embeddings, &Rules::default()).into_iter();
    let parts = parts.filter_map(|part| Paragraph::new(&sentences, part));
    Ok(Reading {
        paragraphs: parts.collect(),
        embeddings,
    })
}
