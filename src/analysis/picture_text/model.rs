//! PP-OCR's text detector, tiny (Apache-2.0, <https://github.com/PaddlePaddle/PaddleOCR>) in ONNX Runtime.

use std::path::Path;

use super::boxes::{TextMap, text_boxes};
use super::{TextBox, TextBoxRules};
use crate::analysis::input_size::input_size;
use crate::analysis::planes::{BGR, Planes};
use crate::frame::Picture;
use crate::inference::{
    BatchSizer, Data, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open, run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "x";
const OUTPUT: &str = "fetch_name_0";
const PICTURES: TensorSpec<'_> = TensorSpec::floats(INPUT, &[None, Some(3), None, None]);
const MAPS: TensorSpec<'_> = TensorSpec::floats(OUTPUT, &[None, Some(1), None, None]);
/// ImageNet's mean and deviation of red, green and blue, which its makers take for blue, green and red.
const MEAN: [f32; 3] = [0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0];
const DEVIATION: [f32; 3] = [0.229 * 255.0, 0.224 * 255.0, 0.225 * 255.0];

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct PictureTextModel {
    session: Session,
}

/// Pictures of one size as the model takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureTextTensor {
    values: Vec<f32>,
    pictures: usize,
    size: (usize, usize),
}

impl PictureTextModel {
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
            session.expect(&[PICTURES], &[MAPS])?;
            let smallest = PictureTextTensor {
                values: vec![0.0; 3 * 32 * 32],
                pictures: 1,
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

    /// Returns the lines of text of each picture, in the order given, each picture's from top to bottom.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single picture does not fit.
    pub fn find(
        &mut self,
        pictures: &[&Picture],
        rules: &TextBoxRules,
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Vec<TextBox>>, Error> {
        let mut found = Vec::with_capacity(pictures.len());
        for alike in pictures.chunk_by(|a, b| Self::alike(a, b, rules)) {
            found.extend(run_batch(alike, sizer, |batch| {
                self.run(&Self::tensor(batch, rules)?, rules)
            })?);
        }
        Ok(found)
    }

    /// Returns how likely each place of a picture is text: `[rows, columns]` of the size that the model is shown, and columns.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn map(
        &mut self,
        picture: &Picture,
        rules: &TextBoxRules,
    ) -> Result<(Vec<f32>, usize), Error> {
        let tensor = Self::tensor(&[picture], rules)?;
        Ok((run(&mut self.session, &tensor)?, tensor.size.0))
    }

    /// Tells whether two pictures are searched at the same size, and so can share a run.
    pub fn alike(first: &Picture, second: &Picture, rules: &TextBoxRules) -> bool {
        search_size(first, rules) == search_size(second, rules)
    }

    /// Returns alike pictures as the model takes them; many are done side by side.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(pictures: &[&Picture], rules: &TextBoxRules) -> Result<PictureTextTensor, Error> {
        let size = pictures.first().map(|picture| search_size(picture, rules));
        let size = size.unwrap_or_default();
        let planes = Planes {
            size,
            framed: false,
            order: BGR,
            mean: MEAN,
            deviation: DEVIATION,
        };
        Ok(PictureTextTensor {
            values: planes.of(pictures)?,
            pictures: pictures.len(),
            size,
        })
    }

    /// Returns the lines of text of the pictures that `tensor` was made of, in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(
        &mut self,
        tensor: &PictureTextTensor,
        rules: &TextBoxRules,
    ) -> Result<Vec<Vec<TextBox>>, Error> {
        let values = run(&mut self.session, tensor)?;
        let columns = tensor.size.0;
        let maps = values.chunks_exact((columns * tensor.size.1).max(1));
        let boxes = maps.map(|values| text_boxes(&TextMap { columns, values }, rules));
        Ok(boxes.collect())
    }
}

fn search_size(picture: &Picture, rules: &TextBoxRules) -> (usize, usize) {
    input_size((picture.width, picture.height), rules.pixels)
}

fn run(session: &mut Session, tensor: &PictureTextTensor) -> Result<Vec<f32>, Error> {
    let (columns, rows) = tensor.size;
    let input = Tensor {
        name: INPUT,
        shape: &[tensor.pictures, 3, rows, columns],
        data: Data::F32(&tensor.values),
    };
    let answer = session.run(&[input], &[OUTPUT])?.pop();
    let values = answer.map(|answer| answer.values).unwrap_or_default();
    if values.len() == tensor.pictures * rows * columns {
        Ok(values)
    } else {
        Err(Error::Run(
            "the text detector gave a map of another size".into(),
        ))
    }
}
