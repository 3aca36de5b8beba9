//! Sound of a job's file, decoded on a thread beside that is given up when it hangs.

use std::ops::ControlFlow;

use crate::media::{Listened, Media, listen};
use crate::pipeline::context::JobContext;
use crate::pipeline::watchdog::Watched;
use crate::timeline::Timestamp;

/// Shows `take` the sound of the chosen streams, a second at a time, until it fails or has heard `most` samples.
///
/// # Errors
/// What decoding says and `take` returns; that decoding hangs.
pub(crate) fn listen_watched(
    ctx: &JobContext<'_>,
    media: &Media,
    origin: Timestamp,
    most: u64,
    take: impl FnMut(Vec<f32>) -> anyhow::Result<()>,
) -> anyhow::Result<Watched<Listened>> {
    let (path, media, limits) = (
        ctx.input().to_owned(),
        media.clone(),
        ctx.plan.limits.clone(),
    );
    let work = move |hand: &mut dyn FnMut(Vec<f32>) -> ControlFlow<()>| {
        let mut heard = 0;
        let mut visit = |samples: &[f32]| {
            heard += samples.len() as u64;
            hand(samples.to_vec())?;
            if heard < most {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        listen(&path, &media, origin, &limits, &mut visit)
    };
    let watchdog = ctx.services.watchdog;
    let watched = watchdog.watch("listen", || ctx.stop.check(), work, take)?;
    watched.answered()
}
