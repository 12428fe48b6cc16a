//! No line of the log has anything of a tenant. After every journey the harness searches the log for what
//! the journey made. Here the search itself is tested, and that no problem repeats what was sent.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tests::{Documented, Household, Portal, documented};

const LEFEVRE: Household = Household::LEFEVRE;

/// A text that no answer has by chance.
const MARK: &str = "zq7Marqué'\"<b>&€wx";

#[tokio::test]
async fn what_a_function_would_log_of_a_tenant_is_found() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&LEFEVRE).await;
    browser.sign_in(&Household { password: "zéro faute 123", ..LEFEVRE }).await.expect_status(401);
    let link = portal.link_mailed_to(LEFEVRE.email).await;
    let session = browser.cookie("__Host-session").unwrap();
    let account = browser.account().await.json["id"].as_str().unwrap().to_owned();
    assert_eq!(portal.leaks(), <[String; 0]>::default());

    let base64 = BASE64_STANDARD.encode(format!("{{\"lease\":\"{}\"}}", LEFEVRE.lease));
    let body = json!({"last_name": LEFEVRE.last_name}).to_string();
    for (line, found) in [
        (LEFEVRE.email.to_owned(), "eloise@exemple.example"),
        ("to=eloise%40exemple.example".to_owned(), "eloise@exemple.example"),
        (LEFEVRE.last_name.to_uppercase(), "Lefèvre-Dubois"),
        ("lef%C3%A8vre-dubois".to_owned(), "Lefèvre-Dubois"),
        (body, "Lefèvre-Dubois"),
        ("Lef\\u00E8vre-Dubois".to_owned(), "Lefèvre-Dubois"),
        (format!("{:?}", LEFEVRE.first_name), "Éloïse"),
        (LEFEVRE.password.to_owned(), LEFEVRE.password),
        ("trois+lapins+verts+3".to_owned(), LEFEVRE.password),
        ("z\u{e9}ro faute 123".to_owned(), "zéro faute 123"),
        (format!("lease#{}", LEFEVRE.lease), LEFEVRE.lease),
        (base64, LEFEVRE.lease),
        (BASE64_URL_SAFE_NO_PAD.encode(format!("1{}", LEFEVRE.email)), "eloise@exemple.example"),
        (format!("/activation#{link}"), &link),
        (format!("__Host-session={session}"), &session),
        (browser.access_token().unwrap(), &browser.access_token().unwrap()),
        ("Journey/1.0".to_owned(), "Journey/1.0"),
    ] {
        portal.log_as_a_function(&line).await;

        let leaks = portal.leaks();

        assert!(leaks.iter().any(|leak| leak.starts_with(found)), "{found} in {line}: {leaks:#?}");
    }

    portal.log_as_a_function(&format!("trois lapins, {account}, Éloïses")).await;
    assert_eq!(portal.leaks(), <[String; 0]>::default(), "other words, and the id of an account");
}

#[tokio::test]
async fn what_cannot_be_read_is_logged_without_its_values() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&LEFEVRE).await;
    portal.settle().await;
    let rows = portal.items("tokens").await;
    let notice = rows.iter().find(|row| row["pk"]["S"].as_str().unwrap().starts_with("notice#"));
    let mut row = notice.unwrap().clone();
    row["pk"] = json!({"S": "notice#AAAAAAAAAAAAAAAAAAAAAA"});
    row["payload"] = json!({"S": LEFEVRE.email});
    portal.put_items("tokens", &[row]).await;
    browser.get("/api/account/export").await.expect_status(200);
    let events = ["authorize", "deliver-mail", "expire-accounts", "record-mail-feedback"];
    for function in events {
        for event in [
            json!({"Records": LEFEVRE.email, "headers": LEFEVRE.email, "time": LEFEVRE.email}),
            json!({"Records": [LEFEVRE.email], "headers": {"a": [LEFEVRE.email]}, "time": [LEFEVRE.email]}),
            json!({"Records": [{"body": LEFEVRE.email, "eventName": [LEFEVRE.email]}]}),
            json!(LEFEVRE.email),
        ] {
            let answer = portal.invoke(function, &event).await;
            assert!(!answer.body.contains("eloise"), "{function}: {}", answer.body);
        }
    }

    assert_eq!(portal.leaks(), <[String; 0]>::default());
}

/// Bodies that an operation with these `members` refuses. Each has the mark.
fn bodies(operation: &Documented) -> Vec<String> {
    let marked = |value: Value| {
        let members = operation.members().into_iter();
        let members = members.map(|(name, _)| (name.to_owned(), value.clone()));
        Value::Object(members.collect()).to_string()
    };
    vec![
        marked(json!(MARK)),
        marked(json!([MARK])),
        marked(json!({MARK: MARK})),
        marked(json!(MARK.repeat(400))),
        json!(MARK).to_string(),
        json!({"unknown_to_us": MARK}).to_string(),
        format!("{{\"email\": {MARK}"),
        format!("{MARK} {}", "x".repeat(20_000)),
    ]
}

#[track_caller]
fn expect_no_mark(operation: &Documented, answer: &tests::Answer) {
    assert!(answer.status.as_u16() >= 400, "{operation}: {}", answer.status);
    for form in ["zq7", "zQ7", "ZQ7", "wx\"", "Marqu"] {
        assert!(!answer.body.contains(form), "{operation} repeats what was sent: {}", answer.body);
    }
}

#[tokio::test]
async fn no_problem_repeats_what_was_sent() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&LEFEVRE).await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;
    let mut asked = 0;
    for operation in documented().iter().filter(|operation| operation.reads_json()) {
        let by_staff = operation.is_guarded_by("staff");
        let by = if by_staff { &staff } else { &browser };
        let request = |path: &str| -> RequestBuilder {
            let request = by.request(operation.method.clone(), &format!("{path}?zq7=Marqu"));
            request.header("sec-fetch-site", "same-origin").header("accept-language", "zq7")
        };
        for body in bodies(operation) {
            for media_type in ["application/json", "text/zq7"] {
                let request = request(&operation.example_path());
                let request = request.header("content-type", media_type).body(body.clone());
                let answer = if operation.is_guarded_by("iam") {
                    portal.as_agency(request).await
                } else {
                    by.keep(request).await
                };
                expect_no_mark(operation, &answer);
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "{asked} calls");
}

#[tokio::test]
async fn no_page_that_is_missing_repeats_its_path() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    for path in ["/zq7Marque", "/api/zq7Marque", "/assets/zq7Marque.js", "/.well-known/zq7Marque"] {
        let answer = browser.get(&format!("{path}?zq7Marque=zq7Marque#zq7Marque")).await;

        let answer = answer.expect_status(404);
        assert!(!answer.body.contains("zq7Marque"), "{path}: {}", answer.body);
    }
}
