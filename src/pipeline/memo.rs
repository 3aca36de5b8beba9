//! What the cache remembers of small answers.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Run;
use crate::cache::Key;

/// Returns a stage's answer under `key`, if it is known and still makes sense.
pub(super) fn recall<T: DeserializeOwned>(run: &Run<'_>, stage: &str, key: &Key) -> Option<T> {
    if run.fresh {
        return None;
    }
    postcard::from_bytes(&run.cache.get(stage, key)?).ok()
}

/// Keeps a stage's answer under `key`.
pub(super) fn keep<T: Serialize>(run: &Run<'_>, stage: &str, key: &Key, answer: &T) {
    // What cannot be packed is computed again.
    if let Ok(payload) = postcard::to_stdvec(answer) {
        run.cache.put(stage, key, &payload);
    }
}
