use std::fs;

use crossbeam_channel::unbounded;
use tempfile::TempDir;

use super::*;
use crate::media::{ChannelRepairs, Encoding, FieldRate, LoudnessTarget, SoundFades, VideoCodec};
use crate::report::Event;
use crate::timeline::FrameRate;

type Reply = Receiver<anyhow::Result<ClipOutcome>>;

fn job(folder: &TempDir) -> (RenderJob, Reply) {
    let at = |second| Timestamp::new(second, 1).unwrap();
    let (reply, answer) = unbounded();
    let job = RenderJob {
        job: "talk".into(),
        source: "talk.mp4".into(),
        media: Media::default(),
        range: TimeRange::new(at(0), at(9)).unwrap(),
        target: folder.path().join("clip-1.mp4"),
        settings: RenderSettings {
            encoding: Encoding {
                codec: VideoCodec::X265,
                crf: 20.0,
                preset: "veryfast".into(),
                audio_bitrate: 128_000,
            },
            framing: None,
            burn: None,
            loudness: Some(LoudnessTarget::default()),
            rate: FrameRate::editing(None),
            fields: FieldRate::default(),
            channels: ChannelRepairs::default(),
            fades: SoundFades::default(),
            threads: 2,
        },
        people: PeopleToShow::default(),
        texts: Vec::new(),
        text_limit: 1.0,
        cover: None,
        reply,
    };
    (job, answer)
}

fn check(name: &str, ok: bool) -> Check {
    let (name, value, limit) = (name.to_owned(), 1.0, 0.1);
    Check {
        name,
        ok,
        value,
        limit,
    }
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Makes a clip by attempts that give these checks one after the other; returns what became of it and what was told.
fn made(folder: &TempDir, attempts: &[&[Check]]) -> (ClipOutcome, Vec<Event>) {
    let (job, _) = job(folder);
    let (sender, told) = unbounded();
    let mut attempts = attempts.iter();
    let attempt = |_: &RenderSettings, (clip, sheet): Outputs<'_>| {
        let checks = attempts.next().expect("no further attempt");
        fs::write(clip, "clip").unwrap();
        fs::write(sheet, "sheet").unwrap();
        Ok(Ok(checks.to_vec()))
    };
    let outcome = make_with_fallbacks(&job, &Events::new(sender), attempt, |_| Ok(false)).unwrap();
    (outcome, told.try_iter().collect())
}

#[test]
fn a_clip_that_passes_gets_its_name_and_its_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, told) = made(&folder, &[&[check("frames", true)]]);
    assert!(outcome.is_right() && outcome.sheet && outcome.repairs.is_empty());
    assert_eq!(names(&folder), ["clip-1-sheet.jpg", "clip-1.mp4"]);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_failed_check_is_answered_by_the_next_fallback_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let loud = [check("loudness", false)];
    let (outcome, told) = made(&folder, &[&loud, &[check("loudness", true)]]);
    assert!(outcome.is_right());
    assert_eq!(
        outcome.repairs,
        ["as loud as the source: loudness 1.000 > 0.100"]
    );
    let [Event::Degraded { degradation }] = &told[..] else {
        panic!("{told:?}")
    };
    let expected = "talk/clip-1.mp4: as loud as the source: loudness 1.000 > 0.100";
    assert_eq!(degradation.to_string(), expected);
}

#[test]
fn a_clip_that_never_passes_gets_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let short = [check("frames", false)];
    // Another encoder, then one thread; then nothing is left.
    let (outcome, told) = made(&folder, &[&short, &short, &short]);
    assert!(!outcome.is_right() && !outcome.sheet);
    assert_eq!((outcome.repairs.len(), told.len()), (2, 2));
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[test]
fn a_panic_fails_its_clip_and_the_next_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (clips, inbox) = unbounded();
    let (first, panicked) = job(&folder);
    let (gone, _) = job(&folder);
    let (last, made) = job(&folder);
    for job in [first, gone, last] {
        clips.send(job).unwrap();
    }
    drop(clips);
    let mut number = 0;
    serve(&inbox, |_, _| {
        number += 1;
        assert!(number != 1, "planted");
        Ok(ClipOutcome::default())
    });
    assert_eq!(number, 3, "a job that no longer listens stops nothing");
    let error = panicked.recv().unwrap().unwrap_err().to_string();
    assert!(error.contains("planted"), "{error}");
    assert_eq!(made.recv().unwrap().unwrap(), ClipOutcome::default());
}
