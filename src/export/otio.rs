//! `timeline.otio`: OpenTimelineIO's own JSON.

use serde_json::{Value, json};

use super::cutlist::{Cutlist, EventInFrames};
use super::path::file_url;

/// Returns the sequence as an OpenTimelineIO timeline: a track of pictures and, if there is sound, one of sound, each with
/// every clip.
///
/// Times are whole frames by the file's timecode. Under `opusclip` in a clip's metadata stand its rank, its note and, as
/// fractions of a second, its exact edges on the file's own clock. The format itself does not link pictures and sound;
/// DaVinci Resolve does by its own metadata.
pub fn otio(list: &Cutlist<'_>) -> String {
    let mut tracks = Vec::new();
    if list.source.pictures {
        tracks.push(track(list, "Video"));
    }
    if list.source.sound.is_some() {
        tracks.push(track(list, "Audio"));
    }
    let timeline = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": list.title,
        "global_start_time": null,
        "metadata": {"opusclip": {"remark": list.source.remark()}},
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "source_range": null,
            "effects": [],
            "markers": [],
            "enabled": true,
            "metadata": {},
            "children": tracks,
        },
    });
    format!("{timeline:#}\n")
}

fn track(list: &Cutlist<'_>, kind: &str) -> Value {
    json!({
        "OTIO_SCHEMA": "Track.1",
        "name": format!("{kind} 1"),
        "kind": kind,
        "source_range": null,
        "effects": [],
        "markers": [],
        "enabled": true,
        "metadata": {},
        "children": list.cuts().map(|cut| clip(list, &cut)).collect::<Vec<_>>(),
    })
}

fn clip(list: &Cutlist<'_>, cut: &EventInFrames<'_>) -> Value {
    let event = cut.event;
    json!({
        "OTIO_SCHEMA": "Clip.2",
        "name": event.title,
        "source_range": range(list, cut.source.start, cut.frames()),
        "effects": [],
        "markers": [],
        "enabled": true,
        "metadata": {
            "opusclip": {
                "rank": event.rank,
                "note": event.note,
                "start": event.range.start().fraction(),
                "end": event.range.end().fraction(),
            },
            "Resolve_OTIO": {"Link Group ID": event.rank},
        },
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": {
            "OTIO_SCHEMA": "ExternalReference.1",
            "name": list.source.name(),
            "target_url": file_url(list.source.path),
            "available_range": range(list, list.source.start, list.source.frames()),
            "available_image_bounds": null,
            "metadata": {},
        }},
    })
}

fn range(list: &Cutlist<'_>, start: u64, frames: u64) -> Value {
    let time = |frame: u64| {
        json!({
            "OTIO_SCHEMA": "RationalTime.1",
            "rate": list.source.rate.frames_a_second(),
            "value": frame as f64,
        })
    };
    json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start),
        "duration": time(frames),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::cutlist::tests::{cutlist_of, some_events};

    fn read(list: &Cutlist<'_>) -> Value {
        serde_json::from_str(&otio(list)).unwrap()
    }

    #[test]
    fn a_clip_points_at_its_frames_of_the_file() {
        let time = |value: f64| json!({"OTIO_SCHEMA": "RationalTime.1", "rate": 30_000.0 / 1001.0, "value": value});
        let range = |start, frames| json!({"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start), "duration": time(frames)});
        let timeline = read(&cutlist_of(&some_events()));
        assert_eq!(timeline["OTIO_SCHEMA"], "Timeline.1");
        assert_eq!(timeline["name"], "Talk & more");
        assert_eq!(
            timeline["tracks"]["children"][0]["children"][0],
            json!({
                "OTIO_SCHEMA": "Clip.2",
                "name": "Why <we> & \"they\"\nlearn: 数",
                "source_range": range(1790.0, 20.0),
                "effects": [],
                "markers": [],
                "enabled": true,
                "metadata": {
                    "opusclip": {
                        "rank": 1,
                        "note": "motion 0.9",
                        "start": [183_379, 3000],
                        "end": [185_381, 3000],
                    },
                    "Resolve_OTIO": {"Link Group ID": 1},
                },
                "active_media_reference_key": "DEFAULT_MEDIA",
                "media_references": {"DEFAULT_MEDIA": {
                    "OTIO_SCHEMA": "ExternalReference.1",
                    "name": "Über 100%.mp4",
                    "target_url": "file:///talks/%C3%9Cber%20100%25.mp4",
                    "available_range": range(0.0, 3600.0),
                    "available_image_bounds": null,
                    "metadata": {},
                }},
            })
        );
    }

    #[test]
    fn frames_are_those_of_the_timecode() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        list.source.start = 215_724;
        let timeline = read(&list);
        let clip = &timeline["tracks"]["children"][1]["children"][1];
        assert_eq!(clip["source_range"]["start_time"]["value"], 215_724.0);
        let media = &clip["media_references"]["DEFAULT_MEDIA"]["available_range"];
        assert_eq!(media["start_time"]["value"], 215_724.0);
        assert_eq!(media["duration"]["value"], 3600.0);
    }

    #[test]
    fn sound_has_a_track_of_its_own() {
        let events = some_events();
        let mut list = cutlist_of(&events);
        let kinds = |list: &Cutlist<'_>| {
            let timeline = read(list);
            let tracks = timeline["tracks"]["children"].as_array().unwrap().clone();
            tracks
                .into_iter()
                .map(|track| {
                    (
                        track["kind"].clone(),
                        track["children"].as_array().unwrap().len(),
                    )
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&list), [("Video".into(), 2), ("Audio".into(), 2)]);
        list.source.sound = None;
        assert_eq!(kinds(&list), [("Video".into(), 2)]);
    }
}
