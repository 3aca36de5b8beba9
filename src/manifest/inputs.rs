//! Input paths: a file, the videos of a folder, or the files that a pattern matches.
//!
//! Only names are read here, and one `stat` is made per file: whether a file is a video shows when it is opened.
//! `http://x`, `concat:a|b` and `pipe:0` are file names like any other.

mod error;
mod folder;
mod hint;
mod output;
mod passed_over;
mod pattern;
mod search;

use std::io;
use std::path::{Path, PathBuf};

use folder::{EndingKind, kind_by_ending, list};
use pattern::is_pattern;

pub(super) use error::Error;
pub(super) use hint::hint;
pub(super) use output::{OutputFolder, resolved};
pub(super) use passed_over::PassedOver;
pub(super) use search::{FolderRules, InputSearch};

/// What an input means: one file or more, sorted by name.
#[derive(Debug, Default)]
pub(super) struct InputFiles {
    pub(super) files: Vec<PathBuf>,
    /// What was seen on the way.
    pub(super) passed_over: PassedOver,
}

/// Returns the files that `input` means.
///
/// A name that exists is that file, even when it looks like a pattern.
pub(super) fn find(input: &Path, search: &InputSearch<'_>) -> Result<InputFiles, Error> {
    match std::fs::metadata(input) {
        Ok(found) if found.is_file() => Ok(InputFiles {
            files: vec![input.to_owned()],
            ..InputFiles::default()
        }),
        Ok(found) if found.is_dir() => {
            let mut videos = InputFiles::default();
            collect(input, search, &mut videos)?;
            some(videos, search, Some(input))
        }
        Ok(_) => Err(Error::Special),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Unreadable(error.to_string()))
        }
        Err(_) => match input.to_str().filter(|text| is_pattern(text)) {
            Some(text) => {
                let files = pattern::matches(text)?;
                let passed_over = PassedOver::default();
                some(InputFiles { files, passed_over }, search, None)
            }
            None => Err(Error::Missing),
        },
    }
}

/// Sorts what was found and leaves out what lies in the output folder; `folder` is the one that was named.
fn some(
    mut found: InputFiles,
    search: &InputSearch<'_>,
    folder: Option<&Path>,
) -> Result<InputFiles, Error> {
    found.files.sort();
    found.files.dedup();
    found.passed_over.in_output += search.output.leave_out(&mut found.files, folder);
    if found.files.is_empty() && !(folder.is_some() && search.folders.may_be_empty) {
        Err(match (found.passed_over, folder) {
            (PassedOver { in_output, .. }, _) if in_output > 0 => Error::OnlyOutput(in_output),
            (passed, Some(_)) => Error::EmptyFolder(passed),
            (_, None) => Error::NoMatch,
        })
    } else {
        Ok(found)
    }
}

/// Adds the videos of a folder, and counts what else is there; hidden names do not count.
fn collect(folder: &Path, search: &InputSearch<'_>, found: &mut InputFiles) -> Result<(), Error> {
    for entry in list(folder)?.into_iter().filter(|entry| !entry.is_hidden()) {
        if entry.leads_to_folder() {
            if search.output.is(&entry.path) {
                // What a run writes is nothing that could be wanted, but for the videos among it.
                let mut ours = InputFiles::default();
                if search.folders.recursive {
                    collect(&entry.path, search, &mut ours)?;
                }
                found.files.append(&mut ours.files);
            } else if search.folders.recursive && entry.is_own_folder() {
                collect(&entry.path, search, found)?;
            } else {
                found.passed_over.folders += 1;
            }
        } else if entry.is_file() {
            match kind_by_ending(&entry.path) {
                EndingKind::Video => found.files.push(entry.path),
                EndingKind::Sound if search.folders.sound => found.files.push(entry.path),
                EndingKind::Sound => found.passed_over.sound += 1,
                EndingKind::Other => found.passed_over.other += 1,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    /// Makes empty files below a new folder whose output folder is `out`, asks for `input` there, and returns what was
    /// found relative to it, and what was passed over.
    fn searched(
        files: &[&str],
        input: &str,
        folders: impl Into<FolderRules>,
    ) -> Result<(Vec<String>, String), String> {
        let folders = folders.into();
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        symlink("no-such-file", folder.path().join("broken.mp4")).unwrap();
        symlink(".", folder.path().join("loop")).unwrap();
        let below = |path: PathBuf| {
            let relative = path.strip_prefix(folder.path()).unwrap();
            relative.to_string_lossy().into_owned()
        };
        let output = OutputFolder::new(&folder.path().join("out"), folder.path());
        let search = InputSearch {
            output: &output,
            folders,
        };
        match find(&folder.path().join(input), &search) {
            Ok(found) => {
                let files = found.files.into_iter().map(below).collect();
                Ok((files, found.passed_over.to_string()))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    impl From<bool> for FolderRules {
        fn from(recursive: bool) -> Self {
            Self {
                recursive,
                ..Self::default()
            }
        }
    }

    fn found(files: &[&str], input: &str) -> Result<Vec<String>, String> {
        searched(files, input, false).map(|(files, _)| files)
    }

    /// Asks for an absolute path.
    fn found_at(input: &Path) -> Result<Vec<PathBuf>, Error> {
        let output = OutputFolder::new(Path::new("/no/such/out"), Path::new("/no"));
        let search = InputSearch {
            output: &output,
            folders: FolderRules::default(),
        };
        find(input, &search).map(|found| found.files)
    }

    #[test]
    fn a_folder_means_its_videos_sorted_and_not_those_below() {
        let files = [
            "b.MP4",
            "a.mkv",
            "notes.txt",
            "sub/c.mp4",
            ".hidden.mp4",
            "d.mp4/x",
        ];
        assert_eq!(found(&files, ".").unwrap(), ["a.mkv", "b.MP4"]);
    }

    #[test]
    fn a_star_stays_inside_its_folder_and_two_go_below() {
        let files = ["a.mp4", "s/b.mp4", "s/t/c.mp4", ".h/d.mp4", "s/.e.mp4"];
        assert_eq!(found(&files, "*.mp4").unwrap(), ["a.mp4"]);
        assert_eq!(found(&files, "*/*.mp4").unwrap(), ["loop/a.mp4", "s/b.mp4"]);
        let all = ["a.mp4", "s/b.mp4", "s/t/c.mp4"];
        assert_eq!(found(&files, "**/*.mp4").unwrap(), all);
        assert_eq!(found(&files, "**/**").unwrap(), all);
        assert_eq!(found(&files, "s/t/{c,d}.mp[34]").unwrap(), ["s/t/c.mp4"]);
    }

    #[test]
    fn a_file_that_looks_like_a_pattern_is_itself() {
        let files = ["[a].mp4", "a.mp4", "http:/x", "pipe:0", "-i.mp4"];
        assert_eq!(found(&files, "[a].mp4").unwrap(), ["[a].mp4"]);
        assert_eq!(found(&files, "pipe:0").unwrap(), ["pipe:0"]);
        assert_eq!(found(&files, "http://x").unwrap(), ["http://x"]);
        assert_eq!(found(&files, "-i.mp4").unwrap(), ["-i.mp4"]);
    }

    #[test]
    fn names_that_are_not_text_are_found_by_patterns_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let name = OsStr::from_bytes(b"caf\xe9\n.mp4");
        std::fs::write(folder.path().join(name), "").unwrap();
        for input in [folder.path().join("*.mp4"), folder.path().to_owned()] {
            assert_eq!(found_at(&input).unwrap(), [folder.path().join(name)]);
        }
    }

    #[test]
    fn a_part_that_exists_is_itself_whatever_brackets_it_holds() {
        let files = ["Play [1]/a.mp4", "Play 1/b.mp4", "Talk [x].mp4", "{a/c.mp4"];
        assert_eq!(found(&files, "Play [1]/*.mp4").unwrap(), ["Play [1]/a.mp4"]);
        assert_eq!(found(&files, "{a/*.mp4").unwrap(), ["{a/c.mp4"]);
        assert_eq!(found(&files, "Play [12]/*").unwrap(), ["Play 1/b.mp4"]);
        assert_eq!(found(&files, "* [[]x].mp4").unwrap(), ["Talk [x].mp4"]);
        let missed = found(&files, "* [x].mp4").unwrap_err();
        assert_eq!(missed, "the pattern matches no file");
    }

    #[test]
    fn patterns_and_folders_take_nothing_from_the_output_folder() {
        let files = [
            "a.mp4",
            "out/j/clips/01.mp4",
            "out/j/clips/02.mp4",
            "s/b.mp4",
        ];
        let (taken, passed) = searched(&files, "**/*.mp4", false).unwrap();
        assert_eq!(taken, ["a.mp4", "s/b.mp4"]);
        assert_eq!(passed, "2 files in the output folder");
        let (taken, passed) = searched(&files, ".", true).unwrap();
        assert_eq!(taken, ["./a.mp4", "./s/b.mp4"].map(|path| &path[2..]));
        assert!(passed.ends_with("2 files in the output folder"), "{passed}");
        let one = "out/j/clips/01.mp4";
        assert_eq!(found(&files, one).unwrap(), [one]);
        let none = "it means only files of the output folder";
        assert_eq!(found(&files, "out/*/clips/*.mp4").unwrap_err(), none);
    }

    #[test]
    fn only_clips_are_passed_over_where_the_output_folder_is_the_one_searched() {
        let files = [
            "out/a.mp4",
            "out/j/clips/01.mp4",
            "out/j/analysis.json",
            "out/in/clips/b.mp4",
        ];
        let (taken, passed) = searched(&files, "out", true).unwrap();
        assert_eq!(taken, ["out/a.mp4", "out/in/clips/b.mp4"]);
        assert_eq!(
            passed,
            "1 file without a video ending, 1 file in the output folder"
        );
    }

    #[test]
    fn folders_inside_are_searched_by_choice_and_what_is_passed_over_is_counted() {
        let files = [
            "t/a.mp4",
            "t/s/b.mp4",
            "t/s/u/c.mkv",
            "t/x.mp3",
            "t/notes.txt",
            "t/.h/d.mp4",
        ];
        let (taken, passed) = searched(&files, "t", false).unwrap();
        assert_eq!(taken, ["t/a.mp4"]);
        let expected = "1 folder inside (recursive = true searches them), 1 sound file, 1 file without a video ending";
        assert_eq!(passed, expected);
        let (taken, passed) = searched(&files, "t", true).unwrap();
        assert_eq!(taken, ["t/a.mp4", "t/s/b.mp4", "t/s/u/c.mkv"]);
        assert_eq!(passed, "1 sound file, 1 file without a video ending");
    }

    #[test]
    fn sound_is_taken_from_a_folder_where_clips_of_it_are_wanted() {
        let rules = FolderRules {
            sound: true,
            ..FolderRules::default()
        };
        let files = ["t/a.mp4", "t/b.MP3", "t/c.wav", "t/cover.jpg"];
        let (taken, passed) = searched(&files, "t", rules).unwrap();
        assert_eq!(taken, ["t/a.mp4", "t/b.MP3", "t/c.wav"]);
        assert_eq!(passed, "1 file without a video ending");
    }

    /// Returns what is said about an input that is not there, in an empty folder.
    fn hinted(input: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let output = OutputFolder::new(&folder.path().join("out"), folder.path());
        let search = InputSearch {
            output: &output,
            folders: FolderRules::default(),
        };
        let path = folder.path().join(input);
        let error = find(&path, &search).unwrap_err();
        hint(input, &path, &error, &search)
    }

    #[test]
    fn names_that_mean_something_elsewhere_get_a_hint_that_helps() {
        assert!(hinted("https://x/watch?v=1").contains("yt-dlp"));
        assert!(hinted("https://x/a.mp4").contains("yt-dlp"));
        assert!(hinted("~/a.mp4").starts_with("`~` is not expanded here: write /"));
        assert!(hinted("C:\\talks\\a.mp4").contains("Windows path"));
        assert!(hinted("C:/talks/a.mp4").contains("Windows path"));
        assert!(hinted("* [id].mp4").contains("`[[]`"));
        assert!(hinted("gone.mp4").starts_with("it was looked for at /"));
    }

    #[test]
    fn what_means_no_file_says_why() {
        assert_eq!(found(&[], "a.mp4").unwrap_err(), "no such file");
        assert_eq!(found(&[], "concat:a|b").unwrap_err(), "no such file");
        assert_eq!(
            found(&[], "*.mp4").unwrap_err(),
            "the pattern matches no file"
        );
        assert_eq!(
            found(&["a.txt"], ".").unwrap_err(),
            "the folder holds no video"
        );
        assert_eq!(
            found_at(Path::new("/dev/null")).unwrap_err().to_string(),
            "neither a file nor a folder"
        );
        assert!(
            found(&[], "[a.mp4")
                .unwrap_err()
                .starts_with("not a pattern")
        );
        assert!(found(&[], "a\0b").unwrap_err().contains("NUL"));
        assert!(
            found(&[], &"a".repeat(5000))
                .unwrap_err()
                .contains("too long")
        );
    }
}
