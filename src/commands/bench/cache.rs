//! Records written and read, small ones in the index and large ones as files.

use std::time::Instant;

use super::subject::{BenchSubject, Figures};
use crate::cache::{Cache, CacheOptions, Key, KeyBuilder};
use crate::report::bench::{Better, Series};

/// Records of each size in one measurement.
const SIZES: [(&str, usize, u32); 2] = [("1 KiB", 1 << 10, 2000), ("256 KiB", 256 << 10, 50)];

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    for _ in 0..subject.runs {
        for (size, bytes, count) in SIZES {
            let folder = tempfile::tempdir()?;
            let cache = Cache::open(folder.path(), &CacheOptions::default()).cache;
            let payload: Vec<u8> = (0..bytes).map(|n| (n * 31 % 251) as u8).collect();
            let put = rate(count, |key| cache.put("bench", key, &payload));
            let get = rate(count, |key| drop(cache.get("bench", key)));
            table.add(
                &format!("cache put {size}"),
                "records/s",
                Better::Higher,
                put,
            );
            table.add(
                &format!("cache get {size}"),
                "records/s",
                Better::Higher,
                get,
            );
        }
    }
    Ok(table.0)
}

/// Returns how often a second `act` can be done with different keys.
fn rate(count: u32, act: impl Fn(&Key)) -> f64 {
    let keys: Vec<Key> = (0..count)
        .map(|number| {
            KeyBuilder::new("bench-v1")
                .field(&number.to_le_bytes())
                .finish()
        })
        .collect();
    let begun = Instant::now();
    keys.iter().for_each(act);
    f64::from(count) / begun.elapsed().as_secs_f64()
}
