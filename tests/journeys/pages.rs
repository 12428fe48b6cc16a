//! The pages that mailed links open.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;

#[tokio::test]
async fn every_link_that_is_mailed_leads_to_a_page_of_the_portal() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let request = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    let change = json!({"email": "camille@autre.example", "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.settle().await;
    let mails = portal.mails_to("camille@autre.example").await;
    let token = json!({"token": token_in(&mails[0]).unwrap()});
    browser.post("/api/email-changes/confirm", &token).await.expect_status(200);
    portal.settle().await;

    let mails = portal.mails().await;
    let links = mails.iter().flat_map(|mail| mail["links"].as_array().unwrap());
    let paths: BTreeSet<String> = links
        .map(|link| {
            let page = link.as_str().unwrap().split('#').next().unwrap();
            page.strip_prefix(portal.address()).expect("a link to the portal").to_owned()
        })
        .collect();

    assert_eq!(paths.iter().filter(|path| path.len() > 1).count(), 6, "{paths:?}");
    // Every mail also links to the help page.
    for path in paths.into_iter().filter(|path| path != "/aide") {
        let path = if path.is_empty() { "/".to_owned() } else { path };
        let page = portal.browser().get(&path).await.expect_status(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(page.body.contains("<main"), "{path}");
    }
}

#[tokio::test]
async fn the_document_of_the_api_is_served_as_it_is_checked_in() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let checked_in = fs::read_to_string(path).unwrap();

    let served = browser.get("/api/openapi.json").await.expect_status(200);
    let known = browser.request(Method::GET, "/api/openapi.json");
    let known = browser.keep(known.header("if-none-match", served.header("etag"))).await;

    assert_eq!(served.body, checked_in);
    assert!(served.header("content-type").starts_with("application/vnd.oai.openapi+json"));
    assert_eq!(known.expect_status(304).body, "");
}

#[tokio::test]
async fn a_password_manager_finds_its_page_and_an_unknown_path_is_a_page() {
    let portal = Portal::open().await;
    let event = include_str!("../../events/portal.json");
    let mut event: Value = serde_json::from_str(event).unwrap();
    event["rawPath"] = json!("/.well-known/change-password");

    let led = portal.invoke("portal", &event).await.expect_status(200).json;
    let nothing = portal.browser().get("/nulle-part").await.expect_status(404);

    assert_eq!(led["statusCode"], 303, "{led:#}");
    assert!(nothing.header("content-type").starts_with("text/html"));
}
