//! Job ids: unique, the same in every run, and safe as a folder name anywhere.

use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The ids given so far.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: HashSet<String>,
    next: HashMap<String, usize>,
}

/// Why an id cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("the id is empty")]
    Empty,
    #[error("the id is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("the id begins with {0:?}")]
    Begins(char),
    #[error("the id ends with {0:?}")]
    Ends(char),
    #[error("the id holds {0:?}, which not every file system can name")]
    Holds(char),
    #[error("the id is a name that Windows keeps for a device")]
    Device,
    #[error("the id is the name of a file that the run writes")]
    OurFile,
    #[error("the id is taken by an earlier job (upper and lower case count as one)")]
    Taken,
}

const MAX_BYTES: usize = 128;
const MAX_STEM_BYTES: usize = 100; // leaves room for "-100000"
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];
const OUR_FILES: [&str; 3] = ["index.html", "report.json", "report.html"];

impl Ids {
    /// Takes an id that the user chose.
    pub(super) fn claim(&mut self, id: &str) -> Result<(), Unusable> {
        check(id)?;
        if self.taken.insert(id.to_lowercase()) {
            Ok(())
        } else {
            Err(Unusable::Taken)
        }
    }

    /// Takes and returns an id made of a file's name: `talk.mp4` is `talk`, and the next one `talk-2`.
    pub(super) fn for_file(&mut self, path: &Path) -> String {
        let base = stem(path);
        if self.taken.insert(base.to_lowercase()) {
            return base;
        }
        let next = self.next.entry(base.to_lowercase()).or_insert(2);
        loop {
            let id = format!("{base}-{next}");
            *next += 1;
            if self.taken.insert(id.to_lowercase()) {
                return id;
            }
        }
    }
}

/// Returns the part of a file's name before its last point, with everything replaced that an id may not hold.
fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut id: String = stem
        .chars()
        .map(|c| if is_unsafe(c) { '_' } else { c })
        .collect();
    id.truncate(id.floor_char_boundary(MAX_STEM_BYTES));
    let id = id.trim_matches([' ', '.']);
    match check(id) {
        Ok(()) => id.to_owned(),
        Err(Unusable::Empty) => "video".to_owned(),
        Err(_) => format!("_{id}"),
    }
}

fn check(id: &str) -> Result<(), Unusable> {
    let (Some(first), Some(last)) = (id.chars().next(), id.chars().next_back()) else {
        return Err(Unusable::Empty);
    };
    let before_point = id.split('.').next().unwrap_or(id).trim_end();
    let is = |names: &[&str], name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    if id.len() > MAX_BYTES {
        return Err(Unusable::TooLong);
    }
    if matches!(first, '.' | '-' | ' ') {
        return Err(Unusable::Begins(first));
    }
    if matches!(last, '.' | ' ') {
        return Err(Unusable::Ends(last));
    }
    if is(&DEVICES, before_point) {
        return Err(Unusable::Device);
    }
    if is(&OUR_FILES, id) {
        return Err(Unusable::OurFile);
    }
    let found = id.chars().find(|c| is_unsafe(*c));
    found.map_or(Ok(()), |c| Err(Unusable::Holds(c)))
}

/// Separators, what Windows forbids, and what cannot be seen or turns the text around.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(files: &[&str]) -> Vec<String> {
        let mut ids = Ids::default();
        files
            .iter()
            .map(|file| ids.for_file(Path::new(file)))
            .collect()
    }

    #[test]
    fn a_job_is_named_after_its_file_and_the_next_gets_a_number() {
        let files = ["x/a.mp4", "y/a.mov", "a-2.mp4", "z/A.mkv"];
        assert_eq!(ids(&files), ["a", "a-2", "a-2-2", "A-3"]);
    }

    #[test]
    fn names_that_are_not_safe_are_changed() {
        let files = [
            "-i.mp4",
            ".mp4",
            "con.mp4",
            "a:b\n.mp4",
            "report.json.mp4",
            "...",
            "é.mp4",
        ];
        let expected = ["_-i", "mp4", "_con", "a_b_", "_report.json", "video", "é"];
        assert_eq!(ids(&files), expected);
    }

    #[test]
    fn an_id_that_is_not_safe_is_refused() {
        let mut ids = Ids::default();
        let cases = [
            ("", Unusable::Empty),
            ("..", Unusable::Begins('.')),
            ("a/b", Unusable::Holds('/')),
            ("a\0", Unusable::Holds('\0')),
            ("COM1.x", Unusable::Device),
            ("a.", Unusable::Ends('.')),
            ("-rf", Unusable::Begins('-')),
            ("Report.JSON", Unusable::OurFile),
            ("index.html", Unusable::OurFile),
        ];
        for (id, why) in cases {
            assert_eq!(ids.claim(id), Err(why), "{id:?}");
        }
        assert_eq!(ids.claim(&"a".repeat(129)), Err(Unusable::TooLong));
    }

    #[test]
    fn an_id_is_taken_whatever_its_case() {
        let mut ids = Ids::default();
        assert_eq!(ids.claim("Talk"), Ok(()));
        assert_eq!(ids.claim("talk"), Err(Unusable::Taken));
        assert_eq!(ids.for_file(Path::new("TALK.mp4")), "TALK-2");
    }

    proptest! {
        #[test]
        fn ids_of_files_are_safe_unique_and_always_the_same(
            names in proptest::collection::vec("([aA.:\\- ]{0,3}|\\PC{0,8}|[^/]{90,110}|con|nul)(\\.mp4|\\.)?", 0..40)
        ) {
            let files: Vec<&str> = names.iter().map(String::as_str).collect();
            let first = ids(&files);
            prop_assert_eq!(&first, &ids(&files));
            let folded: HashSet<String> = first.iter().map(|id| id.to_lowercase()).collect();
            prop_assert_eq!(folded.len(), first.len());
            for id in first {
                prop_assert_eq!(check(&id), Ok(()));
            }
        }
    }
}
