//! Maps of what draws the eye, held against the original model and against what people would look at.

use ndarray::Array4;
use opusclip::analysis::saliency::{GRID, Map, SaliencyModel};
use opusclip::frame::Picture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;

use crate::hearing::model;
use crate::needs::Missing;
use crate::or_skip;
use crate::seeing::golden;

fn saliency_model() -> Result<SaliencyModel, Missing> {
    let (runtime, path) = model("vit_s_focus.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(SaliencyModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

fn map(model: &mut SaliencyModel, picture: &Picture) -> Map {
    let mut sizer = BatchSizer::fixed(1);
    model.map(&[picture], &mut sizer).unwrap().remove(0)
}

#[test]
fn the_map_is_that_of_the_original_on_a_coarser_grid() {
    let mut model = or_skip!(saliency_model());
    let (picture, mut recorded) = or_skip!(golden("vit_s_focus"));
    let wanted: Array4<f32> = recorded.by_name("output_importance").unwrap();
    let found = map(&mut model, &picture);
    let places = wanted.dim().2 / GRID;
    for (cell, found) in found.cells.iter().enumerate() {
        let (row, column) = (cell / GRID * places, cell % GRID * places);
        let area = ndarray::s![0, 0, row..row + places, column..column + places];
        let wanted = wanted.slice(area).mean().unwrap();
        assert!((found - wanted).abs() < 1e-4, "{found} instead of {wanted}");
    }
}

/// A grey picture with a bright ball whose middle is at `x`, `y` in fractions.
fn ball(x: f32, y: f32) -> Picture {
    let (width, height) = (640, 360);
    let pixel = |place: u32| {
        let across = (place % width) as f32 - x * width as f32;
        let down = (place / width) as f32 - y * height as f32;
        let light = (1.0 - across.hypot(down) / 50.0).max(0.0);
        [
            90.0 + 160.0 * light,
            90.0 + 60.0 * light,
            90.0 - 60.0 * light,
        ]
        .map(|v| v as u8)
    };
    Picture {
        width,
        height,
        rgb: (0..width * height).flat_map(pixel).collect(),
    }
}

#[test]
fn a_lone_thing_draws_the_eye_wherever_it_is() {
    let mut model = or_skip!(saliency_model());
    for (x, y) in [(0.25, 0.5), (0.75, 0.4), (0.5, 0.6)] {
        let map = map(&mut model, &ball(x, y));
        let centre = map.centre();
        assert!(
            (centre.x - x).abs() < 0.1 && (centre.y - y).abs() < 0.15,
            "{centre:?} for {x}, {y}"
        );
        let region = map.interest();
        assert!(region.width < 0.6, "{region:?}");
    }
}
