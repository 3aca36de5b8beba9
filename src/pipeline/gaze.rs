//! What one pass sees beside the shots: the look of every frame, and faces and likeness of a few larger pictures a second.

use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde::{Deserialize, Serialize};

use super::job::Work;
use super::sight::{Answer, Seen, Task, Wish};
use crate::analysis::Embedding;
use crate::analysis::faces::Detection;
use crate::analysis::look::{Appearance, Look, Rules};
use crate::analysis::signature::{SightSignature, Signature};
use crate::cache::{Key, KeyBuilder};
use crate::frame::{Frame, Picture};
use crate::media::Pictures;
use crate::timeline::Timestamp;

/// The cache's stage for what is seen in a pass.
pub(super) const CACHE_STAGE: &str = "sight";
/// Columns of a larger picture: faces are found as well as in wider ones.
pub const WIDTH: u32 = 512;
/// Pictures that travel together.
const BATCH: usize = 8;
/// From one picture whose likeness is kept to the next.
const LIKENESS_EVERY: Duration = Duration::from_secs(1);
/// Likenesses of one video, about: at 5 kB each, 20 MB; a video of more than an hour is asked less often.
const MOST_LIKENESSES: u32 = 4096;
/// How long a video is that does not say: ten hours, so that not too much is kept.
const UNKNOWN_LENGTH: Duration = Duration::from_secs(36_000);

/// What is seen in a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sight {
    /// Every picture that was searched for faces, in order, also those without one.
    pub(super) faces: Vec<(Timestamp, Vec<Detection>)>,
    /// What the video is like now and then, in order.
    pub(super) likeness: Vec<(Timestamp, Embedding)>,
    /// How it looks.
    pub(super) look: Appearance,
    /// What tells its moments from others.
    pub(super) signature: Signature,
}

/// Returns which larger pictures a job wants.
pub(super) fn pictures(work: &Work<'_>) -> Pictures {
    let every = work.run.settings.faces.at(work.job.settings.quality).every;
    Pictures {
        every,
        width: WIDTH,
    }
}

/// Returns the key of what is seen: the video's bytes, the models', and which pictures were shown to them.
pub(super) fn sight_key(work: &Work<'_>, content: &[u8]) -> Key {
    let pictures = pictures(work);
    KeyBuilder::new("sight-v2")
        .field(content)
        .field(work.run.tools.sight_digest().as_bytes())
        .field(&pictures.every.as_nanos().to_le_bytes())
        .field(&pictures.width.to_le_bytes())
        .finish()
}

/// Watches a pass: keeps its look, and sends larger pictures to the models.
pub(super) struct Gaze<'a> {
    work: &'a Work<'a>,
    look: Look,
    signature: SightSignature,
    batch: Vec<(Picture, Wish)>,
    times: Vec<Timestamp>,
    due: Option<Timestamp>,
    every: Duration,
    reply: Sender<Answer>,
    receiver: Receiver<Answer>,
    sent: usize,
    answers: Vec<(usize, Vec<Seen>)>,
    /// Time spent waiting for room or for a thread that takes the pictures.
    pub(super) waited: Duration,
}

impl<'a> Gaze<'a> {
    /// Returns a watcher that has seen nothing.
    pub(super) fn new(work: &'a Work<'a>) -> Self {
        let (reply, receiver) = unbounded();
        let length = work.media.duration.unwrap_or(UNKNOWN_LENGTH);
        Self {
            work,
            look: Look::new(Rules::default()),
            signature: SightSignature::default(),
            batch: Vec::new(),
            times: Vec::new(),
            due: None,
            every: LIKENESS_EVERY.max(length / MOST_LIKENESSES),
            reply,
            receiver,
            sent: 0,
            answers: Vec::new(),
            waited: Duration::ZERO,
        }
    }

    /// Takes the next frame; fails when a model has failed.
    pub(super) fn take(&mut self, frame: Frame) -> anyhow::Result<()> {
        self.look
            .push(frame.time, &frame.small, frame.picture.as_ref());
        self.signature.push(frame.time, &frame.small);
        let Some(picture) = frame.picture else {
            return Ok(());
        };
        let wish = Wish {
            faces: true,
            embedding: self.wants_likeness(frame.time),
            focus: false,
        };
        self.times.push(frame.time);
        self.batch.push((picture, wish));
        match self.batch.len() < BATCH {
            true => Ok(()),
            false => self.send(),
        }
    }

    /// Waits for the models and returns all that was seen; the last frame goes at `end`.
    pub(super) fn finish(mut self, end: Timestamp) -> anyhow::Result<Sight> {
        self.send()?;
        // Without this end of the channel, models that are gone are noticed.
        drop(std::mem::replace(&mut self.reply, unbounded().0));
        while self.answers.len() < self.sent {
            let answer = self.receiver.recv();
            let answer = answer.context("the picture models' threads are gone")?;
            self.answers.push(answer?);
        }
        self.answers.sort_by_key(|(first, _)| *first);
        let seen = self.answers.into_iter().flat_map(|(_, seen)| seen);
        let mut sight = Sight {
            faces: Vec::with_capacity(self.times.len()),
            likeness: Vec::new(),
            look: self.look.finish(end),
            signature: self.signature.finish(),
        };
        for (time, seen) in self.times.into_iter().zip(seen) {
            sight.faces.push((time, seen.faces));
            sight
                .likeness
                .extend(seen.embedding.map(|likeness| (time, likeness)));
        }
        Ok(sight)
    }

    /// Tells whether the likeness of a picture is wanted.
    fn wants_likeness(&mut self, time: Timestamp) -> bool {
        let due = self.due.is_none_or(|due| time >= due);
        if due {
            self.due = Some(time + self.every);
        }
        due
    }

    /// Sends the pictures that are there.
    fn send(&mut self) -> anyhow::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let pictures = std::mem::take(&mut self.batch);
        let bytes = pictures.iter().map(|(picture, _)| picture.rgb.len()).sum();
        let waiting = Instant::now();
        let task = Task {
            job: self.work.job.id.clone(),
            first: self.times.len() - pictures.len(),
            pictures,
            reply: self.reply.clone(),
            _permit: self.work.run.pictures.acquire(bytes),
        };
        let sent = self.work.pictures.send(task);
        sent.ok().context("the picture models' threads are gone")?;
        self.waited += waiting.elapsed();
        self.sent += 1;
        for answer in self.receiver.try_iter() {
            self.answers.push(answer?);
        }
        Ok(())
    }
}
