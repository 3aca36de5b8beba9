//! The loops over samples and pixels: plain numbers in and out, no files, no models, no FFmpeg.
//!
//! They are a package of their own so that they are optimised in every build, that of tests and of development among them:
//! there the rest of the program is not, and these loops would take most of the time. For the same reason no public
//! function here is generic: a generic one is compiled where it is used.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod area;
mod axis;
mod colour;
mod correlation;
mod difference;
mod fourier;
mod grid;
mod limiter;
mod log_mel;
mod matrix;
mod plane;
mod resize;
mod scale;
mod small;
mod tone;

pub use area::AreaAverage;
pub use axis::ScaleAxis;
pub use colour::{Colours, LumaWeights, STANDARD, ToRgb, is_full, known_matrix, level, weights_of};
pub use correlation::{SoundMatch, best_match};
pub use difference::{COLOUR_BINS, colour_histogram, difference, moved_pixels};
pub use fourier::{Complex32, Complex64, Fourier, plan_f32, plan_f64};
pub use grid::{grid_light, light};
pub use limiter::{Gain, Limiter};
pub use log_mel::{BANDS, FRAMES, LogMel, WINDOW_SAMPLES};
pub use matrix::MatrixMap;
pub use plane::{Plane, PlaneMut, Samples};
pub use resize::{ResizeError, Resizer, subtract_mean};
pub use scale::{PixelSample, ScaleSource, Scaler};
pub use small::{changed_places, contrast, lights};
pub use tone::{ToneMap, is_hdr};
