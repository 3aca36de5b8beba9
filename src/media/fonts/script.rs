//! Scripts of letters that no font has: their names for people, and what to install for them.

use std::collections::BTreeSet;

use serde::Serialize;
use unicode_script::{Script, UnicodeScript};

/// Letters that no font has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingLetters {
    /// What they are written in: `Japanese (Han, Kana)`.
    pub script: String,
    /// The Debian package of a font that has them.
    pub package: String,
}

impl MissingLetters {
    pub(super) fn of(letters: &BTreeSet<char>) -> Self {
        let scripts = scripts(letters);
        let mut packages: Vec<&str> = scripts.iter().map(|script| package(*script)).collect();
        packages.sort_unstable();
        packages.dedup();
        if packages.is_empty() {
            packages.push("fonts-symbola");
        }
        Self {
            script: name_of(&scripts),
            package: packages.join(" "),
        }
    }
}

/// Returns what letters are written in, for people; `symbols` where they belong to no script.
pub(super) fn script_name(letters: &BTreeSet<char>) -> String {
    name_of(&scripts(letters))
}

/// Returns the scripts of letters, apart from what all scripts share.
fn scripts(letters: &BTreeSet<char>) -> Vec<Script> {
    let mut scripts: Vec<Script> = letters.iter().map(|letter| letter.script()).collect();
    scripts
        .retain(|script| !matches!(script, Script::Common | Script::Inherited | Script::Unknown));
    scripts.sort_by_key(|script| script.full_name());
    scripts.dedup();
    scripts
}

fn name_of(scripts: &[Script]) -> String {
    let others = scripts.iter().filter(|script| !is_east_asian(**script));
    let others = others.map(|script| script.full_name().replace('_', " "));
    let names: Vec<String> = east_asian_name(scripts).into_iter().chain(others).collect();
    if names.is_empty() {
        return "symbols".to_owned();
    }
    names.join(", ")
}

/// Returns the language that is written with these scripts, which share Han, and the scripts.
fn east_asian_name(scripts: &[Script]) -> Option<String> {
    let has = |script| scripts.contains(&script);
    let kana = has(Script::Hiragana) || has(Script::Katakana);
    let parts = [
        (has(Script::Han), "Han"),
        (kana, "Kana"),
        (has(Script::Hangul), "Hangul"),
        (has(Script::Bopomofo), "Bopomofo"),
    ];
    let parts: Vec<&str> = parts
        .iter()
        .filter(|(there, _)| *there)
        .map(|&(_, name)| name)
        .collect();
    let language = if kana {
        "Japanese"
    } else if has(Script::Hangul) {
        "Korean"
    } else {
        "Chinese"
    };
    (!parts.is_empty()).then(|| format!("{language} ({})", parts.join(", ")))
}

fn is_east_asian(script: Script) -> bool {
    use Script::{Bopomofo, Han, Hangul, Hiragana, Katakana};
    matches!(script, Han | Hiragana | Katakana | Hangul | Bopomofo)
}

fn package(script: Script) -> &'static str {
    match script {
        script if is_east_asian(script) => "fonts-noto-cjk",
        Script::Thai => "fonts-thai-tlwg",
        _ => "fonts-noto-core",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, script: &str, package: &str) {
        let missing = MissingLetters::of(&text.chars().collect());
        assert_eq!((&*missing.script, &*missing.package), (script, package));
    }

    #[test]
    fn scripts_have_names_and_packages() {
        check(
            "今日は、とても。ー",
            "Japanese (Han, Kana)",
            "fonts-noto-cjk",
        );
        check("你好", "Chinese (Han)", "fonts-noto-cjk");
        check("안녕하세요", "Korean (Hangul)", "fonts-noto-cjk");
        check("สวัสดี", "Thai", "fonts-thai-tlwg");
        check("नमस्ते", "Devanagari", "fonts-noto-core");
        check(
            "你ไ",
            "Chinese (Han), Thai",
            "fonts-noto-cjk fonts-thai-tlwg",
        );
        check("🎬", "symbols", "fonts-symbola");
    }
}
