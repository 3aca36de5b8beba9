//! Exact time. A [`Timestamp`] is a rational number of seconds; nothing is rounded until a file for people is written.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Neg, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point on a file's own clock, in seconds, as an exact fraction in lowest terms.
///
/// Files number their frames in ticks of 1/90000, 1/57600 or 1001/30000 s; none of these survives a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "(i64, u32)", try_from = "(i64, u32)")]
pub struct Timestamp {
    num: i64,
    den: u32,
}

impl Timestamp {
    /// The beginning of the clock.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// Returns `num / den` seconds, or `None` when `den` is zero.
    ///
    /// A fraction too fine for 32 bits of denominator, or too far for 64 bits of numerator, is rounded to the nearest one that fits.
    pub fn new(num: i64, den: u32) -> Option<Self> {
        (den != 0).then(|| Self::reduced(i128::from(num), i128::from(den)))
    }

    /// Returns the time of `ticks` ticks of `tick_num / tick_den` seconds, or `None` when the tick is not a positive time.
    pub fn from_ticks(ticks: i64, tick_num: i32, tick_den: i32) -> Option<Self> {
        (tick_num > 0 && tick_den > 0).then(|| {
            Self::reduced(
                i128::from(ticks) * i128::from(tick_num),
                i128::from(tick_den),
            )
        })
    }

    /// Returns the time nearest to `seconds` in whole microseconds, or `None` for what is not finite or does not fit.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        let micros = (seconds * 1e6).round();
        (micros.abs() < 9e18).then(|| Self::reduced(micros as i128, 1_000_000))
    }

    /// Returns this time in ticks of `tick_num / tick_den` seconds, rounded to the nearest (halves away from zero).
    ///
    /// Saturates at the ends of `i64`. The tick must be positive.
    pub fn to_ticks(self, tick_num: i32, tick_den: i32) -> i64 {
        debug_assert!(tick_num > 0 && tick_den > 0);
        let num = i128::from(self.num) * i128::from(tick_den);
        let den = i128::from(self.den) * i128::from(tick_num);
        clamp_i64(div_round(num, den))
    }

    /// Returns the exact fraction of seconds: numerator and denominator in lowest terms.
    pub fn fraction(self) -> (i64, u32) {
        (self.num, self.den)
    }

    /// Returns the time as float seconds, for files that people and other programs read.
    pub fn seconds(self) -> f64 {
        self.num as f64 / f64::from(self.den)
    }

    /// Returns the time between `earlier` and this one, zero when it is not earlier, to the nanosecond.
    pub fn since(self, earlier: Self) -> Duration {
        let gap = self - earlier;
        let nanos = div_round(i128::from(gap.num) * 1_000_000_000, i128::from(gap.den));
        Duration::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
    }

    fn reduced(num: i128, den: i128) -> Self {
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i128;
        let (mut num, mut den) = (num / divisor, den / divisor);
        if den > i128::from(u32::MAX) {
            // Finer than any container's clock: a nanosecond is finer than any frame.
            (num, den) = (div_round(num * 1_000_000_000, den), 1_000_000_000);
            return Self::reduced(num, den);
        }
        Self {
            num: clamp_i64(num),
            den: den as u32,
        }
    }
}

impl Add for Timestamp {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (a, b) = (i128::from(self.num), i128::from(other.num));
        let (c, d) = (i128::from(self.den), i128::from(other.den));
        Self::reduced(a * d + b * c, c * d)
    }
}

impl Neg for Timestamp {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            num: self.num.saturating_neg(),
            den: self.den,
        }
    }
}

impl Sub for Timestamp {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        self + Self::reduced(
            length.as_nanos().min(i64::MAX as u128) as i128,
            1_000_000_000,
        )
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.num) * i128::from(other.den);
        left.cmp(&(i128::from(other.num) * i128::from(self.den)))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Writes `HH:MM:SS.mmm`, as people read it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.to_ticks(1, 1000);
        let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
        let (hours, minutes, seconds) =
            (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        write!(
            f,
            "{sign}{hours:02}:{minutes:02}:{seconds:02}.{:03}",
            millis % 1000
        )
    }
}

impl From<Timestamp> for (i64, u32) {
    fn from(time: Timestamp) -> Self {
        time.fraction()
    }
}

impl TryFrom<(i64, u32)> for Timestamp {
    type Error = &'static str;
    fn try_from((num, den): (i64, u32)) -> Result<Self, Self::Error> {
        Self::new(num, den).ok_or("a time with denominator zero")
    }
}

/// A range of time that is never empty or inverted; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "(Timestamp, Timestamp)", try_from = "(Timestamp, Timestamp)")]
pub struct TimeRange {
    start: Timestamp,
    end: Timestamp,
}

impl TimeRange {
    /// Returns the range, or `None` when it would be empty or inverted.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Where it begins.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first time after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// Returns its length, to the nanosecond.
    pub fn duration(self) -> Duration {
        self.end.since(self.start)
    }

    /// Tells whether `time` lies in it.
    pub fn contains(self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }

    /// Tells whether the two share any time.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl From<TimeRange> for (Timestamp, Timestamp) {
    fn from(range: TimeRange) -> Self {
        (range.start, range.end)
    }
}

impl TryFrom<(Timestamp, Timestamp)> for TimeRange {
    type Error = &'static str;
    fn try_from((start, end): (Timestamp, Timestamp)) -> Result<Self, Self::Error> {
        Self::new(start, end).ok_or("a range that is empty or inverted")
    }
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn div_round(num: i128, den: i128) -> i128 {
    let half = den / 2;
    if num >= 0 {
        (num + half) / den
    } else {
        -((-num + half) / den)
    }
}

fn clamp_i64(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(num: i64, den: u32) -> Timestamp {
        Timestamp::new(num, den).unwrap()
    }

    #[test]
    fn ntsc_frames_are_exact_after_ten_hours() {
        let frame = 1_078_921; // ten hours of 29.97 frames a second
        let time = Timestamp::from_ticks(frame, 1001, 30000).unwrap();
        assert_eq!(time.fraction(), (1_079_999_921, 30000));
        assert_eq!(time.to_ticks(1001, 30000), frame);
    }

    #[test]
    fn equal_times_of_different_clocks_are_equal() {
        assert_eq!(
            Timestamp::from_ticks(45000, 1, 90000),
            Timestamp::from_ticks(500, 1, 1000)
        );
    }

    #[test]
    fn a_range_is_never_empty_or_inverted() {
        assert_eq!(TimeRange::new(at(1, 1), at(1, 1)), None);
        assert_eq!(TimeRange::new(at(2, 1), at(1, 1)), None);
        assert_eq!(
            TimeRange::new(at(1, 2), at(2, 1)).unwrap().duration(),
            Duration::from_millis(1500)
        );
    }

    #[test]
    fn times_read_as_clocks() {
        assert_eq!(at(3_723_456, 1000).to_string(), "01:02:03.456");
        assert_eq!(at(-1, 2).to_string(), "-00:00:00.500");
    }

    proptest! {
        #[test]
        fn ticks_survive_the_round_trip(ticks in -1_000_000_000_000_i64..1_000_000_000_000, num in 1..100_000_i32, den in 1..10_000_000_i32) {
            let time = Timestamp::from_ticks(ticks, num, den).unwrap();
            prop_assert_eq!(time.to_ticks(num, den), ticks);
        }

        #[test]
        fn order_agrees_with_exact_arithmetic(a in -1_000_000_i64..1_000_000, b in 1..65_536_u32, c in -1_000_000_i64..1_000_000, d in 1..65_536_u32) {
            let exact = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
            prop_assert_eq!(at(a, b).cmp(&at(c, d)), exact);
            prop_assert_eq!(at(a, b) + (at(c, d) - at(a, b)), at(c, d));
        }

        #[test]
        fn no_extreme_value_panics(a in any::<i64>(), b in 1..=u32::MAX, c in any::<i64>(), d in 1..=u32::MAX) {
            let (x, y) = (at(a, b), at(c, d));
            let _ = (x + y, x - y, x.since(y), x.to_ticks(1, i32::MAX), x.to_string());
        }
    }
}
