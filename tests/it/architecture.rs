//! The house keeps its order: arrows point down, doors do not know each other, files stay readable.

use std::fs;
use std::path::{Path, PathBuf};

/// From top to bottom; a module uses only those after it.
const LAYERS: [&str; 18] = [
    "main",
    "cli",
    "commands",
    "pipeline",
    "report",
    "export",
    "clips",
    "analysis",
    "inference",
    "media",
    "cache",
    "manifest",
    "settings",
    "frame",
    "timeline",
    "memory",
    "clock",
    "lib",
];
/// The crates that only one folder may name.
const DOORS: [(&str, &str); 5] = [
    ("ffmpeg_next", "media"),
    ("ort", "inference"),
    ("sled", "cache"),
    ("clap", "cli"),
    ("indicatif", "report"),
];
/// A longer file is two.
const MOST_LINES: usize = 500;

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push((path.clone(), fs::read_to_string(&path).unwrap())),
            }
        }
    }
    found
}

/// The top module that a file belongs to.
fn module(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path
        .strip_prefix(root)
        .unwrap()
        .components()
        .next()
        .unwrap();
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

/// The code of a file without comments and tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names that follow `crate::` in a file: `crate::a::b`, `use crate::{a, b::c}`.
fn used_modules(code: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let name = |text: &str| text.chars().take_while(|&c| is_name(c)).collect::<String>();
    let mut used = Vec::new();
    for part in code.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(group) => {
                let inside = group.split("};").next().unwrap_or_default();
                used.extend(inside.split(',').map(|item| name(item.trim())));
            }
            None => used.push(name(part)),
        }
    }
    used
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let from = module(&path);
        let Some(own) = rank(&from) else {
            panic!("{from} has no place in the order of layers")
        };
        for to in used_modules(&code(&text)) {
            if to != from && rank(&to).is_some_and(|other| other <= own) {
                wrong.push(format!("{} uses {to}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn doors_do_not_know_each_other() {
    let doors = ["media", "inference", "cache"];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let from = module(&path);
        if doors.contains(&from.as_str()) {
            let used = used_modules(&code(&text));
            let others = used
                .iter()
                .filter(|to| **to != from && doors.contains(&to.as_str()));
            wrong.extend(others.map(|to| format!("{} uses {to}", path.display())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_outside_world_has_one_door() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = code(&text);
        for (name, door) in DOORS {
            let used =
                code.contains(&format!("use {name}::")) || code.contains(&format!(" {name}::"));
            if used && module(&path) != door {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_must_be_scrolled_to_be_understood() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > MOST_LINES)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn every_module_has_its_place_on_the_map() {
    for (path, _) in sources() {
        assert!(
            rank(&module(&path)).is_some(),
            "{} is not in the order of layers",
            path.display()
        );
    }
}
