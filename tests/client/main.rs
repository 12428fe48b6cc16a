//! A client that is generated from the document of the API signs in.
#![cfg(not(feature = "deployed"))]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::{Household, Portal, documented, installed};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What `command` prints, once it has succeeded.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}\n{said}\n{errors}");
    said.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_generated_from_the_document_signs_in_and_is_told_its_faults() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("client");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let here = root().join("tests/client");

    run(Command::new(installed("openapi-client", "openapi-python-client"))
        .args(["generate", "--meta", "none", "--path"])
        .arg(root().join("docs/openapi.json"))
        .arg("--output-path")
        .arg(folder.join("espace_locataire"))
        .arg("--config")
        .arg(here.join("config.yaml")));
    let said = run(Command::new(installed("openapi-client", "python3"))
        .arg(here.join("sign_in.py"))
        .args([portal.address(), household.email, household.password])
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1"));

    assert_eq!(said, "bad_credentials\n12345678\n2 sessions\nunauthenticated\n");
    for operation in documented() {
        let module = format!("{}.py", operation.name.replace('-', "_"));
        let mut groups = fs::read_dir(folder.join("espace_locataire/api")).unwrap();
        let is_there = groups.any(|group| group.unwrap().path().join(&module).exists());
        // Files of leases are no JSON, and it makes nothing of them.
        let files = ["import-leases", "preview-import", "apply-import"];
        assert_eq!(is_there, !files.contains(&operation.name), "{module}");
    }
}
