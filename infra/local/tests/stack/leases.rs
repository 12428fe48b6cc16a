//! The leases that are proposed to a developer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use local::{Options, Stack};
use serde_json::json;

use crate::{get, post};

const FILE: &str = "\
lease,last_name,first_name,agency_name,agency_email,ends_on,adviser_name,adviser_email
L 12345678,Martin,Camille,Agence,agence@bailleur.example,,,
00412837,Durand,Nadia,Agence,agence@bailleur.example,,,
23456789,Petit,Paul,Agence,agence@bailleur.example,2001-01-01,,
";

async fn start(file: &PathBuf) -> Stack {
    std::fs::write(file, FILE).unwrap();
    let fast = [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")];
    let overrides = fast.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let overrides = BTreeMap::from(overrides);
    let options = Options { overrides, leases: Some(file.clone()), ..Options::default() };
    local::start(options).await.unwrap()
}

#[tokio::test]
async fn a_lease_that_has_an_account_is_not_proposed() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("leases.csv");
    let stack = start(&file).await;
    let proposed = || -> Vec<String> {
        let free = stack.free_leases(&file, 3).unwrap();
        free.into_iter().map(|lease| lease.reference).collect()
    };
    assert_eq!(proposed(), ["L 12345678", "00412837"]);

    let registration = json!({
        "lease": "12345678", "last_name": "Martin", "email": "camille@exemple.example",
        "password": "quatre chevaux bleus 4", "terms": "2026-01",
    });
    post(&stack, "/api/registrations", &registration).await;
    let mut token = None;
    for _ in 0..200 {
        let mails = get(&stack, "/_local/mails?to=camille@exemple.example").await;
        let link = mails[0]["links"][0].as_str().and_then(|link| link.split_once('#'));
        token = link.map(|(_, token)| token.to_owned());
        if token.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let activation = json!({ "token": token, "password": "quatre chevaux bleus 4" });
    let activated = post(&stack, "/api/activations", &activation).await;

    assert_eq!(proposed(), ["00412837"], "{activated}");
}
