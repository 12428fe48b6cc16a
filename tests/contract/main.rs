//! Schemathesis makes requests from the document of the API, those that it allows and others: each answer is
//! one that the document has.
#![cfg(not(feature = "deployed"))]

mod scan;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tests::{Household, Portal, documented, installed};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_that_is_made_from_the_document_has_an_undocumented_answer() {
    let portal = Portal::open().await;
    // The document's example of a lease is another household's: an agency's request may close its account.
    let household = Household::NDIAYE;
    let browser = portal.tenant(&household).await;
    let body = json!({"email": household.email, "password": household.password});
    let session = browser.post("/api/sessions", &body).await.expect_status(200);
    let token = session.json["access_token"].as_str().unwrap().to_owned();

    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;

    let output = Command::new(installed("schemathesis", "schemathesis"))
        .arg("--config-file")
        .arg(root().join("tests/contract/schemathesis.toml"))
        .arg("run")
        .arg(root().join("docs/openapi.json"))
        .args(["--url", portal.address(), "--no-color"])
        .env("ACCESS_TOKEN", token)
        .env("STAFF_COOKIE", staff.cookie("__Host-staff").unwrap())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", root().join("tests/contract"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let tested = said.lines().find_map(|line| line.trim().strip_prefix("Tested: "));
    assert_eq!(tested, Some(documented().len().to_string().as_str()), "{said}");
}
