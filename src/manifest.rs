//! Batch manifest: which videos, the settings of each, where the clips go.
//!
//! All of it is checked before anything runs, and everything that is wrong is told at once, with its place.

mod archive;
mod cover;
mod ids;
mod inputs;
mod jobs;
mod overrides;
mod pieces;
mod plan;
mod read;
mod trust;
mod value;
mod videos;

use std::path::Path;

use crate::settings::{Origin, Problem, Problems};

pub use archive::Archive;
pub use overrides::FramingOverride;
pub use plan::{BatchPlan, Job, PlanRequest};
pub use trust::Trust;

impl BatchPlan {
    /// Reads the manifest, finds the videos and decides what is asked of each.
    pub fn load(request: &PlanRequest) -> Result<Self, Problems> {
        match request.inputs.as_slice() {
            [only] if is_manifest(only) => Self::load_manifest(only, request),
            inputs => match inputs.iter().find(|input| is_manifest(input)) {
                Some(manifest) => Err(not_alone(manifest).into()),
                None => videos::from_videos(request),
            },
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

fn not_alone(manifest: &Path) -> Problem {
    let place = Origin::WholeFile(manifest.to_string_lossy().into());
    Problem::new(place, "a manifest is processed alone")
        .hint("start one run for each manifest, or put all jobs into one")
}
