//! Inputs of manifests: lists, what is passed over, what an untrusted manifest may name, and the hints.

use std::path::PathBuf;

use opusclip::manifest::{BatchPlan, PlanRequest, Trust};

use crate::manifest::{folder, load, plan, sources, wrong};

#[test]
fn an_input_may_be_a_list_of_files_folders_and_patterns() {
    let plan = plan("[[job]]\ninput = ['launch.mov', 'talks', '*.mp4', 'a.mp4']");
    let ids: Vec<&str> = plan.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["launch", "a", "b", "a-2"]);
    assert!(
        plan.notes[0].ends_with("1 file without a video ending"),
        "{:?}",
        plan.notes
    );
    let found = wrong("[[job]]\ninput = ['a.mp4', 5, 'gone.mp4']\n[[job]]\ninput = []");
    assert_eq!(
        found,
        [
            "2:19: expected a string, found integer",
            "2:22: \"gone.mp4\": no such file",
            "4:9: the list of inputs is empty"
        ]
    );
}

#[test]
fn clips_of_the_last_run_are_no_new_videos() {
    let folder = folder(
        "[output]\ndir = 'talks/clips of today'\n[[job]]\ninput = '**/*.mp4'\nrecursive = true",
    );
    let clips = folder.path().join("talks/clips of today/a/clips");
    std::fs::create_dir_all(&clips).unwrap();
    std::fs::write(clips.join("01-hello.mp4"), "").unwrap();
    let plan = load(&folder, sources()).unwrap();
    assert_eq!(plan.jobs.len(), 2);
    assert!(
        plan.notes[0].ends_with("passed over: 1 file in the output folder"),
        "{:?}",
        plan.notes
    );
}

#[test]
fn somebody_elses_manifest_names_nothing_outside_its_folder() {
    let folder = folder(
        "profile = '../mine.toml'\n[output]\ndir = '/tmp/elsewhere'\n[[job]]\ninput = 'a.mp4'\n\
         [[job]]\ninput = '../a.mp4'\n[[job]]\ninput = ['talks', '/etc/passwd', 'link.mp4']",
    );
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link.mp4")).unwrap();
    let request = |allowed: &[&str]| PlanRequest {
        may_be_empty: false,
        inputs: vec![folder.path().join("jobs.toml")],
        output: None,
        sources: sources(),
        trust: Trust::Untrusted {
            allowed: allowed.iter().map(PathBuf::from).collect(),
        },
    };
    let told = |allowed: &[&str]| {
        let problems = BatchPlan::load(&request(allowed)).unwrap_err();
        let outside = problems
            .iter()
            .filter(|problem| problem.message.contains("leads out of"));
        let place = |problem: &opusclip::settings::Problem| {
            let place = problem.place.to_string();
            place.rsplit_once(".toml:").unwrap().1.to_owned()
        };
        outside.map(place).collect::<Vec<_>>()
    };
    assert_eq!(told(&[]), ["1:11", "3:7", "7:9", "9:19", "9:34"]);
    assert_eq!(told(&["/etc", "/tmp/elsewhere"]), ["1:11", "7:9"]);
}

#[test]
fn several_manifests_at_once_are_refused_with_what_to_do() {
    let request = |inputs: &[&str]| PlanRequest {
        may_be_empty: false,
        inputs: inputs.iter().map(PathBuf::from).collect(),
        output: None,
        sources: sources(),
        trust: Trust::Trusted,
    };
    for inputs in [["a.toml", "b.toml"], ["v.mp4", "jobs.toml"]] {
        let told = BatchPlan::load(&request(&inputs)).unwrap_err().to_string();
        assert!(told.contains("a manifest is processed alone"), "{told}");
    }
}

#[test]
fn settings_that_no_manifest_holds_are_told_where_they_belong() {
    let hint = |manifest: &str| {
        let folder = folder(manifest);
        let problems = load(&folder, sources()).unwrap_err();
        problems.iter().next().unwrap().hint.clone().unwrap()
    };
    assert!(
        hint("[render]\ncrf = 18\n[[job]]\ninput = 'a.mp4'").contains("profile = \"./my.toml\"")
    );
    assert!(hint("aspect = '1:1'\n[[job]]\ninput = 'a.mp4'").contains("[defaults]"));
    assert!(hint("[[job]]\ninput = '~/a.mp4'").contains("not expanded"));
}

#[test]
fn a_word_that_is_wanted_and_not_wanted_gets_a_line() {
    let plan = plan("[[job]]\ninput = 'a.mp4'\nkeywords = ['price']\navoid = ['price']");
    assert!(plan.layers.warnings[0].contains("\"price\" stands in keywords and in avoid"));
}
