//! Shots of a made film with and without the gate before the shot model; of real films in `quality`.

use std::path::Path;

use serde_json::Value;

use crate::needs::models;
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, make, run, stage};

/// 25 pictures a second: a cut at frame 50, a fade to black until 150 and one from black, a dissolve from 225 to 250, and a
/// still camera with a flash at 325 and 326, which is no cut.
const FILM: &str = "-f lavfi -i testsrc2=s=160x90:r=25:d=2 -f lavfi -i mandelbrot=s=160x90:r=25 -f lavfi -i smptebars=s=160x90:r=25:d=12 \
    -filter_complex [1:v]trim=duration=4,setpts=PTS-STARTPTS,format=yuv420p,split[a][b];\
    [a]fade=out:st=3:d=1[out];[b]fade=in:st=0:d=1[in];[0:v]format=yuv420p[first];\
    [2:v]format=yuv420p,drawbox=c=white:t=fill:enable='between(n,100,101)',fps=25,settb=AVTB[still];\
    [first][out][in]concat=n=3,fps=25,settb=AVTB[moving];[moving][still]xfade=duration=1:offset=9[v] \
    -map [v] -c:v libx264 -preset ultrafast -pix_fmt yuv420p";

/// Returns the film's analysis, and the report's row of the stage.
fn analysed(place: &Place, models: &Path, gate: bool) -> (Value, Value) {
    let args = format!("process film.mp4 --output {gate} --until shots --set shots.gate={gate}");
    let output = run(place, models, &args);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let file = |name: &str| json(place, &format!("{gate}/{name}"));
    let row = stage(&file("report.json"), "shots");
    (file("film/analysis.json"), row)
}

#[test]
fn a_gate_before_the_shot_model_saves_work_and_loses_no_transition() {
    let models = or_skip!(models());
    let place = Place::new();
    make(&place, "film.mp4", FILM);
    let (gated, gated_row) = analysed(&place, &models, true);
    let (whole, whole_row) = analysed(&place, &models, false);
    assert_eq!(gated, whole);
    let shots = whole["shots"].as_array().unwrap();
    let begins = |transition: &str, frames: std::ops::Range<u64>| {
        shots.iter().any(|shot| {
            let start = shot["start_frame"].as_u64().unwrap();
            shot["transition"] == transition && frames.contains(&start)
        })
    };
    for (transition, frames) in [
        ("cut", 50..51),
        ("gradual", 125..175),
        ("gradual", 225..252),
    ] {
        assert!(begins(transition, frames), "{shots:?}");
    }
    let skipped = gated_row["skipped_share"].as_f64().unwrap();
    assert!((0.3..0.9).contains(&skipped), "{skipped}");
    assert_eq!(whole_row["skipped_share"], Value::Null);
    assert!(gated_row["items"].as_u64() < whole_row["items"].as_u64());
}
