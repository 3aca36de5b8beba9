//! CenterFace (MIT, <https://github.com/Star-Clouds/CenterFace>) in ONNX Runtime.

use std::path::Path;

use super::decode::{Maps, decode};
use super::{DetectRules, Detection};
use crate::analysis::input_size::input_size;
use crate::analysis::planes::{Planes, RGB};
use crate::frame::Picture;
use crate::inference::{
    BatchSizer, Data, Error, Output, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
    run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "input";
const OUTPUTS: [&str; 4] = ["heatmap", "scale", "offset", "landmarks"];
const PICTURES: TensorSpec<'_> = TensorSpec::floats(INPUT, &[None, Some(3), None, None]);
const MAPS: [TensorSpec<'_>; 4] = [
    TensorSpec::floats(OUTPUTS[0], &[None, Some(1), None, None]),
    TensorSpec::floats(OUTPUTS[1], &[None, Some(2), None, None]),
    TensorSpec::floats(OUTPUTS[2], &[None, Some(2), None, None]),
    TensorSpec::floats(OUTPUTS[3], &[None, Some(10), None, None]),
];

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct FaceModel {
    session: Session,
}

impl FaceModel {
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
            run(session, &[0.0; 3 * 32 * 32], 1, (32, 32)).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the faces of each picture, in the order given, each picture's likeliest first.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single picture does not fit.
    pub fn detect(
        &mut self,
        pictures: &[&Picture],
        rules: &DetectRules,
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Vec<Detection>>, Error> {
        let mut found = Vec::with_capacity(pictures.len());
        for alike in pictures.chunk_by(|a, b| Self::alike(a, b, rules)) {
            let searched = run_batch(alike, sizer, |batch| {
                self.run(&Self::tensor(batch, rules)?, rules)
            })?;
            found.extend(searched.into_iter().map(|searched| searched.faces));
        }
        Ok(found)
    }

    /// Tells whether two pictures are searched at the same size, and so can share a run.
    pub fn alike(first: &Picture, second: &Picture, rules: &DetectRules) -> bool {
        search_size(first, rules) == search_size(second, rules)
    }

    /// Returns alike pictures as the model takes them; many are done side by side.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(pictures: &[&Picture], rules: &DetectRules) -> Result<FaceTensor, Error> {
        let size = pictures.first().map(|picture| search_size(picture, rules));
        let size = size.unwrap_or_default();
        let planes = Planes {
            size,
            framed: false,
            order: RGB,
            mean: [0.0; 3],
            deviation: [1.0; 3],
        };
        Ok(FaceTensor {
            values: planes.of(pictures)?,
            pictures: pictures.len(),
            size,
        })
    }

    /// Returns what is found in the pictures that `tensor` was made of, in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(
        &mut self,
        tensor: &FaceTensor,
        rules: &DetectRules,
    ) -> Result<Vec<FaceSearch>, Error> {
        detect(&mut self.session, tensor, rules)
    }
}

/// What the model says of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceSearch {
    /// The faces, the likeliest first.
    pub faces: Vec<Detection>,
    /// Whether it says one and the same of every place: no picture that shows something makes it do so.
    pub is_flat: bool,
}

/// Pictures of one size as the model takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceTensor {
    values: Vec<f32>,
    pictures: usize,
    size: (usize, usize),
}

fn search_size(picture: &Picture, rules: &DetectRules) -> (usize, usize) {
    input_size((picture.width, picture.height), rules.pixels)
}

fn detect(
    session: &mut Session,
    tensor: &FaceTensor,
    rules: &DetectRules,
) -> Result<Vec<FaceSearch>, Error> {
    let FaceTensor {
        values,
        pictures,
        size,
    } = tensor;
    let [heat, scale, offset, landmarks] = run(session, values, *pictures, *size)?;
    let [.., rows, columns] = heat.shape[..] else {
        return Err(Error::Run("centerface gave no map".into()));
    };
    let place = rows * columns;
    let maps = |picture: usize| Maps {
        columns,
        rows,
        heat: &heat.values[picture * place..][..place],
        scale: &scale.values[2 * picture * place..][..2 * place],
        offset: &offset.values[2 * picture * place..][..2 * place],
        landmarks: &landmarks.values[10 * picture * place..][..10 * place],
    };
    let search = |picture: usize| {
        let maps = maps(picture);
        FaceSearch {
            faces: decode(&maps, rules),
            is_flat: maps.heat.iter().all(|heat| Some(heat) == maps.heat.first()),
        }
    };
    Ok((0..*pictures).map(search).collect())
}

fn run(
    session: &mut Session,
    values: &[f32],
    pictures: usize,
    (columns, rows): (usize, usize),
) -> Result<[Output; 4], Error> {
    let input = Tensor {
        name: INPUT,
        shape: &[pictures, 3, rows, columns],
        data: Data::F32(values),
    };
    let answers = session.run(&[input], &OUTPUTS)?;
    let places = pictures * rows / 4 * columns / 4;
    let sizes = answers.iter().map(|answer| answer.values.len());
    if !sizes.eq([1, 2, 2, 10].map(|maps| maps * places)) {
        return Err(Error::Run("centerface gave maps of another size".into()));
    }
    <[Output; 4]>::try_from(answers).map_err(|_| Error::Run("centerface gave no maps".into()))
}
