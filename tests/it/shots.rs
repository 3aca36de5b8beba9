//! Shots of a made film with and without the gate before the shot model; of real films in `quality`.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use crate::hearing::model;
use crate::needs::{Missing, models};
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

/// Returns the film's analysis and the report of a run with the gate or without it, and in a precision.
fn analysed(place: &Place, models: &Path, gate: bool, precision: &str) -> (Value, Value) {
    let setting = format!("{gate}-{precision}");
    let set = format!("--set shots.gate={gate} --set shots.precision={precision}");
    let args = format!("process film.mp4 --output {setting} --until shots {set}");
    let output = run(place, models, &args);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let file = |name: &str| json(place, &format!("{setting}/{name}"));
    (file("film/analysis.json"), file("report.json"))
}

/// The film, the models, and what the gated model finds in it with the report of that.
type GatedFilm = (Place, PathBuf, (Value, Value));

/// Found once.
static GATED: LazyLock<Result<GatedFilm, Missing>> = LazyLock::new(|| {
    let models = models()?;
    let place = Place::new();
    make(&place, "film.mp4", FILM);
    let gated = analysed(&place, &models, true, "f32");
    Ok((place, models, gated))
});

#[test]
fn a_gate_before_the_shot_model_saves_work_and_loses_no_transition() {
    let (place, models, (gated, gated_report)) = or_skip!(GATED.as_ref());
    let (whole, whole_report) = analysed(place, models, false, "f32");
    let [gated_row, whole_row] = [gated_report, &whole_report].map(|report| stage(report, "shots"));
    assert_eq!(*gated, whole);
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

#[test]
fn a_model_that_works_on_bytes_finds_the_same_shots_and_is_told() {
    let (place, models, (floats, on_floats)) = or_skip!(GATED.as_ref());
    or_skip!(model("transnetv2_int8.onnx"));
    let (bytes, on_bytes) = analysed(place, models, true, "int8");
    assert_eq!(*floats, bytes);
    // Another model: nothing that was kept of the first is taken for its answer.
    assert!(stage(&on_bytes, "shots")["items"].as_u64().unwrap() > 0);
    let told = |report: &Value| report["devices"].to_string().contains("transnetv2 int8");
    assert!(told(&on_bytes) && !told(on_floats), "{on_bytes}");
}
