//! What the clients of each stack of this process have sent and got, by the stack's address.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::secrets::Secrets;
use crate::Answer;

/// Members of an answer that are secrets. Others are words of ours, or come with a request or a row.
const ANSWERED: [&str; 7] =
    ["access_token", "email", "first_name", "last_name", "lease", "message", "registration"];

/// Parameters of a query that say nothing of anybody.
const PLAIN_PARAMETERS: [&str; 3] = ["confirm", "dry_run", "page"];

static TRAFFIC: LazyLock<Mutex<HashMap<String, Secrets>>> = LazyLock::new(Mutex::default);

/// Notes a call to the API and its answer.
pub(crate) fn note(url: &Url, headers: &HeaderMap, body: &[u8], answer: &Answer) {
    let mut secrets = Secrets::default();
    for (name, value) in url.query_pairs().filter(|(name, _)| !PLAIN_PARAMETERS.contains(&&**name))
    {
        secrets.add_token(&value, &format!("{name} of a query"));
    }
    note_headers(&mut secrets, headers);
    if let Ok(body) = serde_json::from_slice::<Value>(body) {
        secrets.add_json(&body, url.path());
    }
    for cookie in answer.headers.get_all("set-cookie") {
        let text = cookie.to_str().unwrap_or_default();
        let (name, value) =
            text.split(';').next().and_then(|it| it.split_once('=')).unwrap_or_default();
        note_cookie(&mut secrets, name, value);
    }
    if url.path().starts_with("/api/")
        && url.path() != "/api/openapi.json"
        && answer.status.is_success()
    {
        secrets.add_members(&answer.json, &ANSWERED, &format!("the answer of {}", url.path()));
    }
    let mut traffic = TRAFFIC.lock().unwrap_or_else(PoisonError::into_inner);
    traffic.entry(url.authority().to_owned()).or_default().extend(secrets);
}

/// What was noted of the stack at `address`.
pub(crate) fn of(address: &str) -> Secrets {
    let traffic = TRAFFIC.lock().unwrap_or_else(PoisonError::into_inner);
    traffic.get(authority(address)).cloned().unwrap_or_default()
}

/// Forgets what was noted of the stack at `address`: another stack may get its port.
pub(crate) fn forget(address: &str) {
    TRAFFIC.lock().unwrap_or_else(PoisonError::into_inner).remove(authority(address));
}

fn authority(address: &str) -> &str {
    address.split_once("://").map_or(address, |(_, authority)| authority)
}

fn note_headers(secrets: &mut Secrets, headers: &HeaderMap) {
    for (name, value) in headers {
        let value = value.to_str().unwrap_or_default();
        match name.as_str() {
            "cookie" => {
                for (name, value) in value.split("; ").filter_map(|pair| pair.split_once('=')) {
                    note_cookie(secrets, name, value);
                }
            }
            "authorization" => {
                let bearer = value.strip_prefix("Bearer ").unwrap_or_default();
                secrets.add_token(bearer, "a bearer token");
            }
            "x-forwarded-for" => secrets.add_source(value),
            "user-agent" => secrets.add(value, "a user agent"),
            _ => {}
        }
    }
}

fn note_cookie(secrets: &mut Secrets, name: &str, value: &str) {
    if name != "language" {
        secrets.add_token(value, &format!("the cookie {name}"));
    }
}
