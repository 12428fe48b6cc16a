//! The checker sees it when something does not hold. Each test breaks one statement of
//! docs/INVARIANTS.md by writing rows, and the checker names it.

use serde_json::{Value, json};
use tests::{Browser, Household, Portal};

const MARTIN: Household = Household::MARTIN;
const LEFEVRE: Household = Household::LEFEVRE;
const AGENCY: &str = "lilas@bailleur.example";

/// A portal whose tables are about to be broken, with two tenants whose leases end.
async fn to_be_broken() -> (Portal, Browser) {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    let browser = portal.tenant(&MARTIN).await;
    portal.tenant(&LEFEVRE).await;
    let rows = [MARTIN.row("2027-08-31"), LEFEVRE.row("2027-08-31")];
    portal.import(&rows).await.expect_status(200);
    portal.settle().await;
    assert_eq!(portal.broken(), []);
    portal.without_checker("breaks the tables to see it found");
    (portal, browser)
}

/// The row of a table that `is` so, with its key.
async fn row(portal: &Portal, table: &str, is: impl Fn(&str, &Value) -> bool) -> Value {
    let rows = portal.items(table).await;
    let found = rows.into_iter().find(|row| is(row["pk"]["S"].as_str().unwrap(), row));
    found.expect("such a row")
}

async fn lease_of(portal: &Portal, household: &Household) -> Value {
    let key = format!("lease#{}", household.lease);
    row(portal, "tenants", |pk, _| pk == key).await
}

async fn account_of(portal: &Portal, household: &Household) -> Value {
    row(portal, "tenants", |pk, row| {
        pk.starts_with("tenant#") && row["email"]["S"] == household.email
    })
    .await
}

async fn credentials_of(portal: &Portal, household: &Household) -> Value {
    let key = format!("email#{}", household.email);
    row(portal, "tenants", |pk, _| pk == key).await
}

/// The newest token row of a kind.
async fn token_of(portal: &Portal, kind: &str) -> Value {
    row(portal, "tokens", |pk, _| pk.split('#').next() == Some(kind)).await
}

/// Writes `broken` in place of `row`; checks that what is found then, and was not before, is that
/// `statement`, in these `words` among others. The row is put back.
#[track_caller]
fn expect_found(new: &[tests::Broken], statement: u8, words: &str) {
    let named = new.iter().any(|it| it.statement == statement && it.by.contains(words));
    assert!(named, "{statement}, {words}: {new:#?}");
}

/// What is found once `change` was made to `row` and was not found before. The row is put back.
async fn found_with(
    portal: &Portal,
    table: &str,
    row: &Value,
    change: impl FnOnce(&mut Value),
) -> Vec<tests::Broken> {
    let before = portal.broken();
    let mut broken = row.clone();
    change(&mut broken);
    portal.put_items(table, &[broken]).await;
    let found = portal.broken();
    portal.put_items(table, std::slice::from_ref(row)).await;
    found.into_iter().filter(|it| !before.contains(it)).collect()
}

fn remove(row: &mut Value, name: &str) {
    row.as_object_mut().unwrap().remove(name);
}

fn text(text: &str) -> Value {
    json!({"S": text})
}

fn number(number: i64) -> Value {
    json!({"N": number.to_string()})
}

#[tokio::test]
async fn credentials_that_name_no_active_account_of_their_address_and_epoch_are_found() {
    let (portal, _) = to_be_broken().await;
    let credentials = credentials_of(&portal, &MARTIN).await;
    let account = account_of(&portal, &MARTIN).await;

    let found = found_with(&portal, "tenants", &credentials, |row| row["epoch"] = number(7)).await;
    expect_found(&found, 1, "is of epoch Some(7)");
    let other = account_of(&portal, &LEFEVRE).await["id"].clone();
    let found = found_with(&portal, "tenants", &credentials, |row| row["tenant"] = other).await;
    expect_found(&found, 1, "whose address is eloise@exemple.example");
    let found = found_with(&portal, "tenants", &credentials, |row| {
        row["pk"] = text("email#second@exemple.example");
    })
    .await;
    expect_found(&found, 1, "is expected");
    let found = found_with(&portal, "tenants", &account, |row| remove(row, "status")).await;
    expect_found(&found, 1, "which is not active");
    let found = found_with(&portal, "tenants", &credentials, |row| {
        row["password"] = text(MARTIN.password);
    })
    .await;
    expect_found(&found, 1, "something else than a hash");
}

#[tokio::test]
async fn a_lease_and_an_account_that_disagree_are_found() {
    let (portal, _) = to_be_broken().await;
    let lease = lease_of(&portal, &MARTIN).await;
    let free = lease_of(&portal, &Household::NDIAYE).await;
    let id = lease["tenant"].clone();

    let found = found_with(&portal, "tenants", &lease, |row| remove(row, "tenant")).await;
    expect_found(&found, 2, "is active; its lease#12345678 says null");
    let found = found_with(&portal, "tenants", &free, |row| row["tenant"] = id.clone()).await;
    expect_found(&found, 2, "holds [");
    expect_found(&found, 2, "lease#23456789 names");
    let found = found_with(&portal, "tenants", &free, |row| row["last_tenant"] = id).await;
    expect_found(&found, 2, "lease#23456789 was");
    let found =
        found_with(&portal, "tenants", &lease, |row| row["ends_on"] = text("2027-09-30")).await;
    expect_found(&found, 2, "says ends_on");
}

#[tokio::test]
async fn what_an_ended_account_still_has_is_found() {
    let (portal, _) = to_be_broken().await;
    let credentials = credentials_of(&portal, &MARTIN).await;
    let lease = lease_of(&portal, &MARTIN).await;
    let account = account_of(&portal, &MARTIN).await;
    let id = account["id"]["S"].as_str().unwrap();
    let session =
        row(&portal, "tokens", |pk, row| pk.starts_with("session#") && row["tenant"]["S"] == id)
            .await;
    let body = json!({"lease": MARTIN.lease, "reason": "Départ"}).to_string().into_bytes();
    let path = "/api/agency/closures";
    let method = reqwest::Method::POST;
    portal.agency(method, path, "application/json", body).await.expect_status(204);
    let ended = account_of(&portal, &MARTIN).await;

    let found = found_with(&portal, "tenants", &credentials, |_| {}).await;
    expect_found(&found, 3, "has ended and has the credentials");
    let found = found_with(&portal, "tenants", &lease, |_| {}).await;
    expect_found(&found, 3, "has ended and holds lease#12345678");
    let epoch = ended["epoch"].clone();
    let found = found_with(&portal, "tokens", &session, |row| row["epoch"] = epoch).await;
    expect_found(&found, 3, "is deactivated at epoch");
    let asked = json!({"M": {"link": text("A"), "until": number(1)}});
    let found = found_with(&portal, "tenants", &ended, |row| row["asked_to_close"] = asked).await;
    expect_found(&found, 3, "still has asked_to_close");
    let found = found_with(&portal, "tenants", &ended, |row| row["erased_at"] = number(1)).await;
    expect_found(&found, 3, "is erased and still has");
}

#[tokio::test]
async fn a_session_that_lives_too_long_or_is_of_an_epoch_to_come_is_found() {
    let (portal, _) = to_be_broken().await;
    let session = token_of(&portal, "session").await;

    let found = found_with(&portal, "tokens", &session, |row| row["epoch"] = number(9)).await;
    expect_found(&found, 4, "is of epoch Some(9)");
    let found =
        found_with(&portal, "tokens", &session, |row| row["expires_at"] = number(4_102_444_800))
            .await;
    expect_found(&found, 4, "lives longer than it may");
    let found = found_with(&portal, "tokens", &session, |row| row["secret"] = text("me")).await;
    expect_found(&found, 4, "something else than a hash");
}

#[tokio::test]
async fn a_link_used_out_of_its_time_or_by_nobody_is_found() {
    let (portal, _) = to_be_broken().await;
    let link = token_of(&portal, "registration").await;
    let late = link["expires_at"].clone();

    let found = found_with(&portal, "tokens", &link, |row| row["used_at"] = late).await;
    expect_found(&found, 5, "was used out of its time");
    let found = found_with(&portal, "tokens", &link, |row| {
        row["payload"]["M"]["password"] = text("$argon2id$");
    })
    .await;
    expect_found(&found, 5, "still keeps a password");
    let found = found_with(&portal, "tokens", &link, |row| row["outbox"] = text("0")).await;
    expect_found(&found, 5, "its mail still waits");
    let found = found_with(&portal, "tokens", &link, |row| remove(row, "tenant")).await;
    expect_found(&found, 5, "of no account");
}

#[tokio::test]
async fn a_link_used_twice_or_with_another_effect_is_found() {
    let (portal, browser) = to_be_broken().await;
    let asked = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &asked).await.expect_status(202);
    portal.settle().await;
    let link = token_of(&portal, "password-reset").await;
    let account = account_of(&portal, &MARTIN).await;
    let update = |table: &str, row: &Value, name: &str, value: Value| {
        json!({
            "TableName": table,
            "Key": {"pk": row["pk"]},
            "UpdateExpression": format!("SET {name} = :value"),
            "ExpressionAttributeValues": {":value": value},
        })
    };
    let at = link["created_at"]["N"].as_str().unwrap().parse::<i64>().unwrap() + 1;
    let use_it = |at: i64| update("tokens", &link, "used_at", number(at));

    portal.write_as("reset-password", "UpdateItem", &use_it(at)).await;
    expect_found(&portal.broken(), 5, "its account was not changed with it");
    portal.write_as("reset-password", "UpdateItem", &use_it(at + 1)).await;
    expect_found(&portal.broken(), 5, "changed used_at of");
    let moved = update("tenants", &account, "epoch", number(2));
    portal.write_as("reset-password", "UpdateItem", &moved).await;
    expect_found(&portal.broken(), 5, "acted without using a password-reset");
    expect_found(&portal.broken(), 6, "are expected, [] are there");
}

#[tokio::test]
async fn a_mail_without_an_end_or_without_its_cause_is_found() {
    let (portal, _) = to_be_broken().await;
    let notice = token_of(&portal, "notice").await;

    let found = found_with(&portal, "tokens", &notice, |row| remove(row, "settled")).await;
    expect_found(&found, 6, "neither waits nor has one final state");
    let found =
        found_with(&portal, "tokens", &notice, |row| row["settled"] = text("refused")).await;
    expect_found(&found, 6, "is settled as refused, and was mailed 1 times");
    let found = found_with(&portal, "tokens", &notice, |row| {
        remove(row, "settled");
        row["outbox"] = text("nowhere");
        row["try_at"] = number(4_102_444_800);
    })
    .await;
    expect_found(&found, 6, "waits where no sweep looks");
    let found = found_with(&portal, "tokens", &notice, |row| row["to"] = text(AGENCY)).await;
    expect_found(&found, 6, "not to Some(\"lilas@bailleur.example\")");
    let mut unsent = notice.clone();
    unsent["pk"] = text("notice#AAAAAAAAAAAAAAAAAAAAAA");
    let put = json!({"TableName": "tokens", "Item": unsent});
    portal.write_as("change-password", "PutItem", &put).await;
    expect_found(&portal.broken(), 6, "is settled as sent, and no mail was");
    expect_found(&portal.broken(), 6, "[] are expected, [\"notice ");
}

#[tokio::test]
async fn an_account_with_another_step_than_its_dates_ask_for_is_found() {
    let (portal, _) = to_be_broken().await;
    let account = account_of(&portal, &MARTIN).await;

    for name in ["lifecycle", "due_on", "closes_on"] {
        let found = found_with(&portal, "tenants", &account, |row| remove(row, name)).await;
        expect_found(&found, 7, "it has no");
    }
    for (name, value, words) in [
        ("due_on", "2027-10-30", "not its step"),
        ("closes_on", "2027-11-29", "not its step"),
        ("lifecycle", "first-warning#9", "it belongs into the shard"),
    ] {
        let found = found_with(&portal, "tenants", &account, |row| row[name] = text(value)).await;
        expect_found(&found, 7, words);
    }
    let found = found_with(&portal, "tenants", &account, |row| remove(row, "ends_on")).await;
    expect_found(&found, 7, "its lease has no end, and it has lifecycle");
}

#[tokio::test]
async fn a_row_at_another_place_of_a_list_than_its_own_is_found() {
    let (portal, browser) = to_be_broken().await;
    let lease = lease_of(&portal, &MARTIN).await;
    for (name, value, words) in [
        ("list", "name#du", "it is in another list than its place"),
        ("place", "martin camille#00412837", "its place is another lease's"),
        ("place", "martin#12345678", "its place has no first name"),
    ] {
        let found = found_with(&portal, "tenants", &lease, |row| row[name] = text(value)).await;
        expect_found(&found, 11, words);
    }
    let asked = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &asked).await.expect_status(202);
    portal.settle().await;
    let account = account_of(&portal, &MARTIN).await;
    let found = found_with(&portal, "tenants", &account, |row| remove(row, "list")).await;
    expect_found(&found, 11, "it waits, and is not in the queue");
    let found = found_with(&portal, "tenants", &account, |row| remove(row, "asked_to_close")).await;
    expect_found(&found, 11, "it is at the place of no request of its own");
    let found = found_with(&portal, "tenants", &account, |row| row["list"] = text("name#ma")).await;
    expect_found(&found, 11, "it is at another account's place");
    let mut unlisted = lease.clone();
    remove(&mut unlisted, "list");
    let put = json!({"TableName": "tenants", "Item": unlisted});
    portal.write_as("import-leases", "PutItem", &put).await;
    expect_found(&portal.broken(), 11, "was imported, and is not listed");
}

#[tokio::test]
async fn what_a_stranger_does_beyond_the_limits_is_found() {
    let (portal, browser) = to_be_broken().await;
    let asked = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &asked).await.expect_status(202);
    portal.settle().await;
    let count = row(&portal, "tokens", |pk, _| pk.starts_with("throttle#mail-source#")).await;

    let found = found_with(&portal, "tokens", &count, |row| row["count"] = number(31)).await;
    expect_found(&found, 8, "has count 31, of 30 at most");
    let found = found_with(&portal, "tokens", &count, |row| row["count"] = number(-1)).await;
    expect_found(&found, 8, "has count -1");
    let found = found_with(&portal, "tokens", &count, |row| {
        row["pk"] = text("throttle#mail-source#camille@exemple.example#1");
    })
    .await;
    expect_found(&found, 8, "names an address");
    let mut registration = token_of(&portal, "registration").await;
    registration["payload"]["M"]["email"] = text("personne@exemple.example");
    let put = json!({"TableName": "tokens", "Item": registration});
    portal.write_as("register", "PutItem", &put).await;
    expect_found(&portal.broken(), 8, "which anybody may call, wrote registration#");
}

#[tokio::test]
async fn rows_of_kinds_that_are_not_ours_are_no_fault() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let foreign = json!({
        "pk": text("later-kind#1"),
        "tenant": text("nobody"),
        "outbox": text("9"),
        "expires_at": number(1),
    });

    portal.put_items("tokens", &[foreign]).await;

    assert_eq!(portal.broken(), []);
}
