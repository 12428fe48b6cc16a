//! The imports between the files of a crate. A name is followed to the file that defines it,
//! through re-exports: a `mod.rs` that only re-exports counts neither as importing nor as imported.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, ItemMod, Visibility};

use crate::source::{self, Code, Use, joined};

/// The files of a crate, each with the files it imports and the names it imports from them.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Longer chains of re-exports count as circular.
const FURTHEST: usize = 32;

/// A crate, read from its root.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    modules: Vec<Module>,
}

/// A module, in a file of its own or in its parent's.
#[derive(Debug, Default)]
struct Module {
    /// The file, by its path from the root, such as `shared/src/domain/lease.rs`.
    file: String,
    parent: Option<usize>,
    /// The children by name. Features may choose between several with one name.
    children: BTreeMap<String, Vec<usize>>,
    /// The names that the module defines.
    items: BTreeSet<String>,
    /// The imports and re-exports.
    uses: Vec<Use>,
    handed_on: Vec<Use>,
    code: Code,
    is_for_tests: bool,
}

impl Module {
    fn all_uses(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter().chain(&self.handed_on)
    }
}

impl Crate {
    /// Reads the crate with the root file `path`, in the folder `workspace`.
    pub(crate) fn read(workspace: &Path, path: &Path) -> Self {
        let mut read = Self::default();
        let folder = path.parent().unwrap_or(workspace).to_owned();
        read.add_file(workspace, path, &folder, None, false);
        read
    }

    pub(crate) fn files(&self) -> BTreeSet<String> {
        self.modules.iter().map(|module| module.file.clone()).collect()
    }

    /// The code of each file, without its tests.
    pub(crate) fn code(&self) -> impl Iterator<Item = (&str, &Code)> {
        let modules = self.modules.iter().filter(|module| !module.is_for_tests);
        modules.map(|module| (module.file.as_str(), &module.code))
    }

    /// The imports between the files.
    pub(crate) fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (position, module) in self.modules.iter().enumerate() {
            if module.is_for_tests {
                continue;
            }
            let own = imports.entry(module.file.clone()).or_default();
            let used = module.uses.iter().map(|used| &used.path);
            for path in module.code.paths.iter().chain(used) {
                for file in self.files_of(position, path, 0) {
                    own.entry(file).or_default().insert(joined(path));
                }
            }
            for used in module.uses.iter().filter(|used| used.name.is_none()) {
                let from = self.module_at(position, &used.path);
                if let Some(from) = from.filter(|from| !from.items.is_empty()) {
                    let all = format!("{}::*", joined(&used.path));
                    own.entry(from.file.clone()).or_default().insert(all);
                }
            }
            own.remove(&module.file);
        }
        imports
    }

    /// Reads the module in the file at `path`. Its children are in `folder`.
    fn add_file(
        &mut self,
        workspace: &Path,
        path: &Path,
        folder: &Path,
        parent: Option<usize>,
        is_for_tests: bool,
    ) -> usize {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let file = whole.strip_prefix(workspace).unwrap_or(&whole).display().to_string();
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let items = source::parse(&file, &text);
        let module = Module { file, parent, is_for_tests, ..Module::default() };
        self.add_module(workspace, (path, folder), module, items)
    }

    /// Adds `module`, in the file at `path`, with its items. Its children are in `folder`.
    fn add_module(
        &mut self,
        workspace: &Path,
        (path, folder): (&Path, &Path),
        mut module: Module,
        items: Vec<Item>,
    ) -> usize {
        let position = self.modules.len();
        let (file, is_for_tests) = (module.file.clone(), module.is_for_tests);
        let (declared, items): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|item| matches!(item, Item::Mod(_)));
        module.code = Code::of(items.iter().filter(|item| !matches!(item, Item::Use(_))));
        for item in items.iter().filter(|item| !source::is_for_tests(source::attributes(item))) {
            module.items.extend(source::name(item));
            if let Item::Use(item) = item {
                let is_private = matches!(item.vis, Visibility::Inherited);
                let uses = if is_private { &mut module.uses } else { &mut module.handed_on };
                source::add_uses(&item.tree, &mut Vec::new(), uses);
            }
        }
        let imported = module.all_uses().flat_map(|used| used.path.clone()).collect::<Vec<_>>();
        module.code.names.extend(imported);
        self.modules.push(module);
        for child in declared {
            let Item::Mod(child) = child else { continue };
            let is_for_tests = is_for_tests || source::is_for_tests(&child.attrs);
            let (name, parent) = (child.ident.to_string(), Some(position));
            let mut children = Vec::new();
            if let Some((_, items)) = child.content {
                let beside = path.parent().unwrap_or(folder);
                let chosen = child.attrs.iter().find_map(path_of);
                let inside = chosen.map_or_else(|| folder.join(&name), |path| beside.join(path));
                let file = file.clone();
                let module = Module { file, parent, is_for_tests, ..Module::default() };
                children.push(self.add_module(workspace, (path, &inside), module, items));
            } else {
                for (path, folder) in files_of(&child, path, folder) {
                    children.push(self.add_file(workspace, &path, &folder, parent, is_for_tests));
                }
            }
            if let Some(module) = self.modules.get_mut(position) {
                module.children.entry(name).or_default().extend(children);
            }
        }
        position
    }

    /// The files that define the item at `path`, seen from the module at `position`.
    fn files_of(&self, position: usize, path: &[String], depth: usize) -> BTreeSet<String> {
        match path.split_first() {
            Some((first, rest)) if first == "crate" => self.followed(0, rest, depth),
            Some((first, rest)) if first == "self" => self.followed(position, rest, depth),
            Some((first, _)) if first == "super" => self.followed(position, path, depth),
            _ => self.followed(position, path, depth),
        }
    }

    fn followed(&self, position: usize, path: &[String], depth: usize) -> BTreeSet<String> {
        let nothing = BTreeSet::new();
        let (Some(module), Some((name, rest))) = (self.modules.get(position), path.split_first())
        else {
            return nothing;
        };
        if depth > FURTHEST {
            return nothing;
        }
        if name == "super" {
            return module.parent.map_or(nothing, |parent| self.followed(parent, rest, depth));
        }
        if let Some(children) = module.children.get(name) {
            let of = |child: &usize| self.followed(*child, rest, depth + 1);
            return children.iter().flat_map(of).collect();
        }
        if module.items.contains(name) {
            return BTreeSet::from([module.file.clone()]);
        }
        if let Some(used) = module.all_uses().find(|used| used.name.as_ref() == Some(name)) {
            let path = [used.path.as_slice(), rest].concat();
            return self.files_of_use(position, &path, depth + 1);
        }
        let everything = module.all_uses().filter(|used| used.name.is_none());
        let all = everything.flat_map(|used| {
            let path = [used.path.as_slice(), path].concat();
            self.files_of_use(position, &path, depth + 1)
        });
        all.collect()
    }

    /// The files that define an imported path, which may begin with the name of another crate.
    fn files_of_use(&self, position: usize, path: &[String], depth: usize) -> BTreeSet<String> {
        let first = path.first().map(String::as_str);
        let is_ours = matches!(first, Some("crate" | "self" | "super"))
            || self.modules.get(position).zip(first).is_some_and(|(module, first)| {
                module.children.contains_key(first) || module.items.contains(first)
            });
        if is_ours { self.files_of(position, path, depth) } else { BTreeSet::new() }
    }

    fn module_at(&self, position: usize, path: &[String]) -> Option<&Module> {
        let mut at = position;
        for name in path {
            at = match name.as_str() {
                "crate" => 0,
                "self" => at,
                "super" => self.modules.get(at)?.parent?,
                name => *self.modules.get(at)?.children.get(name)?.first()?,
            };
        }
        self.modules.get(at)
    }
}

/// The possible files of a declared module, each with the folder of its children. Features may
/// choose between several.
fn files_of(declared: &ItemMod, parent: &Path, folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let beside = parent.parent().unwrap_or(folder);
    let chosen: Vec<PathBuf> =
        declared.attrs.iter().filter_map(path_of).map(|path| beside.join(path)).collect();
    if !chosen.is_empty() {
        let place = |path: PathBuf| {
            let folder = path.parent().unwrap_or(folder).to_owned();
            (path, folder)
        };
        return chosen.into_iter().map(place).collect();
    }
    let inside = folder.join(declared.ident.to_string());
    let file = inside.with_extension("rs");
    if file.exists() { vec![(file, inside)] } else { vec![(inside.join("mod.rs"), inside)] }
}

/// The path of `#[path = "…"]`, and of `#[cfg_attr(…, path = "…")]`.
fn path_of(attribute: &syn::Attribute) -> Option<String> {
    if attribute.path().is_ident("cfg_attr") {
        let parse = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
        let all = attribute.parse_args_with(parse).ok()?;
        return all.iter().find_map(|meta| match meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => source::string(&pair.value),
            _ => None,
        });
    }
    source::text_of(attribute, "path")
}

/// Files, or rooms, that import each other.
#[derive(Debug)]
pub(crate) struct Circle(Vec<(String, BTreeSet<String>)>);

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "these import each other in a circle:")?;
        for ((file, names), (next, _)) in self.0.iter().zip(self.0.iter().cycle().skip(1)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            write!(f, "\n  {file} imports {next}: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// The shortest circle, if there is one.
pub(crate) fn circle(imports: &Imports) -> Option<Circle> {
    let circles = imports.keys().filter_map(|file| way_back(imports, file));
    let shortest = circles.min_by_key(Vec::len)?;
    let steps = shortest.iter().zip(shortest.iter().cycle().skip(1)).map(|(file, next)| {
        let names = imports.get(file).and_then(|imports| imports.get(next));
        (file.clone(), names.cloned().unwrap_or_default())
    });
    Some(Circle(steps.collect()))
}

/// The imports between the rooms of a crate. A room is a folder or a file next to the root. The
/// root itself belongs to no room.
pub(crate) fn of_rooms(imports: &Imports) -> Imports {
    let top = imports.keys().min_by_key(|file| file.matches('/').count());
    let folder = top.and_then(|file| file.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let room = |file: &str| {
        let inside = file.strip_prefix(folder)?.strip_prefix('/')?;
        let room = inside.split('/').next()?;
        (!["lib.rs", "main.rs"].contains(&room)).then(|| format!("{folder}/{room}"))
    };
    let mut rooms = Imports::new();
    for (file, imported) in imports {
        let Some(from) = room(file) else { continue };
        for (other, names) in imported {
            let Some(to) = room(other).filter(|to| *to != from) else { continue };
            let names = names.iter().map(|name| format!("{file} has {name}"));
            rooms.entry(from.clone()).or_default().entry(to).or_default().extend(names);
        }
    }
    rooms
}

/// The shortest path from `start` back to `start`, without the last step.
fn way_back(imports: &Imports, start: &str) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(file) = waiting.pop_front() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut way = vec![file.to_owned()];
                let mut at = file;
                while at != start {
                    at = came_from.get(at)?;
                    way.push(at.to_owned());
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, file);
                waiting.push_back(next);
            }
        }
    }
    None
}
