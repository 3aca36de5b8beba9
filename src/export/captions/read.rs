//! Caption files read: SRT, VTT, ASS and JSON, anybody's.
//!
//! The text of the cues comes without markup. What players pass over is passed over: a byte order mark, comments, styles,
//! numbers of cues, a cue without text is one. A time that cannot be read is a problem of its line.

mod ass;
mod blocks;
mod json;
mod markup;
mod parts;

pub use parts::{CaptionText, ReadProblem};

/// Reads a caption file; its text tells which format it has.
///
/// # Errors
/// The first line that cannot be read, or that there is no cue at all.
pub fn read(text: &str) -> Result<CaptionText, ReadProblem> {
    let text = text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
    let text = text.replace('\r', "\n");
    let read = if text.starts_with("WEBVTT") {
        blocks::vtt(&text)?
    } else if text.trim_start().starts_with('{') {
        json::read(&text)?
    } else if text.contains("[Script Info]") || text.contains("[Events]") {
        ass::read(&text)?
    } else {
        blocks::srt(&text)?
    };
    if read.cues.is_empty() {
        return Err(ReadProblem {
            line: None,
            what: "no cue of SRT, VTT, ASS or JSON".into(),
        });
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_caption_file_is_refused_with_its_line() {
        let problem = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(problem(""), "no cue of SRT, VTT, ASS or JSON");
        assert_eq!(
            problem("just text\n\nand more"),
            "line 1: no times, as in 00:00:01,000 --> 00:00:02,000"
        );
        assert_eq!(
            problem("1\n00:00:01,000 --> soon\nHello"),
            "line 2: soon is no time"
        );
        assert_eq!(
            problem("WEBVTT\n\n00:01.000 --> 00:0x.000\nHello"),
            "line 3: 00:0x.000 is no time"
        );
        assert!(problem("{\"cues\": 3}").starts_with("line 1: "));
    }
}
