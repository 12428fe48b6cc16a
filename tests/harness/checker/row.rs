//! Rows, as JSON without the types of `DynamoDB`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// A row. Strings and numbers are plain JSON; attributes of other types are as `DynamoDB` writes
/// them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row(Value);

impl Row {
    /// The row that `DynamoDB` writes as `item`.
    pub(super) fn of(item: &Value) -> Self {
        Self(Value::Object(members(item)))
    }

    /// The value at `path`, such as `payload.on`; null if there is none.
    pub(super) fn at(&self, path: &str) -> &Value {
        path.split('.').fold(&self.0, |value, name| &value[name])
    }

    pub(super) fn has(&self, path: &str) -> bool {
        !self.at(path).is_null()
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.at(path).as_str()
    }

    pub(super) fn number(&self, path: &str) -> Option<i64> {
        self.at(path).as_i64()
    }

    pub(super) fn date(&self, path: &str) -> Option<Date> {
        self.text(path)?.parse().ok()
    }

    /// The names of its attributes, without the key.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let members = self.0.as_object().into_iter().flatten();
        members.map(|(name, _)| name.as_str()).filter(|name| *name != "pk")
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.as_object().into_iter().flatten()
    }

    /// Whether it is an account that can sign in.
    pub(super) fn is_active(&self) -> bool {
        self.text("status") == Some("active")
    }

    pub(super) fn is_deactivated(&self) -> bool {
        self.text("status") == Some("deactivated")
    }

    pub(super) fn is_erased(&self) -> bool {
        self.has("erased_at")
    }

    /// Whether the row has expired at `now`.
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.number("expires_at").is_some_and(|at| at <= now.as_second())
    }

    /// The row in a message, without password.
    pub(super) fn shown(&self, names: &[&str]) -> String {
        let told = names.iter().map(|name| format!("{name}: {}", self.at(name)));
        format!("{{{}}}", told.collect::<Vec<_>>().join(", "))
    }
}

fn members(item: &Value) -> Map<String, Value> {
    let item = item.as_object().into_iter().flatten();
    item.map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn plain(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|it| it.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_default(),
        ("M", map) => Value::Object(members(map)),
        ("L", Value::Array(list)) => list.iter().map(plain).collect(),
        ("NULL", _) => Value::Null,
        (_, value) => value.clone(),
    }
}

/// The kind of a key and its id: `("session", "abc")`.
pub(super) fn split(key: &str) -> (&str, &str) {
    key.split_once('#').unwrap_or((key, ""))
}

/// The day of an instant in the landlord's time zone.
pub(super) fn day(at: Timestamp) -> Date {
    const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
    at.to_zoned(PARIS).date()
}

/// An address, folded.
pub(super) fn folded(address: &str) -> String {
    let Some((local, domain)) = address.trim().rsplit_once('@') else {
        return address.to_owned();
    };
    let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase());
    format!("{}@{domain}", local.to_ascii_lowercase())
}
