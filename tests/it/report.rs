//! Result files on full and read-only disks, and a whole run heard from beginning to end.

use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use opusclip::export::{Error, write_atomic};
use opusclip::report::{
    Event, JobOutcome, OutputFormat, Reporter, ReporterFiles, ReporterOptions, RunFacts,
    RunOutcome, RunReport, Span, Start, Style, Verbosity,
};
use opusclip::timeline::Stage;

use crate::needs::{Missing, mounts};
use crate::or_skip;

const NO_FLAGS: libc::c_ulong = 0;

fn mount(folder: &CStr, flags: libc::c_ulong) -> io::Result<()> {
    let (tmpfs, options) = (c"tmpfs", c"size=256k");
    // SAFETY: all strings end with a zero byte and outlive the call.
    let answer = unsafe {
        libc::mount(
            tmpfs.as_ptr(),
            folder.as_ptr(),
            tmpfs.as_ptr(),
            flags,
            options.as_ptr().cast(),
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Gives the calling thread mounts of its own, which go with it.
fn own_mounts() -> io::Result<()> {
    // SAFETY: neither call touches memory of this process; both concern the calling thread alone.
    let answer = unsafe {
        match libc::unshare(libc::CLONE_NEWNS) {
            0 => libc::mount(
                std::ptr::null(),
                c"/".as_ptr(),
                std::ptr::null(),
                libc::MS_REC | libc::MS_PRIVATE,
                std::ptr::null(),
            ),
            other => other,
        }
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Runs `check` on a disk of 256 KiB.
fn on_a_small_disk(check: impl FnOnce(&Path, &CStr) + Send) -> Result<(), Missing> {
    let dir = tempfile::tempdir().unwrap();
    let folder = CString::new(dir.path().to_str().unwrap()).unwrap();
    let on_it = || {
        mounts(own_mounts().and_then(|()| mount(&folder, NO_FLAGS)))?;
        check(dir.path(), &folder);
        Ok(())
    };
    thread::scope(|scope| scope.spawn(on_it).join().unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_is_told_and_the_old_file_stays_whole() {
    or_skip!(on_a_small_disk(|dir, _| {
        let path = dir.join("clips.json");
        write_atomic(&path, b"old").unwrap();
        let error = write_atomic(&path, &vec![b'x'; 1 << 20]).unwrap_err();
        assert!(matches!(error, Error::NoSpace { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            format!("{}: no space left", path.display())
        );
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir), ["clips.json"]);
    }));
}

#[test]
fn a_read_only_disk_is_told_apart_from_a_full_one() {
    or_skip!(on_a_small_disk(|dir, folder| {
        mount(folder, libc::MS_REMOUNT | libc::MS_RDONLY).unwrap();
        let error = write_atomic(&dir.join("clips.json"), b"new").unwrap_err();
        assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    }));
}

#[test]
fn a_run_heard_to_its_end_makes_a_report_that_is_read_again() {
    let (style, verbosity) = (Style::default(), Verbosity::Quiet);
    let options = ReporterOptions {
        format: OutputFormat::Text,
        verbosity,
        style,
        terminal: false,
    };
    let start = Start::now();
    let (events, reporter) = Reporter::start(options, ReporterFiles::default()).unwrap();
    for event in short_run(&start.run_id) {
        events.send(event).unwrap();
    }
    drop(events);
    let (performance, output) = reporter.finish();
    output.unwrap();
    let facts = RunFacts {
        started: start.started,
        cores: 2,
        ..RunFacts::default()
    };
    let report = RunReport::new(&performance, facts);
    assert_eq!(
        (report.outcome, report.run_id.as_str()),
        (RunOutcome::Done, start.run_id.as_str())
    );
    assert_eq!(report.realtime_factor, Some(30.0));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.json");
    write_atomic(&path, &opusclip::export::to_json(&report).unwrap()).unwrap();
    let read: RunReport = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(read, report);
}

fn short_run(run_id: &str) -> Vec<Event> {
    let (job, wall) = (String::from("a"), Duration::from_secs(2));
    vec![
        Event::RunStarted {
            run_id: run_id.to_owned(),
            jobs: 1,
        },
        Event::JobStarted {
            job: job.clone(),
            input: "a.mp4".into(),
            video_seconds: Some(60.0),
            clip_seconds: 0.0,
        },
        Event::Span(Span {
            job: job.clone(),
            stage: Stage::Decode,
            lane: "job-0".into(),
            begun: Duration::ZERO,
            ended: wall,
            cpu: wall,
            wait: Duration::ZERO,
            wait_room: Duration::ZERO,
            items: 1500,
            bytes: 0,
        }),
        Event::JobDone {
            job,
            outcome: JobOutcome::Done,
            attempts: 1,
            wall,
            video_seconds: 60.0,
            clips: 0,
            folder: "out/a".into(),
        },
        Event::RunDone {
            done: 1,
            failed: 0,
            cancelled: 0,
            exit_code: 0,
            wall,
        },
    ]
}
