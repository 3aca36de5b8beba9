//! Planes of samples, as decoders and encoders lay them out.

/// One plane of samples, row by row; what lies between rows is not looked at.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a, S> {
    /// The samples, from the first of the first row.
    pub samples: &'a [S],
    /// Samples from one row to the next.
    pub stride: usize,
    /// Values that share a place, side by side: 1, or 2 for interleaved chroma, or 3 for RGB.
    pub channels: usize,
}

impl<S> Plane<'_, S> {
    /// Returns the plane from a column and a row on.
    fn from(self, column: usize, row: usize) -> Self {
        Self {
            samples: &self.samples[row * self.stride + column * self.channels..],
            ..self
        }
    }
}

/// A plane of samples of 8 or up to 12 bits.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// 8 bits each.
    Bytes(Plane<'a, u8>),
    /// 9 to 12 bits each.
    Wide(Plane<'a, u16>),
}

impl Samples<'_> {
    /// Values that share a place.
    pub fn channels(self) -> usize {
        match self {
            Self::Bytes(plane) => plane.channels,
            Self::Wide(plane) => plane.channels,
        }
    }

    /// Returns the plane from a column and a row on.
    ///
    /// # Panics
    /// When it does not reach that far.
    pub fn from(self, column: usize, row: usize) -> Self {
        match self {
            Self::Bytes(plane) => Self::Bytes(plane.from(column, row)),
            Self::Wide(plane) => Self::Wide(plane.from(column, row)),
        }
    }
}

/// A plane that is written: samples from its upper left corner on.
#[derive(Debug)]
pub struct PlaneMut<'a, T> {
    /// The samples.
    pub samples: &'a mut [T],
    /// Samples from one row to the next.
    pub stride: usize,
}
