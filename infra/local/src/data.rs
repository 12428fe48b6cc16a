//! The directory with the state of a stack.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::process;

/// The version of the layout of the state. A stack refuses state of another version. Raise it with
/// each incompatible change of rows or files.
const LAYOUT: u32 = 3;

/// The file with the version of the layout.
const LAYOUT_FILE: &str = "layout";

/// The file that names the process that uses the directory. It is locked while the process runs.
const PROCESS_FILE: &str = "process";

/// The file of the embedded engine.
pub(crate) const DATABASE: &str = "dynamodb.sqlite";

/// The files of a stack, first those of the embedded engine.
const FILES: [&str; 7] = [
    DATABASE,
    "dynamodb.sqlite-wal",
    "dynamodb.sqlite-shm",
    "clock.json",
    "mails.jsonl",
    "secret.json",
    LAYOUT_FILE,
];

/// The directory with the state of a stack, used by this stack only; `None` for a stack in memory.
#[derive(Debug)]
pub(crate) struct Data(Option<Claimed>);

#[derive(Debug)]
struct Claimed {
    directory: PathBuf,
    /// Locked. The system unlocks it when the process ends.
    process: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The files cannot be read or written.
    #[error("the data directory {} cannot be used: {error}", .0.display(), error = .1)]
    Unusable(PathBuf, io::Error),
    /// Another process uses the directory.
    #[error(
        "{} is in use by another `make run`, {process}: use that one, or stop it first, or start this \
         one in another checkout",
        .directory.display()
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The process, as in `process 4711, which serves http://127.0.0.1:3000`.
        process: String,
    },
    /// The state has an older layout.
    #[error(
        "{} was written by an older version: run `make run FRESH=1` to start over",
        .0.display()
    )]
    Older(PathBuf),
    /// The state has a newer layout than this version knows.
    #[error(
        "{} was written by a newer version: go back to that version, or run `make run FRESH=1` to \
         start over",
        .0.display()
    )]
    Newer(PathBuf),
}

impl Data {
    /// Creates the directory if it is missing, and locks it for this stack.
    pub(crate) fn claim(directory: Option<PathBuf>) -> Result<Self, DataError> {
        let Some(directory) = directory else {
            return Ok(Self(None));
        };
        let unusable = |error| DataError::Unusable(directory.clone(), error);
        fs::create_dir_all(&directory).map_err(unusable)?;
        let path = directory.join(PROCESS_FILE);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let process = options.open(&path).map_err(unusable)?;
        match process.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let process = fs::read_to_string(&path).unwrap_or_default().trim().to_owned();
                return Err(DataError::InUse { directory, process });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let claimed = Claimed { directory, process };
        claimed.write_process("").map_err(|error| claimed.unusable(error))?;
        Ok(Self(Some(claimed)))
    }

    /// Writes down that this process serves `address`, for others that want the directory.
    pub(crate) fn tell_address(&self, address: &str) -> Result<(), DataError> {
        let Some(claimed) = &self.0 else {
            return Ok(());
        };
        let serves = format!(", which serves {address}");
        claimed.write_process(&serves).map_err(|error| claimed.unusable(error))
    }

    /// Checks that the state can be used. If `fresh`, deletes it first.
    pub(crate) fn prepare(&self, fresh: bool) -> Result<(), DataError> {
        let Some(claimed) = &self.0 else {
            return Ok(());
        };
        let directory = &claimed.directory;
        let unusable = |error| claimed.unusable(error);
        if fresh {
            empty(directory).map_err(unusable)?;
        }
        if directory.join(DATABASE).try_exists().map_err(unusable)? {
            return check_layout(directory);
        }
        fs::write(directory.join(LAYOUT_FILE), format!("{LAYOUT}\n")).map_err(unusable)
    }

    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.directory().map(|directory| directory.join(name))
    }

    pub(crate) fn directory(&self) -> Option<&Path> {
        self.0.as_ref().map(|claimed| claimed.directory.as_path())
    }
}

impl Claimed {
    fn write_process(&self, serves: &str) -> io::Result<()> {
        let mut file = &self.process;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(format!("process {}{serves}\n", process::id()).as_bytes())
    }

    fn unusable(&self, error: io::Error) -> DataError {
        DataError::Unusable(self.directory.clone(), error)
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

/// Refuses state of another layout. The first layout had no file with its version.
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

    /// An empty directory for this test.
    fn directory(name: &str) -> PathBuf {
        let directory =
            std::env::temp_dir().join(format!("local-data-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        directory
    }

    #[test]
    fn state_of_another_layout_is_refused_unless_started_afresh() {
        let directory = directory("layout");
        let open =
            |fresh| Data::claim(Some(directory.clone())).and_then(|data| data.prepare(fresh));
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

    #[test]
    fn a_directory_is_used_by_one_process_at_a_time() {
        let directory = directory("claimed");
        let claim = || Data::claim(Some(directory.clone()));

        let first = claim().unwrap();
        first.tell_address("http://127.0.0.1:3000").unwrap();
        let message = claim().unwrap_err().to_string();

        let process = format!("process {}, which serves http://127.0.0.1:3000", process::id());
        assert!(message.contains(&process), "{message}");
        assert!(message.contains("stop it first"), "{message}");
        drop(first);
        claim().unwrap();
        fs::remove_dir_all(directory).unwrap();
    }
}
