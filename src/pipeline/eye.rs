//! One model that sees, opened when it is first needed, and what it costs.

use std::time::Duration;

use super::Run;
use super::serving::{Spent, announce, cpu_of, tell_batch};
use crate::analysis::Embedding;
use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::{DetectRules, Detection, FaceModel};
use crate::analysis::saliency::{Map, SaliencyModel};
use crate::clock::Stopwatch;
use crate::frame::Picture;
use crate::inference::{BatchSizer, Device, Error, Session};
use crate::settings::Auto;

/// No device gains from more pictures than this at once.
const MOST_PICTURES: usize = 64;

/// A model that answers one question about pictures.
pub(super) trait Sees: Sized {
    /// What it says of one picture.
    type Answer;
    /// What people call it.
    const NAME: &'static str;

    /// Loads it.
    fn open(run: &Run<'_>) -> Result<Self, Error>;
    /// Returns what it runs in.
    fn session(&self) -> &Session;
    /// Returns what it says of each picture, in their order.
    fn see(
        &mut self,
        pictures: &[&Picture],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Self::Answer>, Error>;
}

impl Sees for FaceModel {
    type Answer = Vec<Detection>;
    const NAME: &'static str = "centerface";

    fn open(run: &Run<'_>) -> Result<Self, Error> {
        run.tools.open_faces(run)
    }

    fn session(&self) -> &Session {
        self.session()
    }

    fn see(
        &mut self,
        pictures: &[&Picture],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Vec<Detection>>, Error> {
        self.detect(pictures, &DetectRules::default(), sizer)
    }
}

impl Sees for EmbedModel {
    type Answer = Embedding;
    const NAME: &'static str = "efficientnet_lite0";

    fn open(run: &Run<'_>) -> Result<Self, Error> {
        run.tools.open_embed(run)
    }

    fn session(&self) -> &Session {
        self.session()
    }

    fn see(
        &mut self,
        pictures: &[&Picture],
        sizer: &mut BatchSizer,
    ) -> Result<Vec<Embedding>, Error> {
        self.embed(pictures, sizer)
    }
}

impl Sees for SaliencyModel {
    type Answer = Map;
    const NAME: &'static str = "vit_s_focus";

    fn open(run: &Run<'_>) -> Result<Self, Error> {
        run.tools.open_saliency(run)
    }

    fn session(&self) -> &Session {
        self.session()
    }

    fn see(&mut self, pictures: &[&Picture], sizer: &mut BatchSizer) -> Result<Vec<Map>, Error> {
        self.map(pictures, sizer)
    }
}

/// A model that may have been opened, and how many pictures it takes at once.
pub(super) struct Eye<M> {
    model: Option<Result<M, Error>>,
    sizer: BatchSizer,
}

impl<M> Default for Eye<M> {
    fn default() -> Self {
        let (model, sizer) = (None, BatchSizer::fixed(1));
        Self { model, sizer }
    }
}

impl<M: Sees> Eye<M> {
    /// Returns how many pictures the model likes at once.
    pub(super) fn batch(&self) -> usize {
        self.sizer.size()
    }

    /// Returns what the model says of each picture, and what that took after `wait`; without pictures it is not opened.
    pub(super) fn see(
        &mut self,
        pictures: &[&Picture],
        run: &Run<'_>,
        wait: Duration,
    ) -> Result<(Vec<M::Answer>, Spent), Error> {
        let watch = Stopwatch::start();
        let mut spent = Spent {
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            wait,
        };
        if pictures.is_empty() {
            return Ok((Vec::new(), spent));
        }
        let (model, sizer) = self.opened(run)?;
        let before = cpu_of([model.session()]);
        let answers = model.see(pictures, sizer);
        spent.wall = watch.wall();
        spent.cpu = cpu_of([model.session()]).saturating_sub(before);
        match answers {
            Ok(answers) => {
                let (session, size) = (model.session(), pictures.len());
                tell_batch(M::NAME, session, size, &spent, &run.events);
                Ok((answers, spent))
            }
            Err(lost @ Error::DeviceLost(_)) => {
                self.model = Some(Err(lost.clone()));
                Err(lost)
            }
            Err(e) => Err(e),
        }
    }

    fn opened(&mut self, run: &Run<'_>) -> Result<(&mut M, &mut BatchSizer), Error> {
        let model = self.model.get_or_insert_with(|| {
            let model = M::open(run)?;
            announce(M::NAME, model.session(), &run.events);
            self.sizer = sizer(run, model.session().device());
            Ok(model)
        });
        match model {
            Ok(model) => Ok((model, &mut self.sizer)),
            Err(e) => Err(e.clone()),
        }
    }
}

/// Returns the batch that was asked for; one that measures on a GPU; one picture on a CPU, where more gain nothing.
fn sizer(run: &Run<'_>, device: Device) -> BatchSizer {
    match (run.settings.inference.batch, device) {
        (Auto::Set(size), _) => BatchSizer::fixed(size),
        (Auto::Auto, Device::Cpu) => BatchSizer::fixed(1),
        (Auto::Auto, Device::Cuda(_)) => BatchSizer::measured(MOST_PICTURES),
    }
}
