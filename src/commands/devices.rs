//! `opusclip devices`: on what models run here, and the machine and the libraries that decide it.

use serde::Serialize;
use sysinfo::System;

use super::answer::shown;
use super::doctor::{Finding, Health, Status, tried_device};
use crate::inference::{Runtime, describe_gpu, has_int8_instructions};
use crate::media;
use crate::report::{Align, ExitCode, aligned, say};
use crate::settings::{Folders, Machine};

/// Encoders that clips can be made with, as FFmpeg names them.
const ENCODERS: [&str; 6] = [
    "libx264",
    "libx265",
    "libsvtav1",
    "h264_nvenc",
    "hevc_nvenc",
    "aac",
];
/// Decoders of what videos mostly are.
const DECODERS: [&str; 17] = [
    "h264",
    "hevc",
    "libdav1d",
    "av1",
    "vp8",
    "vp9",
    "mpeg2video",
    "mpeg4",
    "prores",
    "mjpeg",
    "aac",
    "mp3",
    "opus",
    "vorbis",
    "flac",
    "ac3",
    "eac3",
];

/// The device that models run on, and what it was found among.
#[derive(Debug, Serialize)]
struct MachineParts {
    name: &'static str,
    status: Status,
    detail: String,
    hint: String,
    processor: ProcessorPart,
    memory: MemoryPart,
    /// The cards and the driver; none without a driver.
    gpu: Option<String>,
    /// None where it cannot be loaded.
    onnxruntime: Option<RuntimePart>,
    ffmpeg: FfmpegPart,
}

#[derive(Debug, Serialize)]
struct ProcessorPart {
    name: String,
    /// Cores that this process may use.
    cores: usize,
    /// Whether it multiplies bytes faster than floats.
    int8: bool,
}

#[derive(Debug, Serialize)]
struct MemoryPart {
    bytes: u64,
    /// Without what others use.
    available_bytes: u64,
    /// What limits leave to this process.
    usable_bytes: u64,
}

#[derive(Debug, Serialize)]
struct RuntimePart {
    file: String,
    version: String,
}

#[derive(Debug, Serialize)]
struct FfmpegPart {
    libavformat: String,
    libavcodec: String,
    libavfilter: String,
    /// Those that are there.
    encoders: Vec<&'static str>,
    decoders: Vec<&'static str>,
}

/// Tells what is here; returns 0 when models can run, 78 when ONNX Runtime cannot be loaded, else 69.
pub(super) fn run(json: bool) -> ExitCode {
    media::init();
    let folders = Folders::of_this_process();
    let runtime = Runtime::load(&folders.runtime);
    let health = Health {
        healthy: true,
        checks: vec![tried_device(&runtime, &folders)],
    };
    let parts = MachineParts::new(&health.checks[0], runtime.ok().as_ref());
    let health = Health {
        healthy: parts.status == Status::Ok,
        ..health
    };
    let text = if json {
        serde_json::to_string_pretty(&parts).expect("words and numbers are valid JSON") + "\n"
    } else {
        parts.text()
    };
    if !json && !health.healthy {
        say(&format!("error: {}", parts.detail));
    }
    match shown(&text) {
        ExitCode::Done => health.exit_code(),
        code => code,
    }
}

impl MachineParts {
    fn new(found: &Finding, runtime: Option<&Runtime>) -> Self {
        Self {
            name: found.name,
            status: found.status,
            detail: found.detail.clone(),
            hint: found.hint.clone(),
            processor: processor(),
            memory: memory(),
            gpu: describe_gpu(),
            onnxruntime: runtime.map(|runtime| RuntimePart {
                file: runtime.library().display().to_string(),
                version: runtime.version(),
            }),
            ffmpeg: ffmpeg(),
        }
    }

    /// Returns a line for each part.
    fn text(&self) -> String {
        let ProcessorPart { name, cores, int8 } = &self.processor;
        let fast = if *int8 {
            ", fast with bytes (VNNI)"
        } else {
            ""
        };
        let mib = |bytes: u64| bytes >> 20;
        let memory = &self.memory;
        let (all, usable) = (mib(memory.bytes), mib(memory.usable_bytes));
        let available = mib(memory.available_bytes);
        let runtime = self.onnxruntime.as_ref();
        let runtime = runtime.map(|found| format!("{}, {}", found.version, found.file));
        let found = &self.ffmpeg;
        let versions = [&found.libavformat, &found.libavcodec, &found.libavfilter];
        let [format, codec, filter] = versions;
        let none = || "none".to_owned();
        let rows = [
            ("device", self.detail.clone()),
            ("processor", format!("{name}, {cores} cores{fast}")),
            (
                "memory",
                format!("{all} MiB, {usable} MiB for this process, {available} MiB free now"),
            ),
            ("gpu", self.gpu.clone().unwrap_or_else(none)),
            ("onnxruntime", runtime.unwrap_or_else(none)),
            (
                "ffmpeg",
                format!("libavformat {format}, libavcodec {codec}, libavfilter {filter}"),
            ),
            ("encoders", found.encoders.join(" ")),
            ("decoders", found.decoders.join(" ")),
        ];
        let rows = rows.map(|(name, detail)| [name.to_owned(), detail]);
        aligned([Align::Left; 2], &rows)
    }
}

fn processor() -> ProcessorPart {
    let mut system = System::new();
    system.refresh_cpu_all();
    let name = system
        .cpus()
        .first()
        .map(|cpu| cpu.brand().trim().to_owned());
    ProcessorPart {
        name: name.unwrap_or_default(),
        cores: Machine::detect().cores,
        int8: has_int8_instructions(),
    }
}

fn memory() -> MemoryPart {
    let mut system = System::new();
    system.refresh_memory();
    MemoryPart {
        bytes: system.total_memory(),
        available_bytes: system.available_memory(),
        usable_bytes: Machine::detect().usable_memory(),
    }
}

fn ffmpeg() -> FfmpegPart {
    let versions = media::versions();
    let encoders = ENCODERS
        .into_iter()
        .filter(|name| versions.has_encoder(name));
    let decoders = DECODERS
        .into_iter()
        .filter(|name| versions.has_decoder(name));
    FfmpegPart {
        encoders: encoders.collect(),
        decoders: decoders.collect(),
        libavformat: versions.format.clone(),
        libavcodec: versions.codec.clone(),
        libavfilter: versions.filter.clone(),
    }
}
