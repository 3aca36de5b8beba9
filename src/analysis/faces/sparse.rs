//! Choice of the pictures that are searched for faces: as few as the faces allow. Pure.
//!
//! A picture is searched now and then; where the faces of two searched ones agree, those of the pictures between them lie between
//! them, else the middle one is searched, too. So where a face comes, goes or moves unevenly all pictures are searched.

mod agree;
mod rules;

use std::collections::VecDeque;
use std::time::Duration;

use kernels::difference;

use self::agree::{FoundFaces, agree, between};
use super::{Detection, PictureFaces, SampledFaces};
use crate::frame::{SMALL_BYTES, SmallPicture};
use crate::timeline::Timestamp;

pub use rules::SparseRules;

/// The pictures of one video, in order of time, on the way from being sampled to their faces; `P` is what can be searched.
#[derive(Debug)]
pub struct SparseSearch<P> {
    /// None where all pictures are searched.
    rules: Option<SparseRules>,
    interval: Duration,
    /// Pictures whose faces are known for good.
    done: Vec<SampledFaces>,
    /// Those after them; the first is or was searched, unless none was.
    open: VecDeque<(Timestamp, PictureState<P>)>,
    /// The last picture that was searched as soon as it came.
    last_search: Option<Timestamp>,
    last: Option<Box<SmallPicture>>,
}

/// How far a picture is.
#[derive(Debug)]
enum PictureState<P> {
    /// It may be spared.
    Waiting(P),
    /// It must be searched.
    Due(P),
    /// It is being searched.
    Asked,
    /// Its faces.
    Found(Vec<Detection>),
}

impl<P> SparseSearch<P> {
    /// Returns a search that has seen no picture, of pictures about `interval` apart; without rules it spares none.
    pub fn new(rules: Option<SparseRules>, interval: Duration) -> Self {
        Self {
            rules,
            interval,
            done: Vec::new(),
            open: VecDeque::new(),
            last_search: None,
            last: None,
        }
    }

    /// Tells whether the next picture, shown at `time`, must be searched at once; the one before may have become due, too.
    pub fn is_next_due(&mut self, time: Timestamp, small: &SmallPicture) -> bool {
        let last = self.last.replace(Box::new(*small));
        let Some(rules) = self.rules else {
            return true;
        };
        let change = last.map_or(0, |last| difference(&*last, small) as usize);
        let is_other = change > rules.change as usize * SMALL_BYTES;
        let (longest, half) = (rules.longest_of(self.interval), self.interval / 2);
        let since = self.last_search.map(|last| time.since(last));
        if is_other || since.is_some_and(|since| since > longest + half) {
            self.end_stretch();
        }
        is_other || since.is_none_or(|since| since + half >= longest)
    }

    /// Adds the next picture, which is being searched; returns its number.
    pub fn push_searched(&mut self, time: Timestamp) -> usize {
        self.last_search = Some(time);
        self.push(time, PictureState::Asked)
    }

    /// Adds the next picture, which waits until it is due or spared; returns its number.
    pub fn push_waiting(&mut self, time: Timestamp, picture: P) -> usize {
        self.push(time, PictureState::Waiting(picture))
    }

    /// Returns the number of pictures that are held.
    pub fn held(&self) -> usize {
        let holds = |state: &PictureState<P>| {
            matches!(state, PictureState::Waiting(_) | PictureState::Due(_))
        };
        self.open.iter().filter(|(_, state)| holds(state)).count()
    }

    /// Says that no picture follows the last one for now, so that it cannot be spared.
    pub fn end_stretch(&mut self) {
        if let Some((_, state)) = self.open.back_mut() {
            state.make_due();
        }
    }

    /// Takes the next picture that must be searched, with its number.
    pub fn take_due(&mut self) -> Option<(usize, P)> {
        let states = self.open.iter_mut().map(|(_, state)| state);
        let (slot, picture) = states
            .enumerate()
            .find_map(|(slot, state)| Some((slot, state.take_due()?)))?;
        Some((self.done.len() + slot, picture))
    }

    /// Takes the faces of a picture that was searched, and finds what is due for them.
    pub fn answer(&mut self, number: usize, faces: Vec<Detection>) {
        if let Some((_, state)) = number
            .checked_sub(self.done.len())
            .and_then(|slot| self.open.get_mut(slot))
        {
            *state = PictureState::Found(faces);
        }
        self.settle();
    }

    /// Returns the faces of all pictures, in order; all that were due must be answered.
    pub fn finish(mut self) -> Vec<SampledFaces> {
        self.settle();
        let rest = self
            .open
            .into_iter()
            .filter_map(|(time, state)| match state {
                PictureState::Found(faces) => Some((time, searched(faces))),
                _ => None,
            });
        self.done.extend(rest);
        self.done
    }

    fn push(&mut self, time: Timestamp, state: PictureState<P>) -> usize {
        self.open.push_back((time, state));
        self.done.len() + self.open.len() - 1
    }

    /// Finds what is due between pictures whose faces are known, and closes what is known for good.
    fn settle(&mut self) {
        if let Some(rules) = self.rules {
            self.find_due(&rules);
        }
        while let Some(end) = self.settled_end() {
            self.close(end);
        }
    }

    /// Makes the middle picture due wherever the faces on both sides do not agree.
    fn find_due(&mut self, rules: &SparseRules) {
        let tried: Vec<usize> = self.tried().collect();
        for gap in tried.windows(2) {
            let (from, to) = (gap[0], gap[1]);
            let ends = self.faces_at(from).zip(self.faces_at(to));
            if to - from > 1 && ends.is_some_and(|(a, b)| !agree(a, b, rules)) {
                self.open[from.midpoint(to)].1.make_due();
            }
        }
    }

    /// Returns the second picture that is known for good, where all between it and the first are, too.
    fn settled_end(&self) -> Option<usize> {
        let end = self.tried().nth(1)?;
        self.faces_at(0).and(self.faces_at(end)).map(|_| end)
    }

    /// Moves the pictures before one that is known to those that are done.
    fn close(&mut self, end: usize) {
        let Some((from, to)) = self.faces_at(0).zip(self.faces_at(end)) else {
            return;
        };
        let spared = self.open.range(1..end);
        let spared = spared.map(|(time, _)| (*time, self.faces_between(from, to, *time)));
        let spared: Vec<_> = spared.collect();
        self.done.push((from.0, searched(from.1.to_vec())));
        self.done.extend(spared.into_iter().map(|(time, faces)| {
            let searched = false;
            (time, PictureFaces { faces, searched })
        }));
        self.open.drain(..end);
    }

    fn faces_between(
        &self,
        from: FoundFaces<'_>,
        to: FoundFaces<'_>,
        time: Timestamp,
    ) -> Vec<Detection> {
        let rules = self.rules.as_ref();
        rules.map_or_else(Vec::new, |rules| between(from, to, time, rules))
    }

    /// Returns the places of the open pictures that do not wait.
    fn tried(&self) -> impl Iterator<Item = usize> {
        let states = self.open.iter().enumerate();
        let tried = states.filter(|(_, (_, state))| !matches!(state, PictureState::Waiting(_)));
        tried.map(|(slot, _)| slot)
    }

    fn faces_at(&self, slot: usize) -> Option<FoundFaces<'_>> {
        match self.open.get(slot)? {
            (time, PictureState::Found(faces)) => Some((*time, faces)),
            _ => None,
        }
    }
}

impl<P> PictureState<P> {
    fn make_due(&mut self) {
        *self = match std::mem::replace(self, Self::Asked) {
            Self::Waiting(picture) => Self::Due(picture),
            other => other,
        };
    }

    fn take_due(&mut self) -> Option<P> {
        match std::mem::replace(self, Self::Asked) {
            Self::Due(picture) => Some(picture),
            other => {
                *self = other;
                None
            }
        }
    }
}

fn searched(faces: Vec<Detection>) -> PictureFaces {
    let searched = true;
    PictureFaces { faces, searched }
}

#[cfg(test)]
mod tests;
