//! One decode pass over a video: each frame goes to the shot scorer and to the vision stage, as far as their answers are not kept.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Context;

use super::shots::{ShotScorer, ShotScores, key_of_shots};
use super::vision::{Vision, VisionPass, key_of_vision, sampling};
use crate::clock::Stopwatch;
use crate::frame::Frame;
use crate::media::{DecodePlan, Decoded, decode};
use crate::pipeline::cached::Record;
use crate::pipeline::context::JobContext;
use crate::pipeline::events::Cost;
use crate::timeline::Stage;

/// Returns the shot scores of the job's video, and its vision answers where they are wanted; the video is decoded at most
/// once, for all that is not kept.
///
/// # Errors
/// What decoding and the models say; that the file changed meanwhile.
pub(crate) fn decode_video(
    ctx: &JobContext<'_>,
    wants_vision: bool,
) -> anyhow::Result<(ShotScores, Option<Vision>)> {
    let shots_key = key_of_shots(ctx);
    let kept_shots = ctx.look_up(Record::Shots, &shots_key);
    let kept_shots = kept_shots.filter(ShotScores::is_whole);
    let vision_key = key_of_vision(ctx);
    let kept_vision: Option<Vision> = if wants_vision {
        let kept = ctx.look_up(Record::Vision, &vision_key);
        ctx.saves(Stage::Embed, Record::Vision, kept.is_some());
        kept
    } else {
        None
    };
    let wanted = DecodeWants {
        shots: kept_shots.is_none(),
        vision: wants_vision && kept_vision.is_none(),
    };
    let is_saved = !wanted.shots && !wanted.vision;
    ctx.saves(Stage::Decode, Record::Shots, is_saved);
    let (shots, vision) = match kept_shots {
        Some(kept) if !wanted.vision => return Ok((kept, kept_vision)),
        kept => decode_for(ctx, wanted, kept)?,
    };
    // A video that changed or broke off must not be kept as whole.
    if wanted.shots {
        ctx.keep(Record::Shots, &shots_key, &shots)?;
    }
    if let Some(vision) = &vision {
        ctx.keep(Record::Vision, &vision_key, vision)?;
    }
    Ok((shots, vision.or(kept_vision)))
}

/// What a pass is made for.
#[derive(Debug, Clone, Copy)]
struct DecodeWants {
    shots: bool,
    vision: bool,
}

/// Decodes the video for what is wanted; `kept` are the shot scores of an earlier pass.
fn decode_for(
    ctx: &JobContext<'_>,
    wanted: DecodeWants,
    kept: Option<ShotScores>,
) -> anyhow::Result<(ShotScores, Option<Vision>)> {
    let watch = Stopwatch::start();
    let mut scorer = wanted.shots.then(|| ShotScorer::new(ctx));
    let mut vision = wanted.vision.then(|| VisionPass::new(ctx));
    let plan = DecodePlan {
        threads: ctx.plan.decode_threads,
        pictures: wanted.vision.then(|| sampling(ctx)),
    };
    let decoded = decode_all(ctx, &plan, |frame| {
        ctx.stop.check()?;
        if let Some(scorer) = &mut scorer {
            scorer.take(&frame)?;
        }
        match &mut vision {
            Some(vision) => vision.take(frame),
            None => Ok(()),
        }
    })?;
    if let Some(scorer) = &mut scorer {
        scorer.send_rest()?;
    }
    let waited = [
        scorer.as_ref().map(|scorer| scorer.waited),
        vision.as_ref().map(|vision| vision.waited),
    ];
    let waited: Duration = waited.into_iter().flatten().sum();
    let cost = Cost::since(&watch, waited);
    ctx.events.worked(Stage::Decode, decoded.frames, 0, cost);
    let shots = match scorer {
        Some(scorer) => scorer.finish(&decoded)?,
        None => kept.context("no shot scores are kept")?,
    };
    let vision = vision.map(|pass| pass.finish(shots.end)).transpose()?;
    Ok((shots, vision))
}

/// Shows every frame to `take` until it fails.
fn decode_all(
    ctx: &JobContext<'_>,
    plan: &DecodePlan,
    mut take: impl FnMut(Frame) -> anyhow::Result<()>,
) -> anyhow::Result<Decoded> {
    let mut failed = None;
    let mut visit = |frame| match take(frame) {
        Ok(()) => ControlFlow::Continue(()),
        Err(e) => {
            failed = Some(e);
            ControlFlow::Break(())
        }
    };
    let limits = &ctx.plan.limits;
    let decoded = decode(ctx.input(), ctx.media(), plan, limits, &mut visit);
    match failed {
        Some(e) => Err(e),
        None => Ok(decoded?),
    }
}
