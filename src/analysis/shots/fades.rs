//! Fades through one colour, mostly black: where the picture is gone, one shot ends and the next begins.
//!
//! The shot model tells that there is a fade, not where its middle is: it may be half a second off, or find the way out and
//! the way in apart. Pictures tell by themselves: in the middle of a fade all places are alike.

use std::time::Duration;

use crate::frame::{SMALL_BYTES, SmallPicture};
use crate::timeline::Timestamp;

/// A picture whose places differ from their mean by no more than this many levels, on average, shows nothing.
const GONE: f32 = 2.0;
/// What a shot shows differs by this many levels or more.
const SHOWN: f32 = 6.0;
/// How long a way out or in lasts at most, and what is between them, and how far off the shot model may place it.
pub(super) const FADE: Duration = Duration::from_secs(1);
/// Share of what is shown that the picture next to the middle has at most; with more it is a cut.
const NEXT: f32 = 0.5;

/// Watches the pictures of one video for fades.
#[derive(Debug, Default)]
pub struct FadeWatch {
    /// Mean difference of a picture's places from their mean, in levels, one a frame; none of a frame that was not looked at.
    contrasts: Vec<Option<f32>>,
}

impl FadeWatch {
    /// Takes the next frame; `None` is one without a picture.
    pub fn push(&mut self, small: Option<&SmallPicture>) {
        self.contrasts.push(small.map(contrast));
    }

    /// Returns the frames in the middle of fades, in order; `times` has one entry a frame.
    ///
    /// A video that begins out of one colour has a fade at its first frame.
    pub fn finish(self, times: &[Timestamp]) -> Vec<usize> {
        find(&self.contrasts, times)
    }
}

/// Returns how far a picture's places are from their mean light, on average, in levels.
fn contrast(small: &SmallPicture) -> f32 {
    let mut lights = [0; SMALL_BYTES / 3];
    kernels::lights(small, &mut lights);
    kernels::contrast(&lights)
}

fn find(contrasts: &[Option<f32>], times: &[Timestamp]) -> Vec<usize> {
    debug_assert_eq!(contrasts.len(), times.len());
    let is_gone = |slot: &usize| contrasts[*slot].is_some_and(|contrast| contrast <= GONE);
    let mut fades = Vec::new();
    let mut start = 0;
    while let Some(first) = (start..contrasts.len()).find(is_gone) {
        let end = (first..contrasts.len())
            .find(|slot| !is_gone(slot))
            .unwrap_or(contrasts.len());
        fades.extend(middle(contrasts, times, first, end));
        start = end;
    }
    fades
}

/// Returns the first frame of the shot after a fade whose pictures from `first` to `end` show nothing; none where it is no fade.
fn middle(
    contrasts: &[Option<f32>],
    times: &[Timestamp],
    first: usize,
    end: usize,
) -> Option<usize> {
    let begins = times.get(end)?;
    if begins.since(times[first]) > FADE {
        // Nothing is shown for so long that it is a shot of its own.
        return None;
    }
    let before = (0..first)
        .rev()
        .take_while(|slot| times[first].since(times[*slot]) <= FADE);
    let after = (end..times.len()).take_while(|slot| times[*slot].since(*begins) <= FADE);
    let way_in = FadeSide::of(after, contrasts);
    if first == 0 {
        return (way_in == FadeSide::Gradual).then_some(0);
    }
    match (FadeSide::of(before, contrasts), way_in) {
        (FadeSide::Gradual, FadeSide::Gradual) => Some(first + (end - first) / 2),
        (FadeSide::Gradual, FadeSide::Cut) => Some(end),
        (FadeSide::Cut, FadeSide::Gradual) => Some(first),
        _ => None,
    }
}

/// How a picture goes, or comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FadeSide {
    /// Bit by bit.
    Gradual,
    /// At once.
    Cut,
    /// There is none.
    Nothing,
}

impl FadeSide {
    /// `slots` lead away from where nothing is shown.
    fn of(mut slots: impl Iterator<Item = usize>, contrasts: &[Option<f32>]) -> Self {
        let next = slots.next().and_then(|slot| contrasts[slot]);
        let rest = slots.filter_map(|slot| contrasts[slot]);
        let shown = rest.chain(next).reduce(f32::max).unwrap_or_default();
        match next {
            _ if shown < SHOWN => Self::Nothing,
            Some(next) if next <= NEXT * shown => Self::Gradual,
            _ => Self::Cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SMALL_BYTES;

    /// One digit a frame, ten frames a second: tens of levels; `.` has no picture.
    fn found(contrasts: &str) -> Vec<usize> {
        let level = |digit: char| digit.to_digit(10).map(|digit| digit as f32 * 10.0);
        let contrasts: Vec<_> = contrasts.chars().map(level).collect();
        let at = |n: usize| Timestamp::from_ticks(n as i64, 1, 10).unwrap();
        let times: Vec<_> = (0..contrasts.len()).map(at).collect();
        find(&contrasts, &times)
    }

    #[test]
    fn a_fade_is_where_nothing_is_shown() {
        assert_eq!(found("5554321012345555"), [7]);
        assert_eq!(found("555432100000123455"), [9]);
    }

    #[test]
    fn a_cut_to_black_or_out_of_it_is_the_place_where_it_is_the_only_one() {
        assert_eq!(found("555500012345"), [4]);
        assert_eq!(found("543210005555"), [8]);
        assert!(found("55550005555").is_empty());
    }

    #[test]
    fn what_shows_nothing_for_long_is_no_middle() {
        assert!(found("5543200000000000000234555").is_empty());
    }

    #[test]
    fn a_video_may_begin_in_a_fade_and_does_not_end_in_one() {
        assert_eq!(found("0012345"), [0]);
        assert!(found("5432100").is_empty());
    }

    #[test]
    fn a_dark_picture_that_stays_dark_is_no_fade() {
        assert!(found("00000000000").is_empty());
        assert!(found("").is_empty());
    }

    #[test]
    fn frames_that_nobody_looked_at_show_nothing_and_are_no_fade() {
        assert!(found("......555555").is_empty());
        assert!(found("......0012345").is_empty());
    }

    #[test]
    fn contrast_is_none_in_one_colour_and_high_between_two() {
        let mut picture = [7; SMALL_BYTES];
        assert!(contrast(&picture) < 0.01);
        picture[..SMALL_BYTES / 2].fill(207);
        assert!((contrast(&picture) - 100.0).abs() < 1.0);
    }
}
