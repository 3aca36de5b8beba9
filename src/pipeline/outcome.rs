//! Error classes of failed jobs, their severity, and the run's exit code.

use std::any::Any;
use std::time::Duration;

use nix::errno::Errno;

use super::asked_times::TimeOutside;
use crate::analysis::{text, transcript};
use crate::cache::InputError;
use crate::pipeline::cancel::{Stopped, TimedOut};
use crate::report::{ExitCode, JobOutcome};
use crate::{export, inference, media};

/// The file was another one at the end than at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file changed while it was read; run again when it is complete")]
pub(crate) struct InputChanged;

/// The settings name an audio stream that the file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no audio stream {wanted}: the file has {streams}, counted from 0")]
pub(crate) struct NoSuchAudio {
    pub(crate) wanted: usize,
    pub(crate) streams: usize,
}

/// The system has no more threads or memory for one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no thread can be started: {0}")]
pub(crate) struct NoThread(pub(crate) String);

/// Some work made no progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{work}: no progress for {} s", .limit.as_secs_f64())]
pub(crate) struct Stalled {
    /// What hangs, for people.
    pub(crate) work: &'static str,
    /// How long it was waited for.
    pub(crate) limit: Duration,
}

/// Nobody answers for a model any more: no thread was to be had for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server of {0} is gone")]
pub(crate) struct ServerGone(pub(crate) &'static str);

/// A clip did not pass its checks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} did not pass: {checks}")]
pub(crate) struct ClipBroken {
    pub(crate) file: String,
    pub(crate) checks: String,
}

/// Returns the failure of a job that wants clips of a file without pictures.
pub(crate) fn no_pictures() -> anyhow::Error {
    let error = anyhow::Error::new(media::Error::NoVideoStream);
    error.context("no clips without pictures; cover = \"picture.jpg\" or audio-clips = true makes some, --until transcript writes down what is said")
}

/// How one job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Failed(Severity),
    Cancelled,
}

/// What a job's failure means: for another try, and for the run's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Its input is at fault.
    Input,
    /// The output folder is at fault.
    Output,
    /// The device or the model is not there.
    Unavailable,
    /// ONNX Runtime cannot be loaded.
    Installation,
    /// A retry may succeed.
    Transient,
    /// Another failure.
    Other,
}

/// Returns how a job ended that failed with `error`.
pub(crate) fn outcome(error: &anyhow::Error) -> JobOutcome {
    if is_cancelled(error) {
        return JobOutcome::Cancelled;
    }
    let (class, _) = judge(error);
    JobOutcome::Failed {
        class: class.to_owned(),
        message: format!("{error:#}"),
    }
}

/// Tells whether a job ended because the run was stopped.
fn is_cancelled(error: &anyhow::Error) -> bool {
    let inference = error.chain().find_map(|error| match error.downcast_ref() {
        Some(transcript::Error::Inference(error)) => Some(error),
        _ => match error.downcast_ref() {
            Some(text::Error::Inference(error)) => Some(error),
            _ => error.downcast_ref::<inference::Error>(),
        },
    });
    error.is::<Stopped>()
        || matches!(inference, Some(inference::Error::Cancelled))
        || matches!(error.downcast_ref(), Some(media::Error::Cancelled))
        || matches!(error.downcast_ref(), Some(InputError::Stopped))
}

/// Returns what a failure means.
pub(crate) fn severity(error: &anyhow::Error) -> Severity {
    judge(error).1
}

/// Returns the stable word for a failure and its severity.
pub(crate) fn judge(error: &anyhow::Error) -> (&'static str, Severity) {
    error
        .chain()
        .find_map(|error| judge_nested(error).or_else(|| judge_plain(error)))
        .unwrap_or(("internal", Severity::Other))
}

/// Judges an error that is one of several of its kind.
fn judge_nested(error: &(dyn std::error::Error + 'static)) -> Option<(&'static str, Severity)> {
    if let Some(e) = error.downcast_ref::<media::Error>() {
        return Some((e.class(), severity_of_media(e)));
    }
    if let Some(e) = error.downcast_ref::<inference::Error>() {
        return Some(judge_inference(e));
    }
    if let Some(e) = error.downcast_ref::<transcript::Error>() {
        return Some(judge_transcript(e));
    }
    if let Some(e) = error.downcast_ref::<text::Error>() {
        return Some(judge_text(e));
    }
    if let Some(e) = error.downcast_ref::<TimeOutside>() {
        return Some((e.class(), Severity::Input));
    }
    if let Some(e) = error.downcast_ref::<export::Error>() {
        return Some(judge_output(e));
    }
    error.downcast_ref::<InputError>().map(judge_input)
}

/// Judges an error that has one meaning.
fn judge_plain(error: &(dyn std::error::Error + 'static)) -> Option<(&'static str, Severity)> {
    let known = [
        (
            error.is::<NoSuchAudio>(),
            "no_audio_stream",
            Severity::Input,
        ),
        (error.is::<Stalled>(), "timeout", Severity::Transient),
        (error.is::<TimedOut>(), "timeout", Severity::Other),
        (error.is::<NoThread>(), "no_thread", Severity::Transient),
        (error.is::<ServerGone>(), "no_thread", Severity::Transient),
        (
            error.is::<InputChanged>(),
            "input_changed",
            Severity::Transient,
        ),
        (error.is::<ClipBroken>(), "clip_broken", Severity::Other),
    ];
    let found = known.into_iter().find(|(is_it, _, _)| *is_it);
    found.map(|(_, class, severity)| (class, severity))
}

fn judge_output(error: &export::Error) -> (&'static str, Severity) {
    match error {
        export::Error::NoSpace { .. } => ("no_space", Severity::Output),
        // The folder is not at fault.
        export::Error::Io { reason, .. } if is_exhausted(reason) => {
            ("too_many_files", Severity::Transient)
        }
        _ => ("output", Severity::Output),
    }
}

/// Tells whether the process or the system has too many files open.
fn is_exhausted(error: &std::io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw);
    matches!(number, Some(Errno::EMFILE | Errno::ENFILE))
}

fn judge_input(error: &InputError) -> (&'static str, Severity) {
    match error {
        InputError::Changed => ("input_changed", Severity::Transient),
        InputError::Unreadable(_) => ("unreadable", Severity::Transient),
        InputError::NotAFile => ("input_not_file", Severity::Input),
        InputError::Stopped => ("cancelled", Severity::Other),
    }
}

fn severity_of_media(error: &media::Error) -> Severity {
    match error.class() {
        "no_space" | "output" => Severity::Output,
        "ffmpeg" | "encoder" => Severity::Other,
        "unreadable" => Severity::Transient,
        _ => Severity::Input,
    }
}

fn judge_transcript(error: &transcript::Error) -> (&'static str, Severity) {
    use transcript::Error as E;
    match error {
        E::Inference(e) => judge_inference(e),
        E::Vocabulary { .. } => ("model", Severity::Unavailable),
        E::Language(_) => ("language", Severity::Input),
        E::Text(_) => ("inference", Severity::Other),
    }
}

fn judge_text(error: &text::Error) -> (&'static str, Severity) {
    use text::Error as E;
    match error {
        E::Inference(e) => judge_inference(e),
        E::Vocabulary { .. } => ("model", Severity::Unavailable),
        E::Text(_) => ("inference", Severity::Other),
    }
}

fn judge_inference(error: &inference::Error) -> (&'static str, Severity) {
    use inference::Error as E;
    match error {
        E::Library { .. } => ("runtime", Severity::Installation),
        E::Model { .. } => ("model", Severity::Unavailable),
        E::Device { .. } => ("device", Severity::Unavailable),
        E::OutOfMemory(_) => ("out_of_memory", Severity::Transient),
        E::DeviceLost(_) => ("device_lost", Severity::Transient),
        E::Stalled { .. } => ("timeout", Severity::Transient),
        E::NonFinite { .. } => ("non_finite", Severity::Other),
        E::Panicked(_) | E::Cancelled | E::Run(_) => ("inference", Severity::Other),
    }
}

/// Returns what a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panicked".into())
}

/// Returns the exit code of a run whose jobs ended so.
pub(crate) fn exit_code(ends: &[End], signal: Option<i32>) -> ExitCode {
    match signal {
        Some(signal_hook::consts::SIGINT | signal_hook::consts::SIGQUIT) => {
            return ExitCode::Interrupted;
        }
        Some(_) => return ExitCode::Terminated,
        None => {}
    }
    let weight = |end: &End| match end {
        End::Failed(weight) => Some(*weight),
        End::Done | End::Cancelled => None,
    };
    let failures: Vec<Severity> = ends.iter().filter_map(weight).collect();
    let all = |weight| failures.len() == ends.len() && failures.iter().all(|&w| w == weight);
    match failures.as_slice() {
        [] if ends.contains(&End::Cancelled) => ExitCode::SomeFailed,
        [] => ExitCode::Done,
        some if some.contains(&Severity::Output) => ExitCode::CannotWrite,
        some if some.contains(&Severity::Installation) => ExitCode::Installation,
        some if some.contains(&Severity::Unavailable) => ExitCode::Unavailable,
        _ if all(Severity::Input) => ExitCode::BadInput,
        _ if all(Severity::Transient) => ExitCode::TryAgain,
        _ => ExitCode::SomeFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_class_is_found_under_the_context() {
        let error = Err::<(), _>(inference::Error::OutOfMemory("x".into())).context("a.mp4");
        assert_eq!(
            judge(&error.unwrap_err()),
            ("out_of_memory", Severity::Transient)
        );
        assert_eq!(judge(&anyhow::anyhow!("?")), ("internal", Severity::Other));
    }

    #[test]
    fn an_input_that_changes_or_cannot_be_read_may_be_tried_again() {
        let judged = |error: InputError| judge(&anyhow::Error::new(error).context("read the file"));
        assert_eq!(
            judged(InputError::Changed),
            ("input_changed", Severity::Transient)
        );
        let broken = std::io::Error::from(nix::errno::Errno::EIO);
        let unreadable = ("unreadable", Severity::Transient);
        assert_eq!(judged(InputError::Unreadable(broken)), unreadable);
        let broken = media::Error::ReadError("input/output error".into());
        assert_eq!(judge(&anyhow::Error::new(broken)), unreadable);
    }

    #[test]
    fn too_many_open_files_are_no_fault_of_the_output_folder() {
        let judged = |errno| {
            let reason = std::io::Error::from(errno);
            let path = "x".into();
            judge(&export::Error::Io { path, reason }.into()).1
        };
        assert_eq!(judged(Errno::EMFILE), Severity::Transient);
        assert_eq!(judged(Errno::EIO), Severity::Output);
    }

    #[test]
    fn a_library_that_cannot_be_loaded_is_told_from_a_model() {
        let library = inference::Error::Library {
            path: "x.so".into(),
            why: "not there".into(),
        };
        assert_eq!(judge(&library.into()), ("runtime", Severity::Installation));
    }

    #[test]
    fn a_stopped_job_is_not_a_failed_one() {
        assert_eq!(outcome(&anyhow::Error::new(Stopped)), JobOutcome::Cancelled);
        let cut_short = anyhow::Error::new(media::Error::Cancelled);
        assert_eq!(outcome(&cut_short), JobOutcome::Cancelled);
        let unread = anyhow::Error::new(InputError::Stopped).context("read the file");
        assert_eq!(outcome(&unread), JobOutcome::Cancelled);
    }

    #[test]
    fn the_exit_code_tells_what_to_do_next() {
        use End::{Cancelled, Done, Failed};
        use Severity::{Input, Output, Transient};
        let check = |ends: &[End], signal, code| assert_eq!(exit_code(ends, signal), code);
        check(&[Done, Done], None, ExitCode::Done);
        check(&[Done, Failed(Input)], None, ExitCode::SomeFailed);
        check(&[Failed(Input), Failed(Input)], None, ExitCode::BadInput);
        check(&[Done, Failed(Output)], None, ExitCode::CannotWrite);
        check(&[Failed(Transient)], None, ExitCode::TryAgain);
        check(
            &[Done, Failed(Severity::Installation)],
            None,
            ExitCode::Installation,
        );
        check(&[Done, Cancelled], Some(2), ExitCode::Interrupted);
        check(&[Cancelled], Some(15), ExitCode::Terminated);
    }
}
