//! `timeline.edl`: CMX 3600.

use std::fmt::{self, Write};

use super::cutlist::{Cutlist, EventInFrames, one_line};
use crate::timeline::{Counting, Timecode};

/// Longest name of a reel.
const REEL: usize = 8;

/// Longest title of a list.
const TITLE: usize = 70;

/// Names of reels that stand for something else than a reel: black, colour bars.
const TAKEN: [&str; 3] = ["BL", "BLACK", "BARS"];

/// Returns the sequence as a CMX 3600 edit decision list: UTF-8, lines ended by CR LF.
///
/// The sequence begins at 01:00:00:00, as editors' do; the source at its timecode, and after a day anew. The reel is what the
/// file's name leaves of eight ASCII letters and digits, `AX` if nothing; the name itself is in `FROM CLIP NAME`, the
/// title and note of an event in `COMMENT`. The frame rate is not in it: the format has no place for one.
pub fn edl(list: &Cutlist<'_>) -> String {
    let mut text = String::new();
    write(list, &mut text).expect("a string takes any text");
    text
}

fn write(list: &Cutlist<'_>, text: &mut String) -> fmt::Result {
    let title: String = one_line(list.title).chars().take(TITLE).collect();
    let mode = match list.counting.at(list.source.rate) {
        Counting::DropFrame => "DROP FRAME",
        Counting::NonDropFrame => "NON-DROP FRAME",
    };
    write!(text, "TITLE: {title}\r\nFCM: {mode}\r\n")?;
    for (number, cut) in list.cuts().enumerate() {
        event(list, number + 1, &cut, text)?;
    }
    Ok(())
}

fn event(
    list: &Cutlist<'_>,
    number: usize,
    cut: &EventInFrames<'_>,
    text: &mut String,
) -> fmt::Result {
    let rate = list.source.rate;
    let label = |frame| Timecode::new(frame, rate, list.counting);
    let record = list.counting.hour(rate) + cut.record;
    let (reel, channels) = (reel(&list.source.name()), channels(list));
    let (source_in, source_out) = (label(cut.source.start), label(cut.source.end));
    let (record_in, record_out) = (label(record), label(record + cut.frames()));
    write!(
        text,
        "\r\n{number:03}  {reel:REEL$} {channels:5} C        {source_in} {source_out} {record_in} {record_out}\r\n"
    )?;
    write!(
        text,
        "* FROM CLIP NAME: {}\r\n",
        one_line(&list.source.name())
    )?;
    let remark = list.source.remark().unwrap_or_default();
    for comment in [cut.event.title, cut.event.note, &remark] {
        match one_line(comment).as_str() {
            "" => {}
            comment => write!(text, "* COMMENT: {comment}\r\n")?,
        }
    }
    Ok(())
}

/// Returns the tracks that an event goes to: picture, first and second channel.
fn channels(list: &Cutlist<'_>) -> &'static str {
    let channels = list.source.sound.map(|sound| sound.channels);
    match (channels, list.source.pictures) {
        (None, _) => "V",
        (Some(1), true) => "B",
        (Some(_), true) => "AA/V",
        (Some(1), false) => "A",
        (Some(_), false) => "AA",
    }
}

fn reel(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = slug::slugify(stem).replace('-', "").to_uppercase();
    match &name[..name.len().min(REEL)] {
        "" => "AX".to_owned(),
        name if TAKEN.contains(&name) => "AX".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::cutlist::CutlistSource;
    use crate::export::cutlist::tests::{cutlist_of, some_events};
    use crate::timeline::FrameRate;
    use proptest::prelude::*;

    #[test]
    fn a_sequence_is_a_list_of_edits() {
        assert_eq!(
            edl(&cutlist_of(&some_events())).replace("\r\n", "\n"),
            "TITLE: Talk & more\n\
             FCM: DROP FRAME\n\
             \n\
             001  UBER100  AA/V  C        00:00:59;20 00:01:00;12 01:00:00;00 01:00:00;20\n\
             * FROM CLIP NAME: Über 100%.mp4\n\
             * COMMENT: Why <we> & \"they\" learn: 数\n\
             * COMMENT: motion 0.9\n\
             \n\
             002  UBER100  AA/V  C        00:00:00;00 00:00:01;00 01:00:00;20 01:00:01;20\n\
             * FROM CLIP NAME: Über 100%.mp4\n\
             * COMMENT: B\n"
        );
    }

    #[test]
    fn the_source_begins_at_its_timecode() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.start = 215_724; // 01:59:58;00
        let text = edl(&list);
        assert!(
            text.contains(" 02:00:57;20 02:00:58;10 01:00:00;00 01:00:00;20\r\n"),
            "{text}"
        );
        assert!(
            text.contains(" 01:59:58;00 01:59:59;00 01:00:00;20 01:00:01;20\r\n"),
            "{text}"
        );
    }

    #[test]
    fn without_drop_frame_every_label_counts() {
        let events = some_events();
        let text = edl(&Cutlist {
            counting: Counting::NonDropFrame,
            ..cutlist_of(&events)
        });
        assert!(text.contains("FCM: NON-DROP FRAME\r\n"));
        assert!(text.contains(" 00:00:59:20 00:01:00:10 01:00:00:00 01:00:00:20\r\n"));
    }

    #[test]
    fn a_rate_without_drop_frames_says_so_and_a_silent_video_has_one_track() {
        let events = some_events();
        let list = cutlist_of(&events);
        let source = CutlistSource {
            rate: FrameRate::editing(Some((25, 1))),
            sound: None,
            varies: true,
            ..list.source
        };
        let text = edl(&Cutlist { source, ..list });
        assert!(text.contains("FCM: NON-DROP FRAME\r\n"));
        assert!(text.contains("001  UBER100  V     C  "));
        assert!(
            text.contains("* COMMENT: variable frame rate: cuts to the nearest frame at 25\r\n")
        );
    }

    #[test]
    fn no_reel_is_called_black() {
        for name in ["black.mp4", "Bars.mov", "BL.mp4", "?.mp4", ""] {
            assert_eq!(reel(name), "AX");
        }
        assert_eq!(reel("2024-05-01 launch.final.mp4"), "20240501");
    }

    proptest! {
        #[test]
        fn no_name_breaks_a_line(title in any::<String>(), note in "[ -~\r\n\u{2028}\u{85}]{0,20}") {
            let [mut event, _] = some_events();
            (event.title, event.note) = (&title, &note);
            let mut list = cutlist_of(&[]);
            (list.title, list.events) = (&title, std::slice::from_ref(&event));
            let text = edl(&list);
            let lines = text.split(|c: char| c.is_control() || c == '\u{2028}').filter(|line| !line.is_empty());
            for line in lines {
                prop_assert!(["TITLE: ", "FCM: ", "001  ", "* "].iter().any(|start| line.starts_with(start)), "{}", line);
            }
        }
    }
}
