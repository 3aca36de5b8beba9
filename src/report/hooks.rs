//! Hooks: commands of the user that are told of each job and of the run when they have ended, as JSON on standard input.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::event::Event;
use super::listener::Listener;
use super::output::say;

/// A command that takes longer is ended: nobody else would end it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// The commands: program and arguments, no shell; none where a list is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hooks {
    /// Told of each job that has ended: its `job_done` event.
    pub job: Vec<String>,
    /// Told of the run when it has ended: its `run_done` event.
    pub run: Vec<String>,
}

/// Runs the commands, one at a time, while the run goes on.
#[derive(Debug)]
pub(super) struct HookRunner {
    hooks: Hooks,
    /// Told when the terminal is free.
    failures: Vec<String>,
}

impl HookRunner {
    /// Returns what runs these commands.
    pub(super) fn new(hooks: Hooks) -> Self {
        let failures = Vec::new();
        Self { hooks, failures }
    }
}

impl Listener for HookRunner {
    fn hear(&mut self, event: &Event, _: Duration) {
        let words = match event {
            Event::JobDone { .. } => &self.hooks.job,
            Event::RunDone { .. } => &self.hooks.run,
            _ => return,
        };
        let Some((program, arguments)) = words.split_first() else {
            return;
        };
        let mut command = Command::new(program);
        command.args(arguments);
        let told = serde_json::to_vec(event).map_err(io::Error::from);
        if let Err(error) = told.and_then(|json| run(&mut command, &json, PATIENCE)) {
            self.failures
                .push(format!("warning: hook {program}: {error}"));
        }
    }

    fn end(&mut self) {
        self.failures.iter().for_each(|failure| say(failure));
    }
}

/// Runs a command with so many bytes on its standard input; what it prints to standard output is dropped.
fn run(command: &mut Command, json: &[u8], patience: Duration) -> io::Result<()> {
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that reads nothing has what it wanted.
        let written = input.write_all(json).and_then(|()| input.write_all(b"\n"));
        super::output::unless_closed(written)?;
    }
    wait(&mut child, patience)
}

fn wait(child: &mut Child, patience: Duration) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(status.to_string())),
            None if begun.elapsed() >= patience => {
                child.kill()?;
                child.wait()?;
                let seconds = patience.as_secs();
                return Err(io::Error::other(format!("ended after {seconds} s")));
            }
            None => thread::sleep(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::JobOutcome;

    fn job_done() -> Event {
        Event::JobDone {
            job: "a".into(),
            outcome: JobOutcome::Done,
            attempts: 1,
            wall: Duration::from_secs(2),
            video_seconds: 60.0,
            clips: 3,
            folder: "out/a".into(),
        }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_hook_reads_what_has_ended() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("told");
        let script = "cat > \"$0\"";
        let mut runner = HookRunner::new(Hooks {
            job: words(&["sh", "-c", script, file.to_str().unwrap()]),
            run: Vec::new(),
        });
        runner.hear(&job_done(), Duration::ZERO);
        assert!(runner.failures.is_empty(), "{:?}", runner.failures);
        let told: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(
            (&told["type"], &told["clips"]),
            (&"job_done".into(), &3.into())
        );
        assert_eq!(
            (&told["status"], &told["folder"]),
            (&"done".into(), &"out/a".into())
        );
    }

    #[test]
    fn a_hook_that_fails_or_is_not_there_is_told_and_one_that_hangs_is_ended() {
        for (command, told) in [
            ("false", "exit status: 1"),
            ("/nowhere/hook", "No such file"),
        ] {
            let mut runner = HookRunner::new(Hooks {
                job: words(&[command]),
                run: Vec::new(),
            });
            runner.hear(&job_done(), Duration::ZERO);
            assert!(runner.failures[0].contains(told), "{:?}", runner.failures);
        }
        let mut hangs = Command::new("sleep");
        let error = run(hangs.arg("600"), b"{}", Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "ended after 0 s");
    }
}
