//! The batch: which videos, what is asked of each, where the clips go.
//!
//! All of it is checked before anything runs, and everything that is wrong is told at once, with its place.

mod archive;
mod ids;
mod inputs;
mod jobs;
mod overrides;
mod pieces;
mod read;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::settings::{Flat, JobSettings, Keys, Layers, Place, Problem, Problems, Sources};

pub use overrides::{Layout, Override};

use ids::Ids;

pub use archive::Archive;

/// One video to work on.
#[derive(Debug, Clone)]
pub struct Job {
    /// Names the job and its folder: unique in the plan, even where upper and lower case are one, and safe as a file name.
    pub id: String,
    /// The video: an existing regular file when the plan was made.
    pub input: PathBuf,
    /// What is asked of it; shared by all jobs that ask the same.
    pub settings: Arc<JobSettings>,
    /// What is decided about its framing; of two for one time the later holds.
    pub overrides: Arc<[Override]>,
}

/// Everything that is to be done, checked.
#[derive(Debug)]
pub struct Plan {
    /// Where the results go.
    pub output: PathBuf,
    /// One or more jobs, in the order of the manifest.
    pub jobs: Vec<Job>,
    /// What the settings of the run are made of.
    pub layers: Layers,
    /// What the manifest says about all its jobs.
    pub defaults: Flat,
    /// How many clips all jobs give together, where the manifest says so.
    pub archive: Option<Archive>,
}

/// What a plan is made from.
#[derive(Debug, Clone)]
pub struct Request {
    /// One manifest, or videos.
    pub inputs: Vec<PathBuf>,
    /// Where the results go, whatever the manifest says.
    pub output: Option<PathBuf>,
    /// Where settings come from.
    pub sources: Sources,
}

const DEFAULT_OUTPUT: &str = "out";

impl Plan {
    /// Reads the manifest, finds the videos and decides what is asked of each.
    pub fn load(request: &Request) -> Result<Self, Problems> {
        match request.inputs.as_slice() {
            [only] if is_manifest(only) => Self::load_manifest(only, request),
            videos => from_videos(videos, request),
        }
    }

    /// Reads a manifest whatever its name; the request's own inputs are passed over.
    pub fn load_manifest(path: &Path, request: &Request) -> Result<Self, Problems> {
        read::manifest(path, request)
    }
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn from_videos(videos: &[PathBuf], request: &Request) -> Result<Plan, Problems> {
    let mut problems = Vec::new();
    let layers = Layers::read(&Keys::built_in(), &request.sources, None, &mut problems);
    let settings = layers.job(&Flat::new(), &Flat::new());
    let mut files = Vec::new();
    for video in videos {
        match inputs::find(video) {
            Ok(found) => files.extend(found),
            Err(why) => {
                let place = Place::WholeFile(video.to_string_lossy().into());
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
    let plan = Plan {
        output: request.output.clone().unwrap_or(DEFAULT_OUTPUT.into()),
        jobs: files.into_iter().map(job).collect(),
        layers,
        defaults: Flat::new(),
        archive: None,
    };
    Problems::none_or(problems, plan)
}
