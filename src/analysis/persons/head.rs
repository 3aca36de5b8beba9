//! Head of a person, told by the joints that are seen. Pure.

use crate::analysis::{Point, Region};

/// Joints of a person: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
pub(super) const JOINTS: usize = 17;
/// The first of them are of the head, the next two are the shoulders.
const OF_HEAD: usize = 5;
const OF_SHOULDERS: usize = 7;
/// A joint less likely than this is not seen.
const SEEN: f32 = 0.15;
/// From the top of the hair to the line of the ears, eyes and nose, and to that of the shoulders, in heights of a head.
const TO_FACE: f32 = 0.55;
const TO_SHOULDERS: f32 = 1.35;
/// Heights of a head in a person of whom neither is seen: between all of one and the upper half.
const HEADS: f32 = 5.0;
/// Width of a head for one height, from wherever it is seen.
const WIDTH: f32 = 0.85;
/// The least and the most of a person that is the head.
const SHARE: (f32, f32) = (0.08, 0.7);

/// A joint of a person: where, and how likely.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Joint {
    pub(super) place: Point,
    pub(super) score: f32,
}

/// Returns the head of a person who fills `region` of a picture of this shape, width to height.
pub(super) fn head_of(region: Region, joints: &[Joint; JOINTS], shape: f32) -> Region {
    let of_head = middle(&joints[..OF_HEAD]);
    let of_shoulders = middle(&joints[OF_HEAD..OF_SHOULDERS]);
    let below = |point: Point| (point.y - region.y).max(0.0);
    let height = match (of_head, of_shoulders) {
        (_, Some(shoulders)) => below(shoulders) / TO_SHOULDERS,
        (Some(face), None) => below(face) / TO_FACE,
        (None, None) => region.height / HEADS,
    };
    let height = height.clamp(region.height * SHARE.0, region.height * SHARE.1);
    let along = of_head.or(of_shoulders).unwrap_or(region.centre());
    let width = height * WIDTH / shape.max(f32::MIN_POSITIVE);
    let centre = Point {
        x: along.x,
        y: region.y + height / 2.0,
    };
    Region::around(centre, width, height).clipped()
}

/// Returns the middle of the joints that are seen.
fn middle(joints: &[Joint]) -> Option<Point> {
    let seen = joints.iter().filter(|joint| joint.score >= SEEN);
    let count = seen.clone().count() as f32;
    let sum = |of: fn(Point) -> f32| seen.clone().map(|joint| of(joint.place)).sum::<f32>();
    (count > 0.0).then(|| Point {
        x: sum(|place| place.x) / count,
        y: sum(|place| place.y) / count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDING: Region = Region {
        x: 0.4,
        y: 0.2,
        width: 0.1,
        height: 0.6,
    };

    /// The head of who stands in a square picture, with these joints seen: number, across, down.
    fn head(seen: &[(usize, f32, f32)]) -> Region {
        let mut joints = [Joint::default(); JOINTS];
        for &(number, x, y) in seen {
            let place = Point { x, y };
            joints[number] = Joint { place, score: 0.5 };
        }
        head_of(STANDING, &joints, 1.0)
    }

    #[test]
    fn the_head_reaches_from_the_hair_to_above_the_shoulders() {
        let found = head(&[(5, 0.42, 0.335), (6, 0.48, 0.335)]);
        assert!((found.y - 0.2).abs() < 1e-6 && (found.height - 0.1).abs() < 1e-6);
        assert!((found.centre().x - 0.45).abs() < 1e-6);
    }

    #[test]
    fn the_head_stands_over_the_face_and_not_over_the_middle_of_the_body() {
        let found = head(&[(3, 0.41, 0.255), (4, 0.43, 0.255)]);
        assert!((found.centre().x - 0.42).abs() < 1e-6);
        assert!((found.height - 0.1).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn without_joints_it_is_the_upper_fifth() {
        let found = head(&[]);
        assert!((found.height - 0.12).abs() < 1e-6 && (found.y - 0.2).abs() < 1e-6);
        assert!((found.centre().x - STANDING.centre().x).abs() < 1e-6);
    }

    #[test]
    fn in_a_wide_picture_a_head_is_as_much_narrower() {
        let joints = [Joint::default(); JOINTS];
        let (square, wide) = (
            head_of(STANDING, &joints, 1.0),
            head_of(STANDING, &joints, 2.0),
        );
        assert!((square.width - 2.0 * wide.width).abs() < 1e-6);
    }
}
