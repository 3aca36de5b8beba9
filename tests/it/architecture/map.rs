//! Which file uses which, from the paths that their code names, and the circles among them.
//!
//! A path counts for the file that holds what it names: an item that a parent only hands on (`pub use child::Item`) belongs
//! to the child, a parent that declares or hands on a child does not use it, and one that works with the child's item does.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, Token};

type Path = Vec<String>;

/// What a file's `use` lines, `mod` lines and items say.
struct Module {
    /// What `use` lines bring in: the name here and the path it stands for.
    imports: BTreeMap<String, Path>,
    /// Paths whose names are all brought in.
    globs: Vec<Path>,
    /// Every other path in the code.
    paths: BTreeSet<Path>,
    /// Names of `use` lines that hand on (`pub`), and are not used here.
    handed_on: BTreeSet<String>,
}

/// The files and the arrows between them.
pub(super) struct Map {
    modules: BTreeMap<Path, Module>,
    /// For each file, those that it uses.
    pub(super) arrows: BTreeMap<Path, BTreeSet<Path>>,
}

impl Map {
    pub(super) fn new(sources: &[Source]) -> Self {
        let of = |source: &Source| (source.module.clone(), Module::new(&source.tokens));
        let mut map = Self {
            modules: sources.iter().map(of).collect(),
            arrows: BTreeMap::new(),
        };
        map.arrows = map
            .modules
            .keys()
            .map(|file| (file.clone(), map.used_by(file)))
            .collect();
        map
    }

    fn used_by(&self, file: &Path) -> BTreeSet<Path> {
        let module = &self.modules[file];
        let own = module
            .imports
            .iter()
            .filter(|(name, _)| !module.handed_on.contains(*name));
        let paths = own
            .map(|(_, path)| path)
            .chain(&module.globs)
            .chain(&module.paths);
        let held = paths.filter_map(|path| self.holder(file, path, 0));
        held.filter(|other| other != file).collect()
    }

    /// Returns the file that holds what a path in `file` names; nothing where it names a module or another crate.
    fn holder(&self, file: &Path, path: &[String], depth: usize) -> Option<Path> {
        let (mut module, rest) = self.start(file, path)?;
        for (at, name) in rest.iter().enumerate() {
            let child: Path = module.iter().cloned().chain([name.clone()]).collect();
            if self.modules.contains_key(&child) {
                module = child;
                continue;
            }
            // An item of the module, or one that it has from elsewhere.
            let from = self
                .modules
                .get(&module)
                .and_then(|here| here.imports.get(name));
            return match from {
                Some(from) if depth < 8 => {
                    let whole: Path = from.iter().chain(&rest[at + 1..]).cloned().collect();
                    self.holder(&module, &whole, depth + 1).or(Some(module))
                }
                _ => Some(module),
            };
        }
        None
    }

    /// Returns the module in which a path begins and what of the path is left.
    fn start<'a>(&self, file: &Path, path: &'a [String]) -> Option<(Path, &'a [String])> {
        let (first, rest) = path.split_first()?;
        let up = path.iter().take_while(|name| *name == "super").count();
        match first.as_str() {
            "crate" | "opusclip" => Some((Vec::new(), rest)),
            "self" => Some((file.clone(), rest)),
            "super" => Some((file[..file.len().checked_sub(up)?].to_vec(), &path[up..])),
            name => {
                let child: Path = file.iter().cloned().chain([name.to_owned()]).collect();
                let known = self.modules.contains_key(&child);
                known
                    .then_some((child, rest))
                    .or_else(|| self.imported(file, name, rest))
            }
        }
    }

    /// Follows a module that was brought in by a `use` line: `use crate::media;` and then `media::probe()`.
    fn imported<'a>(
        &self,
        file: &Path,
        name: &str,
        rest: &'a [String],
    ) -> Option<(Path, &'a [String])> {
        let from = self.modules[file].imports.get(name)?;
        if from.first().is_some_and(|first| first == name) {
            return None; // another crate
        }
        let (mut module, left) = self.start(file, from)?;
        module.extend(left.iter().cloned());
        self.modules.contains_key(&module).then_some((module, rest))
    }

    /// Returns each circle of files, its paths in order.
    pub(super) fn circles_of_files(&self) -> Vec<Vec<String>> {
        circles(
            &self
                .arrows
                .iter()
                .map(|(from, to)| (joined(from), to.iter().map(|to| joined(to)).collect()))
                .collect(),
        )
    }

    /// Returns each circle of rooms: of folders (a folder and the file of its name are one) and files in the same folder.
    pub(super) fn circles_of_rooms(&self) -> Vec<Vec<String>> {
        let parents: BTreeSet<&[String]> = self
            .modules
            .keys()
            .filter_map(|file| file.split_last())
            .map(|(_, parent)| parent)
            .collect();
        let found = parents
            .iter()
            .flat_map(|parent| circles(&self.rooms_in(parent)));
        found
            .filter(|circle| circle.iter().any(|room| self.is_folder(room)))
            .collect()
    }

    /// Returns a line for each of these files or rooms: which of the others it uses.
    pub(super) fn arrows_within(&self, circle: &[String]) -> String {
        let part = |file: &Path| {
            let file = format!("{}/", joined(file));
            let holds = |part: &&String| file.starts_with(&format!("{part}/"));
            circle.iter().filter(holds).max_by_key(|part| part.len())
        };
        let mut used: BTreeMap<&String, BTreeSet<&str>> = BTreeMap::new();
        for (from, others) in &self.arrows {
            let Some(from) = part(from) else { continue };
            let others = others.iter().filter_map(part).filter(|to| *to != from);
            used.entry(from)
                .or_default()
                .extend(others.map(String::as_str));
        }
        let line = |(from, others): (&String, BTreeSet<&str>)| {
            format!("    {from} -> {}", Vec::from_iter(others).join(" "))
        };
        used.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn is_folder(&self, room: &str) -> bool {
        let inside = format!("{room}/");
        self.modules
            .keys()
            .any(|file| joined(file).starts_with(&inside))
    }

    /// Returns the arrows between what lies in a folder.
    fn rooms_in(&self, parent: &[String]) -> BTreeMap<String, BTreeSet<String>> {
        let room = |file: &Path| {
            let inside = file.len() > parent.len() && file.starts_with(parent);
            inside.then(|| joined(&file[..=parent.len()]))
        };
        let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, used) in &self.arrows {
            let Some(from) = room(from) else { continue };
            let others = used
                .iter()
                .filter_map(room)
                .filter(|to| *to != from)
                .collect::<Vec<_>>();
            rooms.entry(from).or_default().extend(others);
        }
        rooms
    }
}

impl Module {
    fn new(tokens: &[Token]) -> Self {
        let mut module = Self {
            imports: BTreeMap::new(),
            globs: Vec::new(),
            paths: BTreeSet::new(),
            handed_on: BTreeSet::new(),
        };
        let mut names = BTreeSet::new();
        let mut at = 0;
        while at < tokens.len() {
            let begins = at == 0 || tokens[at - 1].text != ":";
            if tokens[at].text == "use" && begins {
                at = module.read_use(tokens, at);
            } else if tokens[at].is_name() && begins {
                let (path, end) = read_path(tokens, at);
                names.insert(path[0].clone());
                if path.len() > 1 {
                    module.paths.insert(path);
                }
                at = end;
            } else {
                at += 1;
            }
        }
        module.handed_on.retain(|name| !names.contains(name));
        module
    }

    /// Reads the `use` line at `at` and returns where it ends.
    fn read_use(&mut self, tokens: &[Token], at: usize) -> usize {
        let is_public = at > 0 && ["pub", ")"].contains(&tokens[at - 1].text.as_str());
        let end = at
            + tokens[at..]
                .iter()
                .position(|token| token.text == ";")
                .unwrap();
        let mut leaves = Vec::new();
        read_tree(&tokens[at + 1..end], &[], &mut leaves);
        for (name, path) in leaves {
            if name == "*" {
                self.globs.push(path);
                continue;
            }
            if is_public {
                self.handed_on.insert(name.clone());
            }
            self.imports.insert(name, path);
        }
        end + 1
    }
}

/// Reads `a::b::c` at `at`; returns it and where it ends.
fn read_path(tokens: &[Token], at: usize) -> (Path, usize) {
    let mut path = vec![tokens[at].text.clone()];
    let mut end = at + 1;
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    while is(end, ":") && is(end + 1, ":") && tokens.get(end + 2).is_some_and(Token::is_name) {
        path.push(tokens[end + 2].text.clone());
        end += 3;
    }
    (path, end)
}

/// Takes the leaves of a `use` tree: the name that each has here, `*` for all, and its path.
fn read_tree(tokens: &[Token], before: &[String], leaves: &mut Vec<(String, Path)>) {
    let mut path = before.to_vec();
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            ":" => {}
            "as" => {
                leaves.push((tokens[at + 1].text.clone(), path));
                return;
            }
            "*" => {
                leaves.push(("*".to_owned(), [path, vec!["*".to_owned()]].concat()));
                return;
            }
            "{" => {
                let inside = &tokens[at + 1..tokens.len() - 1];
                split_at_commas(inside)
                    .into_iter()
                    .for_each(|item| read_tree(item, &path, leaves));
                return;
            }
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
    }
    if let Some(name) = path.last() {
        leaves.push((name.clone(), path.clone()));
    }
}

fn split_at_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_i32;
    let parts = tokens.split(move |token| {
        depth += i32::from(token.text == "{") - i32::from(token.text == "}");
        token.text == "," && depth == 0
    });
    parts.filter(|part| !part.is_empty()).collect()
}

pub(super) fn joined(module: &[String]) -> String {
    if module.is_empty() {
        "lib".to_owned()
    } else {
        module.join("/")
    }
}

/// Returns the sets of nodes that reach each other.
fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = arrows
        .keys()
        .map(|node| (node, reach(arrows, node)))
        .collect();
    let mut found = BTreeSet::new();
    for (node, others) in &reached {
        let circle: Vec<String> = others
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|back| back.contains(node)))
            .map(|other| (*other).clone())
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(
    arrows: &'a BTreeMap<String, BTreeSet<String>>,
    from: &'a String,
) -> BTreeSet<&'a String> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(node) = left.pop() {
        let next = arrows.get(node).into_iter().flatten();
        left.extend(next.filter(|next| seen.insert(*next)));
    }
    seen
}
