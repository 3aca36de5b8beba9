//! Shots as people make them.

use super::*;

fn framing(scene: Scene) -> Framing {
    let mut framings = reframe(&[scene], UPRIGHT, &[]);
    assert_eq!(framings.len(), 1);
    framings.remove(0)
}

/// People who stay at these places for ten seconds.
fn sitting(places: &[f64]) -> Scene {
    let range = range(0.0, 10.0);
    let people = places.iter().enumerate();
    let people = people.map(|(n, &x)| person(n as u32, range, |_| (x, 0.4)));
    scene(range, people.collect())
}

fn layouts(framings: &[Framing]) -> Vec<Layout> {
    framings.iter().map(|framing| framing.layout).collect()
}

#[test]
fn one_person_is_tracked_and_stands_in_the_middle() {
    let framing = framing(sitting(&[0.6]));
    assert_eq!(framing.layout, Layout::Track);
    let crop = framing.panes[0].path.at(at(5.0));
    assert!((crop.middle().0 - 0.6).abs() < 0.05, "{crop:?}");
    assert_eq!(framing.quality.coverage, 1.0);
    assert_eq!(framing.quality.moves, 0);
}

#[test]
fn two_people_side_by_side_are_tracked_as_one() {
    let framing = framing(sitting(&[0.45, 0.58]));
    assert_eq!(framing.layout, Layout::Track);
    assert_eq!(framing.quality.coverage, 1.0);
}

#[test]
fn two_people_far_apart_are_shown_one_above_the_other_the_left_one_first() {
    let framing = framing(sitting(&[0.8, 0.2]));
    assert_eq!(framing.layout, Layout::Split);
    assert_eq!(framing.quality.coverage, 1.0);
    let [upper, lower] = &framing.panes[..] else {
        panic!("{} panes", framing.panes.len())
    };
    assert_eq!(
        (upper.target.y, lower.target.y, lower.target.height),
        (0.0, 0.5, 0.5)
    );
    let (upper, lower) = (upper.path.at(at(5.0)), lower.path.at(at(5.0)));
    assert!(upper.right() < 0.75, "the left pane shows the right head");
    assert!(lower.x > 0.25, "the right pane shows the left head");
}

#[test]
fn a_wide_output_is_not_split() {
    let square = Size {
        width: 1080,
        height: 1080,
    };
    let framings = reframe(&[sitting(&[0.1, 0.9])], square, &[]);
    assert_eq!(layouts(&framings), [Layout::Fit]);
}

#[test]
fn one_who_hardly_matters_is_left_out() {
    let mut scene = sitting(&[0.8, 0.2]);
    scene.subjects[1].weight = 0.2;
    let framing = framing(scene);
    assert_eq!(framing.layout, Layout::Track);
    let cut = CutFace {
        track: 1,
        share: 1.0,
    };
    assert_eq!(framing.quality.cut, [cut]);
}

#[test]
fn a_wide_group_is_fitted() {
    let scene = sitting(&[0.1, 0.37, 0.63, 0.9]);
    let framing = framing(scene.clone());
    assert_eq!(framing.layout, Layout::Fit);
    let shown = framing.panes[0].path.at(at(1.0));
    let faces = scene.subjects.iter().map(|subject| subject.boxes[0].1);
    assert!(faces.into_iter().all(|face| shown.holds(face)), "{shown:?}");
    assert!(shown.width < 1.0 && shown.height == 1.0, "{shown:?}");
    let target = framing.panes[0].target;
    let height = 81.0 / 256.0 / shown.width;
    assert!((target.height - height).abs() < 1e-4, "{target:?}");
    assert!((target.y - (1.0 - height) / 2.0).abs() < 1e-4, "{target:?}");
}

#[test]
fn a_wide_slide_is_fitted_and_a_narrow_sight_is_not() {
    let mut slide = sitting(&[]);
    slide.salience = vec![(at(1.0), area(0.1, 0.2, 0.8, 0.6), 1.0)];
    assert_eq!(framing(slide.clone()).layout, Layout::Fit);
    slide.salience[0].1 = area(0.65, 0.2, 0.2, 0.6);
    let framing = framing(slide);
    assert_eq!(framing.layout, Layout::Track);
    assert!((framing.panes[0].path.at(at(1.0)).middle().0 - 0.75).abs() < 0.1);
}

#[test]
fn a_shot_of_which_nothing_is_known_shows_its_middle() {
    let framing = framing(sitting(&[]));
    assert_eq!(framing.layout, Layout::Track);
    let (x, _) = framing.panes[0].path.at(at(1.0)).middle();
    assert!((x - 0.5).abs() < 1e-9);
}

#[test]
fn a_picture_of_the_outputs_shape_is_shown_whole() {
    let framings = reframe(&[sitting(&[0.1])], HD, &[]);
    assert_eq!(layouts(&framings), [Layout::Whole]);
    assert_eq!(framings[0].panes[0].path.at(at(1.0)), Rect::WHOLE);
}

#[test]
fn an_upright_film_inside_black_bars_is_shown_whole_without_them() {
    let mut scene = sitting(&[0.5]);
    let film = area(0.342, 0.0, 0.316, 1.0);
    scene.active = Some(film);
    let framing = framing(scene);
    assert_eq!(framing.layout, Layout::Whole);
    assert!(film.holds(framing.panes[0].path.at(at(1.0))));
}

#[test]
fn a_face_is_given_head_room_where_the_crop_is_less_than_the_picture_high() {
    let whole = range(0.0, 10.0);
    let mut upright = scene(whole, vec![person(1, whole, |_| (0.5, 0.3))]);
    upright.frame = UPRIGHT;
    upright.subjects[0].boxes.iter_mut().for_each(|(_, face)| {
        *face = area(0.5, 0.3, 0.0, 0.0).centred((0.2, 0.08));
    });
    let framing = &reframe(&[upright], HD, &[tracked(whole)])[0];
    let crop = framing.panes[0].path.at(at(5.0));
    let height = (0.3 - crop.y) / crop.height;
    assert!((0.28..=0.48).contains(&height), "{height}");
    assert_eq!(framing.quality.coverage, 1.0);
}

#[test]
fn a_walk_is_followed_in_one_move() {
    let whole = range(0.0, 20.0);
    let walk = |time: f64| (0.1 + 0.8 * ((time - 5.0) / 5.0).clamp(0.0, 1.0), 0.4);
    let framing = framing(scene(whole, vec![person(1, whole, walk)]));
    assert_eq!(framing.layout, Layout::Track);
    assert_eq!((framing.quality.coverage, framing.quality.moves), (1.0, 1));
}

#[test]
fn a_leap_is_followed_at_the_highest_speed_and_no_higher() {
    let whole = range(0.0, 20.0);
    let leap = |time: f64| (if time < 10.0 { 0.1 } else { 0.9 }, 0.4);
    let framing = framing(scene(whole, vec![person(1, whole, leap)]));
    let FramingQuality { speed, moves, .. } = framing.quality;
    assert_eq!(moves, 1);
    assert!((0.75..=0.8).contains(&speed), "{speed}");
}

#[test]
fn a_person_who_sways_does_not_move_the_crop() {
    let whole = range(0.0, 20.0);
    let sway = |time: f64| (0.5 + 0.06 * time.sin(), 0.4);
    let framing = framing(scene(whole, vec![person(1, whole, sway)]));
    assert!(framing.panes[0].path.is_still());
}

#[test]
fn who_speaks_is_shown_rather_than_who_does_not() {
    let mut scene = sitting(&[0.2, 0.8]);
    scene.subjects[1].speaks = vec![scene.range];
    let framing = &reframe(
        std::slice::from_ref(&scene),
        UPRIGHT,
        &[tracked(scene.range)],
    )[0];
    assert!((framing.panes[0].path.at(at(5.0)).middle().0 - 0.8).abs() < 0.05);
}

#[test]
fn a_short_change_of_view_does_not_change_the_layout_and_a_long_one_does() {
    let clip = |second: f64| {
        let (a, b, c) = (
            range(0.0, 10.0),
            range(10.0, 10.0 + second),
            range(10.0 + second, 30.0),
        );
        let two = [0.2, 0.8].map(|x| person(2, b, move |_| (x, 0.4)));
        let scenes = [
            scene(a, vec![person(1, a, |_| (0.5, 0.4))]),
            scene(b, two.to_vec()),
            scene(c, vec![person(1, c, |_| (0.5, 0.4))]),
        ];
        layouts(&reframe(&scenes, UPRIGHT, &[]))
    };
    assert_eq!(clip(2.0), [Layout::Track; 3]);
    assert_eq!(clip(4.0), [Layout::Track, Layout::Split, Layout::Track]);
}

#[test]
fn a_decision_holds_for_its_time_alone() {
    let decided = FramingOverride {
        range: range(4.0, 6.0),
        layout: Some(Layout::Fit),
        region: None,
        regions: Vec::new(),
    };
    let framings = reframe(&[sitting(&[0.6])], UPRIGHT, &[decided]);
    assert_eq!(
        layouts(&framings),
        [Layout::Track, Layout::Fit, Layout::Track]
    );
    let ranges: Vec<_> = framings.iter().map(|framing| framing.range).collect();
    assert_eq!(ranges, [range(0.0, 4.0), range(4.0, 6.0), range(6.0, 10.0)]);
}

#[test]
fn a_region_is_shown_whole_by_a_crop_that_holds_it_or_fitted() {
    let shown = |region: Rect, layout: Option<Layout>| {
        let decided = FramingOverride {
            range: range(0.0, 10.0),
            layout,
            region: Some(region),
            regions: Vec::new(),
        };
        let framing = reframe(&[sitting(&[0.1])], UPRIGHT, &[decided]).remove(0);
        (framing.layout, framing.panes[0].path.at(at(5.0)))
    };
    let narrow = area(0.8, 0.5, 0.15, 0.4);
    let (layout, crop) = shown(narrow, None);
    assert!(layout == Layout::Track && crop.holds(narrow), "{crop:?}");
    assert!(
        crop.width < 0.2,
        "as little else as possible is shown: {crop:?}"
    );
    let wide = area(0.2, 0.2, 0.6, 0.6);
    let (layout, fitted) = shown(wide, None);
    assert!(layout == Layout::Fit && fitted.holds(wide) && wide.holds(fitted));
    let (layout, crop) = shown(wide, Some(Layout::Track));
    assert_eq!(layout, Layout::Track);
    assert!((crop.middle().0 - 0.5).abs() < 1e-9 && Rect::WHOLE.holds(crop));
}

#[test]
fn a_split_without_two_people_shows_both_halves() {
    let decided = FramingOverride {
        range: range(0.0, 10.0),
        layout: Some(Layout::Split),
        region: None,
        regions: Vec::new(),
    };
    let framing = reframe(&[sitting(&[])], UPRIGHT, &[decided]).remove(0);
    let middles: Vec<f64> = framing
        .panes
        .iter()
        .map(|pane| pane.path.at(at(1.0)).middle().0)
        .collect();
    assert_eq!(middles, [0.25, 0.75]);
}

#[test]
fn a_face_too_large_for_the_crop_is_not_cut_but_fitted() {
    let mut scene = sitting(&[0.5]);
    scene.subjects[0].boxes.iter_mut().for_each(|(_, face)| {
        *face = area(0.3, 0.1, 0.4, 0.8);
    });
    assert_eq!(framing(scene).layout, Layout::Fit);
}

#[test]
fn an_area_is_found_again_on_the_output() {
    let scene = sitting(&[0.8, 0.2]);
    let framing = framing(scene.clone());
    for (subject, pane) in scene.subjects.iter().zip([1, 0]) {
        let face = subject.boxes[0].1;
        let seen: Vec<Rect> = framing.seen(at(0.0), face).collect();
        assert_eq!(seen.len(), 1);
        assert!(framing.panes[pane].target.holds(seen[0]), "{seen:?}");
    }
}

#[test]
fn panes_that_show_much_the_same_are_no_split() {
    let mut stage = sitting(&[0.3, 0.62]);
    // So far from the camera that a pane which is not coarse shows the other one too.
    stage.frame = Size::new(640, 360);
    for (_, face) in stage.subjects.iter_mut().flat_map(|s| &mut s.boxes) {
        *face = face.centred((0.03, 0.07));
    }
    assert_ne!(framing(stage).layout, Layout::Split);
}

#[test]
fn a_fit_that_would_leave_narrow_bars_is_a_crop() {
    // Both heads reach over a crop's width by a quarter.
    let framing = framing(sitting(&[0.36, 0.62]));
    assert_eq!(framing.layout, Layout::Track);
}

#[test]
fn all_fits_of_a_clip_are_as_high() {
    let (a, b) = (range(0.0, 10.0), range(10.0, 20.0));
    let group = |range, places: [f64; 4]| {
        let people = places.into_iter().zip(0..);
        scene(
            range,
            people
                .map(|(x, n)| person(n, range, move |_| (x, 0.4)))
                .collect(),
        )
    };
    let scenes = [
        group(a, [0.1, 0.37, 0.63, 0.9]),
        group(b, [0.2, 0.4, 0.6, 0.75]),
    ];
    let framings = reframe(&scenes, UPRIGHT, &[]);
    assert_eq!(layouts(&framings), [Layout::Fit; 2]);
    let height = |framing: &Framing| framing.panes[0].target.height;
    assert!((height(&framings[0]) - height(&framings[1])).abs() < 1e-9);
    assert!(
        framings
            .iter()
            .all(|framing| framing.quality.coverage == 1.0)
    );
}

#[test]
fn who_stands_far_away_is_shown_closer_as_long_as_nobody_is_lost() {
    let far = |places: &[f64]| {
        let mut stage = sitting(places);
        for (_, face) in stage.subjects.iter_mut().flat_map(|s| &mut s.boxes) {
            *face = face.centred((0.03, 0.06));
        }
        framing(stage).panes[0].path.at(at(5.0))
    };
    let alone = far(&[0.6]);
    assert!((alone.height - 0.5).abs() < 0.05, "{alone:?}");
    assert!((alone.middle().0 - 0.6).abs() < 0.03, "{alone:?}");
    assert_eq!(far(&[0.5, 0.7]).height, 1.0);
}

#[test]
fn an_upright_picture_stays_as_it_was_framed_bars_and_all() {
    let mut scene = sitting(&[0.5]);
    scene.frame = UPRIGHT;
    scene.active = Some(area(0.0, 0.1, 0.9, 0.9));
    let framing = framing(scene);
    assert_eq!(framing.layout, Layout::Whole);
    assert_eq!(framing.panes[0].path.at(at(1.0)), Rect::WHOLE);
}

#[test]
fn a_flash_has_the_layout_of_its_neighbours() {
    let (a, b, c) = (range(0.0, 6.0), range(6.0, 6.2), range(6.2, 12.0));
    let two = |range| {
        [0.2, 0.8]
            .map(|x| person(2, range, move |_| (x, 0.4)))
            .to_vec()
    };
    let mut people = two(a);
    people[1].track = 3;
    let mut later = two(c);
    later[1].track = 3;
    let scenes = [scene(a, people), scene(b, Vec::new()), scene(c, later)];
    let framings = reframe(&scenes, UPRIGHT, &[]);
    assert_eq!(framings[0].layout, Layout::Split);
    assert_eq!(framings[0].layout, framings[2].layout);
}

#[test]
fn text_is_whole_inside_or_whole_outside() {
    let mut scene = sitting(&[0.5]);
    let card = (scene.range, area(0.68, 0.7, 0.2, 0.1));
    scene.text = vec![card];
    let beside = framing(scene.clone());
    assert_eq!(beside.layout, Layout::Track);
    assert_eq!(beside.quality.text_cut, 0.0);
    assert!(beside.panes[0].path.at(at(5.0)).right() <= 0.685);
    // One that no crop with the head can hold or avoid.
    scene.text = vec![(scene.range, area(0.3, 0.8, 0.4, 0.1))];
    let framing = framing(scene);
    assert_eq!(framing.layout, Layout::Fit);
    assert_eq!(framing.quality.text_cut, 0.0);
}

#[test]
fn a_title_is_shown_whole() {
    let mut scene = sitting(&[]);
    scene.text = vec![(scene.range, area(0.1, 0.4, 0.8, 0.2))];
    let framing = framing(scene);
    assert_eq!(framing.layout, Layout::Fit);
    assert_eq!(framing.quality.text_cut, 0.0);
}

#[test]
fn a_screen_with_its_camera_is_shown_above_and_the_camera_below() {
    let mut screen = sitting(&[0.88]);
    for (_, face) in screen.subjects.iter_mut().flat_map(|s| &mut s.boxes) {
        *face = area(0.88, 0.85, 0.0, 0.0).centred((0.05, 0.1));
    }
    let line = |y| (screen.range, area(0.05, y, 0.6, 0.06));
    screen.text = [0.1, 0.2, 0.3, 0.4].map(line).to_vec();
    let framing = framing(screen);
    assert_eq!(framing.layout, Layout::Stack);
    assert_eq!(
        (framing.quality.coverage, framing.quality.text_cut),
        (1.0, 0.0)
    );
    let [above, below] = &framing.panes[..] else {
        panic!("{} panes", framing.panes.len())
    };
    assert_eq!(above.path.at(at(5.0)), Rect::WHOLE);
    assert!((above.target.height - 81.0 / 256.0).abs() < 1e-9);
    let camera = below.path.at(at(5.0));
    assert!(
        camera.holds(area(0.855, 0.8, 0.05, 0.1)) && camera.height < 0.35,
        "{camera:?}"
    );
}

/// Two who sit in the middles of their halves, with heads of these heights.
fn call(heads: [f64; 2]) -> Scene {
    let mut call = sitting(&[0.25, 0.75]);
    for (subject, head) in call.subjects.iter_mut().zip(heads) {
        for (_, face) in &mut subject.boxes {
            *face = area(face.x, face.y, face.width, face.height).centred((head / 2.2, head));
        }
    }
    call
}

#[test]
fn a_call_is_split_at_its_seam_though_a_banner_lies_across_it() {
    let mut call = call([0.25, 0.3]);
    call.subjects[0].speaks = vec![call.range];
    call.text = vec![(call.range, area(0.1, 0.88, 0.8, 0.08))];
    let framing = framing(call);
    assert_eq!(framing.layout, Layout::Split);
    assert_eq!(
        (framing.quality.coverage, framing.quality.text_cut),
        (1.0, 0.0)
    );
    let [above, below] = &framing.panes[..] else {
        panic!("{} panes", framing.panes.len())
    };
    for (path, half) in [(&above.path, 0.0..0.5), (&below.path, 0.5..1.0)] {
        let crop = path.at(at(5.0));
        assert!(crop.x >= half.start - 1e-9 && crop.right() <= half.end + 1e-9);
        assert!(crop.bottom() < 0.885, "{crop:?}");
    }
}

#[test]
fn faces_of_a_call_that_fill_their_halves_are_shown_above_its_banner() {
    let mut call = call([0.56, 0.6]);
    let banner = area(0.07, 0.85, 0.87, 0.06);
    call.text = vec![(call.range, banner)];
    let framing = framing(call);
    assert_eq!(framing.layout, Layout::Split);
    assert_eq!(framing.quality.text_cut, 0.0);
    for pane in &framing.panes {
        let crop = pane.path.at(at(5.0));
        assert!(crop.y < 0.1 && crop.bottom() <= 0.85 + 1e-6, "{crop:?}");
    }
}

#[test]
fn where_somebody_else_is_seen_as_large_there_is_no_screen() {
    let mut room = sitting(&[0.1, 0.6]);
    for (_, face) in &mut room.subjects[0].boxes {
        *face = area(0.1, 0.2, 0.0, 0.0).centred((0.09, 0.2));
    }
    let line = |y| (room.range, area(0.3, y, 0.4, 0.05));
    room.text = [0.8, 0.9].map(line).to_vec();
    assert_ne!(framing(room).layout, Layout::Stack);
}

#[test]
fn regions_stand_one_above_the_other() {
    let decided = |layout| FramingOverride {
        range: range(0.0, 10.0),
        layout: Some(layout),
        region: None,
        regions: vec![area(0.0, 0.0, 1.0, 1.0), area(0.7, 0.6, 0.3, 0.4)],
    };
    for (layout, heights) in [
        (Layout::Split, [0.5, 0.5]),
        (Layout::Stack, [0.31640625, 0.68359375]),
    ] {
        let framing = reframe(&[sitting(&[0.1])], UPRIGHT, &[decided(layout)]).remove(0);
        let found: Vec<f64> = framing
            .panes
            .iter()
            .map(|pane| pane.target.height)
            .collect();
        assert_eq!((framing.layout, &found[..]), (layout, &heights[..]));
        assert!(
            framing.panes[1]
                .path
                .at(at(1.0))
                .holds(area(0.75, 0.65, 0.1, 0.3))
        );
    }
}
