//! What ends a run before it begins, or is told beside it: full stdout, the output folder, the runtime, what was left behind.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::needs::{Kind, Missing};
use crate::or_skip;
use crate::place::{Place, code, err, out};
use crate::process::{cold_studio, json, make, program, run};

/// A library whose `GetApi` knows no version, as one of another program's would.
const NO_API: &str = "#include <stdint.h>\n#include <stddef.h>\n\
    static const void *api(uint32_t v) { (void)v; return NULL; }\n\
    static const char *version(void) { return \"1.31.1\"; }\n\
    static struct { const void *(*a)(uint32_t); const char *(*v)(void); } base = { api, version };\n\
    const void *OrtGetApiBase(void) { return &base; }\n";

fn to_full(mut command: Command) -> Output {
    let full = File::options().write(true).open("/dev/full").unwrap();
    command.stdout(full).output().unwrap()
}

#[test]
fn a_full_stdout_is_exit_code_74() {
    let place = Place::new();
    for args in ["config show", "--help", "help exit-codes", "man", "version"] {
        let output = to_full(place.command(args));
        assert_eq!(code(&output), 74, "{args}: {}", err(&output));
    }
    let (place, models) = or_skip!(cold_studio());
    let args = "process jobs.toml --until probe --format ndjson";
    let output = to_full(program(&place, &models, args));
    assert_eq!(code(&output), 74, "{}", err(&output));
    assert!(place.path().join("out/report.json").exists());
}

#[test]
fn the_version_and_the_devices_are_told_to_programs() {
    let place = Place::new();
    assert!(out(&place.run("version")).starts_with("opusclip "));
    let devices = place.run("devices --json");
    let found: serde_json::Value = serde_json::from_slice(&devices.stdout).unwrap();
    assert_eq!((code(&devices), &found["status"]), (78, &"failed".into()));
    assert!(found["processor"]["cores"].as_u64().unwrap() > 0, "{found}");
    let memory = &found["memory"];
    assert!(
        memory["bytes"].as_u64() >= memory["usable_bytes"].as_u64(),
        "{memory}"
    );
    let encoders = found["ffmpeg"]["encoders"].as_array().unwrap();
    assert!(encoders.contains(&"libx264".into()), "{encoders:?}");
    assert_eq!(found["onnxruntime"], serde_json::Value::Null);
    let told = place.run("devices");
    let lines: Vec<_> = out(&told)
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(lines.len(), 8, "{lines:?}");
    assert!(err(&told).starts_with("error: "), "{}", err(&told));
}

#[test]
fn a_hint_is_told_once() {
    let place = Place::new();
    place.write(
        "jobs.toml",
        "[[job]]\ninput = 'gone.mp4'\nclips.min = '90s'",
    );
    for args in ["process jobs.toml", "config validate jobs.toml"] {
        let told = err(&place.run(args));
        assert_eq!(told.matches("hint: set clips.min").count(), 1, "{told}");
        assert_eq!(
            told.matches("hint: it was looked for at /").count(),
            1,
            "{told}"
        );
    }
}

#[test]
fn a_library_that_is_no_onnx_runtime_is_exit_code_78_without_a_panic() {
    let (place, models) = or_skip!(cold_studio());
    place.write("api.c", NO_API).write("noise.so", "no library");
    let library = |name: &str| place.path().join(name);
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .arg(library("api.so"));
    assert!(compiler.arg(library("api.c")).status().unwrap().success());
    for name in ["api.so", "noise.so", "missing.so"] {
        for args in ["process jobs.toml --until shots", "doctor", "devices"] {
            let mut command = program(&place, &models, args);
            let output = command.env("OPUSCLIP_ORT_LIB", library(name)).output();
            let output = output.unwrap();
            let told = err(&output) + &out(&output);
            assert_eq!(code(&output), 78, "{name} {args}: {told}");
            assert!(told.contains(name) && !told.contains("panicked"), "{told}");
        }
    }
    assert!(!place.path().join("out").exists());
}

#[test]
fn an_output_folder_that_cannot_be_written_is_told_before_anything_is_done() {
    let (place, models) = or_skip!(cold_studio());
    place.write("file", "");
    for folder in ["/proc/no/such", "file", "file/below"] {
        for more in ["", "--dry-run"] {
            let args = format!("process jobs.toml -o {folder} {more}");
            let output = run(&place, &models, &args);
            let told = err(&output);
            assert_eq!(code(&output), 74, "{args}: {told}");
            assert_eq!(told.matches("os error").count(), 1, "{told}");
        }
    }
    place.write(
        "jobs.toml",
        "output.dir = '/proc/no/such'\n[[job]]\ninput = 'in/a.mp4'",
    );
    let output = place.run("config validate jobs.toml");
    assert_eq!(code(&output), 2, "{}", err(&output));
}

#[test]
fn a_dry_run_says_what_cannot_run_and_why() {
    let (place, models) = or_skip!(cold_studio());
    make(&place, "in/tone.mp3", "-f lavfi -i sine=d=1");
    place.write("cut.mp4", "\0\0\0\u{c}ftypisom\0\0\u{10}\0mdat");
    let dry = |args: &str| {
        let output = run(&place, &models, &format!("process {args} --dry-run"));
        (code(&output), out(&output))
    };
    assert_eq!(dry("in/a.mp4").0, 0);
    for (args, why) in [
        ("in/tone.mp3", "--until transcript"),
        ("in/a.mp4 --set job.audio=3", "no audio stream 3"),
        ("in/a.mp4 --set job.audio=[0,1]", "no audio stream 1"),
        (
            "in/a.mp4 --set job.range=01:00:00-01:00:05",
            "range begins at 01:00:00",
        ),
        ("cut.mp4", "no index (moov)"),
    ] {
        let (code, told) = dry(args);
        assert_eq!(code, 65, "{args}: {told}");
        assert!(
            told.contains(why) && told.contains("1 cannot run"),
            "{told}"
        );
    }
    assert_eq!(dry("in/a.mp4 in/tone.mp3").0, 1);
    let output = run(
        &place,
        &models,
        "process in/a.mp4 --set job.range=01:00:00-01:00:05 -o r",
    );
    assert_eq!(code(&output), 65, "{}", err(&output));
    assert_eq!(
        json(&place, "r/report.json")["jobs"][0]["error"]["class"],
        "range_outside"
    );
}

#[test]
fn a_caption_font_that_is_not_there_is_refused_before_any_work() {
    let place = Place::new();
    place.write("in/a.mp4", "");
    let ask = |more: &str| {
        place.write(
            "jobs.toml",
            &format!("[output]\ndir = 'out'\n[[job]]\ninput = 'in/a.mp4'\n{more}"),
        );
    };
    ask("caption-font = 'No Such Font'");
    for args in [
        "config validate jobs.toml",
        "process jobs.toml --dry-run",
        "process jobs.toml",
    ] {
        let output = place.run(args);
        let told = err(&output);
        assert_eq!(code(&output), 2, "{args}: {told}");
        for part in [
            "jobs.toml:4:9: caption-font \"No Such Font\" is not installed",
            "fc-list",
        ] {
            assert_eq!(told.matches(part).count(), 1, "{args}: {told}");
        }
    }
    assert!(!place.path().join("out").exists());
    // Where nothing is drawn no font is needed.
    let told = err(&place.run("process jobs.toml --until transcript"));
    assert!(!told.contains("No Such Font"), "{told}");
    for right in [
        "caption-font = 'No Such Font'\ncaptions = 'sidecar'",
        "caption-font = 'Sans-Serif'",
    ] {
        ask(right);
        let output = place.run("config validate jobs.toml");
        assert_eq!(code(&output), 0, "{right}: {}", err(&output));
    }
}

/// A group of processes that may have so many threads, until it is dropped.
struct Group(PathBuf);

impl Group {
    fn new(threads: usize) -> Result<Self, Missing> {
        let name = format!("opusclip-test-{}-{threads}", std::process::id());
        let group = Self(Path::new("/sys/fs/cgroup/pids").join(name));
        let made = std::fs::create_dir(&group.0)
            .and_then(|()| std::fs::write(group.0.join("pids.max"), threads.to_string()));
        made.map_err(|_| Missing::new(Kind::Mounts, "right to limit threads"))?;
        Ok(group)
    }

    /// Runs the program in the group.
    fn run(&self, place: &Place, models: &Path, args: &str) -> Output {
        let plain = program(place, models, args);
        let mut shell = Command::new("sh");
        let script = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
        shell.arg("-c").arg(script).arg(&self.0);
        shell.arg(plain.get_program()).args(plain.get_args());
        shell.current_dir(place.path()).env("HOME", place.path());
        let shell = shell.env("OPUSCLIP_MODEL_DIR", models);
        shell.output().unwrap()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn too_few_threads_are_exit_code_75_and_a_line_but_no_panic() {
    let (place, models) = or_skip!(cold_studio());
    for threads in [20, 10, 4] {
        let group = or_skip!(Group::new(threads));
        let output = group.run(&place, &models, "process jobs.toml --until shots");
        let told = err(&output);
        assert_eq!(code(&output), 75, "{threads}: {told}");
        assert!(told.contains("no thread can be started"), "{told}");
        assert!(!told.contains("panicked"), "{told}");
    }
}

/// Runs the program with so many bytes of addresses.
fn within(place: &Place, models: &Path, bytes: u64, args: &str) -> Output {
    let mut command = program(place, models, args);
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: bytes,
    };
    let set = move || {
        // SAFETY: a call that touches nothing but the new process's own limit.
        match unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    };
    // SAFETY: it allocates nothing and takes no lock.
    unsafe { command.pre_exec(set) };
    command.output().unwrap()
}

#[test]
fn too_little_memory_is_told_at_the_start_with_exit_code_75() {
    let (place, models) = or_skip!(cold_studio());
    for (bytes, args) in [
        (400 << 20, "process jobs.toml --until shots"),
        (400 << 20, "process jobs.toml"),
        (1500 << 20, "process jobs.toml"),
    ] {
        let output = within(&place, &models, bytes, args);
        let told = err(&output);
        assert_eq!(code(&output), 75, "{args}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        let line = format!("only {} MiB of addresses may be mapped", bytes >> 20);
        assert!(told.contains(&line) && told.contains("ulimit -v"), "{told}");
    }
    assert!(!place.path().join("out").exists());
}

#[test]
fn what_a_killed_run_left_half_written_is_swept() {
    let (place, models) = or_skip!(cold_studio());
    place
        .write("out/.report.json.4s0vQt.tmp", "")
        .write("out/.mine", "");
    let output = run(&place, &models, "process jobs.toml --until probe");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let entries = std::fs::read_dir(place.path().join("out")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".mine", "report.html", "report.json"]);
}

#[test]
fn a_damaged_run_of_the_history_is_passed_over_with_a_line() {
    let (place, models) = or_skip!(cold_studio());
    assert_eq!(
        code(&run(&place, &models, "process jobs.toml --until probe")),
        0
    );
    let history = std::fs::read_dir(place.path().join(".local/state/opusclip/history"));
    let kept = history.unwrap().next().unwrap().unwrap().path();
    let damaged = kept.with_file_name("99999999T000000.000Z-1.json");
    std::fs::write(&damaged, "{").unwrap();
    for args in ["report", "report --last 5", "report --last 5 --json"] {
        let output = place.run(args);
        assert_eq!(code(&output), 0, "{args}: {}", err(&output));
        let told = err(&output);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("99999999T000000.000Z-1.json"), "{told}");
        assert!(!out(&output).is_empty());
    }
}
