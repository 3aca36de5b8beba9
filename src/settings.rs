//! What the user wants: every setting with the place that gave it, from built in up to the flags of the command line.
//!
//! `profiles/default.toml` defines which settings exist. Each layer is read into a flat map of checked values
//! (`cache.max-bytes` -> value, place); merging is taking the highest, and only the merged whole becomes [`Settings`].

mod auto;
mod document;
mod environment;
mod folders;
mod job;
mod keys;
mod layers;
mod problem;
mod profile;
mod units;

use std::time::Duration;

use serde::de::{Deserializer, Error, Unexpected};
use serde::{Deserialize, Serialize};

pub use auto::{Auto, Machine};
pub use environment::Environment;
pub use folders::Folders;
pub use job::{Aspect, Captions, ClipSettings, JobSettings, Language, Priority, Quality};
pub use layers::{Entry, FlagValue, Flat, Layer, Layers, Overrides, Sources};
pub use problem::{Place, Problem, Problems};
pub use profile::profiles;
pub use units::{BitRate, Bytes, Count};

pub(crate) use document::{Document, plain, read_text};
pub(crate) use keys::{Keys, Reader, closest};
pub(crate) use layers::{placed, settings_file};
pub(crate) use profile::Choice;

/// The settings of a run, every one of them decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where models run.
    pub device: DeviceChoice,
    /// Videos worked on at once.
    pub jobs: usize,
    /// Decoder threads per video.
    pub decode_threads: usize,
    /// Bytes of decoded picture that may exist at once.
    pub memory_budget: u64,
    /// The largest picture that is decoded, in pixels.
    pub max_pixels: u64,
    /// A job without progress for so long has failed.
    pub stall_timeout: Duration,
    /// Further tries after a failure that can pass.
    pub retries: u32,
    /// Time for running jobs to finish after SIGTERM.
    pub grace: Duration,
    /// Stop taking jobs after the first failure.
    pub fail_fast: bool,
    /// The least important message shown.
    pub log_level: LogLevel,
    /// Sessions and batches.
    pub inference: Inference,
    /// Kept results.
    pub cache: Cache,
    /// Shot detection.
    pub shots: Shots,
    /// Encoding of clips.
    pub render: Render,
    /// What a job gets that says nothing itself.
    pub job: JobSettings,
}

/// Where models run.
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
    /// Inputs of one model run; left open until the device is known.
    pub batch: Auto<usize>,
}

/// Kept results.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cache {
    /// Whether anything is kept and reused.
    pub enabled: bool,
    /// Size that the folder is kept under.
    pub max_bytes: Bytes,
    /// zstd level, 1 to 19.
    #[serde(deserialize_with = "compression_level")]
    pub compression_level: i32,
}

/// Shot detection.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Shots {
    /// Confidence from which a frame belongs to a transition, 0 to 1.
    #[serde(deserialize_with = "share")]
    pub threshold: f32,
    /// A shorter shot joins its neighbour.
    #[serde(deserialize_with = "units::length")]
    pub min_length: Duration,
}

/// Encoding of clips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Render {
    /// x264's quality, 0 to 51.
    pub crf: u8,
    /// x264's speed.
    pub preset: Preset,
    /// Sound.
    pub audio_bitrate: BitRate,
    /// Encoder threads per clip.
    pub threads: usize,
}

/// x264's speeds; a slower one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are x264's own")]
pub enum Preset {
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

/// The settings as they are written: some left to the machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    device: DeviceChoice,
    jobs: Auto<Count>,
    decode_threads: Auto<Count>,
    memory_budget: Auto<Bytes>,
    max_pixels: u64,
    #[serde(deserialize_with = "units::length")]
    stall_timeout: Duration,
    #[serde(deserialize_with = "retries")]
    retries: u32,
    #[serde(deserialize_with = "units::length")]
    grace: Duration,
    fail_fast: bool,
    log_level: LogLevel,
    inference: WrittenInference,
    cache: Cache,
    shots: Shots,
    render: WrittenRender,
    job: JobSettings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenInference {
    sessions: Auto<Count>,
    threads: Auto<Count>,
    batch: Auto<Count>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenRender {
    #[serde(deserialize_with = "crf")]
    crf: u8,
    preset: Preset,
    audio_bitrate: BitRate,
    threads: Auto<Count>,
}

impl Written {
    /// Decides what was left to the machine.
    fn resolve(self, machine: &Machine, videos: usize) -> Settings {
        let count = |auto: Auto<Count>, choose: usize| match auto {
            Auto::Auto => choose,
            Auto::Set(count) => count.get(),
        };
        let jobs = count(self.jobs, machine.jobs(videos));
        let sessions = count(self.inference.sessions, machine.sessions());
        Settings {
            device: self.device,
            jobs,
            decode_threads: count(self.decode_threads, machine.share(jobs)),
            memory_budget: self
                .memory_budget
                .or_else(|| Bytes(machine.memory_budget()))
                .0,
            max_pixels: self.max_pixels,
            stall_timeout: self.stall_timeout,
            retries: self.retries,
            grace: self.grace,
            fail_fast: self.fail_fast,
            log_level: self.log_level,
            inference: Inference {
                sessions,
                threads: count(self.inference.threads, machine.share(sessions)),
                batch: match self.inference.batch {
                    Auto::Auto => Auto::Auto,
                    Auto::Set(batch) => Auto::Set(batch.get()),
                },
            },
            cache: self.cache,
            shots: self.shots,
            render: Render {
                crf: self.render.crf,
                preset: self.render.preset,
                audio_bitrate: self.render.audio_bitrate,
                threads: count(self.render.threads, machine.share(jobs)),
            },
            job: self.job,
        }
    }
}

impl Render {
    /// Returns how clips of this quality are encoded: drafts faster and coarser, high ones slower and finer.
    pub fn at(self, quality: Quality) -> Self {
        match quality {
            Quality::Draft => Self {
                crf: (self.crf + 6).min(51),
                preset: Preset::Ultrafast,
                ..self
            },
            Quality::Standard => self,
            Quality::High => Self {
                crf: self.crf.saturating_sub(3),
                preset: self.preset.max(Preset::Slow),
                ..self
            },
        }
    }
}

impl<'de> Deserialize<'de> for DeviceChoice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let choice = match text.as_str() {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|index| index.parse().ok())
                .map(Self::Cuda),
        };
        choice.ok_or_else(|| {
            let expected = "\"auto\", \"cpu\", \"cuda\" or \"cuda:N\"";
            D::Error::invalid_value(Unexpected::Str(&text), &expected)
        })
    }
}

fn retries<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    whole(from, 0, 100, "a number from 0 to 100").map(|n| n as u32)
}

fn crf<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    whole(from, 0, 51, "a number from 0 to 51").map(|n| n as u8)
}

fn compression_level<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    whole(from, 1, 19, "a number from 1 to 19").map(|n| n as i32)
}

fn whole<'de, D: Deserializer<'de>>(
    from: D,
    least: i64,
    most: i64,
    expected: &str,
) -> Result<i64, D::Error> {
    let number = i64::deserialize(from)?;
    match (least..=most).contains(&number) {
        true => Ok(number),
        false => Err(D::Error::invalid_value(
            Unexpected::Signed(number),
            &expected,
        )),
    }
}

fn share<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    let number = f64::deserialize(from)?;
    match (0.0..=1.0).contains(&number) {
        true => Ok(number as f32),
        false => Err(D::Error::invalid_value(
            Unexpected::Float(number),
            &"a number from 0 to 1",
        )),
    }
}
