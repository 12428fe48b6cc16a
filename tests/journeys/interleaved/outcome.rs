//! What the tables and the mailbox say of one household, without what is random or of a moment.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tests::Portal;

/// What differs between any two runs: ids, hashes, instants. [`mails`] says whether a household was warned.
const RANDOM: [&str; 22] = [
    "pk",
    "id",
    "tenant",
    "last_tenant",
    "password",
    "created_at",
    "accepted_at",
    "since",
    "at",
    "reverts",
    "until",
    "expires_at",
    "secret",
    "previous",
    "rotated_at",
    "seen_at",
    "try_at",
    "outbox",
    "place",
    "link",
    "used_at",
    "warned_on",
];

/// What is said of household `n`: rows that last, its sessions, and the links to change its address or its
/// password.
pub(super) async fn of(portal: &Portal, n: usize) -> Value {
    let rows = portal.rows().await;
    let mine = |row: &Value| row.to_string().contains(&format!("{n:07}")) || names(row, n);
    let mut lasting: Vec<Value> = Vec::new();
    let mut accounts: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for row in rows["tenants"].iter().filter(|row| mine(row)) {
        let key = row["pk"]["S"].as_str().unwrap_or_default();
        if key.starts_with("tenant#") {
            let name = format!("account of {}", row["email"]["S"].as_str().unwrap_or_default());
            let id = row["id"]["S"].as_str().unwrap_or_default().to_owned();
            accounts.insert(id, (name, row["epoch"]["N"].clone()));
        }
    }
    for row in rows["tenants"].iter().filter(|row| mine(row)) {
        let key = row["pk"]["S"].as_str().unwrap_or_default();
        let (kind, rest) = key.split_once('#').unwrap_or_default();
        let mut said = without_random(row);
        if let Some(said) = said.as_object_mut() {
            let key = if kind == "tenant" { kind.to_owned() } else { format!("{kind}#{rest}") };
            said.insert("row".to_owned(), json!(key));
            // Its shard is that of its id.
            let step = row["lifecycle"]["S"].as_str().and_then(|step| step.split('#').next());
            said.insert("lifecycle".to_owned(), json!(step));
            let holder = row["tenant"]["S"].as_str().map(|id| accounts.get(id).map(|it| &it.0));
            said.insert("holder".to_owned(), json!(holder));
            let asked = ["asked_to_close", "asked_for_paper"].map(|it| row.get(it).is_some());
            said.insert("asked".to_owned(), json!(asked));
            // How many address changes can still be taken back.
            let reverts = row["reverts"]["L"].as_array().map_or(0, Vec::len);
            said.insert("reverts".to_owned(), json!(reverts));
        }
        lasting.push(said);
    }
    let mut expiring: BTreeMap<String, usize> = BTreeMap::new();
    for row in &rows["tokens"] {
        let key = row["pk"]["S"].as_str().unwrap_or_default();
        let kind = key.split('#').next().unwrap_or_default();
        let owner = row["tenant"]["S"].as_str().and_then(|id| accounts.get(id));
        let Some((_, epoch)) = owner else { continue };
        // Of another epoch it opens nothing, whichever that is.
        let opens = ["session", "email-change", "password-reset"];
        if opens.contains(&kind) && row["epoch"]["N"] == *epoch {
            let used = if row.get("used_at").is_some() { " used" } else { "" };
            *expiring.entry(format!("{kind}{used}")).or_default() += 1;
        }
    }
    lasting.sort_by_key(Value::to_string);
    let said = json!({"lasting": lasting, "expiring": expiring}).to_string();
    // The number of the household is no part of what happened to it.
    let said = said.replace(&format!("{n:07}"), "N").replace(&format!("{n}@"), "N@");
    serde_json::from_str(&said).unwrap()
}

/// How often each mail of household `n` came to each address, and whether its account was warned of its end.
///
/// Mails are sent while others act, so there are more orders of them than of the acts.
pub(super) async fn mails(portal: &Portal, n: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let number = format!("{n:07}");
    for mail in portal.mails().await {
        // A mail to the agency names the lease.
        if names(&mail["to"], n) || mail["text"].to_string().contains(&number) {
            let to = mail["to"].to_string().replace(&format!("{n}@"), "N@");
            let name = mail["tags"]["mail"].as_str().unwrap_or_default();
            *counts.entry(format!("{name} to {to}")).or_default() += 1;
        }
    }
    let rows = portal.rows().await;
    let warned = rows["tenants"].iter().filter(|row| row.to_string().contains(&number));
    let warned = warned.filter(|row| row.get("warned_on").is_some()).count();
    counts.insert("warned".to_owned(), warned);
    counts
}

/// Whether an address of household `n` stands in `value`.
fn names(value: &Value, n: usize) -> bool {
    let text = value.to_string();
    let owners = ["foyer", "demenage", "rival", "tiers", "nouveau", "voisin0.", "voisin1."];
    owners.iter().any(|owner| text.contains(&format!("{owner}{n}@")))
}

fn without_random(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, _)| !RANDOM.contains(&name.as_str()));
            let kept = kept.filter(|(name, _)| !name.starts_with("asked_"));
            Value::Object(
                kept.map(|(name, it)| (name.clone(), without_random(it))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(without_random).collect()),
        other => other.clone(),
    }
}
