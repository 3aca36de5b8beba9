//! Every model behind one server: who asks gets a [`Client`], the run spawns the servers.

mod audio;
mod client;
mod model;
mod panics;
mod pool;
mod queue;
pub(crate) mod registry;
mod replies;
mod runner;
mod server;
mod shots;
mod text;
mod vision;
mod whisper;

use std::sync::Arc;
use std::thread::Scope;
use std::time::Instant;

use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::{FaceMeshModel, FaceModel};
use crate::analysis::persons::PersonModel;
use crate::analysis::picture_text::{PictureTextModel, TextReader};
use crate::analysis::saliency::SaliencyModel;
use crate::analysis::shots::ShotModel;
use crate::analysis::sound::SoundModel;
use crate::analysis::speech::SpeechModel;
use crate::analysis::text::TextModel;
use crate::analysis::thought::ThoughtModel;
use crate::analysis::transcript::Transcriber;
use crate::cache::Key;
use crate::inference::{BatchSizer, Device, describe_gpu};
use crate::memory::MemoryBudget;
use crate::pipeline::cached::{Record, StageCache};
use crate::pipeline::cancel::Cancel;
use crate::pipeline::events::Events;
use crate::pipeline::faults::Faults;
use crate::pipeline::lane::on_lane;
use crate::pipeline::outcome::NoThread;
use crate::pipeline::threads::spawn_some;
use crate::pipeline::watchdog::Watchdog;
use crate::pipeline::work_memory::WorkMemory;
use crate::settings::{Auto, Inference, LEAST_WORK};

pub(crate) use audio::{SOUND_DETAIL, SpeechBlock};
pub(crate) use client::{Client, InOrder, Pending};
pub(crate) use registry::WhisperSize;
pub(crate) use server::Lost;
pub(crate) use vision::SharedPicture;
pub(crate) use whisper::{Question, SpeechBatch, Transcription};

use client::Request;
pub(crate) use model::Model;
use model::{Batching, ModelPlace};
use pool::ServerPool;
use queue::ByteQueue;
use registry::Registry;
use server::Server;

/// Bytes that a queue holds before its model is opened: enough that a decoder does not wait for each answer.
const QUEUE_BYTES: usize = 4 << 20;

/// The requests of one model.
pub(crate) type Requests<M> = ByteQueue<Request<M>>;

/// The queues of all models.
pub(crate) struct Models {
    pub(crate) shots: Requests<ShotModel>,
    pub(crate) faces: Requests<FaceModel>,
    pub(crate) persons: Requests<PersonModel>,
    pub(crate) embed: Requests<EmbedModel>,
    pub(crate) saliency: Requests<SaliencyModel>,
    /// The model that reads text in the picture.
    pub(crate) text_reader: Requests<TextReader>,
    /// The model that tells whether eyes are open.
    pub(crate) face_mesh: Requests<FaceMeshModel>,
    pub(crate) picture_text: Requests<PictureTextModel>,
    pub(crate) speech: Requests<SpeechModel>,
    pub(crate) sound: Requests<SoundModel>,
    pub(crate) end_of_thought: Requests<ThoughtModel>,
    pub(crate) whisper_base: Requests<Transcriber>,
    pub(crate) whisper_tiny: Requests<Transcriber>,
    pub(crate) text: Requests<TextModel>,
    /// Runs on the CPU of the models that look at single pictures.
    picture_runs: MemoryBudget,
}

/// What the servers of a run work with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Serving<'a> {
    /// The model files.
    pub(crate) registry: &'a Registry,
    /// Sessions, threads and batches.
    pub(crate) settings: &'a Inference,
    /// Remembers measured batch sizes.
    pub(crate) cache: &'a StageCache<'a>,
    /// Runs on the CPU that a server may have under way together with others.
    pub(crate) cpu_runs: Option<&'a MemoryBudget>,
    /// Bytes of open models and their runs, all servers together.
    pub(crate) work: &'a WorkMemory,
    /// Bytes that inputs on their way may hold.
    pub(crate) inputs: usize,
    /// Who is told.
    pub(crate) events: &'a Events,
    /// When nobody waits for a run any more.
    pub(crate) cancel: &'a Cancel,
    /// When a run hangs.
    pub(crate) watchdog: &'a Watchdog,
    /// What is to break.
    pub(crate) faults: &'a Arc<Faults>,
}

impl Models {
    /// Returns empty queues for servers of so many sessions each.
    pub(crate) fn new(sessions: usize) -> Self {
        Self {
            shots: ByteQueue::new(QUEUE_BYTES),
            faces: ByteQueue::new(QUEUE_BYTES),
            persons: ByteQueue::new(QUEUE_BYTES),
            embed: ByteQueue::new(QUEUE_BYTES),
            saliency: ByteQueue::new(QUEUE_BYTES),
            text_reader: ByteQueue::new(QUEUE_BYTES),
            face_mesh: ByteQueue::new(QUEUE_BYTES),
            picture_text: ByteQueue::new(QUEUE_BYTES),
            speech: ByteQueue::new(QUEUE_BYTES),
            sound: ByteQueue::new(QUEUE_BYTES),
            end_of_thought: ByteQueue::new(QUEUE_BYTES),
            whisper_base: ByteQueue::new(QUEUE_BYTES),
            whisper_tiny: ByteQueue::new(QUEUE_BYTES),
            text: ByteQueue::new(QUEUE_BYTES),
            picture_runs: MemoryBudget::new(sessions),
        }
    }

    /// Returns the requests of a Whisper model.
    pub(crate) fn whisper(&self, size: WhisperSize) -> &Requests<Transcriber> {
        match size {
            WhisperSize::Base => &self.whisper_base,
            WhisperSize::TinyEnglish => &self.whisper_tiny,
        }
    }

    /// Starts the servers of all models; they end when the queues are closed.
    ///
    /// # Errors
    /// [`NoThread`] when a model would have none.
    pub(crate) fn spawn<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        serving: Serving<'s>,
    ) -> Result<(), NoThread> {
        self.spawn_picture_models(scope, serving)?;
        let (registry, threads) = (serving.registry, serving.settings.threads);
        let shots = registry.shots_digest();
        let opened = move |lost| registry.open_shots(threads, lost);
        spawn(scope, serving, &self.shots, "shots", shots, opened)?;
        let opened = move |_| registry.open_speech();
        spawn(scope, serving, &self.speech, "speech", "", opened)?;
        let opened = move |_| registry.open_sound();
        spawn(scope, serving, &self.sound, "sound", "", opened)?;
        if registry.end_of_thought_digest().is_some() {
            let (queue, opened) = (&self.end_of_thought, move |_| {
                registry.open_end_of_thought()
            });
            spawn(scope, serving, queue, "end-of-thought", "", opened)?;
        }
        let opened = move |_| registry.open_text();
        spawn(scope, serving, &self.text, "text", "", opened)?;
        for (size, lane) in [
            (WhisperSize::Base, "whisper"),
            (WhisperSize::TinyEnglish, "whisper-tiny"),
        ] {
            let opened = move |lost| registry.open_whisper(size, threads, lost);
            spawn(scope, serving, self.whisper(size), lane, "", opened)?;
        }
        Ok(())
    }

    /// Starts the servers of the models that look at single pictures; on a CPU they take turns.
    fn spawn_picture_models<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        serving: Serving<'s>,
    ) -> Result<(), NoThread> {
        let (registry, threads) = (serving.registry, serving.settings.threads);
        let serving = Serving {
            cpu_runs: Some(&self.picture_runs),
            ..serving
        };
        let faces = registry.faces_digest();
        let opened = move |lost| registry.open_faces(threads, lost);
        spawn(scope, serving, &self.faces, "faces", faces, opened)?;
        let embed = registry.embed_digest();
        let opened = move |lost| registry.open_embed(threads, lost);
        spawn(scope, serving, &self.embed, "embed", embed, opened)?;
        let saliency = registry.saliency_digest();
        let opened = move |lost| registry.open_saliency(threads, lost);
        spawn(scope, serving, &self.saliency, "saliency", saliency, opened)?;
        if let Some(reader) = registry.text_reader_digest() {
            let opened = move |lost| registry.open_text_reader(threads, lost);
            let queue = &self.text_reader;
            spawn(scope, serving, queue, "text-reader", reader, opened)?;
        }
        if let Some(mesh) = registry.face_mesh_digest() {
            let opened = move |lost| registry.open_face_mesh(threads, lost);
            spawn(scope, serving, &self.face_mesh, "face-mesh", mesh, opened)?;
        }
        if let Some(text) = registry.picture_text_digest() {
            let opened = move |lost| registry.open_picture_text(threads, lost);
            let queue = &self.picture_text;
            spawn(scope, serving, queue, "picture-text", text, opened)?;
        }
        let Some(persons) = registry.persons_digest() else {
            return Ok(());
        };
        let opened = move |lost| registry.open_persons(threads, lost);
        spawn(scope, serving, &self.persons, "persons", persons, opened)
    }

    /// Returns a guard: the servers end when it is dropped and they have answered what was asked.
    pub(crate) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    fn close(&self) {
        self.shots.close();
        self.faces.close();
        self.persons.close();
        self.embed.close();
        self.saliency.close();
        self.text_reader.close();
        self.face_mesh.close();
        self.picture_text.close();
        self.speech.close();
        self.sound.close();
        self.end_of_thought.close();
        self.whisper_base.close();
        self.whisper_tiny.close();
        self.text.close();
    }
}

/// Closes the queues when it is dropped.
pub(crate) struct Closing<'a>(&'a Models);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Starts the servers of one model, as many as there are to be sessions.
fn spawn<'s, M: Model + 's>(
    scope: &'s Scope<'s, '_>,
    serving: Serving<'s>,
    queue: &'s Requests<M>,
    lane: &str,
    digest: &'s str,
    open: impl Fn(Lost) -> Result<M, M::Error> + Copy + Send + Sync + 's,
) -> Result<(), NoThread>
where
    M::Input: 's,
{
    // What a run is given at least holds each of its models.
    const {
        assert!((M::RESIDENT_BYTES + M::ACTIVATION_BYTES) as u64 <= LEAST_WORK);
        assert!(2 * M::RESIDENT_BYTES as u64 <= LEAST_WORK, "while it opens");
    };
    let began = Instant::now();
    let pool = Arc::new(ServerPool::new(serving.settings.balancing));
    spawn_some(scope, lane, serving.settings.sessions, move || {
        let seat = pool.seat();
        let tenant = serving.work.tenant(M::RESIDENT_BYTES);
        let sizes = BatchSizes { serving, digest };
        let server = Server {
            queue,
            open: &open,
            sizer: &|place, bytes| sizes.sizer::<M>(place, bytes),
            settled: &|place, size| sizes.keep::<M>(place, size),
            cpu_runs: serving.cpu_runs,
            tenant: &tenant,
            seat: &seat,
            events: serving.events,
            cancel: serving.cancel,
            watchdog: serving.watchdog,
            faults: serving.faults,
            clock: &|| began.elapsed(),
        };
        on_lane(serving.events, || server.serve());
    })
}

/// The batch sizes of one model: asked for, measured by an earlier run, or to be measured.
struct BatchSizes<'a> {
    serving: Serving<'a>,
    /// Of the model's file.
    digest: &'a str,
}

impl BatchSizes<'_> {
    /// Returns the batch size that was asked for, or measured by an earlier run, or one that measures.
    fn sizer<M: Model>(&self, place: &ModelPlace, bytes: usize) -> BatchSizer {
        if let Auto::Set(size) = self.serving.settings.batch {
            return BatchSizer::fixed(size);
        }
        // Measured for each of these models: on a CPU one input at a time is as fast as any batch, and needs the least memory.
        let (Device::Cuda(_), Batching::Measured { most }) = (place.device, M::BATCHING) else {
            return BatchSizer::fixed(1);
        };
        // One batch runs while the next is filled.
        let most = most.min(self.serving.inputs / 2 / bytes.max(1)).max(1);
        let stored = self
            .serving
            .cache
            .get::<u64>(Record::BatchSize(M::STAGE), &self.key::<M>(place));
        match stored.and_then(|size| usize::try_from(size).ok()) {
            Some(size) if size > 0 => BatchSizer::fixed(size.min(most)),
            _ => BatchSizer::measured(most),
        }
    }

    /// Keeps a measured batch size for the next run.
    fn keep<M: Model>(&self, place: &ModelPlace, size: usize) {
        if place.device == Device::Cpu || self.serving.settings.batch != Auto::Auto {
            return;
        }
        let (record, key) = (Record::BatchSize(M::STAGE), self.key::<M>(place));
        if self.serving.cache.get::<u64>(record, &key).is_none() {
            self.serving.cache.keep(record, &key, &(size as u64));
        }
    }

    /// Returns what the best size depends on: model, shape, device, driver and library, and the threads beside it.
    fn key<M: Model>(&self, place: &ModelPlace) -> Key {
        let serving = &self.serving;
        let library = serving.registry.runtime();
        let version = library.map(|runtime| runtime.version()).unwrap_or_default();
        Record::BatchSize(M::STAGE)
            .key()
            .field(M::NAME.as_bytes())
            .field(self.digest.as_bytes())
            .field(M::SHAPE.as_bytes())
            .field(place.device.to_string().as_bytes())
            .field(describe_gpu().unwrap_or_default().as_bytes())
            .field(version.as_bytes())
            .field(serving.registry.library().as_os_str().as_encoded_bytes())
            .field(&(serving.settings.threads as u64).to_le_bytes())
            .finish()
    }
}
