//! Sameness: what anybody may call answers, and calls the tables, the same way whether its subject
//! exists or not.
//!
//! Answers are compared word for word but for what is random; calls by function, action, table and
//! kind of key, and by what they cost. `make bench` counts their instructions, and `make sameness` compares
//! times, of releases on a quiet machine.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal};

const MARTIN: Household = Household::MARTIN;
const LEFEVRE: Household = Household::LEFEVRE;
const NDIAYE: Household = Household::NDIAYE;

/// An address that no account has.
const NOBODY: &str = "camille.martine@exemple.example";

/// A subject of a public operation, and how it is asked about.
struct Question {
    name: &'static str,
    function: &'static str,
    /// About a subject that exists, and about one that does not.
    paths: [String; 2],
    bodies: [Value; 2],
    /// The browser of the tenant who asks; `None` where anybody may ask.
    tenant: Option<Browser>,
}

fn of(name: &'static str, function: &'static str, path: &str, bodies: [Value; 2]) -> Question {
    let paths = [path.to_owned(), path.to_owned()];
    Question { name, function, paths, bodies, tenant: None }
}

/// A portal with the accounts of [`MARTIN`] and [`NDIAYE`], and nobody's of [`LEFEVRE`]; every question
/// about them.
async fn questions(portal: &Portal) -> Vec<Question> {
    portal.tenant(&MARTIN).await;
    let registration = |household: &Household, email: &str| {
        let body = json!({
            "lease": household.lease, "last_name": household.last_name, "email": email,
            "password": "trois lapins verts 3", "terms": "2026-01",
        });
        body
    };
    let mut questions = vec![
        of(
            "a wrong password of an address",
            "login",
            "/api/sessions",
            [
                json!({"email": MARTIN.email, "password": "cinq tortues sages 5"}),
                json!({"email": NOBODY, "password": "cinq tortues sages 5"}),
            ],
        ),
        of(
            "a forgotten password",
            "forgot-password",
            "/api/password-resets",
            [json!({"email": MARTIN.email}), json!({"email": NOBODY})],
        ),
        of(
            "a forgotten identifier, of a lease",
            "forgot-identifier",
            "/api/identifier-reminders",
            [
                json!({"lease": MARTIN.lease, "last_name": MARTIN.last_name}),
                json!({"lease": LEFEVRE.lease, "last_name": LEFEVRE.last_name}),
            ],
        ),
        of(
            "a forgotten identifier, of a name",
            "forgot-identifier",
            "/api/identifier-reminders",
            [
                json!({"lease": MARTIN.lease, "last_name": MARTIN.last_name}),
                json!({"lease": MARTIN.lease, "last_name": "Martinet"}),
            ],
        ),
        of(
            "a registration of a lease with an account",
            "register",
            "/api/registrations",
            [registration(&MARTIN, NOBODY), registration(&LEFEVRE, NOBODY)],
        ),
        of(
            "a registration with an address in use",
            "register",
            "/api/registrations",
            [registration(&LEFEVRE, MARTIN.email), registration(&LEFEVRE, NOBODY)],
        ),
        of(
            "a registration of an unknown lease",
            "register",
            "/api/registrations",
            [
                json!({
                    "lease": MARTIN.lease, "last_name": "Durand", "email": NOBODY,
                    "password": "trois lapins verts 3", "terms": "2026-01",
                }),
                json!({
                    "lease": "99999999", "last_name": "Durand", "email": NOBODY,
                    "password": "trois lapins verts 3", "terms": "2026-01",
                }),
            ],
        ),
    ];
    questions.extend(more_questions(portal).await);
    questions
}

/// Those about a registration, and those of a tenant.
async fn more_questions(portal: &Portal) -> [Question; 2] {
    let ndiaye = portal.browser();
    let resends = resends(portal, &ndiaye).await;
    ndiaye.sign_in(&NDIAYE).await.expect_status(200);
    [
        Question {
            paths: resends,
            ..of(
                "another mail of a registration that was activated",
                "resend-activation",
                "",
                [json!({}), json!({})],
            )
        },
        Question {
            tenant: Some(ndiaye),
            ..of(
                "a change to an address in use",
                "change-email",
                "/api/account/email-changes",
                [
                    json!({"email": MARTIN.email, "password": NDIAYE.password}),
                    json!({"email": NOBODY, "password": NDIAYE.password}),
                ],
            )
        },
    ]
}

/// The paths of two registrations. The first has become the account of [`NDIAYE`] in the `browser`, the
/// second still waits.
async fn resends(portal: &Portal, browser: &Browser) -> [String; 2] {
    let path = |registered: Answer| {
        let registration = registered.json["registration"].as_str().unwrap().to_owned();
        format!("/api/registrations/{registration}/resend")
    };
    let activated = path(browser.register(&NDIAYE).await.expect_status(202));
    let token = portal.link_mailed_to(NDIAYE.email).await;
    browser.activate(&token).await.expect_status(200);
    let household = Household { email: "famille.lefevre@exemple.example", ..LEFEVRE };
    let waits = path(portal.browser().register(&household).await.expect_status(202));
    [activated, waits]
}

/// Asks `question` of one of its two subjects, from a source that has asked nothing yet.
async fn ask(portal: &Portal, question: &Question, which: usize, source: usize) -> Answer {
    let source = format!("2001:db8:{:x}:{:x}::1", source >> 16, source & 0xffff);
    let browser = portal.browser().from_source(&source);
    if let Some(token) = question.tenant.as_ref().and_then(Browser::access_token) {
        browser.set_access_token(&token);
    }
    browser.post(&question.paths[which], &question.bodies[which]).await
}

/// What an answer says, without what differs between any two.
fn said(answer: &Answer) -> Value {
    let random = ["apigw-requestid", "x-request-id", "date", "set-cookie"];
    let headers: BTreeMap<&str, &str> = answer
        .headers
        .iter()
        .filter(|(name, _)| !random.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let cookies: Vec<(String, usize)> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| {
            let cookie = cookie.to_str().unwrap_or_default();
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let name = pair.split('=').next().unwrap_or_default();
            (format!("{name};{attributes}"), pair.len())
        })
        .collect();
    let mut body = answer.json.clone();
    for member in ["registration", "instance", "request_id"] {
        if let Some(text) = body[member].as_str() {
            body[member] = json!(text.len());
        }
    }
    json!({
        "status": answer.status.as_u16(), "headers": headers, "cookies": cookies, "body": body,
        "length": answer.body.len(),
    })
}

/// The calls that `function` has made, in any order: those of one instant have none.
async fn calls(portal: &Portal, function: &str) -> Vec<String> {
    let calls = portal.requests_of(function).await;
    let mut calls: Vec<String> = calls
        .iter()
        .filter(|call| call["service"] != "secretsmanager")
        .map(|call| {
            let mut call = call.clone();
            for when in ["started", "ended"] {
                call[when] = Value::Null;
            }
            call.to_string()
        })
        .collect();
    calls.sort();
    calls
}

#[tokio::test]
async fn an_answer_and_its_calls_do_not_tell_whether_a_subject_exists() {
    let portal = Portal::open().await;
    let questions = questions(&portal).await;
    portal.settle().await;
    for (n, question) in questions.iter().enumerate() {
        // The first invocation reads the secret, too.
        ask(&portal, question, 1, 1_000 + n).await;
        let mut both = Vec::new();
        for which in 0..2 {
            portal.forget_requests().await;
            let answer = ask(&portal, question, which, 2_000 + 10 * n + which).await;
            both.push((said(&answer), calls(&portal, question.function).await));
        }

        assert_eq!(both[0].0, both[1].0, "{}", question.name);
        assert_eq!(both[0].1, both[1].1, "{}", question.name);
        assert!(!both[0].1.is_empty(), "{}", question.name);
    }
}
