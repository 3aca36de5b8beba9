//! Check of a cover picture before anything runs: it is there, and it begins as a picture does.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::settings::{Cover, Origin, Problem, SettingEntry};

/// The setting.
pub(super) const KEY: &str = "job.cover";

/// First bytes of JPEG and PNG files.
const JPEG: &[u8] = b"\xff\xd8\xff";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Returns what is wrong with a cover, at the place that names it.
pub(super) fn problem(cover: &Cover, entry: Option<&SettingEntry>) -> Option<Problem> {
    let path = cover.picture()?;
    let (what, hint) = fault(path)?;
    let place = entry.map_or(Origin::BuiltIn, |entry| entry.place.clone());
    let problem = Problem::new(
        place,
        format!("cover {:?}: {what}", path.display().to_string()),
    );
    Some(problem.hint(hint))
}

/// Returns what is wrong with a file as a cover, and what to do about it.
fn fault(path: &Path) -> Option<(String, String)> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let looked_for = format!("it was looked for at {}", absolute.display());
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Some(("no such file".into(), looked_for));
        }
        Ok(found) if !found.is_file() => return Some(("no file".into(), looked_for)),
        _ => {}
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(8).read_to_end(&mut head));
    match read {
        Err(error) => Some((error.to_string(), looked_for)),
        Ok(_) if head.starts_with(JPEG) || head.starts_with(PNG) => None,
        Ok(_) => Some((
            "neither a JPEG nor a PNG picture".into(),
            "convert it, with `ffmpeg -i PICTURE cover.jpg` for example".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_that_is_missing_or_no_picture_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.jpg"), JPEG).unwrap();
        std::fs::write(at("b.png"), PNG).unwrap();
        std::fs::write(at("c.jpg"), "GIF89a").unwrap();
        std::fs::write(at("d.jpg"), "").unwrap();
        let told = |name: &str| {
            let problem = problem(&Cover::Picture(at(name)), None);
            problem.map(|problem| problem.message)
        };
        assert_eq!(problem(&Cover::None, None), None);
        assert_eq!((told("a.jpg"), told("b.png")), (None, None));
        for (name, why) in [
            ("c.jpg", "neither a JPEG nor a PNG picture"),
            ("d.jpg", "neither a JPEG nor a PNG picture"),
            ("gone.jpg", "no such file"),
            (".", "no file"),
        ] {
            let message = told(name).unwrap();
            assert!(
                message.starts_with("cover \"") && message.ends_with(why),
                "{message}"
            );
        }
    }
}
