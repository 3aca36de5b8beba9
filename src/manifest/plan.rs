//! Batch plan: jobs, the settings beneath them, output folder.

use std::path::PathBuf;
use std::sync::Arc;

use crate::manifest::archive::Archive;
use crate::manifest::overrides::FramingOverride;
use crate::manifest::trust::Trust;
use crate::settings::{Flat, JobSettings, Layers, Origin, Sources};

/// Default output folder.
pub(super) const DEFAULT_OUTPUT: &str = "out";

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
    pub overrides: Arc<[FramingOverride]>,
    /// Where its input is named.
    pub place: Origin,
}

/// Everything that is to be done, checked.
#[derive(Debug)]
pub struct BatchPlan {
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
    /// Lines for the user: what was passed over when videos were looked for.
    pub notes: Vec<String>,
}

/// Inputs of a batch plan.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// One manifest, or videos.
    pub inputs: Vec<PathBuf>,
    /// Where the results go, whatever the manifest says.
    pub output: Option<PathBuf>,
    /// Where settings come from.
    pub sources: Sources,
    /// Whether the manifest may name any file.
    pub trust: Trust,
    /// Whether there may be nothing in a folder yet.
    pub may_be_empty: bool,
}
