//! A folder that is watched.

use crate::or_skip;
use crate::place::{code, err};
use crate::process::{json, run, start_process, studio};

#[test]
fn what_is_put_into_a_watched_folder_is_done_until_a_signal_comes() {
    let (place, models) = or_skip!(studio());
    let inbox = place.path().join("inbox");
    std::fs::create_dir(&inbox).unwrap();
    let mut told = start_process(
        &place,
        &models,
        "--watch inbox --output kept --until select",
    );
    let put = |name: &str| std::fs::copy(place.path().join("in/a.mp4"), inbox.join(name)).unwrap();
    put("first.mp4");
    assert_eq!(told.wait_for("job_done", 0)["job"], "first");
    told.wait_for("run_done", 0);
    put("second.mp4");
    told.wait_for("run_done", 0);
    told.signal(libc::SIGINT);
    assert_eq!(told.end(), Some(130));
    let report = json(&place, "kept/report.json");
    assert_eq!(report["jobs"].as_array().unwrap().len(), 2, "{report}");
}

#[test]
fn only_folders_are_watched() {
    let (place, models) = or_skip!(studio());
    let output = run(&place, &models, "process --watch jobs.toml");
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).contains("jobs.toml: --watch takes folders"),
        "{}",
        err(&output)
    );
}
