//! Metrics as Prometheus' own tool reads them.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::needs::{Kind, Missing};
use crate::or_skip;
use crate::process::finished;

fn promtool() -> Result<Command, Missing> {
    let is_there = Command::new("promtool").arg("--version").output();
    match is_there {
        Ok(output) if output.status.success() => Ok(Command::new("promtool")),
        _ => Err(Missing::new(Kind::Prometheus, "promtool")),
    }
}

#[test]
fn promtool_has_nothing_to_say_against_the_metrics() {
    let mut promtool = or_skip!(promtool());
    let (place, _) = or_skip!(finished());
    let metrics = std::fs::read(place.path().join("run.prom")).unwrap();
    let mut child = promtool
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&metrics).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn promtool_has_nothing_to_say_against_the_rules_and_each_speaks_of_what_it_is_for() {
    let mut promtool = or_skip!(promtool());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/monitoring");
    let output = promtool
        .args(["test", "rules", "alerts.test.yml"])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn a_run_has_every_metric_that_the_dashboard_and_the_rules_name() {
    let (place, _) = or_skip!(finished());
    let metrics = std::fs::read_to_string(place.path().join("run.prom")).unwrap();
    let there: BTreeSet<&str> = names(&metrics).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/monitoring");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let named = read("dashboard.json") + &read("alerts.yml");
    let wanted: BTreeSet<&str> = names(&named).collect();
    assert!(wanted.len() > 12, "{wanted:?}");
    let missing: Vec<_> = wanted.difference(&there).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

/// Walks through the names of metrics in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'));
    words.filter(|word| word.starts_with("opusclip_"))
}
