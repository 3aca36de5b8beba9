//! Contact sheet: pictures of a clip side by side.

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::frame;

use super::analysis_frame::Scaled;
use super::sampling::SamplingGrid;
use super::still::write_jpeg;
use super::{Error, VideoStream};
use crate::frame::Picture;
use crate::timeline::Timestamp;

/// Columns of a picture on a sheet.
const TILE: u32 = 240;
/// Pictures on a sheet, at most; beyond that they are taken further apart.
const MOST_TILES: u32 = 100;
/// Width of a sheet to its height, about.
const SHEET: f64 = 1.5;

/// A sheet with pictures of a clip, to be written as a JPEG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactSheet<'a> {
    /// One picture at each multiple of this time; further apart where that would be more than 100.
    pub interval: Duration,
    /// Where to write; what is there is replaced.
    pub output: &'a Path,
}

/// Collects the pictures of a sheet.
pub(super) struct Tiles {
    grid: SamplingGrid,
    scaled: Scaled,
    tiles: Vec<Picture>,
}

impl Tiles {
    /// Returns a collector for a clip of this length.
    pub(super) fn new(stream: &VideoStream, interval: Duration, length: Duration) -> Self {
        Self {
            grid: SamplingGrid::new(interval.max(length / MOST_TILES)),
            scaled: Scaled::new(stream, TILE),
            tiles: Vec::new(),
        }
    }

    /// Takes the next frame, shown at `time`.
    pub(super) fn see(&mut self, frame: &frame::Video, time: Timestamp) -> Result<(), Error> {
        // Longer than it should be, it may still be too many.
        if self.grid.is_due(time) && self.tiles.len() <= MOST_TILES as usize {
            self.tiles.push(self.scaled.picture(frame)?);
        }
        Ok(())
    }

    /// Writes the sheet.
    pub(super) fn write(&self, output: &Path) -> Result<(), Error> {
        write_jpeg(&sheet(&self.tiles), output)
    }
}

/// Lays pictures out in rows; what does not fit its place is cut off.
fn sheet(tiles: &[Picture]) -> Picture {
    let (width, height) = tiles
        .first()
        .map_or((1, 1), |tile| (tile.width, tile.height));
    let across = (tiles.len() as f64 * SHEET * f64::from(height) / f64::from(width)).sqrt();
    let across = (across.round() as u32).clamp(1, tiles.len().max(1) as u32);
    let down = (tiles.len().max(1) as u32).div_ceil(across);
    let line = (across * width * 3) as usize;
    let mut rgb = vec![0; line * (down * height) as usize];
    for (index, tile) in (0..).zip(tiles) {
        let (left, top) = (index % across * width, index / across * height);
        let bytes = (tile.width.min(width) * 3) as usize;
        let rows = tile.rgb.chunks(tile.width as usize * 3);
        for (y, row) in rows.enumerate().take(height as usize) {
            let at = (top as usize + y) * line + left as usize * 3;
            rgb[at..at + bytes].copy_from_slice(&row[..bytes]);
        }
    }
    Picture {
        width: across * width,
        height: down * height,
        rgb,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_laid_out_in_rows() {
        let tile = |level| Picture {
            width: 2,
            height: 1,
            rgb: vec![level; 6],
        };
        let tiles: Vec<_> = (1..=5).map(tile).collect();
        let Picture { width, height, rgb } = sheet(&tiles);
        assert_eq!((width, height), (4, 3));
        assert_eq!(rgb[..12], [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
        assert_eq!(rgb[24..], [5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0]);
        let none = sheet(&[]);
        assert_eq!((none.width, none.height), (1, 1));
    }
}
