//! Metrics as Prometheus' own tool reads them.

use std::io::Write;
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
