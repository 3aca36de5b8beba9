//! The settings as they are written, some left to the machine, and what the machine makes of them.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};

use crate::settings::auto::{Auto, Machine};
use crate::settings::job::JobSettings;
use crate::settings::units::{self, BitRate, Bytes, Count};
use crate::settings::{
    Cache, DeviceChoice, Inference, LogLevel, Preset, Ranker, Render, Settings, Shots,
};

/// The settings as they are written: some left to the machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Written {
    device: DeviceChoice,
    jobs: Auto<Count>,
    decode_threads: Auto<Count>,
    memory_budget: Auto<Bytes>,
    max_pixels: u64,
    #[serde(deserialize_with = "retries")]
    retries: u32,
    #[serde(deserialize_with = "units::length")]
    grace: Duration,
    fail_fast: bool,
    log_level: LogLevel,
    inference: WrittenInference,
    cache: Cache,
    shots: Shots,
    pub(super) ranker: Ranker,
    render: WrittenRender,
    pub(super) job: JobSettings,
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
    workers: Auto<Count>,
    threads: Auto<Count>,
}

impl Written {
    /// Decides what was left to the machine.
    pub(super) fn resolve(self, machine: &Machine, videos: usize) -> Settings {
        let count = |auto: Auto<Count>, choose: usize| match auto {
            Auto::Auto => choose,
            Auto::Set(count) => count.get(),
        };
        let jobs = count(self.jobs, machine.jobs(videos));
        let sessions = count(self.inference.sessions, machine.sessions());
        let workers = count(self.render.workers, machine.renderers());
        Settings {
            device: self.device,
            jobs,
            decode_threads: count(self.decode_threads, machine.share(2 * jobs)),
            memory_budget: self
                .memory_budget
                .or_else(|| Bytes(machine.memory_budget()))
                .0,
            max_pixels: self.max_pixels,
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
            ranker: self.ranker,
            render: Render {
                workers,
                crf: self.render.crf,
                preset: self.render.preset,
                audio_bitrate: self.render.audio_bitrate,
                threads: count(self.render.threads, machine.share(workers)),
            },
            job: self.job,
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

pub(super) fn compression_level<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
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

pub(super) fn share<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    let number = f64::deserialize(from)?;
    match (0.0..=1.0).contains(&number) {
        true => Ok(number as f32),
        false => Err(D::Error::invalid_value(
            Unexpected::Float(number),
            &"a number from 0 to 1",
        )),
    }
}
