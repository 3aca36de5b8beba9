//! Which settings exist: those of `profiles/default.toml`, and what may stand in each.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Table, Value};

use crate::settings::built_in::BUILT_IN;
use crate::settings::document::{Document, nest, to_plain};
use crate::settings::job::JobSettings;
use crate::settings::problem::Problem;
use crate::settings::written::WrittenSettings;

/// Other names that settings go by, and their own.
const OTHER_NAMES: [(&str, &str); 1] = [("faces.interval", "faces.every")];

/// Every setting with its built-in value, groups joined by a point: `cache.max-bytes`.
#[derive(Debug, Clone)]
pub(crate) struct Keys(BTreeMap<String, Value>);

/// A setting as some text gives it: `at` is the byte of the text where its key begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) at: usize,
}

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

    fn is_group(&self, name: &str) -> bool {
        let mut after = self.0.range(name.to_owned()..);
        after.any(|(key, _)| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Returns whether the setting would take `value`: whether the built-in settings with it in place still make sense.
    pub(crate) fn check(&self, key: &str, value: &Value) -> Result<(), Misfit> {
        let others = self.iter().filter(|(other, _)| *other != key);
        let read = if key.starts_with("job.") {
            let others = others.filter(|(other, _)| other.starts_with("job."));
            read_job(others.chain([(key, value)])).map(drop)
        } else {
            read_all(others.chain([(key, value)])).map(drop)
        };
        read.map_err(|error| Misfit {
            message: error.message().trim().to_owned(),
            hint: self.example(key),
        })
    }

    /// Returns a line that would be right.
    fn example(&self, key: &str) -> String {
        let name = key.rsplit('.').next().unwrap_or(key);
        match self.default(key) {
            Some(value) => format!("for example {name} = {value}"),
            None => "see `opusclip config show`".to_owned(),
        }
    }

    /// Returns what an unknown key was probably meant to be.
    pub(crate) fn nearest(&self, key: &str) -> String {
        let same_name = |known: &&str| known.rsplit('.').next() == Some(key);
        let names = || self.iter().map(|(known, _)| known);
        match names().find(same_name).or_else(|| closest(key, names())) {
            Some(known) => format!("did you mean `{}`?", short(known, key)),
            None => "`opusclip config show` lists every setting".to_owned(),
        }
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

/// Reads settings out of files, telling every fault; values already seen are not checked again.
pub(crate) struct SettingsReader<'k> {
    keys: &'k Keys,
    checked: HashMap<(String, String), Result<(), Misfit>>,
    /// What was wrong so far.
    pub(crate) problems: Vec<Problem>,
}

impl<'k> SettingsReader<'k> {
    /// Returns a reader of these settings.
    pub(crate) fn new(keys: &'k Keys) -> Self {
        Self {
            keys,
            checked: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// Returns whether `key` is a setting or a group of them.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.keys.is_group(key) || self.keys.default(own_name(key)).is_some()
    }

    /// Reads all settings of a table whose keys stand below `prefix`: `""` or `"job."`.
    pub(crate) fn table(
        &mut self,
        document: &Document<'_>,
        prefix: &str,
        table: &DeTable<'_>,
    ) -> Vec<Given> {
        let mut settings: Vec<Given> = Vec::new();
        for (name, value) in table {
            for given in self.entry(document, prefix, name, value) {
                if settings.iter().any(|earlier| earlier.key == given.key) {
                    let Misfit { message, hint } = named_twice(&given.key);
                    let problem = document.problem(given.at, message).hint(hint);
                    self.problems.push(problem);
                } else {
                    settings.push(given);
                }
            }
        }
        settings
    }

    /// Reads one setting, or all of one group.
    pub(crate) fn entry(
        &mut self,
        document: &Document<'_>,
        prefix: &str,
        name: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Vec<Given> {
        let key = own_name(&format!("{prefix}{}", name.get_ref())).to_owned();
        let at = name.span().start;
        if let (true, Some(group)) = (self.keys.is_group(&key), value.get_ref().as_table()) {
            return self.table(document, &format!("{key}."), group);
        }
        match self.fit(&key, value) {
            Ok(value) => vec![Given { key, value, at }],
            Err((at, misfit)) => {
                let at = at.unwrap_or(name.span().start);
                let problem = document.problem(at, misfit.message).hint(misfit.hint);
                self.problems.push(problem);
                Vec::new()
            }
        }
    }

    /// Returns the value if the setting takes it, else why not, and where unless it is the key that is wrong.
    fn fit(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Value, (Option<usize>, Misfit)> {
        if self.keys.is_group(key) {
            let message = format!("`{key}` is a group of settings, not a value");
            let hint = format!("write [{key}] and its settings below");
            return Err((None, Misfit { message, hint }));
        }
        if self.keys.default(key).is_none() {
            let message = format!("unknown key `{}`", short(key, key));
            let hint = self.keys.nearest(key);
            return Err((None, Misfit { message, hint }));
        }
        let at = Some(value.span().start);
        let plain = to_plain(value).map_err(|message| {
            let hint = self.keys.example(key);
            (at, Misfit { message, hint })
        })?;
        let keys = self.keys;
        let seen = (key.to_owned(), plain.to_string());
        let answer = self
            .checked
            .entry(seen)
            .or_insert_with(|| keys.check(key, &plain));
        answer
            .clone()
            .map(|()| plain)
            .map_err(|misfit| (at, misfit))
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
fn short<'k>(known: &'k str, key: &str) -> &'k str {
    if key.starts_with("job.") {
        known.strip_prefix("job.").unwrap_or(known)
    } else {
        known
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

    fn problems(text: &str) -> Vec<String> {
        let keys = Keys::built_in();
        let document = Document::parse("s.toml", text).unwrap_or_else(|p| panic!("{p}"));
        let mut reader = SettingsReader::new(&keys);
        reader.table(&document, "", &document.root);
        reader.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_built_in_settings_fit_themselves() {
        let keys = Keys::built_in();
        for (key, value) in keys.iter() {
            assert_eq!(keys.check(key, value), Ok(()), "{key}");
        }
    }

    #[test]
    fn an_unknown_key_is_told_with_its_neighbour() {
        assert_eq!(
            problems("[cache]\n  max-byte = 5"),
            ["s.toml:2:3: unknown key `cache.max-byte`\nhint: did you mean `cache.max-bytes`?"]
        );
        assert!(problems("aspect = '9:16'")[0].ends_with("did you mean `job.aspect`?"));
        assert!(problems("zzzzzzzzzzz = 1")[0].ends_with("lists every setting"));
    }

    #[test]
    fn a_wrong_value_is_told_where_it_stands() {
        assert_eq!(
            problems("grace = 'soon'"),
            [
                "s.toml:1:9: invalid value: string \"soon\", expected a length such as \"300s\", \"500ms\" or \"2m\"\nhint: for example grace = \"20s\""
            ]
        );
    }

    #[test]
    fn every_wrong_value_is_told() {
        let text = "jobs = 0\ndevice = 'gpu'\nretries = -1\n[shots]\nthreshold = 2\n[render]\ncrf = 52\n[job]\naspect = '2:1'";
        assert_eq!(problems(text).len(), 6);
    }

    #[test]
    fn a_setting_is_read_under_its_other_name_but_not_under_both() {
        let keys = Keys::built_in();
        for (other, own) in OTHER_NAMES {
            assert!(keys.default(own).is_some(), "{own}");
            assert!(keys.default(other).is_none(), "{other}");
        }
        assert_eq!(problems("[faces]\ninterval = '1s'"), Vec::<String>::new());
        assert!(problems("[faces]\ninterval = '2s'")[0].starts_with("s.toml:2:12: "));
        assert_eq!(
            problems("[faces]\nevery = '1s'\ninterval = '1s'"),
            [
                "s.toml:3:1: `faces.every` and `faces.interval` are the same setting\nhint: keep one of them"
            ]
        );
    }

    #[test]
    fn a_group_is_not_a_value_and_a_value_not_a_group() {
        assert!(problems("cache = 1")[0].contains("group of settings"));
        assert!(problems("[jobs]\nn = 1")[0].starts_with("s.toml:1:"));
    }

    #[test]
    fn integers_beyond_all_bounds_are_wrong_values() {
        assert_eq!(problems("max-pixels = 99999999999999999999").len(), 1);
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
