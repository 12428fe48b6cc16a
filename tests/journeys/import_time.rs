//! How long a full file of leases waits for the tables. `tests/benches/import.rs` has it with real
//! latencies.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{HEADER, Household, Portal};

/// A tenth of the largest file.
const ROWS: usize = 1_000;
/// What DynamoDB takes for a call and for a transaction, in milliseconds: measured on AWS by others,
/// and the assumption of every figure here.
const CALL_MS: f64 = 7.6;
const TRANSACTION_MS: f64 = 25.0;
/// What a file may wait for the tables, in milliseconds: API Gateway waits 30 s in all. The rest is for
/// reading the file, and for calls that are repeated.
const MOST_MS: f64 = 20_000.0;

#[tokio::test]
async fn a_full_file_that_changes_every_account_leaves_a_third_of_its_time() {
    // The accounts have no credentials, so the checker would not agree with them.
    let portal = Portal::open_for_a_bench().await;
    portal.tenant(&Household::MARTIN).await;
    let (leases, accounts) = (many(&portal, "lease#").await, many(&portal, "tenant#").await);
    portal.put_items("tenants", &leases).await;
    portal.put_items("tenants", &accounts).await;
    portal.forget_requests().await;

    let rows = (0..ROWS).map(|number| household(number).row("2031-12-31"));
    let file = format!("{HEADER}\n{}\n", rows.collect::<Vec<_>>().join("\n"));
    let path = format!("/api/agency/leases?confirm={ROWS}");
    let answer = portal.agency(Method::POST, &path, "text/csv", file.into_bytes()).await;

    let calls = portal.requests_of("import-leases").await;
    assert_eq!(
        answer.status,
        200,
        "{} after {} calls, {:#?}",
        answer.body,
        calls.len(),
        calls.last()
    );
    let answer = answer.json;
    assert_eq!(
        (&answer["updated"], &answer["consequences"]["ending"]),
        (&json!(ROWS), &json!(ROWS))
    );
    let latency = |call: &Value| match call["action"].as_str().unwrap() {
        action if action.starts_with("Transact") => TRANSACTION_MS,
        _ => CALL_MS,
    };
    // One after another, whatever they are: that is the longest that they can take.
    let waits: f64 = calls.iter().map(latency).sum();
    assert!(calls.len() > ROWS / 50, "{}", calls.len());
    assert!(waits * 10.0 <= MOST_MS, "{} ms for {} calls", waits * 10.0, calls.len() * 10);
}

/// Rows like the one of the household Martin whose key begins with `kind`: one for each household.
async fn many(portal: &Portal, kind: &str) -> Vec<Value> {
    let lease = Household::MARTIN.lease;
    let rows = portal.items("tenants").await;
    let is_martins = |row: &&Value| {
        let key = row["pk"]["S"].as_str().unwrap();
        key.starts_with(kind) && (key.ends_with(lease) || row["lease"]["S"] == lease)
    };
    let row = rows.iter().find(is_martins).unwrap();
    let like = |number: usize| {
        let (mut row, household) = (row.clone(), household(number));
        let tenant = format!("{number:0>21}A");
        if kind == "lease#" {
            row["pk"] = json!({"S": format!("lease#{}", household.lease)});
            row["reference"] = json!({"S": household.lease});
            row["place"] = json!({"S": format!("martin camille#{}", household.lease)});
            row["tenant"] = json!({"S": tenant});
        } else {
            row["pk"] = json!({"S": format!("tenant#{tenant}")});
            row["id"] = json!({"S": tenant});
            row["lease"] = json!({"S": household.lease});
            row["email"] = json!({"S": household.email});
        }
        row
    };
    (0..ROWS).map(like).collect()
}

fn household(number: usize) -> Household {
    Household {
        lease: format!("{:08}", 70_000_000 + number).leak(),
        email: format!("foyer-{number}@exemple.example").leak(),
        ..Household::MARTIN
    }
}
