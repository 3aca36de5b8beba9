//! The threads that own a model: windows of all jobs in, scores back to each job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::serving::{Spent, announce, cpu_of, tell_batch};
use crate::analysis::shots::{FrameScore, ShotModel, Window};
use crate::inference::{BatchSizer, Device, Error, Session};
use crate::memory::Permit;
use crate::report::{Event, Stage};

/// What the model is called in reports.
const NAME: &str = "transnetv2";

/// One window on its way to the model; its bytes are permitted as long as it lives.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) job: String,
    pub(super) window: Window,
    pub(super) reply: Sender<Answer>,
    pub(super) _permit: Permit,
}

/// What comes back: the first frame of the window and its scores.
pub(super) type Answer = Result<(usize, Vec<FrameScore>), Error>;

impl AsRef<Window> for Task {
    fn as_ref(&self) -> &Window {
        &self.window
    }
}

/// Answers windows until nobody can send any, and returns what was learnt about the batch size.
///
/// The model is opened for the first window: a run whose work is all cached loads none.
pub(super) fn serve(
    inbox: &Receiver<Task>,
    open: impl Fn() -> Result<ShotModel, Error>,
    sizer_for: impl Fn(Device) -> BatchSizer,
    events: &Sender<Event>,
) -> Option<(Device, BatchSizer)> {
    let mut model: Option<Result<ShotModel, Error>> = None;
    let mut sizer = BatchSizer::fixed(1);
    loop {
        let waiting = Instant::now();
        let Ok(first) = inbox.recv() else {
            return model?.ok().map(|model| (model.session().device(), sizer));
        };
        let wait = waiting.elapsed();
        let tasks = fill(first, inbox, sizer.size());
        let model = model.get_or_insert_with(|| {
            let opened = open()?;
            announce(NAME, opened.session(), events);
            sizer = sizer_for(opened.session().device());
            Ok(opened)
        });
        let (begun, cpu) = (Instant::now(), cpu_of(sessions(model)));
        let answers = score(model, &tasks, &mut sizer);
        let cpu = cpu_of(sessions(model)).saturating_sub(cpu);
        if let (Ok(model), Ok(_)) = (&model, &answers) {
            let wall = begun.elapsed();
            tell(&tasks, model, &Spent { wall, cpu, wait }, events);
        }
        if let Err(lost @ Error::DeviceLost(_)) = &answers {
            *model = Err(lost.clone());
        }
        reply(tasks, answers);
    }
}

fn sessions(model: &Result<ShotModel, Error>) -> impl Iterator<Item = &Session> {
    model.iter().map(ShotModel::session)
}

fn fill(first: Task, inbox: &Receiver<Task>, size: usize) -> Vec<Task> {
    let more = inbox.try_iter().take(size.saturating_sub(1));
    std::iter::once(first).chain(more).collect()
}

fn score(
    model: &mut Result<ShotModel, Error>,
    tasks: &[Task],
    sizer: &mut BatchSizer,
) -> Result<Vec<Vec<FrameScore>>, Error> {
    let model = model.as_mut().map_err(|e| e.clone())?;
    // A panic here must cost the jobs in the batch, not the run.
    catch_unwind(AssertUnwindSafe(|| model.score(tasks, sizer)))
        .unwrap_or_else(|_| Err(Error::Run("the model's thread panicked".into())))
}

fn reply(tasks: Vec<Task>, answers: Result<Vec<Vec<FrameScore>>, Error>) {
    // A job that has failed meanwhile no longer listens; that is no fault here.
    match answers {
        Ok(rows) => tasks.into_iter().zip(rows).for_each(|(task, scores)| {
            let _ = task.reply.send(Ok((task.window.first_frame, scores)));
        }),
        Err(e) => tasks.into_iter().for_each(|task| {
            let _ = task.reply.send(Err(e.clone()));
        }),
    }
}

fn tell(tasks: &[Task], model: &ShotModel, spent: &Spent, events: &Sender<Event>) {
    let share = tasks.len() as u32;
    for (slot, task) in tasks.iter().enumerate() {
        let wait = if slot == 0 {
            spent.wait
        } else {
            Duration::ZERO
        };
        let _ = events.send(Event::StageDone {
            job: task.job.clone(),
            stage: Stage::Shots,
            items: 1,
            wall: spent.wall / share,
            cpu: spent.cpu / share,
            wait,
            cache: None,
        });
    }
    tell_batch(NAME, model.session(), tasks.len(), spent, events);
}
