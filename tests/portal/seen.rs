//! The requests and faults of a tab.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// The requests and faults of a tab.
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
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The cause of the request: `parser`, `script`, …
    pub initiator: String,
    /// The kind of resource: `Document`, `Stylesheet`, `Script`, `Fetch`, …
    pub kind: String,
    /// The status of the answer; 0 until it comes.
    pub status: u64,
    /// The bytes of the answer, headers included.
    pub bytes: u64,
    /// The bytes of its headers. HTTP/2, which API Gateway speaks, compresses the headers of all
    /// answers together; HTTP/1.1, which the local stack speaks, does not.
    pub header_bytes: u64,
}

impl Seen {
    /// Records an event of the tab.
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
            // The other issues are about speed, or about cookies that Chromium refused from other
            // sites as it should.
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

    /// From now on, a fault with `part` in it is expected.
    pub fn expect(&self, part: &'static str) {
        self.events().is_expected.push(part);
    }

    /// The faults that no test expected.
    pub fn faults(&self) -> Vec<String> {
        let events = self.events();
        let is_expected = |fault: &&String| events.is_expected.iter().any(|e| fault.contains(e));
        events.faults.iter().filter(|fault| !is_expected(fault)).cloned().collect()
    }

    /// The requests since [`forget_requests`](Self::forget_requests).
    pub fn requests(&self) -> Vec<Request> {
        self.events().requests.clone()
    }

    /// Forgets the requests so far.
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

/// A number of bytes; Chromium gives it as a decimal fraction.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it counts bytes")]
fn rounded(bytes: &Value) -> u64 {
    bytes.as_f64().unwrap_or_default().round() as u64
}

/// Whether it is the line that Chromium logs for an answer of the API with a status from 400 to
/// 499.
fn is_refusal(entry: &Value) -> bool {
    let [source, text, url] = ["source", "text", "url"].map(|key| entry[key].as_str());
    source == Some("network")
        && text.is_some_and(|text| text.contains("responded with a status of 4"))
        && url.is_some_and(|url| url.contains("/api/"))
}
