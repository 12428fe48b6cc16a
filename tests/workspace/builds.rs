//! What the commands of the Makefile compile.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::files::root;

/// A dependency as it is compiled. Cargo compiles it again if any of these differs.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Unit {
    /// Its name, version and source.
    pub(crate) package: String,
    /// Its library or build script.
    pub(crate) target: String,
    kind: String,
    mode: String,
    pub(crate) features: String,
    /// Optimisation, debug information and so on, without the name of the profile.
    pub(crate) profile: String,
}

/// Every dependency that a command of cargo would compile. Cargo prints them in
/// [an unstable format](https://doc.rust-lang.org/cargo/reference/unstable.html#unit-graph), so this
/// function may have to follow a new version of cargo.
pub(crate) fn compiled_by(arguments: &[&str]) -> BTreeSet<Unit> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--locked", "--unit-graph", "-Z", "unstable-options"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("cargo: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let graph: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let units = graph["units"].as_array().into_iter().flatten();
    let dependencies = units.filter(|unit| {
        unit["pkg_id"].as_str().is_some_and(|package| !package.starts_with("path+"))
    });
    let text = |value: &Value| value.to_string();
    dependencies
        .map(|unit| {
            let mut profile = unit["profile"].clone();
            profile["name"].take();
            Unit {
                package: text(&unit["pkg_id"]),
                target: text(&unit["target"]["name"]),
                kind: text(&unit["target"]["kind"]),
                mode: text(&unit["mode"]),
                features: text(&unit["features"]),
                profile: text(&profile),
            }
        })
        .collect()
}
