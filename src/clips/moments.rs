//! Requested moments: where in a video the phrases and times are that `must-include` names.

use super::Material;
use super::said::{Folding, Said};
use crate::settings::RequiredMoment;
use crate::timeline::{TimeRange, Word};

/// Places of one moment that are looked at: what is said more often than this is no moment.
const MOST_PLACES: usize = 200;

/// One moment: a clip that holds any of its places holds it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Demand {
    /// In order, both by start and by end; none when it is nowhere.
    pub(super) places: Vec<TimeRange>,
}

impl Demand {
    /// Tells whether a clip holds the moment.
    pub(super) fn held_by(&self, clip: TimeRange) -> bool {
        let first = self.places.partition_point(|at| at.start() < clip.start());
        let place = self.places.get(first);
        place.is_some_and(|place| place.end() <= clip.end())
    }
}

/// Returns the places of each moment; phrases are found as they are said, whatever the endings of their words.
pub(super) fn find(material: &Material<'_>, moments: &[RequiredMoment]) -> Vec<Demand> {
    let phrases = moments.iter().filter_map(|moment| match moment {
        RequiredMoment::Said(phrase) => Some(phrase.as_str()),
        RequiredMoment::During(_) => None,
    });
    let mut said = find_said(material, &phrases.collect::<Vec<_>>()).into_iter();
    let places = moments.iter().map(|moment| match moment {
        RequiredMoment::During(range) => vec![*range],
        RequiredMoment::Said(_) => said.next().unwrap_or_default(),
    });
    places.map(|places| Demand { places }).collect()
}

fn find_said(material: &Material<'_>, phrases: &[&str]) -> Vec<Vec<TimeRange>> {
    let mut places = vec![Vec::new(); phrases.len()];
    let Some(talk) = material.talk.filter(|_| !phrases.is_empty()) else {
        return places;
    };
    let words: Vec<&Word> = talk.transcript.words().collect();
    let language = &talk.transcript.language;
    let folding = Folding::of(language);
    let lengths = phrases.iter().map(|phrase| folding.stems(phrase).count());
    let lengths: Vec<usize> = lengths.collect();
    for found in Said::new(&words, language).find(phrases.iter().copied()) {
        let last = (found.word + lengths[found.phrase]).clamp(1, words.len()) - 1;
        let (start, end) = (words[found.word].range.start(), words[last].range.end());
        let places: &mut Vec<TimeRange> = &mut places[found.phrase];
        let later = places
            .last()
            .is_none_or(|p| p.start() <= start && p.end() <= end);
        if later && places.len() < MOST_PLACES {
            places.extend(TimeRange::new(start, end));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::Talk;
    use crate::timeline::{Segment, Timestamp, Transcript};

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |second| Timestamp::new(second, 1).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn a_phrase_is_wherever_it_is_said_and_a_time_where_it_is() {
        let text = "The prices rose. Then the price of bread fell";
        let words = text.split(' ').zip(0..).map(|(text, at)| Word {
            text: text.into(),
            range: range(at, at + 1),
            confidence: 1.0,
            space_before: true,
        });
        let transcript = Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range: range(0, 9),
                text: text.into(),
                words: words.collect(),
            }],
        };
        let material = Material {
            talk: Some(Talk {
                transcript: &transcript,
                embeddings: &[],
                paragraphs: &[],
            }),
            ..Material::default()
        };
        let moments = [
            RequiredMoment::Said("the price".into()),
            RequiredMoment::During(range(50, 60)),
            RequiredMoment::Said("never said".into()),
        ];
        let found: Vec<_> = find(&material, &moments)
            .into_iter()
            .map(|d| d.places)
            .collect();
        let expected = [vec![range(0, 2), range(4, 6)], vec![range(50, 60)], vec![]];
        assert_eq!(found, expected);
        let price = find(&material, &moments).swap_remove(0);
        assert!(price.held_by(range(3, 9)) && !price.held_by(range(1, 5)));
        assert!(find(&Material::default(), &moments)[0].places.is_empty());
    }
}
