//! What a search passes over, counted.

use std::fmt;

/// What a search saw and did not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::manifest) struct PassedOver {
    /// Folders that were not searched.
    pub(super) folders: usize,
    /// Files that hold sound alone.
    pub(super) sound: usize,
    /// Files without the ending of a video.
    pub(super) other: usize,
    /// Files below the run's output folder.
    pub(super) in_output: usize,
}

impl PassedOver {
    /// Tells whether nothing was.
    pub(in crate::manifest) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns what could be done about it for the input of this name; none where there is nothing to do.
    pub(super) fn advice(&self, input: &str) -> Option<String> {
        let input = input.trim_end_matches('/');
        if self.folders > 0 {
            let count = counted(self.folders, "folder");
            Some(format!(
                "{count} inside: write '{input}/**/*.mp4', or recursive = true"
            ))
        } else if self.sound > 0 {
            let count = counted(self.sound, "sound file");
            Some(format!(
                "{count}: cover = \"picture.jpg\" or audio-clips = true makes clips of them; without clips write '{input}/*.mp3' or such, with --until transcript"
            ))
        } else if self.other > 0 {
            Some(counted_other(self.other))
        } else {
            None
        }
    }
}

/// Writes what was passed over, the parts divided by commas.
impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folders = counted(self.folders, "folder");
        let parts = [
            (
                self.folders,
                format!("{folders} inside (recursive = true searches them)"),
            ),
            (self.sound, counted(self.sound, "sound file")),
            (self.other, counted_other(self.other)),
            (
                self.in_output,
                format!("{} in the output folder", counted(self.in_output, "file")),
            ),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        f.write_str(&parts.map(|(_, text)| text).collect::<Vec<_>>().join(", "))
    }
}

fn counted(count: usize, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

fn counted_other(count: usize) -> String {
    format!("{} without a video ending", counted(count, "file"))
}
