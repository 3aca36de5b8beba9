//! Text in the picture: some of the decode pass's pictures go to the text detector, their lines come back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::repeats::with_repeats;
use super::vision::WIDTH;
use crate::analysis::picture_text::{
    PictureTextModel, SamplingRules, TextBox, TextBoxRules, TextLook, TextSampling,
};
use crate::cache::Key;
use crate::frame::Frame;
use crate::media::{self, Pictures};
use crate::pipeline::cached::{Record, with_stretch, with_value};
use crate::pipeline::context::{JobContext, JobPlan};
use crate::pipeline::models::{InOrder, SharedPicture};
use crate::timeline::Timestamp;

/// The lines of text of every picture that was looked at, in order, also of those without.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PictureTexts(pub(crate) Vec<(Timestamp, Vec<TextBox>)>);

/// Returns the key of the text in the pictures of the job's video; none where it is not looked for.
pub(crate) fn key_of_picture_text(ctx: &JobContext<'_>) -> Option<Key> {
    let model = ctx.services.registry.picture_text_digest()?;
    let rules = SamplingRules::every(ctx.config.settings.picture_text.interval);
    let sampled = (ctx.plan, rules);
    let key = picture_text_key_of(ctx.content(), ctx.media(), sampled, model);
    Some(key)
}

/// Returns the key of the text in the pictures of a file: its bytes and stream, the model, its rules and the sampling.
pub(crate) fn picture_text_key_of(
    content: &[u8],
    media: &media::Media,
    (plan, rules): (&JobPlan, SamplingRules),
    model: &str,
) -> Key {
    let key = Record::PictureText
        .key()
        .field(content)
        .field(model.as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = media.video.as_ref().map(|video| video.stream);
    let sampled = (stream, plan.face_interval, WIDTH, Pictures::RULES);
    let key = with_value(key, &sampled);
    let key = with_value(key, &(rules, TextBoxRules::default()));
    let key = with_stretch(key, plan.stretch);
    with_value(key, &media::picture_rules(media)).finish()
}

/// Follows a decode pass and sends pictures to the text detector.
pub(crate) struct PictureTextPass<'a> {
    sampling: TextSampling,
    answers: InOrder<'a, PictureTextModel, Timestamp>,
    /// Pictures that show what an earlier one shows: their time, and the other's.
    same: Vec<(Timestamp, Timestamp)>,
}

impl<'a> PictureTextPass<'a> {
    /// Returns a pass that has seen no frame.
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> Self {
        let rules = SamplingRules::every(ctx.config.settings.picture_text.interval);
        Self {
            sampling: TextSampling::new(rules),
            answers: InOrder::new(ctx.client(&ctx.services.models.picture_text)),
            same: Vec::new(),
        }
    }

    /// Takes the next frame that has a larger picture; fails when the model has failed.
    pub(crate) fn take(&mut self, frame: &Frame, picture: &SharedPicture) -> anyhow::Result<()> {
        match self.sampling.next(frame.time, &frame.small) {
            TextLook::Skip => {}
            TextLook::SameAs(before) => self.same.push((frame.time, before)),
            TextLook::Search => {
                self.answers.ask(frame.time, Arc::clone(picture))?;
            }
        }
        Ok(())
    }

    /// Waits for the model and returns all answers.
    pub(crate) fn finish(self) -> anyhow::Result<PictureTexts> {
        let found = self.answers.finish()?;
        Ok(PictureTexts(with_repeats(found, self.same)))
    }
}
