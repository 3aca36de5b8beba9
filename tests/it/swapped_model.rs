//! A model's file that is not the one that is listed: no result of it may get into the cache under the listed one's name.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::needs::models;
use crate::or_skip;
use crate::place::{code, err};
use crate::process::{cold_studio, json, run};

/// Makes a folder of the same models, but for one whose last bytes, weights or names, are others.
fn copy_but_for(models: &Path, wrong: &str, folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    for entry in std::fs::read_dir(models).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() {
            symlink(&path, folder.join(name)).unwrap();
            continue;
        }
        if name != wrong {
            // A link would lead out of the model folder, which is refused by itself.
            let linked = std::fs::hard_link(&path, folder.join(name));
            if linked.is_err() {
                std::fs::copy(&path, folder.join(name)).unwrap();
            }
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

fn check_refused(file: &str) {
    let installed = or_skip!(models());
    let (place, _) = or_skip!(cold_studio());
    let swapped = place.path().join("models");
    copy_but_for(&installed, file, &swapped);
    let output = run(
        &place,
        &swapped,
        "process jobs.toml --set shots.precision=f32",
    );
    assert_eq!(code(&output), 69, "{}", err(&output));
    assert!(err(&output).contains(file), "{}", err(&output));
    if place.path().join("out/report.json").exists() {
        let job = &json(&place, "out/report.json")["jobs"][0];
        assert_eq!(job["error"]["class"], "model", "{job}");
    }
    assert!(!place.path().join("out/a/analysis.json").exists());
}

#[test]
fn another_model_for_shots_is_refused() {
    check_refused("transnetv2.onnx");
}

#[test]
fn another_model_for_faces_is_refused() {
    check_refused("centerface.onnx");
}

#[test]
fn another_model_for_speech_is_refused() {
    check_refused("silero_vad.onnx");
}
