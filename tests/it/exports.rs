//! Editors' files, read back by OpenTimelineIO: every clip begins and ends with its frame.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use opusclip::export::{
    AnalysisFile, ClipRecord, Clips, Cutlist, CutlistEvent, CutlistSound, CutlistSource,
    MediaFacts, edl, fcpxml, otio, to_json, xmeml,
};
use opusclip::timeline::{Counting, FrameRate, StartTimecode, TimeRange, Timestamp};

use crate::needs::{models, reader};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{make, run};

const TEN_HOURS: i64 = 36_000;
const STEREO: Option<CutlistSound> = Some(CutlistSound {
    channels: 2,
    sample_rate: 48_000,
});

/// A video that clips are cut from.
struct Case {
    name: &'static str,
    average: (i32, i32),
    counting: Counting,
    varies: bool,
    sound: Option<CutlistSound>,
    /// When its clock begins, in milliseconds.
    start: i64,
    /// What its first frame is labelled.
    timecode: Option<&'static str>,
}

fn case(name: &'static str, average: (i32, i32), counting: Counting) -> Case {
    Case {
        name,
        average,
        counting,
        varies: false,
        sound: STEREO,
        start: 0,
        timecode: None,
    }
}

/// A video with timecode, whose clock begins at 1.4 s.
fn labelled(name: &'static str, average: (i32, i32), label: &'static str) -> Case {
    let counting = StartTimecode::parse(label, None).unwrap().counting();
    Case {
        start: 1400,
        timecode: Some(label),
        ..case(name, average, counting)
    }
}

fn cases() -> Vec<Case> {
    use Counting::{DropFrame, NonDropFrame};
    let varies = |name, average| Case {
        varies: true,
        ..case(name, average, DropFrame)
    };
    vec![
        case("23.976", (24_000, 1001), DropFrame),
        case("24", (24, 1), DropFrame),
        Case {
            start: 1400,
            ..case("25 of a stream", (25, 1), NonDropFrame)
        },
        case("29.97 drop", (30_000, 1001), DropFrame),
        Case {
            start: -83,
            ..case("29.97 non-drop", (30_000, 1001), NonDropFrame)
        },
        Case {
            sound: None,
            ..case("30 silent", (30, 1), NonDropFrame)
        },
        case("15 in 30", (15, 1), NonDropFrame),
        case("47.952", (48_000, 1001), DropFrame),
        case("50", (50, 1), DropFrame),
        case("59.94 drop", (60_000, 1001), DropFrame),
        case("59.94 non-drop", (60_000, 1001), NonDropFrame),
        Case {
            start: 36_000_033,
            ..case("60 late", (60, 1), DropFrame)
        },
        varies("varies around 27.3", (273, 10)),
        varies("varies around 29.8", (2980, 100)),
        labelled("23.976 with timecode", (24_000, 1001), "10:00:00:00"),
        labelled("25 with timecode", (25, 1), "10:00:00:00"),
        labelled("29.97 drop with timecode", (30_000, 1001), "01:59:58;00"),
        labelled(
            "29.97 non-drop with timecode",
            (30_000, 1001),
            "01:59:58:00",
        ),
        labelled("59.94 drop with timecode", (60_000, 1001), "01:59:58;58"),
        labelled(
            "59.94 non-drop with timecode",
            (60_000, 1001),
            "01:59:58:59",
        ),
    ]
}

impl Case {
    fn rate(&self) -> FrameRate {
        FrameRate::editing(Some(self.average))
    }

    fn first(&self) -> u64 {
        let label = self
            .timecode
            .and_then(|text| StartTimecode::parse(text, None));
        label.map_or(0, |label| label.frame(self.rate()))
    }

    fn start(&self) -> Timestamp {
        Timestamp::new(self.start, 1000).unwrap()
    }

    fn whole(&self) -> TimeRange {
        let end = Timestamp::new(TEN_HOURS, 1).unwrap();
        TimeRange::new(self.start(), self.start() + end).unwrap()
    }

    /// Stretches around the minutes where labels are dropped, around the ends of ten hours, and all over; where the rate
    /// varies, between frames.
    fn stretches(&self) -> Vec<TimeRange> {
        let (frames, seconds) = self.average;
        let minute = i64::from(frames) * 60 / i64::from(seconds);
        let last = i64::from(frames) * TEN_HOURS / i64::from(seconds);
        let near = [0, 1, 10, 60, 599].into_iter();
        let near = near.flat_map(|at| (-2..4).map(move |off| at * minute + off));
        let all_over = (0..12).map(|step| step * 7919 * 131 % (last - 5000));
        let ends = near.chain(all_over).filter(|&from| from >= 0).enumerate();
        let stretch = |(slot, from): (usize, i64)| (from, from + 1 + 29 * slot as i64 % 4000);
        let ends = ends.map(stretch).chain([(last - 20, last), (0, last)]);
        ends.map(|(from, to)| TimeRange::new(self.time(from), self.time(to)).unwrap())
            .collect()
    }

    fn time(&self, frame: i64) -> Timestamp {
        let (frames, seconds) = self.average;
        let off = Timestamp::new(if self.varies { frame % 30 } else { 0 }, 1000).unwrap();
        let time = self.start() + Timestamp::from_ticks(frame, seconds, frames).unwrap() + off;
        time.min(self.whole().end())
    }

    fn facts(&self) -> MediaFacts {
        MediaFacts {
            start: self.start().into(),
            duration: self.whole().duration().into(),
            width: 1920,
            height: 1080,
            pixel_aspect: 1.0,
            fps: Some(f64::from(self.average.0) / f64::from(self.average.1)),
            frames: 0,
            rotation: 0,
            vfr: self.varies,
            timecode: self.timecode.map(str::to_owned),
            video_codec: Some("h264".into()),
            audio_codec: self.sound.map(|_| "aac".into()),
            mixed_audio: Vec::new(),
        }
    }

    /// Writes what a run leaves of this video.
    fn write(&self, out: &Path) {
        let folder = out.join(self.name);
        std::fs::create_dir(&folder).unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
        let ranges = self.stretches();
        let ranks = 1..=ranges.len() as u32;
        let titles: Vec<_> = ranks.clone().map(title).collect();
        let events: Vec<_> = std::iter::zip(ranks, &ranges)
            .zip(&titles)
            .map(|((rank, &range), title)| CutlistEvent {
                rank,
                title,
                note: "length 0.5, <motion> 0.9",
                range,
            })
            .collect();
        let source = CutlistSource {
            path: Path::new("/talks 2024/Über 100% & #1 \"数\".mp4"),
            pictures: true,
            size: (1920, 1080),
            rate: self.rate(),
            start: self.first(),
            varies: self.varies,
            range: self.whole(),
            sound: self.sound,
        };
        let list = Cutlist {
            title: "Über <alles> & \"mehr\"",
            source,
            counting: self.counting,
            events: &events,
        };
        write("timeline.edl", edl(&list).as_bytes());
        write("timeline.fcpxml", fcpxml(&list).as_bytes());
        write("timeline.otio", otio(&list).as_bytes());
        write("timeline.xml", xmeml(&list).as_bytes());
        let clips = Clips::new(events.iter().map(clip).collect());
        write("clips.json", &to_json(&clips).unwrap());
        let analysis = AnalysisFile::new(self.facts(), &[], &[], None, []);
        write("analysis.json", &to_json(&analysis).unwrap());
    }
}

fn title(rank: u32) -> String {
    format!("{rank}: why <we> & \"they\" 'learn'\n数 🎬 ]]> -- &amp; %20")
}

fn clip(event: &CutlistEvent<'_>) -> ClipRecord {
    ClipRecord {
        rank: event.rank,
        start: event.range.start().into(),
        end: event.range.end().into(),
        score: 0.5,
        title: event.title.to_owned(),
        hook: None,
        keywords: Vec::new(),
        hashtags: Vec::new(),
        reason: event.note.to_owned(),
        signals: BTreeMap::new(),
        contributions: BTreeMap::new(),
        file: None,
        captions: Vec::new(),
        thumbnail: None,
        contact_sheet: None,
        notes: Vec::new(),
        evidence: None,
        crop: Vec::new(),
        quality: None,
        verify: None,
    }
}

/// Reads the editors' files of these many jobs back and fails on any difference.
fn read_back(python: &Path, out: &Path, jobs: usize) {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/exports/read_back.py");
    let output = Command::new(python)
        .arg("-B")
        .arg(reader)
        .arg(out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{trouble}");
    assert_eq!(said.matches(": 0 differences").count(), jobs, "{said}");
}

#[test]
fn editors_files_lead_to_the_frames_of_the_clips() {
    let python = or_skip!(reader());
    let out = tempfile::tempdir().unwrap();
    let cases = cases();
    cases.iter().for_each(|case| case.write(out.path()));
    read_back(&python, out.path(), cases.len());
}

/// Files as cameras write them: name, pictures a second, and the label of the first. Labels are dropped at the minute's end.
const RECORDINGS: [(&str, &str, &str); 6] = [
    ("film", "24000/1001", "10:00:00:00"),
    ("pal", "25", "10:00:00:00"),
    ("ntsc", "30000/1001", "01:58:58;00"),
    ("ntsc-non-drop", "30000/1001", "01:58:58:00"),
    ("fast", "60000/1001", "00:58:58;00"),
    ("fast-non-drop", "60000/1001", "00:58:58:00"),
];

#[test]
fn every_timeline_of_a_run_has_the_labels_of_its_recording() {
    let (python, models) = (or_skip!(reader()), or_skip!(models()));
    let place = Place::new();
    std::fs::create_dir(place.path().join("in")).unwrap();
    for (seed, (name, rate, label)) in RECORDINGS.iter().enumerate() {
        // Of the same moment only one job would get a clip.
        let pictures = format!(
            "-f lavfi -i life=s=160x96:r={rate}:seed={seed}:mold=20:life_color=white:death_color=navy -f lavfi -i anoisesrc=a=0.2:seed={seed} -t 3 -vf gblur=sigma=3 -c:v libx264 -pix_fmt yuv420p -c:a aac -timecode {label}"
        );
        make(&place, &format!("in/{name}.mov"), &pictures);
    }
    place.write(
        "jobs.toml",
        "[output]\ndir = 'out'\n[defaults]\naspect = 'source'\nclips = { count = 1, min = '1500ms', max = '2500ms' }\n[[job]]\ninput = 'in/*'\n",
    );
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let out = place.path().join("out");
    for (name, _, label) in RECORDINGS {
        let file = |ending: &str| {
            let path = out.join(name).join(format!("timeline.{ending}"));
            std::fs::read_to_string(path).unwrap()
        };
        let xml = file("xml");
        assert!(xml.contains(&format!("<string>{label}</string>")), "{name}");
        let counts = if label.contains(';') { "DF" } else { "NDF" };
        assert!(
            file("fcpxml").contains(&format!("tcFormat=\"{counts}\"")),
            "{name}"
        );
    }
    read_back(&python, &out, RECORDINGS.len());
}
