//! What the commands of the Makefile compile.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::files::root;

/// A dependency as it is compiled: its name and version, target, kind, features and way of building.
type Unit = (String, String, String, String, String);

/// Every dependency that a command of cargo would compile, and with which features. Cargo tells it in
/// [an unstable format](https://doc.rust-lang.org/cargo/reference/unstable.html#unit-graph), so this
/// may have to follow a new version of it.
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
            let target = &unit["target"];
            let [package, name, kind] =
                [&unit["pkg_id"], &target["name"], &target["kind"]].map(text);
            (package, name, kind, text(&unit["features"]), text(&unit["mode"]))
        })
        .collect()
}
