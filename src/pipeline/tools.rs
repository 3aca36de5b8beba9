//! The models of a run: checked before it, opened when first needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::ears::Ears;
use super::models::{Models, verified};
use super::voice::Speaker;
use super::{Run, lock};
use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::FaceModel;
use crate::analysis::saliency::SaliencyModel;
use crate::analysis::shots::ShotModel;
use crate::analysis::sound::SoundModel;
use crate::analysis::speech::SpeechModel;
use crate::analysis::text::{self, TextModel};
use crate::analysis::transcript::{self, Transcriber};
use crate::cache::{Key, KeyBuilder};
use crate::inference::{self, BatchSizer, Error, Model, Runtime, SessionOptions};
use crate::report::Device;
use crate::settings::{Auto, DeviceChoice};

/// Memory that the shot model needs on the CPU for each window of a batch, measured, in bytes.
const BYTES_PER_WINDOW: usize = 780 << 20;
/// The share of the memory budget that one session's windows may take.
const SESSION_SHARE: usize = 4;
/// No device gains from more windows than this at once.
const MOST_WINDOWS: usize = 64;
/// For models so small that more threads only wait for each other.
const ONE_THREAD: SessionOptions = SessionOptions { threads: 1 };
/// The cache's stage for batch sizes.
const CACHE_STAGE: &str = "batch";

/// ONNX Runtime and the model files.
#[derive(Debug)]
pub struct Tools {
    library: PathBuf,
    models: Models,
    wanted: DeviceChoice,
    idle_ears: Mutex<Vec<Ears>>,
    idle_readers: Mutex<Vec<TextModel>>,
    runtime: OnceLock<Result<Runtime, Error>>,
    opened: Mutex<BTreeMap<String, String>>,
}

impl Tools {
    /// Returns the tools; nothing is loaded yet.
    pub fn new(library: PathBuf, models: Models, wanted: DeviceChoice) -> Self {
        Self {
            library,
            models,
            wanted,
            idle_ears: Mutex::default(),
            idle_readers: Mutex::default(),
            runtime: OnceLock::new(),
            opened: Mutex::default(),
        }
    }

    /// Opens the shot model once and drops it, so that a device that was demanded is refused before any work.
    ///
    /// # Errors
    /// As [`ShotModel::open`].
    pub fn prove_device(&self) -> Result<(), Error> {
        match self.wanted {
            DeviceChoice::Cuda(_) => self.open(1).map(drop),
            DeviceChoice::Auto | DeviceChoice::Cpu => Ok(()),
        }
    }

    /// Opens the shot model with the threads of one session.
    ///
    /// # Errors
    /// As [`ShotModel::open`].
    pub fn open(&self, threads: usize) -> Result<ShotModel, Error> {
        let options = SessionOptions { threads };
        let path = &self.models.shots.path;
        let model = ShotModel::open(self.runtime()?, path, self.wanted, &options)?;
        let session = model.session();
        lock(&self.opened).insert(session.device().to_string(), session.reason().to_owned());
        Ok(model)
    }

    /// Returns the devices that were used so far, and why those.
    pub fn devices(&self) -> Vec<Device> {
        let device = |(name, detail): (&String, &String)| Device {
            name: name.clone(),
            detail: detail.clone(),
        };
        lock(&self.opened).iter().map(device).collect()
    }

    /// Returns ONNX Runtime, loaded on the first call.
    ///
    /// # Errors
    /// [`Error::Library`] when it cannot be loaded.
    pub fn runtime(&self) -> Result<&Runtime, Error> {
        let loaded = self.runtime.get_or_init(|| Runtime::load(&self.library));
        loaded.as_ref().map_err(Clone::clone)
    }

    pub(super) fn shot_model_digest(&self) -> &str {
        &self.models.shots.sha256
    }

    /// Returns the digests of the models that hear.
    pub(super) fn ears_digest(&self) -> String {
        format!("{} {}", self.models.speech.sha256, self.models.sound.sha256)
    }

    /// Returns the digest of a model of speech with all that decides what it writes.
    pub(super) fn voice_digest(&self, speaker: Speaker) -> String {
        self.models.voice(speaker).digest()
    }

    /// Returns models that hear, idle ones first; give them back with [`Self::put_ears`].
    pub(super) fn take_ears(&self) -> Result<Ears, Error> {
        if let Some(ears) = lock(&self.idle_ears).pop() {
            return Ok(ears);
        }
        // So small, and one block waits for the other: the CPU is their place.
        let (device, models) = (DeviceChoice::Cpu, &self.models);
        for model in [&models.speech, &models.sound] {
            verified(model)?;
        }
        Ok(Ears {
            speech: SpeechModel::open(self.runtime()?, &models.speech.path, device, &ONE_THREAD)?,
            sound: SoundModel::open(self.runtime()?, &models.sound.path, device, &ONE_THREAD)?,
        })
    }

    pub(super) fn put_ears(&self, ears: Ears) {
        lock(&self.idle_ears).push(ears);
    }

    /// Returns the digests of the model that reads text.
    pub(super) fn reader_digest(&self) -> String {
        self.models
            .reader()
            .map(|file| file.sha256.as_str())
            .join(" ")
    }

    /// Returns a model that reads text, an idle one first; give it back with [`Self::put_reader`].
    pub(super) fn take_reader(&self) -> Result<TextModel, text::Error> {
        if let Some(reader) = lock(&self.idle_readers).pop() {
            return Ok(reader);
        }
        let [model, tokenizer] = self.models.reader();
        for file in [model, tokenizer] {
            verified(file)?;
        }
        let files = text::Files {
            model: model.path.clone(),
            tokenizer: tokenizer.path.clone(),
        };
        // The 8-bit graph is made for the CPU.
        TextModel::open(self.runtime()?, &files, DeviceChoice::Cpu, &ONE_THREAD)
    }

    pub(super) fn put_reader(&self, reader: TextModel) {
        lock(&self.idle_readers).push(reader);
    }

    /// Opens a model of speech.
    pub(super) fn open_voice(
        &self,
        run: &Run<'_>,
        speaker: Speaker,
    ) -> Result<Transcriber, transcript::Error> {
        let threads = run.settings.inference.threads;
        let voice = self.models.voice(speaker);
        voice.files().into_iter().try_for_each(verified)?;
        let options = SessionOptions { threads };
        let opened = Transcriber::open(self.runtime()?, &voice.paths(), self.wanted, &options)?;
        let [session, _] = opened.sessions();
        let (device, why) = (session.device().to_string(), session.reason().to_owned());
        lock(&self.opened).entry(device).or_insert(why);
        Ok(opened)
    }

    /// Returns the digests of the models that look at the pictures of a pass.
    pub(super) fn sight_digest(&self) -> String {
        format!("{} {}", self.models.faces.sha256, self.models.embed.sha256)
    }

    /// Returns the digest of the model that tells where one looks.
    pub(super) fn saliency_digest(&self) -> &str {
        &self.models.saliency.sha256
    }

    pub(super) fn open_faces(&self, run: &Run<'_>) -> Result<FaceModel, Error> {
        self.open_sight(&self.models.faces, run, FaceModel::open)
    }

    pub(super) fn open_embed(&self, run: &Run<'_>) -> Result<EmbedModel, Error> {
        self.open_sight(&self.models.embed, run, EmbedModel::open)
    }

    pub(super) fn open_saliency(&self, run: &Run<'_>) -> Result<SaliencyModel, Error> {
        self.open_sight(&self.models.saliency, run, SaliencyModel::open)
    }

    fn open_sight<M>(
        &self,
        model: &Model,
        run: &Run<'_>,
        open: fn(&Runtime, &Path, DeviceChoice, &SessionOptions) -> Result<M, Error>,
    ) -> Result<M, Error> {
        verified(model)?;
        let options = SessionOptions {
            threads: run.settings.inference.threads,
        };
        open(self.runtime()?, &model.path, self.wanted, &options)
    }

    pub(super) fn open_shots(&self, run: &Run<'_>) -> Result<ShotModel, Error> {
        self.open(run.settings.inference.threads)
    }

    /// Returns the batch size that was asked for, or measured by an earlier run, or one that measures.
    pub(super) fn sizer(&self, run: &Run<'_>, device: inference::Device) -> BatchSizer {
        if let Auto::Set(size) = run.settings.inference.batch {
            return BatchSizer::fixed(size);
        }
        let ceiling = match device {
            inference::Device::Cuda(_) => MOST_WINDOWS,
            inference::Device::Cpu => {
                let fit = run.budget.limit() / SESSION_SHARE / BYTES_PER_WINDOW;
                fit.clamp(1, MOST_WINDOWS)
            }
        };
        match self.measured(run, device) {
            Some(size) => BatchSizer::fixed(size.min(ceiling)),
            None => BatchSizer::measured(ceiling),
        }
    }

    /// Keeps a measured batch size for the next run.
    pub(super) fn keep_size(&self, run: &Run<'_>, device: inference::Device, sizer: &BatchSizer) {
        let open = run.settings.inference.batch == Auto::Auto;
        if let (true, None, Some(size)) = (open, self.measured(run, device), sizer.settled()) {
            let key = self.size_key(run, device);
            run.cache
                .put(CACHE_STAGE, &key, &(size as u64).to_le_bytes());
        }
    }

    fn measured(&self, run: &Run<'_>, device: inference::Device) -> Option<usize> {
        let stored = run.cache.get(CACHE_STAGE, &self.size_key(run, device))?;
        let size = u64::from_le_bytes(stored.try_into().ok()?);
        usize::try_from(size)
            .ok()
            .filter(|size| (1..=MOST_WINDOWS).contains(size))
    }

    /// What the best size depends on: the model, the device, the threads, and the library.
    fn size_key(&self, run: &Run<'_>, device: inference::Device) -> Key {
        KeyBuilder::new("batch-v1")
            .field(self.models.shots.sha256.as_bytes())
            .field(device.to_string().as_bytes())
            .field(&(run.settings.inference.threads as u64).to_le_bytes())
            .field(self.library.as_os_str().as_encoded_bytes())
            .finish()
    }
}
