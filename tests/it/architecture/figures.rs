//! What can be counted of the source files: long files, long functions, type names with more than one meaning.

use std::collections::BTreeMap;

use super::source::{Source, Token, block_end};

/// A file this long is told.
const LONG_FILE: usize = 400;
/// A function longer than this owes the reader a reason.
const LONG_FUNCTION: usize = 40;

/// Returns every file of more than [`LONG_FILE`] lines.
pub(super) fn long_files(sources: &[Source]) -> Vec<String> {
    let long = sources.iter().filter(|source| source.lines > LONG_FILE);
    long.map(|source| format!("{}: {} lines", source.path, source.lines))
        .collect()
}

/// Returns every function of more than [`LONG_FUNCTION`] lines, from its name to its last brace.
pub(super) fn long_functions(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let tokens = &source.tokens;
        let named = (0..tokens.len().saturating_sub(1))
            .filter(|at| tokens[*at].text == "fn" && tokens[at + 1].is_name());
        for at in named {
            let end = block_end(tokens, at);
            let lines = tokens[end - 1].line - tokens[at].line + 1;
            if lines > LONG_FUNCTION {
                found.push(format!(
                    "{}:{} {}: {lines} lines",
                    source.path,
                    tokens[at].line,
                    tokens[at + 1].text
                ));
            }
        }
    }
    found
}

/// Returns each type name that is defined more than once, with its files; `Error`, one of each door, apart.
pub(super) fn shared_type_names(sources: &[Source]) -> Vec<String> {
    let mut defined: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for source in sources {
        for name in type_names(&source.tokens) {
            defined.entry(name).or_default().push(&source.path);
        }
    }
    let shared = defined
        .iter()
        .filter(|(name, files)| files.len() > 1 && *name != "Error");
    shared
        .map(|(name, files)| format!("{name}: {}", files.join(" ")))
        .collect()
}

/// Returns the types that are defined outside braces; what a trait asks for (`type Item = ..`) is inside them.
fn type_names(tokens: &[Token]) -> Vec<String> {
    let mut depth = 0_i32;
    let mut names = Vec::new();
    for pair in tokens.windows(2) {
        depth += i32::from(pair[0].text == "{") - i32::from(pair[0].text == "}");
        let is_type = ["struct", "enum", "trait", "type", "union"].contains(&pair[0].text.as_str());
        if depth == 0 && is_type && pair[1].is_name() {
            names.push(pair[1].text.clone());
        }
    }
    names
}
