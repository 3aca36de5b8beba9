//! Setting keys: those of `profiles/default.toml`, and the values that each takes.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::de::ValueDeserializer;
use toml::{Table, Value};

use crate::settings::built_in::BUILT_IN;
use crate::settings::document::nest;
use crate::settings::job::JobSettings;
use crate::settings::written::WrittenSettings;

/// Other names that settings go by, and their own.
const OTHER_NAMES: [(&str, &str); 1] = [("faces.interval", "faces.every")];

/// Every setting with its built-in value, groups joined by a point: `cache.max-bytes`.
#[derive(Debug, Clone)]
pub(crate) struct Keys(BTreeMap<String, Value>);

/// Why a value does not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Keys {
    /// Returns the settings of this version.
    pub(crate) fn built_in() -> Self {
        let root = toml::from_str(BUILT_IN).expect("profiles/default.toml is valid");
        let mut flat = BTreeMap::new();
        flatten(&root, "", &mut flat);
        Self(flat)
    }

    /// Walks through all settings and their built-in values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the built-in value.
    pub(crate) fn default(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Tells whether settings stand below this name.
    pub(super) fn is_group(&self, name: &str) -> bool {
        let mut after = self.0.range(name.to_owned()..);
        after.any(|(key, _)| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Returns whether the setting would take `value`: whether the built-in settings with it in place still make sense.
    pub(crate) fn check(&self, key: &str, value: &Value) -> Result<(), Misfit> {
        self.read_with(key, value).map_err(|message| {
            // Where words are expected serde names them only to a text.
            let as_text = || self.read_with(key, &Value::String(value.to_string())).err();
            let words = (!value.is_str()).then(as_text).flatten();
            let words = words.filter(|words| words.starts_with("unknown variant"));
            Misfit {
                message: words.unwrap_or(message),
                hint: self.example(key),
            }
        })
    }

    /// Reads the built-in settings with one of them replaced, and says what is wrong with it.
    fn read_with(&self, key: &str, value: &Value) -> Result<(), String> {
        let others = self.iter().filter(|(other, _)| *other != key);
        let read = if key.starts_with("job.") {
            let others = others.filter(|(other, _)| other.starts_with("job."));
            read_job(others.chain([(key, value)])).map(drop)
        } else {
            read_all(others.chain([(key, value)])).map(drop)
        };
        read.map_err(|error| error.message().trim().to_owned())
    }

    /// Returns a line that would be right.
    pub(super) fn example(&self, key: &str) -> String {
        let name = key.rsplit('.').next().unwrap_or(key);
        match self.default(key) {
            Some(value) => format!("for example {name} = {value}"),
            None => "see `opusclip config show`".to_owned(),
        }
    }

    /// Returns what an unknown key was probably meant to be, as it is written where `key` stands.
    pub(crate) fn nearest(&self, key: &str) -> String {
        suggestion(self.find_nearest(key).map(|known| short(known, key)))
    }

    /// Returns what an unknown key was probably meant to be, by its whole name.
    pub(super) fn nearest_in_full(&self, key: &str) -> String {
        suggestion(self.find_nearest(key))
    }

    /// Returns the setting whose name ends in `key`, else the one most like it.
    fn find_nearest(&self, key: &str) -> Option<&str> {
        let ends_so = |known: &&str| {
            let before = known.strip_suffix(key);
            before.is_some_and(|before| before.ends_with('.'))
        };
        let names = || self.iter().map(|(known, _)| known);
        let under_job = format!("job.{key}");
        let like = || closest(key, names()).or_else(|| closest(&under_job, names()));
        names().find(ends_so).or_else(like)
    }

    /// Returns the value a text means for this setting: itself, a TOML value, or words divided by commas.
    ///
    /// `None` when there is no such setting.
    pub(crate) fn read_text(&self, key: &str, text: &str) -> Option<Result<Value, Misfit>> {
        let key = own_name(key);
        let default = self.default(key)?;
        let readings = [
            Some(Value::String(text.to_owned())),
            toml_value(text),
            default.as_bool().and(truth(text)).map(Value::Boolean),
            default.as_array().map(|_| words(text)),
        ];
        let mut result = Err(Misfit::default());
        for reading in readings.into_iter().flatten() {
            result = self.check(key, &reading).map(|()| reading);
            if result.is_ok() {
                break;
            }
        }
        Some(result)
    }
}

/// Returns a setting's own name where `key` is another of its names, else `key`.
pub(super) fn own_name(key: &str) -> &str {
    let found = OTHER_NAMES.iter().find(|(other, _)| *other == key);
    found.map_or(key, |(_, own)| own)
}

/// Returns the other names that a setting goes by.
pub(super) fn other_names(own: &str) -> impl Iterator<Item = &'static str> {
    let named = OTHER_NAMES.iter().filter(move |(_, name)| *name == own);
    named.map(|(other, _)| *other)
}

/// Returns what is said where one place gives a setting under two of its names.
pub(super) fn named_twice(own: &str) -> Misfit {
    let others: Vec<&str> = other_names(own).collect();
    Misfit {
        message: format!("`{own}` and `{}` are the same setting", others.join("`, `")),
        hint: "keep one of them".to_owned(),
    }
}

/// Makes the settings of a run out of all values.
pub(super) fn read_all<'v>(
    flat: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<WrittenSettings, toml::de::Error> {
    WrittenSettings::deserialize(Value::Table(nest(flat)))
}

/// Makes the settings of a job out of all values below `job.`: many times quicker than all of them.
pub(super) fn read_job<'v>(
    flat: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<JobSettings, toml::de::Error> {
    let flat = flat.map(|(key, value)| (key.strip_prefix("job.").unwrap_or(key), value));
    JobSettings::deserialize(Value::Table(nest(flat)))
}

fn flatten(table: &Table, prefix: &str, flat: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        match value {
            Value::Table(group) => flatten(group, &format!("{prefix}{name}."), flat),
            _ => {
                flat.insert(format!("{prefix}{name}"), value.clone());
            }
        }
    }
}

/// Returns the candidate most like `word`, if any is like it or begins with it.
pub(crate) fn closest<'c>(
    word: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= candidate.len().div_ceil(3)
                || (word.len() >= 3 && candidate.starts_with(word))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns `known` as it is written where `key` stands: below `[job]` without that group's name.
pub(super) fn short<'k>(known: &'k str, key: &str) -> &'k str {
    if key.starts_with("job.") {
        known.strip_prefix("job.").unwrap_or(known)
    } else {
        known
    }
}

fn suggestion(known: Option<&str>) -> String {
    match known {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`opusclip config show` lists every setting".to_owned(),
    }
}

fn toml_value(text: &str) -> Option<Value> {
    Value::deserialize(ValueDeserializer::parse(text).ok()?).ok()
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "on" | "true" => Some(true),
        "0" | "no" | "off" | "false" => Some(false),
        _ => None,
    }
}

fn words(text: &str) -> Value {
    let words = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_settings_fit_themselves() {
        let keys = Keys::built_in();
        for (key, value) in keys.iter() {
            assert_eq!(keys.check(key, value), Ok(()), "{key}");
        }
    }

    #[test]
    fn other_names_mean_settings_that_exist_and_are_none_themselves() {
        let keys = Keys::built_in();
        for (other, own) in OTHER_NAMES {
            assert!(keys.default(own).is_some(), "{own}");
            assert!(keys.default(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_suggestion_is_a_name_that_is_taken_where_it_is_made() {
        let keys = Keys::built_in();
        let right = "did you mean `job.clips.count`?";
        for wrong in ["clips.count", "count", "job.clips.cont", "clips.cont"] {
            assert_eq!(keys.nearest_in_full(wrong), right, "{wrong}");
        }
        assert_eq!(
            keys.nearest("job.clips.cont"),
            "did you mean `clips.count`?"
        );
    }

    #[test]
    fn where_words_are_expected_they_are_named_whatever_was_written() {
        let keys = Keys::built_in();
        let told = |value: Value| keys.check("job.captions", &value).unwrap_err().message;
        for value in [Value::Boolean(true), Value::Integer(1), "yes".into()] {
            let message = told(value);
            for word in ["burn", "sidecar", "off"] {
                assert!(message.contains(word), "{message}");
            }
        }
    }

    #[test]
    fn text_is_read_as_the_setting_needs_it() {
        let keys = Keys::built_in();
        let read = |key, text| keys.read_text(key, text).unwrap().unwrap();
        assert_eq!(read("jobs", "4"), Value::Integer(4));
        assert_eq!(read("jobs", "auto"), Value::String("auto".to_owned()));
        assert_eq!(read("fail-fast", "yes"), Value::Boolean(true));
        assert_eq!(
            read("job.keywords", "price, launch")
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(read("job.keywords", "['a,b']").as_array().unwrap().len(), 1);
        assert!(keys.read_text("jobs", "many").unwrap().is_err());
        assert!(keys.read_text("jbos", "1").is_none());
    }
}
