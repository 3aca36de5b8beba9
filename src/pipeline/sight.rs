//! The threads that own the models which see: pictures of all jobs in, what is seen in them back to each job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::Run;
use super::eye::{Eye, Sees};
use super::serving::Spent;
use crate::analysis::Embedding;
use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::{Detection, FaceModel};
use crate::analysis::saliency::{Map, SaliencyModel};
use crate::frame::Picture;
use crate::inference::Error;
use crate::memory::Permit;
use crate::report::{Event, Stage};

/// What is wanted of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wish {
    /// Where the faces are.
    pub(super) faces: bool,
    /// What it is like.
    pub(super) embedding: bool,
    /// Where one looks.
    pub(super) focus: bool,
}

/// What was seen in a picture: what was wished, nothing else.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Seen {
    pub(super) faces: Vec<Detection>,
    pub(super) embedding: Option<Embedding>,
    pub(super) focus: Option<Map>,
}

/// Pictures on their way to the models; their bytes are permitted as long as it lives.
pub(super) struct Task {
    pub(super) job: String,
    /// The first picture's place among those of its job; the others follow it.
    pub(super) first: usize,
    pub(super) pictures: Vec<(Picture, Wish)>,
    pub(super) reply: Sender<Answer>,
    pub(super) _permit: Permit,
}

/// What comes back: the first picture's place, and what is seen in it and those that follow.
pub(super) type Answer = Result<(usize, Vec<Seen>), Error>;

/// Answers tasks until nobody can send any.
pub(super) fn serve(inbox: &Receiver<Task>, run: &Run<'_>) {
    let mut eyes = Eyes::default();
    loop {
        let waiting = Instant::now();
        let Ok(first) = inbox.recv() else { return };
        let wait = waiting.elapsed();
        let tasks = fill(first, inbox, eyes.faces.batch());
        // A panic here must cost the jobs in the batch, not the run.
        let seen = catch_unwind(AssertUnwindSafe(|| eyes.look(&tasks, run, wait)))
            .unwrap_or_else(|_| Err(Error::Run("the thread of a picture model panicked".into())));
        reply(tasks, seen);
    }
}

/// Takes further tasks that are there already, up to about `size` pictures.
fn fill(first: Task, inbox: &Receiver<Task>, size: usize) -> Vec<Task> {
    let mut pictures = first.pictures.len();
    let mut tasks = vec![first];
    while pictures < size {
        let Ok(task) = inbox.try_recv() else { break };
        pictures += task.pictures.len();
        tasks.push(task);
    }
    tasks
}

/// The models of one thread, each opened when it is first needed.
#[derive(Default)]
struct Eyes {
    faces: Eye<FaceModel>,
    embed: Eye<EmbedModel>,
    saliency: Eye<SaliencyModel>,
}

impl Eyes {
    /// Returns what is seen in all pictures of the tasks, one after the other.
    fn look(&mut self, tasks: &[Task], run: &Run<'_>, wait: Duration) -> Result<Vec<Seen>, Error> {
        let asked = Asked { tasks, run, wait };
        let mut seen = vec![Seen::default(); tasks.iter().map(|task| task.pictures.len()).sum()];
        for (slot, faces) in asked.of(&mut self.faces, Stage::Faces, |wish| wish.faces)? {
            seen[slot].faces = faces;
        }
        for (slot, embedding) in asked.of(&mut self.embed, Stage::Embed, |wish| wish.embedding)? {
            seen[slot].embedding = Some(embedding);
        }
        for (slot, map) in asked.of(&mut self.saliency, Stage::Saliency, |wish| wish.focus)? {
            seen[slot].focus = Some(map);
        }
        Ok(seen)
    }
}

/// What is asked at once.
struct Asked<'a> {
    tasks: &'a [Task],
    run: &'a Run<'a>,
    wait: Duration,
}

impl Asked<'_> {
    /// Returns what a model says of the pictures whose wish is `wanted`, with their places among all.
    fn of<M: Sees>(
        &self,
        eye: &mut Eye<M>,
        stage: Stage,
        wanted: fn(&Wish) -> bool,
    ) -> Result<Vec<(usize, M::Answer)>, Error> {
        let all = self.tasks.iter().flat_map(|task| &task.pictures);
        let (slots, pictures): (Vec<usize>, Vec<&Picture>) = all
            .enumerate()
            .filter(|(_, (_, wish))| wanted(wish))
            .map(|(slot, (picture, _))| (slot, picture))
            .unzip();
        // The thread waited once for all of them, and faces are what it is asked for most.
        let wait = match stage {
            Stage::Faces => self.wait,
            _ => Duration::ZERO,
        };
        let (answers, spent) = eye.see(&pictures, self.run, wait)?;
        self.tell(stage, wanted, &spent, pictures.len());
        Ok(slots.into_iter().zip(answers).collect())
    }

    /// Reports what a model did for each job, shared out by pictures.
    fn tell(&self, stage: Stage, wanted: fn(&Wish) -> bool, spent: &Spent, all: usize) {
        let (all, mut wait) = (all.max(1) as u32, spent.wait);
        for task in self.tasks {
            let wishes = task.pictures.iter().filter(|(_, wish)| wanted(wish));
            let count = wishes.count() as u32;
            if count == 0 {
                continue;
            }
            self.run.send(Event::StageDone {
                job: task.job.clone(),
                stage,
                items: u64::from(count),
                wall: spent.wall * count / all,
                cpu: spent.cpu * count / all,
                wait: std::mem::take(&mut wait),
                cache: None,
            });
        }
    }
}

fn reply(tasks: Vec<Task>, seen: Result<Vec<Seen>, Error>) {
    // A job that has failed meanwhile no longer listens; that is no fault here.
    match seen {
        Ok(seen) => {
            let mut seen = seen.into_iter();
            for task in tasks {
                let own = seen.by_ref().take(task.pictures.len()).collect();
                let _ = task.reply.send(Ok((task.first, own)));
            }
        }
        Err(e) => tasks.into_iter().for_each(|task| {
            let _ = task.reply.send(Err(e.clone()));
        }),
    }
}
