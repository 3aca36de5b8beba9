//! The house keeps its order: arrows point down, no circles, one door per outside world, files that can be read.
//!
//! `scripts/structure` prints the figures.

mod figures;
mod map;
mod source;

use figures::{long_files, long_functions, shared_type_names};
use map::{Map, joined};
use source::{Source, Token, sources};

/// From top to bottom; a module uses only those after it.
const LAYERS: [&str; 19] = [
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
    "kernels",
    "lib",
];
/// The crates that only one folder may name.
const DOORS: [(&str, &str); 11] = [
    ("ffmpeg_next", "media"),
    ("ort", "inference"),
    ("sled", "cache"),
    ("redis", "cache"),
    ("object_store", "cache"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("clap_mangen", "cli"),
    ("indicatif", "report"),
    ("fast_image_resize", "kernels"),
    ("realfft", "kernels"),
];
/// A longer file is two.
const MOST_LINES: usize = 500;
/// Files over 400 lines; there may not be more.
const LONG_FILES: usize = 0;
/// Functions over 40 lines; there may not be more.
const LONG_FUNCTIONS: usize = 12;
/// Type names that mean more than one thing, those of errors apart.
const SHARED_TYPE_NAMES: usize = 15;

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

fn top(module: &[String]) -> &str {
    module.first().map_or("lib", String::as_str)
}

#[test]
fn every_module_has_its_place_on_the_map() {
    for source in sources() {
        assert!(
            layer(top(&source.module)).is_some(),
            "{} is not in the order of layers",
            source.path
        );
    }
}

/// Returns each arrow from one top module to another, as text, with both.
fn arrows_between_layers(map: &Map) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (from, used) in &map.arrows {
        for to in used.iter().filter(|to| top(to) != top(from)) {
            let text = format!("{} uses {}", joined(from), joined(to));
            found.push((text, top(from).to_owned(), top(to).to_owned()));
        }
    }
    found
}

#[test]
fn arrows_point_down() {
    let arrows = arrows_between_layers(&Map::new(sources()));
    assert!(
        arrows.len() > 100,
        "too few arrows are seen: {}",
        arrows.len()
    );
    let up = arrows
        .into_iter()
        .filter(|(_, from, to)| layer(to) < layer(from));
    assert_eq!(
        up.map(|(text, ..)| text).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}

#[test]
fn doors_do_not_know_each_other() {
    let doors = ["media", "inference", "cache"];
    let is_door = |module: &String| doors.contains(&module.as_str());
    let arrows = arrows_between_layers(&Map::new(sources()));
    let wrong = arrows
        .into_iter()
        .filter(|(_, from, to)| is_door(from) && is_door(to));
    assert_eq!(
        wrong.map(|(text, ..)| text).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}

/// Returns every circle of the program: of files, and of rooms through files that are in none.
fn circles(map: &Map) -> Vec<Vec<String>> {
    [map.circles_of_files(), map.circles_of_rooms()].concat()
}

/// Returns the room that the files of a circle share.
fn room(circle: &[String]) -> String {
    let mut room = circle[0].as_str();
    let holds = |room: &str| {
        let inside = format!("{room}/");
        circle
            .iter()
            .all(|file| file == room || file.starts_with(&inside))
    };
    while !holds(room) {
        room = room.rsplit_once('/').map_or("", |(folder, _)| folder);
        if room.is_empty() {
            return "lib".to_owned();
        }
    }
    room.to_owned()
}

#[test]
fn no_files_and_no_rooms_stand_in_a_circle() {
    let circles = circles(&Map::new(sources()));
    assert!(circles.is_empty(), "in a circle: {circles:#?}");
}

#[test]
fn circles_are_found_however_a_path_is_written() {
    let map = |files: &[(&str, &str)]| {
        Map::new(
            &files
                .iter()
                .map(|(path, text)| Source::new(path, text))
                .collect::<Vec<_>>(),
        )
    };
    let circles = |files: &[(&str, &str)]| {
        circles(&map(files))
            .into_iter()
            .map(|circle| circle.join(" "))
            .collect::<Vec<_>>()
    };
    let room = ("a.rs", "mod b; mod c; pub use b::B; use crate::d;");
    let uses = |b: &str, c: &str| {
        circles(&[
            ("lib.rs", "mod a; mod d;"),
            room,
            ("a/b.rs", b),
            ("a/c.rs", c),
            ("d.rs", ""),
        ])
    };
    let (b, c) = ("pub struct B;", "pub struct C;");
    let there = [
        "use super::c::C;",
        "use crate::a::{d, c::{self, C}};",
        "fn f(x: &super::c::C) {}",
        "use super::{c}; fn f() { c::f() }",
    ];
    for there in there {
        for back in [
            "use super::B;",
            "use crate::a::b::B as X;",
            "fn f() -> Vec<crate::a::B>;",
            "use super::b::*;",
        ] {
            assert_eq!(
                uses(&format!("{b} {there}"), &format!("{c} {back}")),
                ["a/b a/c"],
                "{there} {back}"
            );
        }
        assert_eq!(
            uses(
                &format!("{b} #[cfg(test)] mod tests {{ {there} }}"),
                "use super::B;"
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            uses(&format!("{b} // {there}"), "use super::B;"),
            Vec::<String>::new()
        );
    }
    // A parent with something of its own, and one that works with what it hands on.
    let parent = |a: &str| {
        circles(&[
            ("lib.rs", "mod a;"),
            ("a.rs", a),
            ("a/b.rs", "pub struct B; use super::A;"),
        ])
    };
    assert_eq!(
        parent("mod b; pub use b::B; pub struct A;"),
        Vec::<String>::new()
    );
    assert_eq!(parent("mod b; use b::B; pub struct A(B);"), ["a a/b"]);
    assert_eq!(parent("mod b; pub use b::B; pub struct A(B);"), ["a a/b"]);
    assert_eq!(parent("mod b; pub struct A(b::B);"), ["a a/b"]);
    // Two rooms whose files are in no circle.
    let rooms = [
        ("a.rs", "mod x; mod y;"),
        ("a/x.rs", ""),
        ("a/x/one.rs", "use super::super::y::two::Two;"),
        ("a/x/two.rs", ""),
    ];
    let others = [
        ("a/y.rs", ""),
        ("a/y/one.rs", "use crate::a::x::two::f;"),
        ("a/y/two.rs", ""),
    ];
    assert_eq!(circles(&[&rooms[..], &others].concat()), ["a/x a/y"]);
}

/// Tells whether the code names a crate: at the beginning of a path, however that is written.
fn names_crate(tokens: &[Token], name: &str) -> bool {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    (0..tokens.len()).any(|at| {
        let inside_a_path =
            at >= 2 && is(at - 1, ":") && is(at - 2, ":") && at >= 3 && tokens[at - 3].is_name();
        let leads_a_path = is(at + 1, ":") && is(at + 2, ":");
        let is_brought_in = at >= 1 && (is(at - 1, "use") || is(at - 1, "crate"));
        is(at, name) && !inside_a_path && (leads_a_path || is_brought_in)
    })
}

#[test]
fn a_crate_is_seen_in_every_spelling() {
    let seen = |code: &str| names_crate(&source::tokens(code), "ort");
    let spellings = [
        "use ort::Session;",
        "use {a, ort::Session};",
        "fn f(e: &ort::Error)",
        "(ort::x())",
        "Vec<ort::Value>",
        "::ort::x()",
        "use ort as o;",
        "use ort;",
        "extern crate ort;",
        "[ort::A]",
        "!ort::a()",
    ];
    assert_eq!(
        spellings
            .iter()
            .filter(|code| !seen(code))
            .collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    let others = [
        "// ort::x",
        "\"ort::x\"",
        "r#\"ort::x\"#",
        "crate::ort::x()",
        "short::x()",
        "let ort = 1;",
        "x.ort",
    ];
    assert_eq!(
        others.iter().filter(|code| seen(code)).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

#[test]
fn each_outside_world_has_one_door() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (name, door) in DOORS {
        let outside = sources.iter().filter(|source| top(&source.module) != door);
        let named = outside.filter(|source| names_crate(&source.tokens, name));
        wrong.extend(named.map(|source| format!("{} uses {name}", source.path)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_must_be_scrolled_to_be_understood() {
    let long: Vec<_> = sources()
        .iter()
        .filter(|source| source.lines > MOST_LINES)
        .map(|source| &source.path)
        .collect();
    assert_eq!(long, Vec::<&String>::new());
}

#[test]
fn the_figures_do_not_grow() {
    let map = Map::new(sources());
    let circles = circles(&map);
    let in_words =
        |circle: &Vec<String>| format!("{}\n{}", room(circle), map.arrows_within(circle));
    let circles = print("circles", circles.iter().map(in_words).collect());
    let names = print(
        "type names with more than one definition",
        shared_type_names(sources()),
    );
    let functions = print("functions over 40 lines", long_functions(sources()));
    let files = print("files over 400 lines", long_files(sources()));
    println!(
        "{circles} circles, {names} shared type names, {functions} long functions, {files} long files"
    );
    let most = [SHARED_TYPE_NAMES, LONG_FUNCTIONS, LONG_FILES];
    assert!(
        [names, functions, files]
            .iter()
            .zip(most)
            .all(|(found, most)| *found <= most),
        "more than {most:?}"
    );
}

/// Prints what was found and returns how many.
fn print(title: &str, found: Vec<String>) -> usize {
    println!("{title}: {}", found.len());
    found.iter().for_each(|line| println!("  {line}"));
    found.len()
}
