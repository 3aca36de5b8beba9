//! A clip as events and the tables of a run tell of it.

use serde::{Deserialize, Serialize};

/// One clip. Paths are seen from the folder of its job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipRow {
    /// Its place in the job, from 1.
    pub rank: u32,
    /// Where it begins in the source, in seconds.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// How good it is, 0 to 1.
    pub score: f64,
    /// How little an editor would object to it, 0 to 1; `null` where that was not judged.
    pub quality: Option<f64>,
    /// A line for people.
    pub title: String,
    /// The video; `null` where it did not pass its checks.
    pub file: Option<String>,
    /// The cover picture.
    pub thumbnail: Option<String>,
}
