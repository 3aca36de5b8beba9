//! Layout choice over successive scenes, so that layouts do not flicker.
//!
//! Scenes are parted into runs of one layout, each at least `SHOWN` long, so that the sum over scenes of length times
//! value is the greatest. With `best(j, l)` the least that is lost by the first `j` scenes when the last run has layout `l`,
//! `best(j, l) = min(best(j - 1, l) + loss of scene j, min over i and m of best(i, m) + loss of scenes i..j)`, over the
//! `i` from which a run up to `j` is long enough and one up to `j - 1` is not.

/// The shortest time in seconds that a layout is shown before another takes its place.
pub(super) const SHOWN: f64 = 3.0;
/// How many layouts there are to choose from.
pub(super) const CHOICES: usize = 3;

/// One scene to be decided about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ballot {
    pub(super) seconds: f64,
    /// What each layout is worth, at most 1; `None` for one that cannot be had. The first and the last always can.
    pub(super) values: [Option<f64>; CHOICES],
}

#[derive(Debug, Clone, Copy)]
struct LayoutStep {
    lost: f64,
    /// The run that ends here began with this scene, after one of that layout; `None` when it goes on from before.
    began: Option<(usize, usize)>,
}

/// Returns the number of the layout of each scene.
pub(super) fn choose(ballots: &[Ballot]) -> Vec<usize> {
    let lost: Vec<_> = ballots.iter().map(losses).collect();
    let nowhere = LayoutStep {
        lost: f64::INFINITY,
        began: None,
    };
    let mut best = vec![[nowhere; CHOICES]];
    let mut long = 0;
    for end in 1..=ballots.len() {
        // What is long enough here already was so without the last scene: that run goes on.
        let starts = long..long_starts(ballots, long, end);
        long = starts.end;
        let steps = std::array::from_fn(|layout| {
            let on = LayoutStep {
                lost: best[end - 1][layout].lost + lost[end - 1][layout],
                began: None,
            };
            let begun = starts
                .clone()
                .map(|start| begin(&best, &lost, start..end, layout));
            begun.fold(on, less)
        });
        best.push(steps);
    }
    back(&best)
}

/// Returns the first scene from which a run to `end` is not long enough, given one before which all are.
///
/// All scenes together may be shorter than a run.
fn long_starts(ballots: &[Ballot], known: usize, end: usize) -> usize {
    let mut seconds = 0.0;
    let latest = (known..end).rev().find(|&start| {
        seconds += ballots[start].seconds;
        seconds >= SHOWN
    });
    let all = known == 0 && end == ballots.len();
    latest.map_or(if all { 1 } else { known }, |start| start + 1)
}

fn losses(ballot: &Ballot) -> [f64; CHOICES] {
    let most = ballot.values.iter().flatten().copied().fold(0.0, f64::max);
    ballot
        .values
        .map(|value| value.map_or(f64::INFINITY, |value| (most - value) * ballot.seconds))
}

fn begin(
    best: &[[LayoutStep; CHOICES]],
    lost: &[[f64; CHOICES]],
    run: std::ops::Range<usize>,
    layout: usize,
) -> LayoutStep {
    let own: f64 = lost[run.clone()].iter().map(|scene| scene[layout]).sum();
    let before = (0..CHOICES).map(|other| (best[run.start][other].lost, other));
    let before = before.filter(|(_, other)| *other != layout);
    let least = before.min_by(|a, b| a.0.total_cmp(&b.0));
    let (before, other) = match run.start {
        0 => (0.0, layout),
        _ => least.unwrap_or((f64::INFINITY, layout)),
    };
    LayoutStep {
        lost: before + own,
        began: Some((run.start, other)),
    }
}

fn less(a: LayoutStep, b: LayoutStep) -> LayoutStep {
    if b.lost < a.lost { b } else { a }
}

fn back(best: &[[LayoutStep; CHOICES]]) -> Vec<usize> {
    let mut end = best.len() - 1;
    let mut layouts = vec![0; end];
    let last = &best[end];
    let cheapest = (0..CHOICES).min_by(|&a, &b| last[a].lost.total_cmp(&last[b].lost));
    let mut layout = cheapest.unwrap_or(0);
    while end > 0 {
        match best[end][layout].began {
            None => {
                layouts[end - 1] = layout;
                end -= 1;
            }
            Some((start, before)) => {
                layouts[start..end].fill(layout);
                (end, layout) = (start, before);
            }
        }
    }
    layouts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn worth(ballots: &[Ballot], chosen: &[usize]) -> f64 {
        let scenes = ballots.iter().zip(chosen);
        let worth = scenes.map(|(ballot, layout)| match ballot.values[*layout] {
            Some(value) => value * ballot.seconds,
            None => f64::NEG_INFINITY,
        });
        worth.sum()
    }

    fn find_runs(ballots: &[Ballot], chosen: &[usize]) -> Vec<f64> {
        let scenes: Vec<_> = chosen.iter().zip(ballots).collect();
        let runs = scenes.chunk_by(|a, b| a.0 == b.0);
        runs.map(|run| run.iter().map(|(_, ballot)| ballot.seconds).sum())
            .collect()
    }

    fn keeps_the_limit(ballots: &[Ballot], chosen: &[usize]) -> bool {
        let runs = find_runs(ballots, chosen);
        runs.len() == 1 || runs.iter().all(|seconds| *seconds >= SHOWN)
    }

    fn every_choice(scenes: usize) -> impl Iterator<Item = Vec<usize>> {
        let digits = move |n: usize| (0..scenes).map(move |k| n / CHOICES.pow(k as u32) % CHOICES);
        (0..CHOICES.pow(scenes as u32)).map(move |n| digits(n).collect())
    }

    proptest! {
        #[test]
        fn no_choice_that_keeps_the_limit_is_worth_more(
            scenes in prop::collection::vec((1..20_u32, 0..10_u32, prop::option::of(0..10_u32), 0..10_u32), 1..7),
        ) {
            let ballots: Vec<_> = scenes
                .into_iter()
                .map(|(seconds, a, b, c)| Ballot {
                    // Quarters: sums are exact.
                    seconds: f64::from(seconds) / 4.0,
                    values: [Some(a), b, Some(c)].map(|value| value.map(|value| f64::from(value) / 16.0)),
                })
                .collect();
            let chosen = choose(&ballots);
            prop_assert!(keeps_the_limit(&ballots, &chosen), "{chosen:?} {ballots:?}");
            let others = every_choice(ballots.len()).filter(|other| keeps_the_limit(&ballots, other));
            let best = others.map(|other| worth(&ballots, &other)).fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(worth(&ballots, &chosen), best);
        }
    }

    #[test]
    fn nothing_to_choose_is_nothing_chosen() {
        assert_eq!(choose(&[]), Vec::<usize>::new());
    }
}
