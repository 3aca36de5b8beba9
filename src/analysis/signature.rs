//! Fingerprint rows of sound or pictures that survive another encoding: 32 bits, twenty times a second.
//!
//! A bit says whether the difference of two neighbours, bands or places, grew or shrank in the last moment; where it did
//! neither, nothing is known. After Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (2002), and
//! Oostveen, Kalker and Haitsma, "Feature Extraction and a Database Strategy for Video Fingerprinting" (2002).

mod sight;
mod sound;

use serde::{Deserialize, Serialize};

use crate::timeline::{TimeRange, Timestamp};

pub use sight::SightSignature;
pub use sound::SoundSignature;

/// Bits of a row.
const BITS: usize = 32;
/// One more than there are differences.
type BandLevels = [f32; BITS + 1];

/// The signature of a file's sound or pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// When the first row is.
    pub start: Timestamp,
    /// One for each twentieth of a second.
    pub rows: Vec<SignatureRow>,
}

/// Bits of one twentieth of a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureRow {
    /// Which differences grew.
    pub grew: u32,
    /// Which grew or shrank at all.
    pub known: u32,
}

impl Signature {
    /// Rows a second.
    pub const RATE: f64 = 20.0;

    /// Returns the rows of a range, from the one nearest to its start on.
    pub fn between(&self, range: TimeRange) -> &[SignatureRow] {
        let start = self.start.seconds();
        // What lies outside is cut off by the cast and the limit.
        let slot = |at: Timestamp| {
            let slot = ((at.seconds() - start) * Self::RATE).round() as usize;
            slot.min(self.rows.len())
        };
        let from = slot(range.start());
        &self.rows[from..slot(range.end()).max(from)]
    }
}

impl SignatureRow {
    /// Returns what has become of the differences of neighbours; a change below `least` is none.
    fn new(before: &BandLevels, now: &BandLevels, least: f32) -> Self {
        let mut row = Self::default();
        for bit in 0..BITS {
            let change = (now[bit] - now[bit + 1]) - (before[bit] - before[bit + 1]);
            // Nothing is known of what is no number.
            row.known |= u32::from(change.abs() >= least) << bit;
            row.grew |= u32::from(change >= least) << bit;
        }
        row
    }

    /// Returns how many bits both know, and in how many of these they differ.
    pub fn compare(self, other: Self) -> (u32, u32) {
        let both = self.known & other.known;
        (
            both.count_ones(),
            ((self.grew ^ other.grew) & both).count_ones(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_known() {
        let (mut before, mut now) = ([0.0; BITS + 1], [0.0; BITS + 1]);
        now[3] = 2.0;
        before[7] = f32::NAN;
        let row = SignatureRow::new(&before, &now, 1.0);
        assert_eq!((row.known, row.grew), (0b1100, 0b1000));
        assert_eq!(row.compare(row), (2, 0));
        let back = SignatureRow::new(&now, &[0.0; BITS + 1], 1.0);
        assert_eq!(row.compare(back), (2, 2));
        assert_eq!(row.compare(SignatureRow::default()), (0, 0));
    }

    #[test]
    fn rows_are_found_by_their_times() {
        let at = |millis| Timestamp::new(millis, 1000).unwrap();
        let row = |grew| SignatureRow { grew, known: !0 };
        let signature = Signature {
            start: at(500),
            rows: (0..40).map(row).collect(),
        };
        let between = |from, to| signature.between(TimeRange::new(at(from), at(to)).unwrap());
        assert_eq!(between(1000, 1100), [row(10), row(11)]);
        assert_eq!(
            (between(0, 60_000).len(), between(9000, 9900).len()),
            (40, 0)
        );
    }
}
