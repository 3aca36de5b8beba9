//! Errors of media files, one variant per different reaction.

use std::io;
use std::path::PathBuf;

use nix::errno::Errno;

/// Why a file could not be probed, decoded, rendered or verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing is at the path.
    #[error("no such file")]
    InputMissing,
    /// The file has no bytes.
    #[error("empty file")]
    InputEmpty,
    /// A folder, pipe, socket or device.
    #[error("not a regular file")]
    NotAFile,
    /// The system does not let it be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The system stopped giving the file's bytes: a broken disk or a lost network share. Another try may go well.
    #[error("cannot be read further: {0}")]
    ReadError(String),
    /// No demuxer makes sense of it, or its index is missing.
    #[error("not a readable media file: {0}")]
    NotMedia(String),
    /// Decoding broke before it gave anything of use.
    #[error("corrupt after {good_frames} good frames")]
    Corrupt {
        /// Frames that came out whole.
        good_frames: u64,
    },
    /// Nothing in it moves: sound, subtitles or a cover picture only.
    #[error("no video stream")]
    NoVideoStream,
    /// One frame would take more memory than is allowed.
    #[error("{width}x{height} pixels, more than max-pixels = {max_pixels}")]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The limit of [`Limits`](super::Limits).
        max_pixels: u64,
    },
    /// A kind of file or stream that this build does not read.
    #[error("unsupported: {codec}")]
    Unsupported {
        /// The codec's or container's name, or its four letters.
        codec: String,
    },
    /// Locked by digital rights management.
    #[error("encrypted")]
    Encrypted,
    /// No frame is shown in the range that was asked for.
    #[error("no frame in {0}")]
    NoFrames(String),
    /// The cover of a file that holds sound alone is no picture that can be shown.
    #[error("cover {}: {reason}; name a JPEG or PNG file", .path.display())]
    Cover {
        /// The picture's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Captions name a font that is not there.
    #[error("no font named {0}")]
    FontMissing(String),
    /// Captions have letters that would be drawn as boxes.
    #[error("no installed font has the letters of {script}; {package} does")]
    GlyphsMissing {
        /// What the letters are written in, for people.
        script: String,
        /// The Debian package of a font that has them.
        package: String,
    },
    /// The captions cannot be read or drawn.
    #[error("captions: {0}")]
    Captions(String),
    /// An encoder is not there, or does not work here.
    #[error("encoder {name}: {reason}")]
    Encoder {
        /// FFmpeg's name of it.
        name: &'static str,
        /// What it said.
        reason: String,
    },
    /// The caller asked to stop; what is written so far is of no use.
    #[error("cancelled")]
    Cancelled,
    /// The device of the output is full.
    #[error("no space left")]
    NoSpace,
    /// The output cannot be written for another reason.
    #[error("cannot write: {0}")]
    Output(String),
    /// FFmpeg refused something that should have worked.
    #[error("ffmpeg: {0}")]
    Ffmpeg(String),
}

impl Error {
    /// Returns the class that reports and exit codes go by.
    pub fn class(&self) -> &'static str {
        match self {
            Self::InputMissing => "input_missing",
            Self::InputEmpty => "input_empty",
            Self::NotAFile => "input_not_file",
            Self::Unreadable(_) => "input_unreadable",
            Self::ReadError(_) => "unreadable",
            Self::NotMedia(_) | Self::Corrupt { .. } => "input_corrupt",
            Self::NoVideoStream => "no_video",
            Self::TooLarge { .. } => "too_large",
            Self::Unsupported { .. } => "unsupported",
            Self::Encrypted => "encrypted",
            Self::NoFrames(_) => "no_frames",
            Self::Cover { .. } => "cover",
            Self::FontMissing(_) => "font_missing",
            Self::GlyphsMissing { .. } => "glyphs_missing",
            Self::Captions(_) => "captions",
            Self::Encoder { .. } => "encoder",
            Self::Cancelled => "cancelled",
            Self::NoSpace => "no_space",
            Self::Output(_) => "output",
            Self::Ffmpeg(_) => "ffmpeg",
        }
    }

    /// Returns what a failure to look at an input means.
    pub(super) fn reading(error: &io::Error) -> Self {
        match error.kind() {
            // A name no file can have is a file that is not there.
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename => Self::InputMissing,
            _ if error.raw_os_error().is_some_and(is_passing) => Self::ReadError(error.to_string()),
            _ => Self::Unreadable(error.to_string()),
        }
    }

    /// Returns what a read error of the system means that came in the middle of a file.
    pub(super) fn stopped_reading(error: ffmpeg_next::Error) -> Self {
        Self::ReadError(error.to_string().to_lowercase())
    }

    /// Returns what a failure to write the output means.
    pub(super) fn writing(error: ffmpeg_next::Error) -> Self {
        match error {
            ffmpeg_next::Error::Other {
                errno: ffmpeg_next::error::ENOSPC,
            } => Self::NoSpace,
            other => Self::Output(other.to_string()),
        }
    }
}

/// Tells whether an error number speaks of the machine's state, not of the file: another try may go well.
fn is_passing(errno: i32) -> bool {
    matches!(
        Errno::from_raw(errno),
        Errno::EIO
            | Errno::ESTALE
            | Errno::ETIMEDOUT
            | Errno::ENOTCONN
            | Errno::ENXIO
            | Errno::ENODEV
            | Errno::EMFILE
            | Errno::ENFILE
            | Errno::ENOMEM
    )
}

impl From<ffmpeg_next::Error> for Error {
    fn from(error: ffmpeg_next::Error) -> Self {
        Self::Ffmpeg(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_disk_is_told_from_a_file_that_may_not_be_read() {
        let class = |errno: Errno| Error::reading(&io::Error::from(errno)).class();
        assert_eq!(class(Errno::EIO), "unreadable");
        assert_eq!(class(Errno::ESTALE), "unreadable");
        assert_eq!(class(Errno::EMFILE), "unreadable");
        assert_eq!(class(Errno::EACCES), "input_unreadable");
        assert_eq!(class(Errno::ENOENT), "input_missing");
    }
}
