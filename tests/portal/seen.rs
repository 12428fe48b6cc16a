//! What happened in a tab: what it asked for, and what went wrong that no test expects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// What happened in a tab.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Events>);

#[derive(Debug, Default)]
struct Events {
    faults: Vec<String>,
    requests: Vec<Request>,
    is_expected: Vec<&'static str>,
}

/// A request that a page made.
#[derive(Clone, Debug)]
pub struct Request {
    id: String,
    /// Its method.
    pub method: String,
    /// Its address.
    pub url: String,
    /// Why it was made: `parser`, `script`, …
    pub initiator: String,
    /// What it is for: `Document`, `Stylesheet`, `Script`, `Fetch`, …
    pub kind: String,
    /// Its answer's status; 0 until then.
    pub status: u64,
    /// How many bytes came, headers included.
    pub bytes: u64,
    /// How many of them were headers. HTTP/2, which API Gateway speaks, compresses those of all
    /// answers together; HTTP/1.1, which this machine speaks, none.
    pub header_bytes: u64,
}

impl Seen {
    /// Takes note of an event.
    pub fn note(&self, event: &str, said: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut events = self.events();
        match event {
            "Runtime.exceptionThrown" => {
                let details = &said["exceptionDetails"];
                let what = &details["exception"]["description"];
                events.faults.push(format!("exception: {} {what}", details["text"]));
            }
            "Runtime.consoleAPICalled" => {
                let arguments = said["args"].as_array().cloned().unwrap_or_default();
                let words = arguments.iter().map(|argument| match &argument["value"] {
                    Value::Null => text(&argument["description"]),
                    value => value.to_string(),
                });
                let words = words.collect::<Vec<_>>().join(" ");
                events.faults.push(format!("console: {}: {words}", text(&said["type"])));
            }
            "Log.entryAdded" => {
                let entry = &said["entry"];
                let line = format!(
                    "log: {} {}: {} {}",
                    text(&entry["level"]),
                    text(&entry["source"]),
                    text(&entry["text"]),
                    text(&entry["url"]),
                );
                if entry["level"] != "verbose" && !is_refusal(entry) {
                    events.faults.push(line);
                }
            }
            // Others are about speed, or cookies kept from other sites, which is what they are for.
            "Audits.issueAdded" => {
                let issue = &said["issue"];
                let code = text(&issue["code"]);
                let is_of_speed =
                    ["PerformanceIssue", "LazyLoadImageIssue"].contains(&code.as_str());
                if !is_of_speed && code != "CookieIssue" {
                    events.faults.push(format!("issue: {code} {}", issue["details"]));
                }
            }
            "Network.requestWillBeSent" => {
                let request = Request {
                    id: text(&said["requestId"]),
                    method: text(&said["request"]["method"]),
                    url: text(&said["request"]["url"]),
                    initiator: text(&said["initiator"]["type"]),
                    kind: text(&said["type"]),
                    status: 0,
                    bytes: 0,
                    header_bytes: 0,
                };
                events.requests.push(request);
            }
            "Network.responseReceived" => {
                let status = said["response"]["status"].as_u64().unwrap_or_default();
                let bytes = rounded(&said["response"]["encodedDataLength"]);
                events.of(said, |request| {
                    request.status = status;
                    request.header_bytes = bytes;
                });
            }
            "Network.loadingFinished" => {
                let bytes = rounded(&said["encodedDataLength"]);
                events.of(said, |request| request.bytes = bytes);
            }
            _ => {}
        }
    }

    /// From now on, a fault that says `part` is what a test is about.
    pub fn expect(&self, part: &'static str) {
        self.events().is_expected.push(part);
    }

    /// What went wrong.
    pub fn faults(&self) -> Vec<String> {
        let events = self.events();
        let is_expected = |fault: &&String| events.is_expected.iter().any(|e| fault.contains(e));
        events.faults.iter().filter(|fault| !is_expected(fault)).cloned().collect()
    }

    /// What was asked for.
    pub fn requests(&self) -> Vec<Request> {
        self.events().requests.clone()
    }

    /// Forgets what was asked for.
    pub fn forget_requests(&self) {
        self.events().requests.clear();
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events {
    fn of(&mut self, said: &Value, change: impl FnOnce(&mut Request)) {
        let id = said["requestId"].as_str().unwrap_or_default();
        if let Some(request) = self.requests.iter_mut().rev().find(|request| request.id == id) {
            change(request);
        }
    }
}

/// A number of bytes, as Chromium says it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it counts bytes")]
fn rounded(bytes: &Value) -> u64 {
    bytes.as_f64().unwrap_or_default().round() as u64
}

/// Whether it is the line that Chromium writes for every answer of the API that refuses.
fn is_refusal(entry: &Value) -> bool {
    let [source, text, url] = ["source", "text", "url"].map(|key| entry[key].as_str());
    source == Some("network")
        && text.is_some_and(|text| text.contains("responded with a status of 4"))
        && url.is_some_and(|url| url.contains("/api/"))
}
