use super::*;
use crate::analysis::sound::Energy;
use crate::clips::FacesAt;
use crate::timeline::{Shot, TimeRange, Timestamp, Transition};

fn at(second: i64) -> Timestamp {
    Timestamp::new(second, 1).unwrap()
}

fn shots(lengths: &[i64]) -> Vec<Shot> {
    let mut start = 0;
    let shot = |length: &i64| {
        start += length;
        Shot {
            range: TimeRange::new(at(start - length), at(start)).unwrap(),
            start_frame: 0,
            end_frame: 1,
            transition: Transition::Cut,
        }
    };
    lengths.iter().map(shot).collect()
}

fn wishes() -> Wishes<'static> {
    Wishes {
        limits: ClipLimits {
            count: 5,
            floor: 1,
            min: Duration::from_secs(10),
            max: Duration::from_secs(30),
        },
        keywords: &[],
        avoid: &[],
        must: &[],
        only: None,
        taken: &[],
    }
}

fn of(material: &Material<'_>, start: i64, end: i64, shots: (usize, usize)) -> Values {
    let span = CandidateSpan {
        range: TimeRange::new(at(start), at(end)).unwrap(),
        shots,
        edges: (0.25, 0.75),
    };
    Evidence::new(material, &wishes()).of(&span)
}

#[test]
fn names_are_those_of_settings_and_each_is_one_signals_alone() {
    let mut names = Signal::ALL.map(Signal::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Signal::ALL.len());
    let kebab = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    assert!(names.iter().all(kebab), "{names:?}");
    for (place, signal) in Signal::ALL.into_iter().enumerate() {
        assert_eq!(signal as usize, place);
    }
}

#[test]
fn shots_alone_give_rhythm_edges_length_and_opening() {
    let shots = shots(&[5, 5, 10, 20]);
    let material = Material {
        shots: &shots,
        ..Material::default()
    };
    let found = of(&material, 0, 20, (0, 3)).by_name();
    let expected = [
        ("beginning", 0.25),
        ("ending", 0.75),
        ("length", 1.0),
        ("opening", 1.0),
        ("rhythm", 0.1),
    ];
    assert_eq!(
        found.keys().copied().collect::<Vec<_>>(),
        expected.map(|e| e.0)
    );
    for (name, value) in expected {
        assert!((found[name] - value).abs() < 1e-6, "{name}: {found:?}");
    }
}

#[test]
fn the_opening_is_livelier_with_a_face_and_a_loud_voice() {
    let shots = shots(&[40]);
    let loud = |seconds: std::ops::Range<usize>| {
        let level = |tenth: usize| {
            if seconds.contains(&(tenth / 10)) {
                -10.0
            } else {
                -30.0
            }
        };
        Energy {
            start: at(0),
            levels: (0..400).map(level).collect(),
        }
    };
    let face = |second| FacesAt {
        time: at(second),
        count: u32::from(second < 3),
        largest: 0.3,
    };
    let faces: Vec<_> = (0..40).map(face).collect();
    let opening = |energy: &Energy, faces: Option<&[FacesAt]>| {
        let material = Material {
            shots: &shots,
            energy: Some(energy),
            faces,
            ..Material::default()
        };
        of(&material, 0, 20, (0, 1)).get(Signal::Opening).unwrap()
    };
    let (first, last) = (loud(0..3), loud(17..20));
    assert!(opening(&first, None) > opening(&last, None));
    assert!(opening(&last, Some(&faces)) > opening(&last, None));
}
