//! Cross-job de-duplication: each moment belongs to one job, the first of the manifest that shows it.
//!
//! Independent of which job runs next and of the number of workers. A job may choose its clips once every earlier job of the
//! manifest has told what it delivers, or cannot share a moment with it by the sketches of both. Where the best of all videos
//! are wanted, every job first offers what it has; once all have, [`archive::best`] decides.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clips::dedup::archive::{self, Offer, Place, Shortlist};
use crate::clips::dedup::{Fingerprint, MomentIndex, VideoSketch};
use crate::manifest::Archive;
use crate::timeline::TimeRange;

/// A job that holds others up is sketched once it has been at work for so long: a short one is analysed by then.
const SKETCH_AFTER: Duration = Duration::from_secs(2);
/// Bytes of sketches that are kept; a job whose sketch does not fit is waited for.
const MOST_SKETCH_BYTES: usize = 64 << 20;

/// What the jobs of a run deliver.
#[derive(Debug)]
pub(crate) struct Dedup {
    archive: Option<Archive>,
    sketch_after: Duration,
    state: Mutex<DedupState>,
}

#[derive(Debug)]
struct DedupState {
    /// By position in the manifest.
    jobs: Vec<Standing>,
    /// The first that has not told what it delivers.
    first_untold: usize,
    /// Jobs that are analysed and wait, by position in the manifest.
    waiting: BTreeMap<usize, Clearance>,
    sketch_bytes: usize,
    moments: MomentIndex,
    /// The ids of the jobs that deliver something, by position in the manifest.
    ids: BTreeMap<usize, String>,
    offers: BTreeMap<usize, JobOffers>,
    decided: Option<BTreeMap<usize, Vec<(TimeRange, Place)>>>,
}

/// What is known of what a job can share with others.
#[derive(Debug, Clone)]
enum Standing {
    /// It has not begun, or began then and is not sketched.
    Unknown { begun: Option<Instant> },
    /// A worker sketches its sound.
    Sketching,
    /// Its sound is sketched, or its whole video; none where there is nothing to sketch it by.
    Sketched(Option<Arc<VideoSketch>>),
    /// It has told what it delivers, or has ended.
    Told,
}

/// How far a job that waits is known to share nothing with earlier ones.
#[derive(Debug, Default)]
struct Clearance {
    /// The first job of the manifest that is in its way, as far as was looked.
    next: usize,
    /// The sketch by which that job may share something.
    shares: Option<Arc<VideoSketch>>,
}

/// What one job offers.
#[derive(Debug)]
struct JobOffers {
    /// The job's id.
    id: String,
    offers: Vec<Offer>,
}

impl Dedup {
    /// Returns the state of a run of so many jobs, which is to deliver the best of all where `archive` says so; what does not
    /// fit in memory is kept in a nameless file of `folder`.
    pub(crate) fn new(jobs: usize, archive: Option<Archive>, folder: &Path) -> Self {
        let state = DedupState {
            jobs: vec![Standing::Unknown { begun: None }; jobs],
            first_untold: 0,
            waiting: BTreeMap::new(),
            sketch_bytes: 0,
            moments: MomentIndex::new(Some(folder.to_owned())),
            ids: BTreeMap::new(),
            offers: BTreeMap::new(),
            decided: None,
        };
        Self {
            archive,
            sketch_after: SKETCH_AFTER,
            state: Mutex::new(state),
        }
    }

    /// Returns the rule by which the best of all videos are chosen.
    pub(crate) fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref()
    }

    /// Takes note that a worker begins a job.
    pub(crate) fn begin(&self, job: usize) {
        let begun = Some(Instant::now());
        self.lock().set(job, Standing::Unknown { begun });
    }

    /// Takes note of the sketch of a job that [`Self::to_sketch`] named; none where it cannot be sketched.
    pub(crate) fn sketched(&self, job: usize, sketch: Option<VideoSketch>) {
        let mut state = self.lock();
        if matches!(state.jobs[job], Standing::Sketching) {
            let sketch = state.fitting(sketch);
            state.set(job, Standing::Sketched(sketch));
        }
    }

    /// Tells whether the sketch of a job is still of use: it is not analysed yet.
    pub(crate) fn is_sketching(&self, job: usize) -> bool {
        matches!(self.lock().jobs[job], Standing::Sketching)
    }

    /// Takes note that a job is analysed and wants to choose, and of the sketch of its whole video.
    pub(crate) fn analysed(&self, job: usize, sketch: Option<VideoSketch>) {
        let mut state = self.lock();
        if matches!(state.jobs[job], Standing::Told) {
            return;
        }
        let sketch = state.fitting(sketch);
        state.set(job, Standing::Sketched(sketch));
        state.waiting.insert(job, Clearance::default());
    }

    /// Tells whether a job may choose its clips now.
    pub(crate) fn has_turn(&self, job: usize) -> bool {
        let mut state = self.lock();
        if self.archive.is_some() {
            state.first_untold == state.jobs.len()
        } else {
            state.has_turn(job)
        }
    }

    /// Names a job to sketch because some of those put aside wait for it; each is named once.
    pub(crate) fn to_sketch(&self, aside: &mut dyn Iterator<Item = usize>) -> Option<usize> {
        let mut state = self.lock();
        let wanted = |job: usize| {
            let next = state.waiting.get(&job)?.next;
            state.jobs[job].sketch()?;
            let Standing::Unknown { begun } = state.jobs.get(next)? else {
                return None;
            };
            ((*begun)?.elapsed() >= self.sketch_after).then_some(next)
        };
        let mut named = aside.filter_map(wanted);
        let named = named.next().filter(|_| self.archive.is_none())?;
        state.set(named, Standing::Sketching);
        Some(named)
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
    }

    /// Takes note of what a job has to offer where the best of all videos are wanted.
    pub(crate) fn offer(&self, job: usize, id: &str, offers: Vec<Offer>) {
        let mut state = self.lock();
        let id = id.to_owned();
        state.offers.insert(job, JobOffers { id, offers });
        state.tell(job);
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
    }

    fn lock(&self) -> MutexGuard<'_, DedupState> {
        // Whole at every step, whoever panicked while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DedupState {
    /// Tells whether every earlier job has told what it delivers, or can share nothing with this one.
    fn has_turn(&mut self, job: usize) -> bool {
        if self.first_untold >= job {
            return true;
        }
        let Some(waiting) = self.waiting.get_mut(&job) else {
            return false;
        };
        let own = self.jobs[job].sketch();
        waiting.next = waiting.next.max(self.first_untold);
        while waiting.next < job && waiting.is_clear(own, &self.jobs[waiting.next]) {
            waiting.next += 1;
        }
        waiting.next >= job
    }

    fn tell(&mut self, job: usize) {
        self.set(job, Standing::Told);
        self.waiting.remove(&job);
        while let Some(Standing::Told) = self.jobs.get(self.first_untold) {
            self.first_untold += 1;
        }
    }

    /// Returns a sketch if it fits beside the others.
    fn fitting(&self, sketch: Option<VideoSketch>) -> Option<Arc<VideoSketch>> {
        let fits = |one: &VideoSketch| self.sketch_bytes + one.bytes() <= MOST_SKETCH_BYTES;
        sketch.filter(fits).map(Arc::new)
    }

    fn set(&mut self, job: usize, standing: Standing) {
        let before = std::mem::replace(&mut self.jobs[job], standing);
        self.sketch_bytes -= before.bytes();
        self.sketch_bytes += self.jobs[job].bytes();
    }

    fn places(&mut self, job: usize, rules: &Archive) -> Vec<(TimeRange, Place)> {
        let offers = &self.offers;
        let decided = self.decided.get_or_insert_with(|| decide(offers, rules));
        decided.get(&job).cloned().unwrap_or_default()
    }
}

impl Standing {
    fn sketch(&self) -> Option<&Arc<VideoSketch>> {
        match self {
            Self::Sketched(sketch) => sketch.as_ref(),
            _ => None,
        }
    }

    /// Returns the bytes of the sketch.
    fn bytes(&self) -> usize {
        self.sketch().map_or(0, |sketch| sketch.bytes())
    }
}

impl Clearance {
    /// Tells whether a job that comes before one with this sketch is in its way no longer.
    fn is_clear(&mut self, own: Option<&Arc<VideoSketch>>, other: &Standing) -> bool {
        if matches!(other, Standing::Told) {
            return true;
        }
        let Some((own, other)) = own.zip(other.sketch()) else {
            return false;
        };
        let known = self.shares.as_ref();
        if known.is_some_and(|known| Arc::ptr_eq(known, other)) {
            return false;
        }
        let may_share = own.may_share(other);
        self.shares = may_share.then(|| Arc::clone(other));
        !may_share
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
