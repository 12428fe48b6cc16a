//! The pinned tools that `infra/tools/install` installs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The path of `command`, of the tool that `infra/tools/<tool>.txt` pins. It is installed if it is not
/// there.
#[track_caller]
pub fn installed(tool: &str, command: &str) -> PathBuf {
    let install = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/tools/install");
    let output = Command::new(install).arg(tool).output().expect("infra/tools/install runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = String::from_utf8(output.stdout).expect("a path");
    Path::new(folder.trim()).join(command)
}
