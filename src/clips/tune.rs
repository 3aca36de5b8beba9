//! Tuning: the ranker's weights fitted to the clips that a person kept and dropped. Pure, and the same for the same labels in any order.
//!
//! ```text
//! Labels -> fit -> Weights
//!        '-> held out: fitted without them -> NDCG beside that of the weights there were -> is it a gain?
//! ```

mod fit;
mod held_out;
mod labels;
mod ndcg;
mod solve;
mod table;

use super::Weights;

pub use held_out::{HeldOut, RankQuality, Unit};
pub use labels::Labels;
pub use table::Fault;

/// Fewer labels show nothing.
const LEAST_LABELS: usize = 20;
/// As many must be better than another of their group, and as many worse.
const LEAST_OF_A_KIND: usize = 5;

/// Weights that rank clips as they were labelled, better than those there were.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// The weights, to three decimals.
    pub weights: Weights,
    /// How well they do on clips that they were not fitted to.
    pub held_out: HeldOut,
}

/// What the labels are too few to show.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotEnough {
    /// Anything.
    #[error("not enough labels: {have} can be compared, {LEAST_LABELS} are needed")]
    Labels {
        /// Labels of groups that have better and worse ones.
        have: usize,
    },
    /// What makes a clip better, or what makes it worse.
    #[error(
        "not enough labels of a kind: {better} clips are better than another, {worse} worse; {LEAST_OF_A_KIND} of each are needed"
    )]
    OfAKind {
        /// Clips better than another of their group.
        better: usize,
        /// Clips worse than another of their group.
        worse: usize,
    },
    /// That the fitted weights do better on clips that they were not fitted to.
    #[error(
        "not enough labels: the gain on held-out {} lies between {:+.3} and {:+.3}, which may be none",
        .0.unit, .0.interval.0, .0.interval.1
    )]
    Gain(HeldOut),
}

/// Returns weights fitted to the labels; as far as these say nothing, they stay what they are in `base`.
///
/// # Errors
/// What the labels are too few to show.
pub fn tune(labels: &Labels, base: &Weights) -> Result<Tuned, NotEnough> {
    let groups = labels.groups();
    let rows = || groups.iter().flat_map(|group| group.rows.iter());
    let have = rows().count();
    if have < LEAST_LABELS {
        return Err(NotEnough::Labels { have });
    }
    let better = rows().filter(|row| row.gain > 0.0).count();
    let worse = rows().filter(|row| row.gain < 1.0).count();
    if better.min(worse) < LEAST_OF_A_KIND {
        return Err(NotEnough::OfAKind { better, worse });
    }
    let held_out = held_out::measure(groups, base);
    if held_out.interval.0 <= 0.0 {
        return Err(NotEnough::Gain(held_out));
    }
    Ok(Tuned {
        weights: fit::fit(groups, base),
        held_out,
    })
}

#[cfg(test)]
mod tests;
