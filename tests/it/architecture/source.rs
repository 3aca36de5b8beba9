//! The source files as the compiler of the program takes them: tokens without comments, strings and tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One file of `src/`.
pub(super) struct Source {
    /// Relative to `src/`, with slashes.
    pub(super) path: String,
    /// Its module, from the root of the crate: `["media", "probe"]` for `media/probe.rs`, empty for `lib.rs`.
    pub(super) module: Vec<String>,
    /// Lines of the whole file, its tests among them.
    pub(super) lines: usize,
    /// The code without tests.
    pub(super) tokens: Vec<Token>,
    /// The modules that it declares for tests alone.
    tests: Vec<Vec<String>>,
}

/// A name, a number or one character of punctuation.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

impl Token {
    pub(super) fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Returns every file of the program, sorted by path; `main.rs` counts as a module that nobody can name.
pub(super) fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read_sources);
    &SOURCES
}

fn read_sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = rust_files(&root);
    paths.sort();
    let mut found: Vec<Source> = paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let path = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            Source::new(&path, &text)
        })
        .collect();
    let tests: Vec<Vec<String>> = found
        .iter()
        .flat_map(|source| source.tests.clone())
        .collect();
    found.retain(|source| !tests.iter().any(|test| source.module.starts_with(test)));
    found
}

fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

impl Source {
    /// A file of this path relative to `src/`.
    pub(super) fn new(path: &str, text: &str) -> Self {
        let steps = path.trim_end_matches(".rs").split('/');
        let mut module: Vec<String> = steps.map(str::to_owned).collect();
        // The root of a package is its folder's module.
        module.pop_if(|last| last == "lib");
        let tokens = tokens(text);
        Self {
            path: path.to_owned(),
            lines: text.lines().count(),
            tests: test_modules(&module, &tokens),
            tokens: without_tests(&tokens),
            module,
        }
    }
}

/// Returns the modules in files of their own that are declared for tests alone.
fn test_modules(module: &[String], tokens: &[Token]) -> Vec<Vec<String>> {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let declared = texts.windows(10).filter_map(|window| match window {
        ["#", "[", "cfg", "(", "test", ")", "]", "mod", name, ";"] => Some(*name),
        _ => None,
    });
    declared
        .map(|name| [module, &[name.to_owned()]].concat())
        .collect()
}

/// Returns the code without each item that is marked `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let is_mark = |at: usize| {
        let window = tokens.get(at..at + MARK.len());
        window.is_some_and(|window| window.iter().map(|token| token.text.as_str()).eq(MARK))
    };
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_mark(at) {
            at = item_end(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns where the item ends that begins at `from`: after its semicolon or its braces.
fn item_end(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Returns the position after the brace that closes the one at `open`.
pub(super) fn block_end(tokens: &[Token], open: usize) -> usize {
    item_end(tokens, open)
}

/// Returns the names, numbers and punctuation of a text; comments, strings, characters and lifetimes are left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < chars.len() {
        let end = token_end(&chars, at);
        let piece = &chars[at..end];
        if is_kept(piece) {
            found.push(Token {
                text: piece.iter().collect(),
                line,
            });
        }
        line += piece.iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

fn is_kept(piece: &[char]) -> bool {
    let quoted = piece.len() > 1 && (piece.contains(&'"') || piece[0] == '\'');
    let comment = piece.starts_with(&['/', '/']) || piece.starts_with(&['/', '*']);
    !(piece[0].is_whitespace() || quoted || comment || piece == ['"'])
}

/// Returns where the token, space, comment or literal ends that begins at `at`.
fn token_end(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let length = if rest.starts_with(&['/', '/']) {
        rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
    } else if rest.starts_with(&['/', '*']) {
        block_comment(rest)
    } else if let Some(length) = string(rest) {
        length
    } else if rest[0] == '\'' {
        quote(rest)
    } else if is_word(&rest[0]) {
        rest.iter().position(|c| !is_word(c)).unwrap_or(rest.len())
    } else {
        1
    };
    at + length
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the length of a string, raw or not, with what stands before its quote.
fn string(rest: &[char]) -> Option<usize> {
    let prefix = rest.iter().take_while(|c| "brc".contains(**c)).count();
    let raw = rest[..prefix].contains(&'r');
    let hashes = rest[prefix..]
        .iter()
        .take_while(|c| raw && **c == '#')
        .count();
    let open = prefix + hashes;
    if prefix > 2 || rest.get(open) != Some(&'"') {
        return None;
    }
    let mut at = open + 1;
    while at < rest.len() {
        if rest[at] == '\\' && !raw {
            at += 2;
        } else if rest[at] == '"'
            && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes
        {
            return Some(at + 1 + hashes);
        } else {
            at += 1;
        }
    }
    Some(rest.len())
}

/// Returns the length of a character or of a lifetime.
fn quote(rest: &[char]) -> usize {
    match rest {
        [_, '\\', ..] => 3 + rest[3..].iter().position(|c| *c == '\'').unwrap_or(0) + 1,
        [_, _, '\'', ..] => 3,
        _ => {
            1 + rest[1..]
                .iter()
                .take_while(|c| c.is_alphanumeric() || **c == '_')
                .count()
        }
    }
}
