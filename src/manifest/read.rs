//! Manifest parser: text to batch plan.

use std::path::{Path, PathBuf};

use crate::manifest::archive::{Archive, archive};
use crate::manifest::inputs::OutputFolder;
use crate::manifest::jobs::{InputScope, Jobs};
use crate::manifest::pieces::{ManifestChunk, split_manifest};
use crate::manifest::plan::{BatchPlan, DEFAULT_OUTPUT, PlanRequest};
use crate::manifest::trust::{OUTSIDE_HINT, Roots};
use crate::manifest::value::{SpannedKey, SpannedValue, not_a_table, text, unknown};
use crate::settings::{
    Document, Given, Keys, Layer, Layers, Problem, Problems, ProfileChoice, SettingsReader, placed,
    read_text,
};

const MAX_BYTES: u64 = 32 << 20; // three hundred thousand jobs

const KEYS: [&str; 5] = ["profile", "output", "defaults", "archive", "job"];

/// Keys of a manifest before its jobs.
#[derive(Default)]
struct Head {
    profile: Option<ProfileChoice>,
    output: Option<PathBuf>,
    defaults: Vec<Given>,
    archive: Option<Archive>,
}

/// Reads the manifest at `path`.
pub(super) fn manifest(path: &Path, request: &PlanRequest) -> Result<BatchPlan, Problems> {
    let text = read_text(path, MAX_BYTES)?;
    let file = path.to_string_lossy();
    let folder = path.parent().unwrap_or(Path::new(""));
    let keys = Keys::built_in();
    let mut reader = SettingsReader::new(&keys);

    let pieces = split_manifest(&text);
    let first = parse(&file, &pieces[0])?;
    let roots = Roots::new(&request.trust, folder);
    let head = read_head(&first, folder, &roots, &mut reader);
    let mut layers = Layers::read(&keys, &request.sources, head.profile, &mut reader.problems);
    let defaults = placed(&first, head.defaults, Layer::ManifestDefaults);
    let output = request.output.clone().or(head.output);
    let output = output.unwrap_or_else(|| folder.join(DEFAULT_OUTPUT));
    let scope = InputScope {
        folder,
        output: OutputFolder::new(&output, folder),
        roots,
    };
    let mut jobs = Jobs::new(scope, &layers, &defaults, reader);
    jobs.read(&first);
    drop(first);
    for piece in &pieces[1..] {
        jobs.read(&parse(&file, piece)?);
    }
    let read = jobs.finish();
    layers.warnings.extend(read.warnings);
    let plan = BatchPlan {
        output,
        jobs: read.jobs,
        layers,
        defaults,
        archive: head.archive,
        notes: read.notes,
    };
    Problems::none_or(read.problems, plan)
}

fn parse<'t>(file: &str, piece: &ManifestChunk<'t>) -> Result<Document<'t>, Problems> {
    Document::parse_after(piece.lines_before, file, piece.text)
}

fn read_head(
    document: &Document<'_>,
    folder: &Path,
    roots: &Roots,
    reader: &mut SettingsReader<'_>,
) -> Head {
    let mut head = Head::default();
    for (key, value) in &document.root {
        match key.get_ref().as_ref() {
            "profile" => {
                head.profile = inside(document, folder, roots, value, reader).map(|(name, _)| {
                    ProfileChoice::new(name, document.place(value.span().start)).seen_from(folder)
                });
            }
            "output" => head.output = output(document, (folder, roots), key, value, reader),
            "defaults" => match value.get_ref().as_table() {
                Some(table) => head.defaults = reader.table(document, "job.", table),
                None => reader.problems.push(not_a_table(document, key)),
            },
            "archive" => head.archive = archive(document, key, value, reader),
            "job" => {}
            other => {
                let problem = misplaced(document, key, other, reader);
                let problem = problem.unwrap_or_else(|| unknown(document, key, other, &KEYS));
                reader.problems.push(problem);
            }
        }
    }
    head
}

/// Returns what is said about a key that is a setting, but none of a manifest's.
fn misplaced(
    document: &Document<'_>,
    key: &SpannedKey<'_>,
    name: &str,
    reader: &SettingsReader<'_>,
) -> Option<Problem> {
    let hint = if reader.knows(&format!("job.{name}")) {
        format!("write `{name}` below [defaults] for all jobs, or below a [[job]]")
    } else if reader.knows(name) {
        "write it into a file of settings, my.toml, and here profile = \"./my.toml\"".to_owned()
    } else {
        return None;
    };
    let message = format!("`{name}` is no key of the manifest itself");
    Some(document.problem(key.span().start, message).hint(hint))
}

/// Returns a name, and the path it means seen from the manifest's folder; none that an untrusted manifest may not name.
fn inside<'v>(
    document: &Document<'_>,
    folder: &Path,
    roots: &Roots,
    value: &'v SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<(&'v str, PathBuf)> {
    let name = text(document, value, reader)?;
    let path = folder.join(name);
    match roots.check(&path) {
        Ok(()) => Some((name, path)),
        Err(outside) => {
            let problem = document.problem(value.span().start, format!("{name:?}: {outside}"));
            reader.problems.push(problem.hint(OUTSIDE_HINT));
            None
        }
    }
}

fn output(
    document: &Document<'_>,
    (folder, roots): (&Path, &Roots),
    key: &SpannedKey<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<PathBuf> {
    let Some(table) = value.get_ref().as_table() else {
        reader.problems.push(not_a_table(document, key));
        return None;
    };
    let mut dir = None;
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "dir" => {
                dir = inside(document, folder, roots, value, reader).map(|(_, path)| path);
            }
            other => reader
                .problems
                .push(unknown(document, key, other, &["dir"])),
        }
    }
    dir
}
