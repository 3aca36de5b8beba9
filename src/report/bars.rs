//! Progress bars on a terminal: one for each job at work and one for the run.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::Event;
use super::listener::Listener;
use super::notice::{Verbosity, notice};
use super::progress::{JobProgress, Progress};
use super::style::{Style, one_line};

/// Steps of a bar from empty to full.
const STEPS: f64 = 1000.0;

/// Draws bars on stderr, twenty times a second at most; lines for people go above them.
pub(super) struct ProgressBars {
    screen: MultiProgress,
    whole: ProgressBar,
    jobs: BTreeMap<String, ProgressBar>,
    progress: Progress,
    verbosity: Verbosity,
    style: Style,
}

impl ProgressBars {
    /// Returns bars, of which nothing is drawn before the first event.
    pub(super) fn new(target: ProgressDrawTarget, verbosity: Verbosity, style: Style) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let whole = screen.add(bar());
        Self {
            screen,
            whole,
            jobs: BTreeMap::new(),
            progress: Progress::default(),
            verbosity,
            style,
        }
    }

    fn job_started(&mut self, job: &str) {
        let bar = self.screen.insert_before(&self.whole, bar());
        bar.set_prefix(one_line(job));
        self.jobs.insert(job.to_owned(), bar);
    }

    fn job_went_on(&self, job: &str) {
        if let (Some(bar), Some(progress)) = (self.jobs.get(job), self.progress.job(job)) {
            bar.set_position(steps(progress.share().unwrap_or(0.0)));
            bar.set_message(position(progress));
        }
    }

    fn job_done(&mut self, job: &str) {
        if let Some(bar) = self.jobs.remove(job) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
    }
}

impl Listener for ProgressBars {
    fn hear(&mut self, event: &Event, at: Duration) {
        self.progress.hear(event, at);
        match event {
            Event::JobStarted { job, .. } => self.job_started(job),
            Event::JobProgress { job, .. } => self.job_went_on(job),
            Event::JobWaits { job } | Event::JobDone { job, .. } => self.job_done(job),
            _ => {}
        }
        if let Some(line) = notice(event, self.verbosity, self.style) {
            // Nobody is left to be told when the terminal is gone.
            let _ = self.screen.println(line);
        }
        self.whole.set_position(steps(self.progress.share()));
        self.whole.set_message(self.progress.to_string());
    }

    fn end(&mut self) {
        self.jobs.values().for_each(ProgressBar::finish_and_clear);
        self.whole.finish_and_clear();
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:16!} [{bar:24}] {percent:>3} % {msg}")
        .expect("the template is a valid one")
        .progress_chars("=> ");
    ProgressBar::new(steps(1.0)).with_style(style)
}

fn steps(share: f64) -> u64 {
    (share * STEPS) as u64
}

fn position(job: &JobProgress) -> String {
    let stage = job.stage.map_or("", |stage| stage.name());
    match job.whole {
        Some(whole) => format!("{stage} {:.0} of {whole:.0} s", job.seconds),
        None => format!("{stage} {:.0} s", job.seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{JobOutcome, Level};
    use crate::timeline::Stage;
    use indicatif::InMemoryTerm;

    #[test]
    fn a_terminal_shows_the_jobs_at_work_and_the_run() {
        let term = InMemoryTerm::new(10, 100);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
        let mut bars = ProgressBars::new(target, Verbosity::Normal, Style::default());
        let at = Duration::from_secs(10);
        bars.hear(
            &Event::RunStarted {
                run_id: "r".into(),
                jobs: 2,
            },
            Duration::ZERO,
        );
        bars.hear(
            &Event::JobStarted {
                job: "a".into(),
                input: "a".into(),
                video_seconds: Some(80.0),
            },
            at,
        );
        bars.hear(
            &Event::JobProgress {
                job: "a".into(),
                stage: Stage::Decode,
                seconds: 40.0,
            },
            at,
        );
        bars.hear(
            &Event::Message {
                level: Level::Warn,
                job: None,
                text: "slow disk".into(),
            },
            at,
        );
        bars.screen.set_move_cursor(false);
        bars.jobs.values().for_each(ProgressBar::tick);
        let shown = term.contents();
        assert!(shown.starts_with("warning: slow disk\n"), "{shown}");
        assert!(
            shown.contains("a                [============>           ]  50 % decode 40 of 80 s"),
            "{shown}"
        );
        let wall = Duration::from_secs(1);
        let done = Event::JobDone {
            job: "a".into(),
            outcome: JobOutcome::Done,
            attempts: 1,
            wall,
            video_seconds: 80.0,
            clips: 0,
            folder: "out".into(),
        };
        bars.hear(&done, at);
        bars.end();
        assert_eq!(term.contents(), "warning: slow disk");
    }
}
