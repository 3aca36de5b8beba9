//! Film cycles: of each five pictures that were put together of fields again, the one that is shown twice is left out, and the other
//! four get the times of film.

use std::collections::VecDeque;

use crate::media::VideoStream;
use crate::media::luma::LumaPicture;
use crate::media::pulldown::{FILM_RATE, SPREAD_RATE};
use crate::media::timebase::{Shown, Still};
use crate::timeline::Timestamp;

/// Pictures of a cycle, and those of them that were filmed.
const CYCLE: i64 = 5;
const FILMED: i64 = 4;

/// Leaves out what the pulldown added.
///
/// Cycles are counted from the start of the stream, so that a picture has the same time wherever decoding began.
pub(in crate::media) struct FilmCycles {
    start: Timestamp,
    /// The number of the cycle under way, and its pictures.
    cycle: i64,
    waiting: Vec<SpreadPicture>,
    last: Option<LumaPicture>,
}

/// A picture before the cycle that it is in is whole.
struct SpreadPicture {
    still: Still,
    /// Its place in the cycle.
    place: i64,
    /// How much it differs from the one before; unknown of the first.
    difference: Option<u32>,
}

impl FilmCycles {
    /// Returns the cycles of a stream.
    pub(in crate::media) fn of(stream: &VideoStream) -> Self {
        Self {
            start: stream.start.unwrap_or(Timestamp::ZERO),
            cycle: i64::MIN,
            waiting: Vec::new(),
            last: None,
        }
    }

    /// Takes the next picture and adds to `ready` those whose cycle is over.
    pub(in crate::media) fn push(&mut self, still: Still, ready: &mut VecDeque<Still>) {
        let number = (still.shown.time - self.start).to_ticks(SPREAD_RATE.1, SPREAD_RATE.0);
        let (cycle, place) = (number.div_euclid(CYCLE), number.rem_euclid(CYCLE));
        if cycle != self.cycle {
            self.finish(ready);
            self.cycle = cycle;
        }
        let luma = LumaPicture::of(&still.frame);
        let known = self.last.as_ref().zip(luma.as_ref());
        let known = known.filter(|(last, luma)| last.size() == luma.size());
        let difference = known.map(|(last, luma)| last.difference(luma));
        self.last = luma;
        self.waiting.push(SpreadPicture {
            still,
            place,
            difference,
        });
    }

    /// Adds to `ready` what is left.
    pub(in crate::media) fn finish(&mut self, ready: &mut VecDeque<Still>) {
        let mut pictures = std::mem::take(&mut self.waiting);
        let facts = pictures.iter().map(|one| (one.place, one.difference));
        let kept = slots(&facts.collect::<Vec<_>>());
        for (picture, slot) in pictures.drain(..).zip(kept) {
            if let Some(slot) = slot {
                let shown = self.film_time(self.cycle * FILMED + slot);
                ready.push_back(Still {
                    shown,
                    ..picture.still
                });
            }
        }
    }

    /// Returns when a picture of the film is shown.
    fn film_time(&self, number: i64) -> Shown {
        let time = |number| {
            let since = Timestamp::from_ticks(number, FILM_RATE.1, FILM_RATE.0);
            self.start + since.unwrap_or(Timestamp::ZERO)
        };
        Shown {
            time: time(number),
            end: time(number + 1),
        }
    }
}

/// Returns which of the four pictures of film each picture of a cycle is, by its place and its difference from the one before;
/// `None` for the one that is shown twice, and for others too many.
fn slots(pictures: &[(i64, Option<u32>)]) -> Vec<Option<i64>> {
    let is_whole = pictures.len() as i64 >= CYCLE;
    let differences = pictures.iter().enumerate();
    let twice = differences.min_by_key(|(_, (_, difference))| difference.unwrap_or(u32::MAX));
    let twice = twice.map(|(at, _)| at).filter(|_| is_whole);
    let mut next = 0;
    let slot = |(at, (place, _)): (usize, &(i64, Option<u32>))| {
        let first = if is_whole {
            next
        } else {
            place * FILMED / CYCLE
        };
        let slot = next.max(first);
        let is_kept = twice != Some(at) && slot < FILMED;
        is_kept.then(|| {
            next = slot + 1;
            slot
        })
    };
    pictures.iter().enumerate().map(slot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(pictures: &[(i64, Option<u32>)]) -> Vec<Option<i64>> {
        slots(pictures)
    }

    #[test]
    fn the_picture_that_is_shown_twice_is_left_out() {
        let cycle = [9, 8, 1, 7, 6].map(Some);
        let cycle: Vec<_> = (0..).zip(cycle).collect();
        let expected = [Some(0), Some(1), None, Some(2), Some(3)];
        assert_eq!(kept(&cycle), expected);
        // Of the first picture of a file nothing is known.
        let first: Vec<_> = (0..)
            .zip([None, Some(8), Some(7), Some(0), Some(6)])
            .collect();
        assert_eq!(kept(&first), [Some(0), Some(1), Some(2), None, Some(3)]);
    }

    #[test]
    fn a_cycle_that_lacks_pictures_keeps_the_others() {
        assert_eq!(kept(&[(3, None), (4, Some(5))]), [Some(2), Some(3)]);
        let four = [(1, None), (2, Some(5)), (3, Some(5)), (4, Some(5))];
        assert_eq!(kept(&four), [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!(kept(&[(0, Some(1)), (0, Some(1))]), [Some(0), Some(1)]);
        assert_eq!(kept(&[]), []);
    }
}
