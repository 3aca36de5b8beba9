//! What the tests of `speech` and `sound` share: models, recordings, samples.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use opusclip::analysis::speech::{SAMPLE_RATE, SampleRange};
use opusclip::inference::{Catalog, Runtime};

use crate::needs::{self, Kind, Missing};

static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let named = std::env::var_os("OPUSCLIP_ORT_LIB").map(PathBuf::from);
    let beside = || Some(needs::models().ok()?.join("runtime/libonnxruntime.so"));
    Runtime::load(&named.or_else(beside)?).ok()
});

fn runtime() -> Result<&'static Runtime, Missing> {
    let found = RUNTIME.as_ref();
    found.ok_or_else(|| Missing::new(Kind::Models, "ONNX Runtime"))
}

/// Returns ONNX Runtime and the model's file.
pub(crate) fn model(file: &str) -> Result<(&'static Runtime, PathBuf), Missing> {
    let path = needs::models()?.join(file);
    if path.is_file() {
        Ok((runtime()?, path))
    } else {
        Err(Missing::new(Kind::Models, file))
    }
}

/// Returns ONNX Runtime and the files listed for a role.
pub(crate) fn installed(role: &str) -> Result<(&'static Runtime, Vec<PathBuf>), Missing> {
    let catalog = Catalog::load(&needs::models()?);
    let catalog = catalog.map_err(|error| Missing::new(Kind::Models, error.to_string()))?;
    let listed = catalog.models().iter().filter(|model| model.role == role);
    let files: Vec<_> = listed.map(|model| model.path.clone()).collect();
    if files.is_empty() {
        return Err(Missing::new(Kind::Models, format!("model for {role}")));
    }
    Ok((runtime()?, files))
}

/// Returns the sound of a file, or of a source that the `ffmpeg` program makes up, at 16 kHz mono.
pub(crate) fn samples(input: &[&str]) -> Vec<f32> {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin"])
        .args(input)
        // As loud as each of the channels where they are equal.
        .args(["-vn", "-af", "aresample=rematrix_maxval=1"])
        .args(["-ac", "1", "-ar", "16000", "-f", "f32le", "-"])
        .output()
        .unwrap();
    assert!(made.status.success(), "ffmpeg {input:?}");
    let values = made.stdout.as_chunks::<4>().0.iter();
    values.map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Returns the sound of a recording kept beside the project.
pub(crate) fn recording(name: &str) -> Result<Vec<f32>, Missing> {
    let path = needs::shared(&format!("media/{name}"))?;
    Ok(samples(&["-i", &path.to_string_lossy()]))
}

/// Returns a range in seconds.
pub(crate) fn seconds(range: SampleRange) -> (f64, f64) {
    let rate = f64::from(SAMPLE_RATE);
    (range.start() as f64 / rate, range.end() as f64 / rate)
}
