//! Files that people really record: joined, turned, interlaced, with sound that is no number, or in a track of its own.

use std::fs;
use std::path::{Path, PathBuf};

use opusclip::media::{ChannelRepair, Error, Limits, Media, choose_track, decode, find_clock};
use opusclip::timeline::Timestamp;
use tempfile::TempDir;

use super::render::millis;
use super::verify::{failed, made_of};
use super::{PLAIN, folder, look, make};

/// Ten seconds whose pictures and sound are never the same again, as a transport stream.
fn part(folder: &TempDir, name: &str, seed: u32, size: &str, options: &str) -> PathBuf {
    let arguments = format!(
        "-f lavfi -i testsrc2=d=10:r=25:s={size} -f lavfi -i anoisesrc=d=10:a=0.3:seed={seed}:r=48000 -vf hue=h={} -c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac {options} -f mpegts",
        seed * 90
    );
    make(folder, name, &arguments)
}

fn joined(folder: &TempDir, parts: &[PathBuf]) -> PathBuf {
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|part| fs::read(part).unwrap())
        .collect();
    let path = folder.path().join("joined.ts");
    fs::write(&path, bytes).unwrap();
    path
}

fn with_clock(path: &Path) -> Media {
    let mut media = look(path);
    media.clock = find_clock(path, &media, &Limits::default()).unwrap();
    media
}

#[test]
fn of_joined_recordings_pictures_and_sound_of_a_clip_are_of_one_moment() {
    let folder = folder();
    for (offset, name) in [("", "again.ts"), ("-output_ts_offset 7210", "hours.ts")] {
        let parts = [
            part(&folder, "a.ts", 1, "160x90", ""),
            part(&folder, name, 2, "160x90", offset),
        ];
        let path = joined(&folder, &parts);
        let media = with_clock(&path);
        assert_eq!(media.clock.splices(), 1);
        let mut times = Vec::new();
        let visit = &mut |frame: opusclip::frame::Frame| {
            times.push(frame.time);
            std::ops::ControlFlow::Continue(())
        };
        let decoded = decode(&path, &media, &PLAIN, &Limits::default(), visit).unwrap();
        let gaps = times
            .windows(2)
            .map(|pair| pair[1].since(pair[0]).as_millis());
        assert!(gaps.max().unwrap() < 200);
        let length = decoded.end.unwrap().since(times[0]).as_secs_f64();
        assert!((length - 20.0).abs() < 0.3, "{length}");
        // One clip over the place and one behind it.
        for start in [10_500, 16_000] {
            let made = made_of(&folder, &path, &media, millis(start, start + 2_000));
            assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
        }
    }
}

#[test]
fn a_picture_that_is_turned_stands_whole_in_the_shape_of_the_first() {
    let folder = folder();
    let parts = [
        part(&folder, "wide.ts", 1, "160x90", ""),
        part(&folder, "high.ts", 2, "90x160", "-output_ts_offset 10"),
    ];
    let path = joined(&folder, &parts);
    let media = with_clock(&path);
    let visit = &mut |_| std::ops::ControlFlow::Continue(());
    let decoded = decode(&path, &media, &PLAIN, &Limits::default(), visit).unwrap();
    let [(frame, part)] = decoded.reshaped[..] else {
        panic!("{:?}", decoded.reshaped);
    };
    assert!((248..=252).contains(&frame), "{frame}");
    assert!(
        (part.width - 81.0 / 256.0).abs() < 0.01 && part.height == 1.0,
        "{part:?}"
    );
    assert!((part.x - (1.0 - part.width) / 2.0).abs() < 1e-9);
    let made = made_of(&folder, &path, &media, millis(13_000, 15_000));
    assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
}

#[test]
fn interlaced_pictures_become_whole_ones() {
    let folder = folder();
    let source = make(
        &folder,
        "fields.mpg",
        "-f lavfi -i color=c=gray:s=360x288:r=50:d=3 -f lavfi -i color=c=white:s=40x200:r=50:d=3 -filter_complex overlay=x='t*150':y=40,tinterlace=interleave_top,setfield=tff -c:v mpeg2video -flags +ilme+ildct -q:v 3",
    );
    let visit = &mut |_| std::ops::ControlFlow::Continue(());
    let media = look(&source);
    assert!(media.video.as_ref().unwrap().interlaced);
    let decoded = decode(&source, &media, &PLAIN, &Limits::default(), visit).unwrap();
    assert_eq!(decoded.frames, 75);
    let made = made_of(&folder, &source, &media, millis(1_000, 2_500));
    // A comb changes between bar and ground from row to row.
    let gray = make(
        &folder,
        "rows.gray",
        &format!(
            "-i {} -vf scale=180:320,format=gray -f rawvideo",
            made.clip.display()
        ),
    );
    let rows = fs::read(gray).unwrap();
    let changes = |frame: &[u8], column: usize| {
        let levels: Vec<bool> = frame.chunks(180).map(|row| row[column] > 180).collect();
        levels.windows(2).filter(|pair| pair[0] != pair[1]).count()
    };
    let most = rows
        .chunks_exact(180 * 320)
        .flat_map(|frame| (0..180).map(move |column| changes(frame, column)));
    assert!(most.max().unwrap() <= 4);
}

#[test]
fn a_sample_that_is_no_number_is_silence_and_the_clip_is_made() {
    let folder = folder();
    let sample = |n: usize| match n {
        48_000..48_005 => f32::NAN,
        96_000 => f32::INFINITY,
        n => 0.2 * (n as f32 * 0.05).sin(),
    };
    let raw: Vec<u8> = (0..48_000 * 4)
        .flat_map(|n| sample(n).to_le_bytes())
        .collect();
    fs::write(folder.path().join("nan.f32"), raw).unwrap();
    let source = make(
        &folder,
        "nan.mkv",
        &format!(
            "-f lavfi -i testsrc2=d=4:r=25:s=160x90 -f f32le -ar 48000 -ac 1 -i {} -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a pcm_f32le",
            folder.path().join("nan.f32").display()
        ),
    );
    let made = made_of(&folder, &source, &look(&source), millis(500, 3_500));
    assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
}

#[test]
fn a_track_that_is_silent_gives_way_to_one_that_is_heard() {
    let folder = folder();
    let tracks = |name: &str, first: &str, second: &str| {
        let arguments = format!(
            "-f lavfi -i testsrc2=d=2:r=25:s=160x90 -f lavfi -i {first}=d=2 -f lavfi -i {second}=d=2 -map 0 -map 1 -map 2 -c:v libx264 -preset veryfast -c:a aac"
        );
        let path = make(&folder, name, &arguments);
        let nobody = |_: &Media| Ok::<_, Error>(0);
        choose_track(&path, &look(&path), &Limits::default(), nobody).unwrap()
    };
    let of = |choice: opusclip::media::TrackChoice| (choice.track, choice.silent);
    assert_eq!(of(tracks("a.mkv", "anullsrc", "sine")), (Some(1), Some(0)));
    assert_eq!(of(tracks("b.mkv", "sine", "anullsrc")), (Some(0), None));
    assert_eq!(of(tracks("c.mkv", "anullsrc", "anullsrc")), (None, None));
}

#[test]
fn where_the_first_track_is_silent_the_one_with_the_most_speech_is_taken() {
    let folder = folder();
    let path = make(
        &folder,
        "four.mkv",
        "-f lavfi -i anullsrc=d=2 -f lavfi -i sine=d=2 -f lavfi -i sine=f=600:d=2 -f lavfi -i anullsrc=d=2 -map 0 -map 1 -map 2 -map 3 -c:a aac -t 2",
    );
    let media = look(&path);
    let chosen = |speech: &dyn Fn(usize) -> usize| {
        let mut asked = Vec::new();
        let found = choose_track(&path, &media, &Limits::default(), |track: &Media| {
            let stream = track.audio.as_ref().unwrap().stream;
            asked.push(stream);
            Ok::<_, Error>(speech(stream))
        });
        let found = found.unwrap();
        (found.track, found.silent, asked)
    };
    assert_eq!(chosen(&|stream| stream), (Some(2), Some(0), vec![1, 2]));
    assert_eq!(chosen(&|stream| 9 - stream), (Some(1), Some(0), vec![1, 2]));
    assert_eq!(chosen(&|_| 0), (Some(1), Some(0), vec![1, 2]));
}

#[test]
fn a_channel_that_is_upside_down_or_empty_is_known_from_the_sound() {
    let folder = folder();
    for (pan, repair) in [
        ("c0=c0|c1=c0", ChannelRepair::None),
        ("c0=c0|c1=-1*c0", ChannelRepair::InvertRight),
        ("c0=c0|c1=0*c0", ChannelRepair::SpreadLeft),
        ("c0=0*c0|c1=c0", ChannelRepair::SpreadRight),
    ] {
        let path = make(
            &folder,
            "a.wav",
            &format!("-f lavfi -i anoisesrc=d=3:a=0.2 -af pan=stereo|{pan}"),
        );
        let mut loudest = 0.0_f32;
        let visit = &mut |samples: &[f32]| {
            loudest = samples
                .iter()
                .fold(loudest, |most, sample| most.max(sample.abs()));
            std::ops::ControlFlow::Continue(())
        };
        let heard = opusclip::media::listen(
            &path,
            &look(&path),
            Timestamp::ZERO,
            &Limits::default(),
            visit,
        );
        assert_eq!(heard.unwrap().balances[0].repair(), repair);
        assert!(loudest > 0.03, "{pan}: {loudest}");
    }
}
