//! Eyes of the faces that could be on a cover.

use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::analysis::faces::{EyeGap, upright_face};
use crate::cache::Key;
use crate::clips::CoverFace;
use crate::frame::Picture;
use crate::media::{self, pictures_at};
use crate::memory::Permitted;
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::timeline::Timestamp;

/// Columns of the picture that a face is cut out of: eyes are small.
const WIDTH: u32 = 1280;

/// How far the eyes of a face are open; nothing where the model sees no face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct SeenEyes(Option<f32>);

/// Returns how far the eyes of a face are open at a time; `None` where that is not asked, or no face is seen.
///
/// # Errors
/// What decoding and the model say; that the file changed meanwhile.
pub(crate) fn find_eye_gap(
    ctx: &JobContext<'_>,
    time: Timestamp,
    face: &CoverFace,
) -> anyhow::Result<Option<EyeGap>> {
    let digest = ctx.services.registry.face_mesh_digest();
    let Some(digest) = digest.filter(|_| ctx.media().picture.is_none()) else {
        return Ok(None);
    };
    let key = eyes_key(ctx, digest, time, face);
    let SeenEyes(gap) = ctx.cached(Record::Eyes, &key, || ask_about(ctx, time, face))?;
    Ok(gap.map(EyeGap))
}

fn eyes_key(ctx: &JobContext<'_>, digest: &str, time: Timestamp, face: &CoverFace) -> Key {
    let key = Record::Eyes
        .key()
        .field(ctx.content())
        .field(digest.as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = ctx.media().video.as_ref().map(|video| video.stream);
    with_value(key, &(stream, WIDTH, time, face)).finish()
}

/// Decodes the picture of this time and asks the model.
fn ask_about(ctx: &JobContext<'_>, time: Timestamp, face: &CoverFace) -> anyhow::Result<SeenEyes> {
    let mut shown: Option<Picture> = None;
    let mut visit = |_, _, picture| {
        shown = Some(picture);
        ControlFlow::Break(())
    };
    let limits = &ctx.plan.limits;
    pictures_at(ctx.input(), ctx.media(), &[time], WIDTH, limits, &mut visit)?;
    let picture = shown.context("no picture is shown at the time of a cover")?;
    let upright = upright_face(&picture, face.region, face.eyes);
    let budget = &ctx.services.memory.pictures;
    let permit = ctx.stop.permit(budget, upright.rgb.len())?;
    let client = ctx.client(&ctx.services.models.face_mesh);
    let gap = client.answer(Arc::new(Permitted::new(upright, permit)))?;
    Ok(SeenEyes(gap.map(|EyeGap(gap)| gap)))
}
