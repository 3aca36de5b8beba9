//! `[ranker]` settings: the weights of the signals.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};

use crate::settings::built_in::BUILT_IN;

/// No weight is farther from zero.
const MOST: f64 = 100.0;

/// Ranking of clips.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ranker {
    /// How much each signal counts, by its name; every signal has one.
    #[serde(deserialize_with = "weights")]
    pub weights: BTreeMap<String, f64>,
}

impl Ranker {
    /// Returns what `profiles/default.toml` says.
    pub fn built_in() -> Self {
        #[derive(Deserialize)]
        struct WithRanker {
            ranker: Ranker,
        }
        let profile: WithRanker = toml::from_str(BUILT_IN).expect("profiles/default.toml is valid");
        profile.ranker
    }
}

fn weights<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let weights = BTreeMap::<String, f64>::deserialize(from)?;
    let wrong = weights
        .values()
        .find(|weight| !(-MOST..=MOST).contains(*weight));
    match wrong {
        None => Ok(weights),
        Some(wrong) => Err(D::Error::invalid_value(
            Unexpected::Float(*wrong),
            &"a number from -100 to 100",
        )),
    }
}
