//! The part of a file that is analysed: what a job's range needs. Pure.

use std::time::Duration;

use crate::settings::JobSettings;
use crate::timeline::{TimeRange, Timestamp};

/// How much is analysed on either side of a range: what is said, shown and heard across its edges is known whole, and places to
/// begin and to end are told from others.
const AROUND: Duration = Duration::from_secs(30);

/// Returns the part of a job's file that is analysed; none for all of it.
///
/// What some clip must hold is looked for in all of it.
pub(crate) fn stretch_of(settings: &JobSettings) -> Option<TimeRange> {
    let range = settings.range.range()?;
    let around = Timestamp::ZERO + AROUND;
    let stretch = TimeRange::new(range.start() - around, range.end() + around);
    stretch.filter(|_| settings.must_include.is_empty())
}
