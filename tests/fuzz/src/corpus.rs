//! The kept inputs: a file for each.

use std::fs;
use std::path::{Path, PathBuf};

use crate::target::Target;

/// The folder `name` of the corpus.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
}

/// The inputs of `target`, each with its folder and file, in the order of the names.
pub fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    for name in target.corpora {
        for file in fs::read_dir(folder(name)).expect("a folder of inputs") {
            let path = file.expect("a file").path();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            inputs.push((format!("{name}/{file}"), fs::read(&path).expect("an input")));
        }
    }
    inputs.sort();
    inputs
}
