//! Bench results for others: a Markdown page, and JUnit for continuous integration.

use super::{Change, Comparison, FloorCheck, Saved};
use crate::report::junit::{CaseEnd, TestCase, junit_suite};
use crate::report::table::markdown_table;

/// What a bench found.
#[derive(Debug, Clone, Copy)]
pub struct BenchResult<'a> {
    /// What was measured, and where.
    pub saved: &'a Saved,
    /// Against what was measured before; empty where nothing was compared.
    pub comparisons: &'a [Comparison],
    /// Against what must be reached.
    pub floors: &'a [FloorCheck],
}

/// Returns the result as a Markdown page.
pub fn markdown(result: &BenchResult<'_>) -> String {
    let machine = &result.saved.machine;
    let mut page = format!(
        "# Bench\n\n{} ({} cores), {} {}\n\n",
        machine.cpu, machine.cores, machine.version, machine.build
    );
    let figures = result.saved.series.iter().map(|one| {
        let numbers = [one.median(), one.min(), one.max()].map(|value| format!("{value:.3}"));
        let [median, min, max] = numbers;
        [one.name.clone(), median, min, max, one.unit.clone()]
    });
    page += &markdown_table(["name", "median", "min", "max", "unit"], figures);
    if !result.comparisons.is_empty() {
        let changes = result.comparisons.iter().map(Comparison::cells);
        page += "\n## Against before\n\n";
        page += &markdown_table(["name", "change", "noise", "verdict"], changes);
    }
    if !result.floors.is_empty() {
        page += "\n## Floors\n\n";
        for floor in result.floors {
            let mark = if floor.ok { "x" } else { " " };
            page += &format!("- [{mark}] {floor}\n");
        }
    }
    page
}

/// Returns the comparisons and floors as JUnit: what is worse, missing or below its floor has failed, what cannot be told was
/// skipped.
pub fn junit(result: &BenchResult<'_>) -> String {
    let compared = result.comparisons.iter().map(case_of_comparison);
    let floors = result.floors.iter().map(|floor| TestCase {
        class: "floor",
        name: &floor.name,
        text: floor.to_string(),
        end: if floor.ok {
            CaseEnd::Passed
        } else {
            CaseEnd::Failed
        },
    });
    let cases: Vec<TestCase<'_>> = compared.chain(floors).collect();
    junit_suite("opusclip bench", &cases)
}

fn case_of_comparison(one: &Comparison) -> TestCase<'_> {
    let [_, change, noise, verdict] = one.cells();
    TestCase {
        class: "change",
        name: &one.name,
        text: format!("{verdict}: {change}, noise {noise}"),
        end: match one.verdict {
            Change::Same | Change::Better | Change::New => CaseEnd::Passed,
            Change::Inconclusive => CaseEnd::Skipped,
            Change::Worse | Change::Missing => CaseEnd::Failed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::bench::{BenchMachine, Better, Series, compare};

    fn saved(values: &[f64]) -> Saved {
        let machine = BenchMachine {
            cores: 2,
            cpu: "x".into(),
            version: "0.1.0".into(),
            build: "release".into(),
        };
        let series = Series::new("decode a|b <cpu>", "ratio", Better::Lower, values.to_vec());
        Saved::new(machine, vec![series])
    }

    fn shown(floor_ok: bool) -> (String, String) {
        let (base, new) = (saved(&[1.0; 3]), saved(&[2.0; 3]));
        let comparisons = compare(&base.series, &new.series, 3.0);
        let floors = [FloorCheck {
            name: "rank".into(),
            found: Some((2.0, "h/s".into())),
            limit: 1.0,
            ok: floor_ok,
        }];
        let result = BenchResult {
            saved: &new,
            comparisons: &comparisons,
            floors: &floors,
        };
        (markdown(&result), junit(&result))
    }

    #[test]
    fn the_page_has_figures_changes_and_floors() {
        let (page, _) = shown(true);
        assert!(
            page.contains("| decode a\\|b <cpu> | 2.000 | 2.000 | 2.000 | ratio |"),
            "{page}"
        );
        assert!(page.contains("| +100.0 % | 0.0 % | worse |"), "{page}");
        assert!(
            page.contains("- [x] rank: 2.000 h/s, limit 1: holds"),
            "{page}"
        );
    }

    #[test]
    fn what_is_worse_or_below_its_floor_has_failed() {
        let (_, xml) = shown(false);
        assert!(
            xml.contains("tests=\"2\" failures=\"2\" skipped=\"0\""),
            "{xml}"
        );
        assert!(xml.contains("name=\"decode a|b &lt;cpu&gt;\""), "{xml}");
        assert!(shown(true).1.contains("failures=\"1\""));
    }
}
