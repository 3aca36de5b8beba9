//! Text embeddings: an embedding a sentence of the transcript, and where the talk turns to another topic.

use anyhow::Context;
use serde::Serialize;

use crate::analysis::Embedding;
use crate::analysis::text::{ParagraphRules, paragraphs};
use crate::cache::Key;
use crate::pipeline::cached::Record;
use crate::pipeline::context::JobContext;
use crate::timeline::{Paragraph, Sentence, Transcript};

/// The sentences of a transcript by their meaning.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TextAnalysis {
    /// One a sentence of the transcript.
    pub(crate) embeddings: Vec<Embedding>,
    /// Neighbouring sentences on one topic; each sentence is in one.
    pub(crate) paragraphs: Vec<Paragraph>,
}

/// Returns the key of the embeddings of a transcript's sentences.
fn sentences_key(digest: &str, transcript: &impl Serialize) -> anyhow::Result<Key> {
    let text = postcard::to_stdvec(transcript).context("pack the transcript")?;
    let key = Record::Sentences.key().field(digest.as_bytes());
    Ok(key.field(&text).finish())
}

/// Returns the meaning of a transcript's sentences; nothing where nobody speaks.
///
/// # Errors
/// What the model says; that the job must stop.
pub(crate) fn analyse_text(
    ctx: &JobContext<'_>,
    transcript: Option<&Transcript>,
) -> anyhow::Result<TextAnalysis> {
    let Some(transcript) = transcript else {
        return Ok(TextAnalysis::default());
    };
    let sentences: Vec<Sentence<'_>> = transcript.sentences().collect();
    let services = ctx.services;
    let key = sentences_key(&services.registry.text_digest(), transcript)?;
    let embeddings = services
        .cache
        .cached(&ctx.events, Record::Sentences, &key, || {
            let texts = sentences.iter().map(Sentence::text).collect();
            ctx.client(&services.models.text).answer(texts)
        })?;
    let parts = paragraphs(&sentences, &embeddings, &ParagraphRules::default()).into_iter();
    let paragraphs = parts.filter_map(|part| Paragraph::new(&sentences, part));
    Ok(TextAnalysis {
        paragraphs: paragraphs.collect(),
        embeddings,
    })
}
