//! Shot scores: windows of 48x27 frames to the shot model, a score a frame back.

use std::ops::Range;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::constant::ConstantWatch;
use crate::analysis::shots::{
    FadeWatch, FrameScore, KEPT, ShotModel, ShotWindow, ShotWindows, SlideWatch, SmallChange,
    WINDOW, pictures_of_every_window,
};
use crate::cache::Key;
use crate::frame::{Frame, Rect, SMALL_BYTES};
use crate::media::{self, Decoded, Media};
use crate::memory::{Permit, Permitted};
use crate::pipeline::cached::{Record, with_stretch, with_value};
use crate::pipeline::context::{JobContext, JobPlan};
use crate::pipeline::models::InOrder;
use crate::timeline::{Stage, Timestamp};

/// Bytes of one window in flight.
const WINDOW_BYTES: usize = WINDOW * SMALL_BYTES;

/// Frame times and shot scores of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShotScores {
    /// When each frame is shown.
    pub(crate) times: Vec<Timestamp>,
    /// When the last frame goes.
    pub(crate) end: Timestamp,
    /// Packets and frames that could not be decoded.
    pub(crate) corrupt: u64,
    /// Whether the time between frames varies.
    pub(crate) vfr: bool,
    /// What the shot model says of each frame.
    pub(crate) scores: Vec<FrameScore>,
    /// The frames that it was asked about, in order; where it was not there is no transition.
    pub(crate) scored: Vec<Range<usize>>,
    /// The frames in the middle of fades, in order.
    pub(crate) fades: Vec<usize>,
    /// Where places of a picture that stands still change at once: it may be another slide.
    pub(crate) changes: Vec<SmallChange>,
    /// Frames from which on pictures fill only this part of the video's shape, in order.
    pub(crate) shapes: Vec<(u64, Rect)>,
}

impl ShotScores {
    /// Tells whether every frame has its score, and there is one.
    pub(crate) fn is_whole(&self) -> bool {
        self.times.len() == self.scores.len() && !self.times.is_empty()
    }

    /// Tells when the model gave one answer for all frames.
    pub(crate) fn tell_of_constants(&self, ctx: &JobContext<'_>) {
        let mut watch = ConstantWatch::default();
        for scores in self
            .scored
            .iter()
            .filter_map(|frames| self.scores.get(frames.clone()))
        {
            watch.push(scores.iter().map(|score| score.single));
        }
        watch.tell(ctx, "transnetv2");
    }
}

/// Returns the key of the shot scores of the job's video.
pub(crate) fn key_of_shots(ctx: &JobContext<'_>) -> Key {
    let digest = ctx.services.registry.shots_digest();
    shots_key_of(ctx.content(), ctx.media(), digest, ctx.plan)
}

/// Returns the key of the shot scores of a file: its bytes and stream, the model, and how the one is shown to the other.
pub(crate) fn shots_key_of(content: &[u8], media: &Media, model: &str, plan: &JobPlan) -> Key {
    let key = Record::Shots
        .key()
        .field(content)
        .field(model.as_bytes())
        .field(media::versions().codec.as_bytes());
    let stream = media.video.as_ref().map(|video| video.stream);
    let key = with_value(key, &(stream, WINDOW, KEPT, plan.shot_gate));
    let key = with_stretch(key, plan.stretch);
    with_value(key, &media::picture_rules(media)).finish()
}

/// Turns frames into windows and sends them to the shot model, each with its permit.
pub(crate) struct ShotScorer<'a> {
    ctx: &'a JobContext<'a>,
    windows: ShotWindows,
    fades: FadeWatch,
    slides: SlideWatch,
    permit: Option<Permit>,
    times: Vec<Timestamp>,
    /// Frames before the first that counts.
    skipped: usize,
    /// Scores by their frames, the first that counts being 0.
    answers: InOrder<'a, ShotModel, Range<usize>>,
    /// Pictures shown to the model.
    shown: usize,
}

impl<'a> ShotScorer<'a> {
    /// Returns a scorer that has seen no frame.
    pub(crate) fn new(ctx: &'a JobContext<'a>) -> Self {
        Self {
            ctx,
            windows: ShotWindows::new(ctx.plan.shot_gate.as_ref()),
            fades: FadeWatch::default(),
            slides: SlideWatch::default(),
            permit: None,
            times: Vec::new(),
            skipped: 0,
            answers: InOrder::new(ctx.client(&ctx.services.models.shots)),
            shown: 0,
        }
    }

    /// Takes a frame before all that count: it has a time and no score.
    pub(crate) fn skip(&mut self, frame: &Frame) {
        self.times.push(frame.time);
        self.fades.push(None);
        self.slides.push(frame.time, None);
        self.skipped = self.times.len();
    }

    /// Takes the next frame; fails when the model has failed.
    pub(crate) fn take(&mut self, frame: &Frame) -> anyhow::Result<()> {
        if self.permit.is_none() {
            self.permit = Some(self.wait_for_permit()?);
        }
        self.times.push(frame.time);
        self.fades.push(Some(&frame.small));
        self.slides.push(frame.time, Some(&frame.small));
        if let Some(window) = self.windows.push(&frame.small) {
            self.send(window)?;
        }
        if self.times.len().is_multiple_of(KEPT) {
            let start = self.times.first().copied().unwrap_or(frame.time);
            let seconds = frame.time.since(start).as_secs_f64();
            self.ctx.events.progress(Stage::Decode, seconds);
        }
        Ok(())
    }

    /// Sends what does not fill a window.
    pub(crate) fn send_rest(&mut self) -> anyhow::Result<()> {
        let rest = std::mem::take(&mut self.windows).finish();
        rest.into_iter().try_for_each(|window| self.send(window))
    }

    /// Waits for the model and returns the scores of all frames; where one follows that does not count, the last ends at `cut`.
    pub(crate) fn finish(
        self,
        decoded: &Decoded,
        cut: Option<Timestamp>,
    ) -> anyhow::Result<ShotScores> {
        let last = self.times.last().copied();
        self.tell_of_skipped();
        let mut scores = vec![FrameScore::default(); self.times.len()];
        let mut scored = Vec::new();
        for (frames, row) in self.answers.finish()? {
            let [start, end] = [frames.start, frames.end].map(|frame| frame + self.skipped);
            let slots = scores.iter_mut().skip(start);
            slots.zip(row).for_each(|(slot, score)| *slot = score);
            scored.push(start..end.min(self.times.len()));
        }
        for &(frame, _) in &decoded.reshaped {
            cut_before(&mut scores, frame);
        }
        Ok(ShotScores {
            end: cut
                .or(decoded.end)
                .or(last)
                .context("no frame has a time")?,
            fades: self.fades.finish(&self.times),
            changes: self.slides.finish(),
            times: self.times,
            corrupt: decoded.corrupt,
            vfr: decoded.vfr,
            scores,
            scored,
            shapes: decoded.reshaped.clone(),
        })
    }

    /// Reports how much less than every frame the model was shown, its context counted.
    fn tell_of_skipped(&self) {
        if self.ctx.plan.shot_gate.is_some() {
            let every = pictures_of_every_window(self.times.len() - self.skipped);
            let skipped = every.saturating_sub(self.shown);
            let events = &self.ctx.events;
            events.skipped(Stage::Shots, skipped as u64, every as u64);
        }
    }

    fn send(&mut self, window: ShotWindow) -> anyhow::Result<()> {
        let permit = match self.permit.take() {
            Some(permit) => permit,
            None => self.wait_for_permit()?,
        };
        self.shown += window.pictures();
        let frames = window.frames();
        self.answers.ask(frames, Permitted::new(window, permit))?;
        Ok(())
    }

    fn wait_for_permit(&mut self) -> anyhow::Result<Permit> {
        let budget = &self.ctx.services.memory.windows;
        self.ctx.stop.permit(budget, WINDOW_BYTES)
    }
}

/// Makes the scores say that a shot begins with a frame.
fn cut_before(scores: &mut [FrameScore], frame: u64) {
    const SURE: FrameScore = FrameScore {
        single: 1.0,
        many: 1.0,
    };
    let frame = usize::try_from(frame).unwrap_or(usize::MAX);
    if let Some(before) = frame.checked_sub(1)
        && let Some([last, first]) = scores.get_mut(before..=frame)
    {
        (*last, *first) = (SURE, FrameScore::default());
    }
}
