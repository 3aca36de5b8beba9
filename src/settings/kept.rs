//! What a run costs, how long finished runs are kept, and who is told of its ends.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};

use super::units::{Bytes, Count};

/// What the report tells beside what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReportSettings {
    /// What an hour of this machine costs; 0 where nobody says.
    #[serde(deserialize_with = "price")]
    pub price_per_hour: f64,
}

/// How long finished runs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HistorySettings {
    /// Older runs go.
    pub max_days: Count,
    /// More runs than this are not kept: the oldest go.
    pub max_runs: Count,
    /// Nor more bytes.
    pub max_bytes: Bytes,
}

/// Commands that are told of each job and of the run when they have ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HookSettings {
    /// Program and arguments; empty for none.
    pub job: Vec<String>,
    /// Program and arguments; empty for none.
    pub run: Vec<String>,
}

fn price<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let price = f64::deserialize(from)?;
    if price.is_finite() && price >= 0.0 {
        Ok(price)
    } else {
        let expected = &"an amount such as 0.35, 0 for none";
        Err(D::Error::invalid_value(Unexpected::Float(price), expected))
    }
}
