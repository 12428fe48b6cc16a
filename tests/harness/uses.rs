//! What the functions made use of, of what the template allows them, kept beside the test binary
//! that had them do it: `tests/privileges.rs` holds the two against each other.
//!
//! A folder per build of a binary, a file per run: runs add up, also partial ones, until the binary
//! is built anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use local::Privilege;

use crate::stack::Stack;

/// What this run has made use of so far.
static USED: Mutex<BTreeSet<Privilege>> = Mutex::new(BTreeSet::new());

/// Notes what the functions of `stack` made use of.
pub(crate) fn note(stack: &Stack) {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = used.len();
    used.extend(stack.uses());
    if used.len() > known {
        keep(&used);
    }
}

/// Writes what this run has made use of so far.
fn keep(used: &BTreeSet<Privilege>) {
    let binary = Binary::of_this_process();
    let folder = binary.folder();
    if !folder.exists() {
        binary.forget_other_builds();
    }
    fs::create_dir_all(&folder).expect("a folder beside the test binary");
    let file = folder.join(format!("{}.json", process::id()));
    let written = folder.join(format!("{}.json.new", process::id()));
    let text = serde_json::to_string_pretty(used).expect("what was used, as JSON");
    fs::write(&written, text).expect("a record of what was used");
    fs::rename(written, file).expect("a record of what was used");
}

/// What runs of the test binary `name` made use of, as long as it is of the same build as the one
/// that asks: both were built before the run. Nothing where there was none.
pub fn uses_of(name: &str) -> BTreeSet<Privilege> {
    let this = Binary::of_this_process();
    let mut uses = BTreeSet::new();
    for binary in this.siblings(name) {
        let Ok(files) = fs::read_dir(binary.folder()) else { continue };
        for file in files.map(|file| file.expect("a record").path()) {
            let finished = file.extension().is_some_and(|kind| kind == "json");
            if finished && modified(&file) > this.built {
                let text = fs::read_to_string(&file).expect("a record");
                let run: BTreeSet<Privilege> = serde_json::from_str(&text).expect("a record");
                uses.extend(run);
            }
        }
    }
    uses
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

    /// As Cargo names it: `journeys-0123456789abcdef`.
    fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).expect("the name of a test binary")
    }

    /// Where what this build used is kept: `target/debug/uses/journeys-0123456789abcdef.1767225600`.
    fn folder(&self) -> PathBuf {
        let built = self.built.duration_since(UNIX_EPOCH).expect("a time since 1970").as_nanos();
        self.records().join(format!("{}.{built}", self.name()))
    }

    fn records(&self) -> PathBuf {
        self.path.ancestors().nth(2).expect("a folder of the profile").join("uses")
    }

    /// The test binaries `name` beside this one: one for each set of features.
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

    fn forget_other_builds(&self) {
        let Ok(folders) = fs::read_dir(self.records()) else { return };
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
