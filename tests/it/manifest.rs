//! Manifests on disk, and the plans made of them.

use std::path::PathBuf;
use std::time::Duration;

use opusclip::manifest::{BatchPlan, PlanRequest, Trust};
use opusclip::settings::{
    Aspect, Captions, Environment, FlagValue, Language, Overrides, Priority, Problems,
    RequiredMoment, SearchRange, Sources,
};
use tempfile::TempDir;

pub(crate) fn sources() -> Sources {
    Sources {
        overrides: Overrides::default(),
        environment: Environment::new::<&str>([]),
        user_file: PathBuf::from("/no/such/settings.toml"),
    }
}

/// Makes a folder with some empty videos and this manifest.
pub(crate) fn folder(manifest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("talks")).unwrap();
    for video in [
        "a.mp4",
        "launch.mov",
        "talks/a.mp4",
        "talks/b.MP4",
        "talks/notes.txt",
    ] {
        std::fs::write(folder.path().join(video), "").unwrap();
    }
    std::fs::write(folder.path().join("jobs.toml"), manifest).unwrap();
    folder
}

pub(crate) fn load(folder: &TempDir, sources: Sources) -> Result<BatchPlan, Problems> {
    BatchPlan::load(&PlanRequest {
        may_be_empty: false,
        inputs: vec![folder.path().join("jobs.toml")],
        output: None,
        sources,
        trust: Trust::Trusted,
    })
}

pub(crate) fn plan(manifest: &str) -> BatchPlan {
    load(&folder(manifest), sources()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Returns what is wrong as `line:column: message` lines.
pub(crate) fn wrong(manifest: &str) -> Vec<String> {
    let folder = folder(manifest);
    let problems = load(&folder, sources()).unwrap_err();
    let start = format!("{}:", folder.path().join("jobs.toml").display());
    let text = |problem: &opusclip::settings::Problem| {
        let text = problem.to_string();
        let text = text
            .strip_prefix(&start)
            .unwrap_or_else(|| panic!("{text}"));
        text.lines().next().unwrap().to_owned()
    };
    problems.iter().map(text).collect()
}

const EXAMPLE: &str = r#"
profile = "production"
[output]
dir = "clips"
[defaults]
aspect = "9:16"
language = "auto"
captions = "burn"
quality = "standard"
[defaults.clips]
count = 5
min = "15s"
max = "60s"
[[job]]
input = "talks/*.[mM][pP]4"
priority = "high"
[[job]]
id = "launch"
input = "launch.mov"
clips = { count = 2 }
keywords = ["price", "launch"]
"#;

#[test]
fn the_manifest_of_the_manual_becomes_a_plan() {
    let plan = plan(EXAMPLE);
    assert!(plan.output.ends_with("clips"));
    let ids: Vec<&str> = plan.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "launch"]);
    let (talk, launch) = (&plan.jobs[0].settings, &plan.jobs[2].settings);
    assert!(std::sync::Arc::ptr_eq(talk, &plan.jobs[1].settings));
    assert_eq!(
        (talk.priority, launch.priority),
        (Priority::High, Priority::Normal)
    );
    assert_eq!((talk.clips.count, launch.clips.count), (5, 2));
    assert_eq!(launch.clips.max, Duration::from_secs(60));
    assert_eq!(
        (launch.aspect, launch.captions),
        (Aspect::Portrait, Captions::Burn)
    );
    assert_eq!(launch.language, Language::Auto);
    assert_eq!(launch.keywords, ["price", "launch"]);
}

#[test]
fn a_job_says_what_its_clips_hold_and_what_they_do_not() {
    let plan = plan(
        "[archive]\nbest = 20\ncap = 3\n[[job]]\ninput = 'a.mp4'\navoid = ['sponsor']\n\
         must-include = ['one more thing', '00:12:30', '1:00-1:30']\nrange = '00:01:00-00:45:00'\nclips.floor = 2",
    );
    let settings = &plan.jobs[0].settings;
    assert_eq!(
        (settings.avoid.as_slice(), settings.clips.floor),
        (&["sponsor".to_owned()][..], 2)
    );
    let held: Vec<String> = settings
        .must_include
        .iter()
        .map(RequiredMoment::to_string)
        .collect();
    assert_eq!(
        held,
        [
            "\"one more thing\"",
            "00:12:30.000-00:12:31.000",
            "00:01:00.000-00:01:30.000"
        ]
    );
    let SearchRange::Only(range) = settings.range else {
        panic!("{:?}", settings.range)
    };
    assert_eq!(
        (range.start().seconds(), range.end().seconds()),
        (60.0, 2700.0)
    );
    let archive = plan.archive.unwrap();
    assert_eq!((archive.best, archive.floor, archive.cap), (20, 0, 3));
    assert_eq!(plan.layers.warnings, Vec::<String>::new());
}

#[test]
fn clips_that_nobody_can_choose_are_refused() {
    let job = |line: &str| wrong(&format!("[[job]]\ninput = 'a.mp4'\n{line}"));
    let found = job("range = '00:05:00-00:01:00'");
    assert!(found[0].starts_with("3:9: invalid value"), "{found:?}");
    let found = job("must-include = ['price', '12:99']");
    assert!(found[0].starts_with("3:16: invalid value"), "{found:?}");
    assert_eq!(
        job("clips.floor = 9"),
        ["3:7: the fewest clips 9 is more than the most 5"]
    );
    assert_eq!(
        wrong("[archive]\nbest = 0\n[[job]]\ninput = 'a.mp4'")[0],
        "2:8: expected a number from 1 to 1000000"
    );
}

#[test]
fn two_jobs_of_one_video_get_ids_of_their_own() {
    let plan = plan(
        "[[job]]\ninput = 'a.mp4'\n[[job]]\ninput = 'talks'\n[[job]]\nid = 'b'\ninput = 'a.mp4'",
    );
    let ids: Vec<&str> = plan.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["a", "a-2", "b-2", "b"]);
}

#[test]
fn unknown_keys_are_told_wherever_they_stand() {
    let found = wrong(
        "titel = 1\n[output]\ndri = 'x'\n[defaults]\naspct = '1:1'\n[[job]]\ninput = 'a.mp4'\nclips.cont = 2\n",
    );
    let expected = [
        "1:1: unknown key `titel`",
        "3:1: unknown key `dri`",
        "5:1: unknown key `aspct`",
        "8:7: unknown key `clips.cont`",
    ];
    assert_eq!(found, expected);
}

#[test]
fn wrong_types_are_told_where_the_value_stands() {
    let found = wrong(
        "profile = 5\noutput = 'x'\n[defaults]\nkeywords = 'x'\n[[job]]\ninput = 5\nid = ''\nclips = { count = 0 }",
    );
    let places: Vec<&str> = found
        .iter()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        ["1:11", "2:1", "4:12", "6:9", "7:6", "8:19"],
        "{found:?}"
    );
}

#[test]
fn a_manifest_without_a_job_is_wrong() {
    assert_eq!(wrong(""), ["1:1: no job at all"]);
    assert_eq!(wrong("job = []"), ["1:1: no job at all"]);
    assert_eq!(
        wrong("[job]\ninput = 'a.mp4'"),
        ["1:2: `job` is a list of jobs"]
    );
    assert_eq!(wrong("job = [5]"), ["1:8: a job is a table"]);
    assert_eq!(wrong("[[job]]"), ["1:1: the job has no input"]);
}

#[test]
fn ids_that_clash_or_cannot_be_folders_are_wrong() {
    let found = wrong(
        "[[job]]\nid = 'x'\ninput = 'a.mp4'\n[[job]]\nid = 'X'\ninput = 'a.mp4'\n[[job]]\nid = 'a/b'\ninput = 'a.mp4'\n[[job]]\nid = 'all'\ninput = 'talks'",
    );
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("5:6: \"X\": the id is taken"));
    assert!(found[1].starts_with("8:6: \"a/b\": the id holds '/'"));
    assert_eq!(found[2], "11:6: one id for 2 files");
}

#[test]
fn missing_inputs_are_told_with_the_name_as_written() {
    let found = wrong(
        "[[job]]\ninput = 'gone.mp4'\n[[job]]\ninput = 'http://x/a.mp4'\n[[job]]\ninput = '*.mkv'",
    );
    assert_eq!(found[0], "2:9: \"gone.mp4\": no such file");
    assert_eq!(found[1], "4:9: \"http://x/a.mp4\": no such file");
    assert_eq!(found[2], "6:9: \"*.mkv\": the pattern matches no file");
}

#[test]
fn lengths_that_contradict_each_other_are_told_at_the_later_word() {
    let found = wrong("[defaults]\nclips.min = '50s'\n[[job]]\ninput = 'a.mp4'\nclips.max = '40s'");
    assert_eq!(
        found,
        ["5:7: the shortest clip \"50s\" is longer than the longest \"40s\""]
    );
}

#[test]
fn a_profile_that_is_not_there_is_told_where_it_is_named() {
    let found = wrong("profile = 'producton'\n[[job]]\ninput = 'a.mp4'");
    assert_eq!(found, ["1:11: no profile is named `producton`"]);
}

#[test]
fn places_are_right_in_the_last_of_many_jobs() {
    let good = "[[job]]\ninput = 'a.mp4'\n".repeat(2500);
    let found = wrong(&(good + "[[job]]\ninput = 'gone.mp4'"));
    assert_eq!(found, ["5002:9: \"gone.mp4\": no such file"]);
}

#[test]
fn a_byte_order_mark_and_other_line_ends_change_nothing() {
    let plan = plan("\u{feff}[[job]]\r\ninput = 'a.mp4'\r\n");
    assert_eq!(plan.jobs[0].id, "a");
    assert_eq!(
        wrong("\u{feff}[[job]]\r\ninput = 5\r\n"),
        ["2:9: expected a string, found integer"]
    );
}

#[test]
fn flags_and_environment_win_over_the_job_and_the_job_over_the_defaults() {
    let manifest = "[defaults]\nquality = 'high'\nlanguage = 'en'\naspect = '1:1'\nclips.count = 2\n[[job]]\ninput = 'a.mp4'\nquality = 'draft'\nlanguage = 'de'\naspect = '4:5'";
    let sources = Sources {
        overrides: Overrides {
            profile: None,
            values: vec![FlagValue {
                flag: "--set".to_owned(),
                key: "job.aspect".to_owned(),
                value: "16:9".to_owned(),
            }],
        },
        environment: Environment::new([
            ("OPUSCLIP_JOB_LANGUAGE", "fr"),
            ("OPUSCLIP_JOB_ASPECT", "9:16"),
        ]),
        ..sources()
    };
    let plan = load(&folder(manifest), sources).unwrap();
    let settings = &plan.jobs[0].settings;
    assert_eq!(settings.aspect, Aspect::Wide);
    assert_eq!(settings.language, Language::Tag("fr".to_owned()));
    assert_eq!(settings.quality, opusclip::settings::Quality::Draft);
    assert_eq!(settings.clips.count, 2);
}

#[test]
fn videos_alone_make_a_plan_too() {
    let folder = folder("");
    let request = |inputs: &[&str]| PlanRequest {
        may_be_empty: false,
        inputs: inputs
            .iter()
            .map(|input| folder.path().join(input))
            .collect(),
        output: None,
        sources: sources(),
        trust: Trust::Trusted,
    };
    let plan = BatchPlan::load(&request(&["a.mp4", "talks"])).unwrap();
    let ids: Vec<&str> = plan.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["a", "a-2", "b"]);
    assert_eq!(plan.output, PathBuf::from("out"));
    let problems = BatchPlan::load(&request(&["gone.mp4", "a.mp4", "gone-too.mp4"])).unwrap_err();
    assert_eq!(problems.iter().len(), 2);
}
