//! What the tests of `speech` and `sound` share: models, recordings, samples.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use opusclip::analysis::speech::{SAMPLE_RATE, SampleRange};
use opusclip::inference::{Catalog, Runtime};

/// Tells that a test has nothing to work on; says so once where it is asked to.
#[macro_export]
macro_rules! or_skip {
    ($found:expr) => {
        match $found {
            Ok(found) => found,
            Err(missing) => {
                println!("skipped: no {missing} here");
                return;
            }
        }
    };
}

static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let named = std::env::var_os("OPUSCLIP_ORT_LIB").map(PathBuf::from);
    let beside = || Some(folder()?.join("runtime/libonnxruntime.so"));
    Runtime::load(&named.or_else(beside)?).ok()
});

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("OPUSCLIP_MODEL_DIR").map(PathBuf::from);
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share"));
    named.or_else(|| Some(data.or_else(home)?.join("opusclip/models")))
}

/// Returns ONNX Runtime and the model's file, or what is missing.
pub(crate) fn model(file: &str) -> Result<(&'static Runtime, PathBuf), String> {
    let runtime = RUNTIME.as_ref().ok_or("ONNX Runtime")?;
    let path = folder().map(|folder| folder.join(file));
    match path.filter(|path| path.is_file()) {
        Some(path) => Ok((runtime, path)),
        None => Err(file.to_owned()),
    }
}

/// Returns ONNX Runtime and the files listed for a role, or what is missing.
pub(crate) fn installed(role: &str) -> Result<(&'static Runtime, Vec<PathBuf>), String> {
    let runtime = RUNTIME.as_ref().ok_or("ONNX Runtime")?;
    let catalog = folder().and_then(|folder| Catalog::load(&folder).ok());
    let catalog = catalog.ok_or("list of models")?;
    let listed = catalog.models().iter().filter(|model| model.role == role);
    let files: Vec<_> = listed.map(|model| model.path.clone()).collect();
    match files.is_empty() {
        true => Err(format!("model for {role}")),
        false => Ok((runtime, files)),
    }
}

/// Returns a file that is kept beside the project, or its name when it is not there.
pub(crate) fn shared(name: &str) -> Result<PathBuf, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(name);
    match path.is_file() {
        true => Ok(path),
        false => Err(name.to_owned()),
    }
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
pub(crate) fn recording(name: &str) -> Result<Vec<f32>, String> {
    let path = shared(&format!("media/{name}"))?;
    Ok(samples(&["-i", &path.to_string_lossy()]))
}

/// Returns a range in seconds.
pub(crate) fn seconds(range: SampleRange) -> (f64, f64) {
    let rate = f64::from(SAMPLE_RATE);
    (range.start() as f64 / rate, range.end() as f64 / rate)
}
