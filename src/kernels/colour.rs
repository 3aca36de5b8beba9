//! Colour conversion from luma and chroma to RGB, by the frame's own tags.

/// How a picture's colours are tagged, as H.273 numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// How luma and chroma are made of red, green and blue.
    pub matrix: i32,
    /// Which red, green and blue.
    pub primaries: i32,
    /// From light to signal.
    pub transfer: i32,
    /// 1 limited, 2 full, 0 unknown.
    pub range: i32,
}

/// The tags of clips: BT.709, limited range.
pub const STANDARD: Colours = Colours {
    matrix: 1,
    primaries: 1,
    transfer: 1,
    range: 1,
};

/// Which weights the luma was made with: red's and blue's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LumaWeights {
    red: f32,
    blue: f32,
}

impl LumaWeights {
    /// Returns luma, 0 to 1, and the two of chroma, -0.5 to 0.5, of red, green and blue.
    pub fn yuv_of(self, [r, g, b]: [f64; 3]) -> [f64; 3] {
        let (red, blue) = self.shares();
        let y = red * r + (1.0 - red - blue) * g + blue * b;
        let u = (b - y) / (2.0 * (1.0 - blue));
        let v = (r - y) / (2.0 * (1.0 - red));
        [y, u, v]
    }

    /// Returns red's and blue's.
    pub fn shares(self) -> (f64, f64) {
        (f64::from(self.red), f64::from(self.blue))
    }
}

/// BT.601, of standard definition.
const BT601: LumaWeights = LumaWeights {
    red: 0.299,
    blue: 0.114,
};
/// BT.709, of high definition.
const BT709: LumaWeights = LumaWeights {
    red: 0.2126,
    blue: 0.0722,
};
/// BT.2020, of ultra-high definition.
const BT2020: LumaWeights = LumaWeights {
    red: 0.2627,
    blue: 0.0593,
};
const SMPTE240M: LumaWeights = LumaWeights {
    red: 0.212,
    blue: 0.087,
};
const FCC: LumaWeights = LumaWeights {
    red: 0.30,
    blue: 0.11,
};

/// Returns an H.273 matrix number as it is, or where it says nothing, the one usual for the stored size.
pub fn known_matrix(matrix: i32, (width, height): (u32, u32)) -> i32 {
    match matrix {
        1 | 4..=7 | 9 | 10 => matrix,
        _ if height >= 720 || width >= 1280 => 1,
        _ => 6,
    }
}

/// Returns the weights of a known H.273 matrix.
pub fn weights_of(matrix: i32) -> LumaWeights {
    match matrix {
        4 => FCC,
        5 | 6 => BT601,
        7 => SMPTE240M,
        9 | 10 => BT2020,
        _ => BT709,
    }
}

/// Tells whether samples use their full range: by the tag, else by what is usual for the pixel format.
pub fn is_full(range: i32, pixel_format: &str) -> bool {
    match range {
        1 => false,
        2 => true,
        _ => pixel_format.starts_with("yuvj") || pixel_format.starts_with("gray"),
    }
}

/// Turns one luma and two chroma values into RGB.
#[derive(Debug, Clone, Copy)]
pub struct ToRgb {
    luma_offset: f32,
    luma_scale: f32,
    chroma_offset: f32,
    red_v: f32,
    green_u: f32,
    green_v: f32,
    blue_u: f32,
}

impl ToRgb {
    /// Returns the conversion for samples of `bits` bits, full or limited range.
    pub fn new(weights: LumaWeights, full: bool, bits: u32) -> Self {
        let unit = (1_u32 << (bits - 8)) as f32;
        let top = ((1_u32 << bits) - 1) as f32;
        let (offset, luma, chroma) = if full {
            (0.0, top, top)
        } else {
            (16.0 * unit, 219.0 * unit, 224.0 * unit)
        };
        let LumaWeights { red, blue } = weights;
        let green = 1.0 - red - blue;
        let chroma_scale = 255.0 / chroma;
        Self {
            luma_offset: offset,
            luma_scale: 255.0 / luma,
            chroma_offset: 128.0 * unit,
            red_v: 2.0 * (1.0 - red) * chroma_scale,
            green_u: -2.0 * blue * (1.0 - blue) / green * chroma_scale,
            green_v: -2.0 * red * (1.0 - red) / green * chroma_scale,
            blue_u: 2.0 * (1.0 - blue) * chroma_scale,
        }
    }

    /// Returns the value of chroma that stands for no colour.
    pub fn neutral(self) -> f32 {
        self.chroma_offset
    }

    /// Returns the nearest 8-bit RGB, clipped.
    pub fn rgb(self, luma: f32, u: f32, v: f32) -> [u8; 3] {
        let luma = (luma - self.luma_offset) * self.luma_scale;
        let (u, v) = (u - self.chroma_offset, v - self.chroma_offset);
        [
            level(luma + self.red_v * v),
            level(luma + self.green_u * u + self.green_v * v),
            level(luma + self.blue_u * u),
        ]
    }
}

/// Returns the nearest 8-bit level.
pub fn level(value: f32) -> u8 {
    // Casting clips to 0..=255.
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_corners_of_limited_range_are_black_white_and_red() {
        let rgb = ToRgb::new(BT709, false, 8);
        assert_eq!(rgb.rgb(16.0, 128.0, 128.0), [0, 0, 0]);
        assert_eq!(rgb.rgb(235.0, 128.0, 128.0), [255, 255, 255]);
        assert_eq!(rgb.rgb(63.0, 102.0, 240.0), [255, 1, 0]);
        let rgb = ToRgb::new(BT601, false, 8);
        assert_eq!(rgb.rgb(81.0, 90.0, 240.0), [254, 0, 0]);
    }

    #[test]
    fn ten_bits_say_the_same_as_eight() {
        let (eight, ten) = (ToRgb::new(BT2020, false, 8), ToRgb::new(BT2020, false, 10));
        assert_eq!(eight.rgb(120.0, 90.0, 160.0), ten.rgb(480.0, 360.0, 640.0));
    }

    #[test]
    fn an_untagged_picture_goes_by_its_size() {
        let weights = |matrix, size| weights_of(known_matrix(matrix, size));
        assert_eq!(weights(2, (720, 576)), BT601);
        assert_eq!(weights(2, (1280, 720)), BT709);
        assert_eq!(weights(9, (64, 64)), BT2020);
    }

    proptest! {
        #[test]
        fn grey_stays_grey(luma in 0..=255_u8, full: bool) {
            let [r, g, b] = ToRgb::new(BT709, full, 8).rgb(f32::from(luma), 128.0, 128.0);
            prop_assert!(r == g && g == b);
        }

        #[test]
        fn colours_survive_the_round_trip(r in 0..=255_u8, g in 0..=255_u8, b in 0..=255_u8) {
            let (wr, wb) = (BT709.red, BT709.blue);
            let [rf, gf, bf] = [r, g, b].map(f32::from);
            let luma = wr * rf + (1.0 - wr - wb) * gf + wb * bf;
            let u = (bf - luma) / (2.0 * (1.0 - wb)) + 128.0;
            let v = (rf - luma) / (2.0 * (1.0 - wr)) + 128.0;
            prop_assert_eq!(ToRgb::new(BT709, true, 8).rgb(luma, u, v), [r, g, b]);
        }
    }
}
