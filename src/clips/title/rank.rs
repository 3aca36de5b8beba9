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
    /// Whether it begins with a word that leans on what was said before: "that", "he".
    pub(super) leans: bool,
    /// Whether it asks.
    pub(super) asks: bool,
}

/// What the worth of a line is made of: fit and wholeness in its shape, and what a question has more.
const SHAPE: (f64, f64) = (0.4, 0.6);
const ASKS: f64 = 0.1;

/// What the choice depends on beside the words.
pub const TITLE_RULES: (f64, f64, f64, usize, usize) = (SHAPE.0, SHAPE.1, ASKS, NARROWEST, WIDEST);

impl RatedTitle {
    /// Returns what is known of its worth before its meaning is: as a title or as a hook, whichever is more.
    pub(super) fn before(&self) -> f64 {
        self.as_title().max(self.as_hook())
    }

    fn as_title(&self) -> f64 {
        let asks = if self.asks { ASKS } else { 0.0 };
        0.5 * self.likeness + 0.2 * self.topical + 0.3 * self.shape() + asks
    }

    fn as_hook(&self) -> f64 {
        0.25 * self.likeness + 0.45 * self.hook + 0.3 * self.shape()
    }

    fn shape(&self) -> f64 {
        SHAPE.0 * self.fit() + SHAPE.1 * self.complete
    }

    /// Tells whether it is of words so few that they only name something.
    fn is_name(&self) -> bool {
        (2..4).contains(&self.text.split(' ').count())
    }

    /// Returns how well it fits a line.
    fn fit(&self) -> f64 {
        match self.columns {
            short if short < NARROWEST => 0.5 * short as f64 / NARROWEST as f64,
            _ if self.is_name() => 0.5,
            long if long > WIDEST => 0.0,
            _ => 1.0,
        }
    }
}

/// Returns the best title, one that leans on nothing where there is one; of equals the earlier.
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
        let stands = |rated: &RatedTitle| (fits(rated), fits(rated) && !rated.leans);
        let earlier = b.clause.parts.start.cmp(&a.clause.parts.start);
        let by_worth = worth(a).total_cmp(&worth(b));
        stands(a).cmp(&stands(b)).then(by_worth).then(earlier)
    })
}
