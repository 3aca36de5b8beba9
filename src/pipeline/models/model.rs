//! What a server needs of a model.

use std::time::Duration;

use crate::inference::{self, Device, Failure};
use crate::timeline::Stage;

/// A model that a server owns, opened when it is first asked.
pub(crate) trait Model: Sized + Send + 'static {
    /// What it answers.
    type Input: Send + Sync + 'static;
    /// What makes inputs ready, kept from batch to batch: tables and buffers.
    type Front: Default;
    /// Inputs made ready for a run, on other threads while the run before goes on.
    type Prepared: Send + 'static;
    /// The answer to one input.
    type Output: Send + 'static;
    /// Why there is no answer.
    type Error: Failure;

    /// The name in reports.
    const NAME: &'static str;
    /// The stage whose work it does.
    const STAGE: Stage;
    /// How inputs share a run.
    const BATCHING: Batching;
    /// The dimensions of one input, as far as they are fixed: what a measured batch size holds for.
    const SHAPE: &'static str;
    /// Bytes that it needs while it is open: its weights, measured on the CPU.
    const RESIDENT_BYTES: usize;
    /// Bytes that a run needs for each input beside the input itself: activations, measured on the CPU.
    const ACTIVATION_BYTES: usize;

    /// Returns the bytes of an input in the queue.
    fn bytes(input: &Self::Input) -> usize;

    /// Tells whether two inputs can share a run.
    fn alike(_first: &Self::Input, _second: &Self::Input) -> bool {
        true
    }

    /// Makes inputs ready for a run: pixels to tensors, sound to spectra.
    ///
    /// # Errors
    /// For an input that cannot be shown to the model.
    fn prepare(front: &Self::Front, inputs: &[&Self::Input])
    -> Result<Self::Prepared, Self::Error>;

    /// Answers inputs in their order.
    ///
    /// # Errors
    /// As [`inference::Session::run`].
    fn run(
        &mut self,
        inputs: &[&Self::Input],
        prepared: Self::Prepared,
    ) -> Result<Vec<Self::Output>, Self::Error>;

    /// Returns where it runs.
    fn place(&self) -> ModelPlace;

    /// Returns the processor time of the threads that help the one that owns it.
    fn helpers_cpu(&self) -> Duration;

    /// Returns how many items of its stage an answer stands for.
    fn items(_answer: &Self::Output) -> u64 {
        1
    }
}

/// Where a model runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelPlace {
    /// The device.
    pub(crate) device: Device,
    /// The device and why it was chosen, for people.
    pub(crate) reason: String,
    /// Whether it is the CPU although there is a GPU, which was tried.
    pub(crate) fell_back: bool,
}

impl ModelPlace {
    /// Returns where a session runs.
    pub(crate) fn of(session: &inference::Session) -> Self {
        Self {
            device: session.device(),
            reason: session.reason().to_owned(),
            fell_back: session.fell_back(),
        }
    }
}

/// How inputs share a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batching {
    /// As many as the device is fastest with, of all jobs together; no more than `most`.
    Measured {
        /// More gain nothing on any device.
        most: usize,
    },
    /// Each alone: an 8-bit graph shares its scales over a run, so that an answer depends on its company.
    Fixed,
}
