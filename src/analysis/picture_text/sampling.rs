//! Sampling of pictures for text: now and then, sooner where the scene is another, not where nothing has changed. Pure.

use std::time::Duration;

use kernels::difference;
use serde::Serialize;

use crate::frame::{SMALL_BYTES, SmallPicture};
use crate::timeline::Timestamp;

/// What decides which pictures are searched for text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SamplingRules {
    /// From one picture of a scene to the next; another scene is searched after half of it.
    pub interval: Duration,
    /// Levels of 255 by which a small picture of another scene differs on average.
    pub scene: u32,
    /// Levels of 255 by which each value of a small picture may differ where nothing has changed.
    pub same: u8,
}

impl SamplingRules {
    /// Returns the rules for pictures this far apart.
    pub fn every(interval: Duration) -> Self {
        Self {
            interval,
            scene: 12,
            same: 2,
        }
    }
}

/// What is done with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextLook {
    /// It is not looked at.
    Skip,
    /// It shows what the one searched last shows, whose time this is.
    SameAs(Timestamp),
    /// It is searched for text.
    Search,
}

/// Watches one video from its first picture to its last.
#[derive(Debug, Clone)]
pub struct TextSampling {
    rules: SamplingRules,
    /// When the last picture was looked at.
    looked: Option<Timestamp>,
    searched: Option<(Timestamp, Box<SmallPicture>)>,
}

impl TextSampling {
    /// Returns a watcher that has seen nothing.
    pub fn new(rules: SamplingRules) -> Self {
        Self {
            rules,
            looked: None,
            searched: None,
        }
    }

    /// Returns what is done with the next picture, shown at `time`; `small` is the same at 48x27.
    pub fn next(&mut self, time: Timestamp, small: &SmallPicture) -> TextLook {
        let look = self.look(time, small);
        if look != TextLook::Skip {
            self.looked = Some(time);
        }
        if look == TextLook::Search {
            self.searched = Some((time, Box::new(*small)));
        }
        look
    }

    fn look(&self, time: Timestamp, small: &SmallPicture) -> TextLook {
        let (Some(looked), Some((searched, before))) = (self.looked, &self.searched) else {
            return TextLook::Search;
        };
        let since = time.since(looked);
        let interval = self.rules.interval;
        let is_due = since >= interval;
        if since < interval / 2 || !(is_due || self.is_other_scene(before, small)) {
            TextLook::Skip
        } else if self.is_same(before, small) {
            TextLook::SameAs(*searched)
        } else {
            TextLook::Search
        }
    }

    fn is_other_scene(&self, before: &SmallPicture, now: &SmallPicture) -> bool {
        difference(before, now) > self.rules.scene * SMALL_BYTES as u32
    }

    fn is_same(&self, before: &SmallPicture, now: &SmallPicture) -> bool {
        let mut pairs = before.iter().zip(now);
        pairs.all(|(before, now)| before.abs_diff(*now) <= self.rules.same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STEP: i64 = 200;

    /// What is done with pictures 200 ms apart, each of one level: the times searched, and those like another, in milliseconds.
    fn looks(levels: &[u8]) -> (Vec<i64>, Vec<(i64, i64)>) {
        let mut sampling = TextSampling::new(SamplingRules::every(Duration::from_secs(2)));
        let (mut searched, mut same) = (Vec::new(), Vec::new());
        for (time, level) in (0..).step_by(STEP as usize).zip(levels) {
            let now = Timestamp::new(time, 1000).unwrap();
            match sampling.next(now, &[*level; SMALL_BYTES]) {
                TextLook::Skip => {}
                TextLook::Search => searched.push(time),
                TextLook::SameAs(before) => same.push((time, before.to_ticks(1, 1000))),
            }
        }
        (searched, same)
    }

    #[test]
    fn a_picture_that_moves_is_searched_every_two_seconds() {
        let moving: Vec<u8> = (0..26).map(|n| 100 + n % 7).collect();
        assert_eq!(looks(&moving).0, [0, 2000, 4000]);
    }

    #[test]
    fn what_stands_still_is_searched_once_and_known_to_stay() {
        let (searched, same) = looks(&[100; 26]);
        assert_eq!(searched, [0]);
        assert_eq!(same, [(2000, 0), (4000, 0)]);
    }

    #[test]
    fn another_scene_is_searched_sooner_but_no_flash() {
        let mut levels = [100; 20];
        levels[7..].fill(180);
        assert_eq!(looks(&levels).0, [0, 1400]);
        let mut flash = [100; 20];
        flash[2] = 200;
        assert_eq!(looks(&flash).0, [0]);
        assert_eq!(looks(&[[0, 255]; 20].concat()).0.len(), 8);
    }

    proptest! {
        #[test]
        fn no_two_seconds_go_by_unseen_and_no_second_costs_two_searches(levels in proptest::collection::vec(any::<u8>(), 1..60)) {
            let (searched, same) = looks(&levels);
            let mut seen: Vec<i64> = searched.iter().copied().chain(same.iter().map(|(time, _)| *time)).collect();
            seen.sort_unstable();
            prop_assert!(seen.windows(2).all(|pair| (1000..=2000).contains(&(pair[1] - pair[0]))), "{seen:?}");
            prop_assert_eq!(seen[0], 0);
            let last = STEP * (levels.len() as i64 - 1);
            prop_assert!(last - seen[seen.len() - 1] < 2000);
        }
    }
}
