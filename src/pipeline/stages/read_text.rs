//! Titles of clips in which nobody speaks: what is written large in their pictures.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::lasting_text::lasting_texts;
use super::still::{still_at, still_key};
use super::tracks::VideoAnalysis;
use crate::analysis::picture_text::{ReadLine, cut_line};
use crate::frame::Rect;
use crate::memory::Permitted;
use crate::pipeline::cached::{Record, with_value};
use crate::pipeline::context::JobContext;
use crate::timeline::{TimeRange, Timestamp};

/// What is lower than this, in heights of the picture, is no title.
const LOWEST: f64 = 0.04;
/// A line that is lower than this part of the highest belongs to the small print.
const ALIKE: f64 = 0.65;
/// Lines of one title are no farther from each other than this, in heights of the highest.
const NEAR: f64 = 1.2;
/// Lines of a title, at most, and its characters, at least and at most.
const LINES: usize = 3;
const CHARACTERS: std::ops::RangeInclusive<usize> = 5..=70;
/// How sure the reader must be of each line.
const SURE: f32 = 0.85;
/// Share of letters and spaces among a title's characters.
const WORDS: f64 = 0.8;

/// What lines say, and how sure the reader is of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ReadLines(Vec<(String, f32)>);

/// Returns what is written large in the pictures of a clip; `None` where nothing is, or reading is switched off.
///
/// # Errors
/// What decoding and the model say; that the file changed meanwhile.
pub(crate) fn read_title(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    range: TimeRange,
) -> anyhow::Result<Option<String>> {
    let digest = ctx.services.registry.text_reader_digest();
    let lines = title_lines(&lasting_texts(video, range));
    let (Some(digest), Some((time, lines))) = (digest, lines) else {
        return Ok(None);
    };
    if ctx.media().picture.is_some() {
        return Ok(None);
    }
    let key = still_key(ctx, Record::ReadLines, digest, time);
    let key = with_value(key, &lines).finish();
    let ReadLines(read) = ctx.cached(Record::ReadLines, &key, || read(ctx, time, &lines))?;
    Ok(title_of(&read))
}

/// Returns when the largest text is shown, and its lines from the top; `shown` are lines and when.
fn title_lines(shown: &[(TimeRange, Rect)]) -> Option<(Timestamp, Vec<Rect>)> {
    let high = shown.iter().filter(|(_, line)| line.height >= LOWEST);
    // Of equals the first.
    let (range, highest) = high.reduce(|a, b| if b.1.height > 1.1 * a.1.height { b } else { a })?;
    let time = range.start() + range.duration() / 2;
    let now = shown
        .iter()
        .filter(|(range, line)| range.contains(time) && line.height >= ALIKE * highest.height);
    let mut lines: Vec<Rect> = now.map(|(_, line)| *line).collect();
    lines.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    let is_one = |a: &Rect, b: &Rect| b.y - a.bottom() <= NEAR * highest.height;
    let mut blocks = lines.chunk_by(is_one);
    let block = blocks.find(|block| block.contains(highest))?;
    (block.len() <= LINES).then(|| (time, block.to_vec()))
}

/// Decodes the picture of this time and reads its lines.
fn read(ctx: &JobContext<'_>, time: Timestamp, lines: &[Rect]) -> anyhow::Result<ReadLines> {
    let picture = still_at(ctx, time)?;
    let client = ctx.client(&ctx.services.models.text_reader);
    let read = lines.iter().map(|place| {
        let line = cut_line(&picture, *place);
        let permit = ctx
            .stop
            .permit(&ctx.services.memory.pictures, line.rgb.len())?;
        let ReadLine { text, confidence } =
            client.answer(Arc::new(Permitted::new(line, permit)))?;
        Ok((text, confidence))
    });
    read.collect::<anyhow::Result<_>>().map(ReadLines)
}

/// Returns the title that lines make, if they can be read and are words.
fn title_of(lines: &[(String, f32)]) -> Option<String> {
    if lines.iter().any(|(_, confidence)| *confidence < SURE) {
        return None;
    }
    let texts: Vec<&str> = lines.iter().map(|(text, _)| text.as_str()).collect();
    let title = texts.join(" ");
    let count = title.chars().count();
    let words = title.chars().filter(|c| c.is_alphabetic() || *c == ' ');
    if title.split_whitespace().any(names_owner) {
        return None;
    }
    let is_title = CHARACTERS.contains(&count) && words.count() as f64 >= WORDS * count as f64;
    is_title.then_some(title)
}

/// Tells words that say whose the picture is, not what it is about: an address, an account, a right.
fn names_owner(word: &str) -> bool {
    let word = word.to_lowercase();
    let inside = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_address = inside
        .split_once('.')
        .is_some_and(|(name, rest)| !name.is_empty() && rest.starts_with(char::is_alphabetic));
    is_address || inside.contains("://") || word.contains(['\u{a9}', '@']) || inside == "copyright"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |seconds| Timestamp::new(seconds, 1).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    fn line(y: f64, height: f64) -> Rect {
        Rect {
            x: 0.2,
            y,
            width: 0.6,
            height,
        }
    }

    #[test]
    fn the_largest_text_is_read_from_its_first_line() {
        let shown = [
            (range(0, 4), line(0.9, 0.05)),
            (range(4, 8), line(0.5, 0.11)),
            (range(5, 8), line(0.3, 0.1)),
            (range(4, 8), line(0.8, 0.09)),
            (range(4, 8), line(0.62, 0.04)),
        ];
        let (time, lines) = title_lines(&shown).unwrap();
        assert_eq!(time.seconds(), 6.0);
        assert_eq!(lines, [line(0.3, 0.1), line(0.5, 0.11)]);
    }

    #[test]
    fn small_print_and_a_page_of_text_are_no_title() {
        assert!(title_lines(&[(range(0, 4), line(0.9, 0.03))]).is_none());
        let page: Vec<_> = (0..6)
            .map(|n| (range(0, 4), line(0.1 * f64::from(n), 0.06)))
            .collect();
        assert!(title_lines(&page).is_none());
    }

    #[test]
    fn a_title_is_words_that_can_be_read() {
        let read = |text: &str, confidence: f32| (text.to_owned(), confidence);
        let peach = [read("The Peach Project", 0.97), read("presents", 0.95)];
        assert_eq!(
            title_of(&peach).as_deref(),
            Some("The Peach Project presents")
        );
        assert_eq!(title_of(&[read("An unlucky bird", 0.6)]), None);
        assert_eq!(title_of(&[read("00:12:40", 0.99)]), None);
        assert_eq!(
            title_of(&[read("Copyright Brandon Castellano", 0.99)]),
            None
        );
        assert_eq!(title_of(&[read("more on www.example.org", 0.99)]), None);
        let coming = read("Revenge is coming...", 0.97);
        assert_eq!(title_of(&[coming]).as_deref(), Some("Revenge is coming..."));
        assert_eq!(title_of(&[read("Go", 0.99)]), None);
    }
}
