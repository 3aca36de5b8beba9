//! MiniLM behind its server: texts in, an embedding each out.

use std::time::Duration;

use super::model::{Batching, Model, ModelPlace};
use crate::analysis::Embedding;
use crate::analysis::text::{Error, TextModel};
use crate::timeline::Stage;

impl Model for TextModel {
    /// Texts that are embedded in one company.
    type Input = Vec<String>;
    type Front = ();
    type Prepared = ();
    type Output = Vec<Embedding>;
    type Error = Error;

    const NAME: &'static str = "minilm";
    const STAGE: Stage = Stage::Text;
    // The 8-bit graph shares its scales over a run: texts of two askers must not meet in one.
    const BATCHING: Batching = Batching::Fixed;
    const SHAPE: &'static str = "256 tokens";
    const RESIDENT_BYTES: usize = 35 << 20;
    const ACTIVATION_BYTES: usize = 22 << 20;

    fn bytes(input: &Vec<String>) -> usize {
        input.iter().map(String::len).sum()
    }

    fn prepare((): &(), _inputs: &[&Vec<String>]) -> Result<(), Error> {
        Ok(())
    }

    fn run(&mut self, inputs: &[&Vec<String>], (): ()) -> Result<Vec<Vec<Embedding>>, Error> {
        let mut embed = |texts: &&Vec<String>| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            self.embed(&texts)
        };
        inputs.iter().map(&mut embed).collect()
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }

    fn items(answer: &Vec<Embedding>) -> u64 {
        answer.len() as u64
    }
}
