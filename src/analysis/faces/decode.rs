//! Face detections from the model's maps. Pure.

use serde::Serialize;

use super::detection::{Detection, Landmarks};
use crate::analysis::{Point, Region};

/// Thresholds of a face in a single picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DetectRules {
    /// A place of the heat map at least this likely is a face, 0..1.
    pub threshold: f32,
    /// Of two faces that share more than this of what they cover together, the likelier stays, 0..1.
    pub overlap: f32,
    /// About as many pixels of each picture are shown to the model; its time grows with them.
    pub pixels: u32,
}

impl Default for DetectRules {
    /// Returns what finds every labelled face of the project's pictures with next to none too many.
    ///
    /// From 320x180 to 1067x600 pixels nothing changes but the time, and the smallest face that is found: about
    /// 11 pixels, at this size 2 % of the picture's width. Below a score of 0.35 backs of heads and patterns come in.
    fn default() -> Self {
        Self {
            threshold: 0.35,
            overlap: 0.3,
            pixels: 512 * 288,
        }
    }
}

/// Model output for one picture: maps of `columns` by `rows` places, row by row, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Maps<'a> {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// How likely a face has its middle here.
    pub(super) heat: &'a [f32],
    /// Logarithm of its height and width.
    pub(super) scale: &'a [f32],
    /// From the place to the middle, down and across.
    pub(super) offset: &'a [f32],
    /// Five points, down and across, in heights and widths of the face from its corner.
    pub(super) landmarks: &'a [f32],
}

/// Returns the faces of one picture, the likeliest first.
pub(super) fn decode(maps: &Maps<'_>, rules: &DetectRules) -> Vec<Detection> {
    let likely = maps.heat.iter().enumerate();
    let mut found: Vec<Detection> = likely
        .filter(|(_, score)| **score >= rules.threshold)
        .map(|(place, &score)| maps.face(place, score))
        .filter(|face| face.region.area() > 0.0)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    suppressed(&found, rules.overlap)
}

/// Keeps each face that no likelier one covers.
fn suppressed(found: &[Detection], overlap: f32) -> Vec<Detection> {
    let mut kept: Vec<Detection> = Vec::new();
    for face in found {
        if kept.iter().all(|k| k.region.overlap(face.region) < overlap) {
            kept.push(*face);
        }
    }
    kept
}

impl Maps<'_> {
    fn face(&self, place: usize, score: f32) -> Detection {
        let plane = self.columns * self.rows;
        let pair = |map: &[f32]| (map[place], map[plane + place]);
        let (down, across) = pair(self.offset);
        let (high, wide) = pair(self.scale);
        let (columns, rows) = (self.columns as f32, self.rows as f32);
        let middle = Point {
            x: ((place % self.columns) as f32 + across + 0.5) / columns,
            y: ((place / self.columns) as f32 + down + 0.5) / rows,
        };
        // A face may be larger than the picture, but never without end.
        let (width, height) = (
            (wide.exp() / columns).min(4.0),
            (high.exp() / rows).min(4.0),
        );
        let region = Region::around(middle, width, height);
        let point = |number: usize| Point {
            x: self.landmarks[(2 * number + 1) * plane + place] * width + region.x,
            y: self.landmarks[2 * number * plane + place] * height + region.y,
        };
        Detection {
            region: region.clipped(),
            score,
            landmarks: Landmarks {
                eyes: [point(0), point(1)],
                nose: point(2),
                mouth: [point(3), point(4)],
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 16;
    const ROWS: usize = 8;
    const PLANE: usize = COLUMNS * ROWS;

    /// Maps of a 64x32 input with faces 16 wide and 8 high at the given places.
    fn faces(places: &[(usize, usize, f32)]) -> Vec<Detection> {
        let mut heat = vec![0.0; PLANE];
        for (column, row, score) in places {
            heat[row * COLUMNS + column] = *score;
        }
        let scale = [[2.0_f32.ln(); PLANE], [4.0_f32.ln(); PLANE]].concat();
        let landmarks: Vec<f32> = (0..10).flat_map(|n| [n as f32 / 10.0; PLANE]).collect();
        let maps = Maps {
            columns: COLUMNS,
            rows: ROWS,
            heat: &heat,
            scale: &scale,
            offset: &[0.0; 2 * PLANE],
            landmarks: &landmarks,
        };
        decode(&maps, &DetectRules::default())
    }

    #[test]
    fn a_face_lies_around_its_place_in_fractions_of_the_picture() {
        let [face] = faces(&[(8, 4, 0.9)])[..] else {
            panic!("one face")
        };
        assert_eq!(
            face.region.centre(),
            Point {
                x: 8.5 / 16.0,
                y: 4.5 / 8.0
            }
        );
        assert!(
            (face.region.width - 0.25).abs() < 1e-6 && (face.region.height - 0.25).abs() < 1e-6
        );
        assert_eq!(face.score, 0.9);
    }

    #[test]
    fn landmarks_are_counted_from_the_corner_of_the_face() {
        let face = faces(&[(8, 4, 0.9)])[0];
        let (x, y) = (face.region.x, face.region.y);
        let eye = face.landmarks.eyes[0];
        assert!((eye.x - (x + 0.1 * 0.25)).abs() < 1e-6 && (eye.y - y).abs() < 1e-6);
        let mouth = face.landmarks.mouth[1];
        assert!((mouth.x - (x + 0.9 * 0.25)).abs() < 1e-6);
        assert!((mouth.y - (y + 0.8 * 0.25)).abs() < 1e-6);
    }

    #[test]
    fn the_likelier_of_two_that_overlap_stays_and_the_likeliest_comes_first() {
        let found = faces(&[(2, 2, 0.5), (3, 2, 0.8), (12, 5, 0.9), (8, 1, 0.2)]);
        let scores: Vec<f32> = found.iter().map(|f| f.score).collect();
        assert_eq!(scores, [0.9, 0.8]);
    }

    #[test]
    fn a_face_at_the_edge_ends_there() {
        let face = faces(&[(0, 0, 0.9)])[0];
        assert_eq!((face.region.x, face.region.y), (0.0, 0.0));
        assert!(face.region.width < 0.25 && face.landmarks.eyes[0].x < 0.0);
    }
}
