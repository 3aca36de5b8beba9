//! Environment layer: settings given by `OPUSCLIP_` variables.

use std::ffi::{OsStr, OsString};

use crate::settings::entry::{Flat, Layer, SettingEntry};
use crate::settings::keys::{Keys, closest, named_twice, other_names};
use crate::settings::problem::{Origin, Problem};

/// The variables of a process, as pairs.
#[derive(Debug, Clone, Default)]
pub struct Environment(Vec<(OsString, OsString)>);

const PREFIX: &str = "OPUSCLIP_";

/// Names known from elsewhere, and the settings they mean.
const ALIASES: [(&str, &str); 14] = [
    ("BATCH_SIZE", "inference.batch"),
    ("CACHE_DISK_SIZE", "cache.max-bytes"),
    ("CACHE_MEMORY_SIZE", "cache.memory-entries"),
    ("CACHE_TTL", "cache.memory-ttl"),
    ("ENABLE_CACHING", "cache.enabled"),
    ("ENABLE_COMPRESSION", "cache.compression-level"),
    ("ENABLE_METRICS", "metrics"),
    ("ENABLE_MIXED_PRECISION", "shots.precision"),
    ("MAX_CONCURRENT_TASKS", "jobs"),
    ("MAX_WORKERS", "jobs"),
    ("MEMORY_LIMIT", "max-memory"),
    ("TASK_TIMEOUT", "stall-timeout"),
    ("THROTTLE_RATE", "throttle.read-rate"),
    ("USE_GPU", "device"),
];

/// Variables that are no settings: folders, and the choice of a profile.
const OTHERS: [&str; 5] = [
    "CACHE_DIR",
    "HISTORY_DIR",
    "MODEL_DIR",
    "ORT_LIB",
    "PROFILE",
];

/// Settings of the variables.
pub(super) struct Read {
    pub(super) flat: Flat,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl Environment {
    /// Returns an environment of these variables.
    pub fn new<T: Into<OsString>>(variables: impl IntoIterator<Item = (T, T)>) -> Self {
        let variables = variables.into_iter();
        Self(
            variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// Returns the variables of this process.
    pub fn of_this_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// Returns a variable; an empty one is as good as none.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value)
    }

    /// Reads the settings among the variables.
    ///
    /// A variable named like its setting wins over an alias.
    pub(super) fn read(&self, keys: &Keys) -> Read {
        let (mut flat, mut problems, mut warnings) = (Flat::new(), Vec::new(), Vec::new());
        for (name, text) in self.ours() {
            let Some((key, is_alias)) = key_of(keys, &name) else {
                warnings.extend(unknown(keys, &name));
                continue;
            };
            let place = Origin::Variable(format!("{PREFIX}{name}"));
            let is_given = flat.get(&key).is_some_and(|given| given.place != place);
            if is_given && is_alias {
                continue;
            }
            if is_given {
                let misfit = named_twice(&key);
                problems.push(Problem::new(place, misfit.message).hint(misfit.hint));
                continue;
            }
            match value_of(keys, &name, &key, place, text) {
                Ok(entry) => drop(flat.insert(key, entry)),
                Err(problem) => problems.push(problem),
            }
        }
        Read {
            flat,
            problems,
            warnings,
        }
    }

    /// Walks through the variables with our prefix that are not empty: settings by their own name first, then by name.
    fn ours(&self) -> Vec<(String, &OsStr)> {
        let named = self.0.iter().filter_map(|(name, text)| {
            let name = name.to_str()?.strip_prefix(PREFIX)?;
            (!text.is_empty()).then(|| (name.to_owned(), text.as_os_str()))
        });
        let mut named: Vec<_> = named.collect();
        named.sort_by_key(|(name, _)| (alias(name).is_some(), name.clone()));
        named
    }
}

fn alias(name: &str) -> Option<&'static str> {
    let found = ALIASES.iter().find(|(alias, _)| *alias == name);
    found.map(|(_, key)| *key)
}

fn variable_of(key: &str) -> String {
    key.replace(['.', '-'], "_").to_ascii_uppercase()
}

/// Returns the setting that a variable means, and whether it goes by an alias.
fn key_of(keys: &Keys, name: &str) -> Option<(String, bool)> {
    let mut all = keys.iter().map(|(key, _)| key);
    let is_named =
        |key: &&str| variable_of(key) == name || other_names(key).any(|n| variable_of(n) == name);
    match all.find(is_named) {
        Some(key) => Some((key.to_owned(), false)),
        None => alias(name).map(|key| (key.to_owned(), true)),
    }
}

fn value_of(
    keys: &Keys,
    name: &str,
    key: &str,
    place: Origin,
    text: &OsStr,
) -> Result<SettingEntry, Problem> {
    let Some(text) = text.to_str() else {
        return Err(Problem::new(place, "not UTF-8 text"));
    };
    match keys.read_text(key, &as_here(name, text)) {
        Some(Ok(value)) => Ok(SettingEntry {
            value,
            layer: Layer::Environment,
            place,
        }),
        Some(Err(misfit)) => Err(Problem::new(place, misfit.message).hint(misfit.hint)),
        None => unreachable!("aliases name settings that exist, which a test shows"),
    }
}

/// Returns a value as it is written here, where it is written otherwise where the name of its variable comes from.
fn as_here(name: &str, text: &str) -> String {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let lower = text.to_ascii_lowercase();
    let is_yes = matches!(lower.as_str(), "1" | "true" | "yes" | "on");
    let is_no = matches!(lower.as_str(), "0" | "false" | "no" | "off");
    let here = match (name, lower.as_str()) {
        // A machine without a GPU is no fault here: `OPUSCLIP_DEVICE=cuda` demands one.
        ("USE_GPU" | "ENABLE_MIXED_PRECISION", _) if is_yes => "auto",
        ("USE_GPU", _) if is_no => "cpu",
        ("ENABLE_MIXED_PRECISION", _) if is_no => "f32",
        ("ENABLE_COMPRESSION", _) if is_yes => "3",
        ("ENABLE_COMPRESSION", _) if is_no => "0",
        ("ENABLE_CACHING" | "ENABLE_METRICS", _) if is_yes => "true",
        ("ENABLE_CACHING" | "ENABLE_METRICS", _) if is_no => "false",
        ("LOG_LEVEL", "warning") => "warn",
        ("LOG_LEVEL", "critical") => "error",
        ("LOG_LEVEL", level) => return level.to_owned(),
        ("TASK_TIMEOUT", seconds) if is_number => return format!("{seconds}s"),
        ("MEMORY_LIMIT" | "THROTTLE_RATE", megabytes) if is_number => {
            return format!("{megabytes}MB");
        }
        ("CACHE_DISK_SIZE", megabytes) if is_number => return format!("{megabytes}MB"),
        _ => text,
    };
    here.to_owned()
}

fn unknown(keys: &Keys, name: &str) -> Option<String> {
    if OTHERS.contains(&name) {
        return None;
    }
    let settings = keys.iter().map(|(key, _)| variable_of(key));
    let others = OTHERS.iter().map(|other| (*other).to_owned());
    let known: Vec<String> = settings.chain(others).collect();
    let hint = closest(name, known.iter().map(String::as_str)).map_or_else(String::new, |near| {
        format!("; did you mean {PREFIX}{near}?")
    });
    Some(format!(
        "{PREFIX}{name} is set, but there is no such setting{hint}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> Read {
        Environment::new(pairs).read(&Keys::built_in())
    }

    fn value<const N: usize>(pairs: [(&str, &str); N], key: &str) -> String {
        read(pairs).flat[key].value.to_string()
    }

    #[test]
    fn every_setting_has_a_variable_and_no_two_share_one() {
        let keys = Keys::built_in();
        for (key, _) in keys.iter() {
            assert_eq!(
                key_of(&keys, &variable_of(key)),
                Some((key.to_owned(), false))
            );
        }
    }

    #[test]
    fn aliases_name_settings_that_exist() {
        let keys = Keys::built_in();
        for (_, key) in ALIASES {
            assert!(keys.default(key).is_some(), "{key}");
        }
    }

    #[test]
    fn variables_are_settings_in_capitals() {
        assert_eq!(value([("OPUSCLIP_JOBS", "4")], "jobs"), "4");
        let bytes = [("OPUSCLIP_CACHE_MAX_BYTES", "2GB")];
        assert_eq!(value(bytes, "cache.max-bytes"), "\"2GB\"");
    }

    #[test]
    fn the_name_of_the_setting_wins_over_an_alias() {
        let both = [("OPUSCLIP_MAX_WORKERS", "2"), ("OPUSCLIP_JOBS", "4")];
        assert_eq!(value(both, "jobs"), "4");
    }

    #[test]
    fn a_setting_is_read_under_its_other_name_but_not_under_both() {
        let other = ("OPUSCLIP_FACES_INTERVAL", "1s");
        assert_eq!(value([other], "faces.every"), "\"1s\"");
        let problems = read([other, ("OPUSCLIP_FACES_EVERY", "500ms")]).problems;
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "OPUSCLIP_FACES_INTERVAL: `faces.every` and `faces.interval` are the same setting\nhint: keep one of them"
            ]
        );
    }

    #[test]
    fn a_gpu_is_allowed_or_not() {
        assert_eq!(value([("OPUSCLIP_USE_GPU", "true")], "device"), "\"auto\"");
        assert_eq!(value([("OPUSCLIP_USE_GPU", "0")], "device"), "\"cpu\"");
    }

    #[test]
    fn values_are_read_as_where_their_names_come_from() {
        let level = |text| value([("OPUSCLIP_LOG_LEVEL", text)], "log-level");
        assert_eq!(level("INFO"), "\"info\"");
        assert_eq!(level("Warning"), "\"warn\"");
        assert_eq!(level("CRITICAL"), "\"error\"");
        let size = |text| value([("OPUSCLIP_CACHE_DISK_SIZE", text)], "cache.max-bytes");
        assert_eq!(size("500"), "\"500MB\"");
        assert_eq!(size("2GB"), "\"2GB\"");
        let entries = [("OPUSCLIP_CACHE_MEMORY_SIZE", "500")];
        assert_eq!(value(entries, "cache.memory-entries"), "500");
        let ttl = [("OPUSCLIP_CACHE_TTL", "60")];
        assert_eq!(value(ttl, "cache.memory-ttl"), "60");
        let limit = |text| value([("OPUSCLIP_MEMORY_LIMIT", text)], "max-memory");
        assert_eq!(limit("768"), "\"768MB\"");
        assert_eq!(limit("1GiB"), "\"1GiB\"");
        let timeout = |text| value([("OPUSCLIP_TASK_TIMEOUT", text)], "stall-timeout");
        assert_eq!(timeout("60"), "\"60s\"");
        assert_eq!(timeout("2m"), "\"2m\"");
    }

    #[test]
    fn switches_are_said_with_any_word_for_yes_and_no() {
        for (word, metrics, precision) in [("True", "true", "auto"), ("off", "false", "f32")] {
            assert_eq!(
                value([("OPUSCLIP_ENABLE_METRICS", word)], "metrics"),
                metrics
            );
            assert_eq!(
                value([("OPUSCLIP_ENABLE_CACHING", word)], "cache.enabled"),
                metrics
            );
            let level = [("OPUSCLIP_ENABLE_COMPRESSION", word)];
            let expected = if metrics == "true" { "3" } else { "0" };
            assert_eq!(value(level, "cache.compression-level"), expected);
            let mixed = value(
                [("OPUSCLIP_ENABLE_MIXED_PRECISION", word)],
                "shots.precision",
            );
            assert_eq!(mixed, format!("\"{precision}\""));
        }
    }

    #[test]
    fn a_wrong_value_names_the_variable() {
        let problems = read([("OPUSCLIP_JOBS", "many")]).problems;
        assert!(problems[0].to_string().starts_with("OPUSCLIP_JOBS: "));
    }

    #[test]
    fn unknown_variables_warn_and_folders_do_not() {
        let found = read([
            ("OPUSCLIP_JOB", "1"),
            ("OPUSCLIP_CACHE_DIR", "/c"),
            ("HOME", "/h"),
            ("OPUSCLIP_RETRIES", ""),
        ]);
        assert_eq!(found.warnings.len(), 1, "{:?}", found.warnings);
        assert!(found.warnings[0].contains("OPUSCLIP_JOB is set"));
        let folder = read([("OPUSCLIP_MODELS_DIR", "/m")]).warnings;
        assert!(
            folder[0].ends_with("did you mean OPUSCLIP_MODEL_DIR?"),
            "{folder:?}"
        );
        assert!(found.flat.is_empty());
    }
}
