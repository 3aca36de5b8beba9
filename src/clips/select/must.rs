//! Required clips: those that hold the moments which the user asks for.

use super::field::Field;
use crate::clips::moments::Demand;
use crate::timeline::TimeRange;

/// The candidates tried for one demand: the best, and the best of those that meet several demands at once.
const BEST: usize = 32;
const BEST_OF_SEVERAL: usize = 16;
/// Steps after which the best found so far is taken.
const MOST_STEPS: usize = 20_000;

/// Returns candidates that do not overlap and meet all demands, or as many as can be found, and the demands left over.
///
/// One that holds what no clip may hold is taken only where no other meets the demand.
pub(super) fn meet(field: &Field<'_>, demands: &[Demand]) -> (Vec<usize>, Vec<usize>) {
    let options = demands.iter().map(|demand| options(field, demands, demand));
    let mut wanted: Vec<(usize, Vec<usize>)> = options.enumerate().collect();
    let first = |number: usize| demands[number].places.first();
    let place = |number: usize| first(number).map(|place| (place.start(), place.end()));
    wanted.sort_by_key(|(number, options)| (options.len(), place(*number)));
    let mut search = Search {
        field,
        demands,
        wanted,
        steps: 0,
        best: None,
    };
    search.descend(0, &mut Vec::new(), &mut Vec::new());
    search.best.unwrap_or_default()
}

fn options(field: &Field<'_>, demands: &[Demand], demand: &Demand) -> Vec<usize> {
    if demand.places.is_empty() {
        return Vec::new();
    }
    let range = |slot: &usize| field.ranked[*slot].span.range;
    let meeting = (0..field.ranked.len()).filter(|slot| demand.held_by(range(slot)));
    let (barred, mut meeting): (Vec<usize>, Vec<usize>) =
        meeting.partition(|slot| (field.barred)(&field.ranked[*slot]));
    meeting.extend(barred);
    let several = |slot: &&usize| {
        let met = |demand: &&Demand| demand.held_by(range(slot));
        demands.iter().filter(met).count() > 1
    };
    let later = meeting.iter().skip(BEST).filter(several);
    let later: Vec<usize> = later.take(BEST_OF_SEVERAL).copied().collect();
    meeting.truncate(BEST);
    meeting.extend(later);
    meeting
}

/// A search through the options, best first, that ends with the first way to meet all demands.
struct Search<'a> {
    field: &'a Field<'a>,
    demands: &'a [Demand],
    /// Each demand and its options, those with the fewest first.
    wanted: Vec<(usize, Vec<usize>)>,
    steps: usize,
    best: Option<(Vec<usize>, Vec<usize>)>,
}

impl Search<'_> {
    fn descend(&mut self, depth: usize, chosen: &mut Vec<usize>, unmet: &mut Vec<usize>) {
        self.steps += 1;
        let beaten = |best: &(Vec<usize>, Vec<usize>)| best.1.len() <= unmet.len();
        if self.best.as_ref().is_some_and(beaten) {
            return;
        }
        let Some((number, options)) = self.wanted.get(depth).cloned() else {
            self.best = Some((chosen.clone(), unmet.clone()));
            return;
        };
        let range = |slot: &usize| self.field.ranked[*slot].span.range;
        let held = |range: TimeRange| self.demands[number].held_by(range);
        if chosen.iter().any(|slot| held(range(slot))) {
            return self.descend(depth + 1, chosen, unmet);
        }
        for slot in options {
            let over = self
                .field
                .overlapped(chosen, self.field.ranked[slot].span.range);
            if over.is_none() && self.steps < MOST_STEPS {
                chosen.push(slot);
                self.descend(depth + 1, chosen, unmet);
                chosen.pop();
            }
        }
        unmet.push(number);
        self.descend(depth + 1, chosen, unmet);
        unmet.pop();
    }
}
