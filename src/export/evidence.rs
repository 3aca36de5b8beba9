//! `evidence.json` of a clip: all that was measured of it, before and after it was made.

use serde::{Deserialize, Serialize};

use super::clips::{CheckRecord, Verification};
use super::number::finite;

/// Layout of a clip's evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// 1.
    pub schema: u32,
    /// The clip's file.
    pub file: String,
    /// How little an editor would object to, 0 to 1: what each remark leaves of it, multiplied.
    #[serde(serialize_with = "finite")]
    pub quality: f64,
    /// What was measured of the plan: its words, shots and framing.
    pub remarks: Vec<RemarkRecord>,
    /// What was measured of the finished file, and what was done another way so that it passes.
    pub verify: Verification,
}

/// A measurement of a planned clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemarkRecord {
    /// What was measured, whether it is well, and how well it must be.
    #[serde(flatten)]
    pub check: CheckRecord,
    /// What it means, for an editor.
    pub words: String,
}
