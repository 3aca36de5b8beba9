//! `timeline.fcpxml`: Final Cut Pro's XML, which DaVinci Resolve reads too.

use std::io;

use super::cutlist::{Cutlist, EventInFrames, one_line};
use super::path::file_url;
use super::xml::{Xml, document, element, empty, text};
use crate::timeline::Counting;

/// The oldest version whose files are linked by `media-rep`, as all later ones are.
const VERSION: &str = "1.9";

/// Returns the sequence as a project in an event of its own.
///
/// Times are fractions of a second, each a whole number of frames: in the file by its timecode, in the sequence from its
/// first frame.
pub fn fcpxml(list: &Cutlist<'_>) -> String {
    document("fcpxml", |xml| project(list, xml))
}

fn project(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let title = one_line(list.title);
    let named = [("name", title.as_str())];
    element(xml, "fcpxml", [("version", VERSION)], |xml| {
        element(xml, "resources", [], |xml| resources(list, xml))?;
        element(xml, "library", [], |xml| {
            element(xml, "event", named, |xml| {
                element(xml, "project", named, |xml| sequence(list, xml))
            })
        })
    })
}

fn resources(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let source = &list.source;
    let (width, height) = (source.size.0.to_string(), source.size.1.to_string());
    let format = [
        ("id", "r1"),
        ("frameDuration", &frame_duration(list)),
        ("width", &width),
        ("height", &height),
    ];
    empty(xml, "format", format)?;
    let asset = asset(list);
    let asset = asset.iter().map(|(name, value)| (*name, value.as_str()));
    let url = file_url(source.path);
    element(xml, "asset", asset, |xml| {
        empty(
            xml,
            "media-rep",
            [("kind", "original-media"), ("src", &url)],
        )
    })
}

/// Returns what is said of the source.
fn asset(list: &Cutlist<'_>) -> Vec<(&'static str, String)> {
    let source = &list.source;
    let (name, duration) = (one_line(&source.name()), time(list, source.frames()));
    let mut asset = vec![
        ("id", "r2".to_owned()),
        ("name", name),
        ("start", time(list, source.start)),
        ("duration", duration),
    ];
    if source.pictures {
        asset.extend([
            ("hasVideo", "1".to_owned()),
            ("format", "r1".to_owned()),
            ("videoSources", "1".to_owned()),
        ]);
    }
    if let Some(sound) = source.sound {
        asset.extend([
            ("hasAudio", "1".to_owned()),
            ("audioSources", "1".to_owned()),
            ("audioChannels", sound.channels.to_string()),
            ("audioRate", sound.sample_rate.to_string()),
        ]);
    }
    asset
}

fn sequence(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let (duration, counting) = (time(list, list.frames()), counting(list));
    let sequence = [
        ("format", "r1"),
        ("duration", &duration),
        ("tcStart", "0s"),
        ("tcFormat", counting),
    ];
    element(xml, "sequence", sequence, |xml| {
        note(xml, &list.source.remark().unwrap_or_default())?;
        element(xml, "spine", [], |xml| {
            list.cuts().try_for_each(|cut| clip(list, &cut, xml))
        })
    })
}

fn clip(list: &Cutlist<'_>, cut: &EventInFrames<'_>, xml: &mut Xml) -> io::Result<()> {
    let name = one_line(cut.event.title);
    let (offset, start) = (time(list, cut.record), time(list, cut.source.start));
    let clip = [
        ("ref", "r2"),
        ("name", &name),
        ("offset", &offset),
        ("start", &start),
        ("duration", &time(list, cut.frames())),
        ("tcFormat", counting(list)),
    ];
    element(xml, "asset-clip", clip, |xml| note(xml, cut.event.note))
}

fn note(xml: &mut Xml, note: &str) -> io::Result<()> {
    match one_line(note).as_str() {
        "" => Ok(()),
        note => text(xml, "note", note),
    }
}

fn counting(list: &Cutlist<'_>) -> &'static str {
    match list.counting.at(list.source.rate) {
        Counting::DropFrame => "DF",
        Counting::NonDropFrame => "NDF",
    }
}

fn frame_duration(list: &Cutlist<'_>) -> String {
    let (frames, seconds) = list.source.rate.fraction();
    format!("{seconds}/{frames}s")
}

/// Returns the time of a frame as `1001/30000s`, or `5s` where it is whole.
fn time(list: &Cutlist<'_>, frame: u64) -> String {
    let frame = i64::try_from(frame).unwrap_or(i64::MAX);
    match list.source.rate.time_of(frame).fraction() {
        (seconds, 1) => format!("{seconds}s"),
        (num, den) => format!("{num}/{den}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::cutlist::tests::{cutlist_of, some_events};

    #[test]
    fn a_sequence_is_a_project() {
        assert_eq!(
            fcpxml(&cutlist_of(&some_events())),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.9">
    <resources>
        <format id="r1" frameDuration="1001/30000s" width="1920" height="1080"/>
        <asset id="r2" name="Über 100%.mp4" start="0s" duration="3003/25s" hasVideo="1" format="r1" videoSources="1" hasAudio="1" audioSources="1" audioChannels="2" audioRate="44100">
            <media-rep kind="original-media" src="file:///talks/%C3%9Cber%20100%25.mp4"/>
        </asset>
    </resources>
    <library>
        <event name="Talk &amp; more">
            <project name="Talk &amp; more">
                <sequence format="r1" duration="1001/600s" tcStart="0s" tcFormat="DF">
                    <spine>
                        <asset-clip ref="r2" name="Why &lt;we&gt; &amp; &quot;they&quot; learn: 数" offset="0s" start="179179/3000s" duration="1001/1500s" tcFormat="DF">
                            <note>motion 0.9</note>
                        </asset-clip>
                        <asset-clip ref="r2" name="B" offset="1001/1500s" start="0s" duration="1001/1000s" tcFormat="DF">
                        </asset-clip>
                    </spine>
                </sequence>
            </project>
        </event>
    </library>
</fcpxml>
"#
        );
    }

    #[test]
    fn the_file_begins_at_its_timecode() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.start = 215_724; // 01:59:58;00
        let text = fcpxml(&list);
        assert!(
            text.contains(r#"<asset id="r2" name="Über 100%.mp4" start="17994977/2500s""#),
            "{text}"
        );
        assert!(
            text.contains(r#"offset="1001/1500s" start="17994977/2500s" duration="1001/1000s""#),
            "{text}"
        );
    }

    #[test]
    fn a_silent_video_whose_rate_varies_says_both() {
        let mut list = cutlist_of(&[]);
        (list.source.sound, list.source.varies) = (None, true);
        let text = fcpxml(&list);
        assert!(!text.contains("Audio") && !text.contains("audio"));
        assert!(
            text.contains("<note>variable frame rate: cuts to the nearest frame at 29.97</note>")
        );
    }
}
