//! Settings layers: flag over environment over job over manifest defaults over profile over user file over built in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Value;
use toml::de::DeValue;

use crate::settings::Settings;
use crate::settings::auto::Machine;
use crate::settings::document::{Document, read_text};
use crate::settings::entry::{Flat, Layer, SettingEntry};
use crate::settings::environment::Environment;
use crate::settings::folders::Folders;
use crate::settings::job::JobSettings;
use crate::settings::keys::{Keys, named_twice, own_name, read_all, read_job};
use crate::settings::problem::{Origin, Problem, Problems};
use crate::settings::profile::{ProfileChoice, find};
use crate::settings::reader::{Given, SettingsReader};

/// A setting given by a flag, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagValue {
    /// As the user typed it: `--jobs`, `--set`.
    pub flag: String,
    /// The setting.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Settings of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// A profile's name, or its file.
    pub profile: Option<String>,
    /// Later ones win.
    pub values: Vec<FlagValue>,
}

/// Everything settings come from but the manifest.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The command line.
    pub overrides: Overrides,
    /// The variables.
    pub environment: Environment,
    /// The user's file.
    pub user_file: PathBuf,
}

/// All layers, read and checked, from which the settings of the run and of each job are made.
#[derive(Debug, Clone)]
pub struct Layers {
    below: Flat,
    above: Flat,
    /// Lines for the user: what was read but means nothing.
    pub warnings: Vec<String>,
}

const MAX_SETTINGS_BYTES: u64 = 1 << 20;
const MAX_BYTES: u64 = 32 << 20; // it may be a manifest

impl Sources {
    /// Returns the sources of this process.
    pub fn of_this_process(overrides: Overrides) -> Self {
        Self {
            overrides,
            environment: Environment::of_this_process(),
            user_file: Folders::of_this_process().settings,
        }
    }
}

impl Layers {
    /// Reads all layers of a process without a manifest.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let layers = Self::read(&Keys::built_in(), sources, None, &mut problems);
        problems.extend(layers.job(&Flat::new(), &Flat::new()).err());
        Problems::none_or(problems, layers)
    }

    /// Reads all layers; `manifest_profile` is the manifest's own choice, which flag and variable overrule.
    ///
    /// Adds what is wrong to `problems`.
    pub(crate) fn read(
        keys: &Keys,
        sources: &Sources,
        manifest_profile: Option<ProfileChoice>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut below = built_in(keys);
        if sources.user_file.exists() {
            below.extend(settings_file(
                keys,
                &sources.user_file,
                Layer::UserFile,
                problems,
            ));
        }
        if let Some(choice) = chosen(sources).or(manifest_profile) {
            match find(&choice) {
                Ok(profile) => below.extend(settings_text(
                    keys,
                    &profile.file,
                    &profile.text,
                    Layer::Profile,
                    problems,
                )),
                Err(problem) => problems.push(problem),
            }
        }
        let environment = sources.environment.read(keys);
        problems.extend(environment.problems);
        let mut above = environment.flat;
        above.extend(flags(keys, &sources.overrides.values, problems));
        Self {
            below,
            above,
            warnings: environment.warnings,
        }
    }

    /// Returns the settings of the run, with what was left to the machine decided for so many videos.
    pub fn settings(&self, machine: &Machine, videos: usize) -> Settings {
        let entries = merged([&self.below, &self.above], "");
        let values = entries.iter().map(|(key, entry)| (*key, &entry.value));
        let written = read_all(values).expect("each value was checked when it was read");
        written.resolve(machine, videos)
    }

    /// Returns every setting with who gave it, where a manifest has these `defaults`.
    pub fn entries<'l>(&'l self, defaults: &'l Flat) -> BTreeMap<&'l str, &'l SettingEntry> {
        merged([&self.below, defaults, &self.above], "")
    }

    /// Returns who gives a setting of a job.
    pub(crate) fn entry_of<'l>(
        &'l self,
        defaults: &'l Flat,
        own: &'l Flat,
        key: &str,
    ) -> Option<&'l SettingEntry> {
        let layers = [&self.above, own, defaults, &self.below];
        layers.into_iter().find_map(|layer| layer.get(key))
    }

    /// Returns the settings of a job: what flags and environment say, then its own, then the manifest's defaults, then the rest.
    ///
    /// Fails when the values do not go together.
    pub(crate) fn job(&self, defaults: &Flat, own: &Flat) -> Result<JobSettings, Problem> {
        let entries = merged([&self.below, defaults, own, &self.above], "job.");
        let values = entries.iter().map(|(key, entry)| (*key, &entry.value));
        let settings = read_job(values).expect("each value was checked when it was read");
        let clips = &settings.clips;
        let crossed = if clips.min > clips.max {
            ("min", "max", "the shortest clip", "longer than the longest")
        } else if clips.floor > clips.count {
            ("floor", "count", "the fewest clips", "more than the most")
        } else {
            return Ok(settings);
        };
        let (low, high, this, that) = crossed;
        let entry = |name: &str| entries[format!("job.clips.{name}").as_str()];
        let (least, most) = (entry(low), entry(high));
        let message = format!("{this} {} is {that} {}", least.value, most.value);
        let culprit = if most.layer > least.layer {
            most
        } else {
            least
        };
        Err(Problem::new(culprit.place.clone(), message)
            .hint(format!("set clips.{low} and clips.{high} together")))
    }
}

/// Returns for each key below `prefix` what the last layer says that says anything.
fn merged<'l, const N: usize>(
    layers: [&'l Flat; N],
    prefix: &str,
) -> BTreeMap<&'l str, &'l SettingEntry> {
    let entries = layers.into_iter().flat_map(|layer| {
        layer
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
    });
    entries.map(|(key, entry)| (key.as_str(), entry)).collect()
}

/// Checks a file of settings by itself; false when it is none but, by its keys, a manifest.
pub fn check_file(path: &Path) -> Result<bool, Problems> {
    let text = read_text(path, MAX_BYTES)?;
    if text.starts_with("[[job]]") || text.contains("\n[[job]]") {
        return Ok(false);
    }
    let file = path.to_string_lossy();
    let document = Document::parse(&file, &text)?;
    let keys = Keys::built_in();
    let mut reader = SettingsReader::new(&keys);
    let is_setting =
        |key: &str, value: &DeValue<'_>| reader.knows(key) && !(key == "job" && value.is_array());
    let is_job_of_one = |key: &str, value: &DeValue<'_>| {
        let own = |table: &toml::de::DeTable<'_>| table.contains_key("input");
        key == "job" && value.as_table().is_some_and(own)
    };
    let mut root = document.root.iter();
    if root.any(|(key, value)| is_job_of_one(key.get_ref(), value.get_ref())) {
        // A manifest that forgot the second pair of brackets.
        return Ok(false);
    }
    let mut root = document.root.iter();
    if !root.any(|(key, value)| is_setting(key.get_ref(), value.get_ref())) {
        return Ok(false);
    }
    reader.table(&document, "", &document.root);
    Problems::none_or(reader.problems, true)
}

fn settings_file(keys: &Keys, path: &Path, layer: Layer, problems: &mut Vec<Problem>) -> Flat {
    match read_text(path, MAX_SETTINGS_BYTES) {
        Ok(text) => settings_text(keys, &path.to_string_lossy(), &text, layer, problems),
        Err(problem) => {
            problems.push(problem);
            Flat::new()
        }
    }
}

fn settings_text(
    keys: &Keys,
    file: &str,
    text: &str,
    layer: Layer,
    problems: &mut Vec<Problem>,
) -> Flat {
    let document = match Document::parse(file, text) {
        Ok(document) => document,
        Err(faults) => {
            problems.extend(faults.into_vec());
            return Flat::new();
        }
    };
    let mut reader = SettingsReader::new(keys);
    let given = reader.table(&document, "", &document.root);
    problems.append(&mut reader.problems);
    placed(&document, given, layer)
}

/// Adds to values where they stand.
pub(crate) fn placed(document: &Document<'_>, given: Vec<Given>, layer: Layer) -> Flat {
    let entry = |given: Given| {
        let place = document.place(given.at);
        let value = given.value;
        (
            given.key,
            SettingEntry {
                value,
                layer,
                place,
            },
        )
    };
    given.into_iter().map(entry).collect()
}

fn built_in(keys: &Keys) -> Flat {
    let entry = |value: &Value| SettingEntry {
        value: value.clone(),
        layer: Layer::BuiltIn,
        place: Origin::BuiltIn,
    };
    keys.iter()
        .map(|(key, value)| (key.to_owned(), entry(value)))
        .collect()
}

fn chosen(sources: &Sources) -> Option<ProfileChoice> {
    if let Some(name) = &sources.overrides.profile {
        return Some(ProfileChoice::new(
            name,
            Origin::Flag("--profile".to_owned()),
        ));
    }
    let name = sources.environment.get("OPUSCLIP_PROFILE")?;
    let place = Origin::Variable("OPUSCLIP_PROFILE".to_owned());
    Some(ProfileChoice::new(&name.to_string_lossy(), place))
}

fn flags(keys: &Keys, values: &[FlagValue], problems: &mut Vec<Problem>) -> Flat {
    let mut flat = Flat::new();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for FlagValue { flag, key, value } in values {
        let place = match flag.as_str() {
            "--set" => Origin::Flag(format!("--set {key}")),
            _ => Origin::Flag(flag.clone()),
        };
        let own = own_name(key);
        let earlier = names.insert(own, key);
        let read = match earlier.filter(|earlier| earlier != key) {
            Some(_) => Some(Err(named_twice(own))),
            None => keys.read_text(own, value),
        };
        match read {
            Some(Ok(value)) => {
                let layer = Layer::Flag;
                flat.insert(
                    own.to_owned(),
                    SettingEntry {
                        value,
                        layer,
                        place,
                    },
                );
            }
            Some(Err(misfit)) => {
                problems.push(Problem::new(place, misfit.message).hint(misfit.hint));
            }
            None => {
                let hint = keys.nearest_in_full(key);
                problems.push(Problem::new(place, "no such setting").hint(hint));
            }
        }
    }
    flat
}
