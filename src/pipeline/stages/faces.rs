//! Face detection in the decode pass: the pictures that must be searched go to the model, copies of the others wait until the
//! answers tell that they are spared.

use std::collections::VecDeque;
use std::sync::Arc;

use super::constant::FlatAnswers;
use crate::analysis::faces::{Detection, FaceModel, FaceSearch, SampledFaces, SparseSearch};
use crate::frame::{Frame, Picture};
use crate::memory::{Permit, Permitted};
use crate::pipeline::context::JobContext;
use crate::pipeline::models::{Client, Pending, SharedPicture};
use crate::timeline::{Stage, Timestamp};

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
    /// The pictures that were searched when they came: their numbers, times and surest faces.
    looks: Vec<(usize, Timestamp, Option<f32>)>,
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
    /// How sure the surest face is of each picture that was searched when it came.
    pub(crate) looks: Vec<(Timestamp, f32)>,
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
            looks: Vec::new(),
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
            self.looks.push((number, frame.time, None));
            return self.ask(number, Arc::clone(picture));
        }
        let copy = Picture::clone(picture);
        self.search.push_waiting(frame.time, copy);
        Ok(())
    }

    /// Returns how sure the surest face is of the last picture that was searched when it came; waits for the model.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub(crate) fn last_look(&mut self) -> anyhow::Result<f32> {
        while self.looks.last().is_some_and(|look| look.2.is_none()) {
            if !self.take_answer()? {
                break;
            }
        }
        let last = self.looks.last().and_then(|look| look.2);
        Ok(last.unwrap_or_default())
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
        let looks = self.looks.into_iter();
        let looks = looks.filter_map(|(_, time, surest)| Some((time, surest?)));
        Ok(FacesFound {
            faces,
            looks: looks.collect(),
            flat: self.flat,
        })
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
        let mut looks = self.looks.iter_mut().rev();
        if let Some(look) = looks.find(|look| look.0 == asked.number) {
            look.2 = Some(surest(&faces));
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

/// Returns how sure the surest of some faces is, 0 where there is none.
fn surest(faces: &[Detection]) -> f32 {
    faces.iter().map(|face| face.score).fold(0.0, f32::max)
}
