//! One pass over a video: every frame decoded once, its small picture scored, the answers kept.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde::{Deserialize, Serialize};

use super::job::Work;
use super::memo::{keep, recall};
use super::model::{Answer, Task};
use crate::analysis::shots::{FrameScore, KEPT, WINDOW, Window, Windows};
use crate::cache::{Key, KeyBuilder};
use crate::clock::Stopwatch;
use crate::frame::{Frame, SMALL_BYTES};
use crate::media::{DecodePlan, Decoded, decode};
use crate::memory::Permit;
use crate::report::{CacheAnswer, Event, Stage};
use crate::timeline::Timestamp;

/// The cache's stage for what one pass finds.
pub(super) const CACHE_STAGE: &str = "shots";
/// Bytes of one window in flight.
pub(super) const WINDOW_BYTES: usize = WINDOW * SMALL_BYTES;

/// What one pass over a video finds; everything later is computed from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pass {
    /// When each frame is shown.
    pub(super) times: Vec<Timestamp>,
    /// When the last frame goes.
    pub(super) end: Timestamp,
    /// Packets and frames that could not be decoded.
    pub(super) corrupt: u64,
    /// Whether the time between frames varies.
    pub(super) vfr: bool,
    /// What the shot model says of each frame.
    pub(super) scores: Vec<FrameScore>,
}

impl Pass {
    /// Tells whether every frame has its score, and there is one.
    fn is_whole(&self) -> bool {
        self.times.len() == self.scores.len() && !self.times.is_empty()
    }
}

/// Returns the key of a pass: the video's bytes and the model's, and how the one is shown to the other.
pub(super) fn pass_key(content: &[u8], model: &str) -> Key {
    KeyBuilder::new("shots-v1")
        .field(content)
        .field(model.as_bytes())
        .field(&(WINDOW as u32).to_le_bytes())
        .field(&(KEPT as u32).to_le_bytes())
        .finish()
}

/// Returns what a pass over the job's video finds, from the cache where it is known.
pub(super) fn pass(work: &Work<'_>, content: &[u8]) -> anyhow::Result<Pass> {
    let key = pass_key(content, work.run.shot_model_digest());
    let watch = Stopwatch::start();
    if let Some(known) = recall(work.run, CACHE_STAGE, &key).filter(Pass::is_whole) {
        for stage in [Stage::Decode, Stage::Shots] {
            work.stage(stage, 0, &watch, Duration::ZERO, Some(CacheAnswer::Hit));
        }
        return Ok(known);
    }
    let found = decode_and_score(work)?;
    // A video that changed or broke off must not be remembered as whole.
    keep(work.run, CACHE_STAGE, &key, &found);
    Ok(found)
}

fn decode_and_score(work: &Work<'_>) -> anyhow::Result<Pass> {
    let watch = Stopwatch::start();
    let mut feeder = Feeder::new(work);
    let plan = DecodePlan {
        threads: work.run.settings.decode_threads,
        pictures: None,
    };
    let mut stopped = None;
    let decoded = decode(
        work.input(),
        work.media,
        &plan,
        &work.run.limits(),
        &mut |frame| match feeder.take(&frame) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                stopped = Some(e);
                ControlFlow::Break(())
            }
        },
    );
    if let Some(e) = stopped {
        return Err(e);
    }
    let decoded = decoded?;
    feeder.finish()?;
    // The model's own time comes from its threads; here is only that it had to be asked.
    let asked = Stopwatch::start();
    work.stage(
        Stage::Shots,
        0,
        &asked,
        Duration::ZERO,
        Some(CacheAnswer::Miss),
    );
    work.stage(
        Stage::Decode,
        decoded.frames,
        &watch,
        feeder.waited,
        Some(CacheAnswer::Miss),
    );
    let scores = feeder.answers.all(feeder.times.len())?;
    let end = decoded
        .end
        .or(feeder.times.last().copied())
        .context("no frame has a time")?;
    let Decoded { corrupt, vfr, .. } = decoded;
    Ok(Pass {
        times: feeder.times,
        end,
        corrupt,
        vfr,
        scores,
    })
}

/// Turns frames into windows and sends them to the model, each with its permit.
struct Feeder<'a> {
    work: &'a Work<'a>,
    windows: Windows,
    permit: Option<Permit>,
    times: Vec<Timestamp>,
    reply: Sender<Answer>,
    answers: Answers,
    waited: Duration,
}

impl<'a> Feeder<'a> {
    fn new(work: &'a Work<'a>) -> Self {
        let (reply, receiver) = unbounded();
        Self {
            work,
            windows: Windows::default(),
            permit: None,
            times: Vec::new(),
            reply,
            answers: Answers {
                receiver,
                sent: 0,
                rows: Vec::new(),
            },
            waited: Duration::ZERO,
        }
    }

    /// Takes the next frame; fails when the run is aborted or the model has failed.
    fn take(&mut self, frame: &Frame) -> anyhow::Result<()> {
        self.work.check_abort()?;
        if self.permit.is_none() {
            self.permit = Some(self.wait_for_permit());
        }
        self.times.push(frame.time);
        if let Some(window) = self.windows.push(&frame.small) {
            self.send(window)?;
            self.answers.collect()?;
            self.progress(frame.time);
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        std::mem::take(&mut self.windows)
            .finish()
            .into_iter()
            .try_for_each(|w| self.send(w))
    }

    fn send(&mut self, window: Window) -> anyhow::Result<()> {
        let permit = self.permit.take().unwrap_or_else(|| self.wait_for_permit());
        let (job, reply) = (self.work.job.id.clone(), self.reply.clone());
        let waiting = Instant::now();
        let task = Task {
            job,
            window,
            reply,
            _permit: permit,
        };
        self.work
            .windows
            .send(task)
            .ok()
            .context("the shot model's threads are gone")?;
        self.answers.sent += 1;
        self.waited += waiting.elapsed();
        Ok(())
    }

    fn wait_for_permit(&mut self) -> Permit {
        let waiting = Instant::now();
        let permit = self.work.run.budget.acquire(WINDOW_BYTES);
        self.waited += waiting.elapsed();
        permit
    }

    fn progress(&self, time: Timestamp) {
        let start = self.times.first().copied().unwrap_or(time);
        self.work.send(Event::JobProgress {
            job: self.work.job.id.clone(),
            stage: Stage::Decode,
            seconds: time.since(start).as_secs_f64(),
        });
    }
}

/// Scores as they come back, in any order.
struct Answers {
    receiver: Receiver<Answer>,
    sent: usize,
    rows: Vec<(usize, Vec<FrameScore>)>,
}

impl Answers {
    /// Takes what is there, without waiting.
    fn collect(&mut self) -> anyhow::Result<()> {
        for answer in self.receiver.try_iter() {
            self.rows.push(answer?);
        }
        Ok(())
    }

    /// Waits for the rest and returns the score of each of `frames` frames.
    fn all(mut self, frames: usize) -> anyhow::Result<Vec<FrameScore>> {
        while self.rows.len() < self.sent {
            let answer = self
                .receiver
                .recv()
                .context("the shot model's threads are gone")?;
            self.rows.push(answer?);
        }
        let mut scores = vec![FrameScore::default(); frames];
        for (first, row) in self.rows {
            scores
                .iter_mut()
                .skip(first)
                .zip(row)
                .for_each(|(slot, score)| *slot = score);
        }
        Ok(scores)
    }
}
