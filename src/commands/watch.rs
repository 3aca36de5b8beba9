//! `opusclip process --watch`: a batch of what is in folders, done again whenever files there are finished being written.
//!
//! Each run is of all files that are finished, so that the page and the report tell of all of them; what is done already is
//! known and proven, and costs next to nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};

use super::args::ProcessArgs;
use super::process::{carry_out, load};
use crate::report::{self, ExitCode, Style};

/// How often one looks.
const LOOK: Duration = Duration::from_millis(500);
/// A file whose size and time have stayed the same for so long is finished.
const SETTLED: Duration = Duration::from_secs(3);

/// Watches the folders until a signal comes, or a run cannot begin.
pub(super) fn run(args: &ProcessArgs) -> ExitCode {
    if let Some(other) = args.inputs.iter().find(|input| !input.is_dir()) {
        let what = format!("{}: --watch takes folders", other.display());
        report::complain(Style::of_stderr(args.color), &what, None);
        return ExitCode::Usage;
    }
    let signal = match heard() {
        Ok(signal) => signal,
        Err(error) => {
            report::say(&format!("error: listen for signals: {error}"));
            return ExitCode::TryAgain;
        }
    };
    report::say("watching: Ctrl-C ends it");
    let (mut files, mut done) = (SettlingFiles::default(), Vec::new());
    loop {
        match ended(&signal) {
            Some(code) => return code,
            None => std::thread::sleep(LOOK),
        }
        let mut plan = match load(args) {
            Ok(plan) => plan,
            Err(code) => return code,
        };
        let inputs = plan.jobs.iter().map(|job| job.input.as_path());
        let finished = files.look(inputs, Instant::now(), state_of);
        if finished.is_empty() || finished == done {
            continue;
        }
        plan.jobs
            .retain(|job| finished.iter().any(|(file, _)| *file == job.input));
        match carry_out(args, &plan) {
            // One that failed is tried again with the next file.
            ExitCode::Done | ExitCode::SomeFailed | ExitCode::BadInput | ExitCode::TryAgain => {}
            code => return code,
        }
        done = finished;
    }
}

/// Returns where the number of the last signal stands that asked for the end; 0 before there was one.
fn heard() -> io::Result<Arc<AtomicUsize>> {
    let last = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGQUIT, SIGTERM] {
        signal_hook::flag::register_usize(signal, Arc::clone(&last), signal as usize)?;
    }
    Ok(last)
}

/// Returns how the program ends after a signal.
fn ended(signal: &AtomicUsize) -> Option<ExitCode> {
    match signal.load(Ordering::Relaxed) {
        0 => None,
        signal if signal == SIGTERM as usize => Some(ExitCode::Terminated),
        _ => Some(ExitCode::Interrupted),
    }
}

/// What tells that a file is still being written: its size and when it was last changed.
type FileState = (u64, SystemTime);

fn state_of(file: &Path) -> Option<FileState> {
    let found = std::fs::metadata(file).ok()?;
    Some((found.len(), found.modified().ok()?))
}

/// Files and since when each is as it is.
#[derive(Debug, Default)]
struct SettlingFiles(BTreeMap<PathBuf, (FileState, Instant)>);

impl SettlingFiles {
    /// Returns the files that are finished, with their states, in order; `state` is none of one that is gone.
    fn look<'f>(
        &mut self,
        files: impl Iterator<Item = &'f Path>,
        now: Instant,
        state: impl Fn(&Path) -> Option<FileState>,
    ) -> Vec<(PathBuf, FileState)> {
        let mut seen = BTreeMap::new();
        for file in files {
            let Some(found) = state(file).filter(|(bytes, _)| *bytes > 0) else {
                continue;
            };
            let since = match self.0.get(file) {
                Some((before, since)) if *before == found => *since,
                _ => now,
            };
            seen.insert(file.to_owned(), (found, since));
        }
        self.0 = seen;
        let settled = |(_, since): &(FileState, Instant)| now.duration_since(*since) >= SETTLED;
        let finished = self.0.iter().filter(|(_, seen)| settled(seen));
        finished
            .map(|(file, (state, _))| (file.clone(), *state))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_finished_when_it_has_not_changed_for_a_while() {
        let (mut files, begun) = (SettlingFiles::default(), Instant::now());
        let mut look = |seconds: u64, sizes: &[(&str, u64)]| {
            let names = sizes.iter().map(|(name, _)| Path::new(*name));
            let state = |file: &Path| {
                let found = sizes.iter().find(|(name, _)| Path::new(name) == file);
                found.map(|(_, bytes)| (*bytes, SystemTime::UNIX_EPOCH))
            };
            let found = files.look(names, begun + Duration::from_secs(seconds), state);
            let names = found.iter().map(|(file, _)| file.display().to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(look(0, &[("a", 10), ("b", 0)]), "");
        assert_eq!(look(2, &[("a", 20), ("b", 0)]), "");
        assert_eq!(look(4, &[("a", 20), ("b", 5)]), "");
        assert_eq!(look(5, &[("a", 20), ("b", 5)]), "a");
        assert_eq!(look(7, &[("a", 20), ("b", 5)]), "a b");
        // Written again, and gone.
        assert_eq!(look(8, &[("a", 30), ("b", 5)]), "b");
        assert_eq!(look(12, &[("a", 30)]), "a");
    }
}
