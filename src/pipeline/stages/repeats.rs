//! Answers of pictures that show what an earlier one shows. Pure.

use crate::timeline::Timestamp;

/// Adds to answers, in order of time, those of pictures that show what another one shows: their time, and the other's.
pub(crate) fn with_repeats<T: Clone>(
    mut found: Vec<(Timestamp, T)>,
    same: Vec<(Timestamp, Timestamp)>,
) -> Vec<(Timestamp, T)> {
    let searched = found.len();
    for (time, before) in same {
        let slot = found[..searched].partition_point(|(searched, _)| *searched < before);
        let answer = found[slot].1.clone();
        found.push((time, answer));
    }
    found.sort_by_key(|(time, _)| *time);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_like_another_has_its_answer() {
        let at = |second| Timestamp::new(second, 1).unwrap();
        let found = vec![(at(0), 'a'), (at(3), 'b')];
        let all = with_repeats(found, vec![(at(1), at(0)), (at(2), at(0)), (at(4), at(3))]);
        let letters: String = all.iter().map(|(_, letter)| *letter).collect();
        assert_eq!(letters, "aaabb");
    }
}
