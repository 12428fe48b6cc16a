//! The sample events, for trying one function at a time: each is understood.

use std::fs;
use std::path::Path;

use tests::{Portal, events, expect_understood};

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn every_sample_event_is_understood_by_its_function() {
    let portal = Portal::open().await;
    portal.set_clock("2026-11-23T08:00:00Z").await;

    for (operation, event) in events() {
        let answer = portal.invoke(&operation, &event).await.expect_status(200);

        assert_eq!(answer.header("x-amz-function-error"), "", "{operation}: {}", answer.body);
        expect_understood(&operation, &event, &answer.json);
    }
}

#[tokio::test]
async fn the_sample_registration_is_one_of_the_sample_leases() {
    let portal = Portal::open().await;
    let leases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/leases.csv");
    let leases = fs::read(leases).unwrap();
    let import = portal.agency(reqwest::Method::POST, "/api/agency/leases", "text/csv", leases);
    import.await.expect_status(200);
    let (_, register) = events().into_iter().find(|(name, _)| name == "register").unwrap();

    let answer = portal.invoke("register", &register).await.expect_status(200);

    assert_eq!(answer.json["statusCode"], 202, "{}", answer.body);
}
