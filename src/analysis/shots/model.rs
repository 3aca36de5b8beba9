//! TransNetV2 (MIT, <https://github.com/soCzech/TransNetV2>) in ONNX Runtime.

use std::path::Path;

use super::plan::{MARGIN, SHORTEST, WINDOW};
use super::{FrameScore, ShotWindow};
use crate::frame::{SMALL_BYTES, SMALL_HEIGHT, SMALL_WIDTH};
use crate::inference::{
    BatchSizer, Data, Device, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
    run_batch,
};
use crate::settings::DeviceChoice;

const OUTPUTS: [&str; 2] = ["single_frame", "many_hot"];

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
            // Windows differ in length, which a graph of one length would refuse in the middle of a video.
            [SHORTEST, WINDOW]
                .into_iter()
                .try_for_each(|pictures| expect_windows_of(session, pictures))?;
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

    /// Scores the kept frames of each window, in the order given.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single window does not fit.
    pub fn score<W: AsRef<ShotWindow>>(
        &mut self,
        windows: &[W],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Vec<FrameScore>>, Error> {
        let mut answers = Vec::with_capacity(windows.len());
        for alike in windows.chunk_by(|a, b| a.as_ref().pictures() == b.as_ref().pictures()) {
            answers.extend(run_batch(alike, sizer, |batch| {
                let batch: Vec<&ShotWindow> = batch.iter().map(AsRef::as_ref).collect();
                self.run(&Self::pixels(&batch), batch.len())
            })?);
        }
        Ok(answers)
    }

    /// Returns the pixels of windows of one length, one after the other: `[windows, frames, rows, columns, RGB]`.
    pub fn pixels(windows: &[&ShotWindow]) -> Vec<u8> {
        let pixels = windows.iter().map(|window| window.pixels.as_slice());
        pixels.collect::<Vec<_>>().concat()
    }

    /// Scores the pixels of so many windows of one length in one run.
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

/// Checks that the model takes windows of so many pictures, and gives as many scores.
fn expect_windows_of(session: &Session, pictures: usize) -> Result<(), Error> {
    let frames = [
        None,
        Some(pictures),
        Some(SMALL_HEIGHT),
        Some(SMALL_WIDTH),
        Some(3),
    ];
    let scores = [None, Some(pictures)];
    let outputs = OUTPUTS.map(|name| TensorSpec::floats(name, &scores));
    session.expect(&[TensorSpec::bytes("frames", &frames)], &outputs)
}

fn scores(
    session: &mut Session,
    pixels: &[u8],
    windows: usize,
) -> Result<Vec<Vec<FrameScore>>, Error> {
    let pictures = pixels.len() / SMALL_BYTES / windows.max(1);
    let shape = [windows, pictures, SMALL_HEIGHT, SMALL_WIDTH, 3];
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
        if scores.values.len() != windows * pictures {
            return Err(Error::Run(format!(
                "transnetv2 gave {} scores for {windows} windows of {pictures} frames",
                scores.values.len()
            )));
        }
    }
    let single = single.values.chunks(pictures.max(1));
    let both = single.zip(many.values.chunks(pictures.max(1)));
    Ok(both.map(|(single, many)| middle(single, many)).collect())
}

/// Returns the scores of a window without those of its margins.
fn middle(single: &[f32], many: &[f32]) -> Vec<FrameScore> {
    let kept = single.len().saturating_sub(2 * MARGIN);
    let both = single.iter().zip(many).skip(MARGIN).take(kept);
    both.map(|(&single, &many)| FrameScore { single, many })
        .collect()
}
