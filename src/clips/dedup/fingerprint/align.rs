//! Alignment of two signatures: the offset at which they agree best, and how surely.

use crate::analysis::signature::{Signature, SignatureRow};

/// Rows that two moments must have in common: 1 s.
const LEAST: usize = Signature::RATE as usize;
/// So many bits tell as much as an independent one: rows overlap in time and neighbours go together, in sound and in pictures.
const STRETCH: [f64; 2] = [8.0, 16.0];

/// Where two moments agree best, sound and pictures together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alignment {
    /// How much later the same is in the first than in the second, in rows.
    offset: i64,
    /// What sound and pictures say.
    pub(super) parts: [Part; 2],
}

/// What sound or pictures say at an offset.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Part {
    /// Independent bits that both know.
    pub(super) bits: f64,
    /// 1 where all are equal, 0 where it is as chance makes it.
    pub(super) alike: f64,
}

impl Alignment {
    /// Returns how many times its own error the agreement is.
    pub(super) fn certainty(&self) -> f64 {
        self.alike() * self.bits().sqrt()
    }

    /// Returns how alike all bits are.
    pub(super) fn alike(&self) -> f64 {
        let agreed: f64 = self.parts.iter().map(|part| part.bits * part.alike).sum();
        agreed / self.bits().max(f64::MIN_POSITIVE)
    }

    /// Returns how much later the same is in the first than in the second.
    pub(super) fn seconds(&self) -> f64 {
        self.offset as f64 / Signature::RATE
    }

    fn bits(&self) -> f64 {
        self.parts.iter().map(|part| part.bits).sum()
    }
}

/// Returns where two moments agree most surely, given the sound of both and the pictures of both; `None` where they are too
/// short to have enough in common.
pub(super) fn align(pairs: [(&[SignatureRow], &[SignatureRow]); 2]) -> Option<Alignment> {
    let longest = |of: fn(&(&[SignatureRow], &[SignatureRow])) -> usize| {
        pairs.iter().map(of).max().unwrap_or(0)
    };
    let (a, b) = (longest(|pair| pair.0.len()), longest(|pair| pair.1.len()));
    let (first, last) = (LEAST as i64 - b as i64, a as i64 - LEAST as i64);
    let surer = |a: &Alignment, b: &Alignment| a.certainty().total_cmp(&b.certainty());
    (first..=last)
        .map(|offset| align_at(pairs, offset))
        .max_by(surer)
}

/// Returns how two moments agree where the first is so many rows later.
pub(super) fn align_at(pairs: [(&[SignatureRow], &[SignatureRow]); 2], offset: i64) -> Alignment {
    Alignment {
        offset,
        parts: [0, 1].map(|n| part(pairs[n], offset, STRETCH[n])),
    }
}

/// Returns how many independent bits are known of sound and pictures.
pub(super) fn independent_bits(signatures: [&[SignatureRow]; 2]) -> f64 {
    let known = |rows: &[SignatureRow]| rows.iter().map(|row| row.known.count_ones()).sum::<u32>();
    let both = signatures.into_iter().zip(STRETCH);
    both.map(|(rows, stretch)| f64::from(known(rows)) / stretch)
        .sum()
}

/// Returns what a pair says when the second begins `offset` rows later than the first.
fn part((a, b): (&[SignatureRow], &[SignatureRow]), offset: i64, stretch: f64) -> Part {
    let later = usize::try_from(offset).unwrap_or(0).min(a.len());
    let earlier = usize::try_from(-offset).unwrap_or(0).min(b.len());
    let counts = a[later..]
        .iter()
        .zip(&b[earlier..])
        .map(|(a, b)| a.compare(*b));
    let (known, apart) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    match known {
        0 => Part::default(),
        _ => Part {
            bits: f64::from(known) / stretch,
            alike: 1.0 - 2.0 * f64::from(apart) / f64::from(known),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::random::random;

    fn rows(seed: u64, count: usize) -> Vec<SignatureRow> {
        let mut state = seed;
        let row = |_| {
            let bits = random(&mut state);
            let known = (bits >> 32) as u32;
            SignatureRow {
                grew: bits as u32 & known,
                known,
            }
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn a_part_is_found_where_it_is() {
        let all = rows(1, 300);
        let nothing: &[SignatureRow] = &[];
        let found = align([(&all, &all[70..150]), (nothing, nothing)]).unwrap();
        assert_eq!((found.offset, found.alike()), (70, 1.0));
        assert!(found.certainty() > 10.0);
        let back = align([(nothing, nothing), (&all[70..150], &all)]).unwrap();
        assert_eq!((back.offset, back.parts[0]), (-70, Part::default()));
        assert_eq!(back.seconds(), -3.5);
    }

    #[test]
    fn chance_is_not_certain() {
        let (a, b) = (rows(1, 400), rows(2, 400));
        let found = align([(&a, &b), (&b, &a)]).unwrap();
        assert!(found.certainty() < 3.0, "{found:?}");
    }

    #[test]
    fn too_little_in_common_is_nothing() {
        let few = rows(1, LEAST - 1);
        assert_eq!(align([(&few, &few), (&few, &few)]), None);
    }
}
