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

/// Runs with one retry; the video grows while it is analysed, `times` times at most. Returns the exit code and the job.
fn grown(times: usize) -> Result<(Option<i32>, Value), crate::needs::Missing> {
    let (place, models) = cold_studio()?;
    let mut told = start(&place, &models, "--until shots --set retries=1");
    let mut left = times;
    for event in told.by_ref() {
        // The file has been read for its digest, and is now decoded.
        let is_hashed = event["type"] == "span" && event["stage"] == "probe";
        if is_hashed && left > 0 {
            left -= 1;
            grow(&place);
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
