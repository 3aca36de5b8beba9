//! Minimum number of clips.

use super::field::Field;

/// Adds clips up to the floor: alike and weak ones, and where these overlap the chosen, others than those chosen.
///
/// What is barred stays out, and the demanded stay.
pub(super) fn fill(field: &Field<'_>, demanded: &[usize], chosen: &mut Vec<usize>) {
    let floor = field.limits.floor.min(field.limits.count);
    if chosen.len() >= floor {
        return;
    }
    for (slot, rated) in field.ranked.iter().enumerate() {
        let free = field.overlapped(chosen, rated.span.range).is_none();
        if free && !(field.barred)(rated) {
            chosen.push(slot);
            if chosen.len() == floor {
                return;
            }
        }
    }
    let packed = most(field, demanded, floor);
    if packed.len() > chosen.len() {
        *chosen = packed;
    }
}

/// Returns `floor` candidates that do not overlap, or as many as there can be, the worst of them as good as possible.
fn most(field: &Field<'_>, demanded: &[usize], floor: usize) -> Vec<usize> {
    let free = |slot: &usize| {
        let rated = &field.ranked[*slot];
        let over = field.overlapped(demanded, rated.span.range);
        over.is_none() && !(field.barred)(rated)
    };
    let mut by_end: Vec<usize> = (0..field.ranked.len()).filter(free).collect();
    by_end.sort_by_key(|slot| field.ranked[*slot].span.range.end());
    let room = packed(field, &by_end, field.ranked.len()).len();
    let needed = room.min(floor - demanded.len().min(floor));
    let (mut low, mut high) = (0, field.ranked.len());
    while low < high {
        let middle = (low + high) / 2;
        if packed(field, &by_end, middle).len() >= needed {
            high = middle
        } else {
            low = middle + 1
        }
    }
    let mut all = demanded.to_vec();
    all.extend(packed(field, &by_end, low).into_iter().take(needed));
    all
}

/// Returns as many of the `best` candidates as fit beside each other: always the one that ends first.
fn packed(field: &Field<'_>, by_end: &[usize], best: usize) -> Vec<usize> {
    let (mut chosen, mut until) = (Vec::new(), None);
    for slot in by_end.iter().copied().filter(|slot| *slot < best) {
        let range = field.ranked[slot].span.range;
        if until.is_none_or(|until| range.start() >= until) {
            until = Some(range.end());
            chosen.push(slot);
        }
    }
    chosen
}
