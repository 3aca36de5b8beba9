//! Lines of text: boxes of words that stand side by side are one. Pure.

use super::TextBox;
use crate::analysis::Region;

/// Two boxes are of one line when they share this part of the lower one's height …
const BESIDE: f32 = 0.6;
/// … the lower one is at least this share of the other's height …
const ALIKE: f32 = 0.6;
/// … and they stand no further apart than this many times the lower one's height.
const APART: f32 = 1.0;

/// Joins boxes that stand side by side and returns the lines from top to bottom; `aspect` is the picture's width for its height.
pub(super) fn joined_lines(mut boxes: Vec<TextBox>, aspect: f32) -> Vec<TextBox> {
    boxes.sort_by(|a, b| a.region.x.total_cmp(&b.region.x));
    let mut lines: Vec<TextBox> = Vec::new();
    for mut word in boxes {
        // A word may close the gap between two lines that were apart.
        while let Some(at) = lines.iter().position(|line| is_beside(line, &word, aspect)) {
            word = joined(lines.swap_remove(at), word);
        }
        lines.push(word);
    }
    let middle = |line: &TextBox| line.region.centre();
    lines.sort_by(|a, b| {
        let (a, b) = (middle(a), middle(b));
        a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x))
    });
    lines
}

fn is_beside(one: &TextBox, other: &TextBox, aspect: f32) -> bool {
    let (one, other) = (one.region, other.region);
    let lower = one.height.min(other.height);
    let shared = (one.y + one.height).min(other.y + other.height) - one.y.max(other.y);
    let apart = one.x.max(other.x) - (one.x + one.width).min(other.x + other.width);
    shared >= BESIDE * lower
        && lower >= ALIKE * one.height.max(other.height)
        && apart * aspect <= APART * lower
}

fn joined(one: TextBox, other: TextBox) -> TextBox {
    let (a, b) = (one.region, other.region);
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let (right, bottom) = (
        (a.x + a.width).max(b.x + b.width),
        (a.y + a.height).max(b.y + b.height),
    );
    let weight = |text: &TextBox| text.region.width.max(f32::MIN_POSITIVE);
    let (one_weighs, other_weighs) = (weight(&one), weight(&other));
    TextBox {
        region: Region {
            x,
            y,
            width: right - x,
            height: bottom - y,
        },
        score: (one.score * one_weighs + other.score * other_weighs) / (one_weighs + other_weighs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(x: f32, y: f32, width: f32, height: f32) -> TextBox {
        let region = Region {
            x,
            y,
            width,
            height,
        };
        TextBox { region, score: 0.8 }
    }

    fn lines(words: &[TextBox]) -> usize {
        joined_lines(words.to_vec(), 16.0 / 9.0).len()
    }

    #[test]
    fn words_side_by_side_are_one_line() {
        let words = [word(0.1, 0.5, 0.2, 0.06), word(0.32, 0.505, 0.2, 0.05)];
        let found = joined_lines(words.to_vec(), 16.0 / 9.0);
        assert_eq!(found.len(), 1);
        let line = found[0].region;
        assert!((line.width - 0.42).abs() < 1e-6 && line.y == 0.5);
        assert!((found[0].score - 0.8).abs() < 1e-6);
    }

    #[test]
    fn lines_under_each_other_columns_and_other_sizes_stay_apart() {
        assert_eq!(
            lines(&[word(0.1, 0.5, 0.2, 0.06), word(0.1, 0.57, 0.2, 0.06)]),
            2
        );
        assert_eq!(
            lines(&[word(0.1, 0.5, 0.2, 0.06), word(0.4, 0.5, 0.2, 0.06)]),
            2
        );
        assert_eq!(
            lines(&[word(0.1, 0.5, 0.2, 0.06), word(0.31, 0.5, 0.2, 0.03)]),
            2
        );
    }

    #[test]
    fn a_word_between_two_joins_both() {
        let words = [
            word(0.1, 0.5, 0.1, 0.06),
            word(0.3, 0.5, 0.1, 0.06),
            word(0.19, 0.5, 0.1, 0.06),
        ];
        assert_eq!(lines(&words), 1);
    }

    proptest! {
        #[test]
        fn the_order_of_the_boxes_changes_no_line(places in proptest::collection::vec((0.0..0.9_f32, 0..6_u8, 0.02..0.1_f32), 0..12)) {
            let words: Vec<TextBox> = places.iter().map(|&(x, row, width)| word(x, f32::from(row) * 0.15, width, 0.06)).collect();
            let turned: Vec<TextBox> = words.iter().rev().copied().collect();
            prop_assert_eq!(lines(&words), lines(&turned));
        }
    }
}
