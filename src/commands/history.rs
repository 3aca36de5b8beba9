//! `opusclip report`: finished runs, looked at again; what they are kept in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::answer::shown;
use super::args::ReportArgs;
use crate::export;
use crate::report::{
    self, ExitCode, RunReport, Style, difference_table, history_table, trend_table,
};
use crate::settings::Folders;

/// More runs than this are not kept: the oldest go.
const KEPT: usize = 1000;

/// Shows the run that was asked for, several, or one against another.
pub(super) fn run(args: &ReportArgs) -> ExitCode {
    let folder = Folders::of_this_process().history;
    match text(&folder, args) {
        Ok(text) => shown(&text),
        Err(e) => {
            report::say(&format!("error: {e:#}"));
            ExitCode::Usage
        }
    }
}

/// Keeps the report of a finished run, and forgets the oldest of too many.
///
/// # Errors
/// When the folder cannot be made or written to.
pub(super) fn keep(folder: &Path, report: &RunReport) -> Result<(), export::Error> {
    export::create_folder(folder)?;
    let name = format!("{}.json", report.run_id);
    export::write_atomic(&folder.join(name), &export::to_json(report)?)?;
    let all = kept(folder);
    let too_many = all.len().saturating_sub(KEPT);
    // Another run may have forgotten one first.
    all[..too_many]
        .iter()
        .for_each(|old| drop(fs::remove_file(old)));
    Ok(())
}

fn text(folder: &Path, args: &ReportArgs) -> anyhow::Result<String> {
    if let Some(last) = args.last {
        return several(folder, last, args);
    }
    let run = named(folder, args.run.as_deref())?;
    if let Some(before) = &args.compare {
        return Ok(difference_table(&named(folder, Some(before))?, &run));
    }
    Ok(if args.json {
        serde_json::to_string_pretty(&run)? + "\n"
    } else {
        format!(
            "run         {}\n{}",
            run.run_id,
            report::report_text(&run, Style::default())
        )
    })
}

fn several(folder: &Path, last: usize, args: &ReportArgs) -> anyhow::Result<String> {
    let all = kept(folder);
    let files = &all[all.len().saturating_sub(last)..];
    let runs: Vec<RunReport> = files.iter().filter_map(|file| load_or_warn(file)).collect();
    if args.json {
        return Ok(serde_json::to_string_pretty(&runs)? + "\n");
    }
    let mut text = history_table(&runs);
    if args.trend {
        text.push_str("\nthe later half against the earlier\n");
        text.push_str(&trend_table(&runs));
    }
    Ok(text)
}

/// Returns the run of this name: a file, the output folder of a run, or what the id of one kept run begins with; the last
/// run without a name.
fn named(folder: &Path, name: Option<&str>) -> anyhow::Result<RunReport> {
    let Some(name) = name else {
        let mut latest_first = kept(folder).into_iter().rev();
        let last = latest_first.find_map(|file| load_or_warn(&file));
        return last.context("no run is kept yet; `opusclip process` keeps one");
    };
    let path = Path::new(name);
    if path.is_dir() {
        return load(&path.join("report.json"));
    }
    if path.exists() {
        return load(path);
    }
    let begins = |file: &PathBuf| {
        let stem = file.file_stem().unwrap_or_default();
        stem.to_string_lossy().starts_with(name)
    };
    let mut found = kept(folder).into_iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(one), None) => load(&one),
        (None, _) => {
            bail!("{name}: no such run, file or folder; `opusclip report --last 20` lists runs")
        }
        (Some(_), Some(_)) => bail!("{name}: the ids of several runs begin so; give more of one"),
    }
}

/// Returns the files of the runs that are kept, by time: their names begin with it.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let is_run = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default();
        !export::is_draft(name) && file.extension().is_some_and(|ending| ending == "json")
    };
    let mut files: Vec<PathBuf> = files.filter(is_run).collect();
    files.sort();
    files
}

/// Returns a run that is kept, or says that its file is damaged.
fn load_or_warn(path: &Path) -> Option<RunReport> {
    let run = load(path);
    if let Err(error) = &run {
        report::say(&format!("warning: {error:#}; it is passed over"));
    }
    run.ok()
}

fn load(path: &Path) -> anyhow::Result<RunReport> {
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_slice(&bytes)
        .with_context(|| format!("{}: not the report of a run", path.display()))
}
