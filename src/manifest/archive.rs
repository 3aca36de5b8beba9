//! `[archive]`: the best clips of all videos together.

use toml::de::DeValue;

use crate::manifest::value::{SpannedKey, SpannedValue, not_a_table, unknown};
use crate::settings::{Document, SettingsReader};

/// Numbers of clips of a whole manifest, and of each of its videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archive {
    /// Clips of all videos together.
    pub best: usize,
    /// Clips that each video gives at least, where it has as many: more than `best` in all where that many videos are.
    pub floor: usize,
    /// Clips that each video gives at most; not below `floor`.
    pub cap: usize,
}

const KEYS: [&str; 3] = ["best", "floor", "cap"];
/// No list of clips is longer.
const MOST: i64 = 1_000_000;

/// Reads the table; `best` must be there.
pub(super) fn archive(
    document: &Document<'_>,
    key: &SpannedKey<'_>,
    value: &SpannedValue<'_>,
    reader: &mut SettingsReader<'_>,
) -> Option<Archive> {
    let Some(table) = value.get_ref().as_table() else {
        reader.problems.push(not_a_table(document, key));
        return None;
    };
    let mut found = [None; KEYS.len()];
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        match KEYS.iter().position(|known| *known == name) {
            Some(slot) => {
                let least = i64::from(name != "floor");
                found[slot] = number(document, value, least, reader);
            }
            None => reader.problems.push(unknown(document, key, name, &KEYS)),
        }
    }
    if !table.contains_key("best") {
        let problem = document.problem(key.span().start, "the archive does not say how many clips");
        reader.problems.push(problem.hint("for example best = 20"));
    }
    let [best, floor, cap] = found;
    let (floor, cap) = (floor.unwrap_or(0), cap.unwrap_or(usize::MAX));
    if floor > cap {
        let message = format!("each video gives at least {floor} clips and at most {cap}");
        let problem = document.problem(key.span().start, message);
        reader
            .problems
            .push(problem.hint("make cap as large as floor"));
    }
    let best = best?;
    Some(Archive { best, floor, cap })
}

fn number(
    document: &Document<'_>,
    value: &SpannedValue<'_>,
    least: i64,
    reader: &mut SettingsReader<'_>,
) -> Option<usize> {
    let number = match value.get_ref() {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    let fits = number.filter(|number| (least..=MOST).contains(number));
    if fits.is_none() {
        let message = format!("expected a number from {least} to {MOST}");
        let problem = document.problem(value.span().start, message);
        reader.problems.push(problem);
    }
    fits.and_then(|number| usize::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Keys;

    fn read(text: &str) -> Result<Option<Archive>, Vec<String>> {
        let keys = Keys::built_in();
        let document = Document::parse("jobs.toml", text).unwrap_or_else(|p| panic!("{p}"));
        let mut reader = SettingsReader::new(&keys);
        let (key, value) = document.root.iter().next().unwrap();
        let found = archive(&document, key, value, &mut reader);
        if reader.problems.is_empty() {
            Ok(found)
        } else {
            Err(reader.problems.iter().map(ToString::to_string).collect())
        }
    }

    #[test]
    fn each_video_gives_what_it_likes_when_nothing_else_is_said() {
        let all = |best, floor, cap| Ok(Some(Archive { best, floor, cap }));
        assert_eq!(read("[archive]\nbest = 20"), all(20, 0, usize::MAX));
        assert_eq!(
            read("[archive]\nbest = 20\nfloor = 1\ncap = 3"),
            all(20, 1, 3)
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wrong = |text: &str| read(text).unwrap_err().join("; ");
        assert!(wrong("archive = 20").starts_with("jobs.toml:1:1: `archive` is a table"));
        assert!(wrong("[archive]\nfloor = 1").contains("does not say how many"));
        assert!(
            wrong("[archive]\nbest = 0").starts_with("jobs.toml:2:8: expected a number from 1")
        );
        assert!(
            wrong("[archive]\nbest = 2\nfloor = 3\ncap = 1")
                .contains("at least 3 clips and at most 1")
        );
        assert!(wrong("[archive]\nbest = 2\nflor = 3").contains("did you mean `floor`?"));
        assert!(wrong("[archive]\nbest = 'all'").contains("expected a number"));
    }
}
