//! Settings as written, some "auto", and their resolution for a machine.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::settings::auto::{Auto, Machine};
use crate::settings::job::JobSettings;
use crate::settings::kept::{HistorySettings, HookSettings, ReportSettings};
use crate::settings::units::{self, BitRate, Bytes, Count};
use crate::settings::{
    AlertSettings, Balancing, CacheSettings, CodecChoice, CoverSettings, Deinterlace, DeviceChoice,
    EncoderPreset, FaceSettings, Inference, LogLevel, Loudness, PersonSettings,
    PictureTextSettings, Ranker, Render, Settings, Shots, ThoughtSettings, ThrottleSettings,
};

/// The settings as they are written: some left to the machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenSettings {
    device: DeviceChoice,
    jobs: Auto<Count>,
    decode_threads: Auto<Count>,
    max_memory: Auto<Bytes>,
    #[serde(deserialize_with = "share")]
    cleanup_at: f32,
    memory_budget: Auto<Bytes>,
    max_pixels: u64,
    #[serde(deserialize_with = "retries")]
    retries: u32,
    #[serde(deserialize_with = "units::length")]
    grace: Duration,
    #[serde(deserialize_with = "stall_timeout")]
    stall_timeout: Duration,
    #[serde(deserialize_with = "job_timeout")]
    job_timeout: Option<Duration>,
    fail_fast: bool,
    metrics: bool,
    log_level: LogLevel,
    throttle: ThrottleSettings,
    inference: WrittenInference,
    cache: CacheSettings,
    alerts: AlertSettings,
    report: ReportSettings,
    history: HistorySettings,
    hooks: HookSettings,
    shots: Shots,
    faces: FaceSettings,
    end_of_thought: ThoughtSettings,
    persons: PersonSettings,
    picture_text: PictureTextSettings,
    covers: CoverSettings,
    ranker: Ranker,
    render: WrittenRender,
    pub(super) job: JobSettings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenInference {
    sessions: Auto<Count>,
    threads: Auto<Count>,
    balancing: Balancing,
    batch: Auto<Count>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenRender {
    #[serde(deserialize_with = "crf")]
    crf: u8,
    preset: EncoderPreset,
    codec: CodecChoice,
    audio_bitrate: BitRate,
    loudness: Loudness,
    deinterlace: Deinterlace,
    workers: Auto<Count>,
    threads: Auto<Count>,
}

impl WrittenSettings {
    /// Decides what was left to the machine.
    pub(super) fn resolve(self, machine: &Machine, videos: usize) -> Settings {
        let memory = machine.memory_of(videos, (self.jobs, self.max_memory, self.memory_budget));
        Settings {
            device: self.device,
            jobs: memory.jobs,
            decode_threads: count_or(self.decode_threads, machine.share(2 * memory.jobs)),
            max_memory: memory.limit,
            cleanup_at: self.cleanup_at,
            memory_budget: memory.pictures,
            cuts: memory.cuts,
            max_pixels: self.max_pixels,
            retries: self.retries,
            grace: self.grace,
            stall_timeout: self.stall_timeout,
            job_timeout: self.job_timeout,
            fail_fast: self.fail_fast,
            metrics: self.metrics,
            log_level: self.log_level,
            throttle: self.throttle,
            inference: self.inference.resolve(machine),
            cache: self.cache,
            alerts: self.alerts,
            report: self.report,
            history: self.history,
            hooks: self.hooks,
            shots: self.shots,
            faces: self.faces,
            end_of_thought: self.end_of_thought,
            persons: self.persons,
            picture_text: self.picture_text,
            covers: self.covers,
            ranker: self.ranker,
            render: self.render.resolve(machine),
            job: self.job,
        }
    }
}

impl WrittenInference {
    fn resolve(self, machine: &Machine) -> Inference {
        let sessions = count_or(self.sessions, machine.sessions());
        Inference {
            sessions,
            threads: count_or(self.threads, machine.share(sessions)),
            balancing: self.balancing,
            batch: match self.batch {
                Auto::Auto => Auto::Auto,
                Auto::Set(batch) => Auto::Set(batch.get()),
            },
        }
    }
}

impl WrittenRender {
    fn resolve(self, machine: &Machine) -> Render {
        let workers = count_or(self.workers, machine.renderers());
        Render {
            crf: self.crf,
            preset: self.preset,
            codec: self.codec,
            audio_bitrate: self.audio_bitrate,
            loudness: self.loudness,
            deinterlace: self.deinterlace,
            workers,
            threads: count_or(self.threads, machine.share(workers)),
        }
    }
}

/// Returns the count that was written, or what the machine chooses.
fn count_or(written: Auto<Count>, chosen: usize) -> usize {
    match written {
        Auto::Auto => chosen,
        Auto::Set(count) => count.get(),
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

/// Reads a face-detection interval: no shorter than a frame, no longer than a face stays the same.
pub(super) fn face_interval<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    length_between(from, Duration::from_millis(20), Duration::from_secs(1))
}

/// Reads the interval between pictures that are searched for persons: no longer than who walks stays in the same place.
pub(super) fn person_interval<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    length_between(from, Duration::from_millis(100), Duration::from_secs(2))
}

/// Reads the interval between pictures that are searched for text: no longer than people take to read one.
pub(super) fn text_interval<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    length_between(from, Duration::from_millis(400), Duration::from_secs(10))
}

/// Reads how long work may make no progress: no shorter than the slowest step of a healthy run.
fn stall_timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    length_between(from, Duration::from_secs(1), Duration::from_secs(86_400))
}

/// Reads the URL of a Redis server; "off" for none.
pub(super) fn remote<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    let is_url = ["redis://", "redis+unix://", "unix://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    match text.as_str() {
        "off" => Ok(None),
        _ if is_url => Ok(Some(text)),
        _ => {
            let expected = "\"off\" or a URL such as \"redis://host:6379/0\"";
            Err(D::Error::invalid_value(Unexpected::Str(&text), &expected))
        }
    }
}

/// Reads a folder that machines share; "off" for none.
pub(super) fn remote_folder<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(from)?;
    Ok((text != "off").then(|| PathBuf::from(text)))
}

/// Reads how long a job may take; "off" for any time.
fn job_timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    from.deserialize_any(LengthOrOff)
}

fn length_between<'de, D: Deserializer<'de>>(
    from: D,
    least: Duration,
    most: Duration,
) -> Result<Duration, D::Error> {
    let interval = units::length(from)?;
    if (least..=most).contains(&interval) {
        return Ok(interval);
    }
    let (least, most) = (least.as_millis(), most.as_secs());
    let found = interval.as_millis();
    Err(D::Error::custom(format!(
        "{found} ms is not between {least} ms and {most} s"
    )))
}

struct LengthOrOff;

impl Visitor<'_> for LengthOrOff {
    type Value = Option<Duration>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"off\" or a length such as \"300s\", \"90m\" or \"2h\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<Duration>, E> {
        if text == "off" {
            return Ok(None);
        }
        let length = units::parse_length(text).filter(|length| !length.is_zero());
        let length = length.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
        Ok(Some(length))
    }
}

impl<'de> Deserialize<'de> for Loudness {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(LoudnessVisitor)
    }
}

struct LoudnessVisitor;

impl Visitor<'_> for LoudnessVisitor {
    type Value = Loudness;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"off\" or a loudness in LUFS from -40 to -5")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Loudness, E> {
        match text {
            "off" => Ok(Loudness::Off),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Loudness, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Loudness, E> {
        if (-40.0..=-5.0).contains(&number) {
            Ok(Loudness::Target(number))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

fn retries<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    whole(from, 0, 100, "a number from 0 to 100").map(|n| n as u32)
}

fn crf<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    whole(from, 0, 51, "a number from 0 to 51").map(|n| n as u8)
}

pub(super) fn compression_level<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    whole(from, 0, 19, "a number from 0 to 19").map(|n| n as i32)
}

fn whole<'de, D: Deserializer<'de>>(
    from: D,
    least: i64,
    most: i64,
    expected: &str,
) -> Result<i64, D::Error> {
    let number = i64::deserialize(from)?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(D::Error::invalid_value(
            Unexpected::Signed(number),
            &expected,
        ))
    }
}

pub(super) fn share<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    let number = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&number) {
        Ok(number as f32)
    } else {
        Err(D::Error::invalid_value(
            Unexpected::Float(number),
            &"a number from 0 to 1",
        ))
    }
}
