//! Made-up results, as a run would write them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use opusclip::export::{
    AnalysisFile, CandidateRecord, Candidates, CheckRecord, ClipRecord, Clips, MediaFacts,
    PictureBoxes, RangeRecord, Seconds, SegmentRecord, ShotRecord, SoundRecord, TrackedBox,
    TranscriptRecord, Verification, WordRecord,
};
use opusclip::timeline::Transition;

/// Text that tries to be markup, code, a template and another direction of writing.
pub(super) const HOSTILE: &str =
    "</script><img src=x onerror=alert(1)>\" ' {{script}} <!-- \u{2028}\u{202E} &amp; \\u003c 日本";

/// Words in the transcript of [`Source::long`].
pub(super) const LONG_WORDS: usize = 90_000;

/// What is known of a source.
pub(super) struct Source {
    pub(super) analysis: AnalysisFile,
    pub(super) candidates: Candidates,
    pub(super) clips: Clips,
}

impl Source {
    /// Forty seconds with a clip from 10 to 20 in `file`, and one that was not rendered.
    pub(super) fn short(file: &str) -> Self {
        let said = [
            (0, HOSTILE.to_owned()),
            (10_000, "First line.".into()),
            (10_500, "Second line.".into()),
        ];
        let mut second = clip(2, 25, 35, None);
        second.signals.insert("music".into(), 0.25); // it does not count
        second.verify = Some(Verification::new(vec![check(true), check(false)]));
        let clips = vec![clip(1, 10, 20, Some(file)), second];
        Self {
            analysis: AnalysisFile {
                faces: [(0, 1), (9_000, 2)].map(faces).into(),
                ..analysis(40, 4, said.iter().map(|(at, text)| segment(*at, 200, text)))
            },
            candidates: candidates(&clips, 3, 40),
            clips: Clips::new(clips),
        }
    }

    /// Ten hours: 7,000 shots, 1,000 candidates, 90,000 words, faces looked for twice a second.
    pub(super) fn long() -> Self {
        let seconds = 36_000;
        let ten_words = "word ".repeat(10);
        let spoken =
            (0..LONG_WORDS as u64 / 10).map(|i| segment(i * 4_000 + 123, 380, ten_words.trim()));
        let clips: Vec<ClipRecord> = (1..=20)
            .map(|rank| {
                clip(
                    rank,
                    u64::from(rank) * 1_500,
                    u64::from(rank) * 1_500 + 30,
                    None,
                )
            })
            .collect();
        Self {
            analysis: AnalysisFile {
                faces: (0..2 * seconds)
                    .map(|i| faces((i * 500, i as usize / 7 % 3)))
                    .collect(),
                ..analysis(seconds, 7_000, spoken)
            },
            candidates: Candidates::new(
                candidates(&clips, 1_000, seconds)
                    .candidates
                    .into_iter()
                    .map(rated)
                    .collect(),
            ),
            clips: Clips::new(clips),
        }
    }
}

/// Makes a film of a second with sound.
pub(super) fn film(path: &Path) {
    let made = Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-nostdin",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=180x320:r=25:d=1",
        ])
        .args([
            "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a",
            "aac",
        ])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
}

fn at(millis: u64) -> Seconds {
    Duration::from_millis(millis).into()
}

fn analysis(
    seconds: u64,
    shots: u64,
    segments: impl Iterator<Item = SegmentRecord>,
) -> AnalysisFile {
    let length = seconds * 1000;
    let edge = |i: u64| at(length * i / shots);
    let segments: Vec<_> = segments.collect();
    let speech = |segment: &SegmentRecord| RangeRecord {
        start: segment.start,
        end: segment.end,
    };
    let sound = |segment: &SegmentRecord| SoundRecord {
        start: segment.start,
        end: segment.end,
        label: "music".into(),
    };
    AnalysisFile {
        schema: 1,
        media: media(length),
        shots: (0..shots).map(|i| shot(edge(i), edge(i + 1))).collect(),
        speech: segments.iter().map(speech).collect(),
        sounds: segments.iter().map(sound).collect(),
        transcript: TranscriptRecord {
            language: Some("en".into()),
            segments,
            paragraphs: Vec::new(),
        },
        faces: Vec::new(),
        persons: Vec::new(),
        picture_text: Vec::new(),
    }
}

/// A picture with so many faces.
fn faces((millis, count): (u64, usize)) -> PictureBoxes {
    let face = TrackedBox {
        x: 0.4,
        y: 0.2,
        w: 0.1,
        h: 0.2,
        score: 0.9,
        track: 0,
    };
    PictureBoxes {
        time: at(millis),
        boxes: vec![face; count],
    }
}

fn media(length: u64) -> MediaFacts {
    MediaFacts {
        start: at(0),
        duration: at(length),
        width: 1920,
        height: 1080,
        pixel_aspect: 1.0,
        fps: Some(25.0),
        frames: length / 40,
        rotation: 0,
        vfr: false,
        timecode: None,
        video_codec: Some("h264".into()),
        audio_codec: Some("aac".into()),
        mixed_audio: Vec::new(),
    }
}

fn shot(start: Seconds, end: Seconds) -> ShotRecord {
    ShotRecord {
        start,
        end,
        start_frame: 0,
        end_frame: 0,
        transition: Transition::Gradual,
    }
}

/// A segment whose words follow each other every `step` milliseconds.
fn segment(start: u64, step: u64, text: &str) -> SegmentRecord {
    let words: Vec<_> = (0..)
        .zip(text.split(' '))
        .map(|(i, word)| WordRecord {
            text: word.into(),
            start: at(start + i * step),
            end: at(start + (i + 1) * step),
            confidence: 0.9,
        })
        .collect();
    let end = words.last().unwrap().end;
    SegmentRecord {
        start: at(start),
        end,
        text: text.into(),
        words,
    }
}

fn clip(rank: u32, start: u64, end: u64, file: Option<&str>) -> ClipRecord {
    ClipRecord {
        rank,
        start: at(start * 1000),
        end: at(end * 1000),
        score: 1.0 / f64::from(rank),
        title: HOSTILE.into(),
        hook: Some(HOSTILE.into()),
        keywords: vec![HOSTILE.into()],
        hashtags: vec![format!("#{HOSTILE}")],
        reason: HOSTILE.into(),
        signals: BTreeMap::from([(HOSTILE.into(), 0.7), ("length".into(), 0.4)]),
        contributions: BTreeMap::from([(HOSTILE.into(), 0.7), ("length".into(), 0.3)]),
        file: file.map(Into::into),
        captions: Vec::new(),
        thumbnail: None,
        contact_sheet: None,
        notes: Vec::new(),
        evidence: None,
        crop: Vec::new(),
        quality: Some(0.9),
        verify: Some(Verification::new(vec![check(true), check(true)])),
    }
}

fn check(ok: bool) -> CheckRecord {
    CheckRecord {
        name: HOSTILE.into(),
        ok,
        value: Some(0.1),
        limit: None,
    }
}

/// A candidate with as many signals as a talk has, and numbers as long as they get.
fn rated(mut candidate: CandidateRecord) -> CandidateRecord {
    let names = (0..28).map(|number| format!("signal number {number:02}"));
    candidate.signals = names.map(|name| (name, 0.123_456)).collect();
    let given = candidate.signals.keys();
    candidate.contributions = given.map(|name| (name.clone(), 0.012_345)).collect();
    candidate.reason = "overlaps clip 1, which scores 0.60: a clear picture, a good length, good light; 33.0 s, 8 shots".into();
    candidate
}

/// The clips among others that overlap them.
fn candidates(clips: &[ClipRecord], count: u32, seconds: u64) -> Candidates {
    let one = |rank: u32| {
        let start = u64::from(rank) * (seconds - 30) / u64::from(count);
        let made = clip(rank, start, start + 30, None);
        CandidateRecord {
            rank,
            start: made.start,
            end: made.end,
            score: made.score,
            title: made.title,
            reason: made.reason,
            signals: made.signals,
            contributions: made.contributions,
            clip: (rank as usize <= clips.len()).then_some(rank),
        }
    };
    Candidates::new((1..=count).map(one).collect())
}
