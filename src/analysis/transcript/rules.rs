//! Token rules: which tokens may not come next, and the choice among the rest.

use super::tokens::Special;

/// Latest first time in steps of 0.02 s.
const LATEST_START: usize = 50;

/// A token and its logarithmic probability among those allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TokenChoice {
    /// The token.
    pub(super) token: u32,
    /// Natural logarithm of its probability.
    pub(super) log_prob: f32,
}

/// Rules out what may not follow `said`, by OpenAI's rules for text with times.
///
/// Times come in pairs around text and never run backwards; a text starts with a time within its first second;
/// when all times together are likelier than any one token of text, a time it is.
pub(super) fn forbid(special: &Special, said: &[u32], logits: &mut [f32]) {
    let (end, zero) = (special.end as usize, special.zero as usize);
    ban(logits, special.never.iter().copied());
    logits[end + 1..zero].fill(f32::NEG_INFINITY);
    if said.is_empty() {
        ban(logits, special.never_first.iter().copied());
        logits[..zero].fill(f32::NEG_INFINITY);
        logits[zero + LATEST_START + 1..].fill(f32::NEG_INFINITY);
        return;
    }
    let is_time = |back: usize| {
        said.iter()
            .rev()
            .nth(back)
            .is_none_or(|t| *t >= special.zero)
    };
    let (last, before) = (is_time(0), is_time(1));
    if last && before {
        logits[zero..].fill(f32::NEG_INFINITY);
    } else if last {
        logits[..end].fill(f32::NEG_INFINITY);
    }
    if let Some(&time) = said.iter().rev().find(|t| **t >= special.zero) {
        // The time that ends a text may start the next; any other must be later.
        let earliest = (time as usize + usize::from(!last || before)).min(logits.len());
        logits[zero..earliest].fill(f32::NEG_INFINITY);
    }
    let text = logits[..zero].iter().copied().fold(f32::MIN, f32::max);
    if log_sum_exp(&logits[zero..]) > text {
        logits[..zero].fill(f32::NEG_INFINITY);
    }
}

/// Takes the likeliest token; the first of equals.
pub(super) fn greedy(logits: &[f32]) -> TokenChoice {
    let mut best = 0;
    for (token, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = token;
        }
    }
    choice(logits, best)
}

/// Draws a token at a temperature above zero; `draw` is a number in 0..1.
pub(super) fn sample(logits: &[f32], temperature: f32, draw: f64) -> TokenChoice {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: f32| f64::from(((logit - top) / temperature).exp());
    let mut left = draw * logits.iter().map(|l| weight(*l)).sum::<f64>();
    let drawn = logits.iter().position(|logit| {
        left -= weight(*logit);
        left < 0.0
    });
    drawn.map_or_else(|| greedy(logits), |token| choice(logits, token))
}

/// Returns the probability of one token among all.
pub(super) fn probability(logits: &[f32], token: u32) -> f32 {
    choice(logits, token as usize).log_prob.exp()
}

fn choice(logits: &[f32], token: usize) -> TokenChoice {
    TokenChoice {
        token: token as u32,
        log_prob: logits[token] - log_sum_exp(logits),
    }
}

fn ban(logits: &mut [f32], tokens: impl Iterator<Item = u32>) {
    for token in tokens {
        if let Some(logit) = logits.get_mut(token as usize) {
            *logit = f32::NEG_INFINITY;
        }
    }
}

fn log_sum_exp(logits: &[f32]) -> f32 {
    // What is e^-20 of the largest adds nothing that a float could hold; most of a vocabulary is.
    const NOTHING: f32 = -20.0;
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if top == f32::NEG_INFINITY {
        return top;
    }
    let above = logits.iter().map(|l| l - top).filter(|d| *d > NOTHING);
    top + above.map(f32::exp).sum::<f32>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ten words, the specials, and times from 20.
    fn special_tokens() -> Special {
        Special {
            end: 10,
            start: 11,
            transcribe: Some(13),
            no_speech: 15,
            no_times: 19,
            zero: 20,
            never: vec![3],
            never_first: vec![4, 10],
        }
    }

    fn allowed(said: &[u32], logits: &[(usize, f32)]) -> Vec<u32> {
        let mut all = vec![0.0; 120];
        logits
            .iter()
            .for_each(|(token, logit)| all[*token] = *logit);
        forbid(&special_tokens(), said, &mut all);
        (0..120).filter(|t| all[*t as usize].is_finite()).collect()
    }

    const LOUD_TEXT: [(usize, f32); 2] = [(1, 50.0), (10, 40.0)];

    #[test]
    fn a_text_starts_with_a_time_in_its_first_second() {
        assert_eq!(allowed(&[], &LOUD_TEXT), (20..=70).collect::<Vec<_>>());
    }

    #[test]
    fn text_follows_the_time_that_starts_it() {
        assert_eq!(allowed(&[20], &[]), [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn after_the_time_that_ends_a_text_comes_the_same_or_a_later_time_or_the_end() {
        let wanted: Vec<u32> = [10].into_iter().chain(25..120).collect();
        assert_eq!(allowed(&[20, 1, 25], &LOUD_TEXT), wanted);
    }

    #[test]
    fn a_text_ends_later_than_it_starts() {
        let times: Vec<u32> = allowed(&[20, 1], &LOUD_TEXT);
        assert!(times.contains(&21) && !times.contains(&20) && times.contains(&10));
    }

    #[test]
    fn times_likelier_than_any_text_force_a_time() {
        assert_eq!(
            allowed(&[20, 1], &[(1, 2.0)]),
            (21..120).collect::<Vec<_>>()
        );
        assert!(allowed(&[20, 1], &LOUD_TEXT).contains(&1));
    }

    #[test]
    fn a_draw_follows_the_probabilities() {
        let logits = [0.0, f32::NEG_INFINITY, 3.0_f32.ln()];
        let drawn = |draw| sample(&logits, 1.0, draw).token;
        assert_eq!([0.0, 0.24, 0.26, 0.99].map(drawn), [0, 0, 2, 2]);
        assert!((probability(&logits, 2) - 0.75).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn something_can_always_be_said_and_times_never_run_backwards(
            logits in proptest::collection::vec(proptest::collection::vec(-9.0..9.0_f32, 120), 1..24),
        ) {
            let special = special_tokens();
            let mut said = Vec::new();
            for mut logits in logits {
                forbid(&special, &said, &mut logits);
                let choice = greedy(&logits);
                prop_assert!(choice.log_prob.is_finite());
                if choice.token == special.end { break }
                said.push(choice.token);
            }
            let times: Vec<_> = said.iter().filter(|t| **t >= special.zero).collect();
            prop_assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }
}
