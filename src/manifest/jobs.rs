//! The `[[job]]` tables of a manifest, read one at a time.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manifest::cover;
use crate::manifest::ids::Ids;
use crate::manifest::inputs::{self, FolderRules, InputFiles, InputSearch, OutputFolder};
use crate::manifest::overrides::{self, FramingOverride};
use crate::manifest::plan::Job;
use crate::manifest::trust::{OUTSIDE_HINT, Outside, Roots};
use crate::manifest::value::{SpannedValue, text, unknown};
use crate::settings::{
    Cover, Document, Flat, Given, JobSettings, Layer, Layers, Origin, Problem, SettingsReader,
    closest, placed,
};

/// What inputs are seen from, and where they may lie.
#[derive(Debug)]
pub(super) struct InputScope<'a> {
    /// The manifest's folder.
    pub(super) folder: &'a Path,
    /// Where the results go.
    pub(super) output: OutputFolder,
    /// Where an untrusted manifest may look.
    pub(super) roots: Roots,
}

/// The jobs read so far.
pub(super) struct Jobs<'a> {
    scope: InputScope<'a>,
    layers: &'a Layers,
    defaults: &'a Flat,
    reader: SettingsReader<'a>,
    ids: Ids,
    /// Settings already made, by what the job said: jobs that ask the same share theirs.
    made: HashMap<String, Arc<JobSettings>>,
    entries: Vec<JobTable>,
    notes: Vec<String>,
    warnings: Vec<String>,
}

/// What all tables together are.
pub(super) struct ReadJobs {
    /// The jobs, each with its id.
    pub(super) jobs: Vec<Job>,
    /// Everything that is wrong.
    pub(super) problems: Vec<Problem>,
    /// What was passed over.
    pub(super) notes: Vec<String>,
    /// What contradicts itself.
    pub(super) warnings: Vec<String>,
}

/// One `[[job]]`.
struct JobTable {
    id: Option<String>,
    files: Vec<PathBuf>,
    settings: Arc<JobSettings>,
    overrides: Arc<[FramingOverride]>,
    place: Origin,
}

const OWN_KEYS: [&str; 3] = ["id", "input", "override"]; // beside the settings

impl<'a> Jobs<'a> {
    /// Returns no jobs yet.
    pub(super) fn new(
        scope: InputScope<'a>,
        layers: &'a Layers,
        defaults: &'a Flat,
        reader: SettingsReader<'a>,
    ) -> Self {
        Self {
            scope,
            layers,
            defaults,
            reader,
            ids: Ids::default(),
            made: HashMap::new(),
            entries: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
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

    /// Returns the jobs and what is to be told of them.
    pub(super) fn finish(mut self) -> ReadJobs {
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
                    place: entry.place.clone(),
                });
            }
        }
        ReadJobs {
            jobs,
            problems: self.reader.problems,
            notes: self.notes,
            warnings: self.warnings,
        }
    }

    fn entry(&mut self, document: &Document<'_>, job: &SpannedValue<'_>) {
        let at = job.span().start;
        let Some(table) = job.get_ref().as_table() else {
            return self.wrong(document.problem(at, "a job is a table"));
        };
        let (mut id, mut input, mut own) = (None, None, Vec::new());
        let mut overrides = Arc::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "id" => id = Some(value),
                "input" => input = Some(value),
                "override" => overrides = overrides::read(document, value, &mut self.reader),
                other if self.is_own_key_misspelt(other) => {
                    self.wrong(unknown(document, key, other, &OWN_KEYS));
                }
                _ => own.extend(self.reader.entry(document, "job.", key, value)),
            }
        }
        let place = document.place(input.map_or(at, |input| input.span().start));
        let settings = self.settings(document, own, &place);
        let folders = settings.as_deref().map(FolderRules::of);
        let folders = folders.unwrap_or_default();
        let files = input.map(|input| self.files(document, input, folders));
        let files = files.unwrap_or_else(|| {
            let problem = document.problem(at, "the job has no input");
            self.wrong(problem.hint("for example input = \"talk.mp4\""));
            Vec::new()
        });
        let id = id.and_then(|id| self.id(document, id, files.len()));
        if let Some(settings) = settings {
            self.entries.push(JobTable {
                id,
                files,
                settings,
                overrides,
                place,
            });
        }
    }

    fn is_own_key_misspelt(&self, key: &str) -> bool {
        closest(key, OWN_KEYS.into_iter()).is_some() && !self.reader.knows(&format!("job.{key}"))
    }

    /// Returns the files that an input means, each once: a text, or a list of them.
    fn files(
        &mut self,
        document: &Document<'_>,
        value: &SpannedValue<'_>,
        folders: FolderRules,
    ) -> Vec<PathBuf> {
        let Some(list) = value.get_ref().as_array() else {
            return self.files_of_one(document, value, folders);
        };
        if list.is_empty() {
            let problem = document.problem(value.span().start, "the list of inputs is empty");
            self.wrong(problem.hint("for example input = [\"a.mp4\", \"b.mp4\"]"));
        }
        let mut files = Vec::new();
        for one in list.iter() {
            files.extend(self.files_of_one(document, one, folders));
        }
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(file.clone()));
        files
    }

    fn files_of_one(
        &mut self,
        document: &Document<'_>,
        value: &SpannedValue<'_>,
        folders: FolderRules,
    ) -> Vec<PathBuf> {
        let Some(input) = text(document, value, &mut self.reader) else {
            return Vec::new();
        };
        let at = value.span().start;
        match self.find(document, at, input, folders) {
            Ok(found) => {
                if !found.passed_over.is_nothing() {
                    let (place, passed) = (document.place(at), found.passed_over);
                    let line = format!("{place}: {input:?}: passed over: {passed}");
                    self.notes.push(line);
                }
                found.files
            }
            Err(problem) => {
                self.wrong(problem);
                Vec::new()
            }
        }
    }

    fn find(
        &self,
        document: &Document<'_>,
        at: usize,
        input: &str,
        folders: FolderRules,
    ) -> Result<InputFiles, Problem> {
        let outside = |outside: Outside| {
            let problem = document.problem(at, format!("{input:?}: {outside}"));
            problem.hint(OUTSIDE_HINT)
        };
        let path = self.scope.folder.join(input);
        self.scope.roots.check(&path).map_err(outside)?;
        let search = InputSearch {
            output: &self.scope.output,
            folders,
        };
        let found = inputs::find(&path, &search).map_err(|why| {
            let problem = document.problem(at, format!("{input:?}: {why}"));
            problem.hint(inputs::hint(input, &path, &why, &search))
        })?;
        for file in &found.files {
            self.scope.roots.check(file).map_err(outside)?;
        }
        Ok(found)
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

    fn settings(
        &mut self,
        document: &Document<'_>,
        own: Vec<Given>,
        place: &Origin,
    ) -> Option<Arc<JobSettings>> {
        let said = own
            .iter()
            .map(|given| format!("{}={}\n", given.key, given.value));
        let said: String = said.collect();
        if let Some(settings) = self.made.get(&said) {
            return Some(Arc::clone(settings));
        }
        let own = placed(document, own, Layer::Job);
        match self.layers.job(self.defaults, &own) {
            Ok(mut settings) => {
                settings.cover = self.cover(&settings, &own);
                let contradictions = settings.contradictions().into_iter();
                let placed = contradictions.map(|line| format!("{place}: {line}"));
                self.warnings.extend(placed);
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

    /// Returns the cover of a job: one that the manifest names is seen from the manifest's folder.
    fn cover(&mut self, settings: &JobSettings, own: &Flat) -> Cover {
        let layers = self.layers;
        let entry = layers.entry_of(self.defaults, own, cover::KEY);
        let is_ours = |layer| matches!(layer, Layer::Job | Layer::ManifestDefaults);
        let Some(entry) = entry.filter(|entry| is_ours(entry.layer)) else {
            let problem = cover::problem(&settings.cover, entry);
            self.reader.problems.extend(problem);
            return settings.cover.clone();
        };
        let seen = settings.cover.seen_from(self.scope.folder);
        let outside = seen.picture().map(|path| self.scope.roots.check(path));
        let problem = match outside {
            Some(Err(outside)) => {
                let message = format!("cover {}: {outside}", entry.value);
                Some(Problem::new(entry.place.clone(), message).hint(OUTSIDE_HINT))
            }
            _ => cover::problem(&seen, Some(entry)),
        };
        self.reader.problems.extend(problem);
        seen
    }

    fn wrong(&mut self, problem: Problem) {
        self.reader.problems.push(problem);
    }
}
