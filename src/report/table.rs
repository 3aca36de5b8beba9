//! Aligned tables.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

/// Where the text of a column stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Aligns columns, the first to the left, the others to the right; each line ends with a line end.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut alignments = [Align::Right; N];
    alignments[0] = Align::Left;
    aligned(alignments, rows)
}

/// Aligns columns as told; each line ends with a line end.
pub fn aligned<const N: usize>(alignments: [Align; N], rows: &[[String; N]]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.add_rows(rows);
    let columns = table.column_iter_mut().zip(alignments);
    for (number, (column, alignment)) in columns.enumerate() {
        column.set_cell_alignment(match alignment {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
        column.set_padding((0, if number + 1 == N { 0 } else { 2 }));
    }
    let lines = table.lines();
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Returns a table of Markdown with a row of titles.
pub(super) fn markdown_table<const N: usize>(
    titles: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let titles = titles.map(str::to_owned);
    let rule = format!("|{}\n", "---|".repeat(N));
    rows.fold(line(&titles) + &rule, |text, row| text + &line(&row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let rows = [["name", "n"], ["décode", "10"], ["映像", "5"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "name     n\ndécode  10\n映像     5\n");
    }
}
