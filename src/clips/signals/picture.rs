//! Visual signals: faces, motion, quality, pictures unlike the rest.

use super::signal::{Signal, Values};
use super::sums::{Cover, RunningSums};
use crate::analysis::Embedding;
use crate::clips::Material;
use crate::timeline::{TimeRange, Timestamp};

/// Light below and above which a picture is less than well lit.
const DIM: f64 = 0.2;
const BRIGHT: f64 = 0.8;

/// What is seen in a video.
#[derive(Debug, Clone, Default)]
pub(super) struct PictureEvidence {
    /// 1 for a picture with a face, 0 for one without.
    faces: Option<RunningSums>,
    /// The largest face, of the pictures with one.
    sizes: Option<RunningSums>,
    motion: Option<RunningSums>,
    sharpness: Option<RunningSums>,
    light: Option<RunningSums>,
    /// Black and frozen segments.
    dull: Option<Cover>,
    /// How unlike the mean of all pictures each is.
    unlike: Option<RunningSums>,
}

impl PictureEvidence {
    pub(super) fn new(material: &Material<'_>) -> Self {
        let seconds = material.look.map(|look| &look.seconds);
        let faces = material.faces;
        Self {
            faces: faces.map(|all| {
                let seen = |count| f64::from(u8::from(count > 0));
                RunningSums::new(all.iter().map(|faces| (faces.time, seen(faces.count))))
            }),
            sizes: faces.map(|all| {
                let with = all.iter().filter(|faces| faces.count > 0);
                RunningSums::new(with.map(|faces| (faces.time, f64::from(faces.largest))))
            }),
            motion: seconds
                .map(|all| RunningSums::new(all.iter().map(|s| (s.start, s.motion.into())))),
            sharpness: seconds.map(|all| {
                let sharp =
                    |s: &crate::analysis::look::Second| Some((s.start, s.sharpness?.into()));
                RunningSums::new(all.iter().filter_map(sharp))
            }),
            light: seconds.map(|all| {
                RunningSums::new(all.iter().map(|s| (s.start, well_lit(s.brightness.into()))))
            }),
            dull: material
                .look
                .map(|look| Cover::new(look.empty().chain(look.frozen.iter().copied()))),
            unlike: material.pictures.map(unlike),
        }
    }

    pub(super) fn add(&self, range: TimeRange, values: &mut Values) {
        let mean =
            |series: &Option<RunningSums>| series.as_ref().and_then(|series| series.mean(range));
        let clear = self.dull.as_ref().map(|dull| 1.0 - dull.share(range));
        let known = [
            (Signal::Faces, mean(&self.faces)),
            (Signal::FaceSize, mean(&self.sizes)),
            (Signal::Motion, mean(&self.motion)),
            (Signal::Sharpness, mean(&self.sharpness)),
            (Signal::Light, mean(&self.light)),
            (Signal::Clear, clear),
            (Signal::Unseen, mean(&self.unlike)),
        ];
        for (signal, value) in known {
            values.set(signal, value);
        }
    }

    /// Returns the share of a segment's pictures that have a face.
    pub(super) fn face(&self, range: TimeRange) -> Option<f64> {
        self.faces.as_ref()?.mean(range)
    }

    /// Returns how much a segment moves against the whole video: 0.5 for as much.
    pub(super) fn stir(&self, range: TimeRange) -> Option<f64> {
        let motion = self.motion.as_ref()?;
        let (own, usual) = (motion.mean(range)?, motion.whole()?);
        (own + usual > 0.0).then(|| own / (own + usual))
    }
}

fn well_lit(brightness: f64) -> f64 {
    let dim = brightness / DIM;
    let glaring = (1.0 - brightness) / (1.0 - BRIGHT);
    dim.min(glaring).clamp(0.0, 1.0)
}

fn unlike(pictures: &[(Timestamp, Embedding)]) -> RunningSums {
    let width = pictures.first().map_or(0, |first| first.1.values().len());
    let mut sum = vec![0.0_f32; width];
    for (_, picture) in pictures {
        let values = sum.iter_mut().zip(picture.values());
        values.for_each(|(sum, value)| *sum += value);
    }
    let mean = Embedding::new(sum);
    let unlike = |picture: &Embedding| 1.0 - f64::from(picture.cosine(&mean).max(0.0));
    RunningSums::new(pictures.iter().map(|(time, one)| (*time, unlike(one))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;
    use crate::analysis::look::{Appearance, Second};
    use crate::clips::FacesAt;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 1).unwrap()
    }

    fn values(material: &Material<'_>, end: i64) -> Values {
        let mut values = Values::UNKNOWN;
        let range = TimeRange::new(at(0), at(end)).unwrap();
        PictureEvidence::new(material).add(range, &mut values);
        values
    }

    #[test]
    fn a_stretch_without_faces_has_none_and_no_size_of_one() {
        let face = |second, count, largest| FacesAt {
            time: at(second),
            count,
            largest,
        };
        let faces = [face(0, 0, 0.0), face(1, 2, 0.5), face(2, 1, 0.25)];
        let material = Material {
            faces: Some(&faces),
            ..Material::default()
        };
        let (all, none) = (values(&material, 3), values(&material, 1));
        assert_eq!(all.get(Signal::Faces), Some(2.0 / 3.0));
        assert_eq!(all.get(Signal::FaceSize), Some(0.375));
        assert_eq!(none.get(Signal::Faces), Some(0.0));
        assert_eq!(none.get(Signal::FaceSize), None);
    }

    #[test]
    fn the_dark_the_black_and_the_frozen_are_told() {
        let second = |start, brightness, sharpness| Second {
            start: at(start),
            frames: 25,
            brightness,
            motion: 0.1,
            sharpness,
        };
        let range = |from, to| TimeRange::new(at(from), at(to)).unwrap();
        let look = Appearance {
            seconds: vec![second(0, 0.1, None), second(1, 0.5, Some(0.4))],
            black: vec![range(0, 1)],
            plain: Vec::new(),
            insets: Vec::new(),
            frozen: vec![range(0, 1), range(3, 4)],
            active: Region::WHOLE,
        };
        let material = Material {
            look: Some(&look),
            ..Material::default()
        };
        let found = values(&material, 4);
        assert_eq!(found.get(Signal::Light), Some(0.75));
        assert_eq!(found.get(Signal::Sharpness), Some(0.4));
        assert_eq!(found.get(Signal::Clear), Some(0.5));
        assert_eq!(values(&material, 1).get(Signal::Sharpness), None);
    }

    #[test]
    fn the_odd_picture_is_the_one_not_seen_before() {
        let (usual, odd) = (
            Embedding::new(vec![1.0, 0.0]),
            Embedding::new(vec![0.0, 1.0]),
        );
        let all: Vec<_> = (0..9)
            .map(|second| (at(second), if second == 0 { &odd } else { &usual }.clone()))
            .collect();
        let material = Material {
            pictures: Some(&all),
            ..Material::default()
        };
        let of = |end| values(&material, end).get(Signal::Unseen).unwrap();
        assert!(of(1) > 0.8 && of(9) < 0.2);
    }
}
