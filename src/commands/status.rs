//! `opusclip status` and `opusclip cancel`: runs under way, looked at and ended from another process.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Serialize;

use super::answer::shown;
use super::args::{CancelArgs, CancelHow};
use crate::export;
use crate::report::{self, ExitCode, RunStatus, Start, status_text};
use crate::settings::Folders;

/// Held by a run while it goes on: whoever finds it free knows that the run has ended.
#[derive(Debug)]
pub(super) struct RunMark {
    lock: PathBuf,
    _held: File,
}

impl RunMark {
    /// Marks a run of this process as under way and returns where its state is written.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn set(history: &Path, start: &Start) -> Result<(Self, PathBuf), export::Error> {
        let folder = folder_in(history);
        export::create_folder(&folder)?;
        let lock = folder.join(format!("{}.lock", start.run_id));
        let fault = |reason| export::Error::Io {
            path: lock.clone(),
            reason,
        };
        let held = File::create(&lock).map_err(fault)?;
        held.lock().map_err(fault)?;
        let state = lock.with_extension("json");
        Ok((Self { lock, _held: held }, state))
    }
}

impl Drop for RunMark {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.lock);
    }
}

/// Shows the runs under way.
pub(super) fn run(json: bool) -> ExitCode {
    #[derive(Serialize)]
    struct Answer {
        runs: Vec<RunStatus>,
    }
    let runs = under_way(&Folders::of_this_process().history);
    let text = if json {
        serde_json::to_string_pretty(&Answer { runs }).map(|text| text + "\n")
    } else if runs.is_empty() {
        Ok("no run is under way\n".to_owned())
    } else {
        Ok(runs.iter().map(status_text).collect())
    };
    text.map_or(ExitCode::SomeFailed, |text| shown(&text))
}

/// Asks a run to end.
pub(super) fn cancel(args: &CancelArgs) -> ExitCode {
    match try_cancel(args) {
        Ok(text) => shown(&text),
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            ExitCode::Usage
        }
    }
}

fn try_cancel(args: &CancelArgs) -> anyhow::Result<String> {
    let runs = under_way(&Folders::of_this_process().history);
    let run = named(&runs, args.run.as_deref())?;
    let (signal, what) = match args.how {
        CancelHow::Drain => (Signal::SIGINT, "ends when its videos under way are done"),
        CancelHow::Now => (Signal::SIGQUIT, "stops now"),
    };
    let pid = i32::try_from(run.pid).context("the process number is none")?;
    kill(Pid::from_raw(pid), signal).context("the run cannot be told")?;
    Ok(format!(
        "run {} {what}; run the same command again to go on\n",
        run.run_id
    ))
}

/// Returns the run that is meant: by the beginning of its id or by its output folder; the only one without a name.
fn named<'a>(runs: &'a [RunStatus], name: Option<&str>) -> anyhow::Result<&'a RunStatus> {
    let is_meant = |run: &&RunStatus| {
        name.is_none_or(|name| {
            let folder = fs::canonicalize(name);
            run.run_id.starts_with(name) || folder.is_ok_and(|folder| folder == run.output)
        })
    };
    let mut meant = runs.iter().filter(is_meant);
    match (meant.next(), meant.next(), name) {
        (Some(run), None, _) => Ok(run),
        (None, _, None) => bail!("no run is under way"),
        (None, _, Some(name)) => {
            bail!(
                "{name}: no run under way has this id or output folder; `opusclip status` lists them"
            )
        }
        (Some(_), Some(_), _) => {
            bail!(
                "several runs are under way; name one by its id or its output folder: `opusclip status` lists them"
            )
        }
    }
}

/// Returns the runs under way, the oldest first; sweeps what killed runs left.
fn under_way(history: &Path) -> Vec<RunStatus> {
    let entries = fs::read_dir(folder_in(history))
        .into_iter()
        .flatten()
        .flatten();
    let locks = entries.map(|entry| entry.path());
    let locks = locks.filter(|path| path.extension().is_some_and(|ending| ending == "lock"));
    let mut runs: Vec<RunStatus> = locks.filter_map(|lock| state_of(&lock)).collect();
    runs.sort_by(|a, b| a.run_id.cmp(&b.run_id));
    runs
}

/// Returns the state of the run that holds a lock; removes what is left of one that has ended.
fn state_of(lock: &Path) -> Option<RunStatus> {
    let state = lock.with_extension("json");
    if !is_held(lock) {
        let _ = fs::remove_file(&state);
        let _ = fs::remove_file(lock);
        return None;
    }
    serde_json::from_slice(&fs::read(state).ok()?).ok()
}

fn is_held(lock: &Path) -> bool {
    let tried = File::open(lock).map(|file| file.try_lock());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

fn folder_in(history: &Path) -> PathBuf {
    history.join("running")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn start(run_id: &str) -> Start {
        Start {
            run_id: run_id.to_owned(),
            started: "2026-01-14T10:15:30Z".to_owned(),
        }
    }

    fn status(run_id: &str, output: &Path) -> RunStatus {
        RunStatus {
            schema: 1,
            run_id: run_id.to_owned(),
            pid: std::process::id(),
            started: String::new(),
            output: output.to_owned(),
            jobs: 1,
            done: 0,
            failed: 0,
            realtime_factor: None,
            seconds_left: None,
            running: Vec::new(),
        }
    }

    #[test]
    fn a_run_is_under_way_as_long_as_it_holds_its_mark() {
        let history = TempDir::new().unwrap();
        let (mark, state) = RunMark::set(history.path(), &start("r")).unwrap();
        let told = serde_json::to_vec(&status("r", history.path())).unwrap();
        fs::write(&state, &told).unwrap();
        let runs = under_way(history.path());
        assert_eq!(runs.len(), 1);
        // Killed: the lock is free, and the files are still there.
        let lock = state.with_extension("lock");
        drop(mark);
        fs::write(&lock, b"").unwrap();
        assert_eq!(under_way(history.path()), []);
        assert!(!state.exists() && !lock.exists());
    }

    #[test]
    fn a_run_is_named_by_its_id_its_folder_or_by_being_the_only_one() {
        let folder = TempDir::new().unwrap();
        let path = fs::canonicalize(folder.path()).unwrap();
        let runs = [
            status("20260114-1", &path),
            status("20260115-2", Path::new("/x")),
        ];
        let name = |name: &str| named(&runs, Some(name)).map(|run| run.run_id.as_str());
        assert_eq!(name("20260115").unwrap(), "20260115-2");
        assert_eq!(name(path.to_str().unwrap()).unwrap(), "20260114-1");
        assert!(name("2026").is_err() && name("nothing").is_err());
        assert!(named(&runs, None).is_err() && named(&[], None).is_err());
        assert_eq!(named(&runs[..1], None).unwrap().run_id, "20260114-1");
    }
}
