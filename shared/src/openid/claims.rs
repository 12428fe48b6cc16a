//! The claims of an identity token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub(super) type Claims = Map<String, Value>;

/// The claims in `token`, which was verified before.
pub(super) fn of(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// The texts of the claim `name`: one, or a list. A name that is no claim itself leads into
/// objects: `realm_access.roles`.
pub(super) fn texts(claims: &Claims, name: &str) -> Vec<String> {
    match claims.get(name).or_else(|| lead(claims, name)) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn lead<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = claims.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}
