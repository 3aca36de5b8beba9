//! PP-OCR's text reader, tiny (Apache-2.0, <https://github.com/PaddlePaddle/PaddleOCR>) in ONNX Runtime.

use std::path::Path;

use crate::analysis::planes::{BGR, Planes};
use crate::frame::{Picture, Rect};
use crate::inference::{
    Data, Error, Output, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "x";
const OUTPUT: &str = "fetch_name_0";
/// Where the model's file lists what it can read, one character a line.
const CHARACTERS: &str = "character";
const ROWS: usize = 48;
/// A line is shown to it this wide at most, and its width is a multiple of [`STEP`].
const MOST_COLUMNS: usize = 2400;
const STEP: usize = 8;
const LINES: TensorSpec<'_> = TensorSpec::floats(INPUT, &[None, Some(3), Some(ROWS), None]);
const LETTERS: TensorSpec<'_> = TensorSpec::floats(OUTPUT, &[None, None, None]);

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct TextReader {
    session: Session,
    characters: Vec<String>,
}

/// What a line of text says.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadLine {
    /// What is written there; empty where nothing is.
    pub text: String,
    /// How sure the model is of its characters on average, 0..1.
    pub confidence: f32,
}

/// A line as the model takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct LineTensor {
    values: Vec<f32>,
    columns: usize,
}

impl TextReader {
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
            session.expect(&[LINES], &[LETTERS])?;
            let blank = LineTensor {
                values: vec![0.0; 3 * ROWS * 2 * ROWS],
                columns: 2 * ROWS,
            };
            run(session, &blank).map(drop)
        })?;
        let listed = session.note(CHARACTERS).ok_or_else(|| Error::Model {
            path: path.to_owned(),
            why: "it does not list the characters that it reads".into(),
        })?;
        Ok(Self {
            session,
            characters: listed.split('\n').map(str::to_owned).collect(),
        })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns a line as the model takes it: as high as it wants it, of its own shape.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(line: &Picture) -> Result<LineTensor, Error> {
        let columns = columns_of(line);
        let planes = Planes {
            size: (columns, ROWS),
            framed: false,
            order: BGR,
            mean: [127.5; 3],
            deviation: [127.5; 3],
        };
        Ok(LineTensor {
            values: planes.of(&[line])?,
            columns,
        })
    }

    /// Returns what is written in a line.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn read(&mut self, line: &LineTensor) -> Result<ReadLine, Error> {
        let letters = run(&mut self.session, line)?;
        let classes = letters.shape.last().copied().unwrap_or_default().max(1);
        // The first stands for nothing, the one after the characters for a space.
        Ok(spell(letters.values.chunks_exact(classes), |class| {
            self.characters.get(class - 1).map_or(" ", String::as_str)
        }))
    }
}

/// Returns the part of a picture that holds a line of text, in fractions of the picture.
pub fn cut_line(picture: &Picture, place: Rect) -> Picture {
    let edge = |share: f64, count: u32| ((share * f64::from(count)).round() as u32).min(count);
    let (left, right) = (
        edge(place.x, picture.width),
        edge(place.right(), picture.width),
    );
    let (top, bottom) = (
        edge(place.y, picture.height),
        edge(place.bottom(), picture.height),
    );
    let row = 3 * picture.width as usize;
    let rows = picture.rgb.chunks_exact(row.max(1));
    let rows = rows.take(bottom as usize).skip(top as usize);
    Picture {
        width: right - left,
        height: bottom - top,
        rgb: rows
            .flat_map(|row| &row[3 * left as usize..3 * right as usize])
            .copied()
            .collect(),
    }
}

fn columns_of(line: &Picture) -> usize {
    let shape = f64::from(line.width) / f64::from(line.height.max(1));
    let steps = (shape * ROWS as f64 / STEP as f64).round() as usize;
    (steps * STEP).clamp(2 * STEP, MOST_COLUMNS)
}

/// Returns the text of the likeliest class of each place: what repeats is one character, and class 0 parts two.
fn spell<'a, 'c>(
    places: impl Iterator<Item = &'a [f32]>,
    character: impl Fn(usize) -> &'c str,
) -> ReadLine {
    let (mut text, mut sure, mut count, mut last) = (String::new(), 0.0, 0, 0);
    for place in places {
        let likeliest = place.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((class, likely)) = likeliest else {
            continue;
        };
        if class != 0 && class != last {
            text.push_str(character(class));
            sure += likely;
            count += 1;
        }
        last = class;
    }
    ReadLine {
        text: text.trim().to_owned(),
        confidence: sure / (count as f32).max(1.0),
    }
}

fn run(session: &mut Session, line: &LineTensor) -> Result<Output, Error> {
    let input = Tensor {
        name: INPUT,
        shape: &[1, 3, ROWS, line.columns],
        data: Data::F32(&line.values),
    };
    let answer = session.run(&[input], &[OUTPUT])?.pop();
    answer.ok_or_else(|| Error::Run("the text reader gave no answer".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_one_character_and_nothing_parts_two() {
        let classes = [0, 1, 1, 0, 1, 2, 0, 3];
        let places: Vec<Vec<f32>> = classes
            .iter()
            .map(|class| {
                (0..4)
                    .map(|n| if n == *class { 0.9 } else { 0.03 })
                    .collect()
            })
            .collect();
        let read = spell(places.iter().map(Vec::as_slice), |class| {
            ["a", "b", " "][class - 1]
        });
        assert_eq!(read.text, "aab");
        assert!((read.confidence - 0.9).abs() < 1e-6);
        assert_eq!(spell(std::iter::empty(), |_| "a").text, "");
    }

    #[test]
    fn a_line_is_cut_out_of_its_picture() {
        let picture = Picture {
            width: 4,
            height: 2,
            rgb: (0..24).collect(),
        };
        let right_below = Rect {
            x: 0.5,
            y: 0.5,
            width: 0.5,
            height: 0.5,
        };
        let cut = cut_line(&picture, right_below);
        assert_eq!((cut.width, cut.height), (2, 1));
        assert_eq!(cut.rgb, [18, 19, 20, 21, 22, 23]);
    }

    #[test]
    fn a_line_keeps_its_shape() {
        let line = |width, height| Picture {
            width,
            height,
            rgb: Vec::new(),
        };
        assert_eq!(columns_of(&line(300, 30)), 480);
        assert_eq!(columns_of(&line(1, 30)), 16);
        assert_eq!(columns_of(&line(9000, 30)), 2400);
    }
}
