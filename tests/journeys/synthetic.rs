//! The synthetic household: what a run does, leaves and says.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Household, Portal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// In the middle of the turn of the lease `…01`.
const A_TURN: &str = "2027-03-01T09:07:30Z";
/// The lease of that turn.
const LEASE: &str = "99999999999999999901";

/// Runs it once.
async fn watch(portal: &Portal) -> Value {
    let answer = portal.invoke("watch-household", &json!({})).await.expect_status(200);
    assert_eq!(answer.header("x-amz-function-error"), "", "{}", answer.body);
    answer.json
}

/// A portal in the middle of a turn. Steps may take 3 seconds.
async fn open() -> Portal {
    let short = [("WATCH_STEP_SECONDS", "3"), ("WATCH_MAIL_SECONDS", "3")];
    let portal = Portal::open_with(&short).await;
    portal.set_clock(A_TURN).await;
    portal
}

/// The keys of the table of tenants.
async fn kept(portal: &Portal) -> Vec<String> {
    let rows = portal.items("tenants").await;
    let mut keys: Vec<String> =
        rows.iter().map(|row| row["pk"]["S"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

/// The row of the lease of the turn.
async fn lease(portal: &Portal) -> Option<Value> {
    let rows = portal.items("tenants").await;
    rows.into_iter().find(|row| row["pk"]["S"] == format!("lease#{LEASE}"))
}

#[track_caller]
fn passed(report: &Value) {
    assert_eq!(report["outcome"], "passed", "{report}");
}

#[track_caller]
fn failed_at(report: &Value, step: &str, error: &str) {
    assert_eq!((&report["outcome"], &report["step"]), (&json!("failed"), &json!(step)), "{report}");
    assert!(report["error"].as_str().unwrap().contains(error), "{report}");
}

/// Makes the tables fail for `function`.
async fn break_tables(portal: &Portal, function: &str, action: Option<&str>, fail: &str) {
    let mut fault = json!({"service": "dynamodb", "fail": fail, "function": function});
    if let Some(action) = action {
        fault["action"] = json!(action);
    }
    portal.set_fault(&fault).await;
}

#[tokio::test]
async fn a_run_registers_follows_its_mail_signs_in_and_leaves_nothing() {
    let portal = open().await;
    let before = kept(&portal).await;

    let report = watch(&portal).await;

    passed(&report);
    assert_eq!(report["lease"], LEASE);
    portal.settle().await;
    assert_eq!(kept(&portal).await, before);
    let mails = portal.mails().await;
    let mut names: Vec<&str> =
        mails.iter().map(|mail| mail["tags"]["mail"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["account-activated", "activation"]);
    for mail in &mails {
        let to = mail["to"].as_str().unwrap();
        assert!(to.starts_with("success+") && to.ends_with("@simulator.amazonses.com"), "{to}");
    }
    let tokens = portal.items("tokens").await;
    assert!(tokens.iter().all(|row| row["expires_at"]["N"].is_string()), "{tokens:#?}");
}

#[tokio::test]
async fn runs_of_two_hours_are_neither_throttled_nor_in_each_others_way() {
    let portal = open().await;
    let before = kept(&portal).await;
    let mut leases = Vec::new();

    for _ in 0..24 {
        let report = watch(&portal).await;
        passed(&report);
        leases.push(report["lease"].as_str().unwrap().to_owned());
        portal.advance("PT5M").await;
    }

    assert_eq!(kept(&portal).await, before);
    assert_eq!(leases[..12], leases[12..]);
    leases.sort();
    leases.dedup();
    assert_eq!(leases.len(), 12);
}

/// What `infra/costs.py` takes a run for: units of the tables, those of indexes among them.
const READ_UNITS: f64 = 16.0;
const WRITE_UNITS: f64 = 47.0;

#[tokio::test]
async fn a_run_costs_no_more_than_is_said() {
    let portal = open().await;
    passed(&watch(&portal).await);
    portal.settle().await;
    portal.advance("PT5M").await;
    portal.forget_requests().await;

    passed(&watch(&portal).await);

    portal.settle().await;
    let requests = portal.local_get("/_local/requests").await;
    let of = |kind: &str| -> f64 {
        // Sweeps, which read the index of unsent mails all the time, are not the run's.
        let calls = requests.as_array().unwrap().iter().filter(|it| it["action"] != "Query");
        calls.filter_map(|call| call[kind].as_f64()).sum()
    };
    let (reads, writes) = (of("read_units"), of("write_units") + of("index_write_units"));
    // The state of the mail is read until it is sent.
    assert!((READ_UNITS - 4.0..=READ_UNITS).contains(&reads), "{reads}");
    assert!((WRITE_UNITS - 4.0..=WRITE_UNITS).contains(&writes), "{writes}");
}

#[tokio::test]
async fn the_step_that_fails_is_named_and_what_was_made_is_erased() {
    let portal = open().await;
    let before = kept(&portal).await;
    let unavailable = "answered 503 unavailable";

    for (function, action, fail, step, error) in [
        ("watch-household", Some("PutItem"), "down", "prepare", ""),
        ("register", None, "down", "register", unavailable),
        ("register", None, "slow", "register", "not done within 3 s"),
        ("deliver-mail", None, "down", "mail", "not done within 3 s"),
        ("activate", None, "down", "activate", unavailable),
        ("login", None, "throttle", "sign-in", "/api/sessions: answered 503"),
        ("get-account", None, "down", "sign-in", "/api/account: answered 503"),
    ] {
        break_tables(&portal, function, action, fail).await;
        let report = watch(&portal).await;
        failed_at(&report, step, error);
        portal.fail("dynamodb", "none", None).await;

        // Where its own rows cannot be read, they cannot be erased. A later run does.
        portal.advance("PT1H").await;
        passed(&watch(&portal).await);
        portal.sweep_mails().await;
        portal.settle().await;
        assert_eq!(kept(&portal).await, before, "after a failure of {function}");
    }
    for (fail, error) in [("down", "not done within 3 s"), ("reject", "the mail ended as Refused")]
    {
        portal.fail("ses", fail, None).await;
        failed_at(&watch(&portal).await, "mail", error);
        portal.fail("ses", "none", None).await;
        assert_eq!(kept(&portal).await, before, "SES: {fail}");
        portal.advance("PT1H").await;
    }
    passed(&watch(&portal).await);
}

#[tokio::test]
async fn what_a_run_could_not_erase_the_next_one_with_its_lease_does() {
    let portal = open().await;
    let before = kept(&portal).await;
    break_tables(&portal, "watch-household", Some("TransactWriteItems"), "down").await;
    failed_at(&watch(&portal).await, "erase", "");
    portal.fail("dynamodb", "none", None).await;
    assert_eq!(kept(&portal).await.len(), before.len() + 3, "lease, account, credentials");

    // It may be of a run that goes on.
    assert_eq!(watch(&portal).await["outcome"], "another_run");
    assert_eq!(kept(&portal).await.len(), before.len() + 3);
    // Another turn leaves it alone.
    portal.advance("PT5M").await;
    passed(&watch(&portal).await);
    assert_eq!(kept(&portal).await.len(), before.len() + 3);

    portal.advance("PT55M").await;
    let report = watch(&portal).await;

    passed(&report);
    assert_eq!(report["lease"], LEASE);
    assert_eq!(kept(&portal).await, before);
}

#[tokio::test]
async fn a_lease_without_an_account_that_a_run_has_left_is_in_nobodys_way() {
    let portal = open().await;
    let before = kept(&portal).await;
    portal.fail("ses", "down", None).await;
    break_tables(&portal, "watch-household", Some("DeleteItem"), "down").await;
    failed_at(&watch(&portal).await, "mail", "not done within 3 s");
    portal.fail("ses", "none", None).await;
    portal.fail("dynamodb", "none", None).await;
    let left = lease(&portal).await.expect("the lease of the run");
    assert!(left["tenant"].is_null(), "{left}");

    portal.advance("PT1H").await;
    passed(&watch(&portal).await);

    assert_eq!(kept(&portal).await, before);
}

#[tokio::test]
async fn of_two_runs_at_once_one_does_nothing() {
    let portal = open().await;
    let before = kept(&portal).await;

    let (one, other) = tokio::join!(watch(&portal), watch(&portal));

    let mut outcomes = [&one, &other].map(|report| report["outcome"].as_str().unwrap());
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["another_run", "passed"], "{one} {other}");
    portal.settle().await;
    assert_eq!(kept(&portal).await, before);
}

#[tokio::test]
async fn of_two_runs_that_clean_up_at_once_one_goes_on() {
    let portal = open().await;
    let before = kept(&portal).await;
    break_tables(&portal, "watch-household", Some("TransactWriteItems"), "down").await;
    failed_at(&watch(&portal).await, "erase", "");
    portal.fail("dynamodb", "none", None).await;
    portal.advance("PT1H").await;
    // The first one has found what is left, and is about to erase it.
    let held = portal.hold_at("watch-household", "TransactWriteItems", 0);

    let late = async {
        held.began().await;
        let other = watch(&portal).await;
        drop(held);
        other
    };
    let (one, other) = tokio::join!(watch(&portal), late);

    passed(&other);
    passed(&one);
    portal.settle().await;
    assert_eq!(kept(&portal).await, before);
}

#[tokio::test]
async fn an_account_that_the_agency_closes_meanwhile_is_the_daily_jobs() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock(A_TURN).await;
    let before = kept(&portal).await;
    let held = portal.hold_at("watch-household", "TransactWriteItems", 0);

    let closes = async {
        held.began().await;
        let body = json!({"lease": LEASE, "reason": "Who is this?"}).to_string().into_bytes();
        let path = "/api/agency/closures";
        let closed = portal.agency(Method::POST, path, "application/json", body).await;
        closed.expect_status(204);
        drop(held);
    };
    let (report, ()) = tokio::join!(watch(&portal), closes);

    passed(&report);
    portal.settle().await;
    let after = kept(&portal).await;
    let more: Vec<&String> = after.iter().filter(|key| !before.contains(key)).collect();
    assert!(matches!(more[..], [account] if account.starts_with("tenant#")), "{more:?}");
    portal.advance("P1Y1D").await;
    let now = portal.local_get("/_local/clock").await["now"].clone();
    assert_eq!(portal.run_daily_job(now.as_str().unwrap()).await["erased"], 1);
}

#[tokio::test]
async fn a_lease_of_the_landlords_is_never_touched() {
    let portal = open().await;
    let theirs = Household { lease: LEASE, ..Household::MARTIN };
    portal.import(&[theirs.row("")]).await.expect_status(200);
    let browser = portal.tenant(&theirs).await;
    let account = browser.account().await.expect_status(200).json;
    let before = portal.items("tenants").await;

    failed_at(&watch(&portal).await, "prepare", "is the landlord's");

    assert_eq!(portal.items("tenants").await, before);
    assert_eq!(browser.account().await.expect_status(200).json, account);
}

#[tokio::test]
async fn a_lease_that_the_landlord_takes_over_meanwhile_stays() {
    let portal = open().await;
    let theirs = Household { lease: LEASE, ..Household::MARTIN };
    let held = portal.hold_at("register", "PutItem", 0);

    let takes_over = async {
        held.began().await;
        portal.import(&[theirs.row("")]).await.expect_status(200);
        drop(held);
    };
    let (report, ()) = tokio::join!(watch(&portal), takes_over);

    // Its registration was made with other names than the lease has by now.
    failed_at(&report, "activate", "lease_not_recognised");
    let lease = lease(&portal).await.expect("the landlord's lease");
    assert_eq!(lease["last_name"]["S"], theirs.last_name);
    assert!(lease["tenant"].is_null(), "{lease}");
}

#[tokio::test]
async fn a_stranger_who_knows_the_reference_gains_nothing_and_disturbs_nothing() {
    let portal = open().await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;
    // The run waits before it reads whether its mail was sent.
    let held = portal.hold_at("watch-household", "GetItem", 1);

    let stranger = async {
        held.began().await;
        let row = lease(&portal).await.expect("the lease of the run");
        let name = row["last_name"]["S"].as_str().unwrap();
        let guess = Household { lease: LEASE, ..Household::MARTIN };
        for _ in 0..12 {
            let refused = portal.browser().register(&guess).await;
            refused.expect_problem(422, "lease_not_recognised");
        }
        let found = staff.staff_get(&format!("/api/staff/households?q={name}")).await;
        assert_eq!(found.expect_status(200).json["households"], json!([]));
        drop(held);
    };
    let (report, ()) = tokio::join!(watch(&portal), stranger);

    passed(&report);
    let guess = Household { lease: LEASE, ..Household::MARTIN };
    let refused = portal.browser().register(&guess).await;
    refused.expect_problem(422, "lease_not_recognised");
}

/// A server on this machine that answers everything with `answer`; its address.
async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                while stream.read(&mut [0; 4_096]).await.is_ok_and(|read| read > 0) {
                    let length = answer.len();
                    let answer =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{answer}");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address.to_string()
}

#[tokio::test]
async fn a_portal_that_is_not_there_or_not_ours_is_a_failed_registration() {
    let other = server("{\"registration\": \"mine\"}").await;
    for (url, error) in [
        ("http://127.0.0.1:1".to_owned(), "/: no answer"),
        // It speaks no TLS.
        (format!("https://{other}"), "/: no answer"),
        (format!("http://{other}"), "/api/registrations: answered 200"),
    ] {
        let portal = Portal::open_with(&[("PORTAL_URL", &url)]).await;
        let before = kept(&portal).await;

        failed_at(&watch(&portal).await, "register", error);

        assert_eq!(kept(&portal).await, before);
    }
}
