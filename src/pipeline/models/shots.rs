//! TransNetV2 behind its server: windows of 48x27 frames in, a score a frame out.

use std::time::Duration;

use super::model::{Batching, Model, ModelPlace};
use crate::analysis::shots::{FrameScore, ShotModel, ShotWindow};
use crate::inference::Error;
use crate::memory::Permitted;
use crate::timeline::Stage;

impl Model for ShotModel {
    type Input = Permitted<ShotWindow>;
    type Front = ();
    type Prepared = Vec<u8>;
    type Output = Vec<FrameScore>;
    type Error = Error;

    const NAME: &'static str = "transnetv2";
    const STAGE: Stage = Stage::Shots;
    const BATCHING: Batching = Batching::Measured { most: 64 };
    const SHAPE: &'static str = "150x27x48x3";
    const RESIDENT_BYTES: usize = 40 << 20;
    const ACTIVATION_BYTES: usize = 240 << 20;

    fn bytes(input: &Self::Input) -> usize {
        input.pixels.len()
    }

    fn alike(first: &Self::Input, second: &Self::Input) -> bool {
        first.pictures() == second.pictures()
    }

    fn prepare((): &(), inputs: &[&Self::Input]) -> Result<Vec<u8>, Error> {
        let windows: Vec<&ShotWindow> = inputs.iter().map(|input| &***input).collect();
        Ok(Self::pixels(&windows))
    }

    fn run(
        &mut self,
        inputs: &[&Self::Input],
        pixels: Vec<u8>,
    ) -> Result<Vec<Vec<FrameScore>>, Error> {
        Self::run(self, &pixels, inputs.len())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}
