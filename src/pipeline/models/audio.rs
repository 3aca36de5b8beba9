//! The models of sound, each behind its server: Silero's voice activity detection, speech, music or noise, and whether a
//! thought is over.

use std::time::Duration;

use super::model::{Batching, Model, ModelPlace};
use crate::analysis::sound::{Classes, Detail, SoundBlock, SoundModel};
use crate::analysis::speech::{SpeechModel, SpeechState};
use crate::analysis::thought::ThoughtModel;
use crate::analysis::transcript::LogMel;
use crate::inference::{BatchSizer, Error};
use crate::timeline::Stage;

/// How closely sounds are told apart.
pub(crate) const SOUND_DETAIL: Detail = Detail::WhereUnsure;
/// Patches of one block that a run takes; more gain nothing on the CPU, which is the model's place.
const SOUND_PATCHES: usize = 64;

/// A block of sound for voice activity detection, and what was remembered of the block before.
#[derive(Debug, Clone)]
pub(crate) struct SpeechBlock {
    /// Rows of context and frame.
    pub(crate) rows: Vec<f32>,
    /// The memory before the block.
    pub(crate) state: SpeechState,
}

impl Model for SpeechModel {
    type Input = SpeechBlock;
    type Front = ();
    type Prepared = ();
    /// Scores, and the memory after the block.
    type Output = (Vec<f32>, SpeechState);
    type Error = Error;

    const NAME: &'static str = "silero_vad";
    const STAGE: Stage = Stage::Speech;
    // Each block waits for the memory of the one before it.
    const BATCHING: Batching = Batching::Fixed;
    const SHAPE: &'static str = "512x576";
    const RESIDENT_BYTES: usize = 4 << 20;
    const ACTIVATION_BYTES: usize = 6 << 20;

    fn bytes(input: &SpeechBlock) -> usize {
        size_of_val(&input.rows[..])
    }

    fn prepare((): &(), _inputs: &[&SpeechBlock]) -> Result<(), Error> {
        Ok(())
    }

    fn run(
        &mut self,
        inputs: &[&SpeechBlock],
        (): (),
    ) -> Result<Vec<(Vec<f32>, SpeechState)>, Error> {
        let one = |block: &&SpeechBlock| {
            let mut state = block.state.clone();
            let scores = self.score(&block.rows, &mut state)?;
            Ok((scores, state))
        };
        inputs.iter().map(one).collect()
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for SoundModel {
    type Input = SoundBlock;
    type Front = ();
    type Prepared = ();
    type Output = Vec<Classes>;
    type Error = Error;

    const NAME: &'static str = "speech_music_noise";
    const STAGE: Stage = Stage::Sound;
    // A block is a batch of patches itself.
    const BATCHING: Batching = Batching::Fixed;
    const SHAPE: &'static str = "patches of 68x21";
    const RESIDENT_BYTES: usize = 5 << 20;
    const ACTIVATION_BYTES: usize = 18 << 20;

    fn bytes(input: &SoundBlock) -> usize {
        input.bytes()
    }

    fn prepare((): &(), _inputs: &[&SoundBlock]) -> Result<(), Error> {
        Ok(())
    }

    fn run(&mut self, inputs: &[&SoundBlock], (): ()) -> Result<Vec<Vec<Classes>>, Error> {
        let sizer = &mut BatchSizer::fixed(SOUND_PATCHES);
        let one = |block: &&SoundBlock| self.score(block, SOUND_DETAIL, sizer);
        inputs.iter().map(one).collect()
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for ThoughtModel {
    /// Sound up to where a thought may be over, 16 kHz.
    type Input = Vec<f32>;
    type Front = LogMel;
    /// The spectrum of each.
    type Prepared = Vec<Vec<f32>>;
    /// How likely it is over, 0..1.
    type Output = f32;
    type Error = Error;

    const NAME: &'static str = "smart_turn";
    const STAGE: Stage = Stage::EndOfThought;
    // The 8-bit graph shares its scales over a run: the sound of two askers must not meet in one.
    const BATCHING: Batching = Batching::Fixed;
    const SHAPE: &'static str = "80x800";
    const RESIDENT_BYTES: usize = 15 << 20;
    const ACTIVATION_BYTES: usize = 16 << 20;

    fn bytes(input: &Vec<f32>) -> usize {
        size_of_val(&input[..])
    }

    fn prepare(mel: &LogMel, inputs: &[&Vec<f32>]) -> Result<Vec<Vec<f32>>, Error> {
        let spectra = inputs.iter().map(|samples| Self::spectrum(mel, samples));
        Ok(spectra.collect())
    }

    fn run(&mut self, _inputs: &[&Vec<f32>], spectra: Vec<Vec<f32>>) -> Result<Vec<f32>, Error> {
        spectra
            .iter()
            .map(|spectrum| self.judge(spectrum))
            .collect()
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}
