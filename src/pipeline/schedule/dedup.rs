//! Cross-job de-duplication: each moment belongs to one job, the first of the manifest that shows it.
//!
//! Independent of which job runs next and of the number of workers. A job may choose its clips once every earlier job of the
//! manifest that can share a moment with it has told what it delivers. Where the best of all videos are wanted, every job
//! first offers what it has; once all have, [`archive::best`] decides.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::prelude::*;

use crate::clips::archive::{self, Offer, Place, Shortlist};
use crate::clips::{Fingerprint, same_moment};
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

#[derive(Debug, Default)]
struct DedupState {
    /// By position in the manifest: whether the job has told what it delivers, or has ended.
    told: Vec<bool>,
    /// The first that has not.
    first_untold: usize,
    moments: Vec<Arc<Moment>>,
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

/// A moment that a job delivers.
#[derive(Debug)]
struct Moment {
    /// The job's position in the manifest.
    job: usize,
    /// For people: `clip 2 of talk`.
    name: String,
    print: Fingerprint,
}

impl Dedup {
    /// Returns the state of a run of so many jobs, which is to deliver the best of all where `archive` says so.
    pub(crate) fn new(jobs: usize, archive: Option<Archive>) -> Self {
        let state = DedupState {
            told: vec![false; jobs],
            ..DedupState::default()
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
        let mut others = self.lock().moments.clone();
        others.retain(|moment| moment.job != job);
        let same = |print: &Fingerprint| {
            let found = others
                .par_iter()
                .find_first(|moment| same_moment(print, &moment.print));
            found.map(|moment| moment.name.clone())
        };
        prints.iter().map(same).collect()
    }

    /// Takes note of what a job delivers, best first, and lets later jobs choose; a job that tries again replaces its own.
    pub(crate) fn deliver(&self, job: usize, id: &str, prints: Vec<Fingerprint>) {
        let mut state = self.lock();
        state.moments.retain(|moment| moment.job != job);
        let named = prints.into_iter().zip(1..);
        state.moments.extend(named.map(|(print, rank)| {
            let name = format!("clip {rank} of {id}");
            Arc::new(Moment { job, name, print })
        }));
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
