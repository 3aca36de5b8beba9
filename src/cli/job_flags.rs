//! Flags for what a job's settings name: the common wishes, for all jobs of a run.

use clap::Args;

/// What all jobs of a run get, whatever the manifest says.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clips")]
pub(super) struct JobFlags {
    /// Clips of one video at most.
    #[arg(long, value_name = "COUNT")]
    clips: Option<String>,

    /// The shortest clip, such as 15s.
    #[arg(long, value_name = "LENGTH")]
    min: Option<String>,

    /// The longest clip, such as 60s.
    #[arg(long, value_name = "LENGTH")]
    max: Option<String>,

    /// The shape of the clips: 9:16, 1:1, 4:5, 16:9 or source.
    #[arg(long, value_name = "ASPECT")]
    aspect: Option<String>,

    /// Captions: burn, sidecar or off.
    #[arg(long, value_name = "CAPTIONS")]
    captions: Option<String>,

    /// The language spoken: auto, or a code such as en or pt-BR.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,

    /// draft, standard or high.
    #[arg(long, value_name = "QUALITY")]
    quality: Option<String>,

    /// The part of the videos that clips are taken from, such as 00:01:00-00:45:00.
    #[arg(long, value_name = "RANGE")]
    range: Option<String>,
}

impl JobFlags {
    /// Returns the flags that were given: each with the setting that it stands for, and its value.
    pub(super) fn given(self) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        let all = [
            ("--clips", "job.clips.count", self.clips),
            ("--min", "job.clips.min", self.min),
            ("--max", "job.clips.max", self.max),
            ("--aspect", "job.aspect", self.aspect),
            ("--captions", "job.captions", self.captions),
            ("--language", "job.language", self.language),
            ("--quality", "job.quality", self.quality),
            ("--range", "job.range", self.range),
        ];
        let given = all.into_iter();
        given.filter_map(|(flag, key, value)| Some((flag, key, value?)))
    }
}
