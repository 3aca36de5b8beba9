//! Word error rate. Pure.

/// Returns the words of a text as they are compared: small letters, a hyphen parts words, no other punctuation.
pub(super) fn words(text: &str) -> Vec<String> {
    let parted = text.to_lowercase().replace(['-', '–', '—'], " ");
    let bare = |word: &str| {
        word.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    let words = parted.split_whitespace().map(bare);
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns the words of `reference` that `heard` changes, leaves out or adds, as a share of the reference's.
pub(super) fn word_errors(heard: &str, reference: &str) -> f64 {
    let (heard, reference) = (words(heard), words(reference));
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (said, word) in reference.iter().enumerate() {
        let mut corner = row[0];
        row[0] = said + 1;
        for (at, other) in heard.iter().enumerate() {
            let changed = corner + usize::from(word != other);
            corner = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(corner + 1);
        }
    }
    row[heard.len()] as f64 / reference.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(heard: &str, reference: &str, expected: f64) {
        assert!((word_errors(heard, reference) - expected).abs() < 1e-9);
    }

    #[test]
    fn case_and_punctuation_are_no_errors() {
        check(
            "Ask not, what: your well-dressed country's",
            "ask not what your well dressed countrys",
            0.0,
        );
    }

    #[test]
    fn a_change_an_omission_and_an_addition_count_one_each() {
        check("a b c d", "a x c d", 0.25);
        check("a c d", "a b c d", 0.25);
        check("a b b c d", "a b c d", 0.25);
        check("", "a b", 1.0);
    }
}
