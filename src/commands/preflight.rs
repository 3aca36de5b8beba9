//! What shows before a run that it will not go as asked: fonts and the output folder.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::export;
use crate::manifest::Job;
use crate::media::Fonts;
use crate::report;
use crate::settings::{Auto, Captions, Footprint, Machine, Origin, Problem, Settings};
use crate::timeline::Stage;

/// What to do about a font that is not there.
const FONT_HINT: &str = "`fc-list : family` lists the fonts that are; put its file into ~/.local/share/fonts or install its package, or leave caption-font at \"auto\"";

/// Returns a problem for each font that a job burns captions in with and that is not installed.
pub(super) fn missing_fonts(jobs: &[Job]) -> Vec<Problem> {
    let mut asked = BTreeSet::new();
    let burning = jobs
        .iter()
        .filter(|job| job.settings.captions == Captions::Burn);
    let named = burning.filter_map(|job| match &job.settings.caption_font {
        Auto::Auto => None,
        Auto::Set(font) => Some((&job.place, font)),
    });
    let first: Vec<_> = named.filter(|(_, font)| asked.insert(*font)).collect();
    if first.is_empty() {
        return Vec::new();
    }
    let fonts = Fonts::installed(None);
    let missing = first.into_iter().filter(|(_, font)| !fonts.has(font));
    let problems = missing.map(|(place, font)| {
        let what = format!("caption-font {font:?} is not installed");
        Problem::new(place.clone(), what).hint(FONT_HINT)
    });
    problems.collect()
}

/// Bytes of addresses that a run maps at least: libraries, models and threads, and to render clips encoders.
const LEAST_TO_ANALYSE: u64 = 1 << 30;
const LEAST_TO_RENDER: u64 = 2 << 30;

/// Fewer addresses may be mapped than a run needs.
#[derive(Debug, thiserror::Error)]
#[error(
    "only {limit} MiB of addresses may be mapped (ulimit -v), a run needs {least}: raise the limit, or take it off"
)]
pub(super) struct TooFewAddresses {
    limit: u64,
    least: u64,
}

/// Fails where a run up to `until` could not have the memory that it maps: an allocation that fails later ends it anywhere.
///
/// # Errors
/// [`TooFewAddresses`].
pub(super) fn check_addresses(machine: &Machine, until: Stage) -> Result<(), TooFewAddresses> {
    let least = if until >= Stage::Render {
        LEAST_TO_RENDER
    } else {
        LEAST_TO_ANALYSE
    };
    match machine.address_limit {
        Some(limit) if limit < least => Err(TooFewAddresses {
            limit: limit >> 20,
            least: least >> 20,
        }),
        _ => Ok(()),
    }
}

/// The memory that a run may have is less than it needs.
#[derive(Debug, thiserror::Error)]
#[error(
    "{limit} MiB of memory are too little, the run needs {needed} ({footprint}): raise max-memory, or lower jobs or memory-budget"
)]
pub(super) struct TooLittleMemory {
    limit: u64,
    needed: u64,
    footprint: Footprint,
}

/// Fails where the models and encoders of a run up to `until` do not fit in the memory that it may have.
///
/// # Errors
/// [`TooLittleMemory`].
pub(super) fn check_memory(settings: &Settings, until: Stage) -> Result<(), TooLittleMemory> {
    let footprint = settings.footprint();
    if until == Stage::Probe || footprint.fits() {
        return Ok(());
    }
    Err(TooLittleMemory {
        limit: settings.max_memory >> 20,
        needed: footprint.needed().div_ceil(1 << 20),
        footprint,
    })
}

/// What the longest run of a model takes on a processor, a batch of four windows of speech, with this much computing.
const LONGEST_BATCH: Duration = Duration::from_secs(20);

/// Returns a line where work under way cannot be ended within the grace after SIGTERM, as far as is known before.
pub(super) fn short_grace(settings: &Settings) -> Option<String> {
    let longest = LONGEST_BATCH / u32::try_from(settings.inference.threads.max(1)).unwrap_or(1);
    (settings.grace < longest).then(|| {
        format!(
            "grace = {:.1} s is shorter than one batch of a model may take here ({:.0} s): what is under way at SIGTERM is given up and done again by the next run",
            settings.grace.as_secs_f64(),
            longest.as_secs_f64(),
        )
    })
}

/// Fails when results cannot be written to a folder, which need not be there yet; leaves nothing there.
///
/// # Errors
/// As the run would fail.
pub(super) fn check_output(folder: &Path) -> Result<(), export::Error> {
    export::try_folder(folder)
}

/// Returns the problem of a manifest whose output folder cannot be written.
pub(super) fn problem_of_output(manifest: &Path, error: &export::Error) -> Problem {
    let place = Origin::WholeFile(manifest.to_string_lossy().into());
    Problem::new(place, format!("output folder {error}"))
}

/// Held while a run writes into its output folder, by one run at a time: two would list only their own clips there.
#[derive(Debug)]
pub(super) struct OutputLock {
    _lock: Option<File>,
}

impl OutputLock {
    /// Waits, and says so, until no other run writes into the folder, and removes what a killed one left half written there.
    ///
    /// Where a file system knows no locks nobody waits and nothing is removed.
    pub(super) fn wait(folder: &Path) -> Self {
        let Ok(lock) = File::open(folder) else {
            return Self { _lock: None };
        };
        let taken = match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let folder = folder.display();
                report::say(&format!("waiting: another run writes into {folder}"));
                lock.lock().is_ok()
            }
            tried => tried.is_ok(),
        };
        if taken {
            export::remove_drafts(folder);
        }
        Self {
            _lock: taken.then_some(lock),
        }
    }
}
