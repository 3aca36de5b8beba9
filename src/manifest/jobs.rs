//! The `[[job]]` tables of a manifest, read one at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manifest::ids::Ids;
use crate::manifest::inputs;
use crate::manifest::overrides::{self, FramingOverride};
use crate::manifest::plan::Job;
use crate::manifest::value::{SpannedValue, text, unknown};
use crate::settings::{
    Document, Flat, Given, JobSettings, Layer, Layers, Problem, SettingsReader, closest, placed,
};

/// The jobs read so far.
pub(super) struct Jobs<'a> {
    folder: &'a Path,
    layers: &'a Layers,
    defaults: &'a Flat,
    reader: SettingsReader<'a>,
    ids: Ids,
    /// Settings already made, by what the job said: jobs that ask the same share theirs.
    made: HashMap<String, Arc<JobSettings>>,
    entries: Vec<JobTable>,
}

/// One `[[job]]`.
struct JobTable {
    id: Option<String>,
    files: Vec<PathBuf>,
    settings: Arc<JobSettings>,
    overrides: Arc<[FramingOverride]>,
}

const OWN_KEYS: [&str; 3] = ["id", "input", "override"]; // beside the settings

impl<'a> Jobs<'a> {
    /// Returns no jobs yet; inputs are seen from `folder`.
    pub(super) fn new(
        folder: &'a Path,
        layers: &'a Layers,
        defaults: &'a Flat,
        reader: SettingsReader<'a>,
    ) -> Self {
        Self {
            folder,
            layers,
            defaults,
            reader,
            ids: Ids::default(),
            made: HashMap::new(),
            entries: Vec::new(),
        }
    }

    /// Reads all jobs of a document; one that has none is wrong.
    pub(super) fn read(&mut self, document: &Document<'_>) {
        let jobs = document.root.iter().find(|(key, _)| key.get_ref() == "job");
        let (at, jobs) = match jobs {
            None => (0, None),
            Some((key, jobs)) => (key.span().start, Some(jobs)),
        };
        match jobs.map(|jobs| jobs.get_ref().as_array()) {
            Some(Some(jobs)) if !jobs.is_empty() => {
                jobs.iter().for_each(|job| self.entry(document, job));
            }
            Some(None) => {
                let problem = document.problem(at, "`job` is a list of jobs");
                self.wrong(problem.hint("write [[job]] with two brackets"));
            }
            _ => {
                let problem = document.problem(at, "no job at all");
                self.wrong(problem.hint("add [[job]] and below it input = \"talk.mp4\""));
            }
        }
    }

    /// Returns the jobs, each with its id, and everything that is wrong.
    pub(super) fn finish(mut self) -> (Vec<Job>, Vec<Problem>) {
        let mut jobs = Vec::with_capacity(self.entries.len());
        for entry in self.entries {
            for input in entry.files {
                let id = match &entry.id {
                    Some(id) => id.clone(),
                    None => self.ids.for_file(&input),
                };
                jobs.push(Job {
                    id,
                    input,
                    settings: Arc::clone(&entry.settings),
                    overrides: Arc::clone(&entry.overrides),
                });
            }
        }
        (jobs, self.reader.problems)
    }

    fn entry(&mut self, document: &Document<'_>, job: &SpannedValue<'_>) {
        let at = job.span().start;
        let Some(table) = job.get_ref().as_table() else {
            return self.wrong(document.problem(at, "a job is a table"));
        };
        let (mut id, mut files, mut own) = (None, Vec::new(), Vec::new());
        let mut overrides = Arc::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "id" => id = Some(value),
                "input" => files = self.files(document, value),
                "override" => overrides = overrides::read(document, value, &mut self.reader),
                other if self.is_own_key_misspelt(other) => {
                    self.wrong(unknown(document, key, other, &OWN_KEYS));
                }
                _ => own.extend(self.reader.entry(document, "job.", key, value)),
            }
        }
        if !table.contains_key("input") {
            let problem = document.problem(at, "the job has no input");
            self.wrong(problem.hint("for example input = \"talk.mp4\""));
        }
        let id = id.and_then(|id| self.id(document, id, files.len()));
        if let Some(settings) = self.settings(document, own) {
            self.entries.push(JobTable {
                id,
                files,
                settings,
                overrides,
            });
        }
    }

    fn is_own_key_misspelt(&self, key: &str) -> bool {
        closest(key, OWN_KEYS.into_iter()).is_some() && !self.reader.knows(&format!("job.{key}"))
    }

    fn files(&mut self, document: &Document<'_>, value: &SpannedValue<'_>) -> Vec<PathBuf> {
        let Some(input) = text(document, value, &mut self.reader) else {
            return Vec::new();
        };
        let path = self.folder.join(input);
        inputs::find(&path).unwrap_or_else(|why| {
            let problem = document.problem(value.span().start, format!("{input:?}: {why}"));
            self.wrong(problem.hint(format!("it was looked for at {}", path.display())));
            Vec::new()
        })
    }

    /// Takes the id that a job chose; ids that are made up come after all of these.
    fn id(
        &mut self,
        document: &Document<'_>,
        value: &SpannedValue<'_>,
        files: usize,
    ) -> Option<String> {
        let id = text(document, value, &mut self.reader)?;
        let at = value.span().start;
        if files > 1 {
            let problem = document.problem(at, format!("one id for {files} files"));
            self.wrong(problem.hint("leave the id out: each job is named after its file"));
        } else if let Err(why) = self.ids.claim(id) {
            self.wrong(document.problem(at, format!("{id:?}: {why}")));
        }
        Some(id.to_owned())
    }

    fn settings(&mut self, document: &Document<'_>, own: Vec<Given>) -> Option<Arc<JobSettings>> {
        let said = own
            .iter()
            .map(|given| format!("{}={}\n", given.key, given.value));
        let said: String = said.collect();
        if let Some(settings) = self.made.get(&said) {
            return Some(Arc::clone(settings));
        }
        let own = placed(document, own, Layer::Job);
        match self.layers.job(self.defaults, &own) {
            Ok(settings) => {
                let settings = Arc::new(settings);
                self.made.insert(said, Arc::clone(&settings));
                Some(settings)
            }
            Err(problem) => {
                self.wrong(problem);
                None
            }
        }
    }

    fn wrong(&mut self, problem: Problem) {
        self.reader.problems.push(problem);
    }
}
