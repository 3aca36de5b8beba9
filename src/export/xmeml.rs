//! `timeline.xml`: Final Cut Pro 7's XML (xmeml), which Premiere Pro and most other editors import.

use std::io;

use super::cutlist::{Cutlist, EventInFrames, one_line};
use super::path::file_url;
use super::xml::{Xml, document, element, empty, text};
use crate::timeline::{Counting, Timecode};

/// The last version there was.
const VERSION: &str = "4";

/// Tracks of sound at most: as many as Final Cut Pro 7 has channels.
const MOST_CHANNELS: u16 = 24;

/// Bits of a sample, where nobody asks for more.
const DEPTH: &str = "16";

/// The one file.
const FILE: &str = "file-1";

/// Returns the sequence with a track of pictures and a track for each channel of sound, all of a clip linked together.
///
/// Times are whole frames. The places of a clip in the file count from the file's first frame; the timecode of that frame
/// stands with the file. The sequence begins at one hour, as editors' do.
pub fn xmeml(list: &Cutlist<'_>) -> String {
    document("xmeml", |xml| {
        element(xml, "xmeml", [("version", VERSION)], |xml| {
            element(xml, "sequence", [("id", "sequence-1")], |xml| {
                sequence(list, xml)
            })
        })
    })
}

fn sequence(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    text(xml, "name", &one_line(list.title))?;
    number(xml, "duration", list.frames())?;
    rate(list, xml)?;
    timecode(list, list.counting.hour(list.source.rate), xml)?;
    element(xml, "media", [], |xml| {
        element(xml, "video", [], |xml| {
            element(xml, "format", [], |xml| picture_format(list, xml))?;
            if list.source.pictures {
                track(list, 0, xml)?;
            }
            Ok(())
        })?;
        match channels(list) {
            0 => Ok(()),
            channels => element(xml, "audio", [], |xml| sound(list, channels, xml)),
        }
    })
}

fn sound(list: &Cutlist<'_>, channels: u16, xml: &mut Xml) -> io::Result<()> {
    number(xml, "numOutputChannels", channels.min(2).into())?;
    element(xml, "format", [], |xml| sound_format(list, xml))?;
    (1..=channels).try_for_each(|channel| track(list, channel, xml))
}

/// Writes the track of a channel of sound, or of the pictures, which is number 0.
fn track(list: &Cutlist<'_>, channel: u16, xml: &mut Xml) -> io::Result<()> {
    element(xml, "track", [], |xml| {
        let cuts = (1..).zip(list.cuts());
        for (place, cut) in cuts {
            let id = item_id(place, channel);
            element(xml, "clipitem", [("id", id.as_str())], |xml| {
                clip_item(list, (place, &cut), channel, xml)
            })?;
        }
        text(xml, "enabled", "TRUE")?;
        text(xml, "locked", "FALSE")?;
        match channel {
            0 => Ok(()),
            // Odd channels are heard left, even ones right.
            channel => number(xml, "outputchannelindex", u64::from(2 - channel % 2)),
        }
    })
}

fn clip_item(
    list: &Cutlist<'_>,
    (place, cut): (u64, &EventInFrames<'_>),
    channel: u16,
    xml: &mut Xml,
) -> io::Result<()> {
    text(xml, "masterclipid", "masterclip-1")?;
    text(xml, "name", &one_line(cut.event.title))?;
    text(xml, "enabled", "TRUE")?;
    number(xml, "duration", list.source.frames())?;
    rate(list, xml)?;
    number(xml, "start", cut.record)?;
    number(xml, "end", cut.record + cut.frames())?;
    number(xml, "in", cut.source.start - list.source.start)?;
    number(xml, "out", cut.source.end - list.source.start)?;
    match (place, channel) {
        (1, own) if own == first_channel(list) => {
            element(xml, "file", [("id", FILE)], |xml| file(list, xml))?
        }
        _ => empty(xml, "file", [("id", FILE)])?,
    }
    if channel > 0 {
        element(xml, "sourcetrack", [], |xml| {
            text(xml, "mediatype", "audio")?;
            number(xml, "trackindex", channel.into())
        })?;
    }
    let channels = channels(list);
    if channels > 0 {
        (first_channel(list)..=channels).try_for_each(|channel| link(place, channel, xml))?;
    }
    comments(list, cut.event.note, xml)
}

/// Links a clip's pictures and sound: each of them names all of them.
fn link(place: u64, channel: u16, xml: &mut Xml) -> io::Result<()> {
    let (kind, track) = match channel {
        0 => ("video", 1),
        channel => ("audio", channel),
    };
    element(xml, "link", [], |xml| {
        text(xml, "linkclipref", &item_id(place, channel))?;
        text(xml, "mediatype", kind)?;
        number(xml, "trackindex", track.into())?;
        number(xml, "clipindex", place)?;
        match channel {
            0 => Ok(()),
            _ => number(xml, "groupindex", 1),
        }
    })
}

fn comments(list: &Cutlist<'_>, note: &str, xml: &mut Xml) -> io::Result<()> {
    let remark = list.source.remark().unwrap_or_default();
    let lines = [one_line(note), one_line(&remark)];
    let lines = || lines.iter().filter(|line| !line.is_empty());
    if lines().next().is_none() {
        return Ok(());
    }
    element(xml, "comments", [], |xml| {
        (1..)
            .zip(lines())
            .try_for_each(|(number, line)| text(xml, &format!("mastercomment{number}"), line))
    })
}

fn file(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let source = &list.source;
    text(xml, "name", &one_line(&source.name()))?;
    // This form of the URL names the host, which Premiere wants.
    let url = file_url(source.path).replacen("file:///", "file://localhost/", 1);
    text(xml, "pathurl", &url)?;
    rate(list, xml)?;
    number(xml, "duration", source.frames())?;
    timecode(list, source.start, xml)?;
    element(xml, "media", [], |xml| {
        if list.source.pictures {
            element(xml, "video", [], |xml| picture_format(list, xml))?;
        }
        match channels(list) {
            0 => Ok(()),
            channels => element(xml, "audio", [], |xml| {
                sound_format(list, xml)?;
                number(xml, "channelcount", channels.into())
            }),
        }
    })
}

fn picture_format(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let (width, height) = list.source.size;
    element(xml, "samplecharacteristics", [], |xml| {
        rate(list, xml)?;
        number(xml, "width", width.into())?;
        number(xml, "height", height.into())?;
        text(xml, "anamorphic", "FALSE")?;
        text(xml, "pixelaspectratio", "square")?;
        text(xml, "fielddominance", "none")
    })
}

fn sound_format(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let rate = list.source.sound.map_or(48_000, |sound| sound.sample_rate);
    element(xml, "samplecharacteristics", [], |xml| {
        text(xml, "depth", DEPTH)?;
        number(xml, "samplerate", rate.into())
    })
}

fn rate(list: &Cutlist<'_>, xml: &mut Xml) -> io::Result<()> {
    let rate = list.source.rate;
    let ntsc = match rate.fraction() {
        (_, 1) => "FALSE",
        _ => "TRUE",
    };
    element(xml, "rate", [], |xml| {
        number(xml, "timebase", rate.whole().into())?;
        text(xml, "ntsc", ntsc)
    })
}

/// Writes the label of `frame`.
fn timecode(list: &Cutlist<'_>, frame: u64, xml: &mut Xml) -> io::Result<()> {
    let label = Timecode::new(frame, list.source.rate, list.counting);
    let display = match list.counting.at(list.source.rate) {
        Counting::DropFrame => "DF",
        Counting::NonDropFrame => "NDF",
    };
    element(xml, "timecode", [], |xml| {
        rate(list, xml)?;
        text(xml, "string", &label.to_string())?;
        number(xml, "frame", frame)?;
        text(xml, "displayformat", display)
    })
}

/// Returns the number of the first track: of the pictures, or without any the first channel of sound.
fn first_channel(list: &Cutlist<'_>) -> u16 {
    u16::from(!list.source.pictures)
}

fn channels(list: &Cutlist<'_>) -> u16 {
    let sound = list.source.sound;
    sound.map_or(0, |sound| sound.channels.clamp(1, MOST_CHANNELS))
}

fn item_id(place: u64, channel: u16) -> String {
    format!("clipitem-{place}-{channel}")
}

fn number(xml: &mut Xml, name: &str, value: u64) -> io::Result<()> {
    text(xml, name, &value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::cutlist::CutlistSound;
    use crate::export::cutlist::tests::{cutlist_of, some_events};
    use crate::timeline::FrameRate;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    /// An element with its attribute `id`, and the text of those inside without others in them.
    #[derive(Debug, Default, Clone)]
    struct Node {
        path: String,
        id: Option<String>,
        text: String,
        closed_empty: bool,
    }

    /// Returns the elements in the order in which they begin.
    fn nodes(xml: &str) -> Vec<Node> {
        let mut reader = Reader::from_str(xml);
        let (mut found, mut open): (Vec<Node>, Vec<usize>) = (Vec::new(), Vec::new());
        loop {
            let event = reader.read_event().unwrap();
            match event {
                Event::Start(ref tag) | Event::Empty(ref tag) => {
                    let parent = open.last().map_or("", |&at| &found[at].path);
                    let name = tag.name().as_ref().to_owned();
                    let id = tag.try_get_attribute("id").unwrap();
                    let id = id.map(|id| id.value.into_owned());
                    let closed_empty = matches!(event, Event::Empty(_));
                    let path = format!("{parent}/{name}");
                    found.push(Node {
                        path,
                        id,
                        closed_empty,
                        ..Node::default()
                    });
                    if !closed_empty {
                        open.push(found.len() - 1);
                    }
                }
                Event::Text(text) => {
                    if let Some(&at) = open.last() {
                        found[at].text += text.as_ref().trim();
                    }
                }
                Event::End(_) => drop(open.pop().unwrap()),
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty());
        found
    }

    fn texts<'n>(nodes: &'n [Node], ending: &str) -> Vec<&'n str> {
        let nodes = nodes.iter().filter(|node| node.path.ends_with(ending));
        nodes.map(|node| node.text.as_str()).collect()
    }

    #[test]
    fn every_part_of_a_clip_is_linked_to_the_others_and_the_file_is_told_once() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.start = 215_724;
        let nodes = nodes(&xmeml(&list));
        let items: Vec<_> = nodes
            .iter()
            .filter(|node| node.path.ends_with("/clipitem"))
            .collect();
        let ids: Vec<_> = items.iter().map(|node| node.id.clone().unwrap()).collect();
        // Two clips in one track of pictures and two of sound.
        assert_eq!(ids.len(), 6);
        let links = texts(&nodes, "/clipitem/link/linkclipref");
        assert_eq!(links.len(), 6 * 3);
        assert!(links.iter().all(|link| ids.iter().any(|id| id == link)));
        for (place, of_clip) in links.chunks(3).enumerate() {
            let clip = place % 2 + 1;
            assert!(
                of_clip
                    .iter()
                    .all(|link| link.starts_with(&format!("clipitem-{clip}-"))),
                "{of_clip:?}"
            );
        }
        let files: Vec<_> = nodes
            .iter()
            .filter(|node| node.path.ends_with("/file"))
            .collect();
        assert_eq!(files.iter().filter(|file| !file.closed_empty).count(), 1);
        assert!(
            !files[0].closed_empty && files.iter().all(|file| file.id.as_deref() == Some(FILE))
        );
        assert_eq!(texts(&nodes, "/file/timecode/string"), ["01:59:58;00"]);
        assert_eq!(texts(&nodes, "/file/timecode/frame"), ["215724"]);
        assert_eq!(texts(&nodes, "/file/timecode/displayformat"), ["DF"]);
        assert_eq!(
            texts(&nodes, "/file/pathurl"),
            ["file://localhost/talks/%C3%9Cber%20100%25.mp4"]
        );
        assert_eq!(texts(&nodes, "/sequence/timecode/string"), ["01:00:00;00"]);
    }

    #[test]
    fn a_clip_is_as_long_in_the_sequence_as_in_the_file_whose_first_frame_is_0() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.start = 215_724;
        let nodes = nodes(&xmeml(&list));
        let of = |name: &str| texts(&nodes, &format!("/video/track/clipitem/{name}")).join(" ");
        assert_eq!((of("in"), of("out")), ("1790 0".into(), "1810 30".into()));
        assert_eq!((of("start"), of("end")), ("0 20".into(), "20 50".into()));
        assert_eq!(of("duration"), "3600 3600");
        assert!(
            texts(&nodes, "/rate/timebase")
                .iter()
                .all(|base| *base == "30")
        );
        assert!(
            texts(&nodes, "/rate/ntsc")
                .iter()
                .all(|ntsc| *ntsc == "TRUE")
        );
        assert_eq!(
            texts(&nodes, "/format/samplecharacteristics/width"),
            ["1920"]
        );
        assert_eq!(
            texts(&nodes, "/format/samplecharacteristics/height"),
            ["1080"]
        );
        assert_eq!(
            texts(&nodes, "/sourcetrack/trackindex"),
            ["1", "1", "2", "2"]
        );
    }

    #[test]
    fn a_silent_video_has_no_sound_and_no_links() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.sound = None;
        list.source.rate = FrameRate::editing(Some((25, 1)));
        let text = xmeml(&list);
        assert!(!text.contains("<audio>") && !text.contains("<link>"));
        assert!(
            text.contains("<ntsc>FALSE</ntsc>")
                && text.contains("<displayformat>NDF</displayformat>")
        );
    }

    #[test]
    fn a_channel_is_a_track_and_no_clips_are_no_fault() {
        let mut list = cutlist_of(&[]);
        let tracks = |list: &Cutlist<'_>| xmeml(list).matches("<track>").count();
        assert_eq!(tracks(&list), 3);
        list.source.sound = Some(CutlistSound {
            channels: 6,
            sample_rate: 48_000,
        });
        assert_eq!(tracks(&list), 7);
    }
}
