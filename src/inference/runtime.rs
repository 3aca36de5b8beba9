//! The shared library of ONNX Runtime, loaded once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use ort::environment::Environment;
use ort::logging::LogLevel;

use super::{Error, SessionMemory};

/// Forbids ONNX Runtime to queue telemetry and to write a device id into the user's cache folder.
///
/// Call it before the first thread starts and before [`Runtime::load`]: the library reads it from the environment.
pub fn forbid_telemetry() {
    // SAFETY: no other thread is running that could read the environment meanwhile.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
}

/// The one that this process has loaded.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// ONNX Runtime, ready to open sessions.
#[derive(Debug, Clone)]
pub struct Runtime {
    pub(super) environment: Environment,
    library: PathBuf,
    memory: Option<SessionMemory>,
}

fn environment(library: &Path) -> Result<Environment, String> {
    ort::init_from(library)
        .map_err(|e| e.to_string())?
        .with_name("opusclip")
        .with_telemetry(false)
        // Without one it prints on stderr, where only report/ writes; what matters comes back as an error.
        .with_logger(Arc::new(|_, _, _, _, _| {}))
        .build()
        .map_err(|e| e.to_string())
}

impl Runtime {
    /// Loads the shared library at `library`; a process that has it already gets the same again, for there is one for each.
    ///
    /// # Errors
    /// [`Error::Library`] when it is not there, cannot be loaded or is older than this program needs.
    pub fn load(library: &Path) -> Result<Self, Error> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref().filter(|one| one.library == library) {
            return Ok(runtime.clone());
        }
        let runtime = Self::load_first(library)?;
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    fn load_first(library: &Path) -> Result<Self, Error> {
        let fault = |why: String| Error::Library {
            path: library.to_owned(),
            why,
        };
        if !library.is_file() {
            return Err(fault(
                "not there; run scripts/setup or set OPUSCLIP_ORT_LIB".into(),
            ));
        }
        // A library that knows no version of our interface makes the crate panic: in a thread, where nobody sees it.
        let loading = std::thread::scope(|scope| {
            let thread = Builder::new().name("runtime".into());
            let thread = thread.spawn_scoped(scope, || environment(library));
            thread.map(|thread| thread.join())
        });
        let made = match loading {
            Ok(Ok(made)) => made,
            Ok(Err(_)) => Err("not an ONNX Runtime of a version that is known".into()),
            Err(no_thread) => return Err(Error::OutOfMemory(no_thread.to_string())),
        };
        let environment = made.map_err(fault)?;
        environment.set_log_level(LogLevel::Fatal);
        let memory = SessionMemory::share(&environment);
        Ok(Self {
            environment,
            library: library.to_owned(),
            memory,
        })
    }

    /// Returns the library's file.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Returns the memory that all sessions on the CPU share; none where each has its own, for addresses are limited.
    pub fn memory(&self) -> Option<SessionMemory> {
        self.memory
    }

    /// Returns the version that the library's file name or build carries, for reports and cache keys.
    pub fn version(&self) -> String {
        version_of(&self.real_library(), ort::info())
    }

    /// Tells whether a model that may run anywhere will be tried on a GPU: there is one, and this ONNX Runtime knows CUDA.
    pub fn may_use_cuda(&self) -> bool {
        self.cuda_absent().is_none() && super::gpu::is_present()
    }

    /// Tells why CUDA cannot be there at all, or `None` when it is worth a try.
    pub(super) fn cuda_absent(&self) -> Option<String> {
        let provider = self
            .real_library()
            .with_file_name("libonnxruntime_providers_cuda.so");
        (!provider.is_file()).then(|| "this ONNX Runtime has no CUDA provider beside it".to_owned())
    }

    /// Returns the library's file without links.
    fn real_library(&self) -> PathBuf {
        let real = self.library.canonicalize();
        real.unwrap_or_else(|_| self.library.clone())
    }
}

/// Returns what stands after `.so.` in the name of a library, else what its build tells.
fn version_of(library: &Path, build: &str) -> String {
    let name = library.file_name().unwrap_or_default().to_string_lossy();
    let version = name.split_once(".so.").map(|(_, version)| version);
    version.unwrap_or(build.trim()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_in_the_name_of_the_library_or_told_by_its_build() {
        let of = |name: &str| version_of(Path::new(name), "build type=Release\n");
        assert_eq!(of("/m/libonnxruntime.so.1.31.1"), "1.31.1");
        assert_eq!(of("/m/libonnxruntime.so"), "build type=Release");
    }
}
