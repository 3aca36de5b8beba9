//! Clip selection: candidates of a video, the best of them chosen, de-duplicated against other jobs.

use super::audio::AudioAnalysis;
use super::text::TextAnalysis;
use super::tracks::VideoAnalysis;
use crate::clips::dedup::archive::{Offer, Place};
use crate::clips::{
    self, Choice, ClipLimits, FacesAt, Fingerprint, Material, Scored, Taken, Talk, Verdict, Wishes,
};
use crate::manifest::Archive;
use crate::pipeline::context::JobContext;
use crate::pipeline::schedule::dedup::Dedup;
use crate::report::Warning;
use crate::timeline::{TimeRange, Timestamp};

/// A job chooses again so often when what it chose is delivered by others.
const ROUNDS: usize = 8;
/// Bytes of the longest embedding, that of a picture.
const EMBEDDING_BYTES: usize = 1280 * size_of::<f32>();

/// The candidates of a job, best first.
pub(crate) struct ChosenClips {
    pub(crate) scored: Vec<Scored>,
    /// The positions of those that become clips.
    pub(crate) positions: Vec<usize>,
}

impl ChosenClips {
    /// Returns those that become clips, best first.
    pub(crate) fn clips(&self) -> impl Iterator<Item = &Scored> {
        self.positions.iter().map(|&slot| &self.scored[slot])
    }

    /// Takes back those that are not good enough to be made: their places among the clips, and why. The others close up.
    pub(crate) fn take_back(&mut self, poor: Vec<(usize, Verdict)>) {
        for (place, verdict) in poor {
            let scored = &mut self.scored[self.positions[place]];
            scored.reason = format!("{verdict}: {}", scored.reason);
            scored.verdict = verdict;
        }
        let is_made = self
            .positions
            .iter()
            .map(|slot| !self.scored[*slot].is_poor());
        let ranks: Vec<Option<usize>> = is_made
            .scan(0, |rank, is_made| {
                *rank += usize::from(is_made);
                Some(is_made.then_some(*rank))
            })
            .collect();
        self.scored.iter_mut().for_each(|one| one.renumber(&ranks));
        let scored = &self.scored;
        self.positions.retain(|slot| !scored[*slot].is_poor());
    }
}

/// The answers of all models about one job's video.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) audio: AudioAnalysis,
    /// None where there are no pictures, or none are wanted.
    pub(crate) video: Option<VideoAnalysis>,
    pub(crate) text: TextAnalysis,
}

impl Analysis {
    /// Returns about how many bytes it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        /// A frame: its time, its scores, its share of the statistics.
        const FRAME: usize = 64;
        /// A twentieth of a second in a signature.
        const ROW: usize = 8;
        let frames = self
            .video
            .as_ref()
            .map_or(0, |video| video.frames.times.len());
        let vision = self.video.as_ref().and_then(|video| video.vision.as_ref());
        let embeddings = vision.map_or(0, |vision| vision.embeddings.len());
        let rows = self
            .audio
            .signature
            .as_ref()
            .map_or(0, |signature| signature.rows.len());
        let sentences = self.text.embeddings.len();
        frames * FRAME + rows * ROW + (embeddings + sentences) * EMBEDDING_BYTES
    }
}

/// Chooses the clips of one job.
pub(crate) struct Selector<'a> {
    ctx: &'a JobContext<'a>,
    material: Material<'a>,
    dedup: &'a Dedup,
    /// The job's position in the manifest.
    slot: usize,
}

impl<'a> Selector<'a> {
    /// Returns the selector of a job; `faces` are those of [`faces_at`].
    pub(crate) fn new(
        ctx: &'a JobContext<'a>,
        analysis: &'a Analysis,
        video: &'a VideoAnalysis,
        faces: Option<&'a [FacesAt]>,
        (dedup, slot): (&'a Dedup, usize),
    ) -> Self {
        Self {
            ctx,
            material: material(ctx.content(), analysis, video, faces),
            dedup,
            slot,
        }
    }

    /// Chooses what no other job delivers; its turn must have come.
    pub(crate) fn choose_in_order(&self) -> ChosenClips {
        let limits = self.limits();
        let mut choice = self.choose(limits, &[]);
        let mut taken: Vec<Taken> = Vec::new();
        for round in 0.. {
            let prints = self.fingerprints(&choice);
            let shown = self.dedup.shown(self.slot, &prints);
            let known = taken.len();
            add_taken(&mut taken, &choice, &shown);
            if round < ROUNDS && taken.len() > known {
                choice = self.choose(limits, &taken);
                continue;
            }
            let new = prints.into_iter().zip(&shown);
            let new = new.filter(|(_, by)| by.is_none()).map(|(print, _)| print);
            self.dedup
                .deliver(self.slot, &self.ctx.job.id, new.collect());
            self.drop_duplicates(&mut choice, shown);
            break;
        }
        self.warn_of_unsatisfied(&choice);
        ChosenClips::of(choice)
    }

    /// Offers what there is where the best of all videos are wanted.
    pub(crate) fn offer(&self, rules: &Archive) {
        let choice = self.choose(self.archive_limits(rules), &[]);
        let scores = choice
            .clips
            .iter()
            .map(|&slot| choice.candidates[slot].score);
        let offers = ranges_of(&choice)
            .zip(self.fingerprints(&choice))
            .zip(scores);
        let offers = offers.map(|((range, fingerprint), score)| Offer {
            range,
            score,
            fingerprint,
        });
        self.dedup
            .offer(self.slot, &self.ctx.job.id, offers.collect());
    }

    /// Chooses what is among the best of all videos; all must have offered.
    pub(crate) fn choose_best_of_all(&self, rules: &Archive) -> ChosenClips {
        let mut choice = self.choose(self.archive_limits(rules), &[]);
        let places = places_of(&choice, &self.dedup.places(self.slot));
        choice.keep_best(&places);
        self.warn_of_unsatisfied(&choice);
        ChosenClips::of(choice)
    }

    fn choose(&self, limits: ClipLimits, taken: &[Taken]) -> Choice {
        let asked = &self.ctx.job.settings;
        let wishes = Wishes {
            limits,
            keywords: &asked.keywords,
            avoid: &asked.avoid,
            must: &asked.must_include,
            only: asked.range.range(),
            taken,
        };
        clips::choose(&self.material, &wishes, &self.ctx.plan.weights)
    }

    fn limits(&self) -> ClipLimits {
        let asked = &self.ctx.job.settings.clips;
        ClipLimits {
            count: asked.count,
            floor: asked.floor,
            min: asked.min,
            max: asked.max,
        }
    }

    fn archive_limits(&self, rules: &Archive) -> ClipLimits {
        ClipLimits {
            count: rules.best.min(rules.cap),
            floor: rules.floor,
            ..self.limits()
        }
    }

    /// Returns what recognises each chosen clip in other videos.
    fn fingerprints(&self, choice: &Choice) -> Vec<Fingerprint> {
        ranges_of(choice)
            .map(|range| Fingerprint::of(&self.material, range))
            .collect()
    }

    /// Drops the clips that others show and that could not be replaced, and warns of those that had to be.
    fn drop_duplicates(&self, choice: &mut Choice, shown: Vec<Option<String>>) {
        let clips = choice.clips.iter().zip(&shown);
        for (slot, by) in clips.filter_map(|(slot, by)| Some((slot, by.as_ref()?))) {
            let scored = &choice.candidates[*slot];
            if scored.is_demanded() {
                let (range, by) = (scored.span.range, by.clone());
                self.ctx
                    .events
                    .warn(Warning::MustIncludeTaken { range, by });
            }
        }
        let verdicts = shown.into_iter();
        choice.take_back(verdicts.map(|by| by.map(|by| Verdict::Shown { by })));
    }

    /// Warns of what was asked for and cannot be had.
    fn warn_of_unsatisfied(&self, choice: &Choice) {
        let asked = &self.ctx.job.settings;
        for moment in &choice.unmet {
            let moment = asked.must_include[*moment].to_string();
            self.ctx.events.warn(Warning::MustIncludeMissed { moment });
        }
        if !choice.clips.is_empty() {
            return;
        }
        let (min, max) = (asked.clips.min.as_secs_f64(), asked.clips.max.as_secs_f64());
        self.ctx.events.warn(if choice.candidates.is_empty() {
            Warning::NoSegment { min, max }
        } else {
            Warning::NoClips
        });
    }
}

impl ChosenClips {
    fn of(choice: Choice) -> Self {
        Self {
            scored: choice.candidates,
            positions: choice.clips,
        }
    }
}

/// Returns the place of each chosen clip by its range; one that was not offered is below the best.
fn places_of(choice: &Choice, offered: &[(TimeRange, Place)]) -> Vec<Place> {
    let place = |range: TimeRange| {
        let found = offered.iter().find(|(offered, _)| *offered == range);
        found.map_or(Place::Below { best: 0 }, |(_, place)| place.clone())
    };
    ranges_of(choice).map(place).collect()
}

/// Returns when the chosen clips are.
fn ranges_of(choice: &Choice) -> impl Iterator<Item = TimeRange> {
    let clips = choice.clips.iter();
    clips.map(|slot| choice.candidates[*slot].span.range)
}

/// Adds the chosen clips that others show, each once.
fn add_taken(taken: &mut Vec<Taken>, choice: &Choice, shown: &[Option<String>]) {
    for (range, by) in ranges_of(choice).zip(shown) {
        let new = taken.iter().all(|taken| taken.range != range);
        if let Some(by) = by.clone().filter(|_| new) {
            taken.push(Taken { range, by });
        }
    }
}

/// Returns how many faces each picture shows that was searched; none where none was.
pub(crate) fn faces_at(video: &VideoAnalysis) -> Option<Vec<FacesAt>> {
    let searched = &video.vision.as_ref()?.faces;
    let searched: Vec<Timestamp> = searched.iter().map(|(time, _)| *time).collect();
    Some(FacesAt::of(&video.tracks, &searched))
}

/// Returns all that is known of the video.
pub(crate) fn material<'a>(
    content: &'a [u8],
    analysis: &'a Analysis,
    video: &'a VideoAnalysis,
    faces: Option<&'a [FacesAt]>,
) -> Material<'a> {
    let Analysis { audio, text, .. } = analysis;
    let heard = audio.range.is_some();
    let vision = video.vision.as_ref();
    Material {
        shots: &video.shots,
        frames: &video.frames.times,
        speech: heard.then_some(&audio.speech),
        thoughts: &audio.thoughts,
        talk: audio.transcript.as_ref().map(|transcript| Talk {
            transcript,
            embeddings: &text.embeddings,
            paragraphs: &text.paragraphs,
        }),
        sounds: heard.then_some(&audio.sounds),
        energy: audio.energy.as_ref(),
        content: Some(content),
        heard: audio.signature.as_ref(),
        seen: vision.map(|vision| &vision.signature),
        look: vision.map(|vision| &vision.look),
        faces,
        pictures: vision.map(|vision| &vision.embeddings[..]),
    }
}
