//! Where a stack keeps its state, if it keeps any.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How the state is laid out. A stack refuses the state of another layout, for neither its rows nor
/// its files may be what the code expects: whoever changes them incompatibly counts this up.
const LAYOUT: u32 = 2;

/// The file that says in which layout the others are.
const LAYOUT_FILE: &str = "layout";

/// The file of the embedded engine.
pub(crate) const DATABASE: &str = "dynamodb.sqlite";

/// The files of a stack: those of the embedded engine first.
const FILES: [&str; 7] = [
    DATABASE,
    "dynamodb.sqlite-wal",
    "dynamodb.sqlite-shm",
    "clock.json",
    "mails.jsonl",
    "secret.json",
    LAYOUT_FILE,
];

/// A directory for the state of a stack; nowhere for one in memory.
#[derive(Clone, Debug)]
pub(crate) struct Data(Option<PathBuf>);

/// What keeps a data directory from being used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Its files cannot be read or written.
    #[error("the data directory {} cannot be used: {error}", .0.display(), error = .1)]
    Unusable(PathBuf, io::Error),
    /// Its state is in an older layout.
    #[error(
        "{} was written by an older version: run `make run FRESH=1` to start over",
        .0.display()
    )]
    Older(PathBuf),
    /// Its state is in a layout that this version does not know yet.
    #[error(
        "{} was written by a newer version: go back to that version, or run `make run FRESH=1` to \
         start over",
        .0.display()
    )]
    Newer(PathBuf),
}

impl Data {
    /// The directory, made if it is missing, emptied of what a stack keeps if `fresh`.
    pub(crate) fn open(directory: Option<PathBuf>, fresh: bool) -> Result<Self, DataError> {
        if let Some(directory) = &directory {
            let unusable = |error| DataError::Unusable(directory.clone(), error);
            fs::create_dir_all(directory).map_err(unusable)?;
            if fresh {
                empty(directory).map_err(unusable)?;
            }
            if directory.join(DATABASE).try_exists().map_err(unusable)? {
                check_layout(directory)?;
            } else {
                fs::write(directory.join(LAYOUT_FILE), format!("{LAYOUT}\n")).map_err(unusable)?;
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

fn empty(directory: &Path) -> io::Result<()> {
    for file in FILES {
        match fs::remove_file(directory.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses state in another layout. The first one had no file that says so.
fn check_layout(directory: &Path) -> Result<(), DataError> {
    let layout = match fs::read_to_string(directory.join(LAYOUT_FILE)) {
        Ok(text) => text.trim().parse().unwrap_or(0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 1,
        Err(error) => return Err(DataError::Unusable(directory.to_owned(), error)),
    };
    match layout {
        LAYOUT => Ok(()),
        newer if newer > LAYOUT => Err(DataError::Newer(directory.to_owned())),
        _ => Err(DataError::Older(directory.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of this test's own, without files.
    fn directory(name: &str) -> PathBuf {
        let directory =
            std::env::temp_dir().join(format!("local-data-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        directory
    }

    #[test]
    fn state_of_another_layout_is_refused_until_it_is_started_afresh() {
        let directory = directory("layout");
        let open = |fresh| Data::open(Some(directory.clone()), fresh).map(drop);
        let write = |file: &str, text: &str| fs::write(directory.join(file), text).unwrap();

        open(false).unwrap();
        write(DATABASE, "rows");
        open(false).unwrap();
        let newer = (LAYOUT + 1).to_string();
        for (layout, whose) in [("1", "an older"), ("two", "an older"), (&newer, "a newer")] {
            write(LAYOUT_FILE, layout);
            let message = open(false).unwrap_err().to_string();
            assert!(message.contains(&format!("was written by {whose} version")), "{message}");
            assert!(message.contains("`make run FRESH=1`"), "{message}");
        }
        fs::remove_file(directory.join(LAYOUT_FILE)).unwrap();
        assert!(matches!(open(false), Err(DataError::Older(_))));
        assert!(directory.join(DATABASE).exists(), "a refusal deletes nothing");

        open(true).unwrap();
        assert!(!directory.join(DATABASE).exists());
        assert_eq!(fs::read_to_string(directory.join(LAYOUT_FILE)).unwrap(), format!("{LAYOUT}\n"));
        fs::remove_dir_all(directory).unwrap();
    }
}
