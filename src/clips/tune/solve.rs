//! Solver of linear equations.

/// Returns x with `matrix` · x = `right`; the matrix is symmetric and positive definite.
pub(super) fn solve<const N: usize>(mut matrix: [[f64; N]; N], right: [f64; N]) -> [f64; N] {
    // Cholesky: the lower triangle becomes L with L · Lᵀ = matrix.
    for row in 0..N {
        for column in 0..=row {
            let known: f64 = (0..column)
                .map(|k| matrix[row][k] * matrix[column][k])
                .sum();
            let rest = matrix[row][column] - known;
            matrix[row][column] = if row == column {
                rest.sqrt()
            } else {
                rest / matrix[column][column]
            };
        }
    }
    let mut x = right;
    for row in 0..N {
        let known: f64 = (0..row).map(|k| matrix[row][k] * x[k]).sum();
        x[row] = (x[row] - known) / matrix[row][row];
    }
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| matrix[k][row] * x[k]).sum();
        x[row] = (x[row] - known) / matrix[row][row];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_fits(parts in prop::array::uniform6(prop::array::uniform6(-3.0..3.0_f64)), x in prop::array::uniform6(-9.0..9.0_f64)) {
            // A · Aᵀ + 1 is positive definite.
            let dot = |a: &[f64; 6], b: &[f64; 6]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let cell = |row: usize, column: usize| dot(&parts[row], &parts[column]) + f64::from(row == column);
            let matrix: [[f64; 6]; 6] = std::array::from_fn(|row| std::array::from_fn(|column| cell(row, column)));
            let found = solve(matrix, std::array::from_fn(|row| dot(&matrix[row], &x)));
            for (found, x) in found.iter().zip(x) {
                prop_assert!((found - x).abs() < 1e-6);
            }
        }
    }
}
