//! What holds for any scene.

use proptest::prelude::*;

use super::*;
use crate::clips::reframe::axis::{Axis, FASTEST, HARDEST};

/// A subject that walks at random: places every fifth of a second, some of them missing.
fn walker() -> impl Strategy<Value = (u32, f64, f64, Vec<(f64, f64, bool)>)> {
    // Mostly steps, now and then a leap that no crop can follow.
    let right = prop_oneof![12 => -0.08..0.08_f64, 1 => -0.9..0.9_f64];
    let step = (right, -0.03..0.03_f64, prop::bool::weighted(0.9));
    let walk = prop::collection::vec(step, 1..60);
    (0..9_u32, 0.1..3.0_f64, 0.05..0.5_f64, walk)
}

fn walking(
    start: f64,
    (track, weight, size, walk): (u32, f64, f64, Vec<(f64, f64, bool)>),
) -> Subject {
    let (mut x, mut y) = (0.5, 0.4);
    let mut boxes = Vec::new();
    for (k, (right, down, seen)) in walk.into_iter().enumerate() {
        (x, y) = ((x + right).clamp(0.0, 1.0), (y + down).clamp(0.0, 1.0));
        let face = area(x, y, 0.0, 0.0).centred((size * 0.45, size));
        let time = at(start + k as f64 * 0.2 + 0.013);
        boxes.extend(seen.then_some((time, face)));
    }
    Subject {
        track,
        weight,
        boxes,
        speaks: vec![range(start + 1.0, start + 3.0)],
    }
}

prop_compose! {
    fn any_scene()(
        start in 0.0..100.0_f64,
        seconds in 0.04..14.0_f64,
        frame in (200..4000_u32, 200..4000_u32),
        bars in (0.0..0.3_f64, 0.0..0.3_f64, any::<bool>()),
        walkers in prop::collection::vec(walker(), 0..4),
        salience in prop::collection::vec((0.0..14.0_f64, 0.0..0.9_f64, 0.0..0.9_f64, 0.01..0.9_f64, 0.0..2.0_f64), 0..6),
    ) -> Scene {
        let salience = salience.into_iter();
        Scene {
            range: range(start, start + seconds),
            frame: Size { width: frame.0, height: frame.1 },
            active: bars.2.then(|| area(bars.0, bars.1, 1.0 - 2.0 * bars.0, 1.0 - 2.0 * bars.1)),
            subjects: walkers.into_iter().map(|w| walking(start, w)).collect(),
            salience: salience.map(|(t, x, y, size, w)| (at(start + t), area(x, y, size, size), w)).collect(),
            text: Vec::new(),
            written: None,
            insets: Vec::new(),
        }
    }
}

fn any_output() -> impl Strategy<Value = Size> {
    let sizes = [(1080, 1920), (1080, 1080), (1080, 1350), (1920, 1080)];
    prop::sample::select(sizes.map(|(width, height)| Size { width, height }).to_vec())
}

/// The crop of each pane at 60 frames a second, and a little past both ends.
fn frames(framing: &Framing) -> impl Iterator<Item = Vec<Rect>> {
    let start = framing.range.start();
    let count = (framing.range.duration().as_secs_f64() * 60.0) as i64 + 10;
    framing.panes.iter().map(move |pane| {
        let times = (-5..count).map(|k| start + Timestamp::new(k, 60).unwrap());
        times.map(|time| pane.path.at(time)).collect()
    })
}

/// The weight of heads inside a crop that stays, each head grown by a step of the crop's places.
fn covered_generously(samples: &[sample::Sample], crop: Rect, room: Rect) -> f64 {
    let step = |low, room, crop| {
        let axis = Axis::new(low, room, crop);
        axis.step() * crop
    };
    let (x, y) = (
        step(room.x, room.width, crop.width),
        step(room.y, room.height, crop.height),
    );
    let faces = samples.iter().flat_map(|sample| &sample.faces);
    let grown = |head: Rect| head.centred((head.width + x, head.height + y));
    let covered = faces.filter(|seen| crop.holds(grown(seen.head)));
    covered.map(|seen| seen.weight).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn speed_and_acceleration_keep_their_limits_at_every_frame(scene in any_scene(), output in any_output(), forced: bool) {
        let forced = vec![tracked(scene.range); usize::from(forced)];
        for framing in reframe(&[scene], output, &forced) {
            for crops in frames(&framing) {
                // Past its ends the path stays: only what lies between them is one movement.
                let inner = &crops[5..crops.len().saturating_sub(11).max(5)];
                for w in crops.windows(2) {
                    let (x, y) = ((w[1].x - w[0].x) / w[0].width, (w[1].y - w[0].y) / w[0].height);
                    prop_assert!(x.abs().max(y.abs()) * 60.0 <= FASTEST * 1.0001, "{x} {y}");
                }
                for w in inner.windows(3) {
                    let (x, y) = ((w[2].x - 2.0 * w[1].x + w[0].x) / w[0].width, (w[2].y - 2.0 * w[1].y + w[0].y) / w[0].height);
                    prop_assert!(x.abs().max(y.abs()) * 3600.0 <= HARDEST * 1.0001, "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_crop_never_leaves_the_active_picture_and_has_the_shape_of_its_pane(scene in any_scene(), output in any_output(), forced: bool) {
        let forced = vec![tracked(scene.range); usize::from(forced)];
        let (active, frame) = (scene::active_picture(&scene, output), scene.frame);
        for framing in reframe(&[scene], output, &forced) {
            for (crops, pane) in frames(&framing).zip(&framing.panes) {
                prop_assert!(crops.iter().all(|crop| active.holds(*crop)));
                let shape = crops[0].width / crops[0].height * frame.aspect();
                let target = pane.target.width / pane.target.height * output.aspect();
                prop_assert!((shape / target - 1.0).abs() < 1e-9, "{shape} for {target}");
            }
        }
    }

    #[test]
    fn no_still_crop_covers_more(scene in any_scene(), output in any_output(), places in prop::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64), 50)) {
        let framing = reframe(std::slice::from_ref(&scene), output, &[tracked(scene.range)]).remove(0);
        let active = scene::active_picture(&scene, output);
        let crop = framing.panes[0].path.at(scene.range.start());
        let subjects = sample::ordered(&scene.subjects, scene.range);
        let samples = sample::samples(scene.range, &subjects, &scene, active);
        let samples = solve::fitted(&samples, (crop.width, crop.height));
        let all: f64 = samples.iter().flat_map(|s| &s.faces).map(|seen| seen.weight).sum();
        for (x, y) in places {
            let free = (active.width - crop.width, active.height - crop.height);
            let still = Rect { x: active.x + x * free.0, y: active.y + y * free.1, ..crop };
            let covered = covered_generously(&samples, still, active);
            prop_assert!(framing.quality.coverage * all >= covered - 1e-6, "{} of {all}, not {covered}", framing.quality.coverage);
        }
    }

    #[test]
    fn who_does_not_move_does_not_move_the_crop(x in 0.0..1.0_f64, y in 0.0..1.0_f64, size in 0.02..0.5_f64, seconds in 0.1..30.0_f64, output in any_output()) {
        let whole = range(3.0, 3.0 + seconds);
        let mut subject = person(1, whole, |_| (x, y));
        subject.boxes.iter_mut().for_each(|(_, face)| *face = face.centred((size * 0.45, size)));
        let framing = reframe(&[scene(whole, vec![subject])], output, &[]).remove(0);
        for crops in frames(&framing) {
            prop_assert!(crops.iter().all(|crop| *crop == crops[0]));
        }
        prop_assert_eq!((framing.quality.moves, framing.quality.jerk), (0, 0.0));
    }

    #[test]
    fn what_comes_before_a_cut_changes_nothing_after_it(before in any_scene(), mut after in any_scene(), output in any_output()) {
        let shift = before.range.end() - after.range.start();
        after.range = TimeRange::new(before.range.end(), after.range.end() + shift).unwrap();
        after.subjects.iter_mut().flat_map(|s| &mut s.boxes).for_each(|b| b.0 = b.0 + shift);
        let both = [tracked(before.range), tracked(after.range)];
        let alone = reframe(std::slice::from_ref(&after), output, &both);
        let together = reframe(&[before, after], output, &both);
        prop_assert_eq!(&together[together.len() - alone.len()..], &alone[..]);
    }

    #[test]
    fn the_order_of_subjects_and_salience_changes_nothing(mut scene in any_scene(), output in any_output(), by in 0..4_usize) {
        let once = reframe(std::slice::from_ref(&scene), output, &[]);
        prop_assert_eq!(&once, &reframe(std::slice::from_ref(&scene), output, &[]));
        let by = by % scene.subjects.len().max(1);
        scene.subjects.rotate_left(by);
        scene.salience.reverse();
        prop_assert_eq!(once, reframe(&[scene], output, &[]));
    }

    #[test]
    fn no_number_is_too_strange(
        numbers in prop::collection::vec(prop::sample::select(vec![f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 0.3, 1.0, 1e300]), 12),
        sides in prop::collection::vec(prop::sample::select(vec![0, 1, 2, 1080, u32::MAX]), 4),
        layout in prop::option::of(prop::sample::select(vec![Layout::Track, Layout::Split, Layout::Fit, Layout::Whole])),
    ) {
        let strange = |n: usize| area(numbers[n], numbers[n + 1], numbers[n + 2], numbers[n + 3]);
        let whole = range(0.0, 1.5);
        let mut scene = scene(whole, vec![person(1, whole, |time| (time, 0.5))]);
        scene.subjects[0].weight = numbers[8];
        scene.subjects[0].boxes[2].1 = strange(0);
        scene.salience = vec![(at(0.5), strange(1), numbers[9])];
        scene.active = Some(strange(2));
        scene.frame = Size { width: sides[0], height: sides[1] };
        let decided = FramingOverride { range: range(0.2, 0.9), layout, region: Some(strange(4)), regions: Vec::new() };
        for framing in reframe(&[scene], Size { width: sides[2], height: sides[3] }, &[decided]) {
            for crops in frames(&framing) {
                prop_assert!(crops.iter().all(|crop| Rect::WHOLE.holds(*crop)), "{:?}", crops[0]);
            }
        }
    }
}
