//! Degradations: what a run does otherwise than asked.

use std::fmt;

use serde::Serialize;

/// Something that was given up. `Display` gives one line for people; JSON has a `class` and the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum Degradation {
    /// A model runs on another device than the fastest there is.
    Device {
        /// The model.
        model: String,
        /// The device, and why that one.
        reason: String,
    },
    /// A model was closed and opened again because its device failed.
    ModelReopened {
        /// The model.
        model: String,
        /// What happened.
        reason: String,
    },
    /// A session of a model only fails: the others do its work for a while.
    ServerRests {
        /// The model.
        model: String,
        /// How long it rests.
        seconds: u64,
        /// Its last failure.
        reason: String,
    },
    /// An encoder does not work here.
    Encoder {
        /// What happened when it was tried.
        reason: String,
        /// The encoder that is used.
        instead: String,
    },
    /// A job failed on something that may pass, and is tried again another way.
    Retry {
        /// The job's id.
        job: String,
        /// The class of the failure: `timeout`, `out_of_memory`, `device_lost`…
        error: String,
        /// What happened.
        reason: String,
        /// What is done otherwise.
        instead: String,
    },
    /// Captions are drawn in another font: the one that was asked for lacks letters.
    CaptionFont {
        /// The job's id.
        job: String,
        /// The font that was asked for.
        font: String,
        /// What it lacks: `Japanese (Han, Kana)`.
        script: String,
        /// The font that is used.
        instead: String,
    },
    /// The only sound of a video cannot be decoded: its clips are mute.
    Mute {
        /// The job's id.
        job: String,
        /// FFmpeg's name of the codec, or the file's.
        codec: String,
    },
    /// A model gives one and the same answer for a whole video.
    ConstantOutput {
        /// The job's id.
        job: String,
        /// The model.
        model: String,
        /// The answer, where it is a score: 0 or 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<u8>,
    },
    /// A clip did not pass its checks and is rendered with other settings.
    Render {
        /// The job's id.
        job: String,
        /// The clip's file name.
        clip: String,
        /// The check that failed, and what is done instead.
        reason: String,
    },
}

impl fmt::Display for Degradation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device { model, reason } => write!(out, "{model} runs on {reason}"),
            Self::ModelReopened { model, reason } => {
                write!(out, "{model}: {reason}; opened again elsewhere")
            }
            Self::ServerRests {
                model,
                seconds,
                reason,
            } => write!(out, "{model}: {reason}; {}", at_rest(*seconds)),
            Self::Encoder { reason, instead } => write!(out, "{reason}: {instead} instead"),
            Self::Retry {
                job,
                error,
                reason,
                instead,
            } => write!(
                out,
                "{job}: tried again after {reason} [{error}]: {instead}"
            ),
            Self::CaptionFont {
                job,
                font,
                script,
                instead,
            } => write!(
                out,
                "{job}: captions in {instead}: {font} lacks letters of {script}"
            ),
            Self::Mute { job, codec } => write!(
                out,
                "{job}: its sound ({codec}) cannot be decoded here: clips are mute"
            ),
            Self::ConstantOutput { job, model, value } => constant(out, job, model, *value),
            Self::Render { job, clip, reason } => write!(out, "{job}/{clip}: {reason}"),
        }
    }
}

fn at_rest(seconds: u64) -> String {
    format!("one of its sessions rests for {seconds} s, the others do its work")
}

fn constant(
    out: &mut fmt::Formatter<'_>,
    job: &str,
    model: &str,
    value: Option<u8>,
) -> fmt::Result {
    let value = value.map_or_else(|| "the same".to_owned(), |value| value.to_string());
    write!(
        out,
        "{job}: {model} answers {value} whatever it is shown; what follows from it cannot be right"
    )
}
