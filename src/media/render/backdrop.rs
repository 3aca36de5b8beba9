//! Backdrop of a fitted picture: an enlarged, blurred and darkened copy of it.
//!
//! Blurred at a few cells wide it costs next to nothing, and enlarging does the rest of the blurring.

use kernels::{AreaAverage, PixelSample, Plane, PlaneMut, Samples, ScaleAxis, ScaleSource, Scaler};

use super::source::Component;
use crate::frame::Rect;
use crate::media::framing::PixelPane;

/// Cells across the shorter side.
const SHORT: usize = 20;

/// Share of the light and of the colour that is left.
const LIGHT: f32 = 0.5;
const COLOUR: f32 = 0.55;

/// One channel of the backdrop, in 12 bits.
pub(super) struct BackdropChannel {
    cells: Vec<u16>,
    size: (usize, usize),
}

impl BackdropChannel {
    /// Returns the channel of `part` of a picture of `luma` columns and rows, blurred and drawn towards `black`, the
    /// channel's own in 8 bits; `None` for a picture of no size.
    pub(super) fn new(
        component: &Component<'_>,
        bits: u32,
        luma: (usize, usize),
        part: Rect,
        canvas: (usize, usize),
        black: u8,
    ) -> Option<Self> {
        let short = canvas.0.min(canvas.1);
        let cells = |side: usize| (side * SHORT).div_ceil(short).min(8 * SHORT);
        let size = (cells(canvas.0), cells(canvas.1));
        let averages = averages(component, luma, part, size)?;
        let blurred = blur(&blur(&averages, size), size);
        let (keep, unit) = (
            if black == 128 { COLOUR } else { LIGHT },
            (1 << (bits - 8)) as f32,
        );
        let black = f32::from(black);
        let dark = blurred
            .iter()
            .map(|level| (level / unit - black) * keep + black);
        Some(Self {
            cells: dark.map(|level| (level * 16.0).round() as u16).collect(),
            size,
        })
    }

    /// Enlarges what belongs to a band of the canvas into it; `chroma` is half as fine as the canvas.
    pub(super) fn draw<T: PixelSample>(
        &self,
        scaler: &mut Scaler,
        [x, y, width, height]: [usize; 4],
        canvas: (usize, usize),
        chroma: bool,
        target: &mut PlaneMut<'_, T>,
    ) {
        let fine = if chroma { 2 } else { 1 };
        let axis = |start: usize, length: usize, canvas: usize, cells: usize| {
            let step = (cells * fine) as f64 / canvas as f64;
            let origin = (start / fine) as f64 * step + 0.5 * step - 0.5;
            ScaleAxis::new(cells, origin, step, length / fine)
        };
        let plane = Plane {
            samples: &self.cells[..],
            stride: self.size.0,
            channels: 1,
        };
        let across = axis(x, width, canvas.0, self.size.0);
        let down = axis(y, height, canvas.1, self.size.1);
        let source = ScaleSource {
            samples: Samples::Wide(plane),
            channel: 0,
            bits: 12,
            axes: (&across, &down),
        };
        scaler.scale(source, target);
    }
}

/// Returns the bands of a canvas that one pane leaves free: above, below, left and right of it.
pub(super) fn bands(pane: &PixelPane, (width, height): (usize, usize)) -> Vec<[usize; 4]> {
    let [x, y, w, h] = pane.place;
    let all = [
        [0, 0, width, y],
        [0, y + h, width, height - y - h],
        [0, y, x, h],
        [x + w, y, width - x - w, h],
    ];
    all.into_iter()
        .filter(|&[_, _, w, h]| w > 0 && h > 0)
        .collect()
}

fn averages(
    component: &Component<'_>,
    luma: (usize, usize),
    part: Rect,
    grid: (usize, usize),
) -> Option<Vec<f32>> {
    // A chroma sample's worth of luma at a time.
    let along = |start: f64, length: f64, size: usize, shift: u32| {
        let start = ((start * size as f64) as usize >> shift << shift)
            .min(size.saturating_sub(1) >> shift << shift);
        let length = ((length * size as f64) as usize).clamp(1, size - start);
        (start >> shift, length)
    };
    let (x, width) = along(part.x, part.width, luma.0, component.shift.0);
    let (y, height) = along(part.y, part.height, luma.1, component.shift.1);
    let samples = component.samples.from(x, y);
    let mut averages = vec![0.0; grid.0 * grid.1 * samples.channels()];
    AreaAverage::new((width, height), component.shift, grid)?.average(samples, &mut averages);
    let wanted = averages.into_iter().skip(component.channel);
    Some(wanted.step_by(samples.channels()).collect())
}

/// Returns each cell's mean with its eight neighbours; edges repeat.
fn blur(cells: &[f32], (width, height): (usize, usize)) -> Vec<f32> {
    let around = |at: usize, size: usize| [at.saturating_sub(1), at, (at + 1).min(size - 1)];
    let mean = |index: usize| {
        let (x, y) = (index % width, index / width);
        let rows = around(y, height).into_iter();
        let sum: f32 = rows
            .flat_map(|y| around(x, width).map(|x| cells[y * width + x]))
            .sum();
        sum / 9.0
    };
    (0..cells.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_what_a_pane_leaves_free() {
        let pane = |place| PixelPane {
            part: Rect::WHOLE,
            place,
        };
        assert_eq!(
            bands(&pane([0, 656, 1080, 608]), (1080, 1920)),
            [[0, 0, 1080, 656], [0, 1264, 1080, 656]]
        );
        assert_eq!(
            bands(&pane([2, 0, 4, 8]), (8, 8)),
            [[0, 0, 2, 8], [6, 0, 2, 8]]
        );
        assert!(bands(&pane([0, 0, 8, 8]), (8, 8)).is_empty());
    }

    #[test]
    fn blurring_keeps_the_mean_of_what_is_inside() {
        let mut cells = vec![0.0; 25];
        cells[12] = 9.0;
        let blurred = blur(&cells, (5, 5));
        assert_eq!(blurred.iter().sum::<f32>(), 9.0);
        assert_eq!(blurred[6], 1.0);
    }
}
