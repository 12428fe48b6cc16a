//! The sample events, for trying one function at a time.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// What a sample event may be refused with: its tokens and cookies are of another stack's keys, and
/// its account is nowhere. Everything else is taken.
const FOREIGN: [&str; 4] = ["link_invalid", "unauthenticated", "bad_credentials", "not_found"];

/// The sample event of each function, by its name.
pub fn events() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let files = fs::read_dir(folder).expect("events/").map(|file| file.expect("a file").path());
    let events = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let mut events: Vec<(String, Value)> = events
        .map(|path| {
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
            let event = serde_json::from_str(&fs::read_to_string(&path).expect("a text"));
            (name, event.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    events.sort_by(|(one, _), (other, _)| one.cmp(other));
    events
}

/// Whether `answer` shows that `operation` has understood its sample `event`.
pub fn expect_understood(operation: &str, event: &Value, answer: &Value) {
    assert!(answer["errorType"].is_null(), "{operation}: {answer:#}");
    let Some(status) = answer["statusCode"].as_u64() else {
        assert!(event["routeKey"].is_null() || operation == "authorize", "{operation}: {answer:#}");
        return;
    };
    let body = answer["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default();
    assert!(status < 300 || FOREIGN.contains(&code), "{operation}: {answer:#}");
}
