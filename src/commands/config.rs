//! `opusclip config`: which value each setting has and who gave it; whether files are right.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer::shown;
use super::args::ConfigArgs;
use super::preflight;
use crate::manifest::{BatchPlan, PlanRequest, Trust};
use crate::media::{self, Limits};
use crate::pipeline;
use crate::report::{ExitCode, say};
use crate::settings::{
    Flat, Folders, Layers, Machine, Overrides, Problem, Problems, SettingEntry, Settings, Sources,
    check_file,
};

pub(super) fn run(args: &ConfigArgs) -> ExitCode {
    let result = match args {
        ConfigArgs::Show {
            manifest,
            overrides,
            origin,
            json,
        } => show(manifest.as_deref(), overrides, *origin, *json),
        ConfigArgs::Validate { files, trust } => validate(files, trust),
    };
    match result {
        Ok(text) => shown(&text),
        Err(problems) => {
            say(&format!("error: {problems}"));
            ExitCode::Usage
        }
    }
}

fn show(
    manifest: Option<&Path>,
    overrides: &Overrides,
    origin: bool,
    json: bool,
) -> Result<String, Problems> {
    let sources = Sources::of_this_process(overrides.clone());
    let (layers, defaults, videos) = match manifest {
        None => (Layers::load(&sources)?, Flat::new(), usize::MAX),
        Some(path) => {
            let plan = BatchPlan::load(&request(path, sources, &Trust::Trusted))?;
            (plan.layers, plan.defaults, plan.jobs.len())
        }
    };
    warn(&layers.warnings);
    let lines = setting_lines(
        &layers,
        &defaults,
        &layers.settings(&Machine::detect(), videos),
    );
    Ok(if json {
        as_json(&lines)
    } else {
        as_text(&lines, origin)
    })
}

/// Returns a value as it may be shown: a password in an address is left out.
fn shown_value(value: &toml::Value) -> toml::Value {
    match value {
        toml::Value::String(text) => toml::Value::String(without_password(text)),
        other => other.clone(),
    }
}

/// Returns an address without the password that stands before its host: `redis://name:***@host`.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    // One that is not written as it must be may hold any sign.
    let named = rest.rsplit_once('@');
    let named = named.and_then(|(user, host)| Some((user.split_once(':')?.0, host)));
    named.map_or_else(
        || text.to_owned(),
        |(name, host)| format!("{scheme}://{name}:***@{host}"),
    )
}

/// One setting as it is shown.
struct SettingLine<'l> {
    key: &'l str,
    entry: &'l SettingEntry,
    /// What the machine made of "auto".
    decided: Option<toml::Value>,
}

fn setting_lines<'l>(
    layers: &'l Layers,
    defaults: &'l Flat,
    settings: &Settings,
) -> Vec<SettingLine<'l>> {
    let decided = settings.decided();
    let of = |key: &str, entry: &SettingEntry| {
        let left_open = entry.value.as_str() == Some("auto");
        let found = decided.iter().find(|(name, _)| left_open && *name == key);
        found.map(|(_, value)| value.clone())
    };
    let entries = layers.entries(defaults).into_iter();
    entries
        .map(|(key, entry)| SettingLine {
            key,
            entry,
            decided: of(key, entry),
        })
        .collect()
}

/// Writes TOML that could be read back, one key a line, the rest in comments.
fn as_text(lines: &[SettingLine<'_>], origin: bool) -> String {
    let value = |line: &SettingLine<'_>| {
        shown_value(line.decided.as_ref().unwrap_or(&line.entry.value)).to_string()
    };
    let width = |of: fn(&SettingLine<'_>, &str) -> usize| {
        lines
            .iter()
            .map(|line| of(line, &value(line)))
            .max()
            .unwrap_or(0)
    };
    let (keys, values) = (
        width(|line, _| line.key.len()),
        width(|_, value| value.len()),
    );
    let mut text = String::new();
    for line in lines {
        let mut notes = Vec::new();
        if line.decided.is_some() {
            notes.push("auto".to_owned());
        }
        if origin {
            notes.push(came_from(line.entry));
        }
        let row = if notes.is_empty() {
            format!("{:<keys$} = {}", line.key, value(line))
        } else {
            format!(
                "{:<keys$} = {:<values$}  # {}",
                line.key,
                value(line),
                notes.join(", ")
            )
        };
        // Writing into a string cannot go wrong.
        let _ = writeln!(text, "{row}");
    }
    text
}

fn came_from(entry: &SettingEntry) -> String {
    let (layer, place) = (entry.layer.to_string(), entry.place.to_string());
    if layer == place {
        layer
    } else {
        format!("{layer} {place}")
    }
}

fn as_json(lines: &[SettingLine<'_>]) -> String {
    let object: serde_json::Map<_, _> = lines
        .iter()
        .map(|line| {
            let mut shown = json!({
                "value": shown_value(&line.entry.value),
                "layer": line.entry.layer,
                "place": line.entry.place.to_string(),
            });
            if let Some(decided) = &line.decided {
                shown["decided"] = json!(decided);
            }
            (line.key.to_owned(), shown)
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Object(object))
}

/// Tells about every file, also after one that is wrong.
fn validate(files: &[PathBuf], trust: &Trust) -> Result<String, Problems> {
    let sources = Sources::of_this_process(Overrides::default());
    if files.is_empty() {
        let file = Folders::of_this_process().settings;
        let layers = Layers::load(&sources)?;
        warn(&layers.warnings);
        say(&format!("{}: right", file.display()));
        return Ok(String::new());
    }
    let mut problems = Vec::new();
    for file in files {
        match check(file, &sources, trust) {
            Ok(what) => say(&format!("{}: {what}", file.display())),
            Err(found) => problems.extend(found.iter().cloned()),
        }
    }
    Problems::none_or(problems, String::new())
}

fn check(file: &Path, sources: &Sources, trust: &Trust) -> Result<String, Problems> {
    if check_file(file)? {
        return Ok("right".to_owned());
    }
    let plan = BatchPlan::load_manifest(file, &request(file, sources.clone(), trust))?;
    warn(&plan.layers.warnings);
    plan.notes
        .iter()
        .for_each(|note| say(&format!("note: {note}")));
    let mut problems = preflight::missing_fonts(&plan.jobs);
    problems.extend(asked_in_vain(&plan));
    if let Err(error) = preflight::check_output(&plan.output) {
        problems.push(preflight::problem_of_output(file, &error));
    }
    let jobs = Problems::none_or(problems, plan.jobs.len())?;
    Ok(match jobs {
        1 => "1 job".to_owned(),
        jobs => format!("{jobs} jobs"),
    })
}

/// Returns a problem for each job that asks for what its file has not.
fn asked_in_vain(plan: &BatchPlan) -> Vec<Problem> {
    media::init();
    let settings = plan.layers.settings(&Machine::detect(), plan.jobs.len());
    let limits = Limits {
        max_pixels: settings.max_pixels,
    };
    let found = pipeline::asked_in_vain(&plan.jobs, &limits, settings.jobs);
    let problem = |(slot, why): (usize, String)| {
        let job = &plan.jobs[slot];
        Problem::new(job.place.clone(), format!("{}: {why}", job.input.display()))
    };
    found.into_iter().map(problem).collect()
}

fn request(manifest: &Path, sources: Sources, trust: &Trust) -> PlanRequest {
    PlanRequest {
        inputs: vec![manifest.to_owned()],
        output: None,
        sources,
        trust: trust.clone(),
        may_be_empty: false,
    }
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        say(&format!("warning: {warning}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        let shown = |text: &str| without_password(text);
        assert_eq!(
            shown("redis://:secret@cache:6379/0"),
            "redis://:***@cache:6379/0"
        );
        assert_eq!(shown("redis://ci:p@/ss@cache"), "redis://ci:***@cache");
        assert_eq!(shown("redis://cache:6379/0"), "redis://cache:6379/0");
        assert_eq!(shown("2 GiB"), "2 GiB");
    }
}
