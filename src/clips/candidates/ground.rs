//! Cut points: where a clip may start or end at all, between words and on frames.

use std::ops::Range;
use std::time::Duration;

use crate::analysis::sound::SoundLabel;
use crate::analysis::thought::ThoughtEnd;
use crate::clips::Material;
use crate::clips::bursts::{ANSWERS, Burst, find_bursts};
use crate::timeline::{Shot, TimeRange, Timestamp};

/// A picture that is shown for longer is held: cameras and films show none so long.
const HELD: Duration = Duration::from_millis(250);
/// How long a picture takes to come out of black, or another colour.
const FADE: Duration = Duration::from_millis(400);

/// How far the picture is out of black, or of another colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FadeIn {
    /// It is on the way.
    ComingOut,
    /// It is out with this frame.
    JustOut,
    /// It has been seen before.
    Fully,
}

/// What opens with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Opens {
    Nothing,
    Sentence,
    Paragraph,
}

/// A word, or several that overlap: nothing is cut inside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) range: TimeRange,
    pub(super) opens: Opens,
}

/// The time between two blocks: `next` is the number of the second, the first is the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) next: usize,
}

/// Everything that tells where to cut.
#[derive(Debug, Clone)]
pub(super) struct Ground<'a> {
    pub(super) shots: &'a [Shot],
    frames: &'a [Timestamp],
    pub(super) words: Vec<Block>,
    /// Where someone speaks whose words are not known; in order, apart.
    pub(super) speech: Vec<TimeRange>,
    /// Seconds in which the words up to each are spoken.
    spoken: Vec<f64>,
    /// Where loud noise answers what was said: laughter, applause.
    answers: Vec<TimeRange>,
    /// Pauses in speech and whether a thought is over with them, in order.
    pub(super) thoughts: &'a [ThoughtEnd],
    /// Where one kind of sound gives way to another, and where loud noise begins and ends, in order.
    pub(super) changes: Vec<Timestamp>,
    /// Where the picture is black or of one colour: no clip begins there.
    pub(super) empty: Vec<TimeRange>,
    /// What may be cut up.
    pub(super) whole: TimeRange,
}

impl<'a> Ground<'a> {
    /// Returns the ground of a video, or of the part of it that is wanted; `None` when there is no such part.
    pub(super) fn new(material: &Material<'a>, only: Option<TimeRange>) -> Option<Self> {
        let (first, last) = (material.shots.first()?, material.shots.last()?);
        let (start, end) = (first.range.start(), last.range.end());
        let whole = match only {
            Some(only) => TimeRange::new(start.max(only.start()), end.min(only.end()))?,
            None => TimeRange::new(start, end)?,
        };
        let words = words_of(material);
        let bursts = find_bursts(material);
        let mut ground = Self {
            shots: material.shots,
            frames: material.frames,
            speech: speech(material, words.is_empty()),
            changes: changes(material, &bursts),
            answers: bursts
                .iter()
                .filter(|burst| burst.answers)
                .map(|burst| burst.range)
                .collect(),
            spoken: spoken(&words),
            thoughts: material.thoughts,
            empty: material
                .look
                .into_iter()
                .flat_map(|look| look.empty())
                .collect(),
            words,
            whole,
        };
        let start = ground.after(whole.start(), whole.end())?;
        ground.whole = TimeRange::new(start, ground.before(whole.end(), start)?)?;
        Some(ground)
    }

    /// Tells whether one picture is shown for long around a time: then one may cut anywhere.
    fn is_held(&self, time: Timestamp) -> bool {
        let after = self.frames.partition_point(|frame| *frame <= time);
        let Some(before) = after.checked_sub(1).map(|slot| self.frames[slot]) else {
            return false;
        };
        let end = self.shots.last().map(|shot| shot.range.end());
        let next = self.frames.get(after).copied().or(end);
        next.is_some_and(|next| time < next && next.since(before) > HELD)
    }

    /// Returns where the picture has come out of black, or another colour.
    pub(super) fn out_of_empty(&self) -> impl Iterator<Item = Timestamp> {
        let empty = self.empty.iter();
        empty.filter_map(|empty| self.after(empty.end() + FADE, self.whole.end()))
    }

    /// Tells how far the picture has come out of black, or another colour.
    pub(super) fn shown_at(&self, time: Timestamp) -> FadeIn {
        let comes = |empty: &TimeRange| empty.end() <= time && time < empty.end() + FADE;
        if self.empty.iter().any(comes) {
            FadeIn::ComingOut
        } else if self.out_of_empty().any(|out| out == time) {
            FadeIn::JustOut
        } else {
            FadeIn::Fully
        }
    }

    /// Returns the words around a time, or `None` inside a word.
    pub(super) fn gap(&self, time: Timestamp) -> Option<Gap> {
        let next = self.words.partition_point(|word| word.range.end() <= time);
        let inside = self.words.get(next);
        inside
            .is_none_or(|word| word.range.start() >= time)
            .then_some(Gap { next })
    }

    /// Returns the end of the word before a gap.
    pub(super) fn word_before(&self, gap: Gap) -> Option<Timestamp> {
        let before = gap.next.checked_sub(1)?;
        Some(self.words[before].range.end())
    }

    /// Returns the word after a gap.
    pub(super) fn word_after(&self, gap: Gap) -> Option<Block> {
        self.words.get(gap.next).copied()
    }

    /// Returns which words are whole between two times, if any.
    pub(super) fn words_within(&self, start: Timestamp, end: Timestamp) -> Option<Range<usize>> {
        let first = self
            .words
            .partition_point(|word| word.range.start() < start);
        let last = self.words.partition_point(|word| word.range.end() <= end);
        (first < last).then_some(first..last)
    }

    /// Returns the share of the time from the first of some words to the last in which one is spoken.
    pub(super) fn spoken_share(&self, words: &Range<usize>) -> f64 {
        let (first, last) = (self.words[words.start], self.words[words.end - 1]);
        let whole = last.range.end().seconds() - first.range.start().seconds();
        (self.spoken[words.end] - self.spoken[words.start]) / whole.max(f64::MIN_POSITIVE)
    }

    /// Returns until when what was said up to `time` is answered by laughter or applause; `time` where it is not.
    pub(super) fn answered_until(&self, time: Timestamp) -> Timestamp {
        let next = self.answers.partition_point(|answer| answer.end() <= time);
        let answer = self.answers.get(next);
        let answer = answer.filter(|answer| answer.start().seconds() - time.seconds() <= ANSWERS);
        answer.map_or(time, |answer| answer.end())
    }

    /// Returns the frame nearest to `target` between two times, the earlier ones first; `otherwise` where there is none.
    pub(super) fn frame_back(
        &self,
        target: Timestamp,
        (low, high): (Timestamp, Timestamp),
        otherwise: Timestamp,
    ) -> Timestamp {
        if self.frames.is_empty() || self.is_held(target) {
            return target;
        }
        let after = self.frames.partition_point(|frame| *frame <= target);
        let earlier = after.checked_sub(1).map(|slot| self.frames[slot]);
        let later = self.frames.get(after).copied();
        earlier
            .filter(|frame| *frame >= low)
            .or(later.filter(|frame| *frame <= high))
            .unwrap_or(otherwise)
    }

    /// Returns the frame nearest to `target` between two times, the later ones first; `otherwise` where there is none.
    pub(super) fn frame_on(
        &self,
        target: Timestamp,
        (low, high): (Timestamp, Timestamp),
        otherwise: Timestamp,
    ) -> Timestamp {
        if self.frames.is_empty() || self.is_held(target) {
            return target;
        }
        let at = self.frames.partition_point(|frame| *frame < target);
        let later = self.frames.get(at).copied();
        let earlier = at.checked_sub(1).map(|slot| self.frames[slot]);
        later
            .filter(|frame| *frame <= high)
            .or(earlier.filter(|frame| *frame >= low))
            .unwrap_or(otherwise)
    }

    /// Returns the first place at or after `time` where one may cut, `None` past `limit`.
    pub(super) fn after(&self, time: Timestamp, limit: Timestamp) -> Option<Timestamp> {
        let mut at = time;
        while at <= limit {
            let cut = self.frame_on(at, (at, limit), at);
            if self.gap(cut).is_some() {
                return Some(cut);
            }
            let word = self.words.partition_point(|word| word.range.end() <= cut);
            at = self.words[word].range.end();
        }
        None
    }

    /// Returns the last place at or before `time` where one may cut, `None` before `limit`.
    pub(super) fn before(&self, time: Timestamp, limit: Timestamp) -> Option<Timestamp> {
        let mut at = time;
        while at >= limit {
            // The end of the video is no frame, and clips may end there.
            let end = self.shots.last().map(|shot| shot.range.end()) == Some(at);
            let cut = if end {
                at
            } else {
                self.frame_back(at, (limit, at), at)
            };
            if self.gap(cut).is_some() {
                return Some(cut);
            }
            let word = self.words.partition_point(|word| word.range.end() <= cut);
            at = self.words[word].range.start();
        }
        None
    }
}

fn words_of(material: &Material<'_>) -> Vec<Block> {
    let Some(talk) = material.talk else {
        return Vec::new();
    };
    let mut paragraphs = talk.paragraphs.iter().map(|p| p.sentences.start).peekable();
    let mut words = Vec::new();
    for (number, sentence) in talk.transcript.sentences().enumerate() {
        let mut opens = Opens::Sentence;
        while paragraphs.next_if(|first| *first <= number).is_some() {
            opens = Opens::Paragraph;
        }
        for word in sentence.words() {
            let range = word.range;
            words.push(Block { range, opens });
            opens = Opens::Nothing;
        }
    }
    words.sort_by_key(|word| (word.range.start(), word.range.end()));
    merged(words)
}

/// Makes one block of words that overlap.
fn merged(words: Vec<Block>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::with_capacity(words.len());
    for word in words {
        match blocks.last_mut() {
            Some(last) if word.range.start() < last.range.end() => {
                let end = last.range.end().max(word.range.end());
                last.range = TimeRange::new(last.range.start(), end).unwrap_or(last.range);
            }
            _ => blocks.push(word),
        }
    }
    blocks
}

/// Returns the speech that has no words of its own: all of it without a transcript, else segments without word times.
fn speech(material: &Material<'_>, wordless: bool) -> Vec<TimeRange> {
    if wordless && let Some(speech) = material.speech {
        return speech.to_vec();
    }
    let segments = material.talk.iter().flat_map(|t| &t.transcript.segments);
    let bare = segments.filter(|segment| segment.words.is_empty());
    let mut bare: Vec<TimeRange> = bare.map(|segment| segment.range).collect();
    bare.sort_by_key(|range| (range.start(), range.end()));
    bare
}

fn spoken(words: &[Block]) -> Vec<f64> {
    let mut sum = 0.0;
    let sums = words.iter().map(|word| {
        sum += word.range.duration().as_secs_f64();
        sum
    });
    std::iter::once(0.0).chain(sums).collect()
}

fn changes(material: &Material<'_>, bursts: &[Burst]) -> Vec<Timestamp> {
    let sounds = material.sounds.unwrap_or_default().iter();
    let mut audible: Vec<_> = sounds
        .filter(|(_, label)| *label != SoundLabel::Silence)
        .collect();
    audible.sort_by_key(|(range, _)| range.start());
    let changed = audible.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    let changed = changed.map(|pair| pair[1].0.start());
    let bursts = bursts
        .iter()
        .flat_map(|burst| [burst.range.start(), burst.range.end()]);
    let mut changes: Vec<Timestamp> = changed.chain(bursts).collect();
    changes.sort();
    changes
}
