//! The audit trail has one line per act on an account. Also tests the business metrics. That no line has
//! anything of a tenant is checked by the harness, as after every journey.
//!
//! The log is that of the whole process, so this binary has only one test.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may"
)]

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Household, Portal, bounce_of, log, token_in};

const MARTIN: Household = Household::MARTIN;
const SECOND: &str = "camille@deuxieme.example";
const REFUSED: &str = "camille@refused.example";
/// An address that SES names when it rejects a mail.
const REJECTED: &str = "camille.rejetee@exemple.example";
const NEW_PASSWORD: &str = "sept oies grises 7";
const WRONG_PASSWORD: &str = "pas le bon 0";
const SOURCE: &str = "203.0.113.77";
const REASON: &str = "Départ annoncé au guichet";
/// The ARN of the agency's system.
const AGENCY: &str = "arn:aws:iam::000000000000:user/AGENCY";

/// The name of the metric that `line` counts, as CloudWatch reads it; empty for another line.
fn metric(line: &Value) -> &str {
    line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str().unwrap_or_default()
}

/// The state of the story.
struct Story {
    portal: Portal,
    browser: Browser,
    /// The acts so far: operation, who acted, outcome.
    acts: Vec<(&'static str, &'static str, &'static str)>,
}

impl Story {
    async fn begin() -> Self {
        let portal = Portal::open().await;
        let browser = portal.browser().from_source(SOURCE);
        Self { portal, browser, acts: Vec::new() }
    }

    /// Sends `body` and records the expected line of the trail.
    async fn act(
        &mut self,
        operation: &'static str,
        (method, path): (Method, &str),
        body: Value,
        outcome: &'static str,
    ) {
        let answer = self.browser.send(method, path, &body).await;
        let told = answer.json["code"].as_str().unwrap_or("done");
        assert_eq!(told, outcome, "{operation}: {}", answer.body);
        self.acts.push((operation, "tenant", outcome));
    }

    /// The token in the newest mail of this name, once the mails have settled.
    async fn token(&mut self, address: &str, name: &str) -> Value {
        self.portal.settle().await;
        let mails = self.portal.mails_to(address).await;
        let mail = mails.iter().find(|mail| mail["tags"]["mail"] == name).expect("a mail");
        json!({"token": token_in(mail).unwrap()})
    }

    async fn sign_in(&mut self, email: &str, password: &str, outcome: &'static str) {
        let body = json!({"email": email, "password": password, "remember": true});
        self.act("login", (Method::POST, "/api/sessions"), body, outcome).await;
    }

    /// Imports an exit date, a later one, and none.
    async fn move_exit_date(&mut self) {
        for (ends_on, outcome) in [
            ("2098-12-31", "exit_date_set"),
            ("31/12/2099", "exit_date_moved"),
            ("", "exit_date_removed"),
        ] {
            self.portal.import(&[MARTIN.row(ends_on)]).await.expect_status(200);
            self.acts.push(("import-leases", AGENCY, outcome));
        }
        let renamed = Household { first_name: "Camille Anne", ..MARTIN };
        for household in [renamed, MARTIN] {
            self.portal.import(&[household.row("")]).await.expect_status(200);
            self.acts.push(("import-leases", AGENCY, "details_changed"));
        }
        // An unchanged lease leaves no line.
        self.portal.import(&[MARTIN.row("")]).await.expect_status(200);
    }

    /// Asks for a change to an address that SES rejects. SES's message names the recipient, but the
    /// row only keeps the outcome.
    async fn change_to_rejected_address(&mut self) {
        self.portal.settle().await;
        self.portal.fail("ses", "reject", Some(1)).await;
        let rejected = json!({"email": REJECTED, "password": NEW_PASSWORD});
        let path = (Method::POST, "/api/account/email-changes");
        self.act("change-email", path, rejected, "done").await;
        self.portal.settle().await;
        let rows = self.portal.items("tokens").await;
        assert!(rows.iter().all(|row| !row.to_string().contains("blacklisted")), "{rows:#?}");
        let refused = rows.iter().filter(|row| row["settled"]["S"] == "refused");
        assert_eq!(refused.count(), 2, "{rows:#?}");
        let faults = self.portal.local_get("/_local/faults").await;
        assert_eq!(faults["faults"], json!([]), "SES rejected this mail");
    }

    async fn change_address(&mut self, from: &str, to: &str, password: &str) -> Value {
        let body = json!({"email": to, "password": password});
        self.act("change-email", (Method::POST, "/api/account/email-changes"), body, "done").await;
        let token = self.token(to, "email-change-confirm").await;
        let confirm = (Method::POST, "/api/email-changes/confirm");
        self.act("confirm-email", confirm, token, "done").await;
        self.token(from, "email-changed").await
    }
}

/// Checks that SES refused two mails, and that only the code of its errors is logged.
#[track_caller]
fn expect_two_mails_refused(lines: &[Value]) {
    let refused = lines.iter().filter(|line| line["message"] == "refused");
    let codes: Vec<_> = refused.map(|line| line["error"].as_str().unwrap_or_default()).collect();
    assert_eq!(codes, ["MessageRejected"; 2]);
}

#[tokio::test]
async fn each_act_leaves_one_line_and_no_line_names_anybody() {
    let mut story = Story::begin().await;
    story.browser.register(&MARTIN).await.expect_status(202);
    let token = story.token(MARTIN.email, "activation").await;
    story.act("activate", (Method::POST, "/api/activations"), token, "done").await;
    story.sign_in(MARTIN.email, WRONG_PASSWORD, "bad_credentials").await;
    story.sign_in(MARTIN.email, MARTIN.password, "done").await;
    let account = story.browser.account().await.json["id"].as_str().unwrap().to_owned();
    story.acts.push(("get-account", "tenant", "done"));
    let language = json!({"language": "en", "paperless": true});
    story.act("update-account", (Method::PATCH, "/api/account"), language, "done").await;

    let password = (Method::PUT, "/api/account/password");
    let wrong = json!({"current_password": WRONG_PASSWORD, "new_password": NEW_PASSWORD});
    story.act("change-password", password.clone(), wrong, "invalid_fields").await;
    let right = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
    story.act("change-password", password, right, "done").await;
    let refused = json!({"email": REFUSED, "password": NEW_PASSWORD});
    let path = (Method::POST, "/api/account/email-changes");
    story.act("change-email", path, refused, "done").await;
    story.change_to_rejected_address().await;
    let back = story.change_address(MARTIN.email, SECOND, NEW_PASSWORD).await;
    story.act("revert-email", (Method::POST, "/api/email-changes/revert"), back, "done").await;
    let mut reset = story.token(MARTIN.email, "password-reset").await;
    reset["password"] = json!(MARTIN.password);
    let confirm = (Method::POST, "/api/password-resets/confirm");
    story.act("reset-password", confirm, reset, "done").await;
    story.sign_in(MARTIN.email, MARTIN.password, "done").await;

    let asked = json!({"kind": "stop-paperless", "message": REASON});
    let path = (Method::POST, "/api/account/agency-requests");
    story.act("request-agency", path, asked, "done").await;
    let answer = story.token("lilas@bailleur.example", "agency-request").await;
    story.browser.post("/api/agency-requests/answer", &answer).await.expect_status(200);
    story.acts.push(("answer-request", "agency", "done"));
    let elsewhere = json!({
        "lease": "23456789", "last_name": "Autre", "password": MARTIN.password,
    });
    let path = (Method::PUT, "/api/account/lease");
    story.act("change-lease", path, elsewhere, "lease_not_recognised").await;
    story.browser.get("/api/account/export").await.expect_status(200);
    story.acts.push(("export-account", "tenant", "done"));
    story.browser.sign_out().await.expect_status(204);
    story.acts.push(("logout", "tenant", "done"));

    let mail = story.portal.mails_to(MARTIN.email).await.remove(0);
    story.portal.report(&bounce_of(&mail)).await;
    story.acts.push(("record-mail-feedback", "ses", "done"));
    story.move_exit_date().await;
    let closure = json!({"lease": MARTIN.lease, "reason": REASON}).to_string().into_bytes();
    let path = "/api/agency/closures";
    let closed = story.portal.agency(Method::POST, path, "application/json", closure);
    closed.await.expect_status(204);
    story.acts.push(("close-account", AGENCY, "done"));
    story.portal.settle().await;
    let run = json!({"time": "2126-01-01T03:00:00Z"});
    story.portal.invoke("expire-accounts", &run).await.expect_status(200);
    story.acts.push(("expire-accounts", "schedule", "erased"));

    let lines = log();
    let trail: Vec<&Value> = lines.iter().filter(|line| line["message"] == "audit").collect();
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let told: Vec<_> = trail
        .iter()
        .map(|line| ["audit.operation", "audit.by", "audit.outcome"].map(|key| text(line, key)))
        .collect();
    let acts: Vec<_> = story.acts.iter().map(|(o, b, c)| [*o, *b, *c].map(str::to_owned)).collect();
    assert_eq!(told, acts);
    assert!(trail.iter().all(|line| line["account.id"] == account), "{trail:#?}");
    let which = trail.iter().filter(|line| line["audit.what"].is_string());
    let which: Vec<_> = which.map(|line| text(line, "audit.what")).collect();
    assert_eq!(which, ["stop-paperless", "close-account"], "what a restore has to do again");
    let ours = trail.iter().filter(|line| ["tenant", "agency"].contains(&&*text(line, "audit.by")));
    let sources: BTreeSet<_> = ours.map(|line| text(line, "audit.source")).collect();
    assert_eq!(sources.len(), 1, "all calls come from one browser: {sources:?}");
    assert!(sources.iter().all(|source| source.len() == 22), "hashed: {sources:?}");
    expect_two_mails_refused(&lines);
    assert!(lines.len() > 2 * trail.len(), "each request has a line, too");
    let mut metrics = BTreeMap::<String, i64>::new();
    for (name, line) in lines.iter().map(|line| (metric(line), line)) {
        if !name.is_empty() {
            *metrics.entry(name.to_owned()).or_default() += line[name].as_i64().unwrap();
        }
    }
    let refused = |told: &&[String; 3]| told[0] != "import-leases" && told[2].contains('_');
    let refusals = told.iter().filter(refused).count();
    for (name, sum) in [
        ("Registrations", 1),
        ("Activations", 1),
        ("SignIns", 2),
        ("Refusals", i64::try_from(refusals).unwrap()),
        ("MailsRefused", 2),
        ("MailsBounced", 1),
        ("Deactivations", 1),
        ("Erasures", 1),
        ("DailyJobRuns", 1),
    ] {
        assert_eq!(metrics.get(name), Some(&sum), "{name} of {metrics:?}");
    }
    assert!(metrics["MailsSent"] >= 8, "{metrics:?}");
    expect_agencies_to_ring().await;
    expect_looks_to_be_recorded().await;
}

/// Checks that an unreachable agency is counted and named, both when SES refuses a mail and when
/// one bounces.
async fn expect_agencies_to_ring() {
    let portal = Portal::open().await;
    let row = "12345678,Martin,Camille,Agence Muette,agence@refused.example,,,".to_owned();
    portal.import(&[row]).await.expect_status(200);
    let browser = portal.tenant(&MARTIN).await;
    let asked = json!({"kind": "close-account"});
    let path = "/api/account/agency-requests";
    browser.post(path, &asked).await.expect_status(202);
    portal.settle().await;
    portal.import(&[MARTIN.row("")]).await.expect_status(200);
    browser.post(path, &asked).await.expect_status(202);
    portal.settle().await;
    let mail = portal.mails_to("lilas@bailleur.example").await.remove(0);
    portal.report(&bounce_of(&mail)).await;

    let lines = log();
    for (name, agency) in
        [("AgencyUnreachable", "Agence Muette"), ("AgencyMailsBounced", "Agence des Lilas")]
    {
        let counted = lines.iter().filter(|line| metric(line) == name).count();
        assert_eq!(counted, 1, "{name}");
        assert!(lines.iter().any(|line| line["agency.name"] == agency), "{agency} is not named");
    }
}

/// Checks that each look of staff at a household is recorded, also at one without account and at one
/// that the person may not see, and that looks beyond the limit count.
async fn expect_looks_to_be_recorded() {
    let portal = Portal::open_with(&[("LIMIT_STAFF_LOOKS", "2")]).await;
    portal.import(&[MARTIN.row("")]).await.expect_status(200);
    let path = format!("/api/staff/households/{}", MARTIN.lease);
    let (staff, other) = (portal.browser(), portal.browser());
    staff.sign_in_as_staff("agent").await;
    other.sign_in_as_staff("agent-of-one-agency").await;
    staff.staff_get(&path).await.expect_status(200);
    other.staff_get(&path).await.expect_problem(404, "not_found");
    let account = portal.tenant(&MARTIN).await.account().await.json["id"].clone();
    for _ in 0..2 {
        staff.staff_get(&path).await.expect_status(200);
    }

    let lines = log();
    let looks = lines.iter().filter(|line| line["audit.operation"] == "show-household");
    let looks: Vec<_> = looks.collect();
    let told: Vec<_> =
        looks.iter().map(|line| (&line["audit.by"], &line["audit.outcome"])).collect();
    let (agent, other) = (json!("Karim Benali"), json!("Paul Girard"));
    let (done, missed) = (json!("done"), json!("not_found"));
    assert_eq!(told, [(&agent, &done), (&other, &missed), (&agent, &done), (&agent, &done)]);
    let households: BTreeSet<_> = looks.iter().map(|it| it["audit.household"].as_str()).collect();
    assert!(households.len() == 1 && !households.contains(&None), "{looks:#?}");
    let accounts: Vec<_> = looks.iter().map(|line| &line["account.id"]).collect();
    assert_eq!(accounts, [&Value::Null, &Value::Null, &account, &account]);
    assert!(looks.iter().all(|line| line["audit.staff"].is_string()), "{looks:#?}");
    let beyond = lines.iter().filter(|line| metric(line) == "StaffLooksBeyondLimit");
    assert_eq!(beyond.count(), 1);
}
