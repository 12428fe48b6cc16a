//! The sample events, for trying one function at a time: each is understood.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::Portal;

fn events() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let events = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let mut events: Vec<(String, Value)> = events
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let event = serde_json::from_str(&fs::read_to_string(&path).unwrap());
            (name, event.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    events.sort_by(|(one, _), (other, _)| one.cmp(other));
    events
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn every_sample_event_is_understood_by_its_function() {
    let portal = Portal::open().await;
    portal.set_clock("2026-11-23T08:00:00Z").await;

    for (operation, event) in events() {
        let answer = portal.invoke(&operation, &event).await.expect_status(200);

        assert_eq!(answer.header("x-amz-function-error"), "", "{operation}: {}", answer.body);
        let Some(status) = answer.json["statusCode"].as_u64() else {
            assert!(event["routeKey"].is_null() || operation == "authorize", "{operation}");
            continue;
        };
        // Its tokens and cookies are of another stack's keys; everything else is taken.
        let body: Value = serde_json::from_str(answer.json["body"].as_str().unwrap_or_default())
            .unwrap_or_default();
        let code = body["code"].as_str().unwrap_or_default();
        let foreign = ["link_invalid", "unauthenticated", "bad_credentials", "not_found"];
        assert!(status < 300 || foreign.contains(&code), "{operation}: {}", answer.body);
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
