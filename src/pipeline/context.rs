//! What every stage of a job gets: the run's settings, the services that all jobs share, and the job itself.
//!
//! Knows no stage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::budgets::Memory;
use super::cached::{Record, StageCache};
use super::cancel::{Cancel, Stop};
use super::encoding::{encoding, fields, loudness};
use super::events::{Events, JobEvents};
use super::faults::{FaultKind, Faults};
use super::governor::Governor;
use super::models::registry::Registry;
use super::models::{Client, Model, Models, Requests, Serving, WhisperSize};
use super::outcome::InputChanged;
use super::rss_trend::RssTrend;
use super::stretch::stretch_of;
use super::throttle::Throttle;
use super::watchdog::Watchdog;
use crate::analysis::faces::SparseRules;
use crate::analysis::shots;
use crate::cache::{Cache, DISK_LEVEL, FileIdentity, Input, Key};
use crate::clips::Weights;
use crate::export;
use crate::manifest::{Archive, Job};
use crate::media::{self, Encoding, FieldRate, Fonts, Limits, LoudnessTarget, Media, VideoCodec};
use crate::report::{Degradation, Event};
use crate::settings::{self, Language, Quality, Settings};
use crate::timeline::{Stage, TimeRange};

/// What a run is told to do; never changes.
#[derive(Debug, Clone, Copy)]
pub struct RunConfig<'a> {
    /// Resolved for this machine.
    pub settings: &'a Settings,
    /// What to do.
    pub jobs: &'a [Job],
    /// Where each job gets its folder.
    pub output: &'a Path,
    /// The last stage to do.
    pub until: Stage,
    /// Compute and render everything again.
    pub fresh: bool,
    /// How many clips all jobs give together, where that is limited: each job is then analysed before the first clip is made.
    pub archive: Option<Archive>,
}

/// What a run is given to work with.
#[derive(Debug)]
pub struct Resources<'a> {
    /// What is known already.
    pub cache: &'a Cache,
    /// The models.
    pub registry: &'a Registry,
    /// Bytes in flight.
    pub memory: &'a Memory,
    /// Who listens.
    pub events: crossbeam_channel::Sender<Event>,
    /// When to stop early.
    pub cancel: &'a Cancel,
    /// When to give up work that hangs.
    pub watchdog: &'a Watchdog,
    /// What is to break.
    pub faults: Arc<Faults>,
}

/// What all jobs of a run share.
pub(crate) struct Services<'a> {
    pub(crate) cache: StageCache<'a>,
    pub(crate) registry: &'a Registry,
    pub(crate) models: Models,
    pub(crate) memory: &'a Memory,
    pub(crate) governor: Governor<'a>,
    /// Resident memory at the ends of jobs.
    pub(crate) rss_trend: Mutex<RssTrend>,
    pub(crate) throttle: Throttle,
    pub(crate) events: Events,
    pub(crate) cancel: &'a Cancel,
    pub(crate) watchdog: &'a Watchdog,
    pub(crate) faults: Arc<Faults>,
    /// The encoder, once it has been tried.
    codec: OnceLock<VideoCodec>,
    /// The installed fonts, once captions are laid out.
    fonts: OnceLock<Fonts>,
    /// Digests of the fonts' files, by the names of the fonts.
    font_digests: Mutex<BTreeMap<String, Option<[u8; 32]>>>,
}

impl<'a> Services<'a> {
    /// Returns the services of a run.
    pub(crate) fn new(config: &RunConfig<'_>, resources: Resources<'a>) -> Self {
        let Resources {
            cache,
            registry,
            memory,
            events,
            cancel,
            watchdog,
            faults,
        } = resources;
        let settings = config.settings;
        Self {
            cache: StageCache::new(cache, config.fresh),
            registry,
            models: Models::new(settings.inference.sessions),
            memory,
            governor: Governor::new(settings, &memory.work, registry),
            rss_trend: Mutex::default(),
            throttle: Throttle::new(settings.throttle.read_rate.0),
            events: Events::new(events),
            cancel,
            watchdog,
            faults,
            codec: OnceLock::new(),
            fonts: OnceLock::new(),
            font_digests: Mutex::default(),
        }
    }

    /// Returns what the model servers of the run work with.
    pub(crate) fn serving<'s>(&'s self, config: &'s RunConfig<'s>) -> Serving<'s> {
        let memory = self.memory;
        let inputs = memory.windows.limit().min(memory.pictures.limit());
        Serving {
            cpu_runs: None,
            registry: self.registry,
            settings: &config.settings.inference,
            cache: &self.cache,
            work: &self.memory.work,
            inputs,
            events: &self.events,
            cancel: self.cancel,
            watchdog: self.watchdog,
            faults: &self.faults,
        }
    }

    /// Returns the installed fonts, which are looked up once a run.
    pub(crate) fn fonts(&self) -> &Fonts {
        self.fonts.get_or_init(|| Fonts::installed(None))
    }

    /// Returns the digest of the file of an installed font; each is read once a run.
    pub(crate) fn font_digest(&self, name: &str) -> Option<[u8; 32]> {
        let digests = self.font_digests.lock();
        let mut digests = digests.unwrap_or_else(PoisonError::into_inner);
        let digest = digests.entry(name.to_owned());
        *digest.or_insert_with(|| self.fonts().digest(name))
    }

    /// Returns the encoder that was asked for, or the one on the processor where a trial of it fails.
    fn codec(&self, wanted: settings::CodecChoice) -> VideoCodec {
        *self.codec.get_or_init(|| {
            let (wanted, instead) = match wanted {
                settings::CodecChoice::X264 => return VideoCodec::X264,
                settings::CodecChoice::X265 => return VideoCodec::X265,
                settings::CodecChoice::Av1 => return VideoCodec::SvtAv1,
                settings::CodecChoice::H264Nvenc => (VideoCodec::H264Nvenc, VideoCodec::X264),
                settings::CodecChoice::HevcNvenc => (VideoCodec::HevcNvenc, VideoCodec::X265),
            };
            let Err(error) = media::trial(wanted) else {
                return wanted;
            };
            self.events.degraded(Degradation::Encoder {
                reason: error.to_string(),
                instead: instead.encoder().to_owned(),
            });
            instead
        })
    }
}

/// The settings of a run as one job uses them: resolved once, so that no stage reads them again.
#[derive(Debug, Clone)]
pub(crate) struct JobPlan {
    pub(crate) limits: Limits,
    /// Threads of a decoder.
    pub(crate) decode_threads: usize,
    /// From one picture that is searched for faces to the next.
    pub(crate) face_interval: Duration,
    /// Which pictures are spared the search for faces; none where all are searched.
    pub(crate) sparse_faces: Option<SparseRules>,
    /// When scores are shot boundaries.
    pub(crate) shot_rules: shots::BoundaryRules,
    /// Which frames the shot model sees; none for all of them.
    pub(crate) shot_gate: Option<shots::GateRules>,
    /// The language to transcribe, as the model names it; none to find out.
    pub(crate) language: Option<String>,
    /// Whether English is transcribed by the small model.
    pub(crate) draft: bool,
    /// What the signals of a candidate count.
    pub(crate) weights: Weights,
    /// How clips are encoded; none where none are made.
    pub(crate) encoding: Option<Encoding>,
    /// How loud clips become; none to leave them as they are.
    pub(crate) loudness: Option<LoudnessTarget>,
    /// How many pictures two fields of an interlaced source make in a clip.
    pub(crate) fields: FieldRate,
    /// Decoder and encoder threads of a clip.
    pub(crate) render_threads: usize,
    /// The part of the file that is analysed; none for all of it.
    pub(crate) stretch: Option<TimeRange>,
}

impl JobPlan {
    /// Returns what the settings say of a job.
    ///
    /// # Errors
    /// Weights for a signal that does not exist.
    pub(crate) fn new(
        config: &RunConfig<'_>,
        services: &Services<'_>,
        job: &Job,
    ) -> anyhow::Result<Self> {
        let settings = config.settings;
        let quality = job.settings.quality;
        Ok(Self {
            limits: decode_limits(settings),
            decode_threads: settings.decode_threads,
            face_interval: settings.faces.at(quality).interval,
            sparse_faces: settings.faces.sparse.then(SparseRules::default),
            shot_rules: shots::BoundaryRules::of(&settings.shots),
            shot_gate: settings.shots.gate.then(shots::GateRules::default),
            language: match &job.settings.language {
                Language::Auto => None,
                Language::Tag(tag) => tag.split('-').next().map(str::to_ascii_lowercase),
            },
            draft: quality == Quality::Draft,
            weights: Weights::new(&settings.ranker.weights)?,
            encoding: (config.until > Stage::Select)
                .then(|| encoding(settings, quality, services.codec(settings.render.codec))),
            loudness: loudness(settings.render.loudness),
            fields: fields(settings.render.deinterlace),
            render_threads: settings.render.threads,
            stretch: stretch_of(&job.settings),
        })
    }

    /// Returns the Whisper model that transcribes a language.
    pub(crate) fn whisper(&self, language: &str) -> WhisperSize {
        if self.draft && language == "en" {
            WhisperSize::TinyEnglish
        } else {
            WhisperSize::Base
        }
    }
}

/// Returns the bounds on what is decoded.
pub(crate) fn decode_limits(settings: &Settings) -> Limits {
    Limits {
        max_pixels: settings.max_pixels,
    }
}

/// The file of a job: what its header says, and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct JobSource {
    pub(crate) media: Media,
    pub(crate) input: Input,
}

/// A job under way: what every stage of it gets.
#[derive(Clone, Copy)]
pub(crate) struct JobContext<'a> {
    pub(crate) config: &'a RunConfig<'a>,
    pub(crate) services: &'a Services<'a>,
    pub(crate) job: &'a Job,
    pub(crate) plan: &'a JobPlan,
    pub(crate) source: &'a JobSource,
    pub(crate) stop: &'a Stop<'a>,
    pub(crate) events: JobEvents<'a>,
}

impl<'a> JobContext<'a> {
    /// Returns the job's file.
    pub(crate) fn input(&self) -> &'a Path {
        &self.job.input
    }

    /// Returns what the file's header says.
    pub(crate) fn media(&self) -> &'a Media {
        &self.source.media
    }

    /// Returns the digest of the file's bytes.
    pub(crate) fn content(&self) -> &'a [u8] {
        self.source.input.digest.as_bytes()
    }

    /// Returns the job's own folder under the output folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.config.output.join(&self.job.id)
    }

    /// Returns the job's connection to a model.
    pub(crate) fn client<M: Model>(&self, requests: &'a Requests<M>) -> Client<'a, M> {
        Client::new(requests, &self.job.id, self.stop)
    }

    /// Fails when the file is no longer the one that was read.
    ///
    /// # Errors
    /// [`InputChanged`].
    pub(crate) fn check_unchanged(&self) -> anyhow::Result<()> {
        match FileIdentity::of(self.input()) {
            Ok(now) if now == self.source.input.identity => Ok(()),
            _ => Err(InputChanged.into()),
        }
    }

    /// Returns the value kept under `key`; else computes it from the job's file, keeps and returns it.
    ///
    /// # Errors
    /// What `compute` returns; [`InputChanged`] when the file is no longer the one whose digest is in the key.
    pub(crate) fn cached<T: Serialize + DeserializeOwned>(
        &self,
        record: Record,
        key: &Key,
        compute: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let cache = &self.services.cache;
        cache.cached(&self.events, record, key, || {
            let value = compute()?;
            self.check_unchanged()?;
            Ok(value)
        })
    }

    /// Returns the value kept under `key`, for values that are computed together with others.
    pub(crate) fn look_up<T: DeserializeOwned>(&self, record: Record, key: &Key) -> Option<T> {
        self.services.cache.look_up(&self.events, record, key)
    }

    /// Keeps a value that was computed from the job's file.
    ///
    /// # Errors
    /// [`InputChanged`] when the file is no longer the one whose digest is in the key.
    pub(crate) fn keep<T: Serialize>(
        &self,
        record: Record,
        key: &Key,
        value: &T,
    ) -> anyhow::Result<()> {
        self.check_unchanged()?;
        self.services.cache.keep(record, key, value);
        Ok(())
    }

    /// Reports whether a record, which was asked for before, saves the work of a further stage.
    pub(crate) fn saves(&self, stage: Stage, record: Record, saved: bool) {
        let level = saved.then_some(DISK_LEVEL);
        self.events
            .asked(stage, record.name(), level, Duration::ZERO);
    }

    /// Writes one of the job's result files.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, name: &str, content: &impl Serialize) -> anyhow::Result<()> {
        let path = self.folder().join(name);
        if self.services.faults.comes(FaultKind::NoSpace) {
            return Err(export::Error::NoSpace { path }.into());
        }
        export::write_atomic(&path, &export::to_json(content)?)?;
        Ok(())
    }
}
