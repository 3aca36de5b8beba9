//! Rank of clauses: which makes the best title.

use super::clause::{Clause, NARROWEST, WIDEST};

/// A clause and what speaks for it, 0..1 each.
#[derive(Debug, Clone)]
pub(super) struct RatedTitle {
    pub(super) clause: Clause,
    /// As it would be shown.
    pub(super) text: String,
    pub(super) columns: usize,
    /// To the meaning of the whole clip.
    pub(super) likeness: f64,
    /// The share of the clip's key phrases that it names.
    pub(super) topical: f64,
    pub(super) hook: f64,
    /// Whether it begins and ends with sentences.
    pub(super) complete: f64,
}

impl RatedTitle {
    /// Returns what is known of its worth before its meaning is: as a title or as a hook, whichever is more.
    pub(super) fn before(&self) -> f64 {
        self.as_title().max(self.as_hook())
    }

    fn as_title(&self) -> f64 {
        let shape = 0.6 * self.fit() + 0.4 * self.complete;
        0.5 * self.likeness + 0.2 * self.topical + 0.3 * shape
    }

    fn as_hook(&self) -> f64 {
        let shape = 0.6 * self.fit() + 0.4 * self.complete;
        0.25 * self.likeness + 0.45 * self.hook + 0.3 * shape
    }

    /// Returns how well it fits a line.
    fn fit(&self) -> f64 {
        match self.columns {
            short if short < NARROWEST => 0.5 * short as f64 / NARROWEST as f64,
            long if long > WIDEST => 0.0,
            _ => 1.0,
        }
    }
}

/// Returns the best title; of equals the earlier.
pub(super) fn best_title(all: &[RatedTitle]) -> Option<&RatedTitle> {
    best(all.iter(), RatedTitle::as_title)
}

/// Returns the best hook that shares no word with the title.
pub(super) fn best_hook<'a>(all: &'a [RatedTitle], title: &RatedTitle) -> Option<&'a RatedTitle> {
    let taken = &title.clause.parts;
    let apart = all.iter().filter(|rated| {
        let parts = &rated.clause.parts;
        parts.end <= taken.start || taken.end <= parts.start
    });
    best(
        apart.filter(|rated| rated.text != title.text),
        RatedTitle::as_hook,
    )
}

fn best<'a>(
    all: impl Iterator<Item = &'a RatedTitle>,
    worth: impl Fn(&RatedTitle) -> f64,
) -> Option<&'a RatedTitle> {
    all.max_by(|a, b| {
        let fits = |rated: &RatedTitle| (NARROWEST..=WIDEST).contains(&rated.columns);
        let (x, y) = ((fits(a), worth(a)), (fits(b), worth(b)));
        let earlier = b.clause.parts.start.cmp(&a.clause.parts.start);
        x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)).then(earlier)
    })
}
