//! What a person has decided for a stretch of time.

use crate::timeline::{TimeRange, Timestamp};

use super::{Layout, Rect};

/// A decision about the framing of a stretch of time; it holds to the instant, in the middle of a shot too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Override {
    /// When it holds.
    pub range: TimeRange,
    /// The layout; `None` leaves it open, or makes it the one that shows the region.
    pub layout: Option<Layout>,
    /// What must be shown, in fractions of the picture: all of it, and as little else as the output's shape allows.
    pub region: Option<Rect>,
}

/// Cuts a scene's time where decisions begin and end; of several for one time the last in the list holds.
pub(super) fn pieces<'a>(
    range: TimeRange,
    overrides: &'a [Override],
) -> Vec<(TimeRange, Option<&'a Override>)> {
    let edges = overrides
        .iter()
        .flat_map(|o| [o.range.start(), o.range.end()]);
    let mut cuts: Vec<Timestamp> = edges
        .filter(|time| range.contains(*time))
        .chain([range.start(), range.end()])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let holds = |time| overrides.iter().rev().find(|o| o.range.contains(time));
    let parts = cuts.windows(2).filter_map(|w| TimeRange::new(w[0], w[1]));
    let mut pieces: Vec<(TimeRange, Option<&Override>)> = Vec::new();
    for part in parts {
        let now = holds(part.start());
        match pieces.last_mut() {
            Some((range, before)) if *before == now => {
                *range = TimeRange::new(range.start(), part.end()).unwrap_or(*range);
            }
            _ => pieces.push((part, now)),
        }
    }
    pieces
}
