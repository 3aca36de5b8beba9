//! Caption files: SRT, VTT, ASS, JSON, written and read.
//!
//! All of them that are written are UTF-8 without a byte order mark, with line feeds alone (every reader of these formats takes them).
//! Times are counted from where the cues' own are: from the start of the clip for cues of a clip. Of a whole video's,
//! whose clock may begin anywhere, [`files`] counts those that players read from its first picture.
//! Text that a format would take for markup is escaped; where the format knows no escape, or FFmpeg and the players built on
//! it (for which all captions are ASS) take it for markup of their own, a WORD JOINER, which shows nothing, breaks it up.

mod ass;
mod escape;
mod json;
mod read;
mod srt;
mod ticks;
mod vtt;

use crate::clips::captions::Cue;
use crate::timeline::Timestamp;

pub use crate::clips::captions::CuePlace;
pub use ass::{CaptionLook, CaptionPreset, Margins, ass};
pub use json::json;
pub use read::{CaptionText, ReadProblem, read};
pub use srt::srt;
pub use vtt::vtt;

/// The endings of the files that [`files`] gives, in its order.
pub const ENDINGS: [&str; 4] = ["srt", "vtt", "ass", "json"];

/// Returns subtitles in every format without a look, and the cues that stand in the picture as ASS, with the ending of each
/// file; `places` are those of the latter, as [`ass`] takes them.
///
/// Players count from the first picture, which is shown at `origin`; JSON keeps the cues' own clock.
pub fn files(
    subtitles: &[Cue],
    (burned, look, places): (&[Cue], &CaptionLook, &[CuePlace]),
    language: &str,
    origin: Timestamp,
) -> [(&'static str, String); 4] {
    let [srt_end, vtt_end, ass_end, json_end] = ENDINGS;
    let played = |cues: &[Cue]| -> Vec<Cue> {
        let counted = cues.iter().map(|cue| cue.clone().counted_from(origin));
        counted.collect()
    };
    let counted = played(subtitles);
    [
        (srt_end, srt(&counted)),
        (vtt_end, vtt(&counted)),
        (ass_end, ass(&played(burned), look, places)),
        (json_end, json(subtitles, language)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::captions::{CueRules, lay_out_cues};
    use crate::timeline::{Segment, TimeRange, Transcript, Word};

    #[test]
    fn players_count_from_the_first_picture_and_json_on_the_cues_own_clock() {
        let at = |millis| Timestamp::new(millis, 1000).unwrap();
        let range = TimeRange::new(at(36_001_800), at(36_003_000)).unwrap();
        let word = Word {
            text: "Hello".into(),
            range,
            confidence: 1.0,
            space_before: true,
        };
        let said = Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range,
                text: "Hello".into(),
                words: vec![word],
            }],
        };
        let cues = lay_out_cues(&said, &CueRules::default());
        let look = CaptionLook::new(CaptionPreset::Karaoke, (640, 360));
        let [srt, vtt, ass, json] = files(&cues, (&cues, &look, &[]), "en", at(36_001_400));
        assert!(srt.1.contains("00:00:00,400 --> 00:00:01,600"), "{}", srt.1);
        assert!(vtt.1.contains("00:00:00.400 --> 00:00:01.600"), "{}", vtt.1);
        assert!(
            ass.1.contains("Dialogue: 0,0:00:00.40,0:00:01.60,") && ass.1.contains("{\\k120}Hello")
        );
        assert!(json.1.contains("\"start\": 36001.8,"), "{}", json.1);
    }
}
