//! Cross-job de-duplication: each moment belongs to one job, the first of the manifest that shows it.
//!
//! Independent of which job runs next and of the number of workers. A job may choose its clips once every earlier job of the
//! manifest that can share a moment with it has told what it delivers. Where the best of all videos are wanted, every job
//! first offers what it has; once all have, [`archive::best`] decides.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clips::Fingerprint;
use crate::clips::dedup::MomentIndex;
use crate::clips::dedup::archive::{self, Offer, Place, Shortlist};
use crate::manifest::Archive;
use crate::timeline::TimeRange;

/// How often one who waits looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What the jobs of a run deliver.
#[derive(Debug)]
pub(crate) struct Dedup {
    archive: Option<Archive>,
    state: Mutex<DedupState>,
    told: Condvar,
}

#[derive(Debug)]
struct DedupState {
    /// By position in the manifest: whether the job has told what it delivers, or has ended.
    told: Vec<bool>,
    /// The first that has not.
    first_untold: usize,
    moments: MomentIndex,
    /// The ids of the jobs that deliver something, by position in the manifest.
    ids: BTreeMap<usize, String>,
    offers: BTreeMap<usize, JobOffers>,
    decided: Option<BTreeMap<usize, Vec<(TimeRange, Place)>>>,
}

/// What one job offers.
#[derive(Debug)]
struct JobOffers {
    /// The job's id.
    id: String,
    offers: Vec<Offer>,
}

impl Dedup {
    /// Returns the state of a run of so many jobs, which is to deliver the best of all where `archive` says so.
    pub(crate) fn new(jobs: usize, archive: Option<Archive>) -> Self {
        let state = DedupState {
            told: vec![false; jobs],
            first_untold: 0,
            moments: MomentIndex::new(Some(std::env::temp_dir())),
            ids: BTreeMap::new(),
            offers: BTreeMap::new(),
            decided: None,
        };
        Self {
            archive,
            state: Mutex::new(state),
            told: Condvar::new(),
        }
    }

    /// Returns the rule by which the best of all videos are chosen.
    pub(crate) fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref()
    }

    /// Tells whether a job may choose its clips now.
    pub(crate) fn has_turn(&self, job: usize) -> bool {
        self.lock().has_turn(job, self.archive.is_some())
    }

    /// Waits until a job may choose its clips.
    ///
    /// # Errors
    /// What `check` returns, asked ten times a second.
    pub(crate) fn wait<E>(&self, job: usize, check: impl Fn() -> Result<(), E>) -> Result<(), E> {
        let mut state = self.lock();
        while !state.has_turn(job, self.archive.is_some()) {
            check()?;
            let woken = self.told.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Returns which clip of another job shows each moment already.
    pub(crate) fn shown(&self, job: usize, prints: &[Fingerprint]) -> Vec<Option<String>> {
        let same = |print: &Fingerprint| {
            let candidates = self.lock().moments.candidates(job, print);
            let (other, rank) = candidates.first_same(print)?;
            let id = self.lock().ids.get(&other)?.clone();
            Some(format!("clip {rank} of {id}"))
        };
        prints.iter().map(same).collect()
    }

    /// Takes note of what a job delivers, best first, and lets later jobs choose; a job that tries again replaces its own.
    pub(crate) fn deliver(&self, job: usize, id: &str, prints: Vec<Fingerprint>) {
        let mut state = self.lock();
        state.moments.remove_job(job);
        state.ids.insert(job, id.to_owned());
        for (rank, print) in (1..).zip(prints) {
            state.moments.insert(job, rank, print);
        }
        state.tell(job);
        self.told.notify_all();
    }

    /// Takes note of what a job has to offer where the best of all videos are wanted.
    pub(crate) fn offer(&self, job: usize, id: &str, offers: Vec<Offer>) {
        let mut state = self.lock();
        let id = id.to_owned();
        state.offers.insert(job, JobOffers { id, offers });
        state.tell(job);
        self.told.notify_all();
    }

    /// Returns what becomes of each of a job's offers; nothing where it made none.
    pub(crate) fn places(&self, job: usize) -> Vec<(TimeRange, Place)> {
        match &self.archive {
            Some(rules) => self.lock().places(job, rules),
            None => Vec::new(),
        }
    }

    /// Takes note that a job has ended, however: nobody waits for it.
    pub(crate) fn end(&self, job: usize) {
        self.lock().tell(job);
        self.told.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, DedupState> {
        // Whole at every step, whoever panicked while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DedupState {
    fn has_turn(&self, job: usize, archive: bool) -> bool {
        if archive {
            self.first_untold == self.told.len()
        } else {
            self.first_untold >= job
        }
    }

    fn tell(&mut self, job: usize) {
        self.told[job] = true;
        while self.told.get(self.first_untold) == Some(&true) {
            self.first_untold += 1;
        }
    }

    fn places(&mut self, job: usize, rules: &Archive) -> Vec<(TimeRange, Place)> {
        let offers = &self.offers;
        let decided = self.decided.get_or_insert_with(|| decide(offers, rules));
        decided.get(&job).cloned().unwrap_or_default()
    }
}

/// Returns what becomes of the offers of each job, with the range that was offered.
fn decide(
    offers: &BTreeMap<usize, JobOffers>,
    rules: &Archive,
) -> BTreeMap<usize, Vec<(TimeRange, Place)>> {
    let lists: Vec<Shortlist<'_>> = offers
        .values()
        .map(|JobOffers { id, offers }| Shortlist { video: id, offers })
        .collect();
    let mut decided = BTreeMap::new();
    for ((job, offered), places) in offers.iter().zip(archive::best(&lists, rules)) {
        let ranges = offered.offers.iter().map(|offer| offer.range);
        decided.insert(*job, ranges.zip(places).collect());
    }
    decided
}

#[cfg(test)]
mod tests;
