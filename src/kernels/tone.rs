//! Tone mapping of high dynamic range: PQ and HLG pictures to BT.709, through a table.
//!
//! White of a sheet of paper is 203 nits in HDR (BT.2408); it keeps most of the range, and what is brighter is rolled off
//! up to 1000 nits by the curve of BT.2390, on the brightest of the three colours, so that hues stay.

use super::colour::{Colours, STANDARD, known_matrix, weights_of};
use super::plane::PlaneMut;

/// Nits of the brightest highlight that is told from white.
const PEAK: f64 = 1000.0;
/// Nits that become full white.
const WHITE: f64 = 203.0;
/// Gamma of a BT.709 display (BT.1886).
const GAMMA: f64 = 2.4;

/// Steps of the table along luma, and along each chroma.
const LUMA_STEPS: usize = 64;
const CHROMA_STEPS: usize = 32;
/// From one chroma value to the next in the table, and from one V to the next.
const ROW: usize = LUMA_STEPS + 1;
const SLICE: usize = ROW * (CHROMA_STEPS + 1);

/// The H.273 numbers of the transfers.
const PQ: i32 = 16;
const HLG: i32 = 18;

/// Tells whether pictures with these tags are of high dynamic range.
pub fn is_hdr(colours: Colours) -> bool {
    matches!(colours.transfer, PQ | HLG)
}

/// Maps pictures of 12 bits to 8.
pub struct ToneMap {
    /// Luma of the result in 8 bits, by the source's V, U and luma.
    luma: Vec<f32>,
    /// U and V of the result.
    chroma: Vec<[f32; 2]>,
}

impl ToneMap {
    /// Returns the map for pictures with these tags; untagged matrix and primaries are those of BT.2020.
    pub fn new(colours: Colours, full: bool) -> Self {
        let weights = match colours.matrix {
            0 | 2 => weights_of(9),
            known => weights_of(known_matrix(known, (3840, 2160))),
        };
        let unit = |step: usize, steps: usize| step as f64 / steps as f64 * 4095.0 / 16.0;
        let (mut luma, mut chroma) = (Vec::new(), Vec::new());
        for v in 0..=CHROMA_STEPS {
            for u in 0..=CHROMA_STEPS {
                for y in 0..=LUMA_STEPS {
                    let yuv = [
                        unit(y, LUMA_STEPS),
                        unit(u, CHROMA_STEPS),
                        unit(v, CHROMA_STEPS),
                    ];
                    let signal = rgb_of(yuv, weights.shares(), full);
                    let [y, u, v] =
                        yuv_of(standard(nits(signal, colours.transfer), colours.primaries));
                    luma.push(y);
                    chroma.push([u, v]);
                }
            }
        }
        Self { luma, chroma }
    }

    /// Maps a picture of 12 bits; both are 4:2:0.
    pub fn map(
        &self,
        source: &[PlaneMut<'_, u16>; 3],
        (width, height): (usize, usize),
        into: &mut [PlaneMut<'_, u8>; 3],
    ) {
        let [from_y, from_u, from_v] = source;
        let [y, u, v] = into;
        for row in 0..height / 2 {
            for column in 0..width / 2 {
                let chroma = (
                    from_u.samples[row * from_u.stride + column],
                    from_v.samples[row * from_v.stride + column],
                );
                let cell = ToneCell::of(chroma);
                let mut known = (usize::MAX, [0.0; 2]);
                let mut sum = 0;
                for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let (row, column) = (2 * row + dy, 2 * column + dx);
                    let luma = from_y.samples[row * from_y.stride + column];
                    sum += luma;
                    let (step, near) = step(luma, LUMA_STEPS);
                    // Neighbours are mostly alike.
                    if known.0 != step {
                        known = (
                            step,
                            [step, step + 1].map(|step| cell.mix(&self.luma, step)),
                        );
                    }
                    let [low, high] = known.1;
                    y.samples[row * y.stride + column] = (low + (high - low) * near + 0.5) as u8;
                }
                let [mapped_u, mapped_v] = cell.chroma(&self.chroma, sum / 4);
                u.samples[row * u.stride + column] = (mapped_u + 0.5) as u8;
                v.samples[row * v.stride + column] = (mapped_v + 0.5) as u8;
            }
        }
    }
}

/// Four neighbours in the table, of one chroma, and their weights.
struct ToneCell([(usize, f32); 4]);

impl ToneCell {
    fn of((u, v): (u16, u16)) -> Self {
        let (u, near_u) = step(u, CHROMA_STEPS);
        let (v, near_v) = step(v, CHROMA_STEPS);
        let at = v * SLICE + u * ROW;
        Self([
            (at, (1.0 - near_u) * (1.0 - near_v)),
            (at + ROW, near_u * (1.0 - near_v)),
            (at + SLICE, (1.0 - near_u) * near_v),
            (at + SLICE + ROW, near_u * near_v),
        ])
    }

    /// Returns the luma between the neighbours at one step of luma.
    fn mix(&self, table: &[f32], step: usize) -> f32 {
        self.0
            .iter()
            .map(|&(at, weight)| weight * table[at + step])
            .sum()
    }

    fn chroma(&self, table: &[[f32; 2]], luma: u16) -> [f32; 2] {
        let (step, near) = step(luma, LUMA_STEPS);
        let mut mixed = [0.0; 2];
        for &(at, weight) in &self.0 {
            let (low, high) = (table[at + step], table[at + step + 1]);
            for (part, mixed) in mixed.iter_mut().enumerate() {
                *mixed += weight * (low[part] + (high[part] - low[part]) * near);
            }
        }
        mixed
    }
}

/// Returns the step of the table below a value of 12 bits, and how near the next one is.
fn step(value: u16, steps: usize) -> (usize, f32) {
    let place = f32::from(value) * (steps as f32 / 4095.0);
    let below = (place as usize).min(steps - 1);
    (below, place - below as f32)
}

/// Returns the signal of red, green and blue, 0 to 1, from luma and chroma in units of 8 bits.
fn rgb_of([y, u, v]: [f64; 3], (red, blue): (f64, f64), full: bool) -> [f64; 3] {
    let (y, scale) = if full {
        (y / 255.0, 255.0)
    } else {
        ((y - 16.0) / 219.0, 224.0)
    };
    let (u, v) = ((u - 128.0) / scale, (v - 128.0) / scale);
    let r = y + 2.0 * (1.0 - red) * v;
    let b = y + 2.0 * (1.0 - blue) * u;
    let g = (y - red * r - blue * b) / (1.0 - red - blue);
    [r, g, b].map(|signal| signal.clamp(0.0, 1.0))
}

/// Returns luma and chroma of BT.709 in units of 8 bits.
fn yuv_of(rgb: [f64; 3]) -> [f32; 3] {
    let [y, u, v] = weights_of(STANDARD.matrix).yuv_of(rgb);
    [16.0 + 219.0 * y, 128.0 + 224.0 * u, 128.0 + 224.0 * v].map(|level| level as f32)
}

/// Returns what a display shows for a signal, in nits.
fn nits(signal: [f64; 3], transfer: i32) -> [f64; 3] {
    if transfer == PQ {
        return signal.map(from_pq);
    }
    let scene = signal.map(|signal| {
        let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_73);
        match signal {
            low if low <= 0.5 => low * low / 3.0,
            high => (((high - c) / a).exp() + b) / 12.0,
        }
    });
    let [r, g, b] = scene;
    let luminance: f64 = 0.2627 * r + 0.678 * g + 0.0593 * b;
    scene.map(|part| PEAK * luminance.powf(0.2) * part)
}

/// Returns the signal of BT.709, 0 to 1, for light in nits.
fn standard(nits: [f64; 3], primaries: i32) -> [f64; 3] {
    let brightest = nits.into_iter().fold(0.0, f64::max);
    let less = if brightest > 0.0 {
        roll_off(brightest) / brightest
    } else {
        0.0
    };
    let [r, g, b] = nits.map(|part| part * less / WHITE);
    let rgb = match primaries {
        1 => [r, g, b],
        _ => [
            1.6605 * r - 0.5876 * g - 0.0728 * b,
            -0.1246 * r + 1.1329 * g - 0.0083 * b,
            -0.0182 * r - 0.1006 * g + 1.1187 * b,
        ],
    };
    rgb.map(|part| part.clamp(0.0, 1.0).powf(1.0 / GAMMA))
}

/// The curve of BT.2390 from [`PEAK`] to [`WHITE`], both and its value in nits.
fn roll_off(nits: f64) -> f64 {
    let peak = to_pq(PEAK);
    let (signal, most) = ((to_pq(nits) / peak).min(1.0), to_pq(WHITE) / peak);
    let knee = 1.5 * most - 0.5;
    let t = (signal - knee) / (1.0 - knee);
    let rolled = if t < 0.0 {
        signal
    } else {
        let (t2, t3) = (t * t, t * t * t);
        (2.0 * t3 - 3.0 * t2 + 1.0) * knee
            + (t3 - 2.0 * t2 + t) * (1.0 - knee)
            + (3.0 * t2 - 2.0 * t3) * most
    };
    from_pq(rolled * peak)
}

const M1: f64 = 2610.0 / 16384.0;
const M2: f64 = 2523.0 / 32.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 128.0;
const C3: f64 = 2392.0 / 128.0;

/// SMPTE ST 2084: from its signal to nits.
fn from_pq(signal: f64) -> f64 {
    let root = signal.powf(1.0 / M2);
    10_000.0 * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

fn to_pq(nits: f64) -> f64 {
    let root = (nits / 10_000.0).powf(M1);
    ((C1 + C2 * root) / (1.0 + C3 * root)).powf(M2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HDR10: Colours = Colours {
        matrix: 9,
        primaries: 9,
        transfer: PQ,
        range: 1,
    };

    /// Maps one colour, 8-bit in 12.
    fn mapped(colours: Colours, yuv: [u16; 3]) -> [u8; 3] {
        let tone = ToneMap::new(colours, false);
        let mut wide = yuv.map(|level| vec![level; 4]);
        let [y, u, v] = &mut wide;
        let wide = [y, u, v].map(|samples| PlaneMut { samples, stride: 2 });
        let mut narrow = [[0; 4]; 3];
        let [y, u, v] = &mut narrow;
        tone.map(
            &wide,
            (2, 2),
            &mut [y, u, v].map(|samples| PlaneMut { samples, stride: 2 }),
        );
        narrow.map(|plane| plane[0])
    }

    /// The 12-bit luma of grey at so many nits in PQ.
    fn grey(nits: f64) -> u16 {
        ((16.0 + 219.0 * to_pq(nits)) * 16.0).round() as u16
    }

    #[test]
    fn grey_stays_grey_and_gets_brighter_with_the_light() {
        let mut before = 0;
        for nits in [0.0, 1.0, 10.0, 50.0, 100.0, 203.0, 400.0, 1000.0] {
            let [y, u, v] = mapped(HDR10, [grey(nits), 2048, 2048]);
            assert!(
                u.abs_diff(128) <= 1 && v.abs_diff(128) <= 1,
                "{nits}: {u} {v}"
            );
            assert!(y > before, "{nits}: {y} after {before}");
            before = y;
        }
        assert!(before.abs_diff(235) <= 1, "{before}");
        assert_eq!(mapped(HDR10, [grey(0.0), 2048, 2048])[0], 16);
        // Paper is bright, skin in the middle.
        assert!((195..=220).contains(&mapped(HDR10, [grey(203.0), 2048, 2048])[0]));
        assert!((105..=135).contains(&mapped(HDR10, [grey(36.0), 2048, 2048])[0]));
    }

    #[test]
    fn hlg_white_is_white_and_its_middle_is_in_the_middle() {
        let hlg = Colours {
            transfer: HLG,
            ..HDR10
        };
        let level =
            |signal: f64| mapped(hlg, [((16.0 + 219.0 * signal) * 16.0) as u16, 2048, 2048])[0];
        assert!(level(1.0).abs_diff(235) <= 1);
        assert!((190..=225).contains(&level(0.75)), "{}", level(0.75));
        assert_eq!(level(0.0), 16);
    }

    #[test]
    fn colours_keep_their_hue() {
        // BT.2020 red at moderate light becomes a strong red.
        let [y, u, v] = mapped(HDR10, [90 * 16, 110 * 16, 180 * 16]);
        assert!(v > 150 && u < 128 && y > 40, "{y} {u} {v}");
    }

    #[test]
    fn pq_is_its_own_inverse() {
        for nits in [0.01, 1.0, 100.0, 4000.0] {
            assert!((from_pq(to_pq(nits)) / nits - 1.0).abs() < 1e-9);
        }
    }
}
