//! Viterbi: the likeliest path through states that rarely change. Pure.

/// Returns the likeliest state of each row.
///
/// `rows` are the logarithms of each state's probability, `stay` is added for each row that keeps a state, `switch` for
/// each that changes it. Of equally likely paths the one through lower states is taken. Keeps `STATES` bytes a row.
pub(super) fn best_path<const STATES: usize>(
    rows: impl IntoIterator<Item = [f64; STATES]>,
    stay: [f64; STATES],
    switch: f64,
) -> Vec<u8> {
    let mut rows = rows.into_iter();
    let Some(mut likelihood) = rows.next() else {
        return Vec::new();
    };
    let mut origins: Vec<[u8; STATES]> = Vec::new();
    for row in rows {
        let arrive = |to: usize| {
            let from = |from: usize| likelihood[from] + if from == to { stay[to] } else { switch };
            best::<STATES>(std::array::from_fn(from))
        };
        let arrivals: [(u8, f64); STATES] = std::array::from_fn(arrive);
        origins.push(arrivals.map(|(from, _)| from));
        likelihood = std::array::from_fn(|to| arrivals[to].1 + row[to]);
    }
    let (mut state, _) = best(likelihood);
    let mut path = vec![state];
    for origin in origins.iter().rev() {
        state = origin[usize::from(state)];
        path.push(state);
    }
    path.reverse();
    path
}

fn best<const STATES: usize>(values: [f64; STATES]) -> (u8, f64) {
    let mut best = (0, values[0]);
    for (state, &value) in (0..).zip(&values) {
        if value > best.1 {
            best = (state, value);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn likelihood(path: &[u8], rows: &[[f64; 3]], stay: [f64; 3], switch: f64) -> f64 {
        let emitted = path.iter().zip(rows).map(|(s, row)| row[usize::from(*s)]);
        let moves = path.windows(2).map(|p| {
            if p[0] == p[1] {
                stay[usize::from(p[1])]
            } else {
                switch
            }
        });
        emitted.sum::<f64>() + moves.sum::<f64>()
    }

    fn all_paths(rows: usize) -> impl Iterator<Item = Vec<u8>> {
        let digit = |n: u32, place: usize| (n / 3_u32.pow(place as u32) % 3) as u8;
        (0..3_u32.pow(rows as u32)).map(move |n| (0..rows).map(|p| digit(n, p)).collect())
    }

    #[test]
    fn a_short_doubt_does_not_change_the_state() {
        let rows = [[0.0, -9.0], [-5.0, 0.0], [0.0, -9.0]];
        assert_eq!(best_path(rows, [0.0; 2], -3.0), [0, 0, 0]);
        assert_eq!(best_path(rows, [0.0; 2], -2.0), [0, 1, 0]);
        assert!(best_path::<2>([], [0.0; 2], -1.0).is_empty());
    }

    proptest! {
        #[test]
        fn no_other_path_is_likelier(
            rows in proptest::collection::vec(proptest::array::uniform3(-9.0..0.0_f64), 1..7),
            stay in proptest::array::uniform3(-2.0..0.0_f64), switch in -6.0..0.0_f64,
        ) {
            let found = likelihood(&best_path(rows.clone(), stay, switch), &rows, stay, switch);
            for other in all_paths(rows.len()) {
                prop_assert!(likelihood(&other, &rows, stay, switch) <= found + 1e-9);
            }
        }
    }
}
