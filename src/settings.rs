//! Settings: every value with the place that gave it, from built in up to the flags of the command line.
//!
//! `profiles/default.toml` defines which settings exist. Each layer is read into a flat map of checked values
//! (`cache.max-bytes` -> value, place); merging is taking the highest, and only the merged whole becomes [`Settings`].

mod audio_tracks;
mod auto;
mod balancing;
mod built_in;
mod cache;
mod cgroup;
mod cover;
mod document;
mod entry;
mod environment;
mod folders;
mod footprint;
mod job;
mod kept;
mod keys;
mod language;
mod layers;
mod moment;
mod problem;
mod profile;
mod ranker;
mod reader;
mod throttle;
mod units;
mod written;

use std::time::Duration;

use serde::Deserialize;

pub use audio_tracks::AudioTracks;
pub use auto::{Auto, Machine};
pub use balancing::Balancing;
pub use cache::CacheSettings;
pub use cover::{Cover, CoverSettings};
pub use entry::{Flat, Layer, SettingEntry};
pub use environment::Environment;
pub use folders::Folders;
pub use footprint::Footprint;
pub use job::{
    Aspect, CaptionStyle, Captions, ClipSettings, JobSettings, Language, Priority, Quality,
};
pub use kept::{HistorySettings, HookSettings, ReportSettings};
pub use layers::{FlagValue, Layers, Overrides, Sources, check_file};
pub use moment::{RequiredMoment, SearchRange};
pub use problem::{Origin, Problem, Problems};
pub use profile::profiles;
pub use ranker::Ranker;
pub use throttle::ThrottleSettings;
pub use units::{BitRate, Bytes, Count, parse_bytes, parse_length};

pub(crate) use document::{Document, read_text};
pub(crate) use footprint::LEAST_WORK;
pub(crate) use keys::{Keys, closest};
pub(crate) use layers::placed;
pub(crate) use profile::ProfileChoice;
pub(crate) use reader::{Given, SettingsReader};
pub(crate) use units::parse_time;

/// The settings of a run, every one of them decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where models run.
    pub device: DeviceChoice,
    /// Videos worked on at once.
    pub jobs: usize,
    /// Decoder threads per video.
    pub decode_threads: usize,
    /// One line for each setting that asked for more than there is and was cut.
    pub cuts: Vec<String>,
    /// Bytes that the process may have.
    pub max_memory: u64,
    /// Share of the memory from which idle models are unloaded, 0 to 1.
    pub cleanup_at: f32,
    /// Bytes of decoded picture that may exist at once.
    pub memory_budget: u64,
    /// The largest picture that is decoded, in pixels.
    pub max_pixels: u64,
    /// Further tries after a failure that can pass.
    pub retries: u32,
    /// Time for running jobs to finish after SIGTERM.
    pub grace: Duration,
    /// Time that some work may make no progress before it is given up.
    pub stall_timeout: Duration,
    /// Time that a job may take; none for any.
    pub job_timeout: Option<Duration>,
    /// Stop taking jobs after the first failure.
    pub fail_fast: bool,
    /// Write metrics for Prometheus beside the results.
    pub metrics: bool,
    /// The least important message shown.
    pub log_level: LogLevel,
    /// Bounds on what is used a second.
    pub throttle: ThrottleSettings,
    /// Sessions and batches.
    pub inference: Inference,
    /// Kept results.
    pub cache: CacheSettings,
    /// What is alarming about a run.
    pub alerts: AlertSettings,
    /// What the report tells beside what was measured.
    pub report: ReportSettings,
    /// How long finished runs are kept.
    pub history: HistorySettings,
    /// Who is told of ends.
    pub hooks: HookSettings,
    /// Shot detection.
    pub shots: Shots,
    /// Faces.
    pub faces: FaceSettings,
    /// Where a thought is over.
    pub end_of_thought: ThoughtSettings,
    /// Persons whose face is not found.
    pub persons: PersonSettings,
    /// Text in the picture.
    pub picture_text: PictureTextSettings,
    /// Pictures that stand for clips.
    pub covers: CoverSettings,
    /// Ranking of clips.
    pub ranker: Ranker,
    /// Encoding of clips.
    pub render: Render,
    /// What a job gets that says nothing itself.
    pub job: JobSettings,
}

/// Device for the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU when one works, else the processor.
    Auto,
    /// The processor.
    Cpu,
    /// This GPU, or none of the run.
    Cuda(u32),
}

/// The least important message shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Sessions and batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inference {
    /// Models loaded side by side for one stage.
    pub sessions: usize,
    /// Threads of each session.
    pub threads: usize,
    /// Which session of a model takes the next batch.
    pub balancing: Balancing,
    /// Inputs of one model run; left open until the device is known.
    pub batch: Auto<usize>,
}

/// What is alarming about a run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AlertSettings {
    /// Share of the memory that may be used, 0 to 1.
    #[serde(deserialize_with = "written::share")]
    pub memory: f32,
    /// Share of the jobs that may fail, 0 to 1.
    #[serde(deserialize_with = "written::share")]
    pub errors: f32,
    /// Share of the answers that the cache must know, 0 to 1.
    #[serde(deserialize_with = "written::share")]
    pub hits: f32,
    /// Bytes that must be left free where the results are.
    pub free_disk: Bytes,
}

/// Shot detection.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Shots {
    /// Confidence from which a frame belongs to a transition, 0 to 1.
    #[serde(deserialize_with = "written::share")]
    pub threshold: f32,
    /// A shorter shot joins its neighbour.
    #[serde(deserialize_with = "units::length")]
    pub min_length: Duration,
    /// Whether the model sees only where something changes.
    pub gate: bool,
    /// Numbers that the model works with.
    pub precision: ShotPrecision,
}

/// Numbers that the shot model works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShotPrecision {
    /// Those that the device is fastest with.
    Auto,
    /// Floats.
    F32,
    /// Most convolutions on bytes.
    Int8,
}

/// Face detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FaceSettings {
    /// Detection interval.
    #[serde(rename = "every", deserialize_with = "written::face_interval")]
    pub interval: Duration,
    /// Whether pictures between two whose faces agree are spared the search.
    pub sparse: bool,
}

/// Search for the ends of thoughts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ThoughtSettings {
    /// Whether a model is asked.
    pub enabled: bool,
}

/// Search for persons in pictures without a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PersonSettings {
    /// Whether they are looked for at all.
    pub enabled: bool,
    /// From one picture that is searched to the next.
    #[serde(rename = "every", deserialize_with = "written::person_interval")]
    pub interval: Duration,
}

/// Search for text in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PictureTextSettings {
    /// Whether it is looked for at all.
    pub enabled: bool,
    /// From one picture of a scene that is searched to the next.
    #[serde(rename = "every", deserialize_with = "written::text_interval")]
    pub interval: Duration,
    /// Whether a clip without speech is named after what is written large in it.
    pub titles: bool,
}

/// Encoding of clips.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Render {
    /// x264's quality, 0 to 51.
    pub crf: u8,
    /// x264's speed.
    pub preset: EncoderPreset,
    /// What encodes the pictures.
    pub codec: CodecChoice,
    /// Sound.
    pub audio_bitrate: BitRate,
    /// How loud clips become.
    pub loudness: Loudness,
    /// How many pictures two fields of an interlaced source make.
    pub deinterlace: Deinterlace,
    /// Clips rendered at once.
    pub workers: usize,
    /// Encoder threads per clip.
    pub threads: usize,
}

/// Video codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodecChoice {
    /// H.264 on the processor.
    X264,
    /// HEVC on the processor.
    X265,
    /// AV1 on the processor.
    Av1,
    /// H.264 on an NVIDIA card.
    H264Nvenc,
    /// HEVC on an NVIDIA card.
    HevcNvenc,
}

/// How many pictures two fields of an interlaced source make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deinterlace {
    /// One.
    Frame,
    /// Two.
    Field,
}

/// Target loudness of clips.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loudness {
    /// As loud as they are.
    Off,
    /// Integrated loudness, in LUFS.
    Target(f64),
}

/// x264's speeds; a slower one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are x264's own")]
pub enum EncoderPreset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
    Slow,
    Slower,
    Veryslow,
}

impl Settings {
    /// Returns what the run takes of its memory by these settings.
    pub fn footprint(&self) -> Footprint {
        Footprint::new(self.max_memory, self.memory_budget, self.jobs)
    }

    /// Returns what the machine may have decided, under the names of the settings and as it could be written.
    pub fn decided(&self) -> [(&'static str, toml::Value); 8] {
        let count = |count: usize| toml::Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let bytes = |bytes: u64| toml::Value::String(Bytes(bytes).to_string());
        [
            ("jobs", count(self.jobs)),
            ("decode-threads", count(self.decode_threads)),
            ("max-memory", bytes(self.max_memory)),
            ("memory-budget", bytes(self.memory_budget)),
            ("inference.sessions", count(self.inference.sessions)),
            ("inference.threads", count(self.inference.threads)),
            ("render.workers", count(self.render.workers)),
            ("render.threads", count(self.render.threads)),
        ]
    }
}

impl EncoderPreset {
    /// Returns x264's own name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
            Self::Slower => "slower",
            Self::Veryslow => "veryslow",
        }
    }
}

impl FaceSettings {
    /// Returns the face detection at this quality: drafts double the interval, high quality shortens it by a quarter.
    pub fn at(self, quality: Quality) -> Self {
        let interval = match quality {
            Quality::Draft => self.interval * 2,
            Quality::Standard => self.interval,
            Quality::High => self.interval * 3 / 4,
        };
        Self { interval, ..self }
    }
}

impl Render {
    /// Returns how clips of this quality are encoded: drafts faster and coarser, high ones slower and finer.
    pub fn at(self, quality: Quality) -> Self {
        match quality {
            Quality::Draft => Self {
                crf: (self.crf + 6).min(51),
                preset: EncoderPreset::Ultrafast,
                ..self
            },
            Quality::Standard => self,
            Quality::High => Self {
                crf: self.crf.saturating_sub(3),
                preset: self.preset.max(EncoderPreset::Slow),
                ..self
            },
        }
    }
}
