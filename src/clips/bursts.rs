//! Bursts of noise: loud segments that are neither speech nor music, as laughter, applause and cheering are.
//!
//! The model of sounds calls applause and the hum of the room alike noise, and makes one segment of both where one follows
//! the other: how loud it is tells them apart.

use super::Material;
use crate::analysis::sound::{Energy, SoundLabel};
use crate::timeline::{TimeRange, Timestamp};

/// Seconds between the end of speech and a noise that answers it.
pub(super) const ANSWERS: f64 = 1.0;
/// Seconds that a burst lasts at least: a laugh is short, but what answers nothing may as well be a door.
const LEAST_ANSWER: f64 = 0.4;
const LEAST: f64 = 2.0;
/// Seconds that a burst lasts at most: more is the room.
const MOST: f64 = 20.0;
/// Decibels between the quiet and the loud where nobody speaks, at least: twice as loud to the ear.
const STANDS_OUT: f32 = 10.0;
/// Decibels below the voice from which a noise is about as loud.
const BELOW_VOICE: f32 = -12.0;
/// The level from which a noise is loud where nobody ever speaks.
const LOUD: f32 = -50.0;
/// The level that all silence counts as: the gate below which loudness is not measured.
const SILENT: f32 = -70.0;
/// Decibels by which the levels of a second differ where people or weather make the noise; machines, and tones, differ less.
/// Measured: a tone 0, white noise 0.3, a crowd 1.7 and more.
const STEADY: f32 = 0.5;
/// Levels of a second.
const SECOND: usize = Energy::RATE as usize;
/// Levels in a row that may be less without ending a burst: half a second.
const DIP: usize = 5;

/// A loud segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Burst {
    pub(super) range: TimeRange,
    /// Whether it comes right after speech.
    pub(super) answers: bool,
}

/// Returns the bursts of a video, in order; where no levels are known, the noises that come right after speech.
pub(super) fn find_bursts(material: &Material<'_>) -> Vec<Burst> {
    let sounds = material.sounds.unwrap_or_default();
    let levels = material.energy.map(|energy| (energy, loud(sounds, energy)));
    let (mut spoke_until, mut found) = (f64::NEG_INFINITY, Vec::new());
    for (range, label) in sounds {
        match label {
            SoundLabel::Speech => spoke_until = range.end().seconds(),
            SoundLabel::Noise => {
                let parts = match levels {
                    Some((energy, Some(loud))) => loud_parts(energy, *range, loud),
                    Some((_, None)) => Vec::new(),
                    None => vec![*range],
                };
                found.extend(parts.into_iter().map(|range| Burst {
                    range,
                    answers: range.start().seconds() - spoke_until <= ANSWERS,
                }));
            }
            SoundLabel::Music | SoundLabel::Silence => {}
        }
    }
    let known = levels.is_some();
    found.retain(|burst| {
        let least = if burst.answers { LEAST_ANSWER } else { LEAST };
        let lasts = burst.range.duration().as_secs_f64();
        (least..=MOST).contains(&lasts) && (known || burst.answers)
    });
    found
}

/// Returns the level from which a noise is loud, or `None` where nothing stands out: it belongs to the loud of what is heard
/// where nobody speaks, and can be heard beside the voice.
fn loud(sounds: &[(TimeRange, SoundLabel)], energy: &Energy) -> Option<f32> {
    let (mut voice, mut others) = (Vec::new(), Vec::new());
    for (range, label) in sounds {
        let slots = slots_of(energy, *range);
        match label {
            SoundLabel::Speech => voice.extend_from_slice(&energy.levels[slots]),
            SoundLabel::Noise | SoundLabel::Silence => {
                others.extend(slots.map(|slot| {
                    if is_steady(energy, slot) {
                        SILENT
                    } else {
                        energy.levels[slot].max(SILENT)
                    }
                }));
            }
            SoundLabel::Music => {}
        }
    }
    let beside_voice = if voice.is_empty() {
        LOUD
    } else {
        loudness(&voice) + BELOW_VOICE
    };
    Some(parting(others)?.max(beside_voice))
}

/// Returns the level of the mean power: what is loud decides, pauses and mumbling take little away.
fn loudness(levels: &[f32]) -> f32 {
    let power: f32 = levels.iter().map(|level| 10_f32.powf(level / 10.0)).sum();
    10.0 * (power / levels.len() as f32).log10()
}

/// Returns the least of the loud levels, so parted from the quiet ones that both differ least in themselves (Otsu), or
/// `None` where the loud are not much louder.
fn parting(mut levels: Vec<f32>) -> Option<f32> {
    levels.sort_by(f32::total_cmp);
    let (count, sum) = (levels.len() as f32, levels.iter().sum::<f32>());
    let (mut quiet, mut best) = (0.0, (0.0, None));
    for (below, level) in levels.iter().enumerate() {
        let (low, high) = (below as f32, count - below as f32);
        let apart = (sum - quiet) / high - quiet / low;
        let worth = low * high * apart * apart;
        if below > 0 && apart >= STANDS_OUT && worth > best.0 {
            best = (worth, Some(*level));
        }
        quiet += level;
    }
    best.1
}

/// Tells whether the level stays the same for a second before or after.
fn is_steady(energy: &Energy, slot: usize) -> bool {
    let levels = &energy.levels;
    let before = &levels[(slot + 1).saturating_sub(SECOND)..=slot];
    let after = &levels[slot..(slot + SECOND).min(levels.len())];
    [before, after].into_iter().any(|second| {
        let high = second.iter().copied().fold(f32::MIN, f32::max);
        let low = second.iter().copied().fold(f32::MAX, f32::min);
        second.len() == SECOND && high - low < STEADY
    })
}

/// Returns the parts of a segment that are so loud.
fn loud_parts(energy: &Energy, range: TimeRange, loud: f32) -> Vec<TimeRange> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let is_loud = |slot: &usize| energy.levels[*slot] >= loud && !is_steady(energy, *slot);
    for slot in slots_of(energy, range).filter(is_loud) {
        match runs.last_mut() {
            Some((_, end)) if slot <= *end + DIP => *end = slot + 1,
            _ => runs.push((slot, slot + 1)),
        }
    }
    let time = |slot: usize| {
        let since = i64::try_from(slot).ok();
        since.and_then(|slot| Timestamp::new(slot, Energy::RATE as u32))
    };
    let part = |(start, end): (usize, usize)| {
        let start = (energy.start + time(start)?).max(range.start());
        TimeRange::new(start, (energy.start + time(end)?).min(range.end()))
    };
    runs.into_iter().filter_map(part).collect()
}

fn slots_of(energy: &Energy, range: TimeRange) -> std::ops::Range<usize> {
    energy.between(range.start().seconds(), range.end().seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use SoundLabel::{Noise, Silence, Speech};

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |second| Timestamp::new(second, 1).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    /// Segments as `(end, label, level)`; returns the bursts as `(start, end, answers)`.
    fn found(heard: &[(i64, SoundLabel, f32)]) -> Vec<(f64, f64, bool)> {
        let (mut sounds, mut levels): (Vec<(TimeRange, SoundLabel)>, _) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (end, label, level) in heard {
            levels.extend((start * 10..end * 10).map(|slot| level + (slot % 2) as f32));
            match sounds.last_mut() {
                Some((range, last)) if last == label => {
                    *range = TimeRange::new(range.start(), self::range(0, *end).end()).unwrap();
                }
                _ => sounds.push((range(start, *end), *label)),
            }
            start = *end;
        }
        let energy = Energy {
            start: Timestamp::ZERO,
            levels,
        };
        let material = Material {
            sounds: Some(&sounds),
            energy: Some(&energy),
            ..Material::default()
        };
        let seconds = |range: TimeRange| (range.start().seconds(), range.end().seconds());
        let told = |burst: Burst| {
            let (start, end) = seconds(burst.range);
            (start, end, burst.answers)
        };
        find_bursts(&material).into_iter().map(told).collect()
    }

    #[test]
    fn cheers_stand_out_of_the_noise_of_the_room() {
        let heard = [(14, Noise, -45.0), (26, Noise, -24.0), (60, Noise, -45.0)];
        assert_eq!(found(&heard), [(14.0, 26.0, false)]);
    }

    #[test]
    fn applause_answers_the_speech_that_it_follows() {
        let heard = [(20, Speech, -20.0), (25, Noise, -24.0), (40, Noise, -60.0)];
        assert_eq!(found(&heard), [(20.0, 25.0, true)]);
    }

    #[test]
    fn a_noise_that_is_always_there_is_the_room() {
        let heard = [(9, Speech, -20.0), (12, Noise, -25.0), (20, Speech, -20.0)];
        assert!(found(&heard).is_empty());
        assert!(found(&[(60, Noise, -20.0)]).is_empty());
    }

    #[test]
    fn laughter_may_be_most_of_what_is_not_speech() {
        let mut heard = vec![(9, Speech, -20.0), (12, Noise, -25.0), (20, Speech, -20.0)];
        heard.extend([
            (21, Silence, -55.0),
            (30, Speech, -20.0),
            (34, Noise, -22.0),
        ]);
        assert_eq!(found(&heard), [(9.0, 12.0, true), (30.0, 34.0, true)]);
    }

    #[test]
    fn what_cannot_be_heard_beside_the_voice_is_no_burst() {
        let heard = [(9, Speech, -20.0), (20, Silence, -70.0), (23, Noise, -40.0)];
        assert!(found(&heard).is_empty());
    }

    #[test]
    fn a_short_noise_counts_only_as_an_answer() {
        let heard = [(9, Speech, -20.0), (10, Noise, -20.0), (30, Silence, -70.0)];
        assert_eq!(found(&heard), [(9.0, 10.0, true)]);
        assert!(
            found(&[
                (9, Silence, -70.0),
                (10, Noise, -20.0),
                (30, Silence, -70.0)
            ])
            .is_empty()
        );
    }

    #[test]
    fn a_silence_ends_a_burst() {
        let mut heard = vec![(20, Silence, -70.0), (22, Noise, -20.0), (24, Noise, -60.0)];
        heard.extend([(26, Noise, -20.0), (50, Silence, -70.0)]);
        assert_eq!(found(&heard), [(20.0, 22.0, false), (24.0, 26.0, false)]);
    }

    #[test]
    fn a_tone_is_no_burst_however_loud() {
        let mut levels = vec![-70.0; 300];
        levels[100..200].fill(-10.0);
        let energy = Energy {
            start: Timestamp::ZERO,
            levels,
        };
        let sounds = [
            (range(0, 10), Silence),
            (range(10, 20), Noise),
            (range(20, 30), Silence),
        ];
        let material = Material {
            sounds: Some(&sounds),
            energy: Some(&energy),
            ..Material::default()
        };
        assert!(find_bursts(&material).is_empty());
    }
}
