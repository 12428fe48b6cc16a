//! What happens at the same time must not interfere: simultaneous calls, lost or late responses,
//! unreadable rows, strangers at their limits. Statements are those of docs/INVARIANTS.md.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Household, Portal, bounce_of, registration};
use tokio::task::JoinSet;

const MARTIN: Household = Household::MARTIN;
const AGENCY: &str = "lilas@bailleur.example";

/// SES reports a permanent bounce of the newest mail to `address`.
async fn comes_back(portal: &Portal, address: &str) {
    portal.settle().await;
    let newest = portal.mails_to(address).await.remove(0);
    portal.report(&bounce_of(&newest)).await;
}

async fn forgot_password(browser: &Browser, email: &str) {
    let form = json!({"email": email});
    browser.post("/api/password-resets", &form).await.expect_status(202);
}

/// Runs the daily job of `day` at 03:00 UTC and returns its report.
async fn day(portal: &Portal, day: &str) -> Value {
    portal.set_clock(&format!("{day}T03:00:00Z")).await;
    portal.run_daily_job(&format!("{day}T03:00:00Z")).await
}

/// A tenant whose lease ends on 31 August 2027. The landlord imports that date on 1 June.
async fn leaving(portal: &Portal) -> Browser {
    portal.set_clock("2027-06-01T08:00:00Z").await;
    let browser = portal.tenant(&MARTIN).await;
    portal.import(&[MARTIN.row("2027-08-31")]).await.expect_status(200);
    browser
}

async fn until_no_fault_is_left(portal: &Portal) {
    for _ in 0..1000 {
        if portal.local_get("/_local/faults").await["faults"] == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("a fault does not strike");
}

// Statement 7: an account is deactivated only if SES took a warning at least 7 days before.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn nobody_is_deactivated_while_no_warning_was_mailed() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    day(&portal, "2027-10-31").await;
    day(&portal, "2027-11-23").await;

    let report = day(&portal, "2027-11-30").await;

    let mails = portal.mails_to(MARTIN.email).await;
    let warned = mails.iter().filter(|mail| mail["tags"]["mail"] == "closing-soon").count();
    assert_eq!((warned, &report["deactivated"]), (0, &json!(0)));
}

// Statement 7 again: a dropped warning, or one that SES never takes, does not count as a warning.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_account_is_not_deactivated_if_a_strangers_reset_made_its_warnings_be_dropped() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    for warning_day in ["2027-10-31", "2027-11-23"] {
        portal.set_clock(&format!("{warning_day}T02:00:00Z")).await;
        forgot_password(&portal.browser(), MARTIN.email).await;
        comes_back(&portal, MARTIN.email).await;
        forgot_password(&portal.browser(), MARTIN.email).await;
        portal.settle().await;
        assert_eq!(day(&portal, warning_day).await["warned"], 1);
        portal.settle().await;
    }

    let report = day(&portal, "2027-11-30").await;

    let mails = portal.mails_to(MARTIN.email).await;
    let warned = mails.iter().filter(|mail| mail["tags"]["mail"] == "closing-soon").count();
    assert!(warned > 0 || report["deactivated"] == 0, "{warned} warned, {report}");
}

// A household whose lease was prolonged must not be told that its account ends.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_warning_that_waited_is_not_mailed_once_the_lease_is_prolonged() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    day(&portal, "2027-10-31").await;
    portal.import(&[MARTIN.row("")]).await.expect_status(200);
    portal.fail("ses", "none", None).await;
    portal.advance("PT10M").await;

    let names = portal.mail_names_to(MARTIN.email).await;

    assert!(!names.contains(&"closing-soon".to_owned()), "{names:?}");
}

// Days are those of Paris: from 04:00 to 03:00 of the next day is one, in less than 24 hours.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_warning_that_waited_over_a_night_puts_the_deactivation_off_by_a_day() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    day(&portal, "2027-10-31").await;
    day(&portal, "2027-11-23").await;
    portal.set_clock("2027-11-24T02:00:00Z").await;
    portal.fail("ses", "none", None).await;
    portal.advance("PT5M").await;
    portal.settle().await;
    let names = portal.mail_names_to(MARTIN.email).await;
    assert!(names.contains(&"closing-soon".to_owned()), "{names:?}");

    assert_eq!(day(&portal, "2027-11-30").await["deactivated"], 0);
    assert_eq!(day(&portal, "2027-12-01").await["deactivated"], 1);
}

// The account was deactivated while the warning waited. The mail would say "in -2 days".
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_warning_that_waited_never_names_a_past_day() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    portal.settle().await;
    day(&portal, "2027-10-31").await;
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    day(&portal, "2027-11-23").await;
    portal.set_clock("2027-12-02T10:00:00Z").await;
    portal.fail("ses", "none", None).await;
    portal.advance("PT1H").await;
    portal.settle().await;

    let names = portal.mail_names_to(MARTIN.email).await;

    let warned = names.iter().filter(|name| *name == "closing-soon").count();
    assert_eq!(warned, 1, "{names:?}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_stopped_address_is_tried_once_a_day() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T08:01:00Z").await;
    portal.tenant(&MARTIN).await;
    comes_back(&portal, MARTIN.email).await;
    let before = portal.mails_to(MARTIN.email).await.len();

    for _ in 0..4 {
        forgot_password(&portal.browser(), MARTIN.email).await;
        comes_back(&portal, MARTIN.email).await;
    }

    assert_eq!(portal.mails_to(MARTIN.email).await.len(), before + 1);
}

// Statement 8: a stranger's calls change none of the tenant's mails. A security notice gets its own
// daily attempt at a stopped address.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_strangers_reset_does_not_use_up_the_daily_attempt_of_a_security_notice() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T08:01:00Z").await;
    let browser = portal.tenant(&MARTIN).await;
    comes_back(&portal, MARTIN.email).await;
    forgot_password(&portal.browser(), MARTIN.email).await;
    portal.settle().await;

    let body = json!({"current_password": MARTIN.password, "new_password": "un autre 77 bis"});
    browser.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert!(names.contains(&"password-changed".to_owned()), "{names:?}");
}

// An outage loses no mail.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_reset_whose_binding_was_answered_late_is_mailed() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    portal.settle().await;
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "slow", "seconds": 1, "count": 1,
            "function": "deliver-mail", "action": "GetItem",
        }))
        .await;
    forgot_password(&portal.browser(), MARTIN.email).await;
    until_no_fault_is_left(&portal).await;
    // The row is claimed by now and the account is being read. Next, the link is bound to the
    // account.
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "lost-answer", "count": 1,
            "function": "deliver-mail", "action": "UpdateItem",
        }))
        .await;
    until_no_fault_is_left(&portal).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    portal.advance("PT10M").await;

    let names = portal.mail_names_to(MARTIN.email).await;

    assert!(names.contains(&"password-reset".to_owned()), "{names:?}");
}

// Statement 6: each mail row ends in one final state.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_whose_link_was_used_before_it_was_noted_has_a_final_state() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    portal.fail("ses", "lost-answer", Some(1)).await;
    browser.register(&MARTIN).await.expect_status(202);
    let token = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&token).await.expect_status(200);
    portal.settle().await;

    let rows = portal.items("tokens").await;
    let row = rows.iter().find(|row| row["pk"]["S"].as_str().unwrap().starts_with("registration#"));

    let row = row.unwrap();
    assert!(row["outbox"].is_null(), "the row has left the queue");
    assert!(!row["settled"].is_null(), "{row}");
}

// An unreadable row does not block other rows. The row is settled as broken and counted.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_incomplete_row_in_the_index_stops_no_sweep() {
    let portal = Portal::open().await;
    let row = json!({
        "pk": {"S": "notice#AAAAAAAAAAAAAAAAAAAAAA"},
        "mail": {"S": "password-changed"},
        "outbox": {"S": "0"},
        "try_at": {"N": "1"},
        "attempts": {"N": "1"},
        "expires_at": {"N": "4102444800"},
    });
    portal.put_items("tokens", &[row]).await;
    portal.fail("ses", "down", Some(1)).await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    until_no_fault_is_left(&portal).await;
    // The delivery may still have to write down that the mail waits.
    tokio::time::sleep(Duration::from_secs(1)).await;
    portal.advance("PT10M").await;
    portal.sweep_mails().await;
    portal.settle().await;

    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 1);
}

// Calls from one source do not use up the limit of a lease for other sources.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_refused_source_never_uses_up_the_lease_of_a_household() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T08:01:00Z").await;
    let stranger = || portal.browser().from_source("198.51.100.7");
    for number in 0..21 {
        let mut form = registration(&MARTIN);
        form["lease"] = json!(format!("9{number:07}"));
        stranger().post("/api/registrations", &form).await;
    }
    stranger().register(&MARTIN).await.expect_status(429);

    let mut refused = 0;
    for _ in 0..8 {
        let mut calls = JoinSet::new();
        for _ in 0..60 {
            let browser = stranger();
            calls.spawn(async move { browser.register(&MARTIN).await.status.as_u16() });
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
        let own = portal.browser().from_source("203.0.113.9").register(&MARTIN).await;
        refused += usize::from(own.status == 429);
        let statuses = calls.join_all().await;
        assert!(statuses.iter().all(|status| *status == 429), "{statuses:?}");
    }

    let quiet = portal.browser().from_source("203.0.113.9").register(&MARTIN).await;
    quiet.expect_status(202);
    assert_eq!(refused, 0, "the household's own registrations were answered 429");
}

// Here the stranger knows reference and name, so only the eleventh call is refused.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn one_source_does_not_use_up_a_lease() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T08:01:00Z").await;
    let stranger = |number: usize| {
        let email: &'static str = format!("nobody{number}@exemple.example").leak();
        (portal.browser().from_source("198.51.100.7"), Household { email, ..MARTIN })
    };
    for number in 0..10 {
        let (browser, household) = stranger(number);
        browser.register(&household).await.expect_status(202);
    }
    let (browser, household) = stranger(10);
    browser.register(&household).await.expect_problem(429, "too_many_attempts");

    portal.browser().from_source("203.0.113.9").register(&MARTIN).await.expect_status(202);
}

// A call that the caller's own limit refuses must not count against anybody else.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_resend_that_the_source_is_refused_does_not_count_against_the_registration() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T08:01:00Z").await;
    let registered = portal.browser().register(&MARTIN).await.expect_status(202).json;
    let path =
        format!("/api/registrations/{}/resend", registered["registration"].as_str().unwrap());
    let busy = || portal.browser().from_source("198.51.100.7");
    for _ in 0..30 {
        forgot_password(&busy(), "personne@exemple.example").await;
    }
    for _ in 0..3 {
        busy().post(&path, &json!({})).await.expect_status(429);
    }

    let elsewhere = portal.browser().from_source("203.0.113.9");
    elsewhere.post(&path, &json!({})).await.expect_status(202);
}

// Statement 7: an active account whose lease has an end has exactly the next step that its dates
// ask for. An account whose lease has no end has no step.
#[tokio::test(flavor = "multi_thread")]
async fn two_simultaneous_imports_leave_the_plan_that_the_lease_asks_for() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let row = |name: &str, ends_on: &str| {
        format!("12345678,Martin,{name},Agence des Lilas,{AGENCY},{ends_on},,")
    };
    for round in 0..60 {
        portal.import(&[row("Camille", "2099-12-31")]).await.expect_status(200);
        // One import only changes the name. The other removes the end.
        let renamed = [row(&format!("Camille{}", "e".repeat(round % 5 + 1)), "2099-12-31")];
        let prolonged = [row("Camille", "")];
        let (one, other) = tokio::join!(portal.import(&renamed), portal.import(&prolonged));
        one.expect_status(200);
        other.expect_status(200);

        let items = portal.items("tenants").await;
        let of = |prefix: &str| {
            let found = items.iter().find(|item| {
                item["pk"]["S"].as_str().unwrap().starts_with(prefix)
                    && (prefix == "tenant#" || item["pk"]["S"] == "lease#12345678")
            });
            found.unwrap().clone()
        };
        let (lease, account) = (of("lease#"), of("tenant#"));
        let ends = !lease["ends_on"].is_null();
        assert_eq!(account["ends_on"], lease["ends_on"], "round {round}");
        assert_eq!(!account["lifecycle"].is_null(), ends, "round {round}: {account}");
    }
}

// A request counts as done only when the agency has done it.
#[tokio::test]
async fn a_request_that_a_move_has_dropped_is_not_shown_as_done() {
    let portal = Portal::open().await;
    let row = "34567890,Durand,Paule,Agence du Parc,parc@bailleur.example,,,".to_owned();
    portal.import(&[row]).await.expect_status(200);
    let browser = portal.tenant(&MARTIN).await;
    let asked = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &asked).await.expect_status(202);
    portal.settle().await;
    let body = json!({"lease": "34567890", "last_name": "Durand", "password": MARTIN.password});
    browser.send(Method::PUT, "/api/account/lease", &body).await.expect_status(200);

    let shown = browser.get("/api/account/agency-requests").await.expect_status(200).json;

    assert_ne!(shown["requests"][0]["state"], "done", "{shown}");
}

// Statement 6: no mail is sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn paperless_granted_several_times_at_once_is_told_once() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let mut calls = JoinSet::new();
    for _ in 0..8 {
        let tab = browser.copy();
        let body = json!({"paperless": true});
        calls.spawn(async move { tab.send(Method::PATCH, "/api/account", &body).await });
    }
    for answer in calls.join_all().await {
        answer.expect_status(200);
    }

    let names = portal.mail_names_to(MARTIN.email).await;
    let told = names.iter().filter(|name| *name == "paperless-started").count();
    assert_eq!(told, 1, "{names:?}");
}

// The agency's client repeats a call that took long.
#[tokio::test(flavor = "multi_thread")]
async fn paper_brought_back_several_times_at_once_is_told_once() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    portal.settle().await;
    let body = json!({"lease": MARTIN.lease, "reason": "Panne", "kind": "stop-paperless"});
    let close = || {
        let body = body.to_string().into_bytes();
        portal.agency(Method::POST, "/api/agency/closures", "application/json", body)
    };
    let answers = tokio::join!(close(), close(), close(), close(), close(), close());
    for answer in [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5] {
        answer.expect_status(204);
    }

    let names = portal.mail_names_to(MARTIN.email).await;
    let told = names.iter().filter(|name| *name == "paperless-stopped").count();
    assert_eq!(told, 1, "{names:?}");
}

// A request whose mail never reached the agency can be made again, also if its row is unreadable.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_request_whose_mail_is_broken_can_be_made_again() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.fail("ses", "down", None).await;
    let asked = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &asked).await.expect_status(202);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let rows = portal.items("tokens").await;
    let is_request = |row: &&Value| row["pk"]["S"].as_str().unwrap().starts_with("agency-request#");
    let mut row = rows.iter().find(is_request).unwrap().clone();
    row["payload"]["M"]["lease"] = json!({"S": "no reference"});
    portal.put_items("tokens", &[row]).await;
    portal.fail("ses", "none", None).await;
    portal.advance("PT10M").await;
    portal.settle().await;
    browser.sign_in(&MARTIN).await.expect_status(200);

    let again = browser.post("/api/account/agency-requests", &asked).await.expect_status(202).json;

    assert_eq!(again["state"], "sent");
}

#[tokio::test]
async fn an_unreadable_mail_row_does_not_fail_the_export() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    let rows = portal.items("tokens").await;
    let is_notice = |row: &&Value| row["pk"]["S"].as_str().unwrap().starts_with("notice#");
    let mut row = rows.iter().find(is_notice).unwrap().clone();
    row["payload"] = json!({"S": "broken"});
    portal.put_items("tokens", &[row]).await;

    browser.get("/api/account/export").await.expect_status(200);
}

// Statement 6: a mail is sent twice only if SES's response or the mark was lost. After three such
// losses the row counts as sent. The write that follows the mail may fail for long.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_request_is_mailed_three_times_at_most_while_the_write_after_it_fails() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "conflict",
            "function": "deliver-mail", "action": "TransactWriteItems",
        }))
        .await;
    let asked = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &asked).await.expect_status(202);
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_secs(4)).await;
        portal.advance("PT6M").await;
    }

    assert!(portal.mails_to(AGENCY).await.len() <= 3, "{}", portal.mails_to(AGENCY).await.len());
}

// Here only reads fail, after SES has taken the mail.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_that_ses_has_taken_is_marked_sent_although_reads_fail() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    portal.set_fault(&json!({"service": "ses", "fail": "slow", "seconds": 2, "count": 1})).await;
    let asked = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &asked).await.expect_status(202);
    for _ in 0..1000 {
        if portal.local_get("/_local/faults").await["faults"] == json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "down",
            "function": "deliver-mail", "action": "GetItem",
        }))
        .await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    portal.fail("dynamodb", "none", None).await;
    portal.advance("PT10M").await;
    portal.settle().await;

    assert_eq!(portal.mails_to(AGENCY).await.len(), 1);
}

// A change of password keeps the session that made it, so other tabs of that browser stay signed
// in.
#[tokio::test(flavor = "multi_thread")]
async fn another_tab_stays_signed_in_while_the_password_is_changed() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let mut current = MARTIN.password.to_owned();
    for round in 0..8 {
        let mut tabs = JoinSet::new();
        for _ in 0..6 {
            let tab = browser.copy();
            tabs.spawn(async move {
                for _ in 0..25 {
                    tab.account().await.expect_status(200);
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let next = format!("numéro {round} bis 77");
        let body = json!({"current_password": current, "new_password": next});
        browser.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);
        current = next;
        tabs.join_all().await;
    }
}

// A count is taken back from the hour in which it was counted.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_count_taken_back_after_its_hour_does_not_raise_the_next_hours_limit() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T08:59:58Z").await;
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "slow", "seconds": 1, "count": 3,
            "function": "register", "action": "GetItem",
        }))
        .await;
    let mut calls = JoinSet::new();
    for _ in 0..3 {
        let browser = portal.browser().from_source("198.51.100.7");
        let mut form = registration(&MARTIN);
        form["last_name"] = json!("Personne");
        calls.spawn(async move { browser.post("/api/registrations", &form).await });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    portal.set_clock("2027-03-10T09:00:05Z").await;
    for answer in calls.join_all().await {
        answer.expect_problem(422, "lease_not_recognised");
    }

    let mut taken = 0;
    for number in 0..13 {
        let browser = portal.browser().from_source(&format!("203.0.113.{number}"));
        taken += usize::from(browser.register(&MARTIN).await.status == 202);
    }
    assert_eq!(taken, 10);
}
