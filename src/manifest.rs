//! Batch manifest: which videos, the settings of each, where the clips go.
//!
//! All of it is checked before anything runs, and everything that is wrong is told at once, with its place.

mod archive;
mod ids;
mod inputs;
mod jobs;
mod overrides;
mod pieces;
mod plan;
mod read;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::settings::{Flat, Keys, Layers, Origin, Problem, Problems};

use ids::Ids;
use plan::DEFAULT_OUTPUT;

pub use archive::Archive;
pub use overrides::FramingOverride;
pub use plan::{BatchPlan, Job, PlanRequest};

impl BatchPlan {
    /// Reads the manifest, finds the videos and decides what is asked of each.
    pub fn load(request: &PlanRequest) -> Result<Self, Problems> {
        match request.inputs.as_slice() {
            [only] if is_manifest(only) => Self::load_manifest(only, request),
            videos => from_videos(videos, request),
        }
    }

    /// Reads a manifest whatever its name; the request's own inputs are passed over.
    pub fn load_manifest(path: &Path, request: &PlanRequest) -> Result<Self, Problems> {
        read::manifest(path, request)
    }
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn from_videos(videos: &[PathBuf], request: &PlanRequest) -> Result<BatchPlan, Problems> {
    let mut problems = Vec::new();
    let layers = Layers::read(&Keys::built_in(), &request.sources, None, &mut problems);
    let settings = layers.job(&Flat::new(), &Flat::new());
    let mut files = Vec::new();
    for video in videos {
        match inputs::find(video) {
            Ok(found) => files.extend(found),
            Err(why) => {
                let place = Origin::WholeFile(video.to_string_lossy().into());
                problems.push(Problem::new(place, why.to_string()));
            }
        }
    }
    let settings = match settings {
        Ok(settings) => Arc::new(settings),
        Err(problem) => {
            problems.push(problem);
            return Err(Problems::new(problems));
        }
    };
    let mut ids = Ids::default();
    let job = |input: PathBuf| Job {
        id: ids.for_file(&input),
        settings: Arc::clone(&settings),
        overrides: Arc::default(),
        input,
    };
    let plan = BatchPlan {
        output: request.output.clone().unwrap_or(DEFAULT_OUTPUT.into()),
        jobs: files.into_iter().map(job).collect(),
        layers,
        defaults: Flat::new(),
        archive: None,
    };
    Problems::none_or(problems, plan)
}
