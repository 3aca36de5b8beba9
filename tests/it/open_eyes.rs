//! Eyes of a drawn face, held against the original face mesh.

use opusclip::analysis::faces::{EyeGap, FaceMeshModel};
use opusclip::frame::Picture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;

use crate::hearing::model;
use crate::needs::Missing;
use crate::or_skip;

const SIDE: u32 = 192;

/// An ellipse: its middle, half its axes, its colour.
type Ellipse = ([f32; 2], [f32; 2], [u8; 3]);

fn mesh_model() -> Result<FaceMeshModel, Missing> {
    let (runtime, path) = model("facemesh.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(FaceMeshModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

/// A face whose lids are so far from the middles of its eyes; `scripts/models/drawn_face.py` draws the same.
fn drawn_face(lids: f32) -> Picture {
    let head: [Ellipse; 4] = [
        ([96.0, 60.0], [62.0, 56.0], [60, 40, 30]),
        ([96.0, 98.0], [52.0, 68.0], [220, 170, 140]),
        ([96.0, 112.0], [9.0, 20.0], [200, 145, 118]),
        ([96.0, 128.0], [12.0, 5.0], [170, 110, 90]),
    ];
    let white = (lids - 1.5).max(0.01);
    let eye = |middle: f32| -> [Ellipse; 4] {
        [
            ([middle, 70.0], [15.0, 3.0], [70, 45, 35]),
            ([middle, 84.0], [12.0, lids.max(1.5)], [80, 50, 40]),
            ([middle, 84.0], [12.0, white], [245, 245, 245]),
            ([middle, 84.0], [5.0, white.min(5.0)], [40, 30, 25]),
        ]
    };
    let mouth: [Ellipse; 2] = [
        ([96.0, 146.0], [20.0, 6.0], [170, 60, 60]),
        ([96.0, 145.0], [16.0, 1.0], [90, 30, 30]),
    ];
    let ellipses = [&head[..], &eye(74.0), &eye(118.0), &mouth].concat();
    let places = (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (column as f32, row as f32)));
    let colour = |(x, y): (f32, f32)| {
        let covers = |([across, down], [wide, high], _): &&Ellipse| {
            ((x - across) / wide).powi(2) + ((y - down) / high).powi(2) <= 1.0
        };
        let last = ellipses.iter().rev().find(covers);
        last.map_or([70; 3], |(_, _, colour)| *colour)
    };
    Picture {
        width: SIDE,
        height: SIDE,
        rgb: places.flat_map(colour).collect(),
    }
}

#[test]
fn eyes_are_open_as_far_as_the_original_says() {
    let mut model = or_skip!(mesh_model());
    let [closed, open] = [1.0, 8.0].map(drawn_face);
    let nobody = Picture {
        width: SIDE,
        height: SIDE,
        rgb: vec![90; (SIDE * SIDE * 3) as usize],
    };
    let mut sizer = BatchSizer::fixed(3);
    let gaps = model.eye_gaps(&[&closed, &open, &nobody], &mut sizer);
    let [Some(EyeGap(closed)), Some(EyeGap(open)), None] = gaps.unwrap()[..] else {
        panic!("a face is seen where one is drawn, and nowhere else");
    };
    assert!((closed - 0.27312).abs() < 1e-3, "{closed}");
    assert!((open - 0.40155).abs() < 1e-3, "{open}");
}
