//! Eyes of the faces that could be on a cover.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::still::{still_at, still_key};
use crate::analysis::faces::{EyeGap, upright_face};
use crate::clips::CoverFace;
use crate::memory::Permitted;
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::timeline::Timestamp;

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
    let key = with_value(still_key(ctx, Record::Eyes, digest, time), face).finish();
    let SeenEyes(gap) = ctx.cached(Record::Eyes, &key, || ask_about(ctx, time, face))?;
    Ok(gap.map(EyeGap))
}

/// Decodes the picture of this time and asks the model.
fn ask_about(ctx: &JobContext<'_>, time: Timestamp, face: &CoverFace) -> anyhow::Result<SeenEyes> {
    let picture = still_at(ctx, time)?;
    let upright = upright_face(&picture, face.region, face.eyes);
    let budget = &ctx.services.memory.pictures;
    let permit = ctx.stop.permit(budget, upright.rgb.len())?;
    let client = ctx.client(&ctx.services.models.face_mesh);
    let gap = client.answer(Arc::new(Permitted::new(upright, permit)))?;
    Ok(SeenEyes(gap.map(|EyeGap(gap)| gap)))
}
