//! Where a stack keeps its state, if it keeps any.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files of a stack: those of the embedded engine first.
const FILES: [&str; 6] = [
    "dynamodb.sqlite",
    "dynamodb.sqlite-wal",
    "dynamodb.sqlite-shm",
    "clock.json",
    "mails.jsonl",
    "secret.json",
];

/// A directory for the state of a stack; nowhere for one in memory.
#[derive(Clone, Debug)]
pub(crate) struct Data(Option<PathBuf>);

impl Data {
    /// The directory, made if it is missing, emptied of what a stack keeps if `fresh`.
    pub(crate) fn open(directory: Option<PathBuf>, fresh: bool) -> io::Result<Self> {
        if let Some(directory) = &directory {
            fs::create_dir_all(directory)?;
            for file in FILES.iter().filter(|_| fresh) {
                match fs::remove_file(directory.join(file)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(Self(directory))
    }

    /// The file of this name.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.0.as_ref().map(|directory| directory.join(name))
    }

    /// The directory.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}
