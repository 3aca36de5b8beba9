//! Content of a batch's page.

use serde::Serialize;

use crate::export::number::finite;
use crate::export::{Clips, Seconds};

/// Clips that a job shows on the page of its batch.
const SHOWN: usize = 3;

/// A job in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobEntry {
    /// Its id, which is also its folder's name.
    pub id: String,
    /// The name of the file it read, for people.
    pub source: String,
    /// How it ended.
    #[serde(flatten)]
    pub end: JobEnd,
}

/// Outcome of a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum JobEnd {
    /// All its files are written, its page too.
    Done {
        /// Length of the video.
        duration: Seconds,
        /// Clips made.
        clips: usize,
        /// Some of them, best first.
        best: Vec<BestClip>,
    },
    /// It cannot be done.
    Failed {
        /// A stable word.
        class: String,
        /// What, where and what to do.
        message: String,
    },
    /// The run was stopped before it began or ended.
    Cancelled,
}

/// A clip as the list shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BestClip {
    /// Its place in the job.
    pub rank: u32,
    /// How good it is.
    #[serde(serialize_with = "finite")]
    pub score: f64,
    /// A line for people.
    pub title: String,
    /// The cover picture, seen from the job's folder.
    pub thumbnail: Option<String>,
}

/// The content of the page.
#[derive(Debug, Serialize)]
pub(super) struct BatchPage<'a> {
    jobs: &'a [JobEntry],
}

/// Returns the content of a batch's page.
pub(super) fn page(jobs: &[JobEntry]) -> BatchPage<'_> {
    BatchPage { jobs }
}

impl JobEnd {
    /// Returns the end of a job whose files are written.
    pub fn done(duration: Seconds, clips: &Clips) -> Self {
        let shown = clips.clips.iter().take(SHOWN);
        let best = shown.map(|clip| BestClip {
            rank: clip.rank,
            score: clip.score,
            title: clip.title.clone(),
            thumbnail: clip.thumbnail.clone(),
        });
        Self::Done {
            duration,
            clips: clips.clips.len(),
            best: best.collect(),
        }
    }
}
