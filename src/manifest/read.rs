//! A manifest's text becomes a plan.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use crate::manifest::ids::Ids;
use crate::manifest::inputs;
use crate::manifest::{DEFAULT_OUTPUT, Job, Plan, Request};
use crate::settings::{
    Choice, Document, Flat, Given, JobSettings, Keys, Layer, Layers, Problem, Problems, Reader,
    closest, placed, read_text,
};

const MAX_BYTES: u64 = 64 << 20; // half a million jobs

const OWN_KEYS: [&str; 2] = ["id", "input"]; // of a job, beside the settings

type Key<'t> = Spanned<DeString<'t>>;
type Value<'t> = Spanned<DeValue<'t>>;

/// Reads the manifest at `path`.
pub(super) fn manifest(path: &Path, request: &Request) -> Result<Plan, Problems> {
    let text = read_text(path, MAX_BYTES)?;
    let document = Document::parse(&path.to_string_lossy(), &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let keys = Keys::built_in();
    let mut reader = Reader::new(&keys);
    let head = head(&document, folder, &mut reader);
    let layers = Layers::read(&keys, &request.sources, head.profile, &mut reader.problems);
    let mut makers = Makers {
        document: &document,
        layers: &layers,
        defaults: placed(&document, head.defaults, Layer::ManifestDefaults),
        made: HashMap::new(),
    };
    let entries = entries(&document, folder, &mut reader);
    let mut ids = Ids::default();
    for entry in &entries {
        reader.problems.extend(claim(&mut ids, entry, &document));
    }
    let mut jobs = Vec::new();
    for entry in entries {
        match makers.settings(entry.own) {
            Ok(settings) => jobs.extend(entry.files.into_iter().map(|input| Job {
                id: match &entry.id {
                    Some((id, _)) => id.clone(),
                    None => ids.for_file(&input),
                },
                settings: Arc::clone(&settings),
                input,
            })),
            Err(problem) => reader.problems.push(problem),
        }
    }
    let output = request.output.clone().or(head.output);
    let plan = Plan {
        output: output.unwrap_or_else(|| folder.join(DEFAULT_OUTPUT)),
        jobs,
        layers: layers.clone(),
    };
    Problems::none_or(reader.problems, plan)
}

/// What a manifest says before its jobs.
#[derive(Default)]
struct Head {
    profile: Option<Choice>,
    output: Option<PathBuf>,
    defaults: Vec<Given>,
}

/// One `[[job]]`.
struct Entry {
    id: Option<(String, usize)>,
    files: Vec<PathBuf>,
    own: Vec<Given>,
}

fn head(document: &Document<'_>, folder: &Path, reader: &mut Reader<'_>) -> Head {
    let mut head = Head::default();
    for (key, value) in &document.root {
        match key.get_ref().as_ref() {
            "profile" => {
                head.profile = text(document, value, reader).map(|name| {
                    Choice::new(name, document.place(value.span().start)).seen_from(folder)
                });
            }
            "output" => head.output = output(document, folder, value, reader),
            "defaults" => match value.get_ref().as_table() {
                Some(table) => head.defaults = reader.table(document, "job.", table),
                None => reader.problems.push(not_a_table(document, key)),
            },
            "job" => {}
            other => {
                let known = ["profile", "output", "defaults", "job"];
                reader.problems.push(unknown(document, key, other, &known));
            }
        }
    }
    head
}

fn output(
    document: &Document<'_>,
    folder: &Path,
    value: &Value<'_>,
    reader: &mut Reader<'_>,
) -> Option<PathBuf> {
    let Some(table) = value.get_ref().as_table() else {
        let problem = document.problem(value.span().start, "`output` is a table");
        reader
            .problems
            .push(problem.hint("write [output] and below it dir = \"out\""));
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

fn entries(document: &Document<'_>, folder: &Path, reader: &mut Reader<'_>) -> Vec<Entry> {
    let jobs = document.root.iter().find(|(key, _)| key.get_ref() == "job");
    let Some((key, jobs)) = jobs else {
        let problem = document.problem(0, "no job at all");
        let hint = "add [[job]] and below it input = \"talk.mp4\"";
        reader.problems.push(problem.hint(hint));
        return Vec::new();
    };
    let Some(jobs) = jobs.get_ref().as_array() else {
        let problem = document.problem(key.span().start, "`job` is a list of jobs");
        reader
            .problems
            .push(problem.hint("write [[job]] with two brackets"));
        return Vec::new();
    };
    if jobs.is_empty() {
        let problem = document.problem(key.span().start, "no job at all");
        reader.problems.push(problem);
    }
    let entries = jobs.iter();
    entries
        .filter_map(|job| entry(document, folder, job, reader))
        .collect()
}

fn entry(
    document: &Document<'_>,
    folder: &Path,
    job: &Value<'_>,
    reader: &mut Reader<'_>,
) -> Option<Entry> {
    let at = job.span().start;
    let Some(table) = job.get_ref().as_table() else {
        reader
            .problems
            .push(document.problem(at, "a job is a table"));
        return None;
    };
    let mut entry = Entry {
        id: None,
        files: Vec::new(),
        own: Vec::new(),
    };
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "id" => {
                let id = text(document, value, reader);
                entry.id = id.map(|id| (id.to_owned(), value.span().start));
            }
            "input" => entry.files = files(document, folder, value, reader),
            other => match closest(other, OWN_KEYS.into_iter()) {
                Some(_) if !reader.knows(&format!("job.{other}")) => {
                    reader
                        .problems
                        .push(unknown(document, key, other, &OWN_KEYS));
                }
                _ => entry.own.extend(reader.entry(document, "job.", key, value)),
            },
        }
    }
    if !table.contains_key("input") {
        let problem = document.problem(at, "the job has no input");
        reader
            .problems
            .push(problem.hint("for example input = \"talk.mp4\""));
    }
    Some(entry)
}

fn files(
    document: &Document<'_>,
    folder: &Path,
    value: &Value<'_>,
    reader: &mut Reader<'_>,
) -> Vec<PathBuf> {
    let Some(input) = text(document, value, reader) else {
        return Vec::new();
    };
    let path = folder.join(input);
    match inputs::find(&path) {
        Ok(files) => files,
        Err(why) => {
            let problem = document.problem(value.span().start, format!("{input}: {why}"));
            let hint = format!("it was looked for at {}", path.display());
            reader.problems.push(problem.hint(hint));
            Vec::new()
        }
    }
}

fn claim(ids: &mut Ids, entry: &Entry, document: &Document<'_>) -> Option<Problem> {
    let (id, at) = entry.id.as_ref()?;
    if entry.files.len() > 1 {
        let message = format!("one id for {} files", entry.files.len());
        let hint = "leave the id out: each job is named after its file";
        return Some(document.problem(*at, message).hint(hint));
    }
    let why = ids.claim(id).err()?;
    Some(document.problem(*at, format!("{id:?}: {why}")))
}

/// Makes the settings of jobs; those that ask the same share theirs.
struct Makers<'a> {
    document: &'a Document<'a>,
    layers: &'a Layers,
    defaults: Flat,
    made: HashMap<String, Arc<JobSettings>>,
}

impl Makers<'_> {
    fn settings(&mut self, own: Vec<Given>) -> Result<Arc<JobSettings>, Problem> {
        let same: String = own
            .iter()
            .map(|g| format!("{}={}\n", g.key, g.value))
            .collect();
        if let Some(settings) = self.made.get(&same) {
            return Ok(Arc::clone(settings));
        }
        let own = placed(self.document, own, Layer::Job);
        let settings = Arc::new(self.layers.job(&self.defaults, &own)?);
        self.made.insert(same, Arc::clone(&settings));
        Ok(settings)
    }
}

/// Returns the value if it is text that says something.
fn text<'v>(
    document: &Document<'_>,
    value: &'v Value<'_>,
    reader: &mut Reader<'_>,
) -> Option<&'v str> {
    let message = match value.get_ref() {
        DeValue::String(text) if !text.is_empty() => return Some(text),
        DeValue::String(_) => "empty".to_owned(),
        other => format!("expected a string, found {}", other.type_str()),
    };
    reader
        .problems
        .push(document.problem(value.span().start, message));
    None
}

fn not_a_table(document: &Document<'_>, key: &Key<'_>) -> Problem {
    let name = key.get_ref();
    document
        .problem(key.span().start, format!("`{name}` is a table"))
        .hint(format!("write [{name}] and its keys below"))
}

fn unknown(document: &Document<'_>, key: &Key<'_>, name: &str, known: &[&str]) -> Problem {
    let hint = match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("here may stand {}", known.join(", ")),
    };
    document
        .problem(key.span().start, format!("unknown key `{name}`"))
        .hint(hint)
}
