//! The export of all data held about an account.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Map, Value, json};
use tests::{Browser, Household, Portal, bounce_of, token_in};

use Told::{At, Withheld};

const MARTIN: Household = Household::MARTIN;
const SECOND: &str = "camille@deuxieme.example";
const THIRD: &str = "camille@troisieme.example";
const AGENCY: &str = "lilas@bailleur.example";
/// The kinds of rows that are mailed links.
const LINKS: [&str; 5] =
    ["registration", "password-reset", "email-change", "revert", "agency-request"];
/// Each attribute of the rows about an account: the kind of row (the prefix of its key, or `link`
/// for each of [`LINKS`]), the path in the row, and its place in the file or the reason for leaving
/// it out.
const ATTRIBUTES: &[(&str, &str, Told)] = &[
    ("tenant", "pk", At("account.id")),
    ("tenant", "id", At("account.id")),
    ("tenant", "email", At("account.email")),
    ("tenant", "status", At("account.status")),
    ("tenant", "lease", At("account.lease")),
    ("tenant", "last_name", At("account.last_name")),
    ("tenant", "first_name", At("account.first_name")),
    ("tenant", "agency.name", At("account.agency.name")),
    ("tenant", "agency.email", At("account.agency.email")),
    ("tenant", "adviser.name", At("account.adviser.name")),
    ("tenant", "adviser.email", At("account.adviser.email")),
    ("tenant", "ends_on", At("account.ends_on")),
    ("tenant", "closes_on", At("account.closes_on")),
    ("tenant", "language", At("account.language")),
    ("tenant", "paperless.granted", At("account.paperless.granted")),
    ("tenant", "paperless.since", At("account.paperless.since")),
    ("tenant", "paperless.by", At("account.paperless.by")),
    ("tenant", "paperless.caller", At("account.paperless.caller")),
    ("tenant", "paperless.reason", At("account.paperless.reason")),
    ("tenant", "terms.version", At("account.terms.version")),
    ("tenant", "terms.accepted_at", At("account.terms.accepted_at")),
    ("tenant", "created_at", At("account.created_at")),
    ("tenant", "mail_state", At("account.mail_state")),
    ("tenant", "asked_to_close.until", At("account.asked_to_close_until")),
    ("tenant", "asked_to_close.link", Withheld("half of what answers the request")),
    ("tenant", "reverts.until", At("account.address_changes_revocable_until")),
    ("tenant", "reverts.link", Withheld("half of what takes the change back")),
    ("tenant", "epoch", Withheld("counts what ended all sessions, and says nothing more")),
    ("tenant", "lifecycle", Withheld("the next step, which the day of closing tells")),
    ("tenant", "due_on", Withheld("the day of the next step, which the day of closing tells")),
    ("lease", "pk", At("account.lease")),
    ("lease", "reference", At("account.lease")),
    ("lease", "last_name", At("account.last_name")),
    ("lease", "first_name", At("account.first_name")),
    ("lease", "agency.name", At("account.agency.name")),
    ("lease", "agency.email", At("account.agency.email")),
    ("lease", "adviser.name", At("account.adviser.name")),
    ("lease", "adviser.email", At("account.adviser.email")),
    ("lease", "ends_on", At("account.ends_on")),
    ("lease", "tenant", At("account.id")),
    ("email", "pk", At("account.email")),
    ("email", "tenant", At("account.id")),
    ("email", "epoch", Withheld("counts what ended all sessions, and says nothing more")),
    ("email", "password", Withheld("a password, even hashed, is nobody's to see")),
    ("session", "pk", At("sessions.id")),
    ("session", "id", At("sessions.id")),
    ("session", "tenant", At("account.id")),
    ("session", "created_at", At("sessions.created_at")),
    ("session", "seen_at", At("sessions.seen_at")),
    ("session", "expires_at", At("sessions.expires_at")),
    ("session", "user_agent", At("sessions.user_agent")),
    ("session", "persistent", At("sessions.persistent")),
    ("session", "epoch", Withheld("told as whether the session has ended")),
    ("session", "secret", Withheld("opens the session")),
    ("session", "previous", Withheld("opened the session")),
    ("session", "rotated_at", Withheld("when the secret was made")),
    ("session", "new_seen", Withheld("when the secret was first used")),
    ("link", "pk", Withheld("half of what opens it")),
    ("link", "tenant", At("account.id")),
    ("link", "created_at", At("links.created_at")),
    ("link", "expires_at", At("links.expires_at")),
    ("link", "used_at", At("links.used_at")),
    ("link", "epoch", Withheld("counts what ended all sessions, and says nothing more")),
    ("link", "mail", At("links.mail.name")),
    ("link", "attempts", At("links.mail.attempts")),
    ("link", "settled", At("links.mail.outcome")),
    ("link", "settled_at", At("links.mail.at")),
    ("link", "unanswered", Withheld("how often SES did not answer, who is nobody's tenant")),
    ("link", "admitted", Withheld("whether an attempt has looked at the limits")),
    ("registration", "payload.email", At("links.content.email")),
    ("registration", "payload.language", At("links.content.language")),
    ("registration", "payload.paperless", At("links.content.paperless")),
    ("registration", "payload.terms", At("links.content.terms")),
    ("registration", "payload.lease.reference", At("links.content.lease.reference")),
    ("registration", "payload.lease.last_name", At("links.content.lease.last_name")),
    ("registration", "payload.lease.first_name", At("links.content.lease.first_name")),
    ("registration", "payload.lease.agency.name", At("links.content.lease.agency.name")),
    ("registration", "payload.lease.agency.email", At("links.content.lease.agency.email")),
    ("registration", "payload.lease.adviser.name", At("links.content.lease.adviser.name")),
    ("registration", "payload.lease.adviser.email", At("links.content.lease.adviser.email")),
    ("registration", "payload.lease.ends_on", At("links.content.lease.ends_on")),
    ("password-reset", "payload.email", At("links.content.email")),
    ("password-reset", "payload.cause", At("links.content.cause")),
    ("email-change", "payload.email", At("links.content.email")),
    ("revert", "payload.email", At("links.content.email")),
    ("revert", "payload.new", At("links.content.new")),
    ("revert", "payload.occasion.at", At("links.content.occasion.at")),
    ("revert", "payload.occasion.device.browser", At("links.content.occasion.device.browser")),
    ("revert", "payload.occasion.device.system", At("links.content.occasion.device.system")),
    ("agency-request", "payload.kind", At("links.content.kind")),
    ("agency-request", "payload.lease", At("links.content.lease")),
    ("agency-request", "payload.message", At("links.content.message")),
    ("agency-request", "payload.settled.state", At("links.content.settled.state")),
    ("agency-request", "payload.settled.reason", At("links.content.settled.reason")),
    ("agency-request", "payload.settled.at", At("links.content.settled.at")),
    ("notice", "pk", Withheld("tells the row from others, and says nothing more")),
    ("notice", "tenant", At("account.id")),
    ("notice", "to", At("mails.to")),
    ("notice", "language", At("mails.language")),
    ("notice", "mail", At("mails.sending.name")),
    ("notice", "created_at", At("mails.created_at")),
    ("notice", "expires_at", At("mails.expires_at")),
    ("notice", "attempts", At("mails.sending.attempts")),
    ("notice", "settled", At("mails.sending.outcome")),
    ("notice", "settled_at", At("mails.sending.at")),
    ("notice", "unanswered", Withheld("how often SES did not answer, who is nobody's tenant")),
    ("notice", "admitted", Withheld("whether an attempt has looked at the limits")),
    ("notice", "payload.identifier", At("mails.content.payload.identifier")),
    ("notice", "payload.kind", At("mails.content.payload.kind")),
    ("notice", "payload.reason", At("mails.content.payload.reason")),
    ("notice", "payload.occasion.at", At("mails.content.payload.occasion.at")),
    (
        "notice",
        "payload.occasion.device.browser",
        At("mails.content.payload.occasion.device.browser"),
    ),
    (
        "notice",
        "payload.occasion.device.system",
        At("mails.content.payload.occasion.device.system"),
    ),
    ("act", "pk", Withheld("the account and the time, which are exported, and a random part")),
    ("act", "tenant", At("account.id")),
    ("act", "what", At("acts.what")),
    ("act", "by", At("acts.by")),
    ("act", "by_name", At("acts.caller")),
    ("act", "outcome", At("acts.outcome")),
    ("act", "at", At("acts.at")),
    ("act", "expires_at", At("acts.expires_at")),
    ("bounce", "pk", Withheld("the address of the account, hashed")),
    ("bounce", "bounced_at", At("returned_mail.at")),
    ("bounce", "reason", At("returned_mail.reason")),
    ("bounce", "stopped_until", At("returned_mail.no_mail_until")),
    ("bounce", "expires_at", Withheld("until when it is remembered that a mail came back")),
];

/// Whether the file has an attribute.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// The attribute is in the file, at this path.
    At(&'static str),
    /// The attribute is left out, for this reason.
    Withheld(#[expect(dead_code, reason = "the table documents it")] &'static str),
}

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_export_is_a_file_with_everything_held() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    portal.import(&[MARTIN.row("2031-11-30")]).await.expect_status(200);
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in_to_stay(&MARTIN).await.expect_status(200);
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let request = json!({"kind": "stop-paperless"});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    let change = json!({"email": "camille@autre.example", "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.settle().await;

    let answer = browser.get("/api/account/export").await.expect_status(200);

    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"mon-espace-locataire.json\""
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let export = &answer.json;
    assert_eq!(
        members(export),
        BTreeSet::from([
            "account",
            "acts",
            "exported_at",
            "links",
            "mails",
            "returned_mail",
            "sessions",
        ])
    );
    assert!(export["exported_at"].as_str().unwrap().starts_with("2031-03-03T09:00:"));
    let account = &export["account"];
    let shown = browser.account().await.json;
    for member in members(&shown).difference(&BTreeSet::from(["paperless", "terms"])) {
        assert_eq!(account[*member], shown[*member], "{member}");
    }
    assert_eq!((&account["status"], &account["ends_on"]), (&json!("active"), &json!("2031-11-30")));
    assert_eq!(account["paperless"]["granted"], true);
    assert_eq!(account["paperless"]["by"], "tenant");
    assert_eq!(account["terms"]["version"], "2026-01");
    assert_eq!(account["asked_to_close_until"], Value::Null);
    assert!(account["asked_for_paper_until"].as_str().unwrap().starts_with("2031-04-02T09:00:"));
    let listed = browser.get("/api/sessions").await.json;
    let exported = export["sessions"].as_array().unwrap();
    assert_eq!(exported.len(), 2);
    for session in exported {
        let listed = listed["sessions"].as_array().unwrap();
        let listed = listed.iter().find(|listed| listed["id"] == session["id"]).unwrap();
        for member in members(listed).difference(&BTreeSet::from(["current"])) {
            assert_eq!(session[*member], listed[*member], "{member}");
        }
        assert_eq!(session["ended"], false);
        assert!(session["expires_at"].is_string());
    }
    let named = |list: &str, name: fn(&Value) -> &Value| {
        let list = export[list].as_array().unwrap().iter();
        let mut names: Vec<&str> = list.map(|one| name(one).as_str().unwrap()).collect();
        names.sort_unstable();
        names
    };
    let purposes = named("links", |link| &link["purpose"]);
    assert_eq!(purposes, ["agency-request", "email-change", "registration"]);
    let mails = named("mails", |mail| &mail["sending"]["name"]);
    let expected = ["account-activated", "agency-request-received", "paperless-started"];
    assert_eq!(mails, expected);
    let acts = export["acts"].as_array().unwrap().iter();
    let acts: Vec<_> = acts.map(|act| act["what"].as_str().unwrap()).collect();
    let expected = ["activated", "paperless-started", "request-made", "address-change-asked"];
    assert_eq!(acts, expected);
    assert_eq!(export["returned_mail"], Value::Null);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_export_holds_no_secret_and_nothing_of_others() {
    let portal = Portal::open().await;
    portal.tenant(&Household::NDIAYE).await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in_to_stay(&MARTIN).await.expect_status(200);
    portal.advance("PT2H").await;
    other.refresh().await.expect_status(200);
    let forgotten = json!({"email": MARTIN.email});
    other.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    browser.refresh().await.expect_status(200);

    let export = browser.get("/api/account/export").await.expect_status(200).body;

    let mut secrets = vec![MARTIN.password.to_owned(), "$argon2".to_owned(), "arn:".to_owned()];
    for browser in [&browser, &other] {
        let session = browser.cookie("__Host-session").unwrap();
        let (id, secret) = session.split_once('.').unwrap();
        secrets.push(secret.to_owned());
        let row = portal.token_row(&format!("session#{id}")).await;
        secrets.push(row["secret"]["S"].as_str().unwrap().to_owned());
        secrets.push(browser.access_token().unwrap());
        secrets.push(browser.cookie("__Host-device").unwrap());
    }
    for mail in portal.mails_to(MARTIN.email).await {
        secrets.extend(tests::token_in(&mail));
    }
    assert!(secrets.len() >= 13, "{}", secrets.len());
    for secret in secrets {
        assert!(!export.contains(&secret), "{secret} is in {export}");
    }
    for stranger in [Household::NDIAYE.email, Household::NDIAYE.lease, "Aminata"] {
        assert!(!export.contains(stranger), "{stranger}");
    }
    for word in ["secret", "hash", "epoch", "token", "shard"] {
        assert!(!export.contains(&format!("\"{word}")), "{word}: {export}");
    }
}

/// An account with every kind of data: a changed address and a requested one, a changed password
/// and a requested reset, a refused request and an open one, and a bounced mail.
async fn eventful_tenant(portal: &Portal) -> Browser {
    let row = format!(
        "12345678,Martin,Camille,Agence des Lilas,{AGENCY},2031-11-30,Awa Sarr,awa@b.example"
    );
    portal.import(&[row]).await.expect_status(200);
    let browser = portal.tenant(&MARTIN).await.calling_itself("Firefox/146.0 (Windows)");
    let phone = portal.browser();
    phone.sign_in_to_stay(&MARTIN).await.expect_status(200);
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let token = json!({"token": portal.link_mailed_to(SECOND).await});
    browser.post("/api/email-changes/confirm", &token).await.expect_status(200);
    let household = Household { email: SECOND, ..MARTIN };
    browser.sign_in(&household).await.expect_status(200);
    let change = json!({"email": THIRD, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let request = json!({"kind": "stop-paperless", "message": "Je préfère le papier."});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    portal.settle().await;
    let token = token_in(&portal.mails_to(AGENCY).await[0]).unwrap();
    let refusal = json!({"token": token, "answer": "refused", "reason": "Pas avant mai."});
    let refused = portal.browser().post("/api/agency-requests/answer", &refusal).await;
    refused.expect_status(200);
    let paper = json!({
        "lease": MARTIN.lease, "reason": "Retour du papier", "kind": "stop-paperless",
    });
    let paper = paper.to_string().into_bytes();
    let closures = "/api/agency/closures";
    let stopped = portal.agency(Method::POST, closures, "application/json", paper);
    stopped.await.expect_status(204);
    let request = json!({"kind": "close-account", "message": "Je pars le 3 mai."});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    portal.advance("PT2H").await;
    browser.refresh().await.expect_status(200);
    browser.refresh().await.expect_status(200);
    let forgotten = json!({"email": SECOND});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    let mail = portal.mails_to(SECOND).await[0].clone();
    portal.report(&bounce_of(&mail)).await;
    browser
}

/// The attributes in `attribute`, which is in DynamoDB's JSON: each path with its value.
fn attributes(path: &str, attribute: &Value) -> Vec<(String, Value)> {
    let typed = attribute.as_object().and_then(|one| one.iter().next());
    let (kind, value) = typed.expect("an attribute");
    match (kind.as_str(), value) {
        ("M", Value::Object(members)) => members_of(&format!("{path}."), members),
        ("L", Value::Array(list)) => list.iter().flat_map(|one| attributes(path, one)).collect(),
        ("N", Value::String(number)) => {
            vec![(path.to_owned(), json!(number.parse::<i64>().unwrap()))]
        }
        ("S" | "BOOL", value) => vec![(path.to_owned(), value.clone())],
        _ => panic!("{path} is of the type {kind}"),
    }
}

fn members_of(before: &str, members: &Map<String, Value>) -> Vec<(String, Value)> {
    let paths = members.iter().map(|(name, value)| (format!("{before}{name}"), value));
    paths.flat_map(|(path, value)| attributes(&path, value)).collect()
}

/// The values of `json` at `path`, a path with dots. Lists contribute each of their elements.
fn values_at<'a>(json: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![json], |values, name| {
        let members = values.into_iter().map(|value| &value[name]);
        members
            .flat_map(|value| match value {
                Value::Array(list) => list.iter().collect(),
                value => vec![value],
            })
            .collect()
    })
}

/// Whether the exported value equals `held`. Instants are stored in seconds and exported as text.
fn says(exported: &Value, held: &Value) -> bool {
    match held.as_i64() {
        Some(seconds) if seconds > 1_000_000_000 => *exported == json!(instant(seconds)),
        _ => exported == held,
    }
}

/// The instant `seconds` after 1970, in RFC 3339.
fn instant(seconds: i64) -> String {
    let (mut days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let (month, day) = (month + 1, days + 1);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn every_attribute_that_is_held_is_exported_or_withheld_for_a_reason() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = eventful_tenant(&portal).await;
    let id = browser.account().await.expect_status(200).json["id"].clone();
    // Every value that identifies the account: its id, its addresses, its lease.
    let named_by = [id.as_str().unwrap(), SECOND, MARTIN.email, THIRD, MARTIN.lease];
    let mut rows = portal.items("tenants").await;
    rows.extend(portal.items("tokens").await);
    let is_about = |row: &&Value| {
        let text = row.to_string();
        let key = row["pk"]["S"].as_str().unwrap();
        named_by.iter().any(|name| text.contains(name)) || key.starts_with("bounce#")
    };
    let about: Vec<&Value> = rows.iter().filter(is_about).collect();

    let export = browser.get("/api/account/export").await.expect_status(200).json;

    let mut faults = BTreeSet::new();
    for row in about {
        let (kind, id) = row["pk"]["S"].as_str().unwrap().split_once('#').unwrap();
        let is_link = LINKS.contains(&kind);
        let mut export = export.clone();
        if is_link {
            let links = export["links"].as_array_mut().unwrap();
            links.retain(|link| link["purpose"] == kind);
        }
        for (path, value) in members_of("", row.as_object().unwrap()) {
            let value = if path == "pk" { json!(id) } else { value };
            let told = ATTRIBUTES.iter().find(|(of, attribute, _)| {
                *attribute == path && (*of == kind || is_link && *of == "link")
            });
            let fault = match told {
                Some((.., Withheld(_))) => None,
                Some((.., At(place))) => {
                    let exported = values_at(&export, place);
                    let is_there = exported.iter().any(|exported| says(exported, &value));
                    (!is_there).then(|| format!("not at {place}, where there is {exported:?}"))
                }
                None => Some("neither exported nor withheld".to_owned()),
            };
            faults.extend(fault.map(|fault| format!("{kind} {path} = {value}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let told = export.to_string();
    for held in [
        SECOND,
        MARTIN.email,
        THIRD,
        "Je préfère le papier.",
        "Je pars le 3 mai.",
        "Pas avant mai.",
        "Retour du papier",
    ] {
        assert!(told.contains(held), "{held}");
    }
    let ended = export["sessions"].as_array().unwrap().iter();
    let ended = ended.filter(|session| session["ended"] == true);
    assert_eq!(ended.count(), 2, "the sessions from before the address was changed");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn expired_rows_are_not_exported_deleted_or_not() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": "camille@autre.example", "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.settle().await;

    portal.advance("P15D").await;
    browser.sign_in(&MARTIN).await.expect_status(200);

    let export = browser.get("/api/account/export").await.expect_status(200).json;
    assert_eq!((&export["links"], &export["mails"]), (&json!([]), &json!([])));
    assert_eq!(export["sessions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn nobody_exports_an_account_without_being_signed_in() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    let stranger = portal.browser().get("/api/account/export").await;
    stranger.expect_problem(401, "unauthenticated");
    browser.sign_out().await.expect_status(204);

    let ended = browser.get("/api/account/export").await;
    ended.expect_problem(401, "unauthenticated");
}
