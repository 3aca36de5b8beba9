//! Token alignment: when each token is spoken, from the decoder's attention heads.

/// Half of the median's width over time.
const REACH: usize = 3;

/// The raw attention of one text: heads, tokens, columns of 0.02 s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attention<'a> {
    /// Heads after tokens after columns.
    pub(super) values: &'a [f32],
    /// Heads.
    pub(super) heads: usize,
    /// Tokens fed.
    pub(super) tokens: usize,
    /// Columns of each token, sounding or not.
    pub(super) columns: usize,
}

/// Returns the column at which each of `rows` of the text starts, and after them that at which the last one ends.
///
/// Only the first `sounding` columns hold sound. The path through rows and columns is the cheapest that never goes back.
pub(super) fn token_starts(
    attention: Attention<'_>,
    rows: std::ops::Range<usize>,
    sounding: usize,
) -> Vec<usize> {
    let width = sounding.clamp(1, attention.columns);
    let mut mean = vec![0.0_f32; rows.len() * width];
    for head in 0..attention.heads {
        let mut map = softmaxed(attention, head, width);
        standardise(&mut map, width);
        let rows_of_map = map.chunks(width).skip(rows.start).take(rows.len());
        for (sum, row) in mean.chunks_mut(width).zip(rows_of_map) {
            add_median(sum, row);
        }
    }
    cheapest_path(&mean, rows.len(), width)
}

fn softmaxed(attention: Attention<'_>, head: usize, width: usize) -> Vec<f32> {
    let size = attention.tokens * attention.columns;
    let map = &attention.values[head * size..(head + 1) * size];
    let mut out = Vec::with_capacity(attention.tokens * width);
    for row in map.chunks(attention.columns) {
        let row = &row[..width];
        let top = row.iter().copied().fold(f32::MIN, f32::max);
        let from = out.len();
        out.extend(row.iter().map(|v| (v - top).exp()));
        let sum: f32 = out[from..].iter().sum();
        out[from..].iter_mut().for_each(|v| *v /= sum);
    }
    out
}

/// Brings each column to mean 0 and deviation 1 over the tokens.
fn standardise(map: &mut [f32], width: usize) {
    let count = (map.len() / width) as f32;
    let (mut mean, mut square) = (vec![0.0_f32; width], vec![0.0_f32; width]);
    for row in map.chunks(width) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / count);
    }
    for row in map.chunks(width) {
        let gaps = row.iter().zip(&mean).map(|(v, m)| (v - m) * (v - m));
        square
            .iter_mut()
            .zip(gaps)
            .for_each(|(s, g)| *s += g / count);
    }
    for row in map.chunks_mut(width) {
        for (value, (mean, square)) in row.iter_mut().zip(mean.iter().zip(&square)) {
            *value = (*value - mean) / (square.sqrt() + 1e-9);
        }
    }
}

/// Adds to `sum` the running median of `row`, mirrored at its ends.
fn add_median(sum: &mut [f32], row: &[f32]) {
    if row.len() <= REACH {
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        return;
    }
    let last = row.len() - 1;
    let mirrored = |at: usize| match at.checked_sub(REACH) {
        None => row[REACH - at],
        Some(i) if i > last => row[2 * last - i],
        Some(i) => row[i],
    };
    for (at, sum) in sum.iter_mut().enumerate() {
        let mut seven: [f32; 2 * REACH + 1] = std::array::from_fn(|i| mirrored(at + i));
        *sum += *seven.select_nth_unstable_by(REACH, f32::total_cmp).1;
    }
}

/// Dynamic time warping on the negative: the largest sum over rows and columns.
fn cheapest_path(gain: &[f32], rows: usize, width: usize) -> Vec<usize> {
    #[derive(Clone, Copy)]
    enum Came {
        Diagonal,
        Row,
        Column,
    }
    let mut came = vec![Came::Column; rows * width];
    let mut before: Vec<f32> = vec![f32::INFINITY; width + 1];
    before[0] = 0.0;
    for row in 0..rows {
        let mut here = vec![f32::INFINITY; width + 1];
        for column in 0..width {
            let (diagonal, up, left) = (before[column], before[column + 1], here[column]);
            let (best, way) = if diagonal <= up && diagonal <= left {
                (diagonal, Came::Diagonal)
            } else if up <= left {
                (up, Came::Row)
            } else {
                (left, Came::Column)
            };
            here[column + 1] = best - gain[row * width + column];
            came[row * width + column] = way;
        }
        before = here;
    }
    let mut starts = vec![width; rows + 1];
    let (mut row, mut column) = (rows, width);
    while row > 0 && column > 0 {
        starts[row - 1] = column - 1;
        match came[(row - 1) * width + column - 1] {
            Came::Diagonal => (row, column) = (row - 1, column - 1),
            Came::Row => row -= 1,
            Came::Column => column -= 1,
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_start_where_the_heads_turn_to_them() {
        let turns = [0, 7, 12, 30];
        let (heads, tokens, columns) = (2, 4, 60);
        let looks = |token: usize, column: usize| {
            turns[token] <= column && turns.get(token + 1).is_none_or(|next| column < *next)
        };
        let values: Vec<f32> = (0..heads * tokens * columns)
            .map(|i| {
                if looks(i / columns % tokens, i % columns) {
                    5.0
                } else {
                    0.0
                }
            })
            .collect();
        let attention = Attention {
            values: &values,
            heads,
            tokens,
            columns,
        };
        assert_eq!(token_starts(attention, 0..4, 50), [0, 7, 12, 30, 50]);
        assert_eq!(token_starts(attention, 1..4, 50)[1..], [12, 30, 50]);
    }

    #[test]
    fn the_median_drops_a_lone_spike_and_mirrors_the_ends() {
        let mut sum = vec![0.0; 9];
        add_median(&mut sum, &[1.0, 2.0, 3.0, 4.0, 90.0, 6.0, 7.0, 8.0, 9.0]);
        assert_eq!(sum, [3.0, 3.0, 3.0, 4.0, 6.0, 7.0, 8.0, 8.0, 7.0]);
    }

    proptest! {
        #[test]
        fn starts_never_run_backwards_or_out_of_the_sound(
            values in proptest::collection::vec(-9.0..9.0_f32, 2 * 6 * 40), sounding in 0..60_usize, from in 0..3_usize,
        ) {
            let attention = Attention { values: &values, heads: 2, tokens: 6, columns: 40 };
            let found = token_starts(attention, from..6, sounding);
            prop_assert_eq!(found.len(), 7 - from);
            prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(found.iter().all(|column| *column <= sounding.clamp(1, 40)));
        }
    }
}
