//! One pass over a video: every frame decoded once, its small picture scored, the answers kept.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde::{Deserialize, Serialize};

use super::gaze::{self, Gaze, Sight, sight_key};
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

/// Returns what a pass over the job's video finds, and what is seen in it where `sight` is wanted; from the cache where it
/// is known. The video is decoded once, for all that is not.
pub(super) fn pass(
    work: &Work<'_>,
    content: &[u8],
    sight: bool,
) -> anyhow::Result<(Pass, Option<Sight>)> {
    let keys = (
        pass_key(content, work.run.shot_model_digest()),
        sight_key(work, content),
    );
    let known = recall::<Pass>(work.run, CACHE_STAGE, &keys.0).filter(Pass::is_whole);
    let seen = recall::<Sight>(work.run, gaze::CACHE_STAGE, &keys.1).filter(|_| sight);
    let watch = Stopwatch::start();
    let answers = [
        (known.is_some(), &[Stage::Decode, Stage::Shots][..]),
        (seen.is_some(), &[Stage::Faces, Stage::Embed][..]),
    ];
    for stage in answers.iter().filter(|(hit, _)| *hit).flat_map(|a| a.1) {
        work.stage(*stage, 0, &watch, Duration::ZERO, Some(CacheAnswer::Hit));
    }
    let wanted = Wanted {
        shots: known.is_none(),
        sight: sight && seen.is_none(),
    };
    if !wanted.shots && !wanted.sight {
        return Ok((known.context("nothing is known of the pass")?, seen));
    }
    let found = decode_for(work, wanted, known)?;
    // A video that changed or broke off must not be remembered as whole.
    if wanted.shots {
        keep(work.run, CACHE_STAGE, &keys.0, &found.0);
    }
    if let Some(new) = &found.1 {
        keep(work.run, gaze::CACHE_STAGE, &keys.1, new);
    }
    Ok((found.0, found.1.or(seen)))
}

/// What a pass is made for.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    shots: bool,
    sight: bool,
}

impl Wanted {
    /// Returns the models that are asked.
    fn stages(self) -> impl Iterator<Item = Stage> {
        let stages = [
            (self.shots, Stage::Shots),
            (self.sight, Stage::Faces),
            (self.sight, Stage::Embed),
        ];
        let asked = stages.into_iter().filter(|(wanted, _)| *wanted);
        asked.map(|(_, stage)| stage)
    }
}

/// Decodes the video for what is wanted; `known` is what an earlier pass found.
fn decode_for(
    work: &Work<'_>,
    wanted: Wanted,
    known: Option<Pass>,
) -> anyhow::Result<(Pass, Option<Sight>)> {
    let watch = Stopwatch::start();
    let mut feeder = wanted.shots.then(|| Feeder::new(work));
    let mut gaze = wanted.sight.then(|| Gaze::new(work));
    let plan = DecodePlan {
        threads: work.run.settings.decode_threads,
        pictures: wanted.sight.then(|| gaze::pictures(work)),
    };
    let decoded = decode_all(work, &plan, |frame| {
        work.check_abort()?;
        if let Some(feeder) = &mut feeder {
            feeder.take(&frame)?;
        }
        match &mut gaze {
            Some(gaze) => gaze.take(frame),
            None => Ok(()),
        }
    })?;
    if let Some(feeder) = &mut feeder {
        feeder.finish()?;
    }
    let waited = [
        feeder.as_ref().map(|feeder| feeder.waited),
        gaze.as_ref().map(|gaze| gaze.waited),
    ];
    let miss = Some(CacheAnswer::Miss);
    // The models' own time comes from their threads; here is only that they had to be asked.
    let asked = Stopwatch::start();
    for stage in wanted.stages() {
        work.stage(stage, 0, &asked, Duration::ZERO, miss);
    }
    let waited = waited.into_iter().flatten().sum();
    work.stage(Stage::Decode, decoded.frames, &watch, waited, miss);
    let pass = match (feeder, known) {
        (Some(feeder), _) => feeder.into_pass(&decoded)?,
        (None, known) => known.context("nothing is known of the pass")?,
    };
    let sight = gaze.map(|gaze| gaze.finish(pass.end)).transpose()?;
    Ok((pass, sight))
}

/// Shows every frame to `take` until it fails.
fn decode_all(
    work: &Work<'_>,
    plan: &DecodePlan,
    mut take: impl FnMut(Frame) -> anyhow::Result<()>,
) -> anyhow::Result<Decoded> {
    let mut stopped = None;
    let limits = work.run.limits();
    let decoded = decode(
        work.input(),
        work.media,
        plan,
        &limits,
        &mut |frame| match take(frame) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                stopped = Some(e);
                ControlFlow::Break(())
            }
        },
    );
    match stopped {
        Some(e) => Err(e),
        None => Ok(decoded?),
    }
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

    /// Takes the next frame; fails when the model has failed.
    fn take(&mut self, frame: &Frame) -> anyhow::Result<()> {
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

    /// Waits for the model and returns what the pass found.
    fn into_pass(self, decoded: &Decoded) -> anyhow::Result<Pass> {
        let scores = self.answers.all(self.times.len())?;
        let last = self.times.last().copied();
        Ok(Pass {
            end: decoded.end.or(last).context("no frame has a time")?,
            times: self.times,
            corrupt: decoded.corrupt,
            vfr: decoded.vfr,
            scores,
        })
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
