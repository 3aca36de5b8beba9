//! EfficientNet-Lite0 (Apache-2.0, <https://github.com/tensorflow/tpu>) in ONNX Runtime, its last layer left out.

use std::path::Path;

use crate::analysis::Embedding;
use crate::analysis::planes::{Planes, RGB};
use crate::frame::Picture;
use crate::inference::{
    BatchSizer, Data, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open, run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "image";
const OUTPUT: &str = "embedding";
const SIDE: usize = 224;
const PICTURES: TensorSpec<'_> =
    TensorSpec::floats(INPUT, &[None, Some(3), Some(SIDE), Some(SIDE)]);
const EMBEDDINGS: TensorSpec<'_> = TensorSpec::floats(OUTPUT, &[None, Some(1280)]);
const PLANES: Planes = Planes {
    size: (SIDE, SIDE),
    framed: false,
    order: RGB,
    mean: [127.0; 3],
    deviation: [128.0; 3],
};

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct EmbedModel {
    session: Session,
}

impl EmbedModel {
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
            session.expect(&[PICTURES], &[EMBEDDINGS])?;
            run(session, &vec![0.0; 3 * SIDE * SIDE], 1).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the embedding of each picture, in the order given; all of a picture counts, stretched to a square.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single picture does not fit.
    pub fn embed(
        &mut self,
        pictures: &[&Picture],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Embedding>, Error> {
        run_batch(pictures, sizer, |batch| {
            self.run(&Self::tensor(batch)?, batch.len())
        })
    }

    /// Returns pictures as the model takes them; many are done side by side.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(pictures: &[&Picture]) -> Result<Vec<f32>, Error> {
        PLANES.of(pictures)
    }

    /// Returns the embeddings of so many pictures in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(&mut self, tensor: &[f32], pictures: usize) -> Result<Vec<Embedding>, Error> {
        run(&mut self.session, tensor, pictures)
    }
}

fn run(session: &mut Session, values: &[f32], pictures: usize) -> Result<Vec<Embedding>, Error> {
    let input = Tensor {
        name: INPUT,
        shape: &[pictures, 3, SIDE, SIDE],
        data: Data::F32(values),
    };
    let answers = session.run(&[input], &[OUTPUT])?;
    let values = answers.first().map_or(&[][..], |answer| &answer.values);
    let length = values.len() / pictures.max(1);
    if length == 0 {
        return Err(Error::Run("efficientnet gave no embedding".into()));
    }
    let rows = values.chunks_exact(length);
    Ok(rows.map(|row| Embedding::new(row.to_vec())).collect())
}
