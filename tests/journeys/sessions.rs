//! Signing in, staying signed in, and the end of sessions.

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal};

const MARTIN: Household = Household::MARTIN;
const LEFEVRE: Household = Household::LEFEVRE;

const NOON: &str = "2027-03-10T12:01:00Z";

/// The attributes of the cookie that `header` sets, its value aside.
fn attributes(header: &str) -> Vec<&str> {
    let mut attributes: Vec<&str> = header.split("; ").skip(1).collect();
    attributes.sort_unstable();
    attributes
}

/// The lifetime in seconds of the cookie in `header`; `None` for a session cookie.
fn max_age(header: &str) -> Option<i64> {
    header.split("; ").find_map(|part| part.strip_prefix("Max-Age=")?.parse().ok())
}

/// A portal with the account of a household, once the mails have settled.
async fn with_tenant(household: &Household) -> (Portal, Browser) {
    let portal = Portal::open().await;
    portal.set_clock(NOON).await;
    let browser = portal.tenant(household).await;
    (portal, browser)
}

/// Tries to sign in to `household` with a wrong password.
async fn fail_to_sign_in(browser: &Browser, household: &Household) -> Answer {
    browser.sign_in(&Household { password: "pas le bon 0", ..*household }).await
}

async fn listed(browser: &Browser) -> Vec<Value> {
    let answer = browser.get("/api/sessions").await.expect_status(200);
    answer.json["sessions"].as_array().unwrap().clone()
}

async fn revoke(browser: &Browser, id: &str) -> Answer {
    browser.keep(browser.request(Method::DELETE, &format!("/api/sessions/{id}"))).await
}

/// The stored password hash of `household`.
async fn password_of(portal: &Portal, household: &Household) -> Value {
    let rows = portal.items("tenants").await;
    let key = format!("email#{}", household.email);
    let row = rows.iter().find(|row| row["pk"]["S"] == key);
    row.expect("credentials")["password"].clone()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_password_hashed_more_weakly_than_today_is_hashed_anew_when_one_signs_in() {
    let (yesterday, _) = with_tenant(&MARTIN).await;
    let portal = Portal::open_with(&[("ARGON2_ITERATIONS", "2")]).await;
    portal.put_items("tenants", &yesterday.items("tenants").await).await;
    let weak = password_of(&portal, &MARTIN).await;

    let browser = portal.browser();
    fail_to_sign_in(&browser, &MARTIN).await.expect_problem(401, "bad_credentials");
    assert_eq!(password_of(&portal, &MARTIN).await, weak);
    browser.sign_in(&MARTIN).await.expect_status(200);

    let strong = password_of(&portal, &MARTIN).await;
    assert!(weak.to_string().contains("t=1") && strong.to_string().contains("t=2"), "{strong}");
    browser.sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(password_of(&portal, &MARTIN).await, strong);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn signing_in_shows_the_account() {
    let (portal, _) = with_tenant(&MARTIN).await;

    let answer = portal.browser().sign_in(&MARTIN).await.expect_status(200);

    let mut members: Vec<&String> = answer.json.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["access_token", "account", "expires_in", "token_type"]);
    assert_eq!(
        (&answer.json["token_type"], &answer.json["expires_in"]),
        (&json!("Bearer"), &json!(600))
    );
    let mut account = answer.json["account"].clone();
    assert_eq!(account["id"].as_str().unwrap().len(), 22);
    for time in [&account["created_at"], &account["terms"]["accepted_at"]] {
        assert!(time.as_str().unwrap().starts_with("2027-03-10T12:01:"), "{time}");
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    account["id"] = json!("");
    account["created_at"] = json!("");
    account["terms"]["accepted_at"] = json!("");
    assert_eq!(
        account,
        json!({
            "id": "",
            "email": MARTIN.email,
            "last_name": "Martin",
            "first_name": "Camille",
            "lease": "12345678",
            "agency": {"name": "Agence des Lilas", "email": "lilas@bailleur.example"},
            "language": "fr",
            "paperless": false,
            "terms": {"version": "2026-01", "accepted_at": "", "current": true},
            "created_at": "",
        })
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_access_token_says_who_it_is_for_and_verifies_with_the_published_key() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let account = browser.account().await.json;
    let session = listed(&browser).await[0]["id"].clone();

    let token = browser.access_token().unwrap();

    let part = |index: usize| -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!((&claims["sub"], &claims["sid"]), (&account["id"], &session));
    assert_eq!(claims["lease"], MARTIN.lease);
    assert!(claims["iss"].is_string() && claims["aud"].is_string());
    let (issued, expires) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert_eq!(expires - issued, 600);
    assert!(!claims.to_string().contains(MARTIN.email));
    let keys = portal.browser().get("/.well-known/jwks.json").await.expect_status(200);
    assert_eq!(keys.json["keys"][0]["kid"], header["kid"]);
    assert_eq!(keys.json["keys"][0]["crv"], "Ed25519");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_that_is_not_to_be_remembered_ends_with_the_browser() {
    let (portal, _) = with_tenant(&MARTIN).await;
    let browser = portal.browser();

    let answer = browser.sign_in(&MARTIN).await.expect_status(200);

    let session = answer.set_cookie("__Host-session");
    assert_eq!(attributes(&session), ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
    let device = answer.set_cookie("__Host-device");
    assert_eq!(
        attributes(&device),
        ["HttpOnly", "Max-Age=31536000", "Path=/", "SameSite=Strict", "Secure"]
    );
    assert_eq!(answer.set_cookie("identifier"), "");
    assert!(!format!("{session}{device}").contains("martin"));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_to_be_remembered_is_kept_and_so_is_the_identifier() {
    let (portal, _) = with_tenant(&MARTIN).await;
    let browser = portal.browser();

    let answer = browser.sign_in_to_stay(&MARTIN).await.expect_status(200);

    let session = answer.set_cookie("__Host-session");
    assert_eq!(
        attributes(&session),
        ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Strict", "Secure"]
    );
    let identifier = answer.set_cookie("identifier");
    assert!(identifier.starts_with("identifier=camille.martin%40exemple.example;"), "{identifier}");
    let kept = ["Max-Age=31536000", "Path=/", "SameSite=Strict", "Secure"];
    assert_eq!(attributes(&identifier), kept);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn signing_in_without_remember_me_forgets_the_identifier() {
    let (portal, _) = with_tenant(&MARTIN).await;
    let browser = portal.browser();
    browser.sign_in_to_stay(&MARTIN).await.expect_status(200);
    assert!(browser.cookie("identifier").is_some());

    browser.sign_out().await.expect_status(204);
    assert!(browser.cookie("identifier").is_some(), "the identifier is remembered");
    let answer = browser.sign_in(&MARTIN).await.expect_status(200);

    assert_eq!(max_age(&answer.set_cookie("identifier")), Some(0));
    assert_eq!(browser.cookie("identifier"), None);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_address_is_one_identifier_however_it_is_spelled() {
    let (portal, _) = with_tenant(&MARTIN).await;

    for email in ["CAMILLE.MARTIN@EXEMPLE.EXAMPLE", " Camille.Martin@exemple.example "] {
        let spelled = Household { email, ..MARTIN };
        let answer = portal.browser().sign_in(&spelled).await.expect_status(200);
        assert_eq!(answer.json["account"]["email"], MARTIN.email);
    }
    for email in ["camillemartin@exemple.example", "camille.martin+x@exemple.example"] {
        let other = Household { email, ..MARTIN };
        portal.browser().sign_in(&other).await.expect_problem(401, "bad_credentials");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_unknown_address_is_answered_like_a_wrong_password() {
    let (portal, _) = with_tenant(&MARTIN).await;

    let unknown = portal.browser().sign_in(&LEFEVRE).await;
    let wrong = fail_to_sign_in(&portal.browser(), &MARTIN).await;

    assert_eq!(unknown.body, wrong.body);
    let names = |answer: &Answer| {
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&unknown), names(&wrong));
    assert_eq!(wrong.set_cookie("__Host-session") + &wrong.set_cookie("__Host-device"), "");
    unknown.expect_problem(401, "bad_credentials");
    wrong.expect_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_registration_that_is_not_activated_is_no_account() {
    let portal = Portal::open().await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    portal.settle().await;

    portal.browser().sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_sign_in_needs_an_address_and_a_password_and_nothing_else() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let post = |form: Value| {
        let browser = &browser;
        async move { browser.post("/api/sessions", &form).await }
    };

    post(json!({})).await.expect_faults(&[("email", "required"), ("password", "required")]);
    post(json!({"email": "camille", "password": "x", "admin": 1}))
        .await
        .expect_faults(&[("email", "invalid_email"), ("admin", "unknown_field")]);
    post(json!({"email": MARTIN.email, "password": 1})).await.expect_problem(400, "malformed_body");
    post(json!({"email": MARTIN.email, "password": "x", "remember": "yes"}))
        .await
        .expect_problem(400, "malformed_body");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_address_is_tried_ten_times_from_one_source_in_a_quarter_of_an_hour() {
    let (portal, _) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let thief = portal.browser().from_source("198.51.100.7");

    for _ in 0..10 {
        fail_to_sign_in(&thief, &MARTIN).await.expect_problem(401, "bad_credentials");
    }

    let refused = thief.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((800..=840).contains(&wait), "{wait}");
    let spelled = Household { email: "Camille.MARTIN@exemple.example", ..MARTIN };
    thief.sign_in(&spelled).await.expect_problem(429, "too_many_attempts");
    thief.sign_in(&LEFEVRE).await.expect_problem(401, "bad_credentials");
    let elsewhere = portal.browser().from_source("198.51.100.8");
    elsewhere.sign_in(&MARTIN).await.expect_status(200);
    portal.advance(&format!("PT{}S", wait + 1)).await;
    thief.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_unknown_address_locks_out_like_a_known_one() {
    let portal = Portal::open().await;
    portal.set_clock(NOON).await;
    let browser = portal.browser();

    for _ in 0..10 {
        browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    }

    browser.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn successes_count_as_attempts_too() {
    let (portal, _) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;

    for _ in 0..10 {
        portal.browser().sign_in(&MARTIN).await.expect_status(200);
    }

    portal.browser().sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_source_tries_a_hundred_times_whatever_the_addresses() {
    let (portal, _) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let thief = portal.browser().from_source("198.51.100.7");

    for number in 0..100 {
        let email: &'static str = format!("voisin{number}@exemple.example").leak();
        let guess = Household { email, ..MARTIN };
        thief.sign_in(&guess).await.expect_problem(401, "bad_credentials");
    }

    thief.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    portal.browser().from_source("198.51.100.8").sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_address_is_tried_a_hundred_times_whatever_the_sources() {
    let (portal, _) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let from = |source: u32| portal.browser().from_source(&format!("198.51.100.{source}"));

    for attempt in 0..100 {
        fail_to_sign_in(&from(attempt / 10), &MARTIN).await.expect_problem(401, "bad_credentials");
    }

    from(200).sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    from(200).sign_in(&LEFEVRE).await.expect_problem(401, "bad_credentials");
    portal.advance("PT15M").await;
    from(200).sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn one_source_does_not_use_up_the_attempts_of_an_address() {
    let (portal, _) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let thief = portal.browser().from_source("198.51.100.7");
    for _ in 0..10 {
        fail_to_sign_in(&thief, &MARTIN).await.expect_problem(401, "bad_credentials");
    }

    for _ in 0..110 {
        fail_to_sign_in(&thief, &MARTIN).await.expect_problem(429, "too_many_attempts");
    }

    let elsewhere = portal.browser().from_source("198.51.100.8");
    elsewhere.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_browser_that_has_signed_in_is_not_locked_out_by_others_but_has_its_own_count() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let stranger = portal.browser();
    for _ in 0..10 {
        fail_to_sign_in(&stranger, &MARTIN).await.expect_problem(401, "bad_credentials");
    }
    stranger.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");

    browser.sign_in(&MARTIN).await.expect_status(200);
    for _ in 0..9 {
        fail_to_sign_in(&browser, &MARTIN).await.expect_problem(401, "bad_credentials");
    }

    browser.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    let elsewhere = browser.copy().from_source("198.51.100.8");
    elsewhere.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    portal.advance("PT15M").await;
    browser.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_device_cookie_only_helps_with_the_address_it_signed_in_with() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let other = portal.tenant(&LEFEVRE).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let stranger = portal.browser();
    for _ in 0..10 {
        fail_to_sign_in(&stranger, &MARTIN).await.expect_problem(401, "bad_credentials");
    }

    let device = other.cookie("__Host-device").unwrap();
    let forged = format!("{}AAAA", browser.cookie("__Host-device").unwrap());
    for cookie in [device.as_str(), forged.as_str(), "", ".", "a.b"] {
        stranger.set_cookie("__Host-device", Some(cookie));
        stranger.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    }

    browser.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_browser_known_from_before_a_password_change_has_no_count_of_its_own() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let old = browser.copy();
    let changed = Household { password: "sept oies grises 7", ..MARTIN };
    let body = json!({"current_password": MARTIN.password, "new_password": changed.password});
    browser.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);
    assert_ne!(browser.cookie("__Host-device"), old.cookie("__Host-device"));
    portal.set_clock("2027-03-10T12:31:00Z").await;

    for _ in 0..10 {
        fail_to_sign_in(&old, &changed).await.expect_problem(401, "bad_credentials");
    }

    // It has used up the limit of unknown browsers from its source. From another source it is an
    // unknown browser again.
    old.sign_in(&changed).await.expect_problem(429, "too_many_attempts");
    portal.browser().sign_in(&changed).await.expect_problem(429, "too_many_attempts");
    let elsewhere = old.copy().from_source("198.51.100.8");
    fail_to_sign_in(&elsewhere, &changed).await.expect_problem(401, "bad_credentials");
    // The browser that changed the password has its own, unused count.
    for _ in 0..9 {
        fail_to_sign_in(&browser, &changed).await.expect_problem(401, "bad_credentials");
    }
    browser.sign_in(&changed).await.expect_status(200);
    browser.sign_in(&changed).await.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn all_known_browsers_of_an_address_have_thirty_attempts_together() {
    let (portal, first) = with_tenant(&MARTIN).await;
    let mut devices = vec![first];
    for number in 1..4 {
        let device = portal.browser().from_source(&format!("198.51.100.{number}"));
        device.sign_in(&MARTIN).await.expect_status(200);
        devices.push(device);
    }
    portal.set_clock("2027-03-10T12:31:00Z").await;

    for device in &devices[..3] {
        for _ in 0..10 {
            fail_to_sign_in(device, &MARTIN).await.expect_problem(401, "bad_credentials");
        }
        // Refused attempts are not counted.
        device.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    }

    devices[3].sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    // Unknown browsers have other limits, and another address has its own browsers.
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
    devices[3].sign_in(&LEFEVRE).await.expect_problem(401, "bad_credentials");
    portal.advance("PT15M").await;
    devices[3].sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn failures_from_everywhere_never_lock_a_known_browser_out() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let from = |source: u32| portal.browser().from_source(&format!("198.51.100.{source}"));
    for attempt in 0..100 {
        fail_to_sign_in(&from(attempt), &MARTIN).await.expect_problem(401, "bad_credentials");
    }
    from(200).sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");

    browser.sign_in(&MARTIN).await.expect_status(200);
    let moved = browser.copy().from_source("198.51.100.7");
    moved.sign_in(&MARTIN).await.expect_status(200);
    let change = json!({"email": "camille@deuxieme.example", "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);

    // A forged cookie counts as none.
    let device = browser.cookie("__Host-device").unwrap();
    let (id, rest) = device.split_once('.').unwrap();
    let other_id: String = id.chars().rev().collect();
    let stranger = from(201);
    for forged in
        [format!("{other_id}.{rest}"), format!("{id}.9.{}", rest.split_once('.').unwrap().1)]
    {
        stranger.set_cookie("__Host-device", Some(&forged));
        stranger.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    }
}

/// The answer to a raw request, without the parts that differ between requests.
#[derive(Debug, PartialEq)]
struct Told {
    status_line: String,
    headers: Vec<String>,
    body: Value,
}

/// Sends the raw `request` to the portal.
async fn told(portal: &Portal, request: Vec<u8>) -> Told {
    let address = portal.address().trim_start_matches("http://").to_owned();
    let exchange = move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(&request).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        answer
    };
    let answer = tokio::task::spawn_blocking(exchange).await.unwrap();
    let answer = String::from_utf8(answer).expect("an answer in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer with a head");
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default().to_owned();
    let passing = ["date:", "x-request-id:", "apigw-requestid:"];
    let kept = lines.filter(|line| !passing.iter().any(|name| line.starts_with(name)));
    // The value of a cookie may be new each time.
    let headers = kept.map(|line| match line.strip_prefix("set-cookie: ") {
        Some(cookie) => {
            let (name, value) = cookie.split_once('=').unwrap_or((cookie, ""));
            format!("set-cookie: {name}; {}", value.split_once("; ").unwrap_or_default().1)
        }
        None => line.to_owned(),
    });
    let mut headers: Vec<String> = headers.collect();
    headers.sort();
    let mut body: Value = serde_json::from_str(body).unwrap_or_default();
    if let Some(token) = body.get_mut("access_token") {
        *token = json!(token.is_string());
    }
    Told { status_line, headers, body }
}

/// A request of `browser` with foreign parts: bytes after the path, pairs before and after its
/// cookies, lines among its headers.
struct Foreign<'a> {
    query: &'a [u8],
    cookies: (&'a [u8], &'a [u8]),
    header: &'a [u8],
}

impl Foreign<'_> {
    const NONE: Self = Self { query: b"", cookies: (b"", b""), header: b"" };

    fn request(&self, browser: &Browser, method: &str, path: &str, body: &str) -> Vec<u8> {
        let own: Vec<String> = ["__Host-session", "__Host-device"]
            .iter()
            .map(|name| format!("{name}={}", browser.cookie(name).unwrap()))
            .collect();
        let token = browser.access_token().unwrap();
        let length = body.len();
        let mut request = format!("{method} {path}").into_bytes();
        request.extend_from_slice(self.query);
        request.extend_from_slice(b" HTTP/1.1\r\nHost: portail.example\r\nConnection: close\r\n");
        request.extend_from_slice(b"Sec-Fetch-Site: same-origin\r\nUser-Agent: Journey/1.0\r\n");
        request.extend_from_slice(format!("Authorization: Bearer {token}\r\n").as_bytes());
        request.extend_from_slice(self.header);
        request.extend_from_slice(b"Cookie: ");
        request.extend_from_slice(self.cookies.0);
        request.extend_from_slice(own.join("; ").as_bytes());
        request.extend_from_slice(self.cookies.1);
        request.extend_from_slice(b"\r\n");
        if !body.is_empty() {
            request.extend_from_slice(b"Content-Type: application/json\r\n");
            request.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body.as_bytes());
        request
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn foreign_parts_of_a_request_change_no_answer() {
    let many = [("LIMIT_SIGN_INS_PER_DEVICE", "1000"), ("LIMIT_SIGN_INS_OF_DEVICES", "1000")];
    let portal = Portal::open_with(&many).await;
    portal.set_clock(NOON).await;
    let browser = portal.tenant(&MARTIN).await;
    let login = json!({"email": MARTIN.email, "password": MARTIN.password}).to_string();
    let wrong = json!({"email": MARTIN.email, "password": "pas le bon 0"}).to_string();
    let calls = [
        ("GET", "/api/terms", "", "200"),
        ("GET", "/api/account", "", "200"),
        ("POST", "/api/sessions/refresh", "", "200"),
        ("POST", "/api/sessions", login.as_str(), "200"),
        ("POST", "/api/sessions", &wrong, "401"),
    ];
    let mut foreign: Vec<(&[u8], Foreign<'_>)> = Vec::new();
    let pairs: [&[u8]; 15] = [
        b"ville=Orl\xc3\xa9ans",
        b"ville=Orl\xe9ans",
        b"ville=\"Orl\xe9ans",
        b"ville=\"Orleans\"",
        b"ville=Saint Denis",
        b"ville=<b>Lyon</b>",
        b"ville",
        b"ville=",
        b"=Lyon",
        b"=",
        b";;",
        b"vil\xffle=1",
        b"ville=%E9%ZZ",
        b"x-__Host-session=1",
        b"_ga=GA1.1.1; _ga=GA1.1.2",
    ];
    let befores: Vec<Vec<u8>> = pairs.iter().map(|pair| [*pair, b"; "].concat()).collect();
    let afters: Vec<Vec<u8>> = pairs.iter().map(|pair| [b"; ", *pair].concat()).collect();
    for (before, after) in befores.iter().zip(&afters) {
        foreign.push((before, Foreign { cookies: (before, b""), ..Foreign::NONE }));
        foreign.push((after, Foreign { cookies: (b"", after), ..Foreign::NONE }));
    }
    let queries: [&[u8]; 13] = [
        b"?",
        b"?ville=Orl%C3%A9ans",
        b"?ville=Orl%E9ans",
        b"?ville=Orl\xc3\xa9ans",
        b"?ville=Orl\xe9ans",
        b"?ville=Saint Denis",
        b"?ville=\"Lyon\"",
        b"?ville=<b>Lyon</b>",
        b"?ville=a{b}|c\\d^e`f",
        b"?ville=%",
        b"?ville=%ZZ&&=&a",
        b"?lease[]=1&lease[]=2",
        b"?email=autre@exemple.example&token=x&gclid=a+b",
    ];
    foreign.extend(queries.map(|query| (query, Foreign { query, ..Foreign::NONE })));
    let headers: [&[u8]; 7] = [
        b"X-Ville: Orl\xc3\xa9ans\r\n",
        b"X-Ville: Orl\xe9ans\r\n",
        b"X-Ville: \"<b>\"\r\n",
        b"X-Ville:\r\nX-Ville: Lyon\r\n",
        b"Referer: https://exemple.example/?ville=Orl\xe9ans \"<\r\n",
        b"Cookie: ville=Orl\xe9ans\r\n",
        b"Cookie: ville=\"\r\n",
    ];
    foreign.extend(headers.map(|header| (header, Foreign { header, ..Foreign::NONE })));

    for (method, path, body, status) in calls {
        let alone = told(&portal, Foreign::NONE.request(&browser, method, path, body)).await;
        assert!(alone.status_line.contains(status), "{path}: {alone:?}");
        for (bytes, beside) in &foreign {
            let answer = told(&portal, beside.request(&browser, method, path, body)).await;
            assert_eq!(
                answer,
                alone,
                "{method} {path} with {:?}",
                bytes.escape_ascii().to_string()
            );
        }
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn all_of_an_ipv6_network_is_one_source() {
    let (portal, _) = with_tenant(&MARTIN).await;
    portal.set_clock("2027-03-10T12:31:00Z").await;
    let from = |source: &str| portal.browser().from_source(source);

    for host in 1..=10 {
        let source = format!("2001:db8:1:2:{host}::{host}");
        fail_to_sign_in(&from(&source), &MARTIN).await.expect_problem(401, "bad_credentials");
    }

    from("2001:db8:1:2:ffff::1").sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    from("2001:db8:1:3::1").sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_ends_after_twelve_idle_hours() {
    let (portal, browser) = with_tenant(&MARTIN).await;

    portal.advance("PT11H59M").await;
    browser.refresh().await.expect_status(200);
    portal.advance("PT11H59M").await;
    browser.refresh().await.expect_status(200);
    portal.advance("PT12H").await;

    browser.refresh().await.expect_problem(401, "unauthenticated");
    assert!(!portal.mail_names_to(MARTIN.email).await.contains(&"session-theft".to_owned()));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_to_be_remembered_lives_thirty_days_however_it_is_used() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    browser.sign_in_to_stay(&MARTIN).await.expect_status(200);

    portal.advance("P29D").await;
    let refreshed = browser.refresh().await.expect_status(200);
    let left = max_age(&refreshed.set_cookie("__Host-session")).unwrap();
    assert!((86_300..=86_400).contains(&left), "{left}");
    portal.advance("PT23H59M").await;
    browser.refresh().await.expect_status(200);
    portal.advance("PT1M").await;

    browser.refresh().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_that_is_used_every_day_ends_after_thirty_days() {
    let (portal, browser) = with_tenant(&MARTIN).await;

    for _ in 0..65 {
        portal.advance("PT11H").await;
        let refreshed = browser.refresh().await.expect_status(200);
        assert_eq!(max_age(&refreshed.set_cookie("__Host-session")), None);
    }
    portal.advance("PT5H").await;

    browser.refresh().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_that_has_ended_refuses_its_access_token_too() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    portal.advance("PT11H55M").await;
    let copy = browser.copy();
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);

    browser.sign_out().await.expect_status(204);

    let token = browser.access_token().unwrap();
    copy.set_access_token(&token);
    copy.account().await.expect_problem(401, "unauthenticated");
    copy.refresh().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_refresh_replaces_a_secret_older_than_an_hour() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let first = browser.cookie("__Host-session").unwrap();

    portal.advance("PT59M").await;
    browser.refresh().await.expect_status(200);
    assert_eq!(browser.cookie("__Host-session").unwrap(), first);
    portal.advance("PT2M").await;
    let refreshed = browser.refresh().await.expect_status(200);

    let second = browser.cookie("__Host-session").unwrap();
    let (session, secret) = first.split_once('.').unwrap();
    assert!(second.starts_with(&format!("{session}.")), "the same session");
    assert!(!second.contains(secret), "another secret");
    assert_eq!(
        attributes(&refreshed.set_cookie("__Host-session")),
        ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
    );
    assert_eq!(refreshed.json["account"], browser.account().await.expect_status(200).json);
    browser.refresh().await.expect_status(200);
    assert_eq!(browser.cookie("__Host-session").unwrap(), second);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_replaced_secret_is_good_until_the_new_one_was_presented_and_answered_with_that_one() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let lost = browser.copy();
    portal.advance("PT61M").await;
    browser.refresh().await.expect_status(200);
    let new = browser.cookie("__Host-session").unwrap();

    portal.advance("PT3H").await;
    let answered = lost.copy();
    answered.refresh().await.expect_status(200);
    assert_eq!(answered.cookie("__Host-session").unwrap(), new);
    answered.account().await.expect_status(200);

    answered.refresh().await.expect_status(200);
    portal.settle().await;
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_replaced_secret_is_good_for_half_a_minute_after_the_new_one_was_presented() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let tab = browser.copy();
    portal.advance("PT61M").await;
    browser.refresh().await.expect_status(200);
    browser.refresh().await.expect_status(200);

    portal.advance("PT25S").await;
    let late = tab.copy();
    late.refresh().await.expect_status(200);
    assert_eq!(late.cookie("__Host-session"), browser.cookie("__Host-session"));
    late.account().await.expect_status(200);
    late.refresh().await.expect_status(200);
    portal.advance("PT10S").await;

    tab.refresh().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "session-theft"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_wrong_secret_ends_the_session_and_its_tenant_is_told_once() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let elsewhere = portal.browser();
    elsewhere.sign_in(&MARTIN).await.expect_status(200);
    let cookie = browser.cookie("__Host-session").unwrap();
    let (session, _) = cookie.split_once('.').unwrap();
    let thief = portal.browser();
    let guessed = format!("{session}.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 32]));

    for _ in 0..3 {
        thief.set_cookie("__Host-session", Some(&guessed));
        thief.refresh().await.expect_problem(401, "unauthenticated");
    }

    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");
    elsewhere.account().await.expect_status(200);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "session-theft"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_cookie_that_names_no_session_is_no_session() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let unknown = format!("AAAAAAAAAAAAAAAAAAAAAA.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
    let good = browser.cookie("__Host-session").unwrap();
    let short = &good[..good.len() - 2];

    for cookie in ["", ".", "a.b", "é", short, &unknown] {
        let stranger = portal.browser();
        stranger.set_cookie("__Host-session", Some(cookie));
        stranger.refresh().await.expect_problem(401, "unauthenticated");
    }
    portal.browser().refresh().await.expect_problem(401, "unauthenticated");

    browser.refresh().await.expect_status(200);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn another_origin_neither_refreshes_nor_signs_out() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let host = portal.address().strip_prefix("http://").unwrap();
    let routes =
        [(Method::POST, "/api/sessions/refresh"), (Method::DELETE, "/api/sessions/current")];

    for (method, path) in &routes {
        let refused: [&[(&str, &str)]; 7] = [
            &[],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", portal.address())],
        ];
        for headers in refused {
            let mut request = browser.request(method.clone(), path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = browser.keep(request).await;
            assert_eq!(answer.set_cookie("__Host-session"), "");
            answer.expect_problem(403, "forbidden");
        }
    }

    let origin = format!("https://{host}");
    let [(refresh, to_refresh), (sign_out, to_sign_out)] = routes;
    let refreshed = browser.request(refresh, to_refresh).header("origin", &origin);
    browser.keep(refreshed).await.expect_status(200);
    let signed_out = browser.request(sign_out, to_sign_out).header("origin", portal.address());
    browser.keep(signed_out).await.expect_status(204);
    browser.refresh().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn signing_out_ends_the_session_and_clears_its_cookie() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let copy = browser.copy();

    let answer = browser.sign_out().await.expect_status(204);

    let cookie = answer.set_cookie("__Host-session");
    assert!(cookie.starts_with("__Host-session=;"), "{cookie}");
    assert_eq!(
        attributes(&cookie),
        ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "Secure"]
    );
    assert_eq!(answer.body, "");
    copy.account().await.expect_problem(401, "unauthenticated");
    copy.refresh().await.expect_problem(401, "unauthenticated");
    copy.sign_out().await.expect_status(204);
    portal.settle().await;
}

#[tokio::test]
async fn signing_out_without_a_session_succeeds() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    browser.sign_out().await.expect_status(204);
    browser.set_cookie("__Host-session", Some("no session"));
    let answer = browser.sign_out().await.expect_status(204);

    assert_eq!(max_age(&answer.set_cookie("__Host-session")), Some(0));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn signing_out_with_a_former_secret_also_ends_the_thiefs_session() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let thief = browser.copy();
    portal.advance("PT61M").await;
    thief.refresh().await.expect_status(200);
    thief.refresh().await.expect_status(200);
    portal.advance("PT31S").await;

    browser.sign_out().await.expect_status(204);

    thief.account().await.expect_problem(401, "unauthenticated");
    thief.refresh().await.expect_problem(401, "unauthenticated");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "session-theft"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_sessions_are_listed_the_one_used_last_first() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    portal.tenant(&LEFEVRE).await;
    portal.set_clock("2027-03-10T13:00:00Z").await;
    let staying = portal.browser();
    staying.sign_in_to_stay(&MARTIN).await.expect_status(200);
    portal.set_clock("2027-03-10T14:00:00Z").await;

    browser.refresh().await.expect_status(200);
    let sessions = listed(&browser).await;

    assert_eq!(sessions.len(), 2);
    let mut members: Vec<&String> = sessions[0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["created_at", "current", "id", "persistent", "seen_at", "user_agent"]);
    let told = |session: &Value| {
        let time = |name: &str| session[name].as_str().unwrap()[..16].to_owned();
        (
            time("created_at"),
            time("seen_at"),
            session["current"].clone(),
            session["persistent"].clone(),
        )
    };
    let day = "2027-03-10T";
    let at = |time: &str| format!("{day}{time}");
    assert_eq!(told(&sessions[0]), (at("12:01"), at("14:00"), json!(true), json!(false)));
    assert_eq!(told(&sessions[1]), (at("13:00"), at("13:00"), json!(false), json!(true)));
    assert_eq!(sessions[0]["user_agent"], "Journey/1.0");
    portal.set_clock("2027-03-10T15:00:00Z").await;
    staying.refresh().await.expect_status(200);
    let seen_from_there = listed(&staying).await;
    let current = |session: &Value| (session["id"].clone(), session["current"].clone());
    assert_eq!(current(&seen_from_there[0]), (sessions[1]["id"].clone(), json!(true)));
    assert_eq!(current(&seen_from_there[1]), (sessions[0]["id"].clone(), json!(false)));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn sessions_that_have_ended_are_not_listed() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let idle = portal.browser();
    idle.sign_in(&MARTIN).await.expect_status(200);
    let left = portal.browser();
    left.sign_in(&MARTIN).await.expect_status(200);
    left.sign_out().await.expect_status(204);
    assert_eq!(listed(&browser).await.len(), 2);

    portal.advance("PT11H").await;
    browser.refresh().await.expect_status(200);
    portal.advance("PT2H").await;
    browser.refresh().await.expect_status(200);

    assert_eq!(listed(&browser).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_that_is_revoked_is_refused_at_once() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in_to_stay(&MARTIN).await.expect_status(200);
    let sessions = listed(&browser).await;
    let id = sessions.iter().find(|session| session["current"] == false).unwrap()["id"].clone();
    other.account().await.expect_status(200);

    revoke(&browser, id.as_str().unwrap()).await.expect_status(204);

    other.account().await.expect_problem(401, "unauthenticated");
    other.refresh().await.expect_problem(401, "unauthenticated");
    browser.account().await.expect_status(200);
    assert_eq!(listed(&browser).await.len(), 1);
    revoke(&browser, id.as_str().unwrap()).await.expect_problem(404, "not_found");
}

/// The reason that `browser` gets for the end of its session; empty if it gets none.
async fn told_why(browser: &Browser) -> String {
    let answer = browser.refresh().await.expect_problem(401, "unauthenticated");
    answer.json["reason"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_browser_whose_session_was_ended_elsewhere_is_told_why_and_nobody_else_is() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let revoked = portal.browser();
    revoked.sign_in_to_stay(&MARTIN).await.expect_status(200);
    let of_another_password = portal.browser();
    of_another_password.sign_in(&MARTIN).await.expect_status(200);
    let cookie = revoked.cookie("__Host-session").unwrap();
    let sessions = listed(&browser).await;
    let id = sessions.iter().find(|session| session["persistent"] == true).unwrap()["id"].clone();

    revoke(&browser, id.as_str().unwrap()).await.expect_status(204);
    let change =
        json!({ "current_password": MARTIN.password, "new_password": "sept oies grises 7" });
    let changed = browser.send(Method::PUT, "/api/account/password", &change).await;

    changed.expect_status(204);
    assert_eq!(told_why(&revoked).await, "revoked");
    assert_eq!(told_why(&of_another_password).await, "credentials_changed");
    let guesser = portal.browser();
    let (id, _) = cookie.split_once('.').unwrap();
    let guess = format!("{id}.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
    guesser.set_cookie("__Host-session", Some(&guess));
    assert_eq!(told_why(&guesser).await, "");
    assert_eq!(told_why(&portal.browser()).await, "");
    portal.advance("P30D").await;
    assert_eq!(told_why(&revoked).await, "");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_browser_is_told_that_its_session_is_over_or_its_account_closed() {
    let (portal, idle) = with_tenant(&MARTIN).await;
    let closed = portal.tenant(&LEFEVRE).await;

    let closure = json!({ "lease": LEFEVRE.lease, "reason": "départ" }).to_string().into_bytes();
    let path = "/api/agency/closures";
    let answer = portal.agency(Method::POST, path, "application/json", closure).await;
    answer.expect_status(204);
    assert_eq!(told_why(&closed).await, "account_closed");
    portal.advance("PT12H").await;

    assert_eq!(told_why(&idle).await, "expired");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_tenant_is_told_that_somebody_else_used_the_session() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let cookie = browser.cookie("__Host-session").unwrap();
    let (id, _) = cookie.split_once('.').unwrap();
    let thief = portal.browser();
    let guess = format!("{id}.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
    thief.set_cookie("__Host-session", Some(&guess));

    assert_eq!(told_why(&thief).await, "");

    assert_eq!(told_why(&browser).await, "copied");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_of_another_account_cannot_be_revoked() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let other = portal.tenant(&LEFEVRE).await;
    let theirs = listed(&other).await[0]["id"].clone();

    revoke(&browser, theirs.as_str().unwrap()).await.expect_problem(404, "not_found");
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "garbage", "%2e%2e"] {
        revoke(&browser, id).await.expect_problem(404, "not_found");
    }
    let stranger = portal.browser();
    revoke(&stranger, theirs.as_str().unwrap()).await.expect_problem(401, "unauthenticated");

    other.account().await.expect_status(200);
    other.refresh().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn revoking_the_present_session_signs_out() {
    let (_portal, browser) = with_tenant(&MARTIN).await;
    let id = listed(&browser).await[0]["id"].clone();

    revoke(&browser, id.as_str().unwrap()).await.expect_status(204);

    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_access_token_is_good_for_ten_minutes() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    browser.refresh().await.expect_status(200);

    portal.advance("PT9M50S").await;
    browser.account().await.expect_status(200);
    portal.advance("PT11S").await;

    browser.account().await.expect_problem(401, "unauthenticated");
    browser.get("/api/sessions").await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn nothing_but_an_access_token_of_ours_opens_an_account() {
    let (portal, browser) = with_tenant(&MARTIN).await;
    let (_elsewhere, neighbour) = with_tenant(&MARTIN).await;
    let good = browser.access_token().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let mut longer = claims.clone();
    longer["exp"] = json!(4_000_000_000_u32);
    let unsigned = encode(&json!({"alg": "none"}));
    let symmetric = encode(&json!({"alg": "HS256", "typ": "JWT"}));
    let session = browser.cookie("__Host-session").unwrap();
    let get = |authorization: Option<String>| {
        let stranger = portal.browser();
        async move {
            let request = stranger.request(Method::GET, "/api/account");
            stranger
                .keep(match authorization {
                    Some(value) => request.header("authorization", value),
                    None => request,
                })
                .await
        }
    };

    let bearer = |token: &str| Some(format!("Bearer {token}"));
    for authorization in [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some(format!("Basic {good}")),
        Some(good.clone()),
        bearer(""),
        bearer("a.b.c"),
        bearer(&format!("{good}A")),
        bearer(&format!("{}.{}.", parts[0], parts[1])),
        bearer(&format!("{}.{}.{}", parts[0], encode(&longer), parts[2])),
        bearer(&format!("{unsigned}.{}.", parts[1])),
        bearer(&format!("{symmetric}.{}.{}", parts[1], parts[2])),
        bearer(&neighbour.access_token().unwrap()),
        bearer(&session),
    ] {
        let answer = get(authorization).await;
        answer.expect_problem(401, "unauthenticated");
    }

    get(Some(format!("bearer {good}"))).await.expect_status(200);
}
