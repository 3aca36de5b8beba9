//! Moments found again in re-encoded, trimmed copies of a made video; of real ones in `quality`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use opusclip::analysis::look::{Appearance, Look, LookRules};
use opusclip::analysis::signature::{SightSignature, Signature, SoundSignature};
use opusclip::clips::dedup::VideoSketch;
use opusclip::clips::{Fingerprint, Material, same_moment};
use opusclip::media::{Limits, probe};
use opusclip::timeline::{TimeRange, Timestamp};
use tempfile::TempDir;

use crate::hearing::samples;
use crate::seeing::watch;

/// A talk that nobody gave: one still picture, a voice that goes up and down as voices do, never twice the same.
const TALK: &str = "color=c=teal:s=192x108:r=25:d=56[out0];\
     aevalsrc=(random(0)-0.5)*(0.05+pow(sin(3*t+t*t/17)*sin(5*t-t*t/29)\\,2)):d=56:s=16000[out1]";

fn ffmpeg(args: &[&str], output: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(args)
        .arg(output)
        .status()
        .unwrap();
    assert!(made.success(), "ffmpeg {args:?}");
}

fn made(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("talk.mp4");
    let codecs = ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"];
    ffmpeg(&[&["-f", "lavfi", "-i", TALK][..], &codecs].concat(), &path);
    path
}

/// Makes a smaller, rougher copy that begins later.
pub(crate) fn copy(folder: &TempDir, video: &Path, later: &str) -> PathBuf {
    let path = folder.path().join("copy.mp4");
    let video = video.to_string_lossy();
    let args = [
        "-ss",
        later,
        "-i",
        &video,
        "-vf",
        "scale='min(240,iw*3/4)':-2,fps=24",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "33",
        "-c:a",
        "aac",
        "-b:a",
        "40k",
        "-af",
        "volume=-4dB",
    ];
    ffmpeg(&args, &path);
    path
}

/// What can be known of a video without a model.
pub(crate) struct Known {
    heard: Signature,
    seen: Signature,
    look: Appearance,
}

impl Known {
    pub(crate) fn of(video: &Path) -> Self {
        let (mut sound, mut sight) = (SoundSignature::default(), SightSignature::default());
        if probe(video, &Limits::default()).unwrap().audio.is_some() {
            sound.push(&samples(&["-i", &video.to_string_lossy()]));
        }
        let (mut look, mut first, mut last) =
            (Look::new(LookRules::default()), None, Timestamp::ZERO);
        watch(video, Duration::from_secs(10), |frame| {
            first.get_or_insert(frame.time);
            last = frame.time;
            sight.push(frame.time, &frame.small);
            look.push(frame.time, &frame.small, frame.picture.as_ref());
        });
        Self {
            heard: sound.finish(first.unwrap_or(Timestamp::ZERO)),
            seen: sight.finish(),
            look: look.finish(last + Duration::from_millis(40)),
        }
    }

    /// Returns the sketch of all that is known, or of the sound alone.
    pub(crate) fn sketch(&self, sound_only: bool) -> Option<VideoSketch> {
        VideoSketch::of(&Material {
            heard: Some(&self.heard),
            seen: (!sound_only).then_some(&self.seen),
            ..Material::default()
        })
    }

    /// Tells whether 12 s from `start` on are the same as those of a copy that begins later.
    pub(crate) fn is_same_as(&self, copy: &Self, start: f64, later: f64) -> bool {
        let (own, from) = (self.print(start, start + 12.0), start - later);
        same_moment(&own, &copy.print(from, from + 12.0))
    }

    fn print(&self, start: f64, end: f64) -> Fingerprint {
        let at = |seconds: f64| Timestamp::from_seconds(seconds).unwrap();
        let material = Material {
            heard: Some(&self.heard),
            seen: Some(&self.seen),
            look: Some(&self.look),
            ..Material::default()
        };
        Fingerprint::of(&material, TimeRange::new(at(start), at(end)).unwrap())
    }
}

/// What was compared, as text, and whether it was found to be the same moment as it should.
pub(crate) type Compared = (String, bool);

/// Compares each 12 s of a video with each 12 s of its copies: the same when they share `proof` seconds, and not when they
/// share none.
pub(crate) fn compare(video: &Path, proof: f64) -> Vec<Compared> {
    const LENGTH: f64 = 12.0;
    let folder = tempfile::tempdir().unwrap();
    let original = Known::of(video);
    let mut compared = Vec::new();
    for (later, name) in [(3.37, "3.37"), (11.0, "11")] {
        let copied = Known::of(&copy(&folder, video, name));
        let end = copied.heard.rows.len().max(copied.seen.rows.len()) as f64 / Signature::RATE;
        let starts = |from: f64| (0..).map(move |n| from + 7.0 * f64::from(n));
        for a in starts(0.0).take_while(|a| a + LENGTH < end) {
            for b in starts(0.0).take_while(|b| b + LENGTH < end) {
                let shared = LENGTH - (a - (b + later)).abs();
                if shared >= proof || shared <= 0.0 {
                    let [one, other] = [original.print(a, a + LENGTH), copied.print(b, b + LENGTH)];
                    let places = format!("{}: {a} s and {} s", video.display(), b + later);
                    compared.push((places, same_moment(&one, &other) == (shared > 0.0)));
                }
            }
        }
    }
    compared
}

#[test]
fn moments_of_a_made_talk_are_told_apart_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let compared = compare(&made(&folder), 4.0);
    assert!(compared.len() > 40, "{} pairs", compared.len());
    let wrong: Vec<_> = compared.iter().filter(|(_, right)| !right).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
