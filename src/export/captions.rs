//! Caption files: SRT, VTT, ASS, JSON.
//!
//! All of them are UTF-8 without a byte order mark, with line feeds alone (every reader of these formats takes them).
//! Times are counted from where the cues' own are: from the start of the clip for cues of a clip.
//! Text that a format would take for markup is escaped; where the format knows no escape, or FFmpeg and the players built on
//! it (for which all captions are ASS) take it for markup of their own, a WORD JOINER, which shows nothing, breaks it up.

mod ass;
mod escape;
mod json;
mod srt;
mod ticks;
mod vtt;

use crate::clips::captions::Cue;

pub use crate::clips::captions::CuePlace;
pub use ass::{CaptionLook, CaptionPreset, Margins, ass};
pub use json::json;
pub use srt::srt;
pub use vtt::vtt;

/// The endings of the files that [`files`] gives, in its order.
pub const ENDINGS: [&str; 4] = ["srt", "vtt", "ass", "json"];

/// Returns the cues in every format, with the ending of each file; `places` as [`ass`] takes them.
pub fn files(
    cues: &[Cue],
    look: &CaptionLook,
    places: &[CuePlace],
    language: &str,
) -> [(&'static str, String); 4] {
    let [srt_end, vtt_end, ass_end, json_end] = ENDINGS;
    [
        (srt_end, srt(cues)),
        (vtt_end, vtt(cues)),
        (ass_end, ass(cues, look, places)),
        (json_end, json(cues, language)),
    ]
}
