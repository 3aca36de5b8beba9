//! Which model file does what, whether it is the right one, and where it is opened.

mod digests;
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::server::Lost;
use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::{FaceMeshModel, FaceModel};
use crate::analysis::persons::PersonModel;
use crate::analysis::picture_text::{PictureTextModel, TextReader};
use crate::analysis::saliency::SaliencyModel;
use crate::analysis::shots::ShotModel;
use crate::analysis::sound::SoundModel;
use crate::analysis::speech::SpeechModel;
use crate::analysis::text::{self, TextModel};
use crate::analysis::thought::ThoughtModel;
use crate::analysis::transcript::{self, Transcriber};
use crate::inference::{Error, InstalledModel, Runtime, Session, SessionMemory, SessionOptions};
use crate::report::DeviceUse;
use crate::settings::DeviceChoice;

use files::WhisperFiles;

pub use files::ModelFiles;

/// For models so small that more threads only wait for each other.
const ONE_THREAD: SessionOptions = SessionOptions { threads: 1 };

/// ONNX Runtime and the model files of a run; nothing is loaded before it is needed.
#[derive(Debug)]
pub struct Registry {
    library: PathBuf,
    files: ModelFiles,
    wanted: DeviceChoice,
    runtime: OnceLock<Result<Runtime, Error>>,
    /// Files whose digest was checked, and what came of it.
    verified: Mutex<BTreeMap<PathBuf, Result<(), Error>>>,
    /// The models on each device, by the reason why they are there.
    placed: Mutex<BTreeMap<String, BTreeMap<String, BTreeSet<&'static str>>>>,
}

/// Which of the Whisper models transcribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhisperSize {
    /// base: all languages.
    Base,
    /// tiny.en: English, for drafts.
    TinyEnglish,
}

impl Registry {
    /// Returns the registry of a run that is to use `wanted`.
    pub fn new(library: PathBuf, files: ModelFiles, wanted: DeviceChoice) -> Self {
        Self {
            library,
            files,
            wanted,
            runtime: OnceLock::new(),
            verified: Mutex::default(),
            placed: Mutex::default(),
        }
    }

    /// Opens the shot model once and drops it, so that a device that was demanded is refused before any work.
    ///
    /// # Errors
    /// [`Error::Device`] when the demanded device cannot run it, [`Error::Model`] when the file is not the one listed.
    pub fn prove_device(&self) -> Result<(), Error> {
        match self.wanted {
            DeviceChoice::Cuda(_) => self.open_shots(1, Lost::Nothing).map(drop),
            DeviceChoice::Auto | DeviceChoice::Cpu => Ok(()),
        }
    }

    /// Returns the devices that were used so far, and for which models and why.
    pub fn devices(&self) -> Vec<DeviceUse> {
        let placed = lock(&self.placed);
        let device = |(name, reasons): (&String, &BTreeMap<String, BTreeSet<&str>>)| {
            let line = |(reason, models): (&String, &BTreeSet<&str>)| {
                let models: Vec<&str> = models.iter().copied().collect();
                format!("{reason} ({})", models.join(", "))
            };
            DeviceUse {
                name: name.clone(),
                detail: reasons.iter().map(line).collect::<Vec<_>>().join("; "),
            }
        };
        placed.iter().map(device).collect()
    }

    /// Returns ONNX Runtime, loaded on the first call.
    ///
    /// # Errors
    /// [`Error::Library`] when it cannot be loaded.
    pub fn runtime(&self) -> Result<&Runtime, Error> {
        let loaded = self.runtime.get_or_init(|| Runtime::load(&self.library));
        loaded.as_ref().map_err(Clone::clone)
    }

    /// Returns the memory that the sessions on the CPU share; none before the first model is opened.
    pub fn session_memory(&self) -> Option<SessionMemory> {
        self.runtime.get()?.as_ref().ok()?.memory()
    }

    /// Returns the file of ONNX Runtime.
    pub(crate) fn library(&self) -> &Path {
        &self.library
    }

    /// Opens the shot model with the threads of one session.
    ///
    /// # Errors
    /// [`Error::Device`] when a demanded device cannot run it, [`Error::Model`] when the file is not the one listed.
    pub(crate) fn open_shots(&self, threads: usize, lost: Lost) -> Result<ShotModel, Error> {
        let file = self.shots_file();
        let model = self.open(file, threads, lost, ShotModel::open)?;
        let name = match file.variant.as_str() {
            "int8" => "transnetv2 int8",
            _ => "transnetv2",
        };
        self.note(name, model.session());
        Ok(model)
    }

    /// Opens the face detector with the threads of one session.
    ///
    /// # Errors
    /// As [`Self::open_shots`].
    pub(crate) fn open_faces(&self, threads: usize, lost: Lost) -> Result<FaceModel, Error> {
        let model = self.open(&self.files.faces, threads, lost, FaceModel::open)?;
        self.note("centerface", model.session());
        Ok(model)
    }

    /// Opens the detector of persons with the threads of one session.
    ///
    /// # Errors
    /// As [`Self::open_shots`]; that it is switched off.
    pub(crate) fn open_persons(&self, threads: usize, lost: Lost) -> Result<PersonModel, Error> {
        let file = self.files.persons.as_ref();
        let file = file.ok_or_else(|| Error::Run("persons are switched off".into()))?;
        let model = self.open(file, threads, lost, PersonModel::open)?;
        self.note("movenet_multipose", model.session());
        Ok(model)
    }

    /// Opens the embedding model for pictures with the threads of one session.
    ///
    /// # Errors
    /// As [`Self::open_shots`].
    pub(crate) fn open_embed(&self, threads: usize, lost: Lost) -> Result<EmbedModel, Error> {
        let model = self.open(&self.files.embed, threads, lost, EmbedModel::open)?;
        self.note("efficientnet_lite0", model.session());
        Ok(model)
    }

    /// Opens the saliency model with the threads of one session.
    pub(crate) fn open_saliency(&self, threads: usize, lost: Lost) -> Result<SaliencyModel, Error> {
        let model = self.open(&self.files.saliency, threads, lost, SaliencyModel::open)?;
        self.note("vit_s_focus", model.session());
        Ok(model)
    }

    /// Opens the detector of text in the picture with the threads of one session.
    ///
    /// # Errors
    /// As [`Self::open_shots`]; that it is switched off.
    pub(crate) fn open_picture_text(
        &self,
        threads: usize,
        lost: Lost,
    ) -> Result<PictureTextModel, Error> {
        let file = self.files.picture_text.as_ref();
        let file = file.ok_or_else(|| Error::Run("picture-text is switched off".into()))?;
        let model = self.open(file, threads, lost, PictureTextModel::open)?;
        self.note("ppocr_det_tiny", model.session());
        Ok(model)
    }

    /// Opens the reader of text in the picture with the threads of one session.
    ///
    /// # Errors
    /// As [`Self::open_shots`]; that it is switched off.
    pub(crate) fn open_text_reader(&self, threads: usize, lost: Lost) -> Result<TextReader, Error> {
        let file = self.files.text_reader.as_ref();
        let file = file.ok_or_else(|| Error::Run("text is not read".into()))?;
        let model = self.open(file, threads, lost, TextReader::open)?;
        self.note("ppocr_rec_tiny", model.session());
        Ok(model)
    }

    /// Opens the face mesh with the threads of one session.
    ///
    /// # Errors
    /// As [`Self::open_shots`]; that it is switched off.
    pub(crate) fn open_face_mesh(
        &self,
        threads: usize,
        lost: Lost,
    ) -> Result<FaceMeshModel, Error> {
        let file = self.files.face_mesh.as_ref();
        let file = file.ok_or_else(|| Error::Run("open eyes are not looked for".into()))?;
        let model = self.open(file, threads, lost, FaceMeshModel::open)?;
        self.note("facemesh", model.session());
        Ok(model)
    }

    /// Opens the voice activity model on the CPU: it is so small, and each block waits for the one before.
    pub(crate) fn open_speech(&self) -> Result<SpeechModel, Error> {
        let file = &self.files.speech;
        self.verify(file)?;
        let runtime = self.runtime()?;
        let model = SpeechModel::open(runtime, &file.path, DeviceChoice::Cpu, &ONE_THREAD)?;
        self.note("silero_vad", model.session());
        Ok(model)
    }

    /// Opens the model that tells speech, music and noise apart, on the CPU for its small size.
    pub(crate) fn open_sound(&self) -> Result<SoundModel, Error> {
        let file = &self.files.sound;
        self.verify(file)?;
        let runtime = self.runtime()?;
        let model = SoundModel::open(runtime, &file.path, DeviceChoice::Cpu, &ONE_THREAD)?;
        self.note("speech_music_noise", model.session());
        Ok(model)
    }

    /// Opens the model that hears where a thought is over, on the CPU, for which its 8-bit graph is made.
    ///
    /// # Errors
    /// As [`Self::open_shots`]; that it is switched off.
    pub(crate) fn open_end_of_thought(&self) -> Result<ThoughtModel, Error> {
        let file = self.files.end_of_thought.as_ref();
        let file = file.ok_or_else(|| Error::Run("end-of-thought is switched off".into()))?;
        self.verify(file)?;
        let runtime = self.runtime()?;
        let model = ThoughtModel::open(runtime, &file.path, DeviceChoice::Cpu, &ONE_THREAD)?;
        self.note("smart_turn", model.session());
        Ok(model)
    }

    /// Opens the sentence embedding model on the CPU, for which its 8-bit graph is made.
    pub(crate) fn open_text(&self) -> Result<TextModel, text::Error> {
        for file in [&self.files.text, &self.files.text_tokenizer] {
            self.verify(file)?;
        }
        let paths = text::TextModelFiles {
            model: self.files.text.path.clone(),
            tokenizer: self.files.text_tokenizer.path.clone(),
        };
        let model = TextModel::open(self.runtime()?, &paths, DeviceChoice::Cpu, &ONE_THREAD)?;
        self.note("minilm", model.session());
        Ok(model)
    }

    /// Opens a Whisper model with the threads of one session.
    pub(crate) fn open_whisper(
        &self,
        size: WhisperSize,
        threads: usize,
        lost: Lost,
    ) -> Result<Transcriber, transcript::Error> {
        let files = self.whisper_files(size);
        for file in files.all() {
            self.verify(file)?;
        }
        let paths = transcript::TranscriberFiles {
            encoder: files.encoder.path.clone(),
            decoder: files.decoder.path.clone(),
            tokenizer: files.tokenizer.path.clone(),
            config: files.config.path.clone(),
        };
        let options = SessionOptions { threads };
        let device = self.device_after(lost)?;
        let model = Transcriber::open(self.runtime()?, &paths, device, &options)?;
        let [encoder, _] = model.sessions();
        self.note("whisper", encoder);
        Ok(model)
    }

    /// Returns the shot model for the device that models will run on.
    fn shots_file(&self) -> &InstalledModel {
        let variants = &self.files.shots;
        if self.runs_on_gpu() {
            &variants.on_gpu
        } else {
            &variants.on_cpu
        }
    }

    /// Returns the half-precision files where they are installed and a GPU will run them, else the 8-bit ones.
    fn whisper_files(&self, size: WhisperSize) -> &WhisperFiles {
        let variants = match size {
            WhisperSize::Base => &self.files.whisper_base,
            WhisperSize::TinyEnglish => &self.files.whisper_tiny,
        };
        match &variants.f16 {
            Some(half) if self.runs_on_gpu() => half,
            _ => &variants.int8,
        }
    }

    /// Tells whether models will run on a GPU: one is demanded, or there is one and ONNX Runtime can use it.
    fn runs_on_gpu(&self) -> bool {
        match self.wanted {
            DeviceChoice::Cpu => false,
            DeviceChoice::Cuda(_) => true,
            DeviceChoice::Auto => self.runtime().is_ok_and(Runtime::may_use_cuda),
        }
    }

    fn open<M>(
        &self,
        file: &InstalledModel,
        threads: usize,
        lost: Lost,
        open: fn(&Runtime, &Path, DeviceChoice, &SessionOptions) -> Result<M, Error>,
    ) -> Result<M, Error> {
        self.verify(file)?;
        let device = self.device_after(lost)?;
        let options = SessionOptions { threads };
        open(self.runtime()?, &file.path, device, &options)
    }

    /// Returns the device to open a model on; after a device was lost the CPU, unless just that device was demanded.
    fn device_after(&self, lost: Lost) -> Result<DeviceChoice, Error> {
        match (self.wanted, lost) {
            (wanted, Lost::Nothing) => Ok(wanted),
            (DeviceChoice::Cuda(index), Lost::Device) => Err(Error::Device {
                device: format!("cuda:{index}"),
                why: "it was lost; only a new process can use it".into(),
            }),
            (DeviceChoice::Auto | DeviceChoice::Cpu, Lost::Device) => Ok(DeviceChoice::Cpu),
        }
    }

    /// Fails when a file is not the one listed; each is read once a run.
    fn verify(&self, file: &InstalledModel) -> Result<(), Error> {
        // Held while the file is read: two sessions of one model need its digest once.
        let mut verified = lock(&self.verified);
        let answer = verified.entry(file.path.clone()).or_insert_with(|| {
            file.verify().map_err(|e| Error::Model {
                path: file.path.clone(),
                why: e.to_string(),
            })
        });
        answer.clone()
    }

    fn note(&self, model: &'static str, session: &Session) {
        let mut placed = lock(&self.placed);
        let reasons = placed.entry(session.device().to_string()).or_default();
        let models = reasons.entry(session.reason().to_owned()).or_default();
        models.insert(model);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
