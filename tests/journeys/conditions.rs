//! Rules of the store that matter only between a read and a write. Each test holds an operation open
//! before the write that the rule is for, and lets another operation change what was read.
//!
//! docs/RULES.md lists every rule with the test that fails without it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Held, Household, Portal, bounce_of, token_in};

const MARTIN: Household = Household::MARTIN;
const NDIAYE: Household = Household::NDIAYE;
const LEFEVRE: Household = Household::LEFEVRE;
const NEW_ADDRESS: &str = "camille.nouveau@exemple.example";
const NEW_PASSWORD: &str = "sept oies grises 7";
/// How long an operation may take to make the call that is held.
const LONGEST: Duration = Duration::from_secs(20);

/// What both answer when `other` runs whole while the call of `act` is `held`.
async fn meanwhile<A, B>(
    held: Held,
    act: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> (A, B) {
    tokio::join!(act, async {
        tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
        let other = other.await;
        drop(held);
        other
    })
}

/// Waits until the call is `held`.
async fn begun(held: &Held) {
    tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
}

async fn close(portal: &Portal, household: &Household) -> Answer {
    let body = json!({"lease": household.lease, "reason": "Départ"}).to_string().into_bytes();
    portal.agency(Method::POST, "/api/agency/closures", "application/json", body).await
}

async fn forget(portal: &Portal, email: &str) {
    let body = json!({"email": email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);
}

async fn reset(portal: &Portal, token: &str) -> Answer {
    let body = json!({"token": token, "password": NEW_PASSWORD});
    portal.browser().post("/api/password-resets/confirm", &body).await
}

/// Runs the daily job of `day` at 03:00 UTC and returns its report.
async fn day(portal: &Portal, day: &str) -> Value {
    portal.set_clock(&format!("{day}T03:00:00Z")).await;
    portal.run_daily_job(&format!("{day}T03:00:00Z")).await
}

/// The newest mail to `address`, once the mails have settled.
async fn newest(portal: &Portal, address: &str) -> Value {
    portal.settle().await;
    portal.mails_to(address).await.remove(0)
}

/// SES's report of a complaint about `mail`.
fn complaint(mail: &Value) -> Value {
    let mut event = bounce_of(mail);
    let detail = event.as_object_mut().unwrap();
    detail.remove("bounce");
    detail["eventType"] = json!("Complaint");
    let recipients = json!([{"emailAddress": mail["to"]}]);
    detail.insert("complaint".to_owned(), json!({"complainedRecipients": recipients}));
    event
}

/// The second that the clock shows.
async fn now(portal: &Portal) -> i64 {
    let now = portal.local_get("/_local/clock").await["now"].clone();
    now.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

/// The row of the account of a household, in `DynamoDB`'s JSON.
async fn account_row(portal: &Portal, household: &Household) -> Value {
    let rows = portal.items("tenants").await;
    let is_it = |row: &&Value| {
        row["pk"]["S"].as_str().unwrap().starts_with("tenant#")
            && row["lease"]["S"] == household.lease
            && row["status"]["S"] == "active"
    };
    rows.iter().find(is_it).unwrap().clone()
}

/// A tenant whose lease ends on 31 August 2027. The landlord imports that date on 1 June.
async fn leaving() -> Portal {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    portal.tenant(&MARTIN).await;
    portal.import(&[MARTIN.row("2027-08-31")]).await.expect_status(200);
    portal.settle().await;
    portal
}

// SettingsAsRead.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_closed_while_it_is_changed_stays_as_it_was() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let body = json!({"language": "en"});

    let held = portal.hold_at("update-account", "TransactWriteItems", 0);
    let change = browser.send(Method::PATCH, "/api/account", &body);
    let (changed, closed) = meanwhile(held, change, close(&portal, &MARTIN)).await;

    closed.expect_status(204);
    changed.expect_problem(401, "unauthenticated");
    let rows = portal.items("tenants").await;
    let account = rows.iter().find(|row| row["status"]["S"] == "deactivated").unwrap();
    assert_eq!(account["language"]["S"], "fr");
}

// The credentials are read before the account, which is closed in between.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_to_an_account_that_is_closed_meanwhile_is_refused() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let browser = portal.browser();

    let held = portal.hold_at("login", "GetItem", 1);
    let (signed_in, closed) =
        meanwhile(held, browser.sign_in(&MARTIN), close(&portal, &MARTIN)).await;

    closed.expect_status(204);
    signed_in.expect_problem(401, "bad_credentials");
}

// AccountMarkAsRead.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_recorded_while_the_address_changes_does_not_mark_the_new_one() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let report = complaint(&newest(&portal, MARTIN.email).await);
    let body = json!({"email": NEW_ADDRESS, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &body).await.expect_status(202);
    let body = json!({"token": portal.link_mailed_to(NEW_ADDRESS).await});

    let held = portal.hold_at("record-mail-feedback", "TransactWriteItems", 0);
    let confirm = browser.post("/api/email-changes/confirm", &body);
    let ((), confirmed) = meanwhile(held, portal.report(&report), confirm).await;

    confirmed.expect_status(200);
    let lease = portal.lease(MARTIN.lease).await.expect_status(200).json;
    assert_eq!(lease["account"]["mail_state"], Value::Null);
}

// AccountTermsAsRead. The first import only changes a name, so it keeps the plan of the exit date that it
// has read.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_held_open_while_another_changes_the_exit_date_leaves_the_plan_of_its_own() {
    let portal = leaving().await;
    let renamed = Household { first_name: "Camille Anne", ..MARTIN };
    let (names, dates) = ([renamed.row("2027-08-31")], [MARTIN.row("2027-10-31")]);

    let held = portal.hold_at("import-leases", "TransactWriteItems", 0);
    let (one, other) = meanwhile(held, portal.import(&names), portal.import(&dates)).await;

    one.expect_status(200);
    other.expect_status(200);
    let account = account_row(&portal, &MARTIN).await;
    assert_eq!(account["ends_on"]["S"], "2027-08-31");
    assert_eq!(account["closes_on"]["S"], "2027-11-30");
}

// AccountClosingAsRead.
#[tokio::test(flavor = "multi_thread")]
async fn a_warning_that_is_noted_while_the_lease_is_prolonged_is_no_warning_of_its_new_end() {
    let portal = leaving().await;
    let held = portal.hold_at("deliver-mail", "TransactWriteItems", 0);
    assert_eq!(day(&portal, "2027-10-31").await["warned"], 1);
    begun(&held).await;

    portal.import(&[MARTIN.row("2028-08-31")]).await.expect_status(200);
    drop(held);

    portal.settle().await;
    assert_eq!(account_row(&portal, &MARTIN).await.get("warned_on"), None);
}

// StepAsRead. The lease has had another account since, so the erasure does not concern it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_that_erase_an_account_at_once_one_does() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.tenant(&MARTIN).await;
    close(&portal, &MARTIN).await.expect_status(204);
    portal.settle().await;
    portal.advance("P6M").await;
    let back = Household { email: NEW_ADDRESS, ..MARTIN };
    portal.tenant(&back).await;
    close(&portal, &back).await.expect_status(204);
    portal.settle().await;
    portal.advance("P7M").await;
    let now = portal.local_get("/_local/clock").await["now"].clone();
    let time = now.as_str().unwrap();

    let held = portal.hold_at("expire-accounts", "TransactWriteItems", 0);
    let (one, other) =
        meanwhile(held, portal.run_daily_job(time), portal.run_daily_job(time)).await;

    assert_eq!((&one["erased"], &other["erased"]), (&json!(0), &json!(1)));
}

// LeaseLastHeld. The household has come back and leaves again.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_held_open_leaves_the_lease_to_the_account_that_held_it_since() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.tenant(&MARTIN).await;
    close(&portal, &MARTIN).await.expect_status(204);
    portal.settle().await;
    portal.advance("P13M").await;
    let back = Household { email: NEW_ADDRESS, ..MARTIN };
    portal.tenant(&back).await;
    portal.settle().await;
    let now = portal.local_get("/_local/clock").await["now"].clone();

    let held = portal.hold_at("expire-accounts", "TransactWriteItems", 0);
    let erase = portal.run_daily_job(now.as_str().unwrap());
    let (_, closed) = meanwhile(held, erase, close(&portal, &back)).await;

    closed.expect_status(204);
    let lease = portal.lease(MARTIN.lease).await.expect_status(200).json;
    assert_eq!(lease["account"]["status"], "deactivated");
}

// AccountAsRead and LeaseHeld: each does without the other.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_moves_to_two_leases_at_once_holds_one() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let tab = browser.copy();
    let body = |household: &Household| {
        let Household { lease, last_name, .. } = household;
        json!({"lease": lease, "last_name": last_name, "password": MARTIN.password})
    };
    let (first, second) = (body(&NDIAYE), body(&LEFEVRE));

    let held = portal.hold_at("change-lease", "TransactWriteItems", 0);
    let one = browser.send(Method::PUT, "/api/account/lease", &first);
    let other = tab.send(Method::PUT, "/api/account/lease", &second);
    let (one, other) = meanwhile(held, one, other).await;

    other.expect_status(200);
    one.expect_status(200);
    let mut held = Vec::new();
    for household in [MARTIN, NDIAYE, LEFEVRE] {
        let lease = portal.lease(household.lease).await.expect_status(200).json;
        held.extend(lease["account"].is_object().then_some(household.lease));
    }
    assert_eq!(held, [NDIAYE.lease]);
}

// LeaseHolderAsRead.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_held_open_while_the_lease_gets_its_account_changes_both() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    let token = portal.link_mailed_to(MARTIN.email).await;
    let rows = [MARTIN.row("2099-12-31")];

    let held = portal.hold_at("import-leases", "TransactWriteItems", 0);
    let (imported, activated) =
        meanwhile(held, portal.import(&rows), browser.activate(&token)).await;

    imported.expect_status(200);
    activated.expect_status(200);
    assert_eq!(account_row(&portal, &MARTIN).await["ends_on"]["S"], "2099-12-31");
}

// LeaseFree.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_recorded_while_its_registration_is_activated_marks_no_lease() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    let token = portal.link_mailed_to(MARTIN.email).await;
    let report = complaint(&newest(&portal, MARTIN.email).await);

    let held = portal.hold_at("record-mail-feedback", "UpdateItem", 0);
    let ((), activated) = meanwhile(held, portal.report(&report), browser.activate(&token)).await;

    activated.expect_status(200);
    let key = format!("lease#{}", MARTIN.lease);
    let rows = portal.items("tenants").await;
    let lease = rows.iter().find(|row| row["pk"]["S"] == key).unwrap();
    assert_eq!(lease.get("pending_mail_state"), None);
}

// RequestOpen.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_move_drops_while_its_mail_is_refused_is_told_to_nobody() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    portal.fail("ses", "reject", Some(1)).await;
    let held = portal.hold_at("deliver-mail", "TransactWriteItems", 0);
    let body = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &body).await.expect_status(202);
    begun(&held).await;

    let Household { lease, last_name, .. } = NDIAYE;
    let body = json!({"lease": lease, "last_name": last_name, "password": MARTIN.password});
    browser.send(Method::PUT, "/api/account/lease", &body).await.expect_status(200);
    drop(held);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "lease-changed"]);
}

// LinkUsable: the link expires between the read and the write.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_expires_while_it_is_followed_is_not_used() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    forget(&portal, MARTIN.email).await;
    let token = token_in(&portal.mail_to(MARTIN.email, 3).await).unwrap();
    portal.settle().await;

    // The credentials are read after the link and its account.
    let held = portal.hold_at("reset-password", "GetItem", 2);
    let (answer, ()) = meanwhile(held, reset(&portal, &token), portal.advance("PT61M")).await;

    answer.expect_problem(410, "link_expired");
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
}

// LinkUnbound. The first delivery is so slow that its claim runs out, and another has mailed the link.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_delivery_does_not_void_the_link_that_another_one_has_mailed() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    // Its first update claims the row, the second one binds the link to the account.
    let held = portal.hold_at("deliver-mail", "UpdateItem", 1);
    forget(&portal, MARTIN.email).await;
    begun(&held).await;

    let body = json!({"current_password": MARTIN.password, "new_password": "huit lynx blonds 8"});
    browser.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);
    portal.advance("PT6M").await;
    portal.sweep_mails().await;
    drop(held);

    portal.settle().await;
    let mails = portal.mails_to(MARTIN.email).await;
    let mail = mails.iter().find(|mail| mail["tags"]["mail"] == "password-reset").unwrap();
    reset(&portal, &token_in(mail).unwrap()).await.expect_status(204);
}

// A delivery reads the registration before it reads whether its address has an account.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_asked_for_again_while_its_link_is_followed_is_not_due() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let registered = browser.register(&MARTIN).await.expect_status(202).json;
    let path =
        format!("/api/registrations/{}/resend", registered["registration"].as_str().unwrap());
    let token = portal.link_mailed_to(MARTIN.email).await;
    portal.settle().await;

    let held = portal.hold_at("deliver-mail", "GetItem", 1);
    browser.post(&path, &json!({})).await.expect_status(202);
    begun(&held).await;
    browser.activate(&token).await.expect_status(200);
    drop(held);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

// SessionAsRead: the session expires between the read and the write.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_expires_while_it_is_refreshed_is_not_prolonged() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    let held = portal.hold_at("refresh-session", "GetItem", 0);
    let (refreshed, ()) = meanwhile(held, browser.refresh(), portal.advance("PT12H1M")).await;

    refreshed.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");
}

// DynamoDB shows a transaction row by row while it commits: here the account's new epoch is seen twice
// without the session's, or the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_stays_open_however_often_a_change_of_password_is_seen_by_halves() {
    for function in ["get-account", "refresh-session"] {
        let portal = Portal::open().await;
        let browser = portal.tenant(&MARTIN).await;
        let tab = browser.copy();
        let mut current = MARTIN.password.to_owned();

        let mut held = portal.hold_at(function, "GetItem", half(function));
        let asked = tokio::spawn(async move {
            match function {
                "get-account" => tab.account().await,
                _ => tab.refresh().await,
            }
        });
        for round in 0..2 {
            begun(&held).await;
            let next = format!("numéro {round} bis 77");
            let body = json!({"current_password": current, "new_password": next});
            browser.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);
            current = next;
            held = portal.hold_at(function, "GetItem", half(function));
        }
        drop(held);

        asked.await.unwrap().expect_status(200);
    }
}

/// The number of the first read after another, by which `function` sees a change by halves.
fn half(function: &str) -> usize {
    usize::from(function == "refresh-session")
}

/// Waits until a delivery has put a mail off: its row of `kind` counts an attempt.
async fn until_put_off(portal: &Portal, kind: &str) {
    for _ in 0..500 {
        let rows = portal.items("tokens").await;
        let is_it = |row: &Value| {
            row["pk"]["S"].as_str().unwrap().starts_with(kind) && row["admitted"]["BOOL"] == true
        };
        if rows.iter().any(is_it) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {kind} was put off");
}

#[tokio::test]
async fn a_reset_link_that_waits_is_not_mailed_once_the_password_is_changed() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    forget(&portal, MARTIN.email).await;
    until_put_off(&portal, "password-reset#").await;
    portal.fail("ses", "none", None).await;

    let body = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
    browser.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);
    portal.mail_to(MARTIN.email, 3).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    portal.advance("PT10M").await;

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "password-changed"]);
}

#[tokio::test]
async fn a_request_that_waits_is_not_mailed_once_the_agency_has_done_it() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let body = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &body).await.expect_status(200);
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    let body = json!({"kind": "stop-paperless"});
    browser.post("/api/account/agency-requests", &body).await.expect_status(202);
    until_put_off(&portal, "agency-request#").await;
    portal.fail("ses", "none", None).await;

    let body = json!({"lease": MARTIN.lease, "reason": "Demande", "kind": "stop-paperless"});
    let body = body.to_string().into_bytes();
    let done = portal.agency(Method::POST, "/api/agency/closures", "application/json", body).await;
    done.expect_status(204);
    portal.mail_to(MARTIN.email, 4).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    portal.advance("PT10M").await;
    portal.settle().await;

    assert_eq!(portal.mails_to("lilas@bailleur.example").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_change_of_password_ends_meanwhile_revokes_no_session() {
    let portal = Portal::open().await;
    let owner = portal.tenant(&MARTIN).await;
    let sessions = owner.get("/api/sessions").await.expect_status(200).json;
    let path = format!("/api/sessions/{}", sessions["sessions"][0]["id"].as_str().unwrap());
    let other = portal.browser();
    other.sign_in(&MARTIN).await.expect_status(200);

    let held = portal.hold_at("revoke-session", "TransactWriteItems", 0);
    let revoke = other.keep(other.request(Method::DELETE, &path));
    let body = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
    let change = owner.send(Method::PUT, "/api/account/password", &body);
    let (answer, changed) = meanwhile(held, revoke, change).await;

    changed.expect_status(204);
    answer.expect_problem(401, "unauthenticated");
    owner.refresh().await.expect_status(200);
}

// SessionOwnedAsRead.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_whose_secret_is_replaced_while_its_session_is_revoked_is_told_why() {
    let portal = Portal::open().await;
    let revoked = portal.tenant(&MARTIN).await;
    let sessions = revoked.get("/api/sessions").await.expect_status(200).json;
    let path = format!("/api/sessions/{}", sessions["sessions"][0]["id"].as_str().unwrap());
    portal.advance("PT61M").await;
    let owner = portal.browser();
    owner.sign_in(&MARTIN).await.expect_status(200);

    let held = portal.hold_at("revoke-session", "TransactWriteItems", 0);
    let revoke = owner.keep(owner.request(Method::DELETE, &path));
    let (answer, refreshed) = meanwhile(held, revoke, revoked.refresh()).await;

    refreshed.expect_status(200);
    answer.expect_status(204);
    let told = revoked.refresh().await.expect_problem(401, "unauthenticated");
    assert_eq!(told.json["reason"], "revoked");
}

// MailKnown.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_mail_that_is_deleted_before_it_is_settled_does_not_come_back() {
    let portal = Portal::open().await;
    portal.without_checker("writes a row that cannot be read");
    let pk = "notice#AAAAAAAAAAAAAAAAAAAAAA";
    let second = json!({"N": now(&portal).await.to_string()});
    let broken = json!({
        "pk": {"S": pk}, "mail": {"S": "password-changed"}, "outbox": {"S": "0"},
        "try_at": second, "attempts": {"N": "0"}, "created_at": {"S": "no number"},
    });
    // Its first update claims the row, the second one settles it.
    let held = portal.hold_at("deliver-mail", "UpdateItem", 1);
    portal.put_items("tokens", &[broken]).await;
    begun(&held).await;

    let delete = json!({"TableName": "tokens", "Key": {"pk": {"S": pk}}});
    portal.write_as("a test", "DeleteItem", &delete).await;
    drop(held);

    portal.settle().await;
    assert_eq!(portal.token_row(pk).await, Value::Null);
}

// MailClaimed. The first delivery is so slow that its claim runs out, and another has sent the mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_delivery_does_not_put_off_a_mail_that_another_one_has_sent() {
    let portal = Portal::open().await;
    portal.fail("ses", "unverified", Some(1)).await;
    // Its first update claims the row, the second one counts the mail, the third one puts it off.
    let held = portal.hold_at("deliver-mail", "UpdateItem", 2);
    portal.browser().register(&MARTIN).await.expect_status(202);
    begun(&held).await;

    portal.advance("PT6M").await;
    portal.sweep_mails().await;
    drop(held);

    portal.mail_to(MARTIN.email, 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    portal.settle().await;
    let rows = portal.items("tokens").await;
    let is_it = |row: &&Value| row["pk"]["S"].as_str().unwrap().starts_with("registration#");
    let row = rows.iter().find(is_it).unwrap();
    assert_eq!((&row["settled"]["S"], row.get("try_at")), (&json!("sent"), None));
}

// MailDue. Both sweeps find the mail, and the other one sends it before this one claims it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_sweeps_that_find_a_mail_one_sends_it() {
    let portal = Portal::open().await;
    portal.fail("ses", "down", Some(1)).await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    until_put_off(&portal, "registration#").await;
    portal.advance("PT6M").await;

    let held = portal.hold_at("deliver-mail", "UpdateItem", 0);
    let (swept, other) = meanwhile(held, portal.sweep_mails(), portal.sweep_mails()).await;

    assert_eq!((&swept["sent"], &other["sent"]), (&json!(0), &json!(1)));
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 1);
}

// A claim lasts longer than a delivery.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_ses_is_being_asked_to_send_is_left_alone_by_the_sweep() {
    let portal = Portal::open().await;
    let held = portal.hold_at("deliver-mail", "SendEmail", 0);
    portal.browser().register(&MARTIN).await.expect_status(202);
    begun(&held).await;

    portal.advance("PT1M").await;
    let swept = portal.sweep_mails().await;
    drop(held);

    assert_eq!(swept["sent"], 0);
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 1);
}

/// Until when mails to the account of [`MARTIN`] are stopped.
async fn held_until(portal: &Portal) -> jiff::Timestamp {
    let lease = portal.lease(MARTIN.lease).await.expect_status(200).json;
    lease["account"]["mail_held_until"].as_str().unwrap().parse().unwrap()
}

// NoBounce.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_report_of_a_first_bounce_does_not_shorten_the_stop() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:00Z").await;
    portal.tenant(&MARTIN).await;
    let report = bounce_of(&newest(&portal, MARTIN.email).await);

    let held = portal.hold_at("record-mail-feedback", "UpdateItem", 0);
    let (_, until) = meanwhile(held, portal.try_to_report(&report), async {
        portal.advance("PT1H").await;
        portal.report(&report).await;
        held_until(&portal).await
    })
    .await;

    assert_eq!(held_until(&portal).await, until);
}

// BounceAsRead.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_report_of_a_bounced_probe_does_not_shorten_the_stop() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:00Z").await;
    portal.tenant(&MARTIN).await;
    portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;
    portal.advance("PT25H").await;
    forget(&portal, MARTIN.email).await;
    let report = bounce_of(&newest(&portal, MARTIN.email).await);

    let held = portal.hold_at("record-mail-feedback", "UpdateItem", 0);
    let (_, until) = meanwhile(held, portal.try_to_report(&report), async {
        portal.advance("PT1H").await;
        portal.report(&report).await;
        held_until(&portal).await
    })
    .await;

    assert!(until > "2031-04-01T00:00:00Z".parse().unwrap(), "it was a probe: {until}");
    assert_eq!(held_until(&portal).await, until);
}

// NotProbed.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_mails_at_once_after_a_stop_one_is_the_probe() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:00Z").await;
    portal.tenant(&MARTIN).await;
    portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;
    portal.advance("PT25H").await;
    let stranger = Household { email: MARTIN.email, ..NDIAYE };
    let before = portal.mails_to(MARTIN.email).await.len();

    // Its first update claims the row, the second one counts the mail, the third one is the probe's.
    let held = portal.hold_at("deliver-mail", "UpdateItem", 2);
    portal.browser().register(&stranger).await.expect_status(202);
    begun(&held).await;
    portal
        .browser()
        .register(&Household { email: MARTIN.email, ..LEFEVRE })
        .await
        .expect_status(202);
    // The stream waits for the first one, so it is a sweep that delivers the second one.
    portal.advance("PT1M").await;
    portal.sweep_mails().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), before + 1);
    drop(held);

    // The first one waits for an hour, to see whether the probe comes back.
    let in_half_an_hour = now(&portal).await + 1_800;
    let waits = |row: &Value| {
        let try_at = row["try_at"]["N"].as_str().and_then(|second| second.parse::<i64>().ok());
        try_at.is_some_and(|try_at| try_at > in_half_an_hour)
    };
    for _ in 0..200 {
        if portal.items("tokens").await.iter().any(waits) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), before + 1);
    portal.advance("PT2H").await;
    portal.mail_to(MARTIN.email, before + 2).await;
}
