//! Combing: rows that are alike every other one, because two moments are woven into one picture. Pure.

use crate::media::luma::LumaPicture;

/// Levels by which a row differs from both of its neighbours where two moments are woven.
const STEP: i32 = 9;
/// Columns and rows of a block, and samples of it that are combed in a combed picture.
const BLOCK: usize = 16;
const COMBED: usize = 80;

/// Even rows of one picture and odd ones of another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weave<'a> {
    top: &'a LumaPicture,
    bottom: &'a LumaPicture,
}

impl<'a> Weave<'a> {
    /// Returns a picture as it is.
    pub(super) fn whole(picture: &'a LumaPicture) -> Self {
        Self::of(picture, picture)
    }

    /// Returns the even rows of one picture with the odd rows of another one of its size.
    pub(super) fn of(top: &'a LumaPicture, bottom: &'a LumaPicture) -> Self {
        Self { top, bottom }
    }

    fn row(&self, row: usize) -> &'a [u8] {
        let field = if row.is_multiple_of(2) {
            self.top
        } else {
            self.bottom
        };
        field.row(row)
    }
}

/// Tells whether a block of a picture is combed.
pub(super) fn is_combed(picture: &Weave<'_>) -> bool {
    let (width, height) = picture.top.size();
    let mut counts = vec![0_usize; width.div_ceil(BLOCK)];
    for row in 2..height.saturating_sub(2) {
        if row % BLOCK == 0 {
            counts.fill(0);
        }
        let rows: [&[u8]; 5] = std::array::from_fn(|near| picture.row(row + near - 2));
        for (block, count) in counts.iter_mut().enumerate() {
            let columns = block * BLOCK..((block + 1) * BLOCK).min(width);
            let combed = columns.filter(|&column| is_tooth(rows.map(|row| row[column])));
            *count += combed.count();
            if *count > COMBED {
                return true;
            }
        }
    }
    false
}

/// Tells whether the middle one of five samples above each other is alike with every other one alone.
fn is_tooth(column: [u8; 5]) -> bool {
    let [a, b, c, d, e] = column.map(i32::from);
    let (above, below) = (c - b, c - d);
    let stands_out = (above > STEP && below > STEP) || (above < -STEP && below < -STEP);
    stands_out && (a + 4 * c + e - 3 * (b + d)).abs() > 6 * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bright bar of 20 columns from `left` on, over a dark ground.
    fn bar(left: usize) -> LumaPicture {
        let row = |_| {
            (0..96).map(move |x| {
                if (left..left + 20).contains(&x) {
                    200
                } else {
                    40
                }
            })
        };
        let samples: Vec<u8> = (0..96).flat_map(row).collect();
        LumaPicture::new(&samples, 96, (96, 96))
    }

    #[test]
    fn two_moments_in_one_picture_are_combed_and_one_is_not() {
        let (one, other) = (bar(10), bar(22));
        assert!(!is_combed(&Weave::whole(&one)));
        assert!(is_combed(&Weave::of(&one, &other)));
        assert!(is_combed(&Weave::of(&other, &one)));
    }

    #[test]
    fn lines_of_letters_are_no_comb() {
        let row = |y: usize| vec![if y.is_multiple_of(5) { 220 } else { 30 }; 96];
        let samples: Vec<u8> = (0..96).flat_map(row).collect();
        let lines = LumaPicture::new(&samples, 96, (96, 96));
        assert!(!is_combed(&Weave::whole(&lines)));
    }
}
