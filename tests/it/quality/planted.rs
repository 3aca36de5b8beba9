//! Good moments planted in dull videos, and where the ranker puts them.
//!
//! Every video is made of parts that are dull and one that a viewer would keep: applause, somebody who speaks, or what the
//! job asks for. Sounds are recordings that are kept beside the project, or made up where they are dull; so are pictures.
//! The first candidate becomes clip 1, unless another job of the batch shows the same: so candidates are judged.

use rayon::prelude::*;
use serde_json::Value;

use crate::needs::{models, shared};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, make, run};

/// A video in words: `sound@picture seconds`, parts parted by `|`; the planted ones have a star. What stands before a
/// colon are the job's keywords.
const PLANTED: [(&str, &str); 15] = [
    (
        "cheers-in-quiet",
        "room@slide 14 | *cheers@slide 12 | room@slide 40",
    ),
    (
        "cheers-in-rain",
        "rain@window 26 | *cheers-later@hall 13 | rain@window 22",
    ),
    (
        "cheers-among-tones",
        "tone@bars 18 | silence@slide 16 | *cheers@bars 14 | tone@slide 15",
    ),
    (
        "cheers-after-a-talk",
        "mumble@slide 29 | *cheers-later@slide 12 | room@slide 22",
    ),
    (
        "cheers-among-sparse-speech",
        "sparse@office 24 | *cheers@office 12 | sparse-other@office 24",
    ),
    (
        "speech-in-silence",
        "silence@slide 20 | *kennedy@slide 11 | silence@slide 35",
    ),
    (
        "speech-in-rain",
        "rain@window 40 | *reading@window 10.6 | rain@slide 14",
    ),
    (
        "speech-among-sparse-speech",
        "sparse@slide 24 | *novel@slide 7.1 | *novel-on@slide 5.3 | sparse@slide 28",
    ),
    (
        "speech-among-tones",
        "tone@bars 12 | *president@president 8.7 | tone@bars 20 | silence@slide 20",
    ),
    (
        "speech-in-a-dull-meeting",
        "mumble@office 22 | *kennedy@office 11 | nobody@office 27",
    ),
    (
        "speech-at-the-end",
        "room@walk 30 | tone@slide 18 | *sonnet@walk 14",
    ),
    (
        "country: asked-for-late",
        "reading@slide 10.6 | sonnet@slide 14 | novel@slide 7.1 | novel-on@slide 5.3 | *kennedy@slide 11 | manifesto@slide 12",
    ),
    (
        "bells: asked-for-first",
        "*reading@walk 10.6 | manifesto@walk 24 | novel@walk 7.1 | novel-on@walk 5.3 | sonnet@walk 14",
    ),
    (
        "selfish, cold hearted: asked-for-in-the-middle",
        "sonnet@slide 14 | manifesto@office 13 | *novel@slide 7.1 | *novel-on@slide 5.3 | reading@office 10.6 | kennedy@slide 11",
    ),
    (
        "communism: asked-for-in-one-reading",
        "reading@slide 10.6 | kennedy@slide 11 | *manifesto@slide 12 | sonnet-later@slide 24",
    ),
];
const DEFAULTS: &str =
    "[output]\ndir = 'out'\n[defaults]\nclips = { count = 3, min = '8s', max = '20s' }\n";
/// Faces are looked for less often than usual: there are few, and it costs much.
const PROCESS: &str = "process jobs.toml --until select --set faces.every=1s";
/// Planted parts that must be the best of their videos, of a hundred.
const ON_TOP: usize = 80;

/// One of the videos.
struct Video {
    id: String,
    keywords: Vec<String>,
    parts: Vec<Part>,
}

struct Part {
    sound: String,
    picture: String,
    seconds: f64,
    planted: bool,
}

/// What became of a planted part.
struct Found {
    /// The place of the best candidate that is mostly the planted part, from 1 on.
    rank: Option<usize>,
    candidates: usize,
}

impl Video {
    fn of(head: &str, parts: &str) -> Self {
        let (keywords, id) = head.split_once(':').unwrap_or(("", head));
        let keywords = keywords.split(',').map(|word| word.trim().to_owned());
        Self {
            id: id.trim().to_owned(),
            keywords: keywords.filter(|word| !word.is_empty()).collect(),
            parts: parts.split('|').map(Part::of).collect(),
        }
    }

    /// Returns when the planted part is, in seconds.
    fn planted(&self) -> (f64, f64) {
        let seconds = |parts: &[Part]| parts.iter().map(|part| part.seconds).sum();
        let first = self.parts.iter().position(|part| part.planted).unwrap();
        let last = self.parts.iter().rposition(|part| part.planted).unwrap();
        (seconds(&self.parts[..first]), seconds(&self.parts[..=last]))
    }

    fn job(&self) -> String {
        let (id, keywords) = (&self.id, &self.keywords);
        format!("[[job]]\ninput = '{id}.mp4'\nkeywords = {keywords:?}\n")
    }

    fn make(&self, place: &Place) {
        let inputs = self.parts.iter().map(Part::inputs).collect::<String>();
        let mut graph = String::new();
        let mut joined = String::new();
        for (number, part) in self.parts.iter().enumerate() {
            let seconds = part.seconds;
            let (sound, picture) = (2 * number, 2 * number + 1);
            graph += &format!(
                "[{sound}:a]aresample=16000,aformat=channel_layouts=mono,volume={}dB,apad,atrim=duration={seconds},asetpts=PTS-STARTPTS[a{number}];\
                 [{picture}:v]fps=6,scale=320:180,setsar=1,format=yuv420p,trim=duration={seconds},setpts=PTS-STARTPTS[v{number}];",
                part.gain()
            );
            joined += &format!("[v{number}][a{number}]");
        }
        let count = self.parts.len();
        let codec = "-c:v libx264 -preset veryfast -c:a aac";
        make(
            place,
            &format!("{}.mp4", self.id),
            &format!(
                "{inputs} -filter_complex {graph}{joined}concat=n={count}:v=1:a=1[v][a] -map [v] -map [a] {codec}"
            ),
        );
    }

    fn judge(&self, candidates: &Value) -> Found {
        let candidates = candidates["candidates"].as_array().unwrap();
        let planted = self.planted();
        let is_it = |candidate: &Value| {
            let time = |name: &str| candidate[name].as_f64().unwrap();
            mostly((time("start"), time("end")), planted)
        };
        Found {
            rank: candidates.iter().position(is_it).map(|slot| slot + 1),
            candidates: candidates.len(),
        }
    }
}

impl Part {
    fn of(text: &str) -> Self {
        let (what, seconds) = text.trim().split_once(' ').unwrap();
        let (sound, picture) = what.split_once('@').unwrap();
        Self {
            planted: sound.starts_with('*'),
            sound: sound.trim_start_matches('*').to_owned(),
            picture: picture.to_owned(),
            seconds: seconds.parse().unwrap(),
        }
    }

    /// Returns how much louder or quieter than the recording it is, in decibels.
    fn gain(&self) -> i32 {
        match self.sound.as_str() {
            "rain" => -16,
            "sparse" | "sparse-other" => -10,
            "manifesto" => 7,
            _ => 0,
        }
    }

    /// Returns the sound and the picture as `ffmpeg` takes them.
    fn inputs(&self) -> String {
        let file = |name: &str| shared(&format!("media/{name}")).unwrap();
        let heard = |name: &str, from: u32| format!("-ss {from} -i {} ", file(name).display());
        let recorded = |name: &str, from: u32| heard(&format!("speech/{name}"), from);
        let sound = match self.sound.as_str() {
            "silence" => "-f lavfi -i anullsrc=r=16000:cl=mono ".to_owned(),
            "room" => "-f lavfi -i anoisesrc=c=brown:a=0.02:r=16000:seed=1 ".to_owned(),
            "tone" => "-f lavfi -i sine=f=440:r=16000 ".to_owned(),
            "rain" => recorded("rain.mp3", 0),
            "mumble" => recorded("dev00.wav", 0),
            "nobody" => recorded("trn01.wav", 0),
            "sparse" => recorded("sense_and_sensibility_01_austen_64kb-0880.wav", 0),
            "sparse-other" => recorded("1to6arabic_16000_mono_bc_noise.wav", 0),
            "cheers" => recorded("crowd.mp3", 0),
            "cheers-later" => recorded("crowd.mp3", 14),
            "kennedy" => recorded("jfk.flac", 0),
            "reading" => recorded("116-288045-0000.flac", 0),
            "novel" => recorded("sense_and_sensibility_01_austen_64kb-0870.wav", 0),
            "novel-on" => recorded("sense_and_sensibility_01_austen_64kb-0890.wav", 0),
            "president" => heard("faces/obama_speech.mp4", 0),
            "sonnet" => recorded("sonnet-p001.mp3", 2),
            "sonnet-later" => recorded("sonnet-p001.mp3", 26),
            "manifesto" => recorded("manifesto.mp4", 20),
            other => panic!("no sound {other}"),
        };
        let seen = |name: &str| format!("-stream_loop -1 -i {} ", file(name).display());
        let picture = match self.picture.as_str() {
            "slide" => "-f lavfi -i color=c=0x506070:s=320x180:r=6 ".to_owned(),
            "bars" => "-f lavfi -i smptebars=s=320x180:r=6 ".to_owned(),
            "window" => "-f lavfi -i gradients=s=320x180:r=6:speed=0.005:seed=3 ".to_owned(),
            "office" => format!("-loop 1 {}", heard("faces/pyfeat-noface-mountain.jpg", 0)),
            "walk" => seen("faces/vtest.avi"),
            "hall" => seen("cuts/world.mp4"),
            "president" => seen("faces/obama_speech.mp4"),
            other => panic!("no picture {other}"),
        };
        sound + &picture
    }
}

/// Tells whether two stretches share half of each.
fn mostly(one: (f64, f64), other: (f64, f64)) -> bool {
    let shared = one.1.min(other.1) - one.0.max(other.0);
    let longer = (one.1 - one.0).max(other.1 - other.0);
    shared >= longer / 2.0
}

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn planted_moments_are_above_the_middle_and_mostly_on_top() {
    let models = or_skip!(models());
    or_skip!(shared("media/manifest.json"));
    let place = Place::new();
    let videos: Vec<Video> = PLANTED.map(|(head, parts)| Video::of(head, parts)).into();
    videos.par_iter().for_each(|video| video.make(&place));
    let jobs = videos.iter().map(Video::job).collect::<String>();
    place.write("jobs.toml", &format!("{DEFAULTS}{jobs}"));
    let output = run(&place, &models, PROCESS);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let mut on_top = 0;
    let mut low = Vec::new();
    for video in &videos {
        let candidates = json(&place, &format!("out/{}/candidates.json", video.id));
        let Found { rank, candidates } = video.judge(&candidates);
        println!("{:28} {rank:?} of {candidates}", video.id);
        on_top += usize::from(rank == Some(1));
        if rank.is_none_or(|rank| 2 * rank > candidates) {
            low.push(&video.id);
        }
    }
    println!("{on_top} of {} on top", videos.len());
    assert!(low.is_empty(), "below the middle: {low:?}");
    assert!(100 * on_top >= ON_TOP * videos.len());
}
