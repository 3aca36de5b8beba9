//! Failures that can pass: the job is tried again, as often as the settings say.

use std::fs::OpenOptions;
use std::io::Write;

use serde_json::Value;

use crate::or_skip;
use crate::place::Place;
use crate::process::{cold_studio, json, start};

/// Appends to the video, which stays one: what comes after the last part of an MP4 file is not read.
fn grow(place: &Place) {
    let path = place.path().join("in/a.mp4");
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"more").unwrap();
}

/// Cuts the video off before its index.
fn cut(place: &Place) {
    let path = place.path().join("in/a.mp4");
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 2).unwrap();
}

/// Runs with one retry; the video grows while it is analysed, `times` times at most. Returns the exit code and the job.
fn grown(times: usize) -> Result<(Option<i32>, Value), crate::needs::Missing> {
    changed(grow, times, 1)
}

/// Runs with so many retries; the video is changed while it is analysed, `times` times at most.
fn changed(
    change: fn(&Place),
    times: usize,
    retries: u32,
) -> Result<(Option<i32>, Value), crate::needs::Missing> {
    let (place, models) = cold_studio()?;
    let args = format!("--until shots --set retries={retries}");
    let mut told = start(&place, &models, &args);
    let mut left = times;
    for event in told.by_ref() {
        // The file has been read for its digest, and is now decoded.
        let is_hashed = event["type"] == "span" && event["stage"] == "probe";
        if is_hashed && left > 0 {
            left -= 1;
            change(&place);
        }
    }
    let end = told.end();
    Ok((end, json(&place, "out/report.json")["jobs"][0].clone()))
}

#[test]
fn a_video_that_grew_is_tried_again_and_done() {
    let (end, job) = or_skip!(grown(1));
    assert_eq!(
        (&job["status"], &job["attempts"]),
        (&"done".into(), &2.into()),
        "{job}"
    );
    assert_eq!(end, Some(0));
}

#[test]
fn a_video_that_grows_all_the_time_fails_when_the_tries_are_used_up() {
    let (end, job) = or_skip!(grown(usize::MAX));
    assert_eq!(
        (&job["status"], &job["attempts"]),
        (&"failed".into(), &2.into()),
        "{job}"
    );
    assert_eq!(job["error"]["class"], "input_changed");
    assert_eq!(end, Some(75));
}

#[test]
fn a_video_that_is_cut_while_it_is_read_has_changed_and_is_not_called_damaged() {
    let (end, job) = or_skip!(changed(cut, 1, 0));
    assert_eq!(job["error"]["class"], "input_changed", "{job}");
    assert_eq!(end, Some(75));
}
