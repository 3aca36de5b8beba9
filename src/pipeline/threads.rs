//! Threads with a name.

use std::thread::{self, Scope};

/// Starts a thread of the run.
pub(crate) fn spawn_named<'s, 'e>(
    scope: &'s Scope<'s, 'e>,
    name: &str,
    work: impl FnOnce() + Send + 's,
) {
    let spawned = thread::Builder::new()
        .name(name.to_owned())
        .spawn_scoped(scope, work);
    // Without its threads a run would wait for ever; the system is out of threads or memory.
    spawned.expect("a system that can start a thread");
}
