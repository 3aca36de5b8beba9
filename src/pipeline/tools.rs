//! The models of a run: checked before it, opened when first needed.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::Run;
use crate::analysis::shots::ShotModel;
use crate::cache::{Key, KeyBuilder};
use crate::inference::{BatchSizer, Error, Runtime, SessionOptions};
use crate::settings::DeviceChoice;

/// Memory that the shot model needs for each window of a batch, measured on the CPU, in bytes.
const BYTES_PER_WINDOW: usize = 320 << 20;
/// No device gains from more windows than this at once.
const MOST_WINDOWS: usize = 64;
/// The cache's stage for batch sizes.
const CACHE_STAGE: &str = "batch";

/// ONNX Runtime and the model files, of which the digests are known to be right.
#[derive(Debug)]
pub struct Tools {
    library: PathBuf,
    shots: PathBuf,
    shots_sha256: String,
    wanted: DeviceChoice,
    runtime: OnceLock<Result<Runtime, Error>>,
}

impl Tools {
    /// Returns the tools; nothing is loaded yet.
    pub fn new(library: PathBuf, shots: PathBuf, shots_sha256: String, wanted: DeviceChoice) -> Self {
        Self { library, shots, shots_sha256, wanted, runtime: OnceLock::new() }
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
        ShotModel::open(self.runtime()?, &self.shots, self.wanted, &SessionOptions { threads })
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
        &self.shots_sha256
    }

    pub(super) fn open_shots(&self, run: &Run<'_>) -> Result<ShotModel, Error> {
        self.open(run.settings.inference.threads)
    }

    /// Returns the batch size that was asked for, or measured by an earlier run, or one that measures.
    pub(super) fn sizer(&self, run: &Run<'_>) -> BatchSizer {
        if let Some(size) = run.settings.inference.batch {
            return BatchSizer::fixed(size);
        }
        let ceiling = (run.budget.limit() / BYTES_PER_WINDOW).clamp(1, MOST_WINDOWS);
        match self.measured(run) {
            Some(size) => BatchSizer::fixed(size.min(ceiling)),
            None => BatchSizer::measured(ceiling),
        }
    }

    /// Keeps a measured batch size for the next run.
    pub(super) fn keep_size(&self, run: &Run<'_>, sizer: &BatchSizer) {
        if let (None, Some(size)) = (run.settings.inference.batch, sizer.settled()) {
            run.cache.put(CACHE_STAGE, &self.size_key(run), &(size as u64).to_le_bytes());
        }
    }

    fn measured(&self, run: &Run<'_>) -> Option<usize> {
        let stored = run.cache.get(CACHE_STAGE, &self.size_key(run))?;
        let size = u64::from_le_bytes(stored.try_into().ok()?);
        usize::try_from(size).ok().filter(|size| (1..=MOST_WINDOWS).contains(size))
    }

    /// What the best size depends on: the model, the device asked for, the threads, and the library.
    fn size_key(&self, run: &Run<'_>) -> Key {
        KeyBuilder::new("batch-v1")
            .field(self.shots_sha256.as_bytes())
            .field(format!("{:?}", self.wanted).as_bytes())
            .field(&(run.settings.inference.threads as u64).to_le_bytes())
            .field(self.library.as_os_str().as_encoded_bytes())
            .finish()
    }
}
