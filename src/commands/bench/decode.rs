//! Decoding with the small pictures, against the ffmpeg program decoding to nothing.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::subject::{BenchSubject, Figures, cpu_of};
use crate::clock::process_cpu;
use crate::media::{self, DecodePlan, Limits};
use crate::report::bench::{Better, Series};

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let threads = subject.settings.decode_threads;
    for _ in 0..subject.runs {
        for job in subject.jobs {
            let (frames, wall, cpu) = ours(&job.input, threads)?;
            let name = |what: &str| format!("decode {} {what}", job.id);
            let rate = frames as f64 / wall.as_secs_f64();
            table.add(&name("rate"), "frames/s", Better::Higher, rate);
            let per_frame = cpu.as_secs_f64() * 1e3 / frames.max(1) as f64;
            table.add(&name("cpu"), "ms/frame", Better::Lower, per_frame);
            if let Some(theirs) = ffmpeg(&job.input, threads) {
                let ratio = cpu.as_secs_f64() / theirs.as_secs_f64();
                table.add(&name("cpu / ffmpeg"), "ratio", Better::Lower, ratio);
            }
        }
    }
    Ok(table.0)
}

/// Returns frames, wall time and processor time of one pass.
fn ours(path: &Path, threads: usize) -> anyhow::Result<(u64, Duration, Duration)> {
    let (begun, cpu) = (Instant::now(), process_cpu());
    let limits = Limits::default();
    let media = media::probe(path, &limits)?;
    let plan = DecodePlan {
        threads,
        pictures: None,
    };
    let keep_going = &mut |_| ControlFlow::Continue(());
    let decoded = media::decode(path, &media, &plan, &limits, keep_going)?;
    Ok((decoded.frames, begun.elapsed(), process_cpu() - cpu))
}

/// Returns the processor time of the ffmpeg program for the same pictures, or `None` where it is not there.
fn ffmpeg(path: &Path, threads: usize) -> Option<Duration> {
    let mut file = std::ffi::OsString::from("file:");
    file.push(path);
    let mut command = Command::new("ffmpeg");
    command
        .args([
            "-v",
            "quiet",
            "-nostdin",
            "-threads",
            &threads.to_string(),
            "-i",
        ])
        .arg(file)
        .args(["-map", "0:v:0", "-f", "null", "-"]);
    cpu_of(&mut command)
}
