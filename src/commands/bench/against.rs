//! Measuring in turn with another build of the program, so that what the machine does meanwhile meets both alike.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::commands::args::BenchArgs;
use crate::report::bench::Saved;

/// Returns what the other build and this one measured, run by run in turn.
///
/// # Errors
/// When one of them cannot be run or does not end well.
pub(super) fn measure_in_turn(args: &BenchArgs, other: &Path) -> anyhow::Result<(Saved, Saved)> {
    let this = std::env::current_exe().context("this program")?;
    let (mut theirs, mut ours): (Option<Saved>, Option<Saved>) = (None, None);
    for run in 0..args.runs {
        // Who comes second finds the files in memory: each is second as often.
        let mut turn = [(other, &mut theirs), (this.as_path(), &mut ours)];
        if run % 2 == 1 {
            turn.reverse();
        }
        for (program, all) in turn {
            add(all, measured_by(program, args)?);
        }
    }
    theirs.zip(ours).context("nothing was measured")
}

/// Adds the values of another run to those of the same series.
fn add(all: &mut Option<Saved>, run: Saved) {
    let Some(all) = all else {
        *all = Some(run);
        return;
    };
    for series in run.series {
        match all
            .series
            .iter_mut()
            .find(|known| known.name == series.name)
        {
            Some(known) => known.values.extend(series.values),
            None => all.series.push(series),
        }
    }
}

/// Returns what a program measures in one run of its own.
fn measured_by(program: &Path, args: &BenchArgs) -> anyhow::Result<Saved> {
    let name = program.display();
    let mut command = Command::new(program);
    command.arg("bench").args(args.what.map(|what| what.name()));
    command.args(&args.videos).args(["--runs", "1", "--json"]);
    command.args(["--dedup-jobs", &args.dedup_jobs.to_string()]);
    if let Some(reference) = &args.reference {
        command.arg("--reference").arg(reference);
    }
    if let Some(profile) = &args.overrides.profile {
        command.args(["--profile", profile]);
    }
    for value in &args.overrides.values {
        command.args(["--set", &format!("{}={}", value.key, value.value)]);
    }
    let ran = command.stdin(Stdio::null()).output();
    let ran = ran.with_context(|| format!("{name}"))?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        bail!(
            "{name}: {}",
            said.lines().last().unwrap_or("it did not end well")
        );
    }
    serde_json::from_slice(&ran.stdout)
        .with_context(|| format!("{name}: it said something else than figures"))
}
