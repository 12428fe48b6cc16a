//! Keeps records of the runs of a test binary, for tests that run after it.
//!
//! Each build of a binary has a folder, each run a file. Runs add up, also partial ones, until the
//! binary is rebuilt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// Writes the records of `kind` of this run.
pub(crate) fn keep(kind: &str, shown: &Value) {
    let binary = Binary::of_this_process();
    let folder = binary.folder(kind);
    if !folder.exists() {
        binary.forget_other_builds(kind);
    }
    fs::create_dir_all(&folder).expect("a folder next to the test binary");
    let file = folder.join(format!("{}.json", process::id()));
    let written = folder.join(format!("{}.json.new", process::id()));
    fs::write(&written, format!("{shown:#}")).expect("a file of records");
    fs::rename(written, file).expect("a file of records");
}

/// The records of `kind` by runs of the test binary `name`, if it belongs to the same build as the
/// calling binary. Empty if there were no runs.
pub(crate) fn kept(kind: &str, name: &str) -> Vec<Value> {
    let this = Binary::of_this_process();
    let mut shown = Vec::new();
    for binary in this.siblings(name) {
        let Ok(files) = fs::read_dir(binary.folder(kind)) else { continue };
        for file in files.map(|file| file.expect("a record").path()) {
            let finished = file.extension().is_some_and(|kind| kind == "json");
            if finished && modified(&file) > this.built {
                let text = fs::read_to_string(&file).expect("a record");
                shown.push(serde_json::from_str(&text).expect("a record"));
            }
        }
    }
    shown
}

/// A build of a test binary.
struct Binary {
    path: PathBuf,
    built: SystemTime,
}

impl Binary {
    fn of_this_process() -> Self {
        Self::at(std::env::current_exe().expect("the path of the test binary"))
    }

    fn at(path: PathBuf) -> Self {
        let built = modified(&path);
        Self { path, built }
    }

    /// Cargo's name of the file, such as `journeys-0123456789abcdef`.
    fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).expect("the name of a test binary")
    }

    /// The folder of this build's records, such as
    /// `target/debug/uses/journeys-0123456789abcdef.1767225600`.
    fn folder(&self, kind: &str) -> PathBuf {
        let built = self.built.duration_since(UNIX_EPOCH).expect("a time since 1970").as_nanos();
        self.records(kind).join(format!("{}.{built}", self.name()))
    }

    fn records(&self, kind: &str) -> PathBuf {
        self.path.ancestors().nth(2).expect("a folder of the profile").join(kind)
    }

    /// The test binaries `name` in the same folder, one for each set of features.
    fn siblings(&self, name: &str) -> Vec<Self> {
        let folder = self.path.parent().expect("a folder of test binaries");
        let files = fs::read_dir(folder).expect("a folder of test binaries");
        let paths = files.map(|file| file.expect("a file").path());
        paths
            .filter(|path| {
                let hash = path.file_name().and_then(|found| found.to_str()?.strip_prefix(name));
                hash.is_some_and(|hash| hash.starts_with('-') && !hash.contains('.'))
            })
            .map(Self::at)
            .collect()
    }

    fn forget_other_builds(&self, kind: &str) {
        let Ok(folders) = fs::read_dir(self.records(kind)) else { return };
        for folder in folders.filter_map(|folder| Some(folder.ok()?.path())) {
            if folder.file_stem().is_some_and(|name| name == self.name()) {
                let _ = fs::remove_dir_all(folder);
            }
        }
    }
}

fn modified(path: &Path) -> SystemTime {
    let metadata = fs::metadata(path).and_then(|metadata| metadata.modified());
    metadata.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
