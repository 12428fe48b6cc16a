//! The sample events, for trying one function at a time.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The problems that a sample event may get, because its tokens and cookies have keys of another
/// stack and its account does not exist.
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

/// SES's report of a permanent bounce of `mail`.
pub fn bounce_of(mail: &Value) -> Value {
    let body = sample_feedback()["Records"][0]["body"].as_str().expect("a body").to_owned();
    let mut bounce: Value = serde_json::from_str(&body).expect("JSON of SES");
    bounce["mail"]["destination"] = json!([mail["to"]]);
    bounce["mail"]["tags"]["row"] = json!([mail["tags"]["row"]]);
    bounce["mail"]["tags"]["mail"] = json!([mail["tags"]["mail"]]);
    bounce["bounce"]["bouncedRecipients"][0]["emailAddress"] = mail["to"].clone();
    bounce
}

/// The queue's event with a publication of SES.
pub(crate) fn queued(published: &Value) -> Value {
    let mut event = sample_feedback();
    event["Records"][0]["body"] = json!(published.to_string());
    event
}

fn sample_feedback() -> Value {
    let mut events = events().into_iter();
    let sample = events.find(|(name, _)| name == "record-mail-feedback");
    sample.expect("a sample event").1
}

/// Checks that `answer` shows that `operation` understood its sample `event`.
pub fn expect_understood(operation: &str, event: &Value, answer: &Value) {
    assert!(answer["errorType"].is_null(), "{operation}: {answer:#}");
    let Some(status) = answer["statusCode"].as_u64() else {
        assert!(event["routeKey"].is_null() || operation == "authorize", "{operation}: {answer:#}");
        return;
    };
    let body = answer["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default();
    assert!(status < 400 || FOREIGN.contains(&code), "{operation}: {answer:#}");
}
