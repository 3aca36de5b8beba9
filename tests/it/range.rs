//! A part of a video: what lies outside of it costs nothing, and what is found inside is the same.

use std::path::Path;

use serde_json::Value;

use crate::needs::models;
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, make, run, stage};

/// Five pictures a second for a hundred seconds: five scenes of 20 seconds, and a tone.
const FILM: &str = "-f lavfi -i testsrc=s=96x64:r=5:d=20 -f lavfi -i mandelbrot=s=96x64:r=5 -f lavfi -i smptebars=s=96x64:r=5:d=20 \
    -f lavfi -i sine=d=100 -filter_complex [1:v]trim=duration=20,setpts=PTS-STARTPTS[m];[0:v]split[a][d];[m]split[b][e];\
    [a][b][2:v][d][e]concat=n=5[v] -map [v] -map 3:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac";

/// Runs with a range and returns the report and the analysis.
fn analysed(place: &Place, models: &Path, range: &str, more: &str) -> [Value; 2] {
    let args = format!("process film.mp4 --output {range} --set job.range={range} {more}");
    let output = run(place, models, &args);
    assert_eq!(code(&output), 0, "{}", err(&output));
    ["report.json", "film/analysis.json"].map(|name| json(place, &format!("{range}/{name}")))
}

fn items(report: &Value, name: &str) -> u64 {
    stage(report, name)["items"].as_u64().unwrap()
}

/// Frames at which shots begin after the first of these and before the last.
fn cuts_between(analysis: &Value, first: u64, last: u64) -> Vec<u64> {
    let shots = analysis["shots"].as_array().unwrap().iter();
    let starts = shots.map(|shot| shot["start_frame"].as_u64().unwrap());
    starts
        .filter(|start| (first + 1..last).contains(start))
        .collect()
}

#[test]
fn a_part_of_a_video_costs_its_own_length_and_half_a_minute_on_either_side() {
    let models = or_skip!(models());
    let place = Place::new();
    make(&place, "film.mp4", FILM);
    let clips = "--until select --set job.clips.min=4s --set job.clips.max=5s";
    let [first, _] = analysed(&place, &models, "00:00-00:05", clips);
    // 35 seconds of pictures and the one after them; of sound what is decoded at once.
    assert_eq!(items(&first, "decode"), 176);
    assert!((35..=37).contains(&items(&first, "listen")));
    assert!((35..=37).contains(&items(&first, "embed")));
    assert!((first["video_seconds"].as_f64().unwrap() - 35.0).abs() < 0.3);
    let [middle, part] = analysed(&place, &models, "00:45-00:50", clips);
    assert_eq!(items(&middle, "decode"), 401);
    assert!((65..=67).contains(&items(&middle, "listen")));
    assert!((65..=68).contains(&items(&middle, "embed")));
    assert!((part["media"]["duration"].as_f64().unwrap() - 100.0).abs() < 0.3);
    let [_, all] = analysed(&place, &models, "all", "--until shots");
    assert_eq!(all["media"]["frames"], 500);
    let cuts = cuts_between(&part, 120, 380);
    assert!([200, 300].iter().all(|cut| cuts.contains(cut)), "{cuts:?}");
    assert_eq!(cuts, cuts_between(&all, 120, 380));
    let found = json(&place, "00:45-00:50/film/candidates.json");
    let spans = found["candidates"].as_array().unwrap();
    assert!(!spans.is_empty());
    for span in spans {
        let [start, end] = ["start", "end"].map(|side| span[side].as_f64().unwrap());
        assert!(start >= 45.0 && end <= 50.0, "{span}");
    }
}

#[test]
fn what_must_be_included_is_looked_for_in_the_whole_video() {
    let models = or_skip!(models());
    let place = Place::new();
    make(&place, "film.mp4", FILM);
    let must = "--set job.must-include=00:05 --until shots";
    let [_, all] = analysed(&place, &models, "00:45-00:50", must);
    assert_eq!(all["media"]["frames"], 500);
}
