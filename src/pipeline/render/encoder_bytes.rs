//! Memory of a clip while it is made.

use super::request::RenderSettings;
use crate::media::Media;

/// Bytes that a pixel of a clip takes while it is made, measured with x264 at `veryfast`: some two dozen pictures, some of them
/// four times for the search between pixels.
const BYTES_A_PIXEL: usize = 90;
/// Bytes that a pixel of the source takes meanwhile.
const SOURCE_BYTES_A_PIXEL: usize = 12;

/// Returns the bytes that making a clip takes: mostly x264's pictures, some for decoding.
pub(super) fn encoder_bytes(media: &Media, settings: &RenderSettings) -> usize {
    let size = media.video.as_ref().map(|video| video.display_size());
    let source = size.map_or(0, |(width, height)| width as usize * height as usize);
    let framing = settings.framing.as_ref();
    let clip = framing.map_or(source, |framing| {
        framing.size.width as usize * framing.size.height as usize
    });
    clip * BYTES_A_PIXEL + source * SOURCE_BYTES_A_PIXEL
}
