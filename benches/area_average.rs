//! How long one 1080p 4:2:0 frame takes to become 48x27, memory included.

#![allow(missing_docs)] // criterion's macro writes a public function

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::{AreaAverage, Plane, Samples};

const GRID: (usize, usize) = (48, 27);
const SIZE: (usize, usize) = (1920, 1080);

fn average_frame(criterion: &mut Criterion) {
    let luma: Vec<u8> = (0..SIZE.0 * SIZE.1).map(|n| (n % 251) as u8).collect();
    let chroma = &luma[..SIZE.0 * SIZE.1 / 4];
    let build = |shift| AreaAverage::new(SIZE, shift, GRID).expect("1080p fits");
    let (mut fine, mut coarse) = (build((0, 0)), build((1, 1)));
    let mut averages = [0.0; GRID.0 * GRID.1];
    criterion.bench_function("area average 1080p 4:2:0", |bencher| {
        bencher.iter(|| {
            fine.average(plane(&luma, SIZE.0), &mut averages);
            coarse.average(plane(chroma, SIZE.0 / 2), &mut averages);
            coarse.average(plane(chroma, SIZE.0 / 2), &mut averages);
            black_box(averages[0])
        });
    });
}

fn plane(samples: &[u8], stride: usize) -> Samples<'_> {
    Samples::Bytes(Plane {
        samples: black_box(samples),
        stride,
        channels: 1,
    })
}

criterion_group!(benches, average_frame);
criterion_main!(benches);
