//! The whole program on the named videos: with nothing known, then with everything known.

use super::subject::{BenchSubject, Figures};
use super::trial::trial;
use crate::cache::{Cache, CacheOptions};
use crate::commands::session::find_models;
use crate::report::bench::{Better, Series};
use crate::settings::Folders;
use crate::timeline::Stage;

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let registry = find_models(&Folders::of_this_process(), subject.settings)?;
    for _ in 0..subject.runs {
        let folder = tempfile::tempdir()?;
        let cache = Cache::open(&folder.path().join("cache"), &CacheOptions::default()).cache;
        let out = folder.path().join("out");
        let run = || {
            trial(
                subject,
                subject.jobs,
                &registry,
                &cache,
                &out,
                Stage::Export,
            )
        };
        let cold = run()?;
        let realtime = cold.video_seconds / cold.wall.as_secs_f64();
        table.add("end-to-end speed", "x realtime", Better::Higher, realtime);
        let cost = cold.cpu.as_secs_f64() / cold.video_seconds;
        table.add("end-to-end cpu", "s/s of video", Better::Lower, cost);
        let warm = run()?;
        let ratio = warm.wall.as_secs_f64() / cold.wall.as_secs_f64();
        table.add("end-to-end again / first", "ratio", Better::Lower, ratio);
    }
    Ok(table.0)
}
