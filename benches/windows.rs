//! How long a minute of small pictures takes to become windows of the shot model.

#![allow(missing_docs)] // criterion's macro writes a public function

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use opusclip::analysis::shots::ShotWindows;
use opusclip::frame::SMALL_BYTES;

/// A minute at 25 frames a second.
const FRAMES: usize = 1500;

fn assemble(criterion: &mut Criterion) {
    let picture = [7; SMALL_BYTES];
    criterion.bench_function("windows of 1500 frames", |bencher| {
        bencher.iter(|| {
            let mut windows = ShotWindows::default();
            let whole = (0..FRAMES)
                .filter_map(|_| windows.push(black_box(&picture)))
                .count();
            whole + windows.finish().len()
        });
    });
}

criterion_group!(benches, assemble);
criterion_main!(benches);
