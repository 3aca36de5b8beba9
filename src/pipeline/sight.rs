//! The threads that own the models which see: pictures of all jobs in, what is seen in them back to each job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::Run;
use crate::analysis::embed::{EmbedModel, Embedding};
use crate::analysis::faces::{DetectRules, Detection, FaceModel};
use crate::analysis::saliency::{Map, SaliencyModel};
use crate::clock::thread_cpu;
use crate::frame::Picture;
use crate::inference::{BatchSizer, Device, Error};
use crate::memory::Permit;
use crate::report::{Event, Level, Stage};

/// No device gains from more pictures than this at once.
const MOST_PICTURES: usize = 64;

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
    let mut eyes = Eyes::new(run);
    loop {
        let waiting = Instant::now();
        let Ok(first) = inbox.recv() else { return };
        let wait = waiting.elapsed();
        let tasks = eyes.fill(first, inbox);
        // A panic here must cost the jobs in the batch, not the run.
        let seen = catch_unwind(AssertUnwindSafe(|| eyes.look(&tasks, wait)))
            .unwrap_or_else(|_| Err(Error::Run("the thread of a picture model panicked".into())));
        reply(tasks, seen);
    }
}

/// The models of one thread, each opened when it is first needed.
struct Eyes<'a> {
    run: &'a Run<'a>,
    faces: Slot<FaceModel>,
    embed: Slot<EmbedModel>,
    saliency: Slot<SaliencyModel>,
}

/// A model that may have been opened, and how many pictures it takes at once.
struct Slot<M> {
    model: Option<Result<M, Error>>,
    sizer: BatchSizer,
}

impl<M> Default for Slot<M> {
    fn default() -> Self {
        let (model, sizer) = (None, BatchSizer::fixed(1));
        Self { model, sizer }
    }
}

impl<'a> Eyes<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        Self {
            run,
            faces: Slot::default(),
            embed: Slot::default(),
            saliency: Slot::default(),
        }
    }

    /// Takes further tasks that are there already, up to the batch that the face model likes.
    fn fill(&self, first: Task, inbox: &Receiver<Task>) -> Vec<Task> {
        let size = self.faces.sizer.size();
        let mut pictures = first.pictures.len();
        let mut tasks = vec![first];
        while pictures < size {
            let Ok(task) = inbox.try_recv() else { break };
            pictures += task.pictures.len();
            tasks.push(task);
        }
        tasks
    }

    /// Returns what is seen in all pictures of the tasks, one after the other.
    fn look(&mut self, tasks: &[Task], wait: Duration) -> Result<Vec<Seen>, Error> {
        let all: Vec<&(Picture, Wish)> = tasks.iter().flat_map(|task| &task.pictures).collect();
        let mut seen = vec![Seen::default(); all.len()];
        let told = Told {
            run: self.run,
            tasks,
            wait,
        };
        let open = |stage| move |run: &Run<'_>| run.tools.open_sight(run, stage);
        let rules = DetectRules::default();
        let faces = self.faces.run(
            &told,
            Stage::Faces,
            &all,
            |run| run.tools.open_faces(run),
            |wish| wish.faces,
            |model, pictures, sizer| model.detect(pictures, &rules, sizer),
        )?;
        faces
            .into_iter()
            .for_each(|(place, faces)| seen[place].faces = faces);
        Ok(seen)
    }
}
