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

/// Each call to a table takes longer than it may, and operations make several, one after the other.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn while_the_tables_are_slow_every_operation_answers_by_itself() {
    let portal = Portal::open().await;
    portal.fail("dynamodb", "slow", None).await;
    // Its caller waits for 29 seconds.
    let in_ten_seconds = |name: &str| name != "import-leases";
    let calls = events().into_iter().filter(|(name, event)| {
        in_ten_seconds(name) && event["routeKey"].is_string() && name != "authorize"
    });
    let answers = calls.map(|(operation, event)| {
        let portal = &portal;
        async move { (portal.invoke(&operation, &event).await.expect_status(200), operation) }
    });

    let mut unavailable = Vec::new();
    for (answer, operation) in futures_util::future::join_all(answers).await {
        assert_eq!(answer.header("x-amz-function-error"), "", "{operation}: {}", answer.body);
        match answer.json["statusCode"].as_u64() {
            Some(503) => {
                let body = answer.json["body"].as_str().unwrap();
                assert!(body.contains("\"unavailable\""), "{operation}: {body}");
                unavailable.push(operation);
            }
            status => assert!(status.is_some_and(|status| status < 500), "{operation}: {status:?}"),
        }
    }

    for operation in ["forgot-password", "login", "register"] {
        assert!(unavailable.iter().any(|name| name == operation), "{operation} in {unavailable:?}");
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
