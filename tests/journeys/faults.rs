//! Every fault at every call of every operation: the right answer or 503, success when it is tried
//! again, and what holds always holds.
//!
//! The calls are those that the local stack records when the operation succeeds; the faults are those
//! that it knows. A run of the suite takes a part of them, always the same; `FAULTS=all` takes all,
//! `FAULTS=login` all of that operation.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tests::{Answer, Browser, Household, Portal, events, token_in};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::calls::{Given, call};

const PASSWORD: &str = "quatre chevaux bleus 4";
const NEW_PASSWORD: &str = "sept oies grises 7";
/// A run of the suite takes one in so many.
const ONE_IN: usize = 9;
/// What asks nothing of the tables, or is a library's.
const WITHOUT_CALLS: [&str; 5] = ["authorize", "keys", "portal", "show-terms", "staff-sign-in"];

/// The faults of the tables, each once and for as long as a call is tried.
const OF_TABLES: [(&str, u32); 9] = [
    ("lost-answer", 1),
    ("down", 3),
    ("conflict", 1),
    ("throttle", 3),
    ("lost-answer", 3),
    ("down", 1),
    ("conflict", 20),
    ("throttle", 1),
    ("slow", 1),
];
/// Those of SES.
const OF_SES: [(&str, u32); 6] = [
    ("lost-answer", 1),
    ("down", 3),
    ("throttle", 5),
    ("unverified", 1),
    ("reject", 1),
    ("lost-answer", 3),
];

/// Whether this run takes the `n`th of all, which is one of `operation`.
#[expect(clippy::disallowed_methods, reason = "the developer chooses how much of it runs")]
fn is_taken(n: usize, operation: &str) -> bool {
    let wanted = std::env::var("FAULTS").unwrap_or_default();
    wanted == "all" || wanted == operation || (wanted.is_empty() && n.is_multiple_of(ONE_IN))
}

/// What an operation is tried with: a household of its own, its browser, the link it was mailed.
struct Case {
    n: usize,
    household: Household,
    browser: Browser,
    token: String,
}

impl Case {
    /// Prepares everything that `operation` needs.
    async fn prepare(portal: &Portal, operation: &str, n: usize) -> Self {
        let household = Household {
            lease: format!("7{n:07}").leak(),
            email: format!("foyer{n}@exemple.example").leak(),
            password: PASSWORD,
            ..Household::MARTIN
        };
        let other = Household { lease: format!("8{n:07}").leak(), ..household };
        let rows = [household.row(""), other.row("")];
        portal.import(&rows).await.expect_status(200);
        let browser = portal.browser().from_source(&format!("2001:db8:{n:x}::1"));
        let mut case = Self { n, household, browser, token: String::new() };
        case.register(portal, operation).await;
        case.ask(portal, operation).await;
        portal.settle().await;
        case
    }

    async fn register(&mut self, portal: &Portal, operation: &str) {
        if operation == "register" || operation == "deliver-mail" {
            return;
        }
        let registered = self.browser.register(&self.household).await.expect_status(202);
        registered.json["registration"].as_str().unwrap().clone_into(&mut self.token);
        if operation == "resend-activation" {
            return;
        }
        self.token = self.token_in(portal, self.household.email, "activation").await;
        if operation == "activate" || operation == "show-link" {
            return;
        }
        self.browser.activate(&self.token).await.expect_status(200);
        self.browser.sign_in(&self.household).await.expect_status(200);
    }

    /// Has mailed what `operation` follows.
    async fn ask(&mut self, portal: &Portal, operation: &str) {
        let second = format!("second{}@exemple.example", self.n);
        match operation {
            // Each case has the counts of an hour of its own.
            "watch-household" => portal.advance("PT1H").await,
            "reset-password" => {
                let body = json!({"email": self.household.email});
                self.browser.post("/api/password-resets", &body).await.expect_status(202);
                self.token = self.token_in(portal, self.household.email, "password-reset").await;
            }
            "confirm-email" | "revert-email" => {
                let body = json!({"email": second, "password": PASSWORD});
                let path = "/api/account/email-changes";
                self.browser.post(path, &body).await.expect_status(202);
                self.token = self.token_in(portal, &second, "email-change-confirm").await;
                if operation == "revert-email" {
                    let body = json!({"token": self.token});
                    let path = "/api/email-changes/confirm";
                    self.browser.post(path, &body).await.expect_status(200);
                    self.token = self.token_in(portal, self.household.email, "email-changed").await;
                }
            }
            "answer-request" => {
                let body = json!({"kind": "close-account"});
                let path = "/api/account/agency-requests";
                self.browser.post(path, &body).await.expect_status(202);
                self.token =
                    self.token_in(portal, "lilas@bailleur.example", "agency-request").await;
            }
            "settle-request" => {
                let body = json!({"kind": "close-account"});
                let path = "/api/account/agency-requests";
                self.browser.post(path, &body).await.expect_status(202);
                self.token = request_of(portal, &self.household).await;
            }
            "revoke-session" => {
                let other = portal.browser();
                other.sign_in(&self.household).await.expect_status(200);
                let listed = self.browser.get("/api/sessions").await.expect_status(200).json;
                let listed = listed["sessions"].as_array().cloned().unwrap();
                let other = listed.iter().find(|session| session["current"] == false).unwrap();
                other["id"].as_str().unwrap().clone_into(&mut self.token);
            }
            "refresh-session" => portal.advance("PT61M").await,
            "expire-accounts" => {
                portal.import(&[self.household.row("2020-01-31")]).await.expect_status(200);
            }
            _ => {}
        }
    }

    /// The token in the newest mail of a `name` to `address`.
    async fn token_in(&self, portal: &Portal, address: &str, name: &str) -> String {
        portal.settle().await;
        let mails = portal.mails_to(address).await;
        let mail = mails.iter().find(|mail| mail["tags"]["mail"] == name).expect("a mail");
        token_in(mail).unwrap()
    }

    /// Calls `operation`.
    async fn act(&self, portal: &Portal, operation: &str) -> Answer {
        let Self { browser, household, token, n } = self;
        let copy = browser.copy();
        let given = Given {
            portal,
            browser: if operation == "login" { &copy } else { browser },
            household: *household,
            token,
            new_password: NEW_PASSWORD,
            new_email: &format!("second{n}@exemple.example"),
            next_lease: &format!("8{n:07}"),
            paperless: true,
        };
        call(operation, &given).await
    }
}

/// The id of the request of `household`, in the queue of staff.
async fn request_of(portal: &Portal, household: &Household) -> String {
    let staff = portal.browser();
    staff.sign_in_as_staff("agent").await;
    let queue = staff.staff_get("/api/staff/requests").await.expect_status(200).json;
    let mut requests = queue["requests"].as_array().expect("requests are a list").iter();
    let request = requests.find(|it| it["lease"] == household.lease).expect("a request");
    request["id"].as_str().expect("an id").to_owned()
}

/// Whether an answer is a success of `operation`.
fn is_good(operation: &str, answer: &Answer) -> bool {
    let failed = !answer.header("x-amz-function-error").is_empty();
    let job = operation == "expire-accounts" && answer.json["failed"] != 0;
    let run = operation == "watch-household" && answer.json["outcome"] != "passed";
    let back = operation == "staff-callback" && answer.header("location") == "/agence";
    (answer.status.is_success() || back) && !failed && !job && !run
}

/// Whether an answer says that nothing else than time is in the way.
fn says_unavailable(operation: &str, answer: &Answer) -> bool {
    let event = ["expire-accounts", "record-mail-feedback", "watch-household"].contains(&operation);
    let failed = !answer.header("x-amz-function-error").is_empty();
    let asked_again = answer.status == 503 && !answer.header("retry-after").is_empty();
    let back = answer.header("location") == "/agence#unavailable";
    asked_again || back || (event && (failed || answer.json["failed"] != 0))
}

/// Whether an answer to a second try says that the first was done, though its answer was lost.
fn says_done(operation: &str, answer: &Answer) -> bool {
    match operation {
        "reset-password" => answer.json["code"] == "link_used",
        // The password that was asked for is no longer the present one.
        "change-password" => answer.json["errors"][0]["code"] == "wrong_password",
        "revoke-session" => answer.json["code"] == "not_found",
        "settle-request" => answer.json["code"] == "already_settled",
        // What the first has left, and could not erase, may be of a run that goes on.
        "watch-household" => answer.json["outcome"] == "another_run",
        // Each try of a count whose answer was lost counts: three of three, for the hour.
        "resend-activation" => answer.json["code"] == "too_many_attempts",
        _ => false,
    }
}

/// The calls that `operation` makes where all goes well: each action with how often.
async fn calls(portal: &Portal, operation: &str, n: usize) -> BTreeMap<String, usize> {
    // The first invocation reads the secret, too.
    for n in [n, n + 1] {
        let case = Case::prepare(portal, operation, n).await;
        portal.forget_requests().await;
        let answer = case.act(portal, operation).await;
        assert!(is_good(operation, &answer), "{operation}: {} {}", answer.status, answer.body);
    }
    let mut calls = BTreeMap::new();
    for call in portal.requests_of(operation).await {
        if call["service"] == "dynamodb" {
            *calls.entry(call["action"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    calls
}

/// Tries `operation` with each of the faults taken at each of its calls; how many that were.
async fn try_with_faults(operation: String, first: usize) -> usize {
    let portal = Portal::open_without_daily_jobs().await;
    let operation = operation.as_str();
    let calls = calls(&portal, operation, 0).await;
    let (mut tried, mut number) = (0, first);
    for (action, times) in calls {
        for skip in 0..times {
            for (fail, count) in OF_TABLES {
                let is_write = !["GetItem", "BatchGetItem", "Query"].contains(&action.as_str());
                if fail == "conflict" && !is_write {
                    continue;
                }
                number += 1;
                if !is_taken(number, operation) {
                    continue;
                }
                tried += 1;
                let what = format!("{operation}, {action} {skip}, {fail} {count} times");
                let case = Case::prepare(&portal, operation, tried + 2).await;
                portal
                    .set_fault(&json!({
                        "service": "dynamodb", "fail": fail, "count": count, "skip": skip,
                        "function": operation, "action": action,
                    }))
                    .await;
                let struck = case.act(&portal, operation).await;
                portal.fail("dynamodb", "none", None).await;
                let fair = is_good(operation, &struck) || says_unavailable(operation, &struck);
                assert!(fair, "{what}: {} {}", struck.status, struck.body);

                let again = case.act(&portal, operation).await;
                let done = !is_good(operation, &struck) || says_done(operation, &again);
                let repeats = is_good(operation, &again) || says_done(operation, &again);
                // What was done once may be refused the second time, as any repetition.
                let repeats = repeats || is_good(operation, &struck);
                assert!(done || repeats, "{what}: {} {}", again.status, again.body);
                assert!(repeats, "{what}, again: {} {}", again.status, again.body);
                portal.settle().await;
            }
        }
    }
    tried
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "how many they were is of interest")]
async fn every_fault_at_every_call_leaves_everything_as_it_has_to_be() {
    let (mut operations, began) = (JoinSet::new(), Instant::now());
    let (mut tried, mut wrong) = (0, Vec::new());
    let mut end = |done: Result<usize, JoinError>| match done {
        Ok(faults) => tried += faults,
        Err(panic) => wrong.push(panic.to_string()),
    };
    for (number, (operation, _)) in events().into_iter().enumerate() {
        if WITHOUT_CALLS.contains(&operation.as_str()) || operation == "deliver-mail" {
            continue;
        }
        operations.spawn(try_with_faults(operation, number));
        // Two at a time: as many as there are cores.
        if operations.len() == 2 {
            end(operations.join_next().await.unwrap());
        }
    }
    while let Some(done) = operations.join_next().await {
        end(done);
    }
    println!("{tried} faults in {} s", began.elapsed().as_secs());
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_call_of_a_delivery_leaves_one_mail() {
    let portal = Portal::open_without_daily_jobs().await;
    let of = |service: &'static str, action: &'static str, faults: &[(&'static str, u32)]| {
        let faults =
            faults.iter().filter(move |(fail, _)| !(action == "GetItem" && *fail == "conflict"));
        faults.map(move |(fail, count)| (service, action, *fail, *count)).collect::<Vec<_>>()
    };
    let mut faults = of("ses", "SendEmail", &OF_SES);
    for action in ["UpdateItem", "GetItem"] {
        faults.extend(of("dynamodb", action, &OF_TABLES));
    }
    for (n, (service, action, fail, count)) in faults.into_iter().enumerate() {
        for skip in 0..if service == "ses" { 1 } else { 3 } {
            if !is_taken(n * 3 + skip + 4, "deliver-mail") {
                continue;
            }
            let case = Case::prepare(&portal, "deliver-mail", 10 * n + skip).await;
            portal
                .set_fault(&json!({
                    "service": service, "fail": fail, "count": count, "skip": skip,
                    "function": "deliver-mail", "action": action,
                }))
                .await;
            case.browser.register(&case.household).await.expect_status(202);
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(300)).await;
                portal.advance("PT10M").await;
                portal.sweep_mails().await;
            }
            portal.fail(service, "none", None).await;
            portal.advance("PT10M").await;
            portal.settle().await;

            let mails = portal.mails_to(case.household.email).await.len();
            let what = format!("{service} {action} {skip}, {fail} {count} times: {mails} mails");
            match (action, fail) {
                (_, "reject") => assert_eq!(mails, 0, "{what}"),
                // An answer of SES is lost, or the mark that follows it.
                (_, "lost-answer") | ("UpdateItem", _) => {
                    assert!((1..=3).contains(&mails), "{what}");
                }
                _ => assert_eq!(mails, 1, "{what}"),
            }
        }
    }
}
