//! Speech scores and sound classes by block, and ends of thoughts: sound that was scored before is not scored again.

use crate::analysis::sound::{Classes, SoundBlock, SoundModel};
use crate::analysis::speech::{SpeechModel, SpeechState};
use crate::analysis::thought::ThoughtModel;
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::pipeline::models::{Client, SOUND_DETAIL, SpeechBlock};

/// Scores blocks of a job's sound.
pub(crate) struct BlockScorer<'a> {
    ctx: &'a JobContext<'a>,
    speech: Client<'a, SpeechModel>,
    sound: Client<'a, SoundModel>,
    thoughts: Client<'a, ThoughtModel>,
}

impl<'a> BlockScorer<'a> {
    /// Returns the scorer of a job.
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> Self {
        let models = &ctx.services.models;
        Self {
            ctx,
            speech: ctx.client(&models.speech),
            sound: ctx.client(&models.sound),
            thoughts: ctx.client(&models.end_of_thought),
        }
    }

    /// Returns the speech scores of a block, and carries the model's memory on.
    ///
    /// # Errors
    /// What the model says; that the job must stop.
    pub(crate) fn speech(&self, rows: &[f32], state: &mut SpeechState) -> anyhow::Result<Vec<f32>> {
        let key = Record::SpeechBlock
            .key()
            .field(self.ctx.services.registry.speech_digest().as_bytes())
            .field(&state.to_bytes())
            .field(&sample_bytes(rows))
            .finish();
        let ask = || {
            let (rows, state) = (rows.to_vec(), state.clone());
            let (scores, after) = self.speech.answer(SpeechBlock { rows, state })?;
            Ok::<_, anyhow::Error>((scores, after.to_bytes()))
        };
        let (cache, events) = (&self.ctx.services.cache, &self.ctx.events);
        let kept = cache.cached(events, Record::SpeechBlock, &key, ask)?;
        let (scores, after): (Vec<f32>, Vec<u8>) = kept;
        if let Some(after) = SpeechState::from_bytes(&after) {
            *state = after;
            return Ok(scores);
        }
        // A memory that is none: what was kept is of no use.
        let (scores, after) = ask()?;
        *state = SpeechState::from_bytes(&after).unwrap_or_default();
        Ok(scores)
    }

    /// Returns the classes of a block's patches.
    ///
    /// # Errors
    /// What the model says; that the job must stop.
    pub(crate) fn sound(&self, block: &SoundBlock) -> anyhow::Result<Vec<Classes>> {
        let key = Record::SoundBlock
            .key()
            .field(self.ctx.services.registry.sound_digest().as_bytes())
            .field(&block.to_bytes());
        let key = with_value(key, &SOUND_DETAIL).finish();
        let (cache, events) = (&self.ctx.services.cache, &self.ctx.events);
        cache.cached(events, Record::SoundBlock, &key, || {
            self.sound.answer(block.clone())
        })
    }

    /// Returns how likely a thought is over after some sound, 0..1; `model` is the digest of the model.
    ///
    /// # Errors
    /// What the model says; that the job must stop.
    pub(crate) fn end_of_thought(&self, model: &str, samples: Vec<f32>) -> anyhow::Result<f32> {
        let key = Record::EndOfThought
            .key()
            .field(model.as_bytes())
            .field(&sample_bytes(&samples))
            .finish();
        let (cache, events) = (&self.ctx.services.cache, &self.ctx.events);
        cache.cached(events, Record::EndOfThought, &key, || {
            self.thoughts.answer(samples)
        })
    }
}

/// Returns samples as they are hashed.
pub(crate) fn sample_bytes(samples: &[f32]) -> Vec<u8> {
    let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes());
    bytes.collect()
}
