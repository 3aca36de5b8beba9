//! README's commands are commands of the program.

use std::ffi::OsString;
use std::path::Path;

/// Returns the lines of README's shell blocks that call the program, without what explains them.
fn commands() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let mut in_shell = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_shell = line == "```sh";
        } else if in_shell && line.starts_with("opusclip ") {
            found.push(line.split(" #").next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// Splits a line as a shell does, as far as README needs it: at spaces outside of single quotes.
fn words(line: &str) -> Vec<OsString> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.trim().chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            letter => words.last_mut().unwrap().push(letter),
        }
    }
    let words = words.into_iter().filter(|word| !word.is_empty());
    words.map(OsString::from).collect()
}

#[test]
fn every_command_of_readme_is_understood() {
    let commands = commands();
    assert!(commands.len() > 12, "{commands:?}");
    for line in commands {
        let understood = opusclip::cli::parse(words(&line));
        assert!(understood.is_ok(), "{line}: {understood:?}");
    }
}
