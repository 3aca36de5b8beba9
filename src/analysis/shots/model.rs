//! TransNetV2 (MIT, <https://github.com/soCzech/TransNetV2>) in ONNX Runtime.

use std::path::Path;

use super::window::MARGIN;
use super::{FrameScore, KEPT, ShotWindow, WINDOW};
use crate::frame::{SMALL_BYTES, SMALL_HEIGHT, SMALL_WIDTH};
use crate::inference::{
    BatchSizer, Data, Device, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
    run_batch,
};
use crate::settings::DeviceChoice;

/// Shape of the model input for one window: frames, rows, columns, RGB.
pub const MODEL_INPUT: [usize; 4] = [WINDOW, SMALL_HEIGHT, SMALL_WIDTH, 3];
const OUTPUTS: [&str; 2] = ["single_frame", "many_hot"];
const FRAMES: TensorSpec<'_> = TensorSpec::bytes(
    "frames",
    &[
        None,
        Some(WINDOW),
        Some(SMALL_HEIGHT),
        Some(SMALL_WIDTH),
        Some(3),
    ],
);
const SCORES: [TensorSpec<'_>; 2] = [
    TensorSpec::floats(OUTPUTS[0], &[None, Some(WINDOW)]),
    TensorSpec::floats(OUTPUTS[1], &[None, Some(WINDOW)]),
];

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct ShotModel {
    session: Session,
}

impl ShotModel {
    /// Loads the model from `path` on the device that was asked for and runs it once.
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
            session.expect(&[FRAMES], &SCORES)?;
            match session.device() {
                // On the CPU the first run cannot fail for the device; it would only cost time.
                Device::Cpu => Ok(()),
                Device::Cuda(_) => scores(session, &vec![0; WINDOW * SMALL_BYTES], 1).map(drop),
            }
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Scores the kept frames of each window: [`KEPT`] scores a window, in the order given.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single window does not fit.
    pub fn score<W: AsRef<ShotWindow>>(
        &mut self,
        windows: &[W],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Vec<FrameScore>>, Error> {
        run_batch(windows, sizer, |batch| {
            let batch: Vec<&ShotWindow> = batch.iter().map(AsRef::as_ref).collect();
            self.run(&Self::pixels(&batch), batch.len())
        })
    }

    /// Returns the pixels of windows one after the other: `[windows, frames, rows, columns, RGB]`.
    pub fn pixels(windows: &[&ShotWindow]) -> Vec<u8> {
        let pixels = windows.iter().map(|window| window.pixels.as_slice());
        pixels.collect::<Vec<_>>().concat()
    }

    /// Scores the pixels of so many windows in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(&mut self, pixels: &[u8], windows: usize) -> Result<Vec<Vec<FrameScore>>, Error> {
        scores(&mut self.session, pixels, windows)
    }
}

impl AsRef<Self> for ShotWindow {
    fn as_ref(&self) -> &Self {
        self
    }
}

fn scores(
    session: &mut Session,
    pixels: &[u8],
    windows: usize,
) -> Result<Vec<Vec<FrameScore>>, Error> {
    let [frames, rows, columns, channels] = MODEL_INPUT;
    let shape = [windows, frames, rows, columns, channels];
    let input = Tensor {
        name: "frames",
        shape: &shape,
        data: Data::U8(pixels),
    };
    let answers = session.run(&[input], &OUTPUTS)?;
    let [single, many] = answers.as_slice() else {
        return Err(Error::Run("transnetv2 gave no scores".into()));
    };
    for scores in [single, many] {
        if scores.values.len() != windows * WINDOW {
            return Err(Error::Run(format!(
                "transnetv2 gave {} scores for {windows} windows of {WINDOW} frames",
                scores.values.len()
            )));
        }
    }
    let both = single.values.chunks(WINDOW).zip(many.values.chunks(WINDOW));
    Ok(both.map(|(single, many)| middle(single, many)).collect())
}

fn middle(single: &[f32], many: &[f32]) -> Vec<FrameScore> {
    let both = single.iter().zip(many).skip(MARGIN).take(KEPT);
    both.map(|(&single, &many)| FrameScore { single, many })
        .collect()
}
