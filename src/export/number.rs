//! Numbers as files for people and other programs hold them: finite, six decimals.

use std::collections::BTreeMap;
use std::ops::Add;
use std::time::Duration;

use serde::de::Error as _;
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::timeline::Timestamp;

const MICROS: f64 = 1e6;

/// A time or length in whole microseconds, written as float seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Seconds(i64);

impl Seconds {
    /// Returns the float that files hold: the one nearest to the exact microsecond.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MICROS
    }

    /// Returns the time from `start` to this one.
    pub fn since(self, start: Self) -> Self {
        Self(self.0.saturating_sub(start.0))
    }
}

impl Add<Duration> for Seconds {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(Self::from(length).0))
    }
}

impl From<Timestamp> for Seconds {
    fn from(time: Timestamp) -> Self {
        Self(time.to_ticks(1, 1_000_000))
    }
}

impl From<Duration> for Seconds {
    fn from(length: Duration) -> Self {
        let micros = (length.as_nanos() + 500) / 1000;
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let micros = (f64::deserialize(input)? * MICROS).round();
        if micros.abs() < 9e18 {
            Ok(Self(micros as i64))
        } else {
            Err(D::Error::custom("a time too far away"))
        }
    }
}

/// Returns `value` to six decimals, or `None` for what is not a finite number.
pub(super) fn rounded(value: f64) -> Option<f64> {
    let scaled = value * MICROS;
    let rounded = if scaled.abs() < 9e15 {
        scaled.round() / MICROS
    } else {
        value // beyond this a float has no six decimals
    };
    // Adding zero turns -0 into 0: the two are one number and must be one text.
    value.is_finite().then_some(rounded + 0.0)
}

/// Writes a number to six decimals and refuses what is not finite.
pub(super) fn finite<S: Serializer>(value: &f64, out: S) -> Result<S::Ok, S::Error> {
    match rounded(*value) {
        Some(value) => out.serialize_f64(value),
        None => Err(S::Error::custom(format!("{value} is not a finite number"))),
    }
}

/// Writes a number to six decimals, or `null`.
pub(super) fn finite_option<S: Serializer>(value: &Option<f64>, out: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => finite(value, out),
        None => out.serialize_none(),
    }
}

/// Writes named numbers to six decimals, in the order of their names.
pub(super) fn finite_map<S: Serializer>(
    values: &BTreeMap<String, f64>,
    out: S,
) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(Some(values.len()))?;
    for (name, &value) in values {
        let value = rounded(value)
            .ok_or_else(|| S::Error::custom(format!("{name}: {value} is not a finite number")))?;
        map.serialize_entry(name, &value)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_third_of_a_second_has_six_decimals() {
        let third = Seconds::from(Timestamp::new(1, 3).unwrap());
        assert_eq!(serde_json::to_string(&third).unwrap(), "0.333333");
    }

    #[test]
    fn what_is_not_finite_has_no_decimals() {
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(rounded(f64::NEG_INFINITY), None);
        assert_eq!(rounded(1e300), Some(1e300));
        assert!(rounded(-1e-9).unwrap().is_sign_positive());
    }

    proptest! {
        #[test]
        fn seconds_survive_json_to_the_microsecond(num in -40_000_000_000_i64..40_000_000_000, den in 1..10_000_000_u32) {
            let time = Timestamp::new(num, den).unwrap();
            let text = serde_json::to_string(&Seconds::from(time)).unwrap();
            prop_assert!(text.split_once('.').unwrap().1.len() <= 6, "{}", text);
            prop_assert_eq!(serde_json::from_str::<Seconds>(&text).unwrap(), Seconds::from(time));
        }

        #[test]
        fn rounding_twice_changes_nothing(value in any::<f64>()) {
            if let Some(once) = rounded(value) {
                prop_assert_eq!(rounded(once), Some(once));
            }
        }
    }
}
