//! Export of clips and analysis to files of other programs: whole or not at all, and the same bytes for the same content.
//!
//! - Times are float seconds, exact to the microsecond; other numbers are rounded to six decimals; none is NaN or infinite.
//! - Every field is always there. `null` says that it does not apply (yet), an empty list that there is nothing to list.
//! - Nothing in a file depends on when, where or how often it was made: keys keep their order, there are no dates and no run ids.

mod analysis;
mod boxes;
pub mod captions;
mod chapters;
mod clips;
mod cutlist;
mod edl;
mod evidence;
mod faces;
mod fcpxml;
mod file;
mod name;
mod number;
mod otio;
pub mod page;
mod path;
mod persons;
mod picture_text;
mod table;
mod xmeml;
mod xml;

pub use analysis::{
    AnalysisFile, MediaFacts, RangeRecord, SegmentRecord, ShotRecord, SoundRecord,
    TranscriptRecord, WordRecord,
};
pub use boxes::{PictureBoxes, TrackedBox};
pub use chapters::{Chapter, chapters};
pub use clips::{
    CandidateRecord, Candidates, CheckRecord, ClipRecord, Clips, CropBox, CropPart, Verification,
};
pub use cutlist::{Cutlist, CutlistEvent, CutlistSound, CutlistSource};
pub use edl::edl;
pub use evidence::{Evidence, RemarkRecord};
pub use fcpxml::fcpxml;
pub use file::{
    Draft, Error, create_folder, is_draft, remove_drafts, to_json, try_folder, write_atomic,
};
pub use name::clip_file_name;
pub use number::Seconds;
pub use otio::otio;
pub use path::{path_from_text, path_text};
pub use picture_text::PictureTextRecord;
pub use table::clips_csv;
pub use xmeml::xmeml;
