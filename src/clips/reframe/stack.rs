//! Parts of the picture one above the other: those that a person names, or a screen with the camera of who speaks to it.

use super::camera;
use super::framing::Pane;
use super::path::{Path, RATE};
use super::sample::{Face, Sample};
use super::solve;
use super::stage::{ENLARGED, PaneStage};
use crate::frame::{Layout, Rect};

/// The least and the most of the output's height that a screen takes.
const LEAST: f64 = 0.1;
const SCREEN: f64 = 0.6;
/// How much of a camera's pane a head takes.
const HEAD: f64 = 0.5;
/// How long a call goes on, at least, in seconds, and how far a head moves in it at most, in fractions of the picture.
const SITS: f64 = 5.0;
const SWAYS: f64 = 0.16;
/// The least share of the time in which both of a call are seen, and how far from the middle of their half they are at most,
/// in widths of the half.
const BOTH: f64 = 0.6;
const AMID: f64 = 0.2;
/// How high a head of a call is at least, in heights of the picture, and how many times as high as the other one at most.
const CLOSE: f64 = 0.15;
const ALIKE: f64 = 2.2;
/// How many times as much as the other one counts one of a call at most: who speaks counts three times as much.
const UNEQUAL: f64 = 4.0;

/// Returns the regions that a person names, in a stack or one as high as the other.
pub(super) fn named_parts(stage: &PaneStage<'_>, layout: Layout, regions: &[Rect]) -> Vec<Pane> {
    let heights = match layout {
        Layout::Stack => below_a_screen(stage, regions[0], regions.len()),
        _ => equal(regions.len()),
    };
    parts(stage, regions, &heights)
}

/// Returns parts of these heights, one above the other; each shows a region whole where its shape allows that.
fn parts(stage: &PaneStage<'_>, regions: &[Rect], heights: &[f64]) -> Vec<Pane> {
    let mut top = 0.0;
    let panes = regions.iter().zip(heights).map(|(region, height)| {
        let aspect = stage.aspect / height;
        let largest = stage.active.largest(aspect);
        let width = region.width.max(region.height * aspect).min(largest.width);
        let crop = region
            .centred((width, width / aspect))
            .moved_into(stage.active);
        let target = Rect {
            y: top,
            height: *height,
            ..Rect::WHOLE
        };
        top += height;
        Pane {
            path: Path::still(stage.start, crop),
            target,
        }
    });
    panes.collect()
}

/// Returns equal heights for so many parts.
fn equal(count: usize) -> Vec<f64> {
    vec![1.0 / count.max(1) as f64; count]
}

/// Returns heights for parts of which the first is shown over the whole width, and the others share the rest.
fn below_a_screen(stage: &PaneStage<'_>, screen: Rect, count: usize) -> Vec<f64> {
    let whole = stage.aspect * screen.height / screen.width.max(f64::MIN_POSITIVE);
    let first = whole.clamp(LEAST, SCREEN);
    let others = (1.0 - first) / count.saturating_sub(1).max(1) as f64;
    let mut heights = vec![others; count];
    heights[0] = first;
    heights
}

/// Returns all of a screen, and below it the camera in its corner, nothing of what is around it where its edges are known; `None`
/// where the picture is no such screen.
pub(super) fn screen_and_camera(stage: &PaneStage<'_>) -> Option<Vec<Pane>> {
    let camera = stage
        .camera
        .or_else(|| camera::beside_text(stage.samples))?;
    let heights = below_a_screen(stage, stage.active, 2);
    let mut panes = parts(stage, &[stage.active, stage.active], &heights);
    let (x, y) = camera.middle();
    let mut insets = stage.insets.iter().copied();
    let inset = insets.find(|inset| {
        inset.holds(Rect {
            x,
            y,
            width: 0.0,
            height: 0.0,
        })
    });
    let room = inset.map_or(stage.active, |inset| {
        inset.shared(stage.active).unwrap_or(inset)
    });
    let own: Vec<Sample> = stage
        .samples
        .iter()
        .map(|sample| only(sample, camera, room))
        .collect();
    let tallest = own
        .iter()
        .flat_map(|sample| &sample.faces)
        .map(|face| face.head.height)
        .fold(0.0, f64::max);
    let aspect = stage.aspect / heights[1];
    let most = room.largest(aspect).height;
    let height = (tallest / HEAD).min(most);
    panes[1].path = solve::solve(&own, stage.start, room, (height * aspect, height));
    Some(panes)
}

/// Returns both halves of a call, in which two people sit side by side, each before a camera of their own, the left one above;
/// `None` where the picture is no call.
///
/// No pane shows anything of the other half: there is another room.
pub(super) fn call(stage: &PaneStage<'_>) -> Option<Vec<Pane>> {
    let area = between_banners(stage);
    let halves = [0.0, 0.5].map(|part| Rect {
        x: area.x + area.width * part,
        width: area.width / 2.0,
        ..area
    });
    let sitters = [sitter(stage, halves[0])?, sitter(stage, halves[1])?];
    let times = |of: fn(Sitter) -> f64| {
        let [a, b] = sitters.map(of);
        a.max(b) / a.min(b)
    };
    if times(|sitter| sitter.head) > ALIKE || times(|sitter| sitter.weight) > UNEQUAL {
        return None;
    }
    let aspect = stage.aspect * 2.0;
    let panes = halves.into_iter().zip(sitters).enumerate();
    let panes = panes.map(|(number, (half, sitter))| {
        let own: Vec<Sample> = stage
            .samples
            .iter()
            .map(|sample| Sample {
                faces: faces_in(sample, half),
                salience: Vec::new(),
                text: text_in(sample, half),
            })
            .collect();
        let height = (sitter.head / HEAD).max(stage.rows / 2.0 / ENLARGED);
        let height = height.min(half.largest(aspect).height);
        Pane {
            path: solve::solve(&own, stage.start, half, (height * aspect, height)),
            target: Rect {
                y: number as f64 / 2.0,
                height: 0.5,
                ..Rect::WHOLE
            },
        }
    });
    Some(panes.collect())
}

/// Returns the picture without what lies above or below a line of text that reaches over the seam: no pane shows it whole.
fn between_banners(stage: &PaneStage<'_>) -> Rect {
    let active = stage.active;
    let (seam, middle) = active.middle();
    let lines = stage.samples.iter().flat_map(|sample| &sample.text);
    let across = lines.filter(|line| line.x < seam && line.right() > seam);
    let (top, bottom) = across.fold((active.y, active.bottom()), |(top, bottom), line| {
        if line.middle().1 > middle {
            (top, bottom.min(line.y.max(middle)))
        } else {
            (top.max(line.bottom().min(middle)), bottom)
        }
    });
    Rect {
        y: top,
        height: bottom - top,
        ..active
    }
}

/// Who sits before the camera of a half.
#[derive(Clone, Copy)]
struct Sitter {
    /// How high the head is at most, in heights of the picture.
    head: f64,
    weight: f64,
}

/// Returns who sits in a half, where there is one who stays in its middle; by place, for one who turns away is another track
/// when the face comes back.
fn sitter(stage: &PaneStage<'_>, half: Rect) -> Option<Sitter> {
    let count = stage.samples.len() as f64;
    let alone = stage.samples.iter().map(|sample| faces_in(sample, half));
    let alone = alone.filter_map(|faces| <[Face; 1]>::try_from(faces).ok());
    let inside: Vec<Face> = alone.flatten().collect();
    let (low, high) = spread(inside.iter().map(|face| face.face.middle().0));
    let amid = |x: f64| (x - half.middle().0).abs() <= AMID * half.width;
    let heads = inside.iter().map(|face| face.head.height);
    let head = heads.fold(0.0, f64::max);
    let seen = inside.len() as f64 >= BOTH * count && count >= SITS * f64::from(RATE);
    let stays = amid(low) && amid(high) && high - low <= SWAYS;
    (seen && stays && head >= CLOSE).then(|| Sitter {
        head,
        weight: inside.iter().map(|face| face.weight).sum(),
    })
}

fn faces_in(sample: &Sample, half: Rect) -> Vec<Face> {
    let faces = sample.faces.iter();
    let inside = faces.filter(|face| (half.x..half.right()).contains(&face.face.middle().0));
    inside.copied().collect()
}

/// Returns what can be read in a half, and of what reaches over to the other one its part.
fn text_in(sample: &Sample, half: Rect) -> Vec<Rect> {
    let parts = sample.text.iter().filter_map(|line| line.shared(half));
    parts.collect()
}

/// Returns the lowest and the highest of some numbers.
fn spread(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::MAX, f64::MIN), |(low, high), number| {
        (low.min(number), high.max(number))
    })
}

/// Returns the faces in a place alone, with as much of their heads as a room holds.
fn only(sample: &Sample, place: Rect, room: Rect) -> Sample {
    let faces = camera::faces_in(sample, place).map(|face| Face {
        head: face.head.shared(room).unwrap_or(face.head),
        ..*face
    });
    Sample {
        faces: faces.collect(),
        ..Sample::default()
    }
}
