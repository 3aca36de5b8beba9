//! Rotation of stored pictures: eight ways, from the file's display matrix.

use serde::{Deserialize, Serialize};

/// Rotation of a stored picture before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Rotation {
    transpose: bool,
    flip_x: bool,
    flip_y: bool,
}

impl Rotation {
    /// The picture is stored as it is shown.
    pub const NONE: Self = Self {
        transpose: false,
        flip_x: false,
        flip_y: false,
    };

    /// Returns the nearest of the eight ways to a display matrix of 16.16 numbers, row by row.
    pub fn from_matrix(matrix: [i32; 9]) -> Self {
        let [a, b, _, c, d, ..] = matrix.map(i64::from);
        let transpose = b.abs() + c.abs() > a.abs() + d.abs();
        let (to_x, to_y) = if transpose { (c, b) } else { (a, d) };
        Self {
            transpose,
            flip_x: to_x < 0,
            flip_y: to_y < 0,
        }
    }

    /// Returns the same for a matrix as FFmpeg hands it out, as bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let mut numbers = [0; 9];
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *number = i32::from_ne_bytes(*bytes);
        }
        Self::from_matrix(numbers)
    }

    /// Returns the clockwise turn in degrees, after mirroring where [`mirrored`](Self::mirrored) says so.
    pub fn degrees(self) -> u16 {
        match (self.transpose, self.flip_y) {
            (false, false) => 0,
            (true, flip_y) if flip_y == self.mirrored() => 90,
            (false, true) => 180,
            (true, _) => 270,
        }
    }

    /// Tells whether the picture is flipped left to right before it is turned.
    pub fn mirrored(self) -> bool {
        self.transpose == (self.flip_x == self.flip_y)
    }

    /// Tells whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        self.transpose
    }

    /// Returns a size of the stored picture as the size of the shown one, and the other way round.
    pub fn turn_size<T>(self, (width, height): (T, T)) -> (T, T) {
        if self.transpose {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Calls `place` for each pixel of a stored picture in order, with its place in the shown one.
    ///
    /// `stored` is the size in pixels; places count row by row.
    pub(super) fn for_each_place(self, stored: (usize, usize), mut place: impl FnMut(usize)) {
        let (width, height) = self.turn_size(stored);
        for y in 0..stored.1 {
            for x in 0..stored.0 {
                let (x, y) = if self.transpose { (y, x) } else { (x, y) };
                let x = if self.flip_x { width - 1 - x } else { x };
                let y = if self.flip_y { height - 1 - y } else { y };
                place(y * width + x);
            }
        }
    }

    /// Returns the filters that do the same inside FFmpeg.
    pub(super) fn filters(self) -> Vec<&'static str> {
        let mut filters = Vec::new();
        // `transpose=cclock_flip` swaps x and y and nothing else.
        filters.extend(self.transpose.then_some("transpose=cclock_flip"));
        filters.extend(self.flip_x.then_some("hflip"));
        filters.extend(self.flip_y.then_some("vflip"));
        filters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Rotation {
        Rotation::from_matrix([a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30])
    }

    /// Turns the stored picture `ab/cd/ef`.
    fn turned(rotation: Rotation) -> String {
        let mut shown = [' '; 6];
        let mut letters = "abcdef".chars();
        rotation.for_each_place((2, 3), |place| shown[place] = letters.next().unwrap());
        let width = rotation.turn_size((2, 3)).0;
        let rows: Vec<String> = shown
            .chunks(width)
            .map(|row| row.iter().collect())
            .collect();
        rows.join("/")
    }

    #[test]
    fn each_matrix_gives_its_turn() {
        let cases = [
            (matrix(1, 0, 0, 1), 0, false, "ab/cd/ef"),
            (matrix(0, 1, -1, 0), 90, false, "eca/fdb"),
            (matrix(-1, 0, 0, -1), 180, false, "fe/dc/ba"),
            (matrix(0, -1, 1, 0), 270, false, "bdf/ace"),
            (matrix(-1, 0, 0, 1), 0, true, "ba/dc/fe"),
            (matrix(0, -1, -1, 0), 90, true, "fdb/eca"),
            (matrix(1, 0, 0, -1), 180, true, "ef/cd/ab"),
            (matrix(0, 1, 1, 0), 270, true, "ace/bdf"),
        ];
        for (rotation, degrees, mirrored, shown) in cases {
            assert_eq!(
                (rotation.degrees(), rotation.mirrored()),
                (degrees, mirrored)
            );
            assert_eq!(turned(rotation), shown, "{degrees} {mirrored}");
        }
    }

    #[test]
    fn an_empty_matrix_turns_nothing() {
        assert_eq!(Rotation::from_matrix([0; 9]), Rotation::NONE);
    }
}
