//! Manifest parser: text to batch plan.

use std::path::{Path, PathBuf};

use crate::manifest::archive::{Archive, archive};
use crate::manifest::jobs::Jobs;
use crate::manifest::pieces::{ManifestChunk, split_manifest};
use crate::manifest::plan::{BatchPlan, DEFAULT_OUTPUT, PlanRequest};
use crate::manifest::value::{SpannedKey, SpannedValue, not_a_table, text, unknown};
use crate::settings::{
    Document, Given, Keys, Layer, Layers, Problems, ProfileChoice, SettingsReader, placed,
    read_text,
};

const MAX_BYTES: u64 = 32 << 20; // three hundred thousand jobs

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
    let head = read_head(&first, folder, &mut reader);
    let layers = Layers::read(&keys, &request.sources, head.profile, &mut reader.problems);
    let defaults = placed(&first, head.defaults, Layer::ManifestDefaults);
    let mut jobs = Jobs::new(folder, &layers, &defaults, reader);
    jobs.read(&first);
    drop(first);
    for piece in &pieces[1..] {
        jobs.read(&parse(&file, piece)?);
    }
    let (jobs, problems) = jobs.finish();
    let output = request.output.clone().or(head.output);
    let plan = BatchPlan {
        output: output.unwrap_or_else(|| folder.join(DEFAULT_OUTPUT)),
        jobs,
        layers,
        defaults,
        archive: head.archive,
    };
    Problems::none_or(problems, plan)
}

fn parse<'t>(file: &str, piece: &ManifestChunk<'t>) -> Result<Document<'t>, Problems> {
    Document::parse_after(piece.lines_before, file, piece.text)
}

fn read_head(document: &Document<'_>, folder: &Path, reader: &mut SettingsReader<'_>) -> Head {
    let mut head = Head::default();
    for (key, value) in &document.root {
        match key.get_ref().as_ref() {
            "profile" => {
                head.profile = text(document, value, reader).map(|name| {
                    ProfileChoice::new(name, document.place(value.span().start)).seen_from(folder)
                });
            }
            "output" => head.output = output(document, folder, key, value, reader),
            "defaults" => match value.get_ref().as_table() {
                Some(table) => head.defaults = reader.table(document, "job.", table),
                None => reader.problems.push(not_a_table(document, key)),
            },
            "archive" => head.archive = archive(document, key, value, reader),
            "job" => {}
            other => {
                let known = ["profile", "output", "defaults", "archive", "job"];
                reader.problems.push(unknown(document, key, other, &known));
            }
        }
    }
    head
}

fn output(
    document: &Document<'_>,
    folder: &Path,
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
            "dir" => dir = text(document, value, reader).map(|dir| folder.join(dir)),
            other => reader
                .problems
                .push(unknown(document, key, other, &["dir"])),
        }
    }
    dir
}
