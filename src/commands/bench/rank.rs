//! Ranking of the clips of ten hours: a synthetic talk with everything that can be known of it.

use std::fs;
use std::time::{Duration, Instant};

use super::subject::{BenchSubject, Figures};
use crate::analysis::look::{Appearance, Second};
use crate::analysis::sound::{Energy, SoundLabel};
use crate::analysis::{Embedding, Region};
use crate::clips::{ClipLimits, FacesAt, Material, Talk, Weights, Wishes, choose};
use crate::clock::{peak_rss, process_cpu};
use crate::report::bench::{Better, Series};
use crate::timeline::{Segment, Shot, TimeRange, Timestamp, Transcript, Transition, Word};

/// Ten hours, in seconds.
const LENGTH: u64 = 36_000;
/// Words of a sentence, each two fifths of a second; the last fifth of it is silence.
const SENTENCE: u64 = 15;
const SENTENCES: u64 = 6_000;
const SHOTS: u64 = 7_000;
/// Values of an embedding of a sentence, and of a picture.
const MEANING: u64 = 384;
const PICTURE: u64 = 1280;

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let weights = Weights::new(&subject.settings.ranker.weights)?;
    let video = MadeVideo::new();
    for _ in 0..subject.runs {
        let before = forget_peak();
        let (begun, cpu) = (Instant::now(), process_cpu());
        let choice = choose(&video.material(), &wishes(subject), &weights);
        let (wall, cpu) = (begun.elapsed().as_secs_f64(), process_cpu() - cpu);
        let grown = peak_rss().saturating_sub(before) as f64 / f64::from(1 << 20);
        let rate = choice.considered as f64 / wall;
        table.add("rank ten hours", "s", Better::Lower, wall);
        table.add("rank ten hours cpu", "s", Better::Lower, cpu.as_secs_f64());
        table.add("rank speed", "candidates/s", Better::Higher, rate);
        table.add("rank memory", "MiB", Better::Lower, grown);
    }
    Ok(table.0)
}

fn wishes<'a>(subject: &'a BenchSubject<'_>) -> Wishes<'a> {
    let job = &subject.settings.job;
    Wishes {
        limits: ClipLimits {
            count: job.clips.count,
            floor: job.clips.floor,
            min: job.clips.min,
            max: job.clips.max,
        },
        keywords: &job.keywords,
        avoid: &job.avoid,
        must: &job.must_include,
        only: None,
        taken: &[],
    }
}

/// Makes the system count the most memory held from now on, and returns what is held now.
pub(super) fn forget_peak() -> u64 {
    // Where the system refuses, the growth is counted from the highest so far: too little rather than too much.
    let _ = fs::write("/proc/self/clear_refs", "5");
    peak_rss()
}

/// All that is known of the talk.
struct MadeVideo {
    shots: Vec<Shot>,
    frames: Vec<Timestamp>,
    transcript: Transcript,
    embeddings: Vec<Embedding>,
    speech: Vec<TimeRange>,
    sounds: Vec<(TimeRange, SoundLabel)>,
    energy: Energy,
    look: Appearance,
    faces: Vec<FacesAt>,
    pictures: Vec<(Timestamp, Embedding)>,
}

impl MadeVideo {
    fn new() -> Self {
        let sentences = || (0..SENTENCES).map(|number| number * LENGTH / SENTENCES);
        let speech = sentences().map(|start| range(start * 1000, start * 1000 + 5_000));
        let picture = |second: u64| {
            let shot = second * SHOTS / LENGTH;
            let values = (0..PICTURE).map(|c| chance(shot, c) + chance(second, c) / 5.0);
            (at(second * 1000), Embedding::new(values.collect()))
        };
        let meaning = |sentence: u64| {
            let topic = sentence / 40;
            let values = (0..MEANING).map(|c| chance(topic, c) + chance(sentence, c + MEANING));
            Embedding::new(values.collect())
        };
        let second = |second: u64| Second {
            start: at(second * 1000),
            frames: 25,
            brightness: 0.4 + 0.3 * chance(second / 5, 1),
            motion: 0.1 + 0.1 * chance(second, 2),
            sharpness: Some(0.5 + 0.3 * chance(second / 5, 3)),
        };
        Self {
            shots: (0..SHOTS).map(shot).collect(),
            frames: (0..LENGTH * 25).map(|frame| at(frame * 40)).collect(),
            transcript: transcript(),
            embeddings: (0..SENTENCES).map(meaning).collect(),
            speech: speech.collect(),
            sounds: sounds(),
            energy: Energy {
                start: at(0),
                levels: (0..LENGTH * 10)
                    .map(|n| -30.0 + 12.0 * chance(n, 4))
                    .collect(),
            },
            look: Appearance {
                seconds: (0..LENGTH).map(second).collect(),
                black: Vec::new(),
                plain: Vec::new(),
                insets: Vec::new(),
                frozen: Vec::new(),
                active: Region::WHOLE,
            },
            faces: (0..LENGTH * 5).map(faces).collect(),
            pictures: (0..LENGTH).map(picture).collect(),
        }
    }

    fn material(&self) -> Material<'_> {
        Material {
            shots: &self.shots,
            frames: &self.frames,
            speech: Some(&self.speech),
            thoughts: &[],
            talk: Some(Talk {
                transcript: &self.transcript,
                embeddings: &self.embeddings,
                paragraphs: &[],
            }),
            sounds: Some(&self.sounds),
            energy: Some(&self.energy),
            content: None,
            heard: None,
            seen: None,
            look: Some(&self.look),
            faces: Some(&self.faces),
            pictures: Some(&self.pictures),
        }
    }
}

fn shot(number: u64) -> Shot {
    let edge = |number: u64| number * LENGTH * 25 / SHOTS;
    let (start_frame, end_frame) = (edge(number), edge(number + 1));
    Shot {
        range: range(start_frame * 40, end_frame * 40),
        start_frame,
        end_frame,
        transition: Transition::Cut,
    }
}

fn transcript() -> Transcript {
    const TEXTS: [&str; 9] = [
        "why", "you", "amazing", "house", "never", "river", "3", "and", "window",
    ];
    let word = |number: u64| {
        let (sentence, place) = (number / SENTENCE, number % SENTENCE);
        let start = sentence * LENGTH * 1000 / SENTENCES + place * 333;
        let pick = (chance(number, 5) * 0.5 + 0.5) * TEXTS.len() as f32;
        let text = TEXTS[(pick as usize).min(TEXTS.len() - 1)];
        Word {
            text: match place {
                14 if sentence.is_multiple_of(5) => format!("{text}?"),
                14 => format!("{text}."),
                _ => text.to_owned(),
            },
            range: range(start, start + 333),
            confidence: 0.9,
            space_before: true,
        }
    };
    Transcript {
        language: "en".into(),
        segments: vec![Segment {
            range: range(0, LENGTH * 1000),
            text: String::new(),
            words: (0..SENTENCES * SENTENCE).map(word).collect(),
        }],
    }
}

fn sounds() -> Vec<(TimeRange, SoundLabel)> {
    let kinds = [
        SoundLabel::Speech,
        SoundLabel::Noise,
        SoundLabel::Speech,
        SoundLabel::Music,
    ];
    let parts = (0..LENGTH / 20).zip(kinds.into_iter().cycle());
    let long = |(part, kind)| (range(part * 20_000, part * 20_000 + 20_000), kind);
    parts.map(long).collect()
}

fn faces(fifth: u64) -> FacesAt {
    let count = u32::from(chance(fifth / 25, 6) > -0.5);
    FacesAt {
        time: at(fifth * 200),
        count,
        largest: count as f32 * (0.3 + 0.2 * chance(fifth / 25, 7)),
    }
}

/// Returns a number that looks like chance and is always the same for the same two, −1..1.
fn chance(one: u64, other: u64) -> f32 {
    let mut bits =
        one.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ other.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 31).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits >> 40) as f32 / (1_u32 << 23) as f32) - 1.0
}

fn at(millis: u64) -> Timestamp {
    Timestamp::ZERO + Duration::from_millis(millis)
}

fn range(start: u64, end: u64) -> TimeRange {
    TimeRange::new(at(start), at(end)).expect("every stretch made here has a length")
}
