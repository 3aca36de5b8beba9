use super::*;
use proptest::prelude::*;

const WIDE: f64 = 16.0 / 9.0;

fn at(millis: i64) -> Timestamp {
    Timestamp::new(millis, 1000).unwrap()
}

fn point(millis: i64, x: f64) -> CropPoint {
    let (time, y, w, h) = (at(millis), 0.0, 0.25, 1.0);
    CropPoint {
        time,
        rect: Rect {
            x,
            y,
            width: w,
            height: h,
        },
    }
}

fn upright(scenes: &[(i64, i64, SceneView)]) -> ClipFraming {
    let scene = |(start, end, layout): &(i64, i64, SceneView)| SceneCrop {
        range: TimeRange::new(at(*start), at(*end)).unwrap(),
        layout: layout.clone(),
    };
    ClipFraming {
        size: Size::new(1080, 1920),
        scenes: scenes.iter().map(scene).collect(),
    }
}

#[test]
fn a_crop_moves_evenly_between_its_points_and_stands_still_outside() {
    let path = [point(1000, 0.1), point(2000, 0.3), point(3000, 0.2)];
    let x = |millis| rect_at(&path, at(millis)).unwrap().x;
    for (millis, expected) in [
        (0, 0.1),
        (1250, 0.15),
        (2000, 0.3),
        (2500, 0.25),
        (9000, 0.2),
    ] {
        assert!((x(millis) - expected).abs() < 1e-12, "{millis}");
    }
}

#[test]
fn a_scene_holds_until_the_next_begins() {
    let crop = |x| SceneView::Crop(vec![point(0, x)]);
    let framing = upright(&[(1000, 2000, crop(0.1)), (3000, 4000, crop(0.5))]);
    let x = |millis| framing.parts(at(millis), WIDE)[0].x;
    assert_eq!(
        [0, 1500, 2500, 3000, 5000].map(x),
        [0.1, 0.1, 0.1, 0.5, 0.5]
    );
}

fn halves(upper: Vec<CropPoint>, lower: Vec<CropPoint>) -> Vec<StackedPart> {
    let half = |path| StackedPart { path, height: 0.5 };
    vec![half(upper), half(lower)]
}

#[test]
fn parts_of_several_heights_stand_one_above_the_other() {
    let part = |height| StackedPart {
        path: vec![],
        height,
    };
    let framing = upright(&[(
        0,
        1,
        SceneView::Stack([0.316, 0.4, 0.284].map(part).to_vec()),
    )]);
    let (panes, _) = framing.panes(at(0), WIDE);
    let places: Vec<_> = panes
        .iter()
        .map(|pane| (pane.place[1], pane.place[3]))
        .collect();
    assert_eq!(places, [(0, 606), (606, 768), (1374, 546)]);
}

#[test]
fn a_split_stacks_two_halves() {
    let framing = upright(&[(0, 1, SceneView::Stack(halves(vec![], vec![point(0, 0.7)])))]);
    let (panes, behind) = framing.panes(at(0), WIDE);
    assert_eq!(behind, Backdrop::None);
    assert_eq!(panes[0].place, [0, 0, 1080, 960]);
    assert_eq!(panes[1].place, [0, 960, 1080, 960]);
    // 9:8 out of 16:9.
    assert!((panes[0].part.width - 0.6328125).abs() < 1e-9);
    assert_eq!(panes[1].part.x, 0.7);
}

#[test]
fn a_picture_that_is_fitted_keeps_its_shape() {
    let framing = upright(&[(
        0,
        1,
        SceneView::Fit {
            part: Rect::WHOLE,
            blur: true,
        },
    )]);
    let (panes, behind) = framing.panes(at(0), WIDE);
    assert_eq!(
        (panes[0].place, behind),
        ([0, 656, 1080, 608], Backdrop::Blurred)
    );
    let (panes, behind) = framing.panes(at(0), 9.0 / 16.0);
    assert_eq!(
        (panes[0].place, behind),
        ([0, 0, 1080, 1920], Backdrop::None)
    );
    let (panes, _) = framing.panes(at(0), 0.25);
    assert_eq!(panes[0].place, [300, 0, 480, 1920]);
}

#[test]
fn a_path_without_points_stands_in_the_middle() {
    let framing = upright(&[(0, 1, SceneView::Crop(vec![]))]);
    let part = framing.parts(at(0), WIDE)[0];
    assert!((part.width - 0.31640625).abs() < 1e-12 && (part.x - 0.341796875).abs() < 1e-12);
}

proptest! {
    #[test]
    fn a_part_never_leaves_the_picture(x: f64, y in -2.0..2.0, w in -1.0..3.0, h: f64) {
        let Rect { x, y, width: w, height: h } = Rect { x, y, width: w, height: h }.inside();
        prop_assert!(x >= 0.0 && y >= 0.0 && w > 0.0 && h > 0.0);
        prop_assert!(x + w <= 1.0 + 1e-9 && y + h <= 1.0 + 1e-9);
    }

    #[test]
    fn panes_stay_on_the_clip(width in 1..4000_u32, height in 1..4000_u32, whole in 0.01..100.0, kind in 0..4) {
        let layout = match kind {
            0 => SceneView::Crop(vec![]),
            1 => SceneView::Stack(halves(vec![], vec![])),
            other => SceneView::Fit { part: Rect::WHOLE, blur: other == 2 },
        };
        let mut framing = upright(&[(0, 1, layout)]);
        framing.size = Size::new(width, height);
        let (width, height) = framing.even_size();
        for PixelPane { place: [x, y, w, h], .. } in framing.panes(at(0), whole).0 {
            prop_assert!(w > 0 && h > 0 && [x, y, w, h].iter().all(|side| side % 2 == 0));
            prop_assert!(x + w <= width as usize && y + h <= height as usize);
        }
    }
}
