//! Persons: pictures of the decode pass in which no face is found go to the person detector, its persons come back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::repeats::with_repeats;
use super::vision::WIDTH;
use crate::analysis::faces::DetectRules;
use crate::analysis::persons::{
    PersonDetection, PersonLook, PersonModel, PersonRules, PersonSampling, PersonSamplingRules,
};
use crate::cache::Key;
use crate::frame::{Frame, SmallPicture};
use crate::media::{self, Pictures};
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::pipeline::models::{InOrder, SharedPicture};
use crate::timeline::Timestamp;

/// The persons of every picture that was looked at, in order, also of those without.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PicturePersons(pub(crate) Vec<(Timestamp, Vec<PersonDetection>)>);

/// How often pictures come and how many of them are searched for persons.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PersonIntervals {
    /// From one picture of the decode pass to the next.
    pub(crate) pictures: Duration,
    /// From one that is searched to the next.
    pub(crate) searches: Duration,
}

/// Returns the key of the persons of the job's video; none where they are not looked for.
pub(crate) fn key_of_persons(ctx: &JobContext<'_>) -> Option<Key> {
    let registry = ctx.services.registry;
    let models = [registry.persons_digest()?, registry.faces_digest()];
    let intervals = PersonIntervals {
        pictures: ctx.plan.face_interval,
        searches: ctx.config.settings.persons.interval,
    };
    Some(persons_key_of(
        ctx.content(),
        ctx.media(),
        intervals,
        models,
    ))
}

/// Returns the key of the persons of a file: its bytes and stream, the models of persons and of faces, their rules and the
/// sampling.
pub(crate) fn persons_key_of(
    content: &[u8],
    media: &media::Media,
    intervals: PersonIntervals,
    models: [&str; 2],
) -> Key {
    let key = Record::Persons
        .key()
        .field(content)
        .field(models[0].as_bytes())
        .field(models[1].as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = media.video.as_ref().map(|video| video.stream);
    let sampled = (stream, intervals.pictures, WIDTH, Pictures::RULES);
    let key = with_value(key, &sampled);
    let rules = PersonSamplingRules::every(intervals.searches);
    let key = with_value(
        key,
        &(rules, PersonRules::default(), DetectRules::default()),
    );
    with_value(key, &media::picture_rules(media)).finish()
}

/// Follows a decode pass and sends pictures without a face to the person detector.
pub(crate) struct PersonPass<'a> {
    sampling: PersonSampling,
    /// Pictures of which is not known yet whether they show a face.
    held: VecDeque<HeldPicture>,
    answers: InOrder<'a, PersonModel, Timestamp>,
    /// Pictures that show what an earlier one shows: their time, and the other's.
    same: Vec<(Timestamp, Timestamp)>,
    /// Time spent waiting for room.
    pub(crate) waited: Duration,
}

struct HeldPicture {
    time: Timestamp,
    small: Box<SmallPicture>,
    picture: SharedPicture,
}

impl<'a> PersonPass<'a> {
    /// Returns a pass that has seen no frame.
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> Self {
        let rules = PersonSamplingRules::every(ctx.config.settings.persons.interval);
        Self {
            sampling: PersonSampling::new(rules),
            held: VecDeque::new(),
            answers: InOrder::new(ctx.client(&ctx.services.models.persons)),
            same: Vec::new(),
            waited: Duration::ZERO,
        }
    }

    /// Takes the next frame that has a larger picture, which is held until [`Self::decide`] knows of its faces.
    pub(crate) fn take(&mut self, frame: &Frame, picture: &SharedPicture) {
        if self.sampling.is_due(frame.time) {
            self.held.push_back(HeldPicture {
                time: frame.time,
                small: frame.small.clone(),
                picture: Arc::clone(picture),
            });
        }
    }

    /// Sends pictures without a face and lets go of those with one, as far as `has_face` knows; fails when the model has failed.
    pub(crate) fn decide(
        &mut self,
        has_face: impl Fn(Timestamp) -> Option<bool>,
    ) -> anyhow::Result<()> {
        while let Some(first) = self.held.front() {
            let Some(has_face) = has_face(first.time) else {
                return Ok(());
            };
            if let Some(picture) = self.held.pop_front().filter(|_| !has_face) {
                self.search(picture)?;
            }
        }
        Ok(())
    }

    /// Tells whether it holds pictures.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Waits for the model and returns all answers.
    pub(crate) fn finish(self) -> anyhow::Result<PicturePersons> {
        let found = self.answers.finish()?;
        Ok(PicturePersons(with_repeats(found, self.same)))
    }

    fn search(&mut self, held: HeldPicture) -> anyhow::Result<()> {
        match self.sampling.next(held.time, &held.small) {
            PersonLook::SameAs(before) => self.same.push((held.time, before)),
            PersonLook::Search => {
                let waiting = Instant::now();
                self.answers.ask(held.time, held.picture)?;
                self.waited += waiting.elapsed();
            }
        }
        Ok(())
    }
}
