//! Silero VAD (MIT, <https://github.com/snakers4/silero-vad>) in ONNX Runtime.

use std::path::Path;

use super::frame::ROW;
use super::state::{MEMORY, SpeechState};
use crate::inference::{Data, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open};
use crate::settings::DeviceChoice;

const INPUTS: [&str; 3] = ["input", "h", "c"];
const OUTPUTS: [&str; 3] = ["speech_probs", "hn", "cn"];

/// The model, loaded; one thread owns it and may feed it several streams.
#[derive(Debug)]
pub struct SpeechModel {
    session: Session,
}

impl SpeechModel {
    /// Loads the model from `path` on the device that was asked for and runs it once.
    ///
    /// It is so small, and each frame waits for the one before, that the CPU is its place.
    ///
    /// # Errors
    /// [`Error::Device`] when a demanded device cannot run it, [`Error::Model`] when the file is not this model.
    pub fn open(
        runtime: &Runtime,
        path: &Path,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let session = open(runtime, path, wanted, options, |session| {
            let state = [Some(1), Some(1), Some(MEMORY)];
            let [input, hidden, cell] = INPUTS;
            let inputs = [
                TensorSpec::floats(input, &[None, Some(ROW)]),
                TensorSpec::floats(hidden, &state),
                TensorSpec::floats(cell, &state),
            ];
            let [probabilities, hidden, cell] = OUTPUTS;
            let outputs = [
                TensorSpec::floats(probabilities, &[None]),
                TensorSpec::floats(hidden, &state),
                TensorSpec::floats(cell, &state),
            ];
            session.expect(&inputs, &outputs)?;
            scores(session, &[0.0; ROW], &mut SpeechState::default()).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Scores rows of context and frame and carries the memory on.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn score(&mut self, rows: &[f32], state: &mut SpeechState) -> Result<Vec<f32>, Error> {
        scores(&mut self.session, rows, state)
    }
}

fn scores(session: &mut Session, rows: &[f32], state: &mut SpeechState) -> Result<Vec<f32>, Error> {
    let shape = [rows.len() / ROW, ROW];
    let memory = [1, 1, MEMORY];
    let inputs = [
        tensor(INPUTS[0], &shape, rows),
        tensor(INPUTS[1], &memory, &state.hidden),
        tensor(INPUTS[2], &memory, &state.cell),
    ];
    let answers = session.run(&inputs, &OUTPUTS)?;
    let Ok([scores, hidden, cell]) = <[_; 3]>::try_from(answers) else {
        return Err(Error::Run("silero gave no scores".into()));
    };
    state.hidden = remembered(hidden.values)?;
    state.cell = remembered(cell.values)?;
    Ok(scores.values)
}

fn tensor<'a>(name: &'a str, shape: &'a [usize], values: &'a [f32]) -> Tensor<'a> {
    let data = Data::F32(values);
    Tensor { name, shape, data }
}

fn remembered(values: Vec<f32>) -> Result<[f32; MEMORY], Error> {
    let found = values.len();
    values
        .try_into()
        .map_err(|_| Error::Run(format!("silero remembers {found} values, not {MEMORY}")))
}
