//! Pulldown pattern: whether two of every five pictures are woven of neighbours, and always the same two. Pure.

use crate::media::FieldOrder;

/// Pictures in which the pattern repeats.
const PERIOD: usize = 5;
/// Combed pictures that make a place one of film: the pattern has come round once at least.
const ENOUGH: usize = 4;
/// Pictures before and behind a cut, at least, where both must show the pattern.
const SHORTEST: usize = 10;
/// Combed pictures that make it one of something else.
const OTHER: usize = 3;
/// Share of the combed pictures that may be at another place of the pattern, and share that the right fields must make whole.
const ASTRAY: f64 = 0.1;
const WHOLE: f64 = 0.8;

/// What of a picture is combed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameCombing {
    /// It as it is.
    pub(super) own: bool,
    /// Its top field with the bottom field of the picture before.
    pub(super) top: bool,
    /// Its bottom field with the top field of the picture before.
    pub(super) bottom: bool,
}

/// What the pictures of one place are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceKind {
    /// Too little moves to tell.
    Still,
    /// Film, spread by 3:2 pulldown.
    Film(FieldOrder),
    /// Fields of moments of their own, or something else.
    Other,
}

/// Returns what the pictures of a place are.
pub(super) fn kind_of(pictures: &[FrameCombing]) -> PlaceKind {
    let combed = pictures.iter().filter(|picture| picture.own).count();
    if combed < OTHER {
        return PlaceKind::Still;
    }
    match film_order(pictures).or_else(|| order_of_two(pictures)) {
        Some(order) => PlaceKind::Film(order),
        None if combed < ENOUGH => PlaceKind::Still,
        None => PlaceKind::Other,
    }
}

/// Returns the order of the fields of film that was cut once after it was spread: from there on the pattern has another place.
fn order_of_two(pictures: &[FrameCombing]) -> Option<FieldOrder> {
    let cuts = SHORTEST..pictures.len().saturating_sub(SHORTEST);
    let both = |cut: usize| {
        let (before, after) = pictures.split_at(cut);
        let order = film_order(before)?;
        (film_order(after)? == order).then_some(order)
    };
    cuts.into_iter().find_map(both)
}

/// Returns the order of the fields where two neighbours of each five pictures are combed, and hardly any other.
fn film_order(pictures: &[FrameCombing]) -> Option<FieldOrder> {
    (0..PERIOD).find_map(|phase| film_order_from(pictures, phase))
}

fn film_order_from(pictures: &[FrameCombing], phase: usize) -> Option<FieldOrder> {
    let combed = pictures.iter().filter(|picture| picture.own).count();
    let of_place = |place: usize| {
        let from = (phase + place) % PERIOD;
        let own = pictures.iter().skip(from).step_by(PERIOD);
        own.filter(|picture| picture.own)
    };
    let expected = [of_place(0).count(), of_place(1).count()];
    let astray = combed - expected[0] - expected[1];
    let is_pattern = combed >= ENOUGH
        && expected.iter().all(|count| *count >= 2)
        && astray as f64 <= ASTRAY * combed as f64;
    if !is_pattern {
        return None;
    }
    let woven = || of_place(0).chain(of_place(1));
    let top = woven().filter(|picture| !picture.top).count();
    let bottom = woven().filter(|picture| !picture.bottom).count();
    let is_whole = |count: usize| count as f64 >= WHOLE * (expected[0] + expected[1]) as f64;
    match (is_whole(top), is_whole(bottom)) {
        (true, false) => Some(FieldOrder::TopFirst),
        (false, true) => Some(FieldOrder::BottomFirst),
        _ => None,
    }
}

/// Returns the order of the fields where every place that moves is film of the same order.
pub(super) fn decide(places: &[PlaceKind]) -> Option<FieldOrder> {
    let mut moving = places.iter().filter(|place| **place != PlaceKind::Still);
    let PlaceKind::Film(order) = *moving.next()? else {
        return None;
    };
    let is_same = |place: &PlaceKind| *place == PlaceKind::Film(order);
    moving.all(is_same).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures written as one letter each: `.` whole, `t` made whole by its top field, `b` by its bottom field, `x` by neither.
    fn pictures(text: &str) -> Vec<FrameCombing> {
        let picture = |letter| FrameCombing {
            own: letter != '.',
            top: letter != 't',
            bottom: letter != 'b',
        };
        text.chars().map(picture).collect()
    }

    #[test]
    fn two_of_five_are_film_in_the_order_that_makes_them_whole() {
        let film = |letters: &str| kind_of(&pictures(&letters.repeat(6)));
        assert_eq!(film("..tt."), PlaceKind::Film(FieldOrder::TopFirst));
        assert_eq!(film("t...t"), PlaceKind::Film(FieldOrder::TopFirst));
        assert_eq!(film(".bb.."), PlaceKind::Film(FieldOrder::BottomFirst));
        // It was cut after it was spread.
        let cut = "..tt.".repeat(3) + &"t...t".repeat(3);
        assert_eq!(
            kind_of(&pictures(&cut)),
            PlaceKind::Film(FieldOrder::TopFirst)
        );
        // Some do not move.
        let some = "..tt........t....tt...t..";
        assert_eq!(
            kind_of(&pictures(some)),
            PlaceKind::Film(FieldOrder::TopFirst)
        );
    }

    #[test]
    fn fields_of_moments_of_their_own_are_not() {
        let kind = |text: &str| kind_of(&pictures(&text.repeat(6)));
        assert_eq!(kind("xxxxx"), PlaceKind::Other);
        assert_eq!(kind("ttttt"), PlaceKind::Other);
        assert_eq!(kind("..xx."), PlaceKind::Other);
        assert_eq!(kind("....."), PlaceKind::Still);
    }

    #[test]
    fn one_place_of_another_kind_leaves_all_as_it_is() {
        use PlaceKind::{Film, Other, Still};
        let film = Film(FieldOrder::TopFirst);
        assert_eq!(decide(&[Still, film, film]), Some(FieldOrder::TopFirst));
        for other in [Other, Film(FieldOrder::BottomFirst)] {
            assert_eq!(decide(&[film, other, film]), None);
            assert_eq!(decide(&[other, film]), decide(&[other, film, Still]));
        }
        assert_eq!(decide(&[Other, film]), None);
        assert_eq!(decide(&[Still]), None);
    }
}
