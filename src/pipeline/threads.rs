//! Threads with a name, as many as the system gives.

use std::thread::{self, Scope};

use super::outcome::NoThread;

/// Starts a thread of the run.
///
/// # Errors
/// [`NoThread`] when the system is out of threads or memory; the work is then dropped.
pub(crate) fn spawn_named<'s, 'e>(
    scope: &'s Scope<'s, 'e>,
    name: &str,
    work: impl FnOnce() + Send + 's,
) -> Result<(), NoThread> {
    let spawned = thread::Builder::new()
        .name(name.to_owned())
        .spawn_scoped(scope, work);
    spawned
        .map(drop)
        .map_err(|error| NoThread(error.to_string()))
}

/// Starts up to `count` threads that do the same, fewer where the system gives no more; they are called `NAME-0` and so on.
///
/// # Errors
/// [`NoThread`] when there is not even one.
pub(crate) fn spawn_some<'s, 'e>(
    scope: &'s Scope<'s, 'e>,
    name: &str,
    count: usize,
    work: impl FnOnce() + Clone + Send + 's,
) -> Result<(), NoThread> {
    for number in 0..count {
        match spawn_named(scope, &format!("{name}-{number}"), work.clone()) {
            Err(none) if number == 0 => return Err(none),
            Err(_) => break,
            Ok(()) => {}
        }
    }
    Ok(())
}

/// Starts the threads of the loops that never wait.
///
/// # Errors
/// [`NoThread`] when the system gives none.
pub(crate) fn start_pool() -> Result<(), NoThread> {
    match rayon::ThreadPoolBuilder::new().build_global() {
        // It runs already: this is not the first run of the process.
        Err(error) if std::error::Error::source(&error).is_none() => Ok(()),
        other => other.map_err(|error| NoThread(error.to_string())),
    }
}
