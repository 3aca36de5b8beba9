//! Single pictures of the job's video, for what is asked of a clip that is about to be made.

use std::ops::ControlFlow;

use anyhow::Context;

use crate::cache::KeyBuilder;
use crate::frame::Picture;
use crate::media::{self, pictures_at};
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::timeline::Timestamp;

/// Columns of the picture: eyes and letters are small.
const WIDTH: u32 = 1280;

/// Returns the picture at a time.
///
/// # Errors
/// What decoding says.
pub(super) fn still_at(ctx: &JobContext<'_>, time: Timestamp) -> anyhow::Result<Picture> {
    let mut shown = None;
    let mut visit = |_, _, picture| {
        shown = Some(picture);
        ControlFlow::Break(())
    };
    let limits = &ctx.plan.limits;
    pictures_at(ctx.input(), ctx.media(), &[time], WIDTH, limits, &mut visit)?;
    shown.with_context(|| format!("no picture is shown at {time}"))
}

/// Begins the key of what a model says of the picture at a time.
pub(super) fn still_key(
    ctx: &JobContext<'_>,
    record: Record,
    model: &str,
    time: Timestamp,
) -> KeyBuilder {
    let key = record
        .key()
        .field(ctx.content())
        .field(model.as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = ctx.media().video.as_ref().map(|video| video.stream);
    with_value(key, &(stream, WIDTH, time))
}
