//! The program run as a process: exit codes, what goes to stdout and what to stderr.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use opusclip::cache::{Cache, CacheOptions};

use crate::place::{Place, code, err, out};

#[test]
fn help_goes_to_stdout_and_names_every_command() {
    let output = Place::new().run("--help");
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
    for command in [
        "process",
        "bench",
        "cache",
        "captions",
        "models",
        "doctor",
        "devices",
        "config",
        "tune",
        "completions",
        "man",
    ] {
        assert!(out(&output).contains(&format!("  {command} ")), "{command}");
    }
    let topic = Place::new().run("help process");
    assert_eq!(code(&topic), 0);
    assert!(out(&topic).contains("--dry-run"));
}

#[test]
fn wrong_use_ends_with_2_and_says_so_on_stderr() {
    for args in [
        "",
        "porcess",
        "process",
        "process a.mp4 --nonsense",
        "process a.mp4 --until tomorrow",
        "process a.mp4 --set nonsense",
        "bench --fail-above 5%",
        "cache trim --max-bytes many",
        "help nonsense",
    ] {
        let output = Place::new().run(args);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{args}");
        assert!(!err(&output).is_empty(), "{args}");
    }
}

#[test]
fn every_exit_code_is_explained() {
    let text = out(&Place::new().run("help exit-codes"));
    let codes: Vec<&str> = text
        .lines()
        .map(|line| line.trim().split(' ').next().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["0", "1", "2", "65", "69", "74", "75", "78", "130", "143"]
    );
}

#[test]
fn a_shell_gets_its_completions_and_a_reader_the_manual() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = out(&place.run(&format!("completions {shell}")));
        assert!(script.contains("fail-above"), "{shell}");
    }
    let page = out(&place.run("man"));
    assert!(page.contains(".TH opusclip 1") && page.contains("OPUSCLIP PROCESS"));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child = Place::new()
        .command("man")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(err(&output), "");
}

#[test]
fn the_settings_are_shown_with_who_gave_them() {
    let place = Place::new();
    place.write(
        ".config/opusclip/settings.toml",
        "retries = 7\n[shots]\nthreshold = 0.25",
    );
    let output = place
        .command("config show --origin --profile high-traffic --jobs 3 --set render.crf=30")
        .env("OPUSCLIP_GRACE", "1m")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    let line = |key: &str| {
        let text = out(&output);
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{key} ")));
        line.unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("jobs"), "jobs = 3 # flag --jobs");
    assert_eq!(
        line("render.crf"),
        "render.crf = 30 # flag --set render.crf"
    );
    assert_eq!(line("grace"), "grace = \"1m\" # environment OPUSCLIP_GRACE");
    assert_eq!(
        line("retries"),
        "retries = 1 # profile profiles/high-traffic.toml:3:1"
    );
    assert!(line("shots.threshold").starts_with("shots.threshold = 0.25 # user file /"));
    assert!(line("shots.threshold").ends_with("/.config/opusclip/settings.toml:3:1"));
    assert_eq!(line("fail-fast"), "fail-fast = false # built in");
    assert!(line("decode-threads").ends_with("# auto, built in"));
}

#[test]
fn what_is_shown_can_be_read_back() {
    let place = Place::new();
    place.write("mine.toml", &out(&place.run("config show")));
    assert_eq!(code(&place.run("config validate mine.toml")), 0);
    let again = place.run("config show --profile mine.toml");
    assert_eq!(code(&again), 0, "{}", err(&again));
}

#[test]
fn shown_settings_are_json_when_asked() {
    let output = Place::new().run("config show --json --jobs 2");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["jobs"]["value"], 2);
    assert_eq!(json["jobs"]["layer"], "flag");
    assert_eq!(json["memory-budget"]["value"], "auto");
    assert!(json["memory-budget"]["decided"].is_string());
}

#[test]
fn everything_wrong_in_a_file_is_told_at_once_with_its_place() {
    let place = Place::new();
    place.write(
        "jobs.toml",
        "profil = 'x'\n[[job]]\ninput = 'gone.mp4'\npriority = 'urgent'\n[[job]]\nid = '../x'\ninptu = 'a'\n",
    );
    let output = place.run("config validate jobs.toml");
    assert_eq!((code(&output), out(&output).as_str()), (2, ""));
    let text = err(&output);
    let told: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    let places: Vec<&str> = told
        .iter()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    let expected = ["1:1", "3:9", "4:12", "5:1", "6:6", "7:1"];
    assert_eq!(
        places,
        expected.map(|place| format!("jobs.toml:{place}")),
        "{text}"
    );
    assert!(text.contains("hint: did you mean `profile`?"));
    assert!(text.contains("hint: did you mean `input`?"));
}

#[test]
fn a_variable_that_means_nothing_is_warned_about() {
    let output = Place::new()
        .command("config show")
        .env("OPUSCLIP_JBOS", "4")
        .env("OPUSCLIP_CACHE_DIR", "/c")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0);
    assert_eq!(
        err(&output),
        "warning: OPUSCLIP_JBOS is set, but there is no such setting; did you mean OPUSCLIP_JOBS?\n"
    );
}

/// What a process took.
struct Taken {
    cpu: Duration,
    memory: u64,
}

/// Runs a command to its end, which must be good and say `text`.
#[expect(
    clippy::zombie_processes,
    reason = "`wait4` waits for it and tells what it took"
)]
fn taken(mut command: Command, text: &str) -> Taken {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, text);
    let pid = i32::try_from(child.id()).unwrap();
    let mut status = 0;
    // SAFETY: the structure is plain numbers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the child was started here and not yet waited for; both places are ours and outlive the call.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
    assert_eq!((waited, status), (pid, 0));
    let time = |time: libc::timeval| {
        Duration::from_micros(time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64)
    };
    Taken {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        memory: usage.ru_maxrss as u64 * 1024,
    }
}

#[test]
fn a_repaired_cache_is_warned_about() {
    let place = Place::new();
    let cache = place.path().join("cache");
    drop(Cache::open(&cache, &CacheOptions::default()));
    std::fs::write(cache.join("index/db"), b"").unwrap();
    let stats = || {
        let mut command = place.command("cache stats");
        command.env("OPUSCLIP_CACHE_DIR", &cache).output().unwrap()
    };
    let repaired = stats();
    assert_eq!(code(&repaired), 0);
    assert!(err(&repaired).starts_with("warning: cache index: "));
    assert!(err(&repaired).ends_with("and rebuilt\n"));
    assert_eq!(err(&stats()), "");
}

#[test]
fn a_hundred_thousand_jobs_are_validated_in_proportion_and_in_300_megabytes() {
    let place = Place::new();
    place.write("a.mp4", "");
    let validate = |count: usize| {
        let job = |n: usize| format!("[[job]]\ninput = \"a.mp4\"\nclips.count = {}\n", n % 9 + 1);
        place.write("jobs.toml", &(0..count).map(job).collect::<String>());
        taken(
            place.command("config validate jobs.toml"),
            &format!("jobs.toml: {count} jobs\n"),
        )
    };
    let (some, many) = (validate(10_000), validate(100_000));
    // A new process counts what its parent held when it was begun: these tests, which may be more than the program's own.
    let most = opusclip::clock::peak_rss().max(300_000_000);
    assert!(many.memory <= most, "{} bytes", many.memory);
    // Ten times as much, and room for what a busy machine adds; what grows with the square takes a hundred times.
    assert!(
        many.cpu < 40 * some.cpu,
        "{:?} and {:?}",
        some.cpu,
        many.cpu
    );
}

#[test]
fn settings_files_and_manifests_are_told_apart() {
    let place = Place::new();
    place.write("a.mp4", "").write("settings.toml", "jobs = 2");
    place
        .write("bad.toml", "[render]\ncrf = 99")
        .write("empty.toml", "");
    place.write("jobs.toml", "job = [{ input = 'a.mp4' }]");
    assert_eq!(
        err(&place.run("config validate settings.toml")),
        "settings.toml: right\n"
    );
    assert_eq!(
        err(&place.run("config validate jobs.toml")),
        "jobs.toml: 1 job\n"
    );
    let bad = place.run("config validate bad.toml empty.toml settings.toml");
    assert_eq!(code(&bad), 2);
    assert!(err(&bad).contains("bad.toml:2:7: "), "{}", err(&bad));
    assert!(err(&bad).contains("empty.toml:1:1: no job at all"));
    assert!(err(&bad).contains("settings.toml: right"));
}

#[test]
fn missing_models_say_where_they_belong_and_end_with_69() {
    let output = Place::new().run("models verify");
    assert_eq!(code(&output), 69);
    assert!(err(&output).contains(".local/share/opusclip/models: run scripts/setup"));
}

#[test]
fn a_model_that_differs_ends_with_69_and_the_others_are_still_told() {
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let model = |file: &str| {
        format!(
            "[[model]]\nname = '{file}'\nrole = 'shots'\nvariant = 'f32'\nfile = '{file}'\nsha256 = '{ABC}'\nbytes = 3\nlicence = 'MIT'\nsource = 's==1'\n"
        )
    };
    let place = Place::new();
    place.write("m/good", "abc").write("m/bad", "abd");
    place.write(
        "m/models.toml",
        &format!("schema = 1\n{}{}", model("bad"), model("good")),
    );
    let run = |args: &str| {
        place
            .command(args)
            .env("OPUSCLIP_MODEL_DIR", "m")
            .output()
            .unwrap()
    };
    let verified = run("models verify");
    assert_eq!(
        (code(&verified), out(&verified).as_str()),
        (69, "good f32: right\n")
    );
    assert!(err(&verified).contains("m/bad: sha256 "));
    let listed: serde_json::Value =
        serde_json::from_slice(&run("models list --json").stdout).unwrap();
    assert_eq!(listed[1]["name"], "good");
    assert_eq!(out(&run("models list")).lines().count(), 2);
}
