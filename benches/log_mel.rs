//! How long the picture of a window's sound takes: full, and with a third of it silent.

#![allow(missing_docs)] // criterion's macro writes a public function

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use opusclip::analysis::transcript::{LogMel, WINDOW_SAMPLES};

/// A tone that rises and falls in loudness.
fn sound(samples: usize) -> Vec<f32> {
    let sample = |n: usize| (n as f32 * 0.17).sin() * (n as f32 * 0.000_1).cos();
    (0..samples).map(sample).collect()
}

fn pictures(criterion: &mut Criterion) {
    let mel = LogMel::new();
    let mut group = criterion.benchmark_group("log-mel of a 30 s window");
    for (name, samples) in [
        ("full", WINDOW_SAMPLES),
        ("two thirds", WINDOW_SAMPLES / 3 * 2),
    ] {
        let sound = sound(samples);
        group.bench_function(name, |bencher| bencher.iter(|| mel.of(black_box(&sound))));
    }
    group.finish();
}

criterion_group!(benches, pictures);
criterion_main!(benches);
