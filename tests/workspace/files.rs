//! The files of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// The text of a file of the workspace.
#[track_caller]
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folders in a folder of the workspace, such as `functions/login`, in order.
#[track_caller]
pub(crate) fn folders(path: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| format!("{path}/{}", entry.file_name().display()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The files of this kind in a folder of the workspace and its subfolders, by their paths from the
/// root.
pub(crate) fn files_of(folder: &str, kind: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder)).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), format!("{folder}/{}", entry.file_name().display()));
        if path.is_dir() {
            files.extend(files_of(&name, kind));
        } else if path.extension().is_some_and(|extension| extension == kind) {
            files.push(name);
        }
    }
    files
}

/// Every file at `path`, or in the folder there, but what is installed or built.
pub(crate) fn every_file(path: &str) -> Vec<String> {
    let full = root().join(path);
    if full.is_file() {
        return vec![path.to_owned()];
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(full).into_iter().flatten().flatten() {
        let name = entry.file_name().display().to_string();
        if !["node_modules", "target"].contains(&name.as_str()) {
            files.extend(every_file(&format!("{path}/{name}")));
        }
    }
    files
}

/// Fails with the faults, one per line.
#[track_caller]
pub(crate) fn expect_none(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
