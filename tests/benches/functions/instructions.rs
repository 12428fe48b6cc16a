//! Instructions of warm invocations, as valgrind's callgrind counts them: the same on every machine
//! of one architecture, whatever else it does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::system::System;

/// Invocations before the count starts, and counted.
const BEFORE: usize = 30;
const COUNTED: usize = 100;

/// Instructions of one invocation, by crate.
pub(crate) struct Instructions {
    by_crate: BTreeMap<String, u64>,
}

impl Instructions {
    /// Counts those of `function` for `event`, which it answers with `status`; a hash costs next to
    /// nothing. `None` without valgrind.
    pub(crate) async fn of(
        system: &System,
        function: &str,
        event: &Value,
        status: u16,
    ) -> Option<Self> {
        let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
        if !valgrind.is_ok_and(|status| status.success()) {
            return None;
        }
        let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind");
        let _ = fs::remove_dir_all(&files);
        fs::create_dir_all(&files).expect("a folder");
        let sandbox = system.counted_sandbox(function, &files.join("out")).await;
        for _ in 0..BEFORE {
            sandbox.answer(event, status).await;
        }
        control("--zero", sandbox.id());
        for _ in 0..COUNTED {
            sandbox.answer(event, status).await;
        }
        control("--dump", sandbox.id());
        drop(sandbox);
        Some(Self { by_crate: read(&files) })
    }

    /// All of them, in millions.
    pub(crate) fn millions(&self) -> f64 {
        millions(self.by_crate.values().sum())
    }

    /// Those of one crate, in millions.
    pub(crate) fn of_crate(&self, name: &str) -> f64 {
        millions(self.by_crate.get(name).copied().unwrap_or_default())
    }

    /// Those of the crates that need the most, in millions, largest first.
    pub(crate) fn largest(&self, count: usize) -> Vec<(&str, f64)> {
        let mut crates: Vec<_> =
            self.by_crate.iter().map(|(name, of)| (name.as_str(), *of)).collect();
        crates.sort_by_key(|(_, of)| std::cmp::Reverse(*of));
        crates.into_iter().take(count).map(|(name, of)| (name, millions(of))).collect()
    }
}

fn millions(counted: u64) -> f64 {
    counted as f64 / COUNTED as f64 / 1e6
}

/// Has callgrind start again from zero, or write what it has counted.
fn control(what: &str, process: u32) {
    let control = Command::new("callgrind_control").args([what, &process.to_string()]).output();
    let control = control.expect("callgrind_control comes with valgrind");
    assert!(control.status.success(), "{}", String::from_utf8_lossy(&control.stderr));
}

/// Reads the profile that callgrind wrote of the first thread: passwords are hashed in another one.
fn read(folder: &Path) -> BTreeMap<String, u64> {
    let mut by_crate = BTreeMap::new();
    let profile = fs::read_to_string(folder.join("out.1-01")).expect("the profile of a thread");
    add(&profile, &mut by_crate);
    by_crate
}

/// Adds what each line of source needed itself, without what it called, to that of its crate.
fn add(profile: &str, by_crate: &mut BTreeMap<String, u64>) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut file = "";
    let mut is_call = false;
    for line in profile.lines() {
        if let Some((key, name)) = line.split_once('=').filter(|(key, _)| key.len() <= 5) {
            let (id, name) = match name.split_once(' ') {
                Some((id, name)) => (id, Some(name)),
                None => (name, None),
            };
            match key {
                "fl" | "fi" | "fe" | "cfi" | "cfl" => {
                    if let Some(name) = name {
                        names.insert(id, name);
                    }
                    if !key.starts_with('c') {
                        file = names.get(id).copied().unwrap_or("");
                    }
                }
                "calls" => is_call = true,
                _ => {}
            }
        } else if line.starts_with(['+', '-', '*'])
            || line.starts_with(|first: char| first.is_ascii_digit())
        {
            // The line after a call has what the call needed in all.
            if !std::mem::take(&mut is_call) {
                let own = line.split(' ').nth(1).and_then(|own| own.parse::<u64>().ok());
                *by_crate.entry(crate_of(file)).or_default() += own.unwrap_or(0);
            }
        }
    }
}

/// The crate that a source file belongs to.
fn crate_of(file: &str) -> String {
    let parts: Vec<&str> = file.split('/').collect();
    let after = |mark: &str| parts.iter().position(|part| *part == mark);
    if let Some(registry) = after("registry") {
        return parts
            .get(registry + 3)
            .map_or("?", |name| name.rsplit_once('-').map_or(name, |(name, _)| name))
            .to_owned();
    }
    if let Some(library) = after("library") {
        return parts.get(library + 1).copied().unwrap_or("?").to_owned();
    }
    for ours in ["shared", "functions"] {
        if after(ours).is_some() {
            return ours.to_owned();
        }
    }
    "libc".to_owned()
}
