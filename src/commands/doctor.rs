//! `opusclip doctor`: is everything here that a run needs?

use std::path::Path;

use serde::Serialize;
use sysinfo::Disks;

use super::answer::shown;
use crate::analysis::shots::ShotModel;
use crate::cache::{Cache, CacheOptions};
use crate::inference::{Catalog, Error, Runtime, SessionOptions};
use crate::media;
use crate::report::{Align, ExitCode, aligned};
use crate::settings::{DeviceChoice, Folders};

/// Less free space than this on a disk that is written to is worth a warning: an hour of clips.
const LITTLE_SPACE: u64 = 2 << 30;

const RUNTIME: &str = "onnxruntime";

/// What was looked at, in the order to mend it.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    /// Whether a run can work.
    pub(super) healthy: bool,
    /// One entry for each thing that a run needs or profits from.
    pub(super) checks: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What: a stable word.
    pub(super) name: &'static str,
    /// `ok`, `warning` or `failed`.
    pub(super) status: Status,
    /// What was found.
    pub(super) detail: String,
    /// What to do; empty when it is well.
    pub(super) hint: String,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Well.
    Ok,
    /// A run works, but not as well as it could.
    Warning,
    /// A run cannot work.
    Failed,
}

/// Looks, tells, and returns 0 when a run can work, 78 when ONNX Runtime cannot be loaded, else 69.
pub(super) fn run(json: bool) -> ExitCode {
    media::init();
    let health = examine(&Folders::of_this_process());
    let text = if json {
        serde_json::to_string_pretty(&health).expect("words and lines are valid JSON") + "\n"
    } else {
        text(&health)
    };
    match shown(&text) {
        ExitCode::Done => health.exit_code(),
        code => code,
    }
}

impl Health {
    /// Returns 0 when a run can work, 78 when ONNX Runtime cannot be loaded, else 69.
    pub(super) fn exit_code(&self) -> ExitCode {
        let is_failed = |check: &&Finding| check.status == Status::Failed;
        let mut failed = self.checks.iter().filter(is_failed);
        if failed.any(|check| check.name == RUNTIME) {
            ExitCode::Installation
        } else if self.healthy {
            ExitCode::Done
        } else {
            ExitCode::Unavailable
        }
    }
}

/// Looks at everything that a run needs.
fn examine(folders: &Folders) -> Health {
    let mut checks = vec![ffmpeg()];
    let runtime = Runtime::load(&folders.runtime);
    checks.push(match &runtime {
        Ok(runtime) => ok(RUNTIME, runtime.library().display().to_string()),
        Err(e) => failed(RUNTIME, e, "run scripts/setup"),
    });
    let catalog = Catalog::load(&folders.models);
    checks.extend(models(catalog.as_ref().map_err(ToString::to_string)));
    if let (Ok(runtime), Ok(catalog)) = (&runtime, &catalog) {
        checks.push(device(runtime, catalog));
    }
    checks.push(cache(&folders.cache));
    checks.push(disk(&folders.cache));
    let healthy = checks.iter().all(|check| check.status != Status::Failed);
    Health { healthy, checks }
}

/// Returns the findings as aligned lines.
fn text(health: &Health) -> String {
    let row = |name: &str, status: &str, detail: String| [name.into(), status.into(), detail];
    let mut rows = Vec::new();
    for check in &health.checks {
        let status = match check.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "FAILED",
        };
        rows.push(row(check.name, status, check.detail.clone()));
        if !check.hint.is_empty() {
            rows.push(row("", "", format!("hint: {}", check.hint)));
        }
    }
    let mut text = aligned([Align::Left; 3], &rows);
    text.push_str(if health.healthy {
        "healthy\n"
    } else {
        "not healthy\n"
    });
    text
}

/// Tells on what models run here: tried, not assumed.
pub(super) fn tried_device(runtime: &Result<Runtime, Error>, folders: &Folders) -> Finding {
    match (runtime, Catalog::load(&folders.models)) {
        (Ok(runtime), Ok(catalog)) => device(runtime, &catalog),
        (Ok(_), Err(e)) => failed("device", e, "run scripts/setup"),
        (Err(e), _) => failed(RUNTIME, e, "run scripts/setup"),
    }
}

fn ok(name: &'static str, detail: String) -> Finding {
    Finding {
        name,
        status: Status::Ok,
        detail,
        hint: String::new(),
    }
}

fn warning(name: &'static str, detail: String, hint: &str) -> Finding {
    Finding {
        name,
        status: Status::Warning,
        detail,
        hint: hint.to_owned(),
    }
}

fn failed(name: &'static str, detail: impl ToString, hint: &str) -> Finding {
    Finding {
        name,
        status: Status::Failed,
        detail: detail.to_string(),
        hint: hint.to_owned(),
    }
}

fn ffmpeg() -> Finding {
    let versions = media::versions();
    let missing: Vec<_> = ["libx264", "aac"]
        .into_iter()
        .filter(|e| !versions.has_encoder(e))
        .collect();
    let media::Versions {
        format,
        codec,
        filter,
    } = &versions;
    let said = format!("libavformat {format}, libavcodec {codec}, libavfilter {filter}");
    if missing.is_empty() {
        ok("ffmpeg", said)
    } else {
        failed(
            "ffmpeg",
            format!("{said}, without encoder {}", missing.join(", ")),
            "install the distribution's full FFmpeg libraries",
        )
    }
}

fn models(catalog: Result<&Catalog, String>) -> Vec<Finding> {
    let catalog = match catalog {
        Ok(catalog) => catalog,
        Err(e) => return vec![failed("models", e, "run scripts/setup")],
    };
    let one = |model: &crate::inference::InstalledModel| match model.verify() {
        Ok(()) => ok(
            "model",
            format!("{} ({}), digest right", model.name, model.variant),
        ),
        Err(e) => failed("model", e, "run scripts/setup"),
    };
    catalog.models().iter().map(one).collect()
}

fn device(runtime: &Runtime, catalog: &Catalog) -> Finding {
    let options = SessionOptions { threads: 1 };
    let opened = catalog
        .find("shots")
        .map_err(|e| e.to_string())
        .and_then(|model| {
            ShotModel::open(runtime, &model.path, DeviceChoice::Auto, &options)
                .map_err(|e| e.to_string())
        });
    match opened {
        Ok(model) => ok("device", model.session().reason().to_owned()),
        Err(e) => failed("device", e, "run opusclip models verify"),
    }
}

fn cache(folder: &Path) -> Finding {
    match Cache::open(folder, &CacheOptions::default()).warning {
        None => ok("cache", folder.display().to_string()),
        Some(why) => warning(
            "cache",
            why.to_string(),
            "runs work without it, but forget their work",
        ),
    }
}

fn disk(folder: &Path) -> Finding {
    let disks = Disks::new_with_refreshed_list();
    let holds = |mount: &Path| folder.starts_with(mount);
    let disk = disks.iter().filter(|disk| holds(disk.mount_point()));
    let Some(disk) = disk.max_by_key(|disk| disk.mount_point().as_os_str().len()) else {
        return warning("disk", format!("nothing known of {}", folder.display()), "");
    };
    let free = disk.available_space();
    let detail = format!(
        "{:.1} GiB free for the cache",
        free as f64 / f64::from(1 << 30)
    );
    if free < LITTLE_SPACE {
        warning("disk", detail, "make room, or opusclip cache clear")
    } else {
        ok("disk", detail)
    }
}
