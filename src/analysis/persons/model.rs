//! MoveNet MultiPose (Apache-2.0, <https://www.kaggle.com/models/google/movenet>) in ONNX Runtime.

use std::path::Path;

use super::decode::{PersonMaps, decode};
use super::{PersonDetection, PersonRules};
use crate::analysis::input_size::input_size;
use crate::analysis::planes::{Planes, RGB};
use crate::frame::Picture;
use crate::inference::{
    BatchSizer, Data, Error, Output, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
    run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "input";
const OUTPUTS: [&str; 6] = [
    "centers",
    "sizes",
    "offsets",
    "joints",
    "joint_ways",
    "joint_offsets",
];
/// Planes of each map.
const PLANES: [usize; 6] = [1, 2, 2, 17, 34, 34];
const PICTURES: TensorSpec<'_> = TensorSpec::floats(INPUT, &[None, Some(3), None, None]);
const MAPS: [TensorSpec<'_>; 6] = [
    TensorSpec::floats(OUTPUTS[0], &[None, Some(PLANES[0]), None, None]),
    TensorSpec::floats(OUTPUTS[1], &[None, Some(PLANES[1]), None, None]),
    TensorSpec::floats(OUTPUTS[2], &[None, Some(PLANES[2]), None, None]),
    TensorSpec::floats(OUTPUTS[3], &[None, Some(PLANES[3]), None, None]),
    TensorSpec::floats(OUTPUTS[4], &[None, Some(PLANES[4]), None, None]),
    TensorSpec::floats(OUTPUTS[5], &[None, Some(PLANES[5]), None, None]),
];

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct PersonModel {
    session: Session,
}

/// Pictures of one size as the model takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonTensor {
    values: Vec<f32>,
    /// Width to height of each picture.
    shapes: Vec<f32>,
    size: (usize, usize),
}

impl PersonModel {
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
            session.expect(&[PICTURES], &MAPS)?;
            let smallest = PersonTensor {
                values: vec![0.0; 3 * 32 * 32],
                shapes: vec![1.0],
                size: (32, 32),
            };
            run(session, &smallest).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the persons of each picture, in the order given, each picture's likeliest first.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single picture does not fit.
    pub fn find(
        &mut self,
        pictures: &[&Picture],
        rules: &PersonRules,
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Vec<PersonDetection>>, Error> {
        let mut found = Vec::with_capacity(pictures.len());
        for alike in pictures.chunk_by(|a, b| Self::alike(a, b, rules)) {
            found.extend(run_batch(alike, sizer, |batch| {
                self.run(&Self::tensor(batch, rules)?, rules)
            })?);
        }
        Ok(found)
    }

    /// Tells whether two pictures are searched at the same size, and so can share a run.
    pub fn alike(first: &Picture, second: &Picture, rules: &PersonRules) -> bool {
        search_size(first, rules) == search_size(second, rules)
    }

    /// Returns alike pictures as the model takes them; many are done side by side.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(pictures: &[&Picture], rules: &PersonRules) -> Result<PersonTensor, Error> {
        let size = pictures.first().map(|picture| search_size(picture, rules));
        let size = size.unwrap_or_default();
        let planes = Planes {
            size,
            framed: false,
            order: RGB,
            mean: [0.0; 3],
            deviation: [1.0; 3],
        };
        let shape = |picture: &&Picture| picture.width as f32 / picture.height.max(1) as f32;
        Ok(PersonTensor {
            values: planes.of(pictures)?,
            shapes: pictures.iter().map(shape).collect(),
            size,
        })
    }

    /// Returns the persons of the pictures that `tensor` was made of, in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(
        &mut self,
        tensor: &PersonTensor,
        rules: &PersonRules,
    ) -> Result<Vec<Vec<PersonDetection>>, Error> {
        let maps = run(&mut self.session, tensor)?;
        let (columns, rows) = (tensor.size.0 / 4, tensor.size.1 / 4);
        let of = |map: usize, picture: usize| {
            let length = PLANES[map] * columns * rows;
            &maps[map].values[picture * length..][..length]
        };
        let find = |(picture, shape): (usize, &f32)| {
            let maps = PersonMaps {
                columns,
                rows,
                centers: of(0, picture),
                sizes: of(1, picture),
                offsets: of(2, picture),
                joints: of(3, picture),
                joint_ways: of(4, picture),
                joint_offsets: of(5, picture),
            };
            decode(&maps, *shape, rules)
        };
        Ok(tensor.shapes.iter().enumerate().map(find).collect())
    }
}

fn search_size(picture: &Picture, rules: &PersonRules) -> (usize, usize) {
    input_size((picture.width, picture.height), rules.pixels)
}

fn run(session: &mut Session, tensor: &PersonTensor) -> Result<[Output; 6], Error> {
    let (columns, rows) = tensor.size;
    let pictures = tensor.shapes.len();
    let input = Tensor {
        name: INPUT,
        shape: &[pictures, 3, rows, columns],
        data: Data::F32(&tensor.values),
    };
    let answers = session.run(&[input], &OUTPUTS)?;
    let places = pictures * (rows / 4) * (columns / 4);
    let sizes = answers.iter().map(|answer| answer.values.len());
    if !sizes.eq(PLANES.map(|planes| planes * places)) {
        return Err(Error::Run("movenet gave maps of another size".into()));
    }
    <[Output; 6]>::try_from(answers).map_err(|_| Error::Run("movenet gave no maps".into()))
}
