//! What a whole run delivers: files for editors and for people that agree with `clips.json`, and no moment twice.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{changed, json, make, results, run, studio};
use crate::warm::{Finished, Once};

/// Pictures that change and a voice that goes up and down as voices do, never twice the same.
const TALK: &str = "-f lavfi -i testsrc=s=320x180:r=5:d=10 -f lavfi -i mandelbrot=s=320x180:r=5 -f lavfi -i life=s=320x180:r=5:seed=7 \
    -f lavfi -i aevalsrc=(random(0)-0.5)*(0.05+pow(sin(3*t+t*t/17)*sin(5*t-t*t/29)\\,2)):d=30:s=16000 \
    -filter_complex [1:v]trim=duration=10[m];[2:v]trim=duration=10[l];[0:v][m][l]concat=n=3[v] -map [v] -map 3:a \
    -c:v libx264 -pix_fmt yuv420p -c:a aac";
/// A smaller, rougher copy that begins later.
const COPY: &str = "-vf scale=240:-2,fps=6 -c:v libx264 -crf 33 -c:a aac -b:a 40k -af volume=-4dB";
const LATER: f64 = 3.37;

const JOBS: &str = "[output]\ndir = 'out'\n[defaults]\naspect = 'source'\nclips = { count = 2, min = '4s', max = '6s' }\n[[job]]\ninput = 'in/*'\n";

/// Faces are looked for less often than usual: there are none, and it costs much.
const PROCESS: &str = "process jobs.toml";
const TWO_AT_ONCE: &str = "process jobs.toml --jobs 2";

/// A video, the same under another name, and a trimmed and re-encoded copy, worked on from nothing two at a time.
static COPIES: Once = LazyLock::new(|| Finished::of(copies, TWO_AT_ONCE));

fn copies(place: &Place) {
    place.write("jobs.toml", JOBS);
    std::fs::create_dir(place.path().join("in")).unwrap();
    make(place, "in/a.mp4", TALK);
    std::fs::copy(place.path().join("in/a.mp4"), place.path().join("in/b.mp4")).unwrap();
    let from = place.path().join("in/a.mp4");
    let copy = format!("-ss {LATER} -i {} {COPY}", from.display());
    make(place, "in/c.mp4", &copy);
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap()
}

/// Returns the clips of all copies, in seconds of the video that they are copies of.
fn delivered(place: &Place) -> Vec<(f64, f64)> {
    let mut all = Vec::new();
    for (job, later) in [("a", 0.0), ("b", 0.0), ("c", LATER)] {
        let clips = json(place, &format!("out/{job}/clips.json"));
        for clip in list(&clips, "clips") {
            let time = |name: &str| clip[name].as_f64().unwrap() + later;
            all.push((time("start"), time("end")));
        }
    }
    all
}

fn assert_no_moment_twice(clips: &[(f64, f64)]) {
    for (number, one) in clips.iter().enumerate() {
        for other in &clips[..number] {
            let shared = one.1.min(other.1) - one.0.max(other.0);
            assert!(shared < 2.0, "{one:?} and {other:?}");
        }
    }
}

#[test]
fn no_moment_is_delivered_twice_however_many_jobs_run_at_once() {
    let (place, models) = or_skip!(Finished::ended(&COPIES));
    let output = &COPIES.as_ref().unwrap().output;
    assert_eq!(code(output), 0, "{}", err(output));
    let clips = delivered(&place);
    assert!(clips.len() > 2, "{clips:?}");
    assert_no_moment_twice(&clips);
    let candidates = json(&place, "out/c/candidates.json");
    let shown = |candidate: &&Value| {
        candidate["reason"]
            .as_str()
            .unwrap()
            .starts_with("shown already by clip ")
    };
    assert!(
        list(&candidates, "candidates")
            .iter()
            .any(|candidate| shown(&candidate))
    );
    let side_by_side = results(&place);
    std::fs::remove_dir_all(place.path().join("out")).unwrap();
    assert_eq!(
        code(&run(&place, &models, &format!("{PROCESS} --jobs 1"))),
        0
    );
    let in_turn = results(&place);
    assert_eq!(changed(&side_by_side, &in_turn), Vec::<&PathBuf>::new());
}

#[test]
fn the_best_of_all_videos_are_as_many_as_were_asked_for() {
    let (place, models) = or_skip!(Finished::analysed(&COPIES));
    place.write(
        "jobs.toml",
        &format!("{JOBS}[archive]\nbest = 3\ncap = 2\n"),
    );
    let output = run(&place, &models, TWO_AT_ONCE);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let clips = delivered(&place);
    assert_eq!(clips.len(), 3);
    assert_no_moment_twice(&clips);
    let count = |job: &str| list(&json(&place, &format!("out/{job}/clips.json")), "clips").len();
    assert!(["a", "b", "c"].iter().all(|job| count(job) <= 2));
    let report = json(&place, "out/report.json");
    let attempts: Vec<_> = list(&report, "jobs")
        .iter()
        .map(|job| &job["attempts"])
        .collect();
    assert_eq!(attempts, [1, 1, 1]);
    // Again from nothing: what is computed for the choice is not computed once more for the clips.
    assert_eq!(
        code(&run(&place, &models, &format!("{PROCESS} --fresh"))),
        0
    );
    assert_eq!(delivered(&place), clips);
    let decode = crate::process::stage(&json(&place, "out/report.json"), "decode");
    assert!(decode["cache_misses"].as_u64().unwrap() <= 3, "{decode}");
}

#[test]
fn the_best_of_all_videos_are_refused_where_nothing_is_remembered() {
    let place = Place::new();
    place
        .write("in/a.mp4", "")
        .write("jobs.toml", &format!("{JOBS}[archive]\nbest = 3\n"));
    let output = place.run("process jobs.toml --set cache.enabled=false");
    assert_eq!(code(&output), 2, "{}", err(&output));
    assert!(
        err(&output).contains("the cache is off"),
        "{}",
        err(&output)
    );
    assert!(!place.path().join("out").exists());
}

#[test]
fn pages_and_timelines_are_those_of_the_clips() {
    let (place, models) = or_skip!(studio());
    place.write("in/b.mp4", "not a video");
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 1);
    let text = |name: &str| std::fs::read_to_string(place.path().join("out").join(name)).unwrap();
    let clips = json(&place, "out/a/clips.json");
    let clips = list(&clips, "clips");
    assert!(!clips.is_empty());
    let timeline = json(&place, "out/a/timeline.otio");
    let track = list(&timeline["tracks"]["children"][0], "children");
    assert_eq!(track.len(), clips.len());
    for (cut, clip) in track.iter().zip(clips) {
        let range = &cut["source_range"];
        let rate = range["start_time"]["rate"].as_f64().unwrap();
        let start = range["start_time"]["value"].as_f64().unwrap() / rate;
        assert!((start - clip["start"].as_f64().unwrap()).abs() <= 0.5 / rate);
        assert_eq!(cut["name"], clip["title"]);
    }
    let page = text("a/index.html");
    for clip in clips {
        let title = clip["title"].as_str().unwrap();
        assert!(text("a/timeline.edl").contains(&format!("* COMMENT: {title}\r\n")));
        assert!(text("a/timeline.fcpxml").contains(title));
        assert!(text("a/timeline.xml").contains(&format!("<name>{title}</name>")));
        assert!(page.contains(clip["file"].as_str().unwrap()));
    }
    let batch = text("index.html");
    assert!(batch.contains("\"id\":\"a\"") && batch.contains("\"class\":\"input_corrupt\""));
    assert!(!Path::new(&place.path().join("out/a/chapters.txt")).exists());
}
