//! Fourier transforms of real numbers.

use std::sync::Arc;

pub use realfft::num_complex::{Complex32, Complex64};
use realfft::{RealFftPlanner, RealToComplex};

/// A transform of a fixed number of points, which also makes the buffers it works on.
pub type Fourier<T> = Arc<dyn RealToComplex<T>>;

/// Returns the transform of so many points.
pub fn plan_f32(points: usize) -> Fourier<f32> {
    RealFftPlanner::new().plan_fft_forward(points)
}

/// Returns the transform of so many points in double precision.
pub fn plan_f64(points: usize) -> Fourier<f64> {
    RealFftPlanner::new().plan_fft_forward(points)
}
