//! Vision side of the decode pass: per-frame statistics, plus face detections and embeddings for sampled frames.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::constant::FlatAnswers;
use super::faces::{FacePass, FacesFound};
use crate::analysis::Embedding;
use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::{DetectRules, FaceModel, SampledFaces};
use crate::analysis::look::{Appearance, Look, LookRules};
use crate::analysis::signature::{SightSignature, Signature};
use crate::cache::Key;
use crate::frame::{Frame, SmallPicture};
use crate::media::{self, Pictures};
use crate::pipeline::cached::{Record, with_stretch, with_value};
use crate::pipeline::context::{JobContext, JobPlan};
use crate::pipeline::models::{InOrder, Model, SharedPicture};
use crate::timeline::Timestamp;

/// Levels by which two pictures that are not alike differ, in the mean of their small copies.
const UNLIKE: u32 = 4;
/// Columns of an analysis-size picture: faces are found as well as in wider ones.
pub const WIDTH: u32 = 512;
/// From one picture whose embedding is kept to the next.
const EMBEDDING_INTERVAL: Duration = Duration::from_secs(1);
/// Embeddings of one video, about: at 5 kB each, 20 MB; a video of more than an hour has fewer a second.
const MOST_EMBEDDINGS: u32 = 4096;
/// How long a video is that does not say: ten hours, so that not too much is kept.
const UNKNOWN_LENGTH: Duration = Duration::from_secs(36_000);

/// Vision answers of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vision {
    /// Every analysis-size picture, in order, with its faces, also those without one.
    pub(crate) faces: Vec<SampledFaces>,
    /// How sure the surest face is of each picture that was searched when it came.
    pub(crate) looks: Vec<(Timestamp, f32)>,
    /// Embeddings of pictures about a second apart, in order.
    pub(crate) embeddings: Vec<(Timestamp, Embedding)>,
    /// Searches for faces whose map says one and the same of every place.
    flat_searches: FlatAnswers,
    /// Embeddings of pictures unlike the one before that are the same as that one's, or have no direction.
    same_embeddings: FlatAnswers,
    /// Light, movement, sharpness, black, frozen and bars.
    pub(crate) look: Appearance,
    /// Recognises the video's moments in other videos by their pictures.
    pub(crate) signature: Signature,
}

impl Vision {
    /// Returns how sure the surest face is of the last picture before a time that was searched when it came.
    pub(crate) fn last_look(&self, time: Timestamp) -> f32 {
        let before = self.looks.partition_point(|look| look.0 < time);
        let last = before.checked_sub(1).and_then(|last| self.looks.get(last));
        last.map_or(0.0, |look| look.1)
    }

    /// Tells of models that gave one answer for all pictures.
    pub(crate) fn tell_of_constants(&self, ctx: &JobContext<'_>) {
        self.flat_searches.tell(ctx, FaceModel::NAME);
        self.same_embeddings.tell(ctx, EmbedModel::NAME);
    }
}

/// Returns which frames of the job's video come with an analysis-size picture.
pub(crate) fn sampling(ctx: &JobContext<'_>) -> Pictures {
    Pictures {
        interval: ctx.plan.face_interval,
        width: WIDTH,
    }
}

/// Returns the key of the vision answers of the job's video.
pub(crate) fn key_of_vision(ctx: &JobContext<'_>) -> Key {
    let registry = ctx.services.registry;
    let digests = [registry.faces_digest(), registry.embed_digest()];
    vision_key_of(ctx.content(), ctx.media(), ctx.plan, digests)
}

/// Returns the key of the vision answers of a file: its bytes and stream, the models, their rules and the sampling.
pub(crate) fn vision_key_of(
    content: &[u8],
    media: &media::Media,
    plan: &JobPlan,
    models: [&str; 2],
) -> Key {
    let key = Record::Vision
        .key()
        .field(content)
        .field(models[0].as_bytes())
        .field(models[1].as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = media.video.as_ref().map(|video| video.stream);
    let sampled = (stream, plan.face_interval, WIDTH, Pictures::RULES);
    let embedded = (EMBEDDING_INTERVAL, MOST_EMBEDDINGS);
    let key = with_value(key, &sampled);
    let key = with_value(key, &embedded);
    let detected = (DetectRules::default(), plan.sparse_faces);
    let rules = (detected, LookRules::default());
    let key = with_value(key, &rules);
    let key = with_value(key, &SightSignature::RULES);
    let key = with_stretch(key, plan.stretch);
    with_value(key, &media::picture_rules(media)).finish()
}

/// Follows a decode pass: keeps statistics of each frame and sends sampled pictures to the models.
pub(crate) struct VisionPass<'a> {
    look: Look,
    signature: SightSignature,
    next_embedding: Option<Timestamp>,
    embedding_interval: Duration,
    faces: FacePass<'a>,
    /// With each picture's time whether it is unlike the one before.
    embeddings: InOrder<'a, EmbedModel, (Timestamp, bool)>,
    /// The last picture whose embedding was asked for.
    embedded: Option<Box<SmallPicture>>,
}

impl<'a> VisionPass<'a> {
    /// Returns a pass that has seen no frame.
    ///
    /// # Errors
    /// As [`FacePass::new`].
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> anyhow::Result<Self> {
        let length = ctx.media().duration.unwrap_or(UNKNOWN_LENGTH);
        let models = &ctx.services.models;
        Ok(Self {
            look: Look::new(LookRules::default()),
            signature: SightSignature::default(),
            next_embedding: None,
            embedding_interval: EMBEDDING_INTERVAL.max(length / MOST_EMBEDDINGS),
            faces: FacePass::new(ctx, picture_bytes(ctx.media()))?,
            embeddings: InOrder::new(ctx.client(&models.embed)),
            embedded: None,
        })
    }

    /// Makes ready for a frame whose larger picture has no permit yet; fails when a model has failed.
    pub(crate) fn prepare(&mut self, frame: &Frame) -> anyhow::Result<()> {
        self.faces.prepare(frame)?;
        Ok(())
    }

    /// Takes the next frame, with its larger picture where there is one; fails when a model has failed.
    pub(crate) fn take(
        &mut self,
        frame: &Frame,
        picture: Option<&SharedPicture>,
    ) -> anyhow::Result<()> {
        let pixels = picture.map(|picture| &***picture);
        self.look.push(frame.time, &frame.small, pixels);
        self.signature.push(frame.time, &frame.small);
        let Some(picture) = picture else {
            return Ok(());
        };
        self.faces.take(frame, picture)?;
        if self.is_embedding_due(frame.time) {
            let before = self.embedded.replace(frame.small.clone());
            let is_unlike = before.is_some_and(|before| are_unlike(&before, &frame.small));
            self.embeddings
                .ask((frame.time, is_unlike), Arc::clone(picture))?;
        }
        Ok(())
    }

    /// Returns how sure the surest face is of the last picture that was searched when it came; waits for the model.
    pub(crate) fn last_look(&mut self) -> anyhow::Result<f32> {
        self.faces.last_look()
    }

    /// Waits for the models and returns all answers; the last frame goes at `end`.
    pub(crate) fn finish(self, end: Timestamp) -> anyhow::Result<Vision> {
        let FacesFound { faces, looks, flat } = self.faces.finish()?;
        let (embeddings, same_embeddings) = compare_embeddings(self.embeddings.finish()?);
        Ok(Vision {
            faces,
            looks,
            embeddings,
            flat_searches: flat,
            same_embeddings,
            look: self.look.finish(end),
            signature: self.signature.finish(),
        })
    }

    fn is_embedding_due(&mut self, time: Timestamp) -> bool {
        let due = self.next_embedding.is_none_or(|next| time >= next);
        if due {
            self.next_embedding = Some(time + self.embedding_interval);
        }
        due
    }
}

/// Returns the bytes of an analysis-size picture, about.
fn picture_bytes(media: &media::Media) -> usize {
    let size = media.video.as_ref().map(|video| video.display_size());
    let (width, height) = size.unwrap_or_default();
    let columns = u64::from(width.min(WIDTH));
    let rows = (u64::from(height) * columns).div_ceil(u64::from(width.max(1)));
    usize::try_from(3 * columns * rows).unwrap_or(usize::MAX)
}

/// Returns the embeddings, and how many of pictures unlike the one before are the same as that one's.
fn compare_embeddings(
    asked: Vec<((Timestamp, bool), Embedding)>,
) -> (Vec<(Timestamp, Embedding)>, FlatAnswers) {
    let (mut same, mut embeddings) = (FlatAnswers::default(), Vec::new());
    for ((time, is_unlike), embedding) in asked {
        let before = embeddings.last();
        if let Some((_, before)) = before.filter(|_| is_unlike) {
            same.push(*before == embedding);
        }
        embeddings.push((time, embedding));
    }
    (embeddings, same)
}

/// Tells whether no model that looks at two pictures may say exactly the same of them.
fn are_unlike(one: &SmallPicture, other: &SmallPicture) -> bool {
    let levels = one.iter().zip(other);
    let levels = levels.map(|(a, b)| u32::from(a.abs_diff(*b)));
    levels.sum::<u32>() > UNLIKE * one.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embeddings_that_stay_while_pictures_change_are_counted() {
        let time = |second| Timestamp::new(second, 1).unwrap();
        let asked = |components: [f32; 9], is_unlike: bool| {
            let asked = (0..).zip(components);
            let asked = asked.map(|(second, component)| {
                let embedding = Embedding::new(vec![component, 1.0]);
                ((time(second), is_unlike), embedding)
            });
            compare_embeddings(asked.collect()).1
        };
        let mut counted = FlatAnswers::default();
        (0..8).for_each(|_| counted.push(true));
        assert_eq!(asked([1.0; 9], true), counted);
        assert_eq!(asked([1.0; 9], false), FlatAnswers::default());
        let changing = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        assert_ne!(asked(changing, true), counted);
    }
}
