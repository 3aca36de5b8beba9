//! Selection: which of the candidates become clips.
//!
//! First those that must be ([`must`]), then one after the other the best of what is left, each a little less good the
//! more it is like one that is chosen and the nearer it is to it; in the end as many as there are asked for at least
//! ([`floor`]).

mod field;
mod floor;
mod must;
mod portrait;

use std::collections::HashMap;

use super::moments::Demand;

pub(super) use field::Field;
pub(super) use portrait::Portrait;

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// Places in the ranking, in order; none overlap.
    pub(super) chosen: Vec<usize>,
    /// Those of them that had to be.
    pub(super) demanded: Vec<usize>,
    /// Numbers of the demands that no candidate can meet together with the others.
    pub(super) unmet: Vec<usize>,
}

/// Chooses; demands come before everything else, and their order changes nothing.
pub(super) fn select(field: &Field<'_>, demands: &[Demand]) -> Selection {
    let (demanded, unmet) = must::meet(field, demands);
    let mut chosen = demanded.clone();
    let mut portraits = HashMap::new();
    while chosen.len() < field.limits.count {
        match field.next(&chosen, &mut portraits) {
            Some(slot) => chosen.push(slot),
            None => break,
        }
    }
    floor::fill(field, &demanded, &mut chosen);
    chosen.sort_unstable();
    Selection {
        chosen,
        demanded,
        unmet,
    }
}

#[cfg(test)]
mod tests;
