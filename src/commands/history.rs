//! `opusclip report`: finished runs, looked at again; what they are kept in.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};

use super::answer::shown;
use super::args::ReportArgs;
use crate::export;
use crate::report::{
    self, ExitCode, RunReport, Style, advised_profile, difference_table, history_table,
    report_junit, report_markdown, trend, trend_table,
};
use crate::settings::{Folders, HistorySettings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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

/// Keeps the report of a finished run, and forgets those that are too old and the oldest of too many.
///
/// # Errors
/// When the folder cannot be made or written to.
pub(super) fn keep(
    folder: &Path,
    report: &RunReport,
    limits: HistorySettings,
) -> Result<(), export::Error> {
    export::create_folder(folder)?;
    let name = format!("{}.json", report.run_id);
    export::write_atomic(&folder.join(name), &export::to_json(report)?)?;
    let runs: Vec<KeptRun> = kept(folder).into_iter().filter_map(KeptRun::of).collect();
    let forgotten = runs.len() - within(&runs, limits, SystemTime::now());
    // Another run may have forgotten one first.
    let oldest = runs[..forgotten].iter();
    oldest.for_each(|old| drop(fs::remove_file(&old.file)));
    Ok(())
}

/// A run that is kept.
struct KeptRun {
    file: PathBuf,
    bytes: u64,
    ended: SystemTime,
}

impl KeptRun {
    fn of(file: PathBuf) -> Option<Self> {
        let found = fs::metadata(&file).ok()?;
        Some(Self {
            bytes: found.len(),
            ended: found.modified().ok()?,
            file,
        })
    }
}

/// Returns how many runs of these, oldest first, go on being kept: the last is always.
fn within(runs: &[KeptRun], limits: HistorySettings, now: SystemTime) -> usize {
    let oldest = DAY.checked_mul(limits.max_days.get() as u32);
    let mut bytes = 0;
    let fits = |(place, run): &(usize, &KeptRun)| {
        bytes += run.bytes;
        let age = now.duration_since(run.ended).unwrap_or_default();
        let young = oldest.is_none_or(|oldest| age <= oldest);
        *place == 0 || young && *place < limits.max_runs.get() && bytes <= limits.max_bytes.0
    };
    runs.iter().rev().enumerate().take_while(fits).count()
}

/// Returns the last runs that are kept, by time; those that cannot be read are left out.
pub(super) fn last(folder: &Path, most: usize) -> Vec<RunReport> {
    let all = kept(folder);
    let files = &all[all.len().saturating_sub(most)..];
    files.iter().filter_map(|file| load(file).ok()).collect()
}

fn text(folder: &Path, args: &ReportArgs) -> anyhow::Result<String> {
    if let Some(last) = args.last {
        return several(folder, last, args);
    }
    let run = named(folder, args.run.as_deref())?;
    if let Some(before) = &args.compare {
        return Ok(difference_table(&named(folder, Some(before))?, &run));
    }
    if let Some(path) = &args.apply {
        apply(&run, path)?;
    }
    Ok(if args.json {
        serde_json::to_string_pretty(&run)? + "\n"
    } else if args.markdown {
        report_markdown(&run)
    } else if args.junit {
        report_junit(&run)
    } else {
        format!(
            "run         {}\n{}",
            run.run_id,
            report::report_text(&run, Style::default())
        )
    })
}

/// Writes what a run's report recommends as a profile, and says so.
fn apply(run: &RunReport, path: &Path) -> anyhow::Result<()> {
    match advised_profile(run) {
        Some(profile) => {
            export::write_atomic(path, profile.as_bytes())?;
            let name = path.display();
            report::say(&format!(
                "{name} is written: opusclip process … --profile {name}"
            ));
        }
        None => report::say("nothing is recommended: no profile is written"),
    }
    Ok(())
}

fn several(folder: &Path, last: usize, args: &ReportArgs) -> anyhow::Result<String> {
    let all = kept(folder);
    let files = &all[all.len().saturating_sub(last)..];
    let runs: Vec<RunReport> = files.iter().filter_map(|file| load_or_warn(file)).collect();
    if args.json && args.trend {
        return Ok(serde_json::to_string_pretty(&trend(&runs))? + "\n");
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Bytes, Count};

    /// How many of twenty runs, one a day and 10 bytes each, are kept within such limits.
    fn kept(days: usize, runs: usize, bytes: u64) -> usize {
        let now = SystemTime::UNIX_EPOCH + DAY * 100;
        let run = |age| KeptRun {
            file: PathBuf::new(),
            bytes: 10,
            ended: now - DAY * age,
        };
        let all: Vec<KeptRun> = (0..20).rev().map(run).collect();
        let limits = HistorySettings {
            max_days: Count::new(days).unwrap(),
            max_runs: Count::new(runs).unwrap(),
            max_bytes: Bytes(bytes),
        };
        within(&all, limits, now)
    }

    #[test]
    fn runs_are_kept_by_age_number_and_size_and_the_last_always() {
        assert_eq!(kept(30, 100, 1000), 20);
        assert_eq!(kept(4, 100, 1000), 5);
        assert_eq!(kept(30, 7, 1000), 7);
        assert_eq!(kept(30, 100, 95), 9);
        assert_eq!(kept(1, 1, 1), 1);
    }
}
