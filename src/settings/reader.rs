//! Settings read out of files, each checked where it stands.

use std::collections::HashMap;

use toml::de::{DeString, DeTable, DeValue};
use toml::{Spanned, Value};

use crate::settings::document::{Document, to_plain};
use crate::settings::keys::{Keys, Misfit, named_twice, own_name, short};
use crate::settings::problem::Problem;

/// A setting as some text gives it: `at` is the byte of the text where its key begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) at: usize,
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
        let plain =
            to_plain(value).map_err(|message| (at, self.unholdable(key, value, message)))?;
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

impl SettingsReader<'_> {
    /// Returns what is said about a value that cannot be held at all, such as a number of thirty digits.
    fn unholdable(&self, key: &str, value: &Spanned<DeValue<'_>>, message: String) -> Misfit {
        let hint = self.keys.example(key);
        let DeValue::Integer(number) = value.get_ref() else {
            return Misfit { message, hint };
        };
        let sign = if number.as_str().starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        };
        // What is said of the largest number that can be held is right for those beyond.
        let refused = self.keys.check(key, &Value::Integer(sign)).err();
        let message = match refused {
            Some(misfit) => misfit.message.replace(&sign.to_string(), number.as_str()),
            None => format!("{} is too large", number.as_str()),
        };
        Misfit { message, hint }
    }
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
        let told = problems("[job.clips]\ncount = 99999999999999999999");
        assert!(
            told[0].contains("`99999999999999999999`, expected a number from 1 to 4096"),
            "{told:?}"
        );
    }
}
