//! What the cache remembers of small answers.

use std::collections::HashSet;
use std::sync::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Run, lock};
use crate::cache::Key;

/// What a run computed again that is to compute everything again: it is not computed a third time.
#[derive(Debug, Default)]
pub struct Renewed(Mutex<HashSet<Key>>);

/// Returns a stage's answer under `key`, if it is known and still makes sense.
pub(super) fn recall<T: DeserializeOwned>(run: &Run<'_>, stage: &str, key: &Key) -> Option<T> {
    if run.fresh && !lock(&run.renewed.0).contains(key) {
        return None;
    }
    postcard::from_bytes(&run.cache.get(stage, key)?).ok()
}

/// Keeps a stage's answer under `key`.
pub(super) fn keep<T: Serialize>(run: &Run<'_>, stage: &str, key: &Key, answer: &T) {
    // What cannot be packed is computed again.
    if let Ok(payload) = postcard::to_stdvec(answer) {
        if run.fresh {
            lock(&run.renewed.0).insert(*key);
        }
        run.cache.put(stage, key, &payload);
    }
}
