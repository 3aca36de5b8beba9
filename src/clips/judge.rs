//! Judgement of a planned clip: what an editor would object to, measured and in words.
//!
//! Each remark is a number held against a limit, as the checks of a finished file are; together they are the clip's quality.

use super::reframe::{Framing, FramingQuality};
use super::said::Said;
use super::words::{Words, phrases};
use crate::timeline::{Shot, TimeRange, Transcript, Word};

/// Seconds before the first word and after the last that are dead air.
const SILENCE: f64 = 0.4;
/// A clip without words for so many seconds at its beginning has no use for them there: it is no clip of speech.
const OF_SPEECH: f64 = 15.0;
/// The share of people's time in which they may be cut off.
const CUT: f64 = 0.03;
/// Share of what draws the eye with which a picture shows it.
const MOST_OF_IT: f64 = 0.75;
/// The share of the time in which somebody is there and nobody is shown.
const NOBODY: f64 = 0.05;
/// The share of the time in which nothing but one colour may be seen.
const EMPTY: f64 = 0.1;
/// How many times the picture may be enlarged.
const ENLARGED: f64 = 3.0;
/// Seconds that a shot at either end is seen at least.
const FLASH: f64 = 0.4;
/// The share of the time in which the picture may be so small that it leaves more than half of the clip to its background.
const SMALL: f64 = 0.5;

/// What is known of a clip before it is made.
#[derive(Debug, Clone, Copy)]
pub struct PlannedClip<'a> {
    /// When.
    pub range: TimeRange,
    /// What is said in the video.
    pub transcript: Option<&'a Transcript>,
    /// The shots of the video.
    pub shots: &'a [Shot],
    /// How it is shown.
    pub framings: &'a [Framing],
    /// Where the video is black or of one colour, each in order; both may name the same time.
    pub empty: &'a [TimeRange],
    /// Rows of the video's upright picture, and of the clip.
    pub rows: (u32, u32),
}

/// One thing that was measured, and how much it takes from the quality when it is not well.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// What was measured.
    pub name: &'static str,
    /// How far off it is.
    pub value: f64,
    /// How far off it may be.
    pub limit: f64,
    /// The share of the quality that it takes at most.
    weight: f64,
    /// For an editor.
    pub words: String,
}

impl Remark {
    /// Tells whether it is well.
    pub fn is_well(&self) -> bool {
        self.value <= self.limit
    }

    /// Returns the share of the quality that it leaves.
    fn leaves(&self) -> f64 {
        let off = (self.value - self.limit).max(0.0);
        // Twice as far off as allowed, and by a tenth at least, is as bad as can be.
        1.0 - self.weight * (off / self.limit.max(0.1)).min(1.0)
    }
}

/// Returns the quality of a clip with these remarks, 0 to 1.
pub fn quality(remarks: &[Remark]) -> f64 {
    remarks.iter().map(Remark::leaves).product()
}

/// Returns all that was measured of a clip.
pub fn judge(clip: &PlannedClip<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let Some(transcript) = clip.transcript {
        remarks.extend(judge_words(clip.range, transcript));
    }
    remarks.extend(judge_shots(clip));
    remarks.push(judge_emptiness(clip));
    remarks.extend(judge_framing(clip));
    remarks
}

fn remark(name: &'static str, value: f64, limit: f64, weight: f64, words: String) -> Remark {
    Remark {
        name,
        value,
        limit,
        weight,
        words,
    }
}

fn judge_words(range: TimeRange, transcript: &Transcript) -> Vec<Remark> {
    let inside: Vec<&Word> = transcript.words_in(range).collect();
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else {
        return Vec::new();
    };
    let mut remarks = judge_silence(range, first, last);
    remarks.push(judge_promotion(transcript, &inside));
    remarks.extend(judge_sentences(transcript, &inside));
    remarks
}

/// Judges the time before the first word and after the last.
fn judge_silence(range: TimeRange, first: &Word, last: &Word) -> Vec<Remark> {
    let early = first.range.start().seconds() - range.start().seconds();
    let late = range.end().seconds() - last.range.end().seconds();
    if early.max(late) >= OF_SPEECH {
        return Vec::new();
    }
    let before = format!("{early:.1} s without a word at the beginning");
    let after = format!("{late:.1} s without a word at the end");
    vec![
        remark("silent_start", early, SILENCE, 0.3, before),
        remark("silent_end", late, SILENCE, 0.15, after),
    ]
}

/// Judges whether the first of some words, of which there is one at least, begins a thought and the last ends one.
fn judge_sentences(transcript: &Transcript, words: &[&Word]) -> [Remark; 3] {
    let (first, last) = (words[0], words[words.len() - 1]);
    let is = |edge: Option<&&Word>, word: &Word| edge.is_some_and(|edge| std::ptr::eq(*edge, word));
    let begins = transcript.sentences().any(|s| is(s.words().first(), first));
    let ends = transcript.sentences().any(|s| is(s.words().last(), last));
    let lists = Words::of(&transcript.language);
    let leaning = Said::new(words, &transcript.language).find(phrases(&lists.leaning));
    let leans = leaning.iter().any(|found| found.word == 0);
    let count = |wrong: bool| if wrong { 1.0 } else { 0.0 };
    let start = format!("begins in the middle of a sentence, with {:?}", first.text);
    let end = format!("ends in the middle of a sentence, with {:?}", last.text);
    let leaning = format!(
        "begins with {:?}, which leans on what was said before",
        first.text
    );
    [
        remark("mid_sentence_start", count(!begins), 0.0, 0.25, start),
        remark("mid_sentence_end", count(!ends), 0.0, 0.35, end),
        remark("leaning_start", count(leans), 0.0, 0.15, leaning),
    ]
}

/// Judges whether some words advertise something, or speak of the programme itself.
fn judge_promotion(transcript: &Transcript, words: &[&Word]) -> Remark {
    let lists = Words::of(&transcript.language);
    let found = Said::new(words, &transcript.language).find(phrases(&lists.promotion));
    let said = found.first().map_or("", |found| &words[found.word].text);
    let advertises = format!("advertises, or speaks of the programme itself, from {said:?} on");
    remark("promotion", found.len() as f64, 0.0, 0.3, advertises)
}

fn judge_shots(clip: &PlannedClip<'_>) -> Vec<Remark> {
    let cuts = clip.shots.iter().map(|shot| shot.range.start());
    let inner = cuts.filter(|cut| clip.range.start() < *cut && *cut < clip.range.end());
    let (start, end) = (clip.range.start().seconds(), clip.range.end().seconds());
    let nearest = inner.map(|cut| (cut.seconds() - start).min(end - cut.seconds()));
    let Some(nearest) = nearest.reduce(f64::min) else {
        return Vec::new();
    };
    let missing = (FLASH - nearest).max(0.0);
    let words = format!("a shot at its edge is seen for {nearest:.1} s alone");
    vec![remark("torn_shot", missing, 0.0, 0.15, words)]
}

/// Judges how long nothing is to be seen.
fn judge_emptiness(clip: &PlannedClip<'_>) -> Remark {
    let inside = clip.empty.iter().filter_map(|empty| {
        let start = empty.start().max(clip.range.start());
        TimeRange::new(start, empty.end().min(clip.range.end()))
    });
    let mut inside: Vec<TimeRange> = inside.collect();
    inside.sort_by_key(|empty| (empty.start(), empty.end()));
    let (mut seconds, mut until) = (0.0, clip.range.start());
    for empty in inside {
        let fresh = (empty.end() - empty.start().max(until)).seconds();
        seconds += fresh.max(0.0);
        until = until.max(empty.end());
    }
    let share = seconds / clip.range.duration().as_secs_f64().max(f64::MIN_POSITIVE);
    let percent = (100.0 * share).round();
    let words = format!("nothing is to be seen but one colour for {percent} % of the time");
    remark("one_colour", share, EMPTY, 0.8, words)
}

fn judge_framing(clip: &PlannedClip<'_>) -> Vec<Remark> {
    let seconds = |framing: &Framing| framing.range.duration().as_secs_f64();
    let all: f64 = clip.framings.iter().map(seconds).sum();
    if all <= 0.0 {
        return Vec::new();
    }
    let share = |of: &dyn Fn(&Framing) -> f64| {
        let sum: f64 = clip.framings.iter().map(|f| seconds(f) * of(f)).sum();
        sum / all
    };
    let text = share(&|framing| framing.quality.text_cut);
    let cut = 1.0 - share(&|framing| kept(&framing.quality));
    let nobody = share(&|framing| framing.quality.nobody);
    let small = share(&|framing| if filled(framing) < SMALL { 1.0 } else { 0.0 });
    let scales = clip
        .framings
        .iter()
        .map(|framing| scale(framing, clip.rows));
    let largest = scales.fold(0.0, f64::max);
    let soft = format!("enlarged {largest:.1} times, so it looks soft");
    let shared = |(name, share, limit, weight, what): (&'static str, f64, f64, f64, &str)| {
        let words = format!("{what} for {} % of the time", (100.0 * share).round());
        remark(name, share, limit, weight, words)
    };
    let heads = "heads, or what draws the eye, are cut off";
    let outside = "who is there is outside the picture";
    let ground = "the picture leaves most of the clip to its background";
    let shares = [
        ("text_cut", text, 0.0, 0.5, "text in the picture is cut"),
        ("people_cut", cut, CUT, 0.6, heads),
        ("person_outside", nobody, NOBODY, 0.5, outside),
        ("small_picture", small, 0.0, 0.25, ground),
    ];
    let enlarged = remark("enlarged", largest, ENLARGED, 0.2, soft);
    shares.map(shared).into_iter().chain([enlarged]).collect()
}

/// Returns the share of the time that heads are whole while there are some, and what draws the eye while there are none.
///
/// What draws the eye has no edge: most of it is enough.
fn kept(quality: &FramingQuality) -> f64 {
    let salience = (quality.salience / MOST_OF_IT).min(1.0);
    quality.peopled * quality.coverage + (1.0 - quality.peopled) * salience
}

/// Returns how much of the clip the panes of a framing fill.
fn filled(framing: &Framing) -> f64 {
    let panes = framing.panes.iter();
    panes
        .map(|pane| pane.target.width * pane.target.height)
        .sum()
}

/// Returns how many times the picture is enlarged in the pane that enlarges it most.
fn scale(framing: &Framing, (source, clip): (u32, u32)) -> f64 {
    let scales = framing.panes.iter().map(|pane| {
        let crop = pane.path.at(framing.range.start());
        f64::from(clip) * pane.target.height / (f64::from(source.max(1)) * crop.height)
    });
    scales.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests;
