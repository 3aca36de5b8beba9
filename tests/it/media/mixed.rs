//! Several tracks of sound, mixed.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use opusclip::media::{ChannelRepair, ChannelRepairs, Limits, Listened, Media, listen};
use opusclip::timeline::Timestamp;
use tempfile::TempDir;

use super::render::{millis, samples};
use super::verify::{failed, made_of, made_with_repairs};
use super::{folder, look, make};

const PICTURES: &str = "-f lavfi -i testsrc2=d=4:r=25:s=160x90";
const CODECS: &str = "-map 0 -map 1 -map 2 -c:v libx264 -preset veryfast -pix_fmt yuv420p";

/// Four seconds of pictures with two tracks of sound, as lavfi sources.
fn two_tracks(folder: &TempDir, name: &str, tracks: [&str; 2], options: &str) -> PathBuf {
    let [first, second] = tracks;
    let arguments = format!(
        "{PICTURES} -f lavfi -i {first} -f lavfi -i {second} {CODECS} -c:a pcm_s16le {options}"
    );
    make(folder, name, &arguments)
}

fn with_both(path: &Path) -> Media {
    let mut media = look(path);
    let tracks = media.audio_streams.clone();
    media.hear(tracks);
    media
}

fn hear(path: &Path, media: &Media) -> Vec<f32> {
    listened(path, media).0
}

fn listened(path: &Path, media: &Media) -> (Vec<f32>, Listened) {
    let mut heard = Vec::new();
    let visit = &mut |samples: &[f32]| {
        heard.extend_from_slice(samples);
        ControlFlow::Continue(())
    };
    let found = listen(path, media, Timestamp::ZERO, &Limits::default(), visit).unwrap();
    (heard, found)
}

/// Returns the amplitude of a tone in sound of `rate` samples a second.
fn level(sound: &[f32], rate: f32, hertz: f32) -> f32 {
    let turn = std::f32::consts::TAU * hertz / rate;
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (n, sample) in (0_u16..).zip(sound.iter().take(rate as usize)) {
        sine += sample * (turn * f32::from(n)).sin();
        cosine += sample * (turn * f32::from(n)).cos();
    }
    2.0 * f32::hypot(sine, cosine) / sound.len().min(rate as usize) as f32
}

#[test]
fn what_is_heard_at_once_in_two_tracks_is_added_to_the_sample() {
    let folder = folder();
    // A click at 1 s in both, at other rates, and one more in each.
    let click = |second: f64, rate: u32| {
        format!(
            "aevalsrc=0.2*between(t\\,1\\,1.01)+0.2*between(t\\,{second}\\,{second}+0.01):s={rate}:d=4"
        )
    };
    let tracks = [click(2.0, 48_000), click(3.0, 44_100)];
    let path = two_tracks(&folder, "clicks.mov", [&tracks[0], &tracks[1]], "");
    let heard = hear(&path, &with_both(&path));
    assert!(heard.len().abs_diff(64_000) < 20, "{}", heard.len());
    let loudest = |second: usize| {
        let around = heard[second * 16_000 - 800..second * 16_000 + 800].iter();
        around.fold(0.0_f32, |most, sample| most.max(sample.abs()))
    };
    let near = |a: f32, b: f32| (a - b).abs() < 0.06;
    assert!(near(loudest(1), 0.4), "{}", loudest(1));
    assert!(near(loudest(2), 0.2) && near(loudest(3), 0.2));
    // Half way up within a sample of where both begin.
    let begins = heard.iter().position(|sample| sample.abs() > 0.2).unwrap();
    assert!(begins.abs_diff(16_000) <= 1, "{begins}");
}

#[test]
fn both_tracks_are_in_a_clip_which_passes_its_checks() {
    let folder = folder();
    let tones = ["sine=f=440:d=4:r=48000", "sine=f=1500:d=4:r=44100"];
    let path = two_tracks(&folder, "tones.mkv", tones, "");
    let media = with_both(&path);
    let made = made_of(&folder, &path, &media, millis(700, 3_300));
    assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
    let sound = samples(&folder, &made.clip);
    let (low, high) = (level(&sound, 48e3, 440.0), level(&sound, 48e3, 1500.0));
    assert!(low > 0.05 && (low - high).abs() < 0.3 * low, "{low} {high}");
    let heard = hear(&path, &media);
    let (low, high) = (level(&heard, 16e3, 440.0), level(&heard, 16e3, 1500.0));
    assert!(low > 0.05 && (low - high).abs() < 0.1 * low, "{low} {high}");
}

#[test]
fn a_clip_without_one_of_its_tracks_is_found_out() {
    let folder = folder();
    let noise = |amplitude: f64, seed: u32| {
        format!("anoisesrc=d=4:a={amplitude}:seed={seed}:r=48000:c=pink")
    };
    let tracks = [noise(0.05, 1), noise(0.5, 2)];
    let path = two_tracks(&folder, "noise.mkv", [&tracks[0], &tracks[1]], "");
    let both = with_both(&path);
    let mut made = made_of(&folder, &path, &look(&path), millis(500, 3_500));
    assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
    if let Some(source) = &mut made.expected.clip_of {
        source.media = both.clone();
    }
    assert_eq!(failed(&made.clip, &made.expected), ["sound_content"]);
    let made = made_of(&folder, &path, &both, millis(500, 3_500));
    assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
}

#[test]
fn channels_are_set_right_track_by_track_before_they_are_mixed() {
    let folder = folder();
    // One voice upside down in one channel, and one in one ear alone.
    let tone =
        |hertz: u32, right: &str| format!("aevalsrc=0.2*sin({hertz}*2*PI*t)|{right}:s=48000:d=4");
    let tracks = [tone(440, "-0.2*sin(440*2*PI*t)"), tone(1500, "0")];
    let path = two_tracks(&folder, "faults.mkv", [&tracks[0], &tracks[1]], "");
    let media = with_both(&path);
    let (heard, found) = listened(&path, &media);
    let repairs = ChannelRepairs::of(&found.balances);
    let known = [ChannelRepair::InvertRight, ChannelRepair::SpreadLeft];
    assert_eq!(repairs.iter().collect::<Vec<_>>(), known);
    let low = level(&heard[32_000..], 16e3, 440.0);
    assert!((low - 0.2).abs() < 0.02, "{low}");
    let made = made_with_repairs(&folder, &path, (&media, repairs), millis(500, 3_500));
    assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
    let ear = |channel: usize| {
        let raw = format!(
            "-i {} -af pan=mono|c0=c{channel} -ar 48000 -f f32le",
            made.clip.display()
        );
        let raw = std::fs::read(make(&folder, "ear.f32", &raw)).unwrap();
        let samples = raw.as_chunks::<4>().0.iter();
        let samples: Vec<f32> = samples.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        [440.0, 1500.0].map(|hertz| level(&samples[48_000..], 48e3, hertz))
    };
    let ears = [ear(0), ear(1)];
    for tone in 0..2 {
        let (left, right) = (ears[0][tone], ears[1][tone]);
        assert!(left > 0.05 && (left - right).abs() < 0.02, "{ears:?}");
    }
    // What one loudspeaker plays has both.
    let both = samples(&folder, &made.clip);
    assert!(level(&both[48_000..], 48e3, 440.0) > 0.05, "{ears:?}");
}

#[test]
fn a_track_that_begins_late_or_ends_early_leaves_the_other_as_it_is() {
    let folder = folder();
    let tracks = ["sine=f=440:d=4:r=48000", "sine=f=1500:d=1:r=48000"];
    let late = format!(
        "{PICTURES} -f lavfi -i {} -itsoffset 2 -f lavfi -i {} {CODECS} -c:a pcm_s16le",
        tracks[0], tracks[1]
    );
    let path = make(&folder, "late.mkv", &late);
    let heard = hear(&path, &with_both(&path));
    assert!(heard.len().abs_diff(64_000) < 20, "{}", heard.len());
    for second in 0..4 {
        let part = &heard[second * 16_000..(second + 1) * 16_000 - 20];
        let (low, high) = (level(part, 16e3, 440.0), level(part, 16e3, 1500.0));
        assert!((low - 0.125).abs() < 0.01, "{second}: {low}");
        let wanted = if second == 2 { 0.125 } else { 0.0 };
        assert!((high - wanted).abs() < 0.01, "{second}: {high}");
    }
    // Pictures that end before the clip does: the last one is held for a mix, too.
    let short = format!(
        "-f lavfi -i testsrc2=d=1:r=25:s=160x90 -f lavfi -i {} -f lavfi -i {} {CODECS} -c:a aac",
        tracks[0], tracks[1]
    );
    let path = make(&folder, "short.mkv", &short);
    for (start, end) in [(500, 2_500), (2_000, 3_500)] {
        let made = made_of(&folder, &path, &with_both(&path), millis(start, end));
        assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
    }
}
