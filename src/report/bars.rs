//! Progress bars on a terminal: one for each job at work and one for the run.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::Event;
use super::keys::HiddenKeys;
use super::listener::Listener;
use super::notice::{Verbosity, notice, stopping};
use super::progress::{JobProgress, Progress};
use super::style::{Style, one_line};

/// Columns of a line at most; a narrower terminal keeps its last column free.
const COLUMNS: usize = 79;
/// Columns of a job's name.
const NAME: usize = 16;
/// Columns of a bar.
const BAR: usize = 12;
/// Jobs that are shown at once: more lines than a terminal has rows would be left behind.
const MOST_JOBS: usize = 12;

/// Draws bars on stderr, twenty times a second at most; lines for people go above them.
pub(super) struct ProgressBars {
    screen: MultiProgress,
    whole: ProgressBar,
    jobs: BTreeMap<String, ProgressBar>,
    progress: Progress,
    columns: fn() -> usize,
    /// None where keys are shown.
    keys: Option<HiddenKeys>,
    verbosity: Verbosity,
    style: Style,
}

impl ProgressBars {
    /// Returns bars on a terminal that has so many columns; nothing is drawn before the first event.
    pub(super) fn new(
        target: ProgressDrawTarget,
        columns: fn() -> usize,
        (verbosity, style): (Verbosity, Style),
    ) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let whole = screen.add(bar());
        Self {
            screen,
            whole,
            jobs: BTreeMap::new(),
            progress: Progress::default(),
            columns,
            keys: None,
            verbosity,
            style,
        }
    }

    /// Returns the same on a terminal that does not show control keys.
    pub(super) fn hiding_keys(self) -> Self {
        Self {
            keys: HiddenKeys::hide(),
            ..self
        }
    }

    fn job_started(&mut self, job: &str) {
        if self.jobs.len() < MOST_JOBS {
            let bar = self.screen.insert_before(&self.whole, bar());
            self.jobs.insert(job.to_owned(), bar);
            self.show(job);
        }
    }

    fn show(&self, job: &str) {
        if let (Some(bar), Some(progress)) = (self.jobs.get(job), self.progress.job(job)) {
            bar.set_message(self.fitting(&job_line(job, progress)));
        }
    }

    fn fitting(&self, line: &str) -> String {
        cut(line, COLUMNS.min((self.columns)().saturating_sub(1)))
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
            Event::JobProgress { job, .. } | Event::ClipProgress { job, .. } => self.show(job),
            Event::Span(span) => self.show(&span.job),
            Event::JobWaits { job } | Event::JobDone { job, .. } => self.job_done(job),
            _ => {}
        }
        let line = match event {
            Event::Stopping { now } => Some(stopping(*now, self.progress.running().count())),
            _ => notice(event, self.verbosity, self.style),
        };
        if let Some(line) = line {
            // Nobody is left to be told when the terminal is gone.
            let _ = self.screen.println(line);
        }
        let line = self.fitting(&whole_line(&self.progress));
        self.whole.set_message(line);
    }

    fn end(&mut self) {
        self.jobs.values().for_each(ProgressBar::finish_and_clear);
        self.whole.finish_and_clear();
        self.keys = None;
    }
}

/// Returns a line that shows its message.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg}").expect("the template is a valid one");
    ProgressBar::new_spinner().with_style(style)
}

fn job_line(job: &str, progress: &JobProgress) -> String {
    let name = cut(&one_line(job), NAME);
    format!("{name:NAME$} {} {progress}", drawn(progress.share()))
}

fn whole_line(progress: &Progress) -> String {
    let mut line = format!("{:NAME$} {} {progress}", "", drawn(Some(progress.share())));
    if let Some(hits) = progress.hit_share() {
        line.push_str(&format!(", {:.0} % known", 100.0 * hits));
    }
    line
}

/// Returns `[====>       ]  42 %`; without a share an empty bar.
fn drawn(share: Option<f64>) -> String {
    let share = share.unwrap_or(0.0).clamp(0.0, 1.0);
    let filled = (share * BAR as f64) as usize;
    let head = if filled < BAR { ">" } else { "" };
    let bar = format!("{}{head}", "=".repeat(filled));
    format!("[{bar:BAR$}] {:>3.0} %", (100.0 * share).floor())
}

/// Returns the beginning of a line that takes so many columns at most.
fn cut(line: &str, columns: usize) -> String {
    let mut taken = 0;
    let fits = |letter: &char| {
        taken += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
        taken <= columns
    };
    line.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;
    use crate::timeline::Stage;
    use indicatif::InMemoryTerm;

    fn started(job: &str) -> Event {
        Event::JobStarted {
            job: job.into(),
            input: "a".into(),
            video_seconds: Some(80.0),
            clip_seconds: 0.0,
        }
    }

    /// Shows a run of two jobs on a terminal of so many columns, up to its end or before it.
    fn shown(columns: fn() -> usize, to_the_end: bool) -> String {
        let term = InMemoryTerm::new(10, columns() as u16);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
        let look = (Verbosity::Normal, Style::default());
        let mut bars = ProgressBars::new(target, columns, look);
        let run = Event::RunStarted {
            run_id: "r".into(),
            jobs: 12,
        };
        bars.hear(&run, Duration::ZERO);
        let jobs = ["a", "a-talk-with-a-very-long-name-of-its-file"];
        for job in jobs {
            bars.hear(&started(job), Duration::from_secs(1));
        }
        for second in 1..=40 {
            for job in jobs {
                let went_on = Event::JobProgress {
                    job: job.into(),
                    stage: Stage::Decode,
                    seconds: f64::from(second),
                };
                bars.hear(&went_on, Duration::from_secs(second as u64 * 300));
            }
            bars.jobs.values().for_each(ProgressBar::tick);
            bars.whole.tick();
        }
        let slow = Event::Message {
            level: Level::Warn,
            job: None,
            text: "slow disk".into(),
        };
        bars.hear(&slow, Duration::from_secs(12_000));
        bars.hear(&Event::Stopping { now: false }, Duration::from_secs(12_000));
        bars.jobs.values().for_each(ProgressBar::tick);
        bars.whole.tick();
        if to_the_end {
            bars.end();
        }
        term.contents()
    }

    #[test]
    fn a_terminal_shows_the_jobs_at_work_and_the_run() {
        let lines = shown(|| 100, false);
        let lines: Vec<&str> = lines.lines().collect();
        let stopping = "finishing 2 videos; again to stop now; the same command goes on";
        assert_eq!(lines[..2], ["warning: slow disk", stopping]);
        let line = "a                [======>     ]  50 % decode 40 of 80 s";
        assert_eq!(lines[2], line);
        assert!(lines[3].starts_with("a-talk-with-a-ve ["), "{}", lines[3]);
        assert!(
            lines[4].ends_with("0/12 jobs, 0.0x realtime, 36:40:00 left"),
            "{}",
            lines[4]
        );
        assert_eq!(lines.len(), 5);
    }

    #[test]
    fn a_narrow_and_a_wide_terminal_keep_no_line_behind() {
        let widths: [fn() -> usize; 4] = [|| 20, || 60, || 80, || 200];
        for width in widths {
            let columns = width();
            let during = shown(width, false);
            let marks = during.lines().filter(|line| line.contains('[')).count();
            assert_eq!(marks, 3, "{columns}: {during}");
            let most = COLUMNS.min(columns - 1);
            let drawn = during.lines().filter(|line| line.contains('['));
            assert!(drawn.clone().all(|line| line.len() <= most), "{during}");
            let after = shown(width, true);
            assert!(!after.contains('['), "{columns}: {after}");
        }
    }

    #[test]
    fn a_name_is_cut_by_what_is_seen_of_it() {
        assert_eq!(cut("映像と音声", 5), "映像");
        assert_eq!(drawn(Some(1.0)), "[============] 100 %");
        assert_eq!(drawn(None), "[>           ]   0 %");
    }
}
