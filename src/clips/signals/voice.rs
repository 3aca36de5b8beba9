//! Audio signals beside the words: loudness, its rise, music, reactions.

use super::signal::{Signal, Values};
use super::sums::Cover;
use crate::analysis::sound::{Energy, SoundLabel};
use crate::clips::Material;
use crate::clips::bursts::{ANSWERS, Burst, find_bursts};
use crate::timeline::{TimeRange, Timestamp};

/// Seconds of laughter or applause that are half of all there can be.
const REACTION: f64 = 2.0;
/// What a loud noise counts that answers nothing said in the clip.
const UNASKED: f64 = 0.5;
/// Seconds between a noise and music that belong together.
const BESIDE: f64 = 0.5;
/// Decibels above the clip's own voice at which the first seconds count as loud.
const LOUDER: f64 = 6.0;

/// What is heard in a video.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    speech: Option<Cover>,
    levels: Option<Levels>,
    music: Option<Cover>,
    /// Loud noises, in order.
    bursts: Option<Vec<Burst>>,
}

/// The levels of the voice, summed up.
#[derive(Debug, Clone)]
struct Levels {
    energy: Energy,
    /// Sum and number of the levels while someone speaks, up to each.
    sums: Vec<(f64, u32)>,
}

impl Voice {
    pub(super) fn new(material: &Material<'_>) -> Self {
        let speech = material.speech.map(|all| Cover::new(all.iter().copied()));
        let levels = material
            .energy
            .map(|energy| Levels::new(energy.clone(), speech.as_ref()));
        let of = |label| {
            let sounds = material.sounds?.iter();
            let same = sounds.filter(move |(_, other)| *other == label);
            Some(same.map(|(range, _)| *range))
        };
        Self {
            music: of(SoundLabel::Music).map(Cover::new),
            bursts: material.sounds.map(|_| find_bursts(material)),
            speech,
            levels,
        }
    }

    /// Returns the share of a segment in which someone speaks.
    pub(super) fn speech(&self, range: TimeRange) -> Option<f64> {
        Some(self.speech.as_ref()?.share(range))
    }

    pub(super) fn add(&self, range: TimeRange, values: &mut Values) {
        let (from, to) = (range.start().seconds(), range.end().seconds());
        if let Some(levels) = &self.levels {
            let third = (to - from) / 3.0;
            let part = |n: f64| levels.mean(from + n * third, from + (n + 1.0) * third);
            let later = part(1.0).into_iter().chain(part(2.0)).reduce(f64::max);
            values.set(Signal::Energy, levels.mean(from, to));
            let rise = later.zip(part(0.0)).map(|(later, first)| later - first);
            values.set(Signal::Rise, rise);
        }
        let music = self.music.as_ref().map(|music| music.share(range));
        values.set(Signal::Music, music);
        values.set(Signal::Reaction, self.reaction(from, to));
    }

    /// Returns how loud the first seconds of a segment are against all of it: 0.5 for as loud.
    pub(super) fn stir(&self, first: TimeRange, all: TimeRange) -> Option<f64> {
        let levels = self.levels.as_ref()?;
        let of = |range: TimeRange| levels.mean(range.start().seconds(), range.end().seconds());
        let louder = of(first)? - of(all)?;
        Some((0.5 + louder / (2.0 * LOUDER)).clamp(0.0, 1.0))
    }

    /// Returns how long loud noises last in a segment, saturating; those that answer what is said in it count more. What is
    /// heard before its first words is none, nor what is heard beside music: the sounds of an ident.
    fn reaction(&self, from: f64, to: f64) -> Option<f64> {
        let bursts = self.bursts.as_ref()?;
        let first = bursts.partition_point(|burst| burst.range.end().seconds() <= from);
        let inside = bursts[first..].iter().map_while(|burst| {
            let (start, end) = (burst.range.start().seconds(), burst.range.end().seconds());
            let counts = if self.is_ident(from, start, end, to) {
                0.0
            } else if burst.answers && start > from + ANSWERS {
                1.0
            } else {
                UNASKED
            };
            (start < to).then(|| counts * (end.min(to) - start.max(from)))
        });
        let seconds: f64 = inside.sum();
        Some(seconds / (seconds + REACTION))
    }

    /// Tells whether a noise in a segment is heard before anybody speaks who does so later, or beside music.
    fn is_ident(&self, from: f64, start: f64, end: f64, to: f64) -> bool {
        let covers = |cover: &Option<Cover>, from: f64, to: f64| {
            let range = Timestamp::from_seconds(from).zip(Timestamp::from_seconds(to));
            let range = range.and_then(|(from, to)| TimeRange::new(from, to));
            cover
                .as_ref()
                .zip(range)
                .is_some_and(|(cover, range)| cover.share(range) > 0.0)
        };
        let early = !covers(&self.speech, from, start) && covers(&self.speech, start, to);
        early || covers(&self.music, start - BESIDE, end + BESIDE)
    }
}

impl Levels {
    fn new(energy: Energy, speech: Option<&Cover>) -> Self {
        let start = energy.start.seconds();
        let (mut sum, mut count) = (0.0, 0);
        let mut sums = Vec::with_capacity(energy.levels.len() + 1);
        sums.push((sum, count));
        for (slot, level) in energy.levels.iter().enumerate() {
            let middle = start + (slot as f64 + 0.5) / Energy::RATE;
            if speech.is_none_or(|speech| speech.holds(middle)) {
                sum += f64::from(*level);
                count += 1;
            }
            sums.push((sum, count));
        }
        Self { energy, sums }
    }

    /// Returns the mean level of the voice between two times, or `None` where nobody speaks.
    fn mean(&self, from: f64, to: f64) -> Option<f64> {
        let slots = self.energy.between(from, to);
        let (low, high) = (self.sums[slots.start], self.sums[slots.end]);
        let count = high.1 - low.1;
        (count > 0).then(|| (high.0 - low.0) / f64::from(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |second| Timestamp::new(second, 1).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    /// One level a second.
    fn energy(levels: &[f32]) -> Energy {
        let tenths = levels.iter().flat_map(|level| [*level; 10]);
        Energy {
            start: Timestamp::ZERO,
            levels: tenths.collect(),
        }
    }

    fn values(material: &Material<'_>, range: TimeRange) -> Values {
        let mut values = Values::UNKNOWN;
        Voice::new(material).add(range, &mut values);
        values
    }

    #[test]
    fn only_the_voice_counts_and_its_rise_is_against_the_first_third() {
        let energy = energy(&[-30.0, -5.0, -20.0, -30.0, -10.0, -30.0]);
        let speech = [range(0, 1), range(2, 6)];
        let material = Material {
            speech: Some(&speech),
            energy: Some(&energy),
            ..Material::default()
        };
        let found = values(&material, range(0, 6));
        assert_eq!(found.get(Signal::Energy), Some(-24.0));
        assert_eq!(found.get(Signal::Rise), Some(10.0));
        assert_eq!(values(&material, range(1, 2)).get(Signal::Energy), None);
    }

    #[test]
    fn a_reaction_is_loud_noise_right_after_speech() {
        let sounds = [
            (range(0, 10), SoundLabel::Speech),
            (range(10, 12), SoundLabel::Noise),
            (range(12, 20), SoundLabel::Speech),
            (range(20, 24), SoundLabel::Silence),
            (range(24, 26), SoundLabel::Noise),
            (range(26, 40), SoundLabel::Music),
        ];
        let material = Material {
            sounds: Some(&sounds),
            ..Material::default()
        };
        let of = |start, end| values(&material, range(start, end)).get(Signal::Reaction);
        assert_eq!(of(5, 20), Some(0.5));
        assert_eq!(of(12, 30), Some(0.0), "nobody spoke just before");
        assert_eq!(
            values(&material, range(20, 30)).get(Signal::Music),
            Some(0.4)
        );
        let quiet = energy(&[[-20.0; 10].as_slice(), &[-60.0; 2], &[-20.0; 28]].concat());
        let material = Material {
            energy: Some(&quiet),
            ..material
        };
        let found = values(&material, range(5, 20));
        assert_eq!(found.get(Signal::Reaction), Some(0.0));
    }

    #[test]
    fn what_was_not_looked_for_is_not_known() {
        assert_eq!(values(&Material::default(), range(0, 9)), Values::UNKNOWN);
    }
}
