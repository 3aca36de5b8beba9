//! RGB pictures at another size, and as the planes of floats that a vision model takes.

use std::borrow::Cow;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{self as fir, FilterType, ResizeAlg, ResizeOptions};

/// Why a picture cannot be resized: it has no pixels, or fewer than its size says.
#[derive(Debug)]
pub struct ResizeError(String);

impl std::fmt::Display for ResizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ResizeError {}

/// Resizes pictures of 8-bit RGB; keeps its buffers.
#[derive(Debug, Default)]
pub struct Resizer(fir::Resizer);

impl Resizer {
    /// Returns a picture's bytes at another size; each pixel is averaged over what it stands for.
    ///
    /// # Errors
    /// When the picture has no pixel, or fewer than its size says.
    pub fn resize<'a>(
        &mut self,
        rgb: &'a [u8],
        from: (u32, u32),
        to: (u32, u32),
    ) -> Result<Cow<'a, [u8]>, ResizeError> {
        let fault = |e: &dyn std::fmt::Display| ResizeError(e.to_string());
        let source =
            TypedImageRef::<U8x3>::from_buffer(from.0, from.1, rgb).map_err(|e| fault(&e))?;
        if from == to {
            return Ok(rgb.into());
        }
        if from.0 == 0 || from.1 == 0 {
            return Err(fault(&"it has no pixel"));
        }
        let mut resized = vec![0; to.0 as usize * to.1 as usize * 3];
        let mut target =
            TypedImage::<U8x3>::from_buffer(to.0, to.1, &mut resized).map_err(|e| fault(&e))?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        // By its type: `resize` is compiled for every kind of pixel that there is, which takes minutes.
        self.0
            .resize_typed(&source, &mut target, &options)
            .map_err(|e| fault(&e))?;
        Ok(resized.into())
    }
}

/// Writes one colour of the pixels of a line, less `mean` and times `scale`.
pub fn subtract_mean(rgb: &[u8], channel: usize, (mean, scale): (f32, f32), line: &mut [f32]) {
    for (value, pixel) in line.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *value = (f32::from(pixel[channel]) - mean) * scale;
    }
}
