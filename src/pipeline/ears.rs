//! The models that hear who speaks when and what is heard: a block that they have heard before is not heard again.

use std::time::Duration;

use super::hear::bytes;
use super::job::Work;
use super::memo::{keep, recall};
use crate::analysis::sound::{Classes, Detail, SoundBlock, SoundModel};
use crate::analysis::speech::{SpeechModel, SpeechState};
use crate::cache::KeyBuilder;
use crate::clock::Stopwatch;
use crate::inference::{self, BatchSizer};

const SPEECH_STAGE: &str = "speech";
const SOUND_STAGE: &str = "sound";

/// The models that hear, loaded; one thread owns them.
#[derive(Debug)]
pub(super) struct Ears {
    pub(super) speech: SpeechModel,
    pub(super) sound: SoundModel,
}

/// Time spent on something that happens again and again.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) runs: u64,
}

impl Tally {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let watch = Stopwatch::start();
        let answer = work();
        self.wall += watch.wall();
        self.cpu += watch.cpu();
        answer
    }
}

impl Tally {
    /// Times work that counts its model runs itself.
    pub(super) fn time_of<T>(&mut self, work: impl FnOnce(&mut Tally) -> T) -> T {
        let mut inner = Tally::default();
        let answer = self.time(|| work(&mut inner));
        self.runs += inner.runs;
        answer
    }
}

/// Scores a block of speech, unless the same block in the same state was scored before.
pub(super) fn score_speech(
    work: &Work<'_>,
    ears: &mut Option<Ears>,
    tally: &mut Tally,
    rows: &[f32],
    state: &mut SpeechState,
) -> Result<Vec<f32>, inference::Error> {
    let key = KeyBuilder::new("speech-v1")
        .field(work.run.tools.ears_digest().as_bytes())
        .field(&state.to_bytes())
        .field(&bytes(rows))
        .finish();
    if let Some((scores, after)) = recall::<(Vec<f32>, Vec<u8>)>(work.run, SPEECH_STAGE, &key)
        && let Some(after) = SpeechState::from_bytes(&after)
    {
        *state = after;
        return Ok(scores);
    }
    tally.runs += 1;
    let scores = opened(work, ears)?.speech.score(rows, state)?;
    keep(work.run, SPEECH_STAGE, &key, &(&scores, state.to_bytes()));
    Ok(scores)
}

/// Scores a block of sound, unless the same block was scored before.
pub(super) fn score_sound(
    work: &Work<'_>,
    ears: &mut Option<Ears>,
    sizer: &mut BatchSizer,
    tally: &mut Tally,
    block: &SoundBlock,
) -> Result<Vec<Classes>, inference::Error> {
    let key = KeyBuilder::new("sound-v1")
        .field(work.run.tools.ears_digest().as_bytes())
        .field(&block.to_bytes())
        .finish();
    if let Some(known) = recall(work.run, SOUND_STAGE, &key) {
        return Ok(known);
    }
    tally.runs += 1;
    let ears = opened(work, ears)?;
    let scores = ears.sound.score(block, Detail::WhereUnsure, sizer)?;
    keep(work.run, SOUND_STAGE, &key, &scores);
    Ok(scores)
}

fn opened<'e>(
    work: &Work<'_>,
    ears: &'e mut Option<Ears>,
) -> Result<&'e mut Ears, inference::Error> {
    match ears {
        Some(ears) => Ok(ears),
        none => Ok(none.insert(work.run.tools.take_ears()?)),
    }
}
