//! Face detection in the decode pass: the pictures that must be searched go to the model, copies of the others wait until the
//! answers tell that they are spared.

use std::collections::VecDeque;
use std::sync::Arc;

use super::constant::FlatAnswers;
use crate::analysis::faces::{FaceModel, FaceSearch, SampledFaces, SparseSearch};
use crate::frame::{Frame, Picture};
use crate::memory::{Permit, Permitted};
use crate::pipeline::context::JobContext;
use crate::pipeline::models::{Client, Pending, SharedPicture};
use crate::timeline::Stage;

/// Stretches between two searched pictures whose copies are held at once: one that is being decoded, others whose ends are being
/// searched.
const STRETCHES: usize = 3;

/// Follows a decode pass and finds the faces of its larger pictures.
pub(crate) struct FacePass<'a> {
    ctx: &'a JobContext<'a>,
    client: Client<'a, FaceModel>,
    search: SparseSearch<Picture>,
    asked: VecDeque<Asked>,
    flat: FlatAnswers,
    searched: u64,
    is_due: bool,
    /// Copies that may be held, and the permit for all of them.
    room: (usize, Option<Permit>),
}

/// A picture that is being searched.
struct Asked {
    number: usize,
    shows_something: bool,
    answer: Pending<FaceModel>,
}

/// The faces of a video's pictures.
pub(crate) struct FacesFound {
    pub(crate) faces: Vec<SampledFaces>,
    /// Searches whose map says one and the same of every place.
    pub(crate) flat: FlatAnswers,
}

impl<'a> FacePass<'a> {
    /// Returns a pass that has seen no picture; waits for the room that copies of `bytes` each need.
    ///
    /// A job takes it while it holds nothing, and what others hold of it does not wait for this job.
    ///
    /// # Errors
    /// That the job must stop.
    pub(crate) fn new(ctx: &'a JobContext<'a>, bytes: usize) -> anyhow::Result<Self> {
        let interval = ctx.plan.face_interval;
        let rules = ctx.plan.sparse_faces;
        let copies = STRETCHES * rules.map_or(0, |rules| rules.most_waiting(interval));
        let budget = &ctx.services.memory.copies;
        let permit = (copies > 0).then(|| ctx.stop.permit(budget, copies * bytes));
        Ok(Self {
            ctx,
            client: ctx.client(&ctx.services.models.faces),
            search: SparseSearch::new(rules, interval),
            asked: VecDeque::new(),
            flat: FlatAnswers::default(),
            searched: 0,
            is_due: true,
            room: (copies, permit.transpose()?),
        })
    }

    /// Makes ready for a frame whose larger picture has no permit yet: asks about copies that are due, and makes room for one more.
    ///
    /// # Errors
    /// What the model says; that the job must stop.
    pub(crate) fn prepare(&mut self, frame: &Frame) -> anyhow::Result<()> {
        self.is_due = self.search.is_next_due(frame.time, &frame.small);
        self.ask_due()?;
        while self
            .asked
            .front()
            .is_some_and(|asked| asked.answer.is_ready())
            || self.is_full()
        {
            if !self.take_answer()? {
                break;
            }
        }
        Ok(())
    }

    /// Takes the larger picture of the frame.
    ///
    /// # Errors
    /// That the model is gone, or the job must stop.
    pub(crate) fn take(&mut self, frame: &Frame, picture: &SharedPicture) -> anyhow::Result<()> {
        if self.is_due {
            let number = self.search.push_searched(frame.time);
            return self.ask(number, Arc::clone(picture));
        }
        let copy = Picture::clone(picture);
        self.search.push_waiting(frame.time, copy);
        Ok(())
    }

    /// Waits for the model and returns the faces of all pictures.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub(crate) fn finish(mut self) -> anyhow::Result<FacesFound> {
        self.search.end_stretch();
        self.ask_due()?;
        while self.take_answer()? {}
        let faces = self.search.finish();
        if self.ctx.plan.sparse_faces.is_some() {
            let all = faces.len() as u64;
            let events = &self.ctx.events;
            events.skipped(Stage::Faces, all - self.searched, all);
        }
        let flat = self.flat;
        Ok(FacesFound { faces, flat })
    }

    fn is_full(&self) -> bool {
        !self.is_due && self.search.held() >= self.room.0
    }

    /// Waits for the answer about the first picture that was asked about, and asks what it makes due; false where there is none.
    fn take_answer(&mut self) -> anyhow::Result<bool> {
        let Some(asked) = self.asked.pop_front() else {
            return Ok(false);
        };
        let FaceSearch { faces, is_flat } = self.client.wait(asked.answer)?;
        if asked.shows_something {
            self.flat.push(is_flat);
        }
        self.search.answer(asked.number, faces);
        self.ask_due()?;
        Ok(true)
    }

    fn ask_due(&mut self) -> anyhow::Result<()> {
        while let Some((number, picture)) = self.search.take_due() {
            let budget = &self.ctx.services.memory.pictures;
            let permit = self.ctx.stop.permit(budget, picture.rgb.len())?;
            self.ask(number, Arc::new(Permitted::new(picture, permit)))?;
        }
        Ok(())
    }

    fn ask(&mut self, number: usize, picture: SharedPicture) -> anyhow::Result<()> {
        let shows_something = !picture.is_plain();
        self.searched += 1;
        self.asked.push_back(Asked {
            number,
            shows_something,
            answer: self.client.ask(picture)?,
        });
        Ok(())
    }
}
