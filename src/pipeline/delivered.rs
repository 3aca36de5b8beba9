//! Which moments a run delivers: each once, whatever the number of workers.
//!
//! Jobs choose one after the other, in the order of the queue, and see what those before them deliver. A job whose turn has
//! not come waits, or is put aside while its worker takes another. Where the best of all videos are wanted, every job first
//! offers what it has and is put aside; once all have, [`archive::best`] decides.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::prelude::*;

use super::lock;
use super::schedule::Queue;
use crate::clips::archive::{self, Offer, Place, Shortlist};
use crate::clips::{Fingerprint, same_moment};
use crate::manifest::Archive;

/// How often one who waits looks whether the run is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The jobs of a run on their way to their clips, and what was delivered so far.
#[derive(Debug)]
pub(super) struct Delivered {
    queue: Queue,
    archive: Option<Archive>,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// By place in the queue: whether the job has told what it delivers, or has ended.
    told: Vec<bool>,
    /// The first that has not.
    first: usize,
    /// Jobs in the hands of workers.
    at_work: usize,
    /// Jobs put aside, by place.
    aside: BTreeMap<usize, Ticket>,
    /// Jobs put aside that the run ends without.
    given_up: Vec<usize>,
    shown: Vec<Arc<Shown>>,
    offers: BTreeMap<usize, (String, Vec<Offer>)>,
    decided: Option<BTreeMap<usize, Vec<Place>>>,
}

/// A moment that a job delivers.
#[derive(Debug)]
struct Shown {
    place: usize,
    /// For people: `clip 2 of talk`.
    name: String,
    print: Fingerprint,
}

/// What is known of a job between one worker and the next.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    /// Its place in the queue.
    place: usize,
    /// Its place in the manifest.
    pub(super) slot: usize,
    /// Whether it was put aside before.
    pub(super) again: bool,
    /// Times it was tried.
    pub(super) attempts: u32,
    /// How long workers had it.
    pub(super) spent: Duration,
}

/// A job in the hands of a worker. When it is dropped the job has ended, unless it was put aside.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    delivered: &'a Delivered,
    pub(super) ticket: Ticket,
    leaves: bool,
}

impl Delivered {
    /// Returns the jobs of a run, which is to deliver the best of all where `archive` says so.
    pub(super) fn new(order: Vec<usize>, archive: Option<Archive>) -> Self {
        let state = State {
            told: vec![false; order.len()],
            ..State::default()
        };
        Self {
            queue: Queue::new(order),
            archive,
            state: Mutex::new(state),
            moved: Condvar::new(),
        }
    }

    /// Takes the next job: one put aside whose turn has come, else a new one; waits where there will be one later.
    ///
    /// Returns `None` when no job is left, or none may begin.
    pub(super) fn next(&self, draining: impl Fn() -> bool) -> Option<Turn<'_>> {
        let mut state = lock(&self.state);
        loop {
            if draining() {
                state.give_up();
                self.moved.notify_all();
                return None;
            }
            if let Some(ticket) = self.ready(&mut state).or_else(|| self.new_ticket()) {
                state.at_work += 1;
                return Some(Turn {
                    delivered: self,
                    ticket,
                    leaves: false,
                });
            }
            let more = self.archive.is_some() && !state.all_told() && state.at_work > 0;
            if state.aside.is_empty() && !more {
                return None;
            }
            state = self.sleep(state);
        }
    }

    /// Returns the jobs that nobody took or that were given up, by their places in the manifest.
    pub(super) fn left(&self) -> Vec<usize> {
        let given_up = lock(&self.state).given_up.clone();
        [self.queue.left(), &given_up].concat()
    }

    fn new_ticket(&self) -> Option<Ticket> {
        let (place, slot) = self.queue.take()?;
        Some(Ticket {
            place,
            slot,
            again: false,
            attempts: 0,
            spent: Duration::ZERO,
        })
    }

    fn ready(&self, state: &mut State) -> Option<Ticket> {
        let first = *state.aside.first_key_value()?.0;
        self.has_turn(state, first)
            .then(|| state.aside.remove(&first))
            .flatten()
    }

    fn has_turn(&self, state: &State, place: usize) -> bool {
        match self.archive {
            Some(_) => state.all_told(),
            None => state.first >= place,
        }
    }

    fn sleep<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let waited = self.moved.wait_timeout(state, LOOK);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn tell(&self, state: &mut State, place: usize) {
        state.tell(place);
        self.moved.notify_all();
    }
}

impl State {
    fn all_told(&self) -> bool {
        self.first == self.told.len()
    }

    fn tell(&mut self, place: usize) {
        self.told[place] = true;
        while self.told.get(self.first) == Some(&true) {
            self.first += 1;
        }
    }

    /// Ends the jobs that were put aside, so that nobody waits for them.
    fn give_up(&mut self) {
        for (place, ticket) in std::mem::take(&mut self.aside) {
            self.given_up.push(ticket.slot);
            self.tell(place);
        }
    }

    /// Returns what becomes of the offers of a job.
    fn places(&mut self, place: usize, rules: &Archive) -> Vec<Place> {
        let offers = &self.offers;
        let decided = self.decided.get_or_insert_with(|| {
            let lists: Vec<Shortlist<'_>> = offers
                .values()
                .map(|(video, offers)| Shortlist { video, offers })
                .collect();
            let places = archive::best(&lists, rules);
            offers.keys().copied().zip(places).collect()
        });
        decided.get(&place).cloned().unwrap_or_default()
    }
}

impl<'a> Turn<'a> {
    /// Tells whether the job may choose now.
    pub(super) fn has_come(&self) -> bool {
        let state = lock(&self.delivered.state);
        self.delivered.has_turn(&state, self.ticket.place)
    }

    /// Tells whether a worker who puts the job aside finds another to do.
    pub(super) fn others_wait(&self) -> bool {
        self.delivered.archive.is_some() || !self.delivered.queue.is_empty()
    }

    /// Returns the rule by which the best of all videos are chosen.
    pub(super) fn archive(&self) -> Option<&'a Archive> {
        self.delivered.archive.as_ref()
    }

    /// Waits until the job may choose.
    ///
    /// # Errors
    /// What `check` returns, asked ten times a second.
    pub(super) fn wait<E>(&self, check: impl Fn() -> Result<(), E>) -> Result<(), E> {
        let delivered = self.delivered;
        let mut state = lock(&delivered.state);
        while !delivered.has_turn(&state, self.ticket.place) {
            check()?;
            state = delivered.sleep(state);
        }
        Ok(())
    }

    /// Returns which clip of an earlier job shows each moment already.
    pub(super) fn shown(&self, prints: &[Fingerprint]) -> Vec<Option<String>> {
        let mut earlier = lock(&self.delivered.state).shown.clone();
        earlier.retain(|shown| shown.place < self.ticket.place);
        let same = |print: &Fingerprint| {
            let found = earlier
                .par_iter()
                .find_first(|shown| same_moment(print, &shown.print));
            found.map(|shown| shown.name.clone())
        };
        prints.iter().map(same).collect()
    }

    /// Tells what the job delivers, best first, and lets the next one choose.
    pub(super) fn deliver(&self, job: &str, prints: Vec<Fingerprint>) {
        let place = self.ticket.place;
        let mut state = lock(&self.delivered.state);
        state.shown.retain(|shown| shown.place != place);
        let named = prints.into_iter().zip(1..);
        state.shown.extend(named.map(|(print, rank)| {
            let name = format!("clip {rank} of {job}");
            Arc::new(Shown { place, name, print })
        }));
        self.delivered.tell(&mut state, place);
    }

    /// Tells what the job has to offer where the best of all videos are wanted.
    pub(super) fn offer(&self, job: &str, offers: Vec<Offer>) {
        let mut state = lock(&self.delivered.state);
        state
            .offers
            .insert(self.ticket.place, (job.to_owned(), offers));
        self.delivered.tell(&mut state, self.ticket.place);
    }

    /// Returns what becomes of each of the job's offers; nothing where it made none.
    pub(super) fn places(&self) -> Vec<Place> {
        match self.archive() {
            Some(rules) => lock(&self.delivered.state).places(self.ticket.place, rules),
            None => Vec::new(),
        }
    }

    /// Puts the job aside until its turn has come.
    pub(super) fn put_aside(mut self) {
        self.leaves = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.delivered.state);
        state.at_work -= 1;
        match self.leaves {
            true => {
                let again = true;
                let ticket = self.ticket.clone();
                state.aside.insert(ticket.place, Ticket { again, ..ticket });
                self.delivered.moved.notify_all();
            }
            false => self.delivered.tell(&mut state, self.ticket.place),
        }
    }
}

#[cfg(test)]
mod tests;
