//! Videos named without a manifest: all with the same settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manifest::cover;
use crate::manifest::ids::Ids;
use crate::manifest::inputs::{self, FolderRules, InputSearch, OutputFolder};
use crate::manifest::plan::{BatchPlan, DEFAULT_OUTPUT, Job, PlanRequest};
use crate::settings::{Flat, JobSettings, Keys, Layers, Origin, Problem, Problems};

/// Returns the plan for the videos of a request.
pub(super) fn from_videos(request: &PlanRequest) -> Result<BatchPlan, Problems> {
    let mut problems = Vec::new();
    let mut layers = Layers::read(&Keys::built_in(), &request.sources, None, &mut problems);
    let output = request.output.clone().unwrap_or(DEFAULT_OUTPUT.into());
    let settings = layers.job(&Flat::new(), &Flat::new());
    let folder = OutputFolder::new(&output, Path::new(""));
    let folders = settings.as_ref().map(FolderRules::of).unwrap_or_default();
    let search = InputSearch {
        output: &folder,
        folders: folders.or_empty(request.may_be_empty),
    };
    let mut notes = Vec::new();
    let files = find_all(&request.inputs, &search, &mut notes, &mut problems);
    let settings = match settings {
        Ok(settings) => Arc::new(settings),
        Err(problem) => {
            problems.push(problem);
            return Err(Problems::new(problems));
        }
    };
    problems.extend(cover_problem(&layers, &settings));
    layers.warnings.extend(settings.contradictions());
    let mut ids = Ids::default();
    let job = |(input, place): (PathBuf, Origin)| Job {
        id: ids.for_file(&input),
        settings: Arc::clone(&settings),
        overrides: Arc::default(),
        input,
        place,
    };
    let plan = BatchPlan {
        output,
        jobs: files.into_iter().map(job).collect(),
        layers,
        defaults: Flat::new(),
        archive: None,
        notes,
    };
    Problems::none_or(problems, plan)
}

/// Returns what is wrong with the cover that the settings name.
fn cover_problem(layers: &Layers, settings: &JobSettings) -> Option<Problem> {
    let none = Flat::new();
    cover::problem(&settings.cover, layers.entry_of(&none, &none, cover::KEY))
}

/// Returns the files that all inputs mean, each with the input that means it.
fn find_all(
    inputs: &[PathBuf],
    search: &InputSearch<'_>,
    notes: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) -> Vec<(PathBuf, Origin)> {
    let mut files = Vec::new();
    for input in inputs {
        let place = Origin::WholeFile(input.to_string_lossy().into());
        match inputs::find(input, search) {
            Ok(found) => {
                if !found.passed_over.is_nothing() {
                    notes.push(format!("{place}: passed over: {}", found.passed_over));
                }
                let placed = found.files.into_iter().map(|file| (file, place.clone()));
                files.extend(placed);
            }
            Err(why) => {
                let hint = inputs::hint(&input.to_string_lossy(), input, &why, search);
                problems.push(Problem::new(place, why.to_string()).hint(hint));
            }
        }
    }
    files
}
