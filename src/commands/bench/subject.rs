//! Subject of the measurements, and the table of their values.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock::children_cpu;
use crate::manifest::Job;
use crate::report::bench::{Better, Series};
use crate::settings::Settings;

/// What the measurements work with.
pub(super) struct BenchSubject<'a> {
    pub(super) settings: &'a Settings,
    pub(super) jobs: &'a [Job],
    pub(super) reference: Option<&'a Path>,
    pub(super) runs: u32,
    /// Made-up jobs to de-duplicate.
    pub(super) dedup_jobs: u32,
}

/// Returns the processor time of another program, run in silence; `None` where it is not there or does not end well.
pub(super) fn cpu_of(command: &mut Command) -> Option<Duration> {
    let before = children_cpu();
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = silent.status().ok()?;
    status.success().then(|| children_cpu() - before)
}

/// Collects the values of several quantities, run by run.
#[derive(Default)]
pub(super) struct Figures(pub(super) Vec<Series>);

impl Figures {
    /// Adds a value to the quantity of this name.
    pub(super) fn add(&mut self, name: &str, unit: &str, better: Better, value: f64) {
        match self.0.iter_mut().find(|series| series.name == name) {
            Some(series) => series.values.push(value),
            None => self.0.push(Series::new(name, unit, better, vec![value])),
        }
    }
}
