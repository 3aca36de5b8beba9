//! `chapters.txt`: chapters as YouTube reads them in the description of a video.

use super::cutlist::one_line;
use crate::timeline::{TimeRange, Timestamp};

/// YouTube shows no chapters if one is shorter, in seconds.
const SHORTEST: i64 = 10;

/// YouTube shows no chapters if there are fewer.
const FEWEST: usize = 3;

/// A place in a video at which something begins.
#[derive(Debug, Clone, Copy)]
pub struct Chapter<'a> {
    /// When, on the file's own clock.
    pub start: Timestamp,
    /// What it is called.
    pub title: &'a str,
}

/// Returns the chapters of a video that is shown in `range`, one `MM:SS title` a line; `None` if fewer than three are left.
///
/// Times are whole seconds from the first frame, rounded down, in order. YouTube wants the first at 00:00 and each ten
/// seconds long, so one that begins before 00:10 begins at 00:00, and else one called `opening` is put there; one that begins
/// within ten seconds of the one before it, or of the end, is left out. So is one without a title. The angle brackets that
/// YouTube refuses are written ‹ and ›.
pub fn chapters(range: TimeRange, opening: &str, marks: &[Chapter<'_>]) -> Option<String> {
    let second = |time: Timestamp| {
        let (num, den) = (time - range.start()).fraction();
        num.div_euclid(i64::from(den)).max(0)
    };
    let end = second(range.end());
    let mut marks: Vec<_> = marks
        .iter()
        .map(|mark| (second(mark.start), line(mark.title)))
        .filter(|(_, title)| !title.is_empty())
        .collect();
    marks.sort_by_key(|&(start, _)| start);
    let first = match marks.first() {
        Some((start, title)) if *start < SHORTEST => title.clone(),
        _ => line(opening),
    };
    let mut kept = vec![(0, first)];
    for (start, title) in marks {
        if start - kept[kept.len() - 1].0 >= SHORTEST && end - start >= SHORTEST {
            kept.push((start, title));
        }
    }
    let lines = kept.iter();
    let lines = lines.map(|(start, title)| format!("{} {title}\n", clock(*start)));
    (kept.len() >= FEWEST).then(|| lines.collect())
}

fn line(title: &str) -> String {
    one_line(title).replace('<', "‹").replace('>', "›")
}

fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::cutlist::tests::range;
    use proptest::prelude::*;

    /// Marks at these tenths of seconds in a video of `length` seconds whose clock begins at 1.4 s.
    fn check(length: i64, marks: &[(i64, &str)], expected: Option<&str>) {
        let whole = range((7, 5), (7 + 5 * length, 5));
        let marks: Vec<_> = marks
            .iter()
            .map(|&(tenths, title)| Chapter {
                start: Timestamp::new(14 + tenths, 10).unwrap(),
                title,
            })
            .collect();
        let found = chapters(whole, "Talk", &marks);
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn chapters_begin_on_whole_seconds() {
        let marks = [(0, "A"), (659, "B <b>\nbold"), (37_230, "数")];
        let expected = "00:00 A\n01:05 B ‹b› bold\n1:02:03 数\n";
        check(7200, &marks, Some(expected));
    }

    #[test]
    fn an_opening_is_put_before_a_late_first_chapter() {
        let marks = [(300, "B"), (100, "A")];
        check(60, &marks, Some("00:00 Talk\n00:10 A\n00:30 B\n"));
    }

    #[test]
    fn an_early_first_chapter_begins_at_the_start() {
        let marks = [(99, "A"), (100, "B"), (200, "C")];
        check(60, &marks, Some("00:00 A\n00:10 B\n00:20 C\n"));
    }

    #[test]
    fn short_and_nameless_chapters_are_left_out() {
        let marks = [
            (0, "A"),
            (200, "B"),
            (299, "short"),
            (350, " "),
            (400, "C"),
            (515, "short"),
        ];
        check(60, &marks, Some("00:00 A\n00:20 B\n00:40 C\n"));
    }

    #[test]
    fn fewer_than_three_are_none() {
        check(60, &[(0, "A"), (300, "B")], None);
        check(60, &[(300, "B")], None);
        check(20, &[(0, "A"), (50, "B"), (100, "C")], None);
        check(60, &[], None);
    }

    proptest! {
        #[test]
        fn each_lasts_ten_seconds(tenths in proptest::collection::vec(-100..5000_i64, 0..60), length in 1..500_i64) {
            let whole = range((0, 1), (length, 1));
            let marks: Vec<_> = tenths.iter().map(|&tenths| Chapter { start: Timestamp::new(tenths, 10).unwrap(), title: "x" }).collect();
            let Some(text) = chapters(whole, "Talk", &marks) else { return Ok(()) };
            let starts = text.lines().map(|line| line[..2].parse::<i64>().unwrap() * 60 + line[3..5].parse::<i64>().unwrap());
            let starts: Vec<_> = starts.chain([length]).collect();
            prop_assert!(starts[0] == 0 && starts.len() > FEWEST);
            prop_assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= SHORTEST), "{:?}", starts);
        }
    }
}
