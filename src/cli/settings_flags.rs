//! Flags that give settings, which several commands take.

use clap::Args;

/// Settings given on the command line.
#[derive(Debug, Args)]
pub(super) struct SettingsFlags {
    /// A set of settings: a name, or a file of one's own.
    ///
    /// default, development, production, high-performance, high-throughput, low-latency, memory-efficient or high-traffic.
    #[arg(long, value_name = "NAME|FILE", help_heading = "Settings")]
    pub(super) profile: Option<String>,

    /// Any setting, by its name in `opusclip config show`; may be repeated.
    ///
    /// For example: --set cache.max-bytes=2GB --set job.clips.count=3
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Settings", value_parser = pair)]
    pub(super) set: Vec<(String, String)>,

    /// Where models run: auto, cpu, cuda or cuda:N [default: auto].
    ///
    /// A device that is named and not there ends the run with exit code 69.
    #[arg(long, value_name = "DEVICE", help_heading = "Settings")]
    pub(super) device: Option<String>,

    /// Videos worked on at once [default: auto, one per core].
    #[arg(long, short, value_name = "N", help_heading = "Settings")]
    pub(super) jobs: Option<String>,

    /// Memory that the process may have, such as 768M [default: auto, 512 MiB per core and at least 1 GiB].
    #[arg(long, value_name = "BYTES", help_heading = "Settings")]
    pub(super) max_memory: Option<String>,

    /// Say more; twice for every detail.
    #[arg(long, short, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,

    /// Say only what is wrong; twice for only what ends the run.
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) quiet: u8,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}
