//! The crates of the workspace, found like Cargo does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::files::{root, text};
use crate::imports::Crate;

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    /// The folder, such as `functions/login`.
    pub folder: String,
    /// The content of `Cargo.toml`.
    pub manifest: Table,
}

impl Package {
    /// The package in this folder.
    #[track_caller]
    pub(crate) fn in_folder(folder: &str) -> Self {
        let file = format!("{folder}/Cargo.toml");
        let manifest = text(&file).parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        Self { folder: folder.to_owned(), manifest }
    }

    /// The path of `Cargo.toml`.
    pub(crate) fn file(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    pub(crate) fn name(&self) -> &str {
        let name = self.manifest.get("package").and_then(|package| package.get("name"));
        name.and_then(Value::as_str).unwrap_or_default()
    }

    /// The names of the dependencies.
    pub(crate) fn dependencies(&self) -> BTreeSet<String> {
        let dependencies = self.manifest.get("dependencies").and_then(Value::as_table);
        dependencies.into_iter().flat_map(Table::keys).cloned().collect()
    }

    /// The library, programs, tests and benches, each from its root file.
    pub(crate) fn crates(&self) -> Vec<Crate> {
        let roots = self.roots();
        roots.iter().map(|path| Crate::read(&root(), path)).collect()
    }

    /// The root files that are named, and those that Cargo finds by default.
    fn roots(&self) -> BTreeSet<PathBuf> {
        let folder = root().join(&self.folder);
        let of = |value: &Value, key: &str| Some(folder.join(value.get(key)?.as_str()?));
        let mut roots = BTreeSet::new();
        roots.extend(self.manifest.get("lib").and_then(|lib| of(lib, "path")));
        roots.extend(self.manifest.get("package").and_then(|package| of(package, "build")));
        for kind in ["bin", "test", "bench", "example"] {
            let named = self.manifest.get(kind).and_then(Value::as_array);
            roots.extend(named.into_iter().flatten().filter_map(|target| of(target, "path")));
        }
        for file in ["src/lib.rs", "src/main.rs", "build.rs"] {
            roots.insert(folder.join(file));
        }
        // The package of tests names all its targets.
        if self.manifest.get("test").is_none() {
            for found in ["src/bin", "tests", "benches", "examples"] {
                for entry in fs::read_dir(folder.join(found)).into_iter().flatten().flatten() {
                    let path = entry.path();
                    roots.insert(if path.is_dir() { path.join("main.rs") } else { path });
                }
            }
        }
        roots.retain(|path| path.is_file() && is_rust(path));
        roots
    }
}

/// The content of the workspace's `Cargo.toml`.
#[track_caller]
pub(crate) fn workspace() -> Value {
    let read = text("Cargo.toml").parse::<Table>();
    read.map_or_else(|error| panic!("Cargo.toml: {error}"), Value::Table)
}

/// The packages of the workspace.
#[track_caller]
pub(crate) fn packages() -> Vec<Package> {
    let workspace = workspace();
    let members = workspace.get("workspace").and_then(|workspace| workspace.get("members"));
    let members = members.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let folders = members.flat_map(|member| match member.strip_suffix("/*") {
        Some(folder) => crate::files::folders(folder),
        None => vec![member.to_owned()],
    });
    folders.map(|folder| Package::in_folder(&folder)).collect()
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}
