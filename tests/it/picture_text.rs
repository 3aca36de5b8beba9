//! Text in the picture, held against the original model's map, and found in a film of which all is known.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use ndarray::Array3;
use ndarray_npy::NpzReader;
use opusclip::analysis::picture_text::{PictureTextModel, TextBoxRules, TextReader, cut_line};
use opusclip::frame::Picture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;
use serde_json::Value;

use crate::hearing::model;
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, make, run, stage};
use crate::warm::{Finished, Once};

fn text_model() -> Result<PictureTextModel, Missing> {
    let (runtime, path) = model("ppocr_det_tiny.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(PictureTextModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

/// Returns the recorded picture and the original model's map of it.
fn recorded() -> Result<(Picture, Vec<f32>), Missing> {
    let path = shared("models/golden/ppocr_det_tiny.npz")?;
    let mut recorded = NpzReader::new(File::open(&path).unwrap()).unwrap();
    let image: Array3<u8> = recorded.by_name("image_rgb").unwrap();
    let (height, width, _) = image.dim();
    let picture = Picture {
        width: width as u32,
        height: height as u32,
        rgb: image.into_iter().collect(),
    };
    // The map is in half precision, which the reader of arrays does not know: its values come last in the file.
    let mut files = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    let mut file = files.by_name("map.npy").unwrap();
    file.read_to_end(&mut bytes).unwrap();
    let values = &bytes[bytes.len() - 2 * width * height..];
    let halves = values.as_chunks::<2>().0.iter();
    let map = halves.map(|half| from_half(u16::from_le_bytes(*half)));
    Ok((picture, map.collect()))
}

/// Returns a number in half precision; none of the recording is negative or infinite.
fn from_half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10), f32::from(bits & 0x3ff) / 1024.0);
    if exponent == 0 {
        fraction * 2.0_f32.powi(-14)
    } else {
        (1.0 + fraction) * 2.0_f32.powi(exponent - 15)
    }
}

#[test]
fn the_map_is_that_of_the_original() {
    let mut model = or_skip!(text_model());
    let (picture, wanted) = or_skip!(recorded());
    let rules = TextBoxRules {
        pixels: 640 * 352,
        ..TextBoxRules::default()
    };
    let (found, columns) = model.map(&picture, &rules).unwrap();
    assert_eq!(
        (columns, found.len()),
        (picture.width as usize, wanted.len())
    );
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!((found - wanted).abs() < 2e-3, "{found} instead of {wanted}");
    }
}

#[test]
fn a_batch_finds_what_single_pictures_find() {
    let mut model = or_skip!(text_model());
    let (text, _) = or_skip!(recorded());
    let none = Picture {
        width: text.width,
        height: text.height,
        rgb: vec![90; text.rgb.len()],
    };
    let rules = TextBoxRules::default();
    let mut find = |pictures: &[&Picture]| {
        let mut sizer = BatchSizer::fixed(4);
        model.find(pictures, &rules, &mut sizer).unwrap()
    };
    let alone = find(&[&text]).remove(0);
    assert_eq!(alone.len(), 1, "{alone:?}");
    let together = find(&[&none, &text, &none]);
    assert_eq!(together[0], []);
    assert_eq!(together[2], []);
    assert!(together[1][0].region.overlap(alone[0].region) > 0.99);
}

#[test]
fn a_line_is_read_as_it_is_written() {
    let mut finder = or_skip!(text_model());
    let (picture, _) = or_skip!(recorded());
    let (runtime, path) = or_skip!(model("ppocr_rec_tiny.onnx"));
    let options = SessionOptions { threads: 1 };
    let mut reader = TextReader::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap();
    let rules = TextBoxRules::default();
    let found = finder.find(&[&picture], &rules, &mut BatchSizer::fixed(1));
    let line = cut_line(&picture, found.unwrap()[0][0].region.into());
    let read = reader.read(&TextReader::tensor(&line).unwrap()).unwrap();
    assert_eq!(read.text, "An unlucky bird");
    assert!(read.confidence > 0.9, "{}", read.confidence);
}

/// Twelve seconds of colours that move, with a tone: a title from 3 s to 7 s, and all the time a name in a corner.
const TITLED: &str = "-f lavfi -i gradients=s=640x360:r=10:d=12:speed=0.02:seed=3 -f lavfi -i sine=d=12 \
    -vf drawtext=text=THE_TITLE:fontsize=40:fontcolor=white:x=(w-tw)/2:y=80:enable='between(t,3,7)',drawtext=text=Anna_Berg:fontsize=24:fontcolor=white:x=20:y=320 \
    -c:v libx264 -c:a aac -pix_fmt yuv420p";
const MANIFEST: &str = "[output]\ndir = 'out'\n[defaults]\nclips = { count = 1, min = '3s', max = '4s' }\n[[job]]\ninput = 'in/*'\n";

static TITLED_FILM: Once = LazyLock::new(|| {
    Finished::of(
        |place| {
            place.write("jobs.toml", MANIFEST);
            std::fs::create_dir(place.path().join("in")).unwrap();
            make(place, "in/a.mp4", TITLED);
        },
        "process jobs.toml --until select",
    )
});

fn titled_film() -> Result<(Place, PathBuf), Missing> {
    model("ppocr_det_tiny.onnx")?;
    let found = Finished::ended(&TITLED_FILM)?;
    let output = &TITLED_FILM.as_ref().unwrap().output;
    assert_eq!(code(output), 0, "{}", err(output));
    Ok(found)
}

/// The lines whose middle lies between these heights: when they begin and end, and their left and right edges.
fn lines(analysis: &Value, top: f64, bottom: f64) -> Vec<[f64; 4]> {
    let number = |line: &Value, name: &str| line[name].as_f64().unwrap();
    let lines = analysis["picture_text"].as_array().unwrap().iter();
    let inside = lines.filter(|line| {
        let middle = number(line, "y") + number(line, "h") / 2.0;
        (top..bottom).contains(&middle)
    });
    let line = |line: &Value| {
        let left = number(line, "x");
        let [start, end, width] = ["start", "end", "w"].map(|name| number(line, name));
        [start, end, left, left + width]
    };
    inside.map(line).collect()
}

#[test]
fn text_is_found_where_and_while_it_is_shown() {
    let (place, _) = or_skip!(titled_film());
    let analysis = json(&place, "out/a/analysis.json");
    let [[start, end, left, right]] = lines(&analysis, 0.2, 0.4)[..] else {
        panic!("{analysis}")
    };
    // A picture every two seconds shows it no nearer than a second.
    assert!(
        (start - 3.0).abs() <= 1.1 && (end - 7.0).abs() <= 1.1,
        "{start} {end}"
    );
    assert!(
        (left + right - 1.0).abs() < 0.03 && right - left > 0.25,
        "{left} {right}"
    );
    let names = lines(&analysis, 0.85, 1.0);
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(
        names[0][0] == 0.0 && (names[0][1] - 12.0).abs() < 0.05,
        "{names:?}"
    );
    assert!(names[0][2] < 0.05 && names[0][3] < 0.35, "{names:?}");
    assert_eq!(analysis["picture_text"].as_array().unwrap().len(), 2);
}

#[test]
fn text_is_looked_for_once_and_not_at_all_where_it_is_switched_off() {
    let (place, models) = or_skip!(titled_film());
    let searched = |args: &str| {
        let output = run(&place, &models, args);
        assert_eq!(code(&output), 0, "{}", err(&output));
        json(&place, "out/report.json")
    };
    let again = searched("process jobs.toml --until select");
    assert_eq!(stage(&again, "picture_text")["items"], 0);
    assert_eq!(stage(&again, "picture_text")["cache_hits"], 1);
    let off = searched("process jobs.toml --until select --set picture-text.enabled=false");
    assert!(!off["stages"].to_string().contains("picture_text"));
    assert_eq!(stage(&off, "decode")["items"], 0);
    assert_eq!(
        json(&place, "out/a/analysis.json")["picture_text"],
        Value::Array(Vec::new())
    );
    let oftener = searched("process jobs.toml --until select --set picture-text.every=1s");
    assert!(stage(&oftener, "picture_text")["items"].as_u64().unwrap() > 8);
    assert_eq!(stage(&oftener, "faces")["items"], 0);
}

#[test]
fn a_clip_without_speech_is_named_after_what_is_written_large_in_it() {
    let (place, models) = or_skip!(titled_film());
    let title = |args: &str| {
        let args =
            format!("process jobs.toml --range 00:00:03-00:00:07 --max 4s --aspect source {args}");
        let output = run(&place, &models, &args);
        assert_eq!(code(&output), 0, "{}", err(&output));
        json(&place, "out/a/clips.json")["clips"][0]["title"].clone()
    };
    let read = title("");
    let letters = read.as_str().unwrap().replace(['_', ' '], "");
    assert_eq!(letters, "THETITLE", "{read}");
    assert_eq!(title("--set picture-text.titles=false"), "A, 00:00:03");
}
