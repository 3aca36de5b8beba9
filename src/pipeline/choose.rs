//! From what was seen and heard to the clips of a job, none of which another job delivers.

use std::time::Duration;

use super::hear::Hearing;
use super::job::Work;
use super::read::Reading;
use super::seen::Seen;
use crate::clips::archive::Offer;
use crate::clips::{
    self, Choice, FacesAt, Fingerprint, Limits, Material, Scored, Taken, Talk, Verdict, Weights,
    Wishes,
};
use crate::clock::Stopwatch;
use crate::manifest::Archive;
use crate::report::Level;
use crate::timeline::{TimeRange, Timestamp};

/// A job chooses again so often when what it chose is delivered by others.
const ROUNDS: usize = 8;

/// The candidates of a job, best first.
pub(super) struct Chosen {
    pub(super) scored: Vec<Scored>,
    /// The positions of those that become clips.
    pub(super) positions: Vec<usize>,
    /// How long the job waited for its turn.
    pub(super) waited: Duration,
}

impl Chosen {
    /// Returns those that become clips, best first.
    pub(super) fn clips(&self) -> impl Iterator<Item = &Scored> {
        self.positions.iter().map(|&slot| &self.scored[slot])
    }
}

/// Returns the candidates of the file of this digest and what is chosen of them, or `None` when it is not the job's turn
/// and it can be put aside.
///
/// # Errors
/// Weights for a signal that does not exist; that the run must stop.
pub(super) fn choose(
    work: &Work<'_>,
    content: &[u8],
    seen: &Seen,
    hearing: &Hearing,
    reading: &Reading,
) -> anyhow::Result<Option<Chosen>> {
    let faces = faces(seen);
    let weights = Weights::new(&work.run.settings.ranker.weights)?;
    let field = Field {
        work,
        material: material(content, seen, hearing, reading, faces.as_deref()),
        weights: &weights,
    };
    match work.turn.archive() {
        Some(rules) => Ok(field.best_of_all(rules)),
        None => field.in_turn(),
    }
}

/// What is chosen from.
struct Field<'a> {
    work: &'a Work<'a>,
    material: Material<'a>,
    weights: &'a Weights,
}

impl Field<'_> {
    /// Chooses what no job before this one delivers.
    fn in_turn(&self) -> anyhow::Result<Option<Chosen>> {
        let turn = self.work.turn;
        // What was found out comes back from the cache.
        let leaves = self.work.run.cache.is_on() && turn.others_wait();
        if leaves && !turn.has_come() {
            return Ok(None);
        }
        let limits = self.limits();
        let mut choice = self.choose(limits, &[]);
        let watch = Stopwatch::start();
        turn.wait(|| self.work.check_abort())?;
        let waited = watch.wall();
        let mut taken: Vec<Taken> = Vec::new();
        for round in 0.. {
            let prints = self.prints(&choice);
            let shown = turn.shown(&prints);
            let known = taken.len();
            add_taken(&mut taken, &choice, &shown);
            if round < ROUNDS && taken.len() > known {
                choice = self.choose(limits, &taken);
                continue;
            }
            let new = prints.into_iter().zip(&shown);
            let new = new.filter(|(_, by)| by.is_none()).map(|(print, _)| print);
            turn.deliver(&self.work.job.id, new.collect());
            self.take_back(&mut choice, shown);
            break;
        }
        self.tell(&choice);
        Ok(Some(chosen(choice, waited)))
    }

    /// Offers what there is where the best of all videos are wanted; when all have, chooses what is among the best.
    fn best_of_all(&self, rules: &Archive) -> Option<Chosen> {
        let limits = Limits {
            count: rules.best.min(rules.cap),
            floor: rules.floor,
            ..self.limits()
        };
        let mut choice = self.choose(limits, &[]);
        if !self.work.turn.ticket.again {
            let offers = ranges(&choice).zip(self.prints(&choice));
            let scores = choice
                .clips
                .iter()
                .map(|&slot| choice.candidates[slot].score);
            let offers = offers
                .zip(scores)
                .map(|((range, fingerprint), score)| Offer {
                    range,
                    score,
                    fingerprint,
                });
            self.work.turn.offer(&self.work.job.id, offers.collect());
            return None;
        }
        choice.keep_best(&self.work.turn.places());
        self.tell(&choice);
        Some(chosen(choice, Duration::ZERO))
    }

    fn choose(&self, limits: Limits, taken: &[Taken]) -> Choice {
        let asked = &self.work.job.settings;
        let wishes = Wishes {
            limits,
            keywords: &asked.keywords,
            avoid: &asked.avoid,
            must: &asked.must_include,
            only: asked.range.range(),
            taken,
        };
        clips::choose(&self.material, &wishes, self.weights)
    }

    fn limits(&self) -> Limits {
        let asked = &self.work.job.settings.clips;
        Limits {
            count: asked.count,
            floor: asked.floor,
            min: asked.min,
            max: asked.max,
        }
    }

    /// Returns what each chosen clip sounds and looks like.
    fn prints(&self, choice: &Choice) -> Vec<Fingerprint> {
        ranges(choice)
            .map(|range| Fingerprint::of(&self.material, range))
            .collect()
    }

    /// Takes back the clips that others show and that could not be replaced, and tells of those that had to be.
    fn take_back(&self, choice: &mut Choice, shown: Vec<Option<String>>) {
        let clips = choice.clips.iter().zip(&shown);
        for (slot, by) in clips.filter_map(|(slot, by)| Some((slot, by.as_ref()?))) {
            let scored = &choice.candidates[*slot];
            if scored.is_demanded() {
                let range = scored.span.range;
                let text = format!("{range} must be included, and is shown already by {by}");
                self.work.say(Level::Warn, text);
            }
        }
        choice.take_back(
            shown
                .into_iter()
                .map(|by| by.map(|by| Verdict::Shown { by })),
        );
    }

    /// Tells what was asked for and cannot be had.
    fn tell(&self, choice: &Choice) {
        let asked = &self.work.job.settings;
        for moment in &choice.unmet {
            let moment = &asked.must_include[*moment];
            self.work
                .say(Level::Warn, format!("no clip can include {moment}"));
        }
        if !choice.clips.is_empty() {
            return;
        }
        let (min, max) = (asked.clips.min.as_secs_f64(), asked.clips.max.as_secs_f64());
        let why = match choice.candidates.is_empty() {
            true => format!("no stretch lasts between {min} and {max} s: no clips"),
            false => "nothing is left that may be a clip: no clips".to_owned(),
        };
        self.work.say(Level::Warn, why);
    }
}

fn chosen(choice: Choice, waited: Duration) -> Chosen {
    Chosen {
        scored: choice.candidates,
        positions: choice.clips,
        waited,
    }
}

/// Returns when the chosen clips are.
fn ranges(choice: &Choice) -> impl Iterator<Item = TimeRange> {
    let clips = choice.clips.iter();
    clips.map(|slot| choice.candidates[*slot].span.range)
}

/// Adds the chosen clips that others show, each once.
fn add_taken(taken: &mut Vec<Taken>, choice: &Choice, shown: &[Option<String>]) {
    for (range, by) in ranges(choice).zip(shown) {
        let new = taken.iter().all(|taken| taken.range != range);
        if let Some(by) = by.clone().filter(|_| new) {
            taken.push(Taken { range, by });
        }
    }
}

/// Returns how many faces each picture shows that was looked at; none where none was.
fn faces(seen: &Seen) -> Option<Vec<FacesAt>> {
    let looked = &seen.sight.as_ref()?.faces;
    let looked: Vec<Timestamp> = looked.iter().map(|(time, _)| *time).collect();
    Some(FacesAt::of(&seen.tracks, &looked))
}

/// Returns all that is known of the video.
fn material<'a>(
    content: &'a [u8],
    seen: &'a Seen,
    hearing: &'a Hearing,
    reading: &'a Reading,
    faces: Option<&'a [FacesAt]>,
) -> Material<'a> {
    let heard = hearing.range.is_some();
    let sight = seen.sight.as_ref();
    Material {
        shots: &seen.shots,
        frames: &seen.pass.times,
        speech: heard.then_some(&hearing.speech),
        talk: hearing.transcript.as_ref().map(|transcript| Talk {
            transcript,
            embeddings: &reading.embeddings,
            paragraphs: &reading.paragraphs,
        }),
        sounds: heard.then_some(&hearing.sounds),
        energy: hearing.energy.as_ref(),
        content: Some(content),
        heard: hearing.signature.as_ref(),
        seen: sight.map(|sight| &sight.signature),
        look: sight.map(|sight| &sight.look),
        faces,
        pictures: sight.map(|sight| &sight.likeness[..]),
    }
}
