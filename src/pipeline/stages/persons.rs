//! Persons: pictures of the decode pass before which no face was found go to the person detector, its persons come back.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::repeats::with_repeats;
use super::vision::WIDTH;
use crate::analysis::faces::DetectRules;
use crate::analysis::persons::{
    PersonDetection, PersonLook, PersonModel, PersonRules, PersonSampling, PersonSamplingRules,
};
use crate::cache::Key;
use crate::frame::Frame;
use crate::media::{self, Pictures};
use crate::pipeline::cached::{Record, with_stretch, with_value};
use crate::pipeline::context::{JobContext, JobPlan};
use crate::pipeline::models::{InOrder, SharedPicture};
use crate::timeline::Timestamp;

/// The persons of every picture that was looked at, in order, also of those without.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PicturePersons(pub(crate) Vec<(Timestamp, Vec<PersonDetection>)>);

/// Returns the key of the persons of the job's video; none where they are not looked for.
pub(crate) fn key_of_persons(ctx: &JobContext<'_>) -> Option<Key> {
    let registry = ctx.services.registry;
    let models = [registry.persons_digest()?, registry.faces_digest()];
    let interval = ctx.config.settings.persons.interval;
    Some(persons_key_of(
        ctx.content(),
        ctx.media(),
        (ctx.plan, interval),
        models,
    ))
}

/// Returns the key of the persons of a file: its bytes and stream, the models of persons and of faces, their rules and the
/// sampling.
pub(crate) fn persons_key_of(
    content: &[u8],
    media: &media::Media,
    (plan, interval): (&JobPlan, Duration),
    models: [&str; 2],
) -> Key {
    let key = Record::Persons
        .key()
        .field(content)
        .field(models[0].as_bytes())
        .field(models[1].as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = media.video.as_ref().map(|video| video.stream);
    let sampled = (stream, plan.face_interval, WIDTH, Pictures::RULES);
    let key = with_value(key, &sampled);
    let rules = PersonSamplingRules::every(interval);
    let key = with_value(
        key,
        &(rules, PersonRules::default(), DetectRules::default()),
    );
    // Where faces are searched for decides where persons are.
    let key = with_value(key, &plan.sparse_faces);
    let key = with_stretch(key, plan.stretch);
    with_value(key, &media::picture_rules(media)).finish()
}

/// Follows a decode pass and sends pictures to the person detector where the last that was searched for faces shows none.
pub(crate) struct PersonPass<'a> {
    sampling: PersonSampling,
    answers: InOrder<'a, PersonModel, Timestamp>,
    /// Pictures that show what an earlier one shows: their time, and the other's.
    same: Vec<(Timestamp, Timestamp)>,
}

impl<'a> PersonPass<'a> {
    /// Returns a pass that has seen no frame.
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> Self {
        let rules = PersonSamplingRules::every(ctx.config.settings.persons.interval);
        Self {
            sampling: PersonSampling::new(rules),
            answers: InOrder::new(ctx.client(&ctx.services.models.persons)),
            same: Vec::new(),
        }
    }

    /// Tells whether the next frame with a larger picture is due to be searched, if nobody's face is known of.
    pub(crate) fn is_due(&mut self, time: Timestamp) -> bool {
        self.sampling.is_due(time)
    }

    /// Takes a frame that is due and near which no face is; fails when the model has failed.
    pub(crate) fn take(&mut self, frame: &Frame, picture: &SharedPicture) -> anyhow::Result<()> {
        match self.sampling.next(frame.time, &frame.small) {
            PersonLook::SameAs(before) => self.same.push((frame.time, before)),
            PersonLook::Search => {
                self.answers.ask(frame.time, Arc::clone(picture))?;
            }
        }
        Ok(())
    }

    /// Waits for the model and returns all answers.
    pub(crate) fn finish(self) -> anyhow::Result<PicturePersons> {
        let found = self.answers.finish()?;
        Ok(PicturePersons(with_repeats(found, self.same)))
    }
}
