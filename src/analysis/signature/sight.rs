//! The signature of pictures: the light of 32 places and of the whole.

use std::time::Duration;

use super::{BITS, BandLevels, Signature, SignatureRow};
use crate::frame::{SMALL_HEIGHT, SMALL_WIDTH, SmallPicture};
use crate::timeline::Timestamp;

/// Places beside and above each other.
const COLUMNS: usize = 8;
const LINES: usize = 4;
/// Rows from what is compared to what it is compared with: 400 ms.
const BACK: usize = 8;
/// From one row to the next.
const STEP: Duration = Duration::from_millis(50);
/// A smaller change, as a share of the whole range, is an encoder's.
const LEAST: f32 = 0.003;
/// After a hole this long there is no more to tell.
const HOLE: Duration = Duration::from_secs(600);

/// Takes frames as they come.
#[derive(Debug, Clone, Default)]
pub struct SightSignature {
    start: Option<Timestamp>,
    last: Option<(Timestamp, BandLevels)>,
    before: Vec<BandLevels>,
    rows: Vec<SignatureRow>,
    is_over: bool,
}

impl SightSignature {
    /// What decides the rows: a part of the key of every kept signature.
    pub const RULES: (usize, usize, usize, Duration, f32) = (COLUMNS, LINES, BACK, STEP, LEAST);

    /// Takes the next frame; times never go back. Between two frames the light changes evenly.
    pub fn push(&mut self, time: Timestamp, small: &SmallPicture) {
        let now = levels(small);
        let Some((then, last)) = self.last.replace((time, now)) else {
            self.start = Some(time);
            return;
        };
        let gap = time.since(then);
        self.is_over |= gap > HOLE;
        if self.is_over || gap.is_zero() {
            return;
        }
        while let Some(due) = self.due().filter(|due| *due <= time) {
            let share = due.since(then).as_secs_f32() / gap.as_secs_f32();
            self.close(std::array::from_fn(|n| {
                last[n] + (now[n] - last[n]) * share
            }));
        }
    }

    /// Returns the signature.
    pub fn finish(self) -> Signature {
        Signature {
            start: self.start.unwrap_or(Timestamp::ZERO),
            rows: self.rows,
        }
    }

    /// Returns when the next row is.
    fn due(&self) -> Option<Timestamp> {
        Some(self.start? + STEP * u32::try_from(self.rows.len()).ok()?)
    }

    fn close(&mut self, levels: BandLevels) {
        let row = if self.before.len() < BACK {
            SignatureRow::default()
        } else {
            SignatureRow::new(&self.before.remove(0), &levels, LEAST)
        };
        self.before.push(levels);
        self.rows.push(row);
    }
}

/// Returns the mean light of each place, 0..1, and of all.
fn levels(small: &SmallPicture) -> BandLevels {
    let (mut sums, mut counts) = ([0_u32; BITS], [0_u32; BITS]);
    for (at, pixel) in small.chunks_exact(3).enumerate() {
        let (x, y) = (at % SMALL_WIDTH, at / SMALL_WIDTH);
        let place = (y * LINES / SMALL_HEIGHT) * COLUMNS + x * COLUMNS / SMALL_WIDTH;
        sums[place] += 2 * u32::from(pixel[0]) + 5 * u32::from(pixel[1]) + u32::from(pixel[2]);
        counts[place] += 1;
    }
    let share = |sum: u32, count: u32| sum as f32 / (count * 8 * 255) as f32;
    let mut levels = [share(sums.iter().sum(), counts.iter().sum()); BITS + 1];
    for (level, (sum, count)) in levels.iter_mut().zip(sums.into_iter().zip(counts)) {
        *level = share(sum, count);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SMALL_BYTES;

    /// A light that wanders over a dark picture, seen so many times a second from a time on.
    fn wander(rate: u32, from: f64, seconds: f64) -> Signature {
        let mut stream = SightSignature::default();
        for frame in 0..(seconds * f64::from(rate)) as i64 {
            let at = from + frame as f64 / f64::from(rate);
            let (x, y) = (
                24.0 + 20.0 * (at * 1.7).sin(),
                13.0 + 12.0 * (at * at / 9.0).cos(),
            );
            let mut small = [20; SMALL_BYTES];
            for (n, value) in small.iter_mut().enumerate() {
                let (dx, dy) = (
                    (n / 3 % SMALL_WIDTH) as f64 - x,
                    (n / 3 / SMALL_WIDTH) as f64 - y,
                );
                *value += (180.0 * (-(dx * dx + dy * dy) / 60.0).exp()) as u8;
            }
            stream.push(Timestamp::new(frame, rate).unwrap(), &small);
        }
        stream.finish()
    }

    fn wrong(a: &Signature, b: &Signature) -> (f64, u32) {
        let counts = a.rows.iter().zip(&b.rows).map(|(a, b)| a.compare(*b));
        let (known, apart) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (f64::from(apart) / f64::from(known.max(1)), known)
    }

    #[test]
    fn other_frame_rates_keep_the_bits() {
        let film = wander(25, 3.0, 10.0);
        assert_eq!(film.rows.len(), 200);
        for rate in [12, 24, 30, 60] {
            let (share, known) = wrong(&film, &wander(rate, 3.0, 10.0));
            assert!(share < 0.1 && known > 1000, "{rate}: {share} of {known}");
        }
        let (share, _) = wrong(&film, &wander(25, 20.0, 10.0));
        assert!(share > 0.35, "{share}");
    }

    #[test]
    fn nothing_is_known_of_a_picture_that_stands_still() {
        let mut stream = SightSignature::default();
        (0..100).for_each(|n| stream.push(Timestamp::new(n, 10).unwrap(), &[99; SMALL_BYTES]));
        assert!(stream.finish().rows.iter().all(|row| row.known == 0));
    }

    #[test]
    fn a_hole_of_hours_ends_it() {
        let mut stream = SightSignature::default();
        for second in [0, 1, 900_000_000, 900_000_001] {
            stream.push(Timestamp::new(second, 1).unwrap(), &[1; SMALL_BYTES]);
        }
        assert_eq!(stream.finish().rows.len(), 21);
    }
}
