//! Sampling of pictures for persons: some a second, not where nothing has changed. Pure.

use std::time::Duration;

use serde::Serialize;

use crate::frame::SmallPicture;
use crate::timeline::Timestamp;

/// How sure the model of faces is of one that is there, 0..1.
pub const SURE_FACE: f32 = 0.5;

/// What decides which pictures are searched for persons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PersonSamplingRules {
    /// From one picture to the next.
    pub interval: Duration,
    /// Levels of 255 by which each value of a small picture may differ where nothing has changed.
    pub same: u8,
    /// A picture with a face at least this sure is not searched, 0..1: who is seen need not be looked for.
    pub sure_face: f32,
}

impl PersonSamplingRules {
    /// Returns the rules for pictures this far apart.
    pub fn every(interval: Duration) -> Self {
        Self {
            interval,
            same: 2,
            sure_face: SURE_FACE,
        }
    }
}

/// What is done with a picture in which no face is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonLook {
    /// It shows what the one searched last shows, whose time this is.
    SameAs(Timestamp),
    /// It is searched for persons.
    Search,
}

/// Watches one video from its first picture to its last.
#[derive(Debug, Clone)]
pub struct PersonSampling {
    rules: PersonSamplingRules,
    /// When the next picture may be looked at.
    next: Option<Timestamp>,
    searched: Option<(Timestamp, Box<SmallPicture>)>,
}

impl PersonSampling {
    /// Returns a watcher that has seen nothing.
    pub fn new(rules: PersonSamplingRules) -> Self {
        Self {
            rules,
            next: None,
            searched: None,
        }
    }

    /// Tells whether the next picture is to be searched if no face is found in it.
    pub fn is_due(&mut self, time: Timestamp) -> bool {
        let due = self.next.is_none_or(|next| time >= next);
        if due {
            self.next = Some(time + self.rules.interval);
        }
        due
    }

    /// Returns what is done with the next picture without a face; `small` is the same at 48x27.
    pub fn next(&mut self, time: Timestamp, small: &SmallPicture) -> PersonLook {
        match &self.searched {
            Some((searched, before)) if self.is_same(before, small) => {
                PersonLook::SameAs(*searched)
            }
            _ => {
                self.searched = Some((time, Box::new(*small)));
                PersonLook::Search
            }
        }
    }

    fn is_same(&self, before: &SmallPicture, now: &SmallPicture) -> bool {
        let mut pairs = before.iter().zip(now);
        pairs.all(|(before, now)| before.abs_diff(*now) <= self.rules.same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SMALL_BYTES;

    fn at(millis: i64) -> Timestamp {
        Timestamp::new(millis, 1000).unwrap()
    }

    fn sampling() -> PersonSampling {
        PersonSampling::new(PersonSamplingRules::every(Duration::from_millis(500)))
    }

    #[test]
    fn two_pictures_a_second_are_looked_at() {
        let mut sampling = sampling();
        let due = (0..1400)
            .step_by(200)
            .filter(|time| sampling.is_due(at(*time)));
        assert_eq!(due.collect::<Vec<_>>(), [0, 600, 1200]);
    }

    #[test]
    fn what_stands_still_is_searched_once() {
        let mut sampling = sampling();
        let mut look = |time, level| sampling.next(at(time), &[level; SMALL_BYTES]);
        assert_eq!(look(0, 90), PersonLook::Search);
        assert_eq!(look(500, 92), PersonLook::SameAs(at(0)));
        assert_eq!(look(1000, 93), PersonLook::Search);
        assert_eq!(look(1500, 93), PersonLook::SameAs(at(1000)));
    }
}
