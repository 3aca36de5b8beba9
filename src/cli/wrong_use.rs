//! Wrong use that clap cannot explain.

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;

/// Returns the error, or a better one: a file whose name begins with a dash is no flag.
pub(super) fn explained(error: clap::Error, args: &[OsString]) -> clap::Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let mut names = args.iter().skip(1).filter_map(|arg| arg.to_str());
    let file = names.find(|name| name.starts_with('-') && looks_like_file(name));
    match file {
        Some(name) => {
            let message = format!(
                "`{name}` begins like a flag\n\n  tip: to name the file, write `./{name}`\n"
            );
            clap::Error::raw(ErrorKind::UnknownArgument, message)
        }
        None => error,
    }
}

fn looks_like_file(name: &str) -> bool {
    let path = Path::new(name);
    let has_ending = path.extension().is_some_and(|ending| ending.len() <= 4);
    path.exists() || (has_ending && !name.contains('='))
}

#[cfg(test)]
mod tests {
    use crate::cli::parse;

    fn told(args: &str) -> String {
        let args = args.split(' ').map(Into::into);
        parse(args).unwrap_err().0.to_string()
    }

    #[test]
    fn a_file_whose_name_begins_with_a_dash_is_told_how_to_be_written() {
        assert!(told("opusclip process -dash.mp4").contains("write `./-dash.mp4`"));
        assert!(told("opusclip process --two.mp4").contains("write `./--two.mp4`"));
        assert!(!told("opusclip process a.mp4 --nonsense").contains("./"));
    }
}
