//! The program opens no socket and writes nowhere but into its own folders.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::needs::{Kind, Missing};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::studio;

/// The calls that reach the network, and those that make, open, rename or link files.
const CALLS: &str = "trace=%network,open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat";

const ONE_SMALL_CLIP: &str = "[output]\ndir = 'out'\n[defaults]\naspect = 'source'\nclips = { count = 1, min = '3s', max = '4s' }\n[[job]]\ninput = 'in/*'\n";

/// Returns nothing where strace is there and may trace.
fn tracer() -> Result<(), Missing> {
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output();
    if traced.is_ok_and(|output| output.status.success()) {
        Ok(())
    } else {
        Err(Missing::new(Kind::Tracer, "strace that may trace"))
    }
}

/// Runs the program in an empty home folder and returns all it asked of the system, a line for each call.
fn trace(place: &Place, models: &Path, args: &str) -> String {
    let log = place.path().join("trace");
    let plain = place.command(args);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "--seccomp-bpf", "-qq", "-s", "400", "-e", CALLS, "-o"])
        .arg(&log)
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(place.path())
        .env_clear()
        .env("HOME", place.path().join("home"))
        .env("OPUSCLIP_MODEL_DIR", models)
        .env("OPUSCLIP_CACHE_DIR", place.path().join("cache"))
        .env("OPUSCLIP_HISTORY_DIR", place.path().join("history"));
    let output = traced.output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    fs::read_to_string(log).unwrap()
}

/// Tells whether a call would change a file.
fn writes(call: &str) -> bool {
    let opens = call.contains(" open");
    !opens
        || ["O_WRONLY", "O_RDWR", "O_CREAT"]
            .iter()
            .any(|flag| call.contains(flag))
}

/// Returns the calls that open a socket, and those that change files outside `own`.
fn foreign_calls(log: &str, own: &Path) -> Vec<String> {
    let own = format!("\"{}/", own.display());
    let is_ours = |call: &str| {
        // Relative names are below the current folder, which is ours.
        let paths: Vec<&str> = call.split('"').skip(1).step_by(2).collect();
        call.contains(&own) || paths.iter().all(|path| !path.starts_with('/'))
    };
    let is_local = |call: &str| call.contains("AF_UNIX");
    let is_device = |call: &str| call.contains("\"/dev/null\"") || call.contains("\"/dev/tty\"");
    let foreign =
        |call: &&str| writes(call) && !is_ours(call) && !is_device(call) && !is_local(call);
    let calls = log.lines().filter(|line| line.contains('('));
    let calls = calls.filter(|line| !line.contains("<... "));
    calls.filter(foreign).map(str::to_owned).collect()
}

#[test]
fn nothing_opens_a_socket_or_writes_outside_its_folders() {
    let (place, models) = or_skip!(studio());
    or_skip!(tracer());
    place.write("jobs.toml", ONE_SMALL_CLIP);
    let home = place.path().join("home");
    fs::create_dir(&home).unwrap();
    for args in ["doctor", "process jobs.toml"] {
        let log = trace(&place, &models, args);
        assert!(log.contains("openat("), "{args}: nothing was traced");
        let is_socket = |line: &&str| {
            ["socket(", "connect(", "bind("]
                .iter()
                .any(|call| line.contains(call))
        };
        // Processes that use one cache folder meet at a socket in it.
        let is_local = |line: &&str| line.contains("AF_UNIX");
        let sockets = log.lines().filter(is_socket);
        let sockets: Vec<_> = sockets.filter(|line| !is_local(line)).collect();
        assert_eq!(sockets, Vec::<&str>::new(), "{args}");
        assert_eq!(
            foreign_calls(&log, place.path()),
            Vec::<String>::new(),
            "{args}"
        );
        let left: Vec<_> = fs::read_dir(&home).unwrap().flatten().collect();
        assert!(left.is_empty(), "{args}: {left:?}");
    }
    assert!(place.path().join("out/a/clips.json").is_file());
}
