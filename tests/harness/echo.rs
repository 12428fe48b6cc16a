//! No answer repeats what opens something, and no problem repeats what was sent.

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::Answer;

/// Members of a body, and parameters of a query, that open something.
const KEYS: [&str; 6] =
    ["access_token", "code", "current_password", "new_password", "password", "token"];

/// Shorter texts stand in words by chance.
const SHORTEST: usize = 6;

/// Checks that `answer` has no password, token or cookie of its call. An answer that is a problem has
/// nothing of what was sent, but the names of fields.
#[track_caller]
pub(crate) fn expect_none(url: &Url, headers: &HeaderMap, body: &[u8], answer: &Answer) {
    let mut sent = Vec::new();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    texts("", &body, &mut sent);
    let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
    sent.extend(query);
    let is_problem = answer.status.as_u16() >= 400;
    sent.retain(|(name, _)| is_problem || KEYS.contains(&name.as_str()));
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bearer = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    sent.push(("authorization".to_owned(), bearer.to_owned()));
    for (name, value) in header("cookie").split("; ").filter_map(|pair| pair.split_once('=')) {
        if name.starts_with("__Host-") {
            sent.push((name.to_owned(), value.to_owned()));
        }
    }
    let others = answer.headers.iter().filter(|(name, _)| *name != "set-cookie");
    let told = others.filter_map(|(_, value)| value.to_str().ok());
    // Two tokens of one second are equal.
    let given = answer.json["access_token"].as_str().unwrap_or_default();
    let body = if given.is_empty() { answer.body.clone() } else { answer.body.replace(given, "") };
    let told: Vec<&str> = told.chain([body.as_str()]).collect();
    for (name, text) in sent.iter().filter(|(_, text)| text.chars().count() >= SHORTEST) {
        // Inside a JSON string, some characters are escaped.
        let escaped = Value::from(text.as_str()).to_string();
        let forms = [text.as_str(), escaped.trim_matches('"')];
        let repeated = told.iter().find(|told| forms.iter().any(|form| told.contains(form)));
        assert!(repeated.is_none(), "{} repeats {name} {text}: {repeated:?}", url.path());
    }
}

/// Every text in `value`, with the name of its member.
fn texts(name: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => into.push((name.to_owned(), text.clone())),
        Value::Array(values) => values.iter().for_each(|value| texts(name, value, into)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| texts(name, value, into));
        }
        _ => {}
    }
}
