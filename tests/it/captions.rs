//! Captions as other programs see them: written, then read back strictly, by our readers and by FFmpeg.

mod command;
mod material;
mod parse;

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use opusclip::clips::captions::lint::{LintSeverity, ShownCue, lint};
use opusclip::clips::captions::{Cue, CueRules, lay_out_cues, lay_out_drawn_cues};
use opusclip::export::captions::{CaptionLook, CaptionPreset, CuePlace, ass, json, read, srt, vtt};
use opusclip::media::Fonts;
use opusclip::timeline::Transcript;
use proptest::prelude::*;

use self::parse::{Entry, plain};
use crate::needs::shared;
use crate::or_skip;

/// Returns what any reader must find: times in ticks, and lines without marks that show nothing.
fn expected(cues: &[Cue], per_second: i32) -> Vec<Entry> {
    let tick = |time: opusclip::timeline::Timestamp| time.to_ticks(1, per_second);
    let mut earliest = 0;
    let entries = cues.iter().map(|cue| {
        // What is shorter than a tick, as no speech is, takes one.
        let start = tick(cue.range().start()).max(earliest);
        earliest = tick(cue.range().end()).max(start + 1);
        (cue, start, earliest)
    });
    let entries = entries.map(|(cue, start, end)| Entry {
        start,
        end,
        lines: cue.lines().iter().map(|line| plain(&line.text())).collect(),
    });
    entries.collect()
}

fn look(preset: CaptionPreset) -> CaptionLook {
    CaptionLook::new(preset, (1080, 1920))
}

fn places(cues: &[Cue]) -> Vec<CuePlace> {
    cues.iter().map(place).collect()
}

fn place(cue: &Cue) -> CuePlace {
    match cue.lines().len() {
        1 => CuePlace::Top,
        _ => CuePlace::Bottom,
    }
}

/// Runs FFmpeg's reader on a file and returns what it understood, as plain text at millisecond times.
fn ffmpeg_reads(dir: &Path, name: &str, content: &str) -> Vec<Entry> {
    let file = dir.join(name);
    fs::write(&file, content).unwrap();
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&file)
        .args(["-c:s", "text", "-f", "srt", "-"])
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaints.is_empty(),
        "{name}: {complaints}"
    );
    // FFmpeg breaks lines in its plain text with CR LF.
    parse::unmarked_srt(&String::from_utf8(output.stdout).unwrap().replace('\r', ""))
}

/// Checks that FFmpeg reads the cues from all formats as they are.
fn check_ffmpeg(transcript: &Transcript) {
    let cues = lay_out_cues(transcript, &CueRules::default());
    assert!(!cues.is_empty());
    let dir = tempfile::tempdir().unwrap();
    let millis = expected(&cues, 1000);
    assert_eq!(ffmpeg_reads(dir.path(), "a.srt", &srt(&cues)), millis);
    assert_eq!(ffmpeg_reads(dir.path(), "a.vtt", &vtt(&cues)), millis);
    let centis = expected(&cues, 100).into_iter().map(|entry| Entry {
        start: entry.start * 10,
        end: entry.end * 10,
        ..entry
    });
    let centis: Vec<_> = centis.collect();
    for preset in [
        CaptionPreset::Clean,
        CaptionPreset::Karaoke,
        CaptionPreset::Bold,
    ] {
        let file = ass(&cues, &look(preset), &places(&cues));
        assert_eq!(ffmpeg_reads(dir.path(), "a.ass", &file), centis);
    }
}

#[test]
fn ffmpeg_reads_every_format_back_to_the_same_texts_and_times() {
    check_ffmpeg(&material::speech(
        "en",
        "Is 1 < 2 & 3 > 2? Well, --> he said, \"it's <b>bold</b>\" & left. Naïve façade: 100 % of it. So, then, what? 42",
    ));
    check_ffmpeg(&material::speech(
        "he",
        "שלום לכולם, זה מבחן. האם זה עובד? כן!",
    ));
    check_ffmpeg(&material::speech(
        "ja",
        "今日は、とても天気がいいので公園へ行きました。 「桜」です。",
    ));
}

#[test]
fn text_that_looks_like_tags_is_text_to_ffmpeg() {
    let transcript = material::speech("en", "a {\\an8}b \\N {note} C:\\new </i> }{ end");
    let cues = lay_out_cues(&transcript, &CueRules::default());
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("a.srt", srt(&cues)),
        ("a.vtt", vtt(&cues)),
        (
            "a.ass",
            ass(&cues, &look(CaptionPreset::Karaoke), &places(&cues)),
        ),
    ];
    for (name, file) in files {
        let read = ffmpeg_reads(dir.path(), name, &file);
        // FFmpeg's plain text keeps the backslash that escapes a brace.
        let text = read[0].lines.join("|").replace('\\', "");
        assert_eq!(text, "a {an8}b N {note} C:new </i> }{ end", "{name}");
    }
}

#[test]
fn cues_of_a_clip_start_with_the_clip() {
    let all = material::speech("en", "One two three. Four five six seven. Eight nine ten.");
    let range = opusclip::timeline::TimeRange::new(material::at(2.0), material::at(5.0)).unwrap();
    let clip = all.clip(range);
    let cues = lay_out_cues(&clip, &CueRules::default());
    assert!(cues[0].range().start() < material::at(0.5));
    assert!(cues.iter().flat_map(Cue::words).count() < all.words().count());
    check_ffmpeg(&clip);
}

#[test]
fn json_holds_the_cues_in_seconds() {
    let transcript = material::speech("en", "One two.");
    let file = json(&lay_out_cues(&transcript, &CueRules::default()), "en");
    let value: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(value["language"], "en");
    let cue = &value["cues"][0];
    assert_eq!(
        (&cue["start"], &cue["lines"][0]),
        (&1.0.into(), &"One two.".into())
    );
    assert_eq!(
        (&cue["words"][1]["text"], &cue["words"][1]["start"]),
        (&"two.".into(), &1.25.into())
    );
}

/// Real speech, word by word, as a caption service timed it.
#[test]
fn real_speech_keeps_the_rules_without_exception() {
    let file = or_skip!(shared("media/speech/manifesto.mp4.vtt"));
    let transcript = material::word_timed_vtt(&fs::read_to_string(file).unwrap());
    let rules = CueRules::default();
    let cues = lay_out_cues(&transcript, &rules);
    assert!((15..40).contains(&cues.len()), "{} cues", cues.len());
    for cue in &cues {
        let length = cue.range().duration();
        assert!((rules.min..=rules.max).contains(&length), "{length:?}");
        let columns: usize = cue.lines().iter().map(|l| l.text().chars().count()).sum();
        assert!(columns as f64 / length.as_secs_f64() <= 20.0, "{cue:?}");
    }
    check_ffmpeg(&transcript);
}

/// Checks that our own reader reads the cues from all formats as they are.
fn check_our_reader(cues: &[Cue]) {
    let entries = |text: &str| {
        let entry = |cue: ShownCue| Entry {
            start: cue.start,
            end: cue.end,
            lines: cue.lines.iter().map(|line| trimmed(line)).collect(),
        };
        let read = read(text).unwrap();
        read.cues.into_iter().map(entry).collect::<Vec<_>>()
    };
    let wanted = |per_second: i32| {
        let entries = expected(cues, per_second).into_iter().map(|entry| Entry {
            start: entry.start * 1000 / i64::from(per_second),
            end: entry.end * 1000 / i64::from(per_second),
            lines: entry.lines.iter().map(|line| trimmed(line)).collect(),
        });
        entries.collect::<Vec<_>>()
    };
    assert_eq!(entries(&srt(cues)), wanted(1000));
    assert_eq!(entries(&vtt(cues)), wanted(1000));
    // Rounded twice, to a microsecond and then to a millisecond.
    let seconds = entries(&json(cues, "en"));
    assert_eq!(seconds.len(), cues.len());
    for (found, wanted) in seconds.iter().zip(wanted(1000)) {
        assert_eq!(found.lines, wanted.lines);
        let off = |a: i64, b: i64| a.abs_diff(b) > 1;
        assert!(
            !off(found.start, wanted.start) && !off(found.end, wanted.end),
            "{found:?}"
        );
    }
    for preset in [
        CaptionPreset::Punch,
        CaptionPreset::Clean,
        CaptionPreset::Karaoke,
        CaptionPreset::Bold,
    ] {
        let file = ass(cues, &look(preset), &places(cues));
        assert_eq!(entries(&file), wanted(100), "{preset:?}");
        let is_punch = read(&file).unwrap().punch_columns.is_some();
        assert_eq!(is_punch, preset == CaptionPreset::Punch);
    }
}

fn trimmed(line: &str) -> String {
    plain(line).trim().to_owned()
}

#[test]
fn our_own_reader_reads_every_format_back() {
    for (language, text) in [
        (
            "en",
            "Is 1 < 2 & 3 > 2? Well, --> he said, \"it's <b>bold</b>\" & left. {\\an8} C:\\new \\N 42",
        ),
        (
            "ja",
            "今日は、とても天気がいいので公園へ行きました。 「桜」です。",
        ),
    ] {
        let said = material::speech(language, text);
        check_our_reader(&lay_out_cues(&said, &CueRules::default()));
        check_our_reader(&lay_out_cues(&said, &CueRules::punch()));
    }
}

/// What several people said, word by word, as the program writes it down or a caption service timed it.
fn transcripts() -> Vec<(String, Transcript)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/captions/said");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let named = files.into_iter().map(|file| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        (
            name,
            material::timed_words(&fs::read_to_string(file).unwrap()),
        )
    });
    named.collect()
}

#[test]
fn captions_of_real_talks_keep_the_rules_that_we_lint_others_by() {
    let transcripts = transcripts();
    assert!(transcripts.len() >= 5);
    let profiles = [
        ("subtitle", CueRules::default()),
        ("punch", CueRules::punch()),
    ];
    let mut wrong = Vec::new();
    for (name, said) in &transcripts {
        for (profile, rules) in &profiles {
            let cues = lay_out_cues(said, rules);
            assert!(!cues.is_empty(), "{name}");
            let read = read(&srt(&cues)).unwrap();
            let findings = lint(&read.cues, rules, &said.language).into_iter();
            wrong.extend(
                findings
                    .filter(|found| found.severity == LintSeverity::Wrong)
                    .map(|found| {
                        let cue = &read.cues[found.cue - 1];
                        format!(
                            "{name} {profile} {}: {} {} {:?}",
                            found.cue, found.code, found.value, cue.lines
                        )
                    }),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the columns and the rows in which captions draw anything in their first minute, ends exclusive.
fn ink(file: &str, (width, height): (usize, usize)) -> (Range<usize>, Range<usize>) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.ass"), file).unwrap();
    // On grey both the letters and their outline are seen.
    let grey = format!("color=0x808080:s={width}x{height}:r=1:d=60");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &grey])
        .args(["-vf", "ass=a.ass,format=gray", "-f", "rawvideo", "-"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    let (mut across, mut down) = (width..0, height..0);
    let ground = output.stdout[0];
    let drawn = |level: &u8| level.abs_diff(ground) > 12;
    for picture in output.stdout.chunks(width * height) {
        for (y, row) in picture.chunks(width).enumerate() {
            let Some(first) = row.iter().position(drawn) else {
                continue;
            };
            let last = row.iter().rposition(drawn).unwrap();
            across = across.start.min(first)..across.end.max(last + 1);
            down = down.start.min(y)..down.end.max(y + 1);
        }
    }
    (across, down)
}

#[test]
fn captions_for_a_phone_are_large_and_clear_of_its_players_buttons() {
    let transcripts = transcripts();
    let (_, said) = transcripts
        .iter()
        .find(|(name, _)| name == "manifesto")
        .unwrap();
    let letters: BTreeSet<char> = said
        .words()
        .flat_map(|word| word.text.chars())
        .chain([' '])
        .collect();
    let fonts = Fonts::installed(None);
    for font in ["Inter Black", "DejaVu Sans"] {
        let mut look = look(CaptionPreset::Punch);
        look.font = font.into();
        look.letters = fonts.widths(font, true, &letters);
        let rules = CueRules {
            columns: look.columns(),
            ..CueRules::punch()
        };
        let cues = lay_out_drawn_cues(said, &rules, &|text| look.drawn(text));
        let file = ass(&cues, &look, &[]);
        let size = file.split(&format!("Style: Punch,{font},")).nth(1).unwrap();
        let size: u32 = size.split(',').next().unwrap().parse().unwrap();
        assert!((70..=95).contains(&size), "{size}");
        let (across, down) = ink(&file, (1080, 1920));
        assert!(
            across.start >= 120 && across.end <= 900,
            "{font}: {across:?}"
        );
        assert!(down.start >= 1050 && down.end <= 1400, "{font}: {down:?}");
        // The widest line fills what it may.
        assert!(across.len() > 600, "{font}: {across:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_breaks_a_format(transcript in material::any_speech()) {
        let cues = lay_out_cues(&transcript, &CueRules::default());
        prop_assert_eq!(parse::srt(&srt(&cues)), expected(&cues, 1000));
        prop_assert_eq!(parse::vtt(&vtt(&cues)), expected(&cues, 1000));
        for preset in [CaptionPreset::Clean, CaptionPreset::Karaoke, CaptionPreset::Bold] {
            prop_assert_eq!(parse::ass(&ass(&cues, &look(preset), &places(&cues))), expected(&cues, 100));
        }
        if !cues.is_empty() {
            check_our_reader(&cues);
        }
        let value: serde_json::Value = serde_json::from_str(&json(&cues, "en")).unwrap();
        prop_assert_eq!(value["cues"].as_array().unwrap().len(), cues.len());
    }

    #[test]
    fn times_stay_in_order_when_they_are_rounded(transcript in material::hurried_speech()) {
        let rules = CueRules { columns: 2, longest_word: 2, lines: 1, ..CueRules::default() };
        let cues = lay_out_cues(&transcript, &rules);
        let files = [
            parse::srt(&srt(&cues)),
            parse::vtt(&vtt(&cues)),
            parse::ass(&ass(&cues, &look(CaptionPreset::Karaoke), &places(&cues))),
        ];
        for entries in files {
            prop_assert_eq!(entries.len(), cues.len());
            prop_assert!(entries.iter().all(|e| e.start < e.end));
            prop_assert!(entries.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
