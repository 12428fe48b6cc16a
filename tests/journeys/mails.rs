//! The mails, whatever SES, the stream and the tables do meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Household, Portal, token_in};

const LANGUAGES: [&str; 2] = ["fr", "en"];

/// Registers the household of a lease of its own, the `n`th.
async fn register_nth(portal: &Portal, browser: &Browser, n: usize) -> String {
    let email = format!("foyer{n}@exemple.example");
    let row = format!("910000{n:02},Petit,Léa,Agence,agence@bailleur.example,,,");
    portal.import(&[row]).await.expect_status(200);
    let form = json!({
        "lease": format!("910000{n:02}"), "last_name": "Petit", "email": email,
        "password": "quatre chevaux bleus 4", "terms": "2026-01",
    });
    browser.post("/api/registrations", &form).await.expect_status(202);
    email
}

/// Waits until deliver-mail has made `count` calls of `service` that failed.
async fn failures(portal: &Portal, service: &str, count: usize) {
    for _ in 0..1_000 {
        let calls = portal.requests_of("deliver-mail").await;
        let failed = calls.iter().filter(|call| call["service"] == service && failed(call));
        if failed.count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{service} did not fail {count} times");
}

/// Waits until `count` sweeps have looked for mails that wait.
async fn sweeps(portal: &Portal, count: usize) {
    portal.forget_requests().await;
    for _ in 0..1_000 {
        let calls = portal.requests_of("deliver-mail").await;
        let queries = calls.iter().filter(|call| call["action"] == "Query").count();
        // One of each shard.
        if queries >= 4 * count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there were no {count} sweeps");
}

fn failed(call: &Value) -> bool {
    call["fault"].is_string()
}

fn names(mails: &[Value]) -> Vec<&str> {
    let oldest_first = mails.iter().rev();
    oldest_first.map(|mail| mail["tags"]["mail"].as_str().unwrap()).collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_outage_of_ses_loses_nothing_and_doubles_nothing() {
    let portal = Portal::open().await;
    let browsers: Vec<Browser> = (0..12).map(|_| portal.browser()).collect();
    let mut emails = Vec::new();

    portal.fail("ses", "down", None).await;
    for (n, browser) in browsers.iter().enumerate() {
        emails.push(register_nth(&portal, browser, n).await);
    }
    // Beyond what the stream tries.
    sweeps(&portal, 4).await;
    assert_eq!(portal.mails().await, Vec::<Value>::new());
    portal.fail("ses", "none", None).await;
    portal.settle().await;
    for (browser, email) in browsers.iter().zip(&emails) {
        let mail = portal.mail_to(email, 1).await;
        browser.activate(&token_in(&mail).unwrap()).await.expect_status(200);
    }

    portal.settle().await;
    portal.fail("ses", "down", None).await;
    for (browser, email) in browsers.iter().zip(&emails) {
        let forgotten = json!({"email": email});
        browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    }
    sweeps(&portal, 4).await;
    portal.fail("ses", "none", None).await;
    portal.settle().await;

    for email in &emails {
        let mails = portal.mails_to(email).await;
        assert_eq!(names(&mails), ["activation", "account-activated", "password-reset"]);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn ses_may_be_throttled_or_slow_and_each_mail_comes_once() {
    let portal = Portal::open().await;

    for (n, (fail, count)) in
        [("throttle", Some(4)), ("throttle", Some(12)), ("slow", Some(2)), ("down", Some(1))]
            .into_iter()
            .enumerate()
    {
        portal.fail("ses", fail, count).await;
        let email = register_nth(&portal, &portal.browser(), n).await;
        portal.settle().await;
        assert_eq!(portal.mails_to(&email).await.len(), 1, "{fail}");
        portal.fail("ses", "none", None).await;
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_whose_answer_was_lost_comes_twice_at_most() {
    let portal = Portal::open().await;
    portal.fail("ses", "lost-answer", Some(1)).await;
    let household = Household::MARTIN;

    portal.browser().register(&household).await.expect_status(202);
    portal.settle().await;

    let mails = portal.mails_to(household.email).await;
    assert!((1..=2).contains(&mails.len()), "{mails:#?}");
    assert!(mails.iter().all(|mail| mail["links"] == mails[0]["links"]));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_whose_mark_was_lost_comes_twice_at_most() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.fail("ses", "slow", None).await;
    portal.browser().register(&household).await.expect_status(202);

    // While SES takes its time, the table goes.
    for _ in 0..100 {
        let calls = portal.requests_of("deliver-mail").await;
        if calls.iter().filter(|call| call["action"] == "UpdateItem").count() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let down = json!({
        "service": "dynamodb", "function": "deliver-mail", "action": "UpdateItem", "fail": "down",
    });
    portal.set_fault(&down).await;
    failures(&portal, "dynamodb", 3).await;
    portal.fail("dynamodb", "none", None).await;
    portal.fail("ses", "none", None).await;
    portal.mail_to(household.email, 1).await;
    portal.advance("PT2M").await;
    portal.settle().await;

    let mails = portal.mails_to(household.email).await;
    assert_eq!(mails.len(), 2, "{mails:#?}");
    assert_eq!(mails[0]["links"], mails[1]["links"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_delivery_that_does_not_know_whether_it_has_the_mail_leaves_it_to_a_later_one() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let lost = json!({
        "service": "dynamodb", "function": "deliver-mail", "action": "UpdateItem",
        "fail": "lost-answer", "count": 1,
    });
    portal.set_fault(&lost).await;

    portal.browser().register(&household).await.expect_status(202);
    failures(&portal, "dynamodb", 1).await;
    portal.advance("PT2M").await;
    portal.settle().await;

    assert_eq!(portal.mails_to(household.email).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn what_the_stream_gives_up_the_sweep_makes_good() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let down = json!({"service": "dynamodb", "function": "deliver-mail", "fail": "down"});
    portal.set_fault(&down).await;

    portal.browser().register(&household).await.expect_status(202);
    // The stream brings a record three times, and each time the call is tried three times.
    failures(&portal, "dynamodb", 30).await;
    assert!(portal.mails_to(household.email).await.is_empty());
    portal.forget_requests().await;
    portal.fail("dynamodb", "none", None).await;
    portal.settle().await;

    assert_eq!(portal.mails_to(household.email).await.len(), 1);
    let calls = portal.requests_of("deliver-mail").await;
    assert!(calls.iter().any(|call| call["action"] == "Query"), "a sweep found it");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn throttled_and_conflicting_tables_delay_a_mail_and_no_more() {
    let portal = Portal::open().await;

    for (n, fail) in ["throttle", "conflict", "slow"].into_iter().enumerate() {
        let fault = json!({
            "service": "dynamodb", "function": "deliver-mail", "fail": fail, "count": 4,
        });
        portal.set_fault(&fault).await;
        let email = register_nth(&portal, &portal.browser(), n).await;
        portal.settle().await;
        assert_eq!(portal.mails_to(&email).await.len(), 1, "{fail}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn what_ses_refuses_for_good_is_marked_and_not_tried_again() {
    let portal = Portal::open().await;
    let household = Household { email: "camille@refused.example", ..Household::MARTIN };
    let registered = portal.browser().register(&household).await.expect_status(202);
    portal.settle().await;

    portal.advance("PT10M").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;

    let calls = portal.requests_of("deliver-mail").await;
    let sent = calls.iter().filter(|call| call["service"] == "ses").count();
    assert_eq!(sent, 1, "{calls:#?}");
    let id = registered.json["registration"].as_str().unwrap();
    let row = portal.token_row(&format!("link#{id}")).await;
    assert!(row["refused_at"].is_object(), "{row:#}");
    assert!(row["outbox"].is_null(), "{row:#}");
    let good = Household { email: "camille@exemple.example", ..household };
    portal.browser().register(&good).await.expect_status(202);
    portal.link_mailed_to(good.email).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_waits_until_its_sender_is_verified() {
    let portal = Portal::open().await;
    portal.fail("ses", "unverified", None).await;
    portal.browser().register(&Household::MARTIN).await.expect_status(202);
    failures(&portal, "ses", 2).await;

    portal.fail("ses", "none", None).await;

    portal.link_mailed_to(Household::MARTIN.email).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_link_that_expired_unsent_is_never_mailed() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    portal.fail("ses", "down", None).await;
    let forgotten = json!({"email": household.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.browser().register(&Household::NDIAYE).await.expect_status(202);
    failures(&portal, "ses", 6).await;

    portal.advance("PT1H").await;
    portal.fail("ses", "none", None).await;
    portal.settle().await;

    let mails = portal.mails_to(household.email).await;
    assert_eq!(names(&mails), ["activation", "account-activated"]);
    let waited = portal.mails_to(Household::NDIAYE.email).await;
    assert_eq!(names(&waited), ["activation"], "a day is longer than an hour");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_that_is_swept_away_by_its_expiry_stops_nothing() {
    let portal = Portal::open().await;
    portal.fail("ses", "down", None).await;
    portal.browser().register(&Household::MARTIN).await.expect_status(202);
    failures(&portal, "ses", 3).await;

    portal.advance("P2D").await;
    portal.delete_expired_rows().await;
    portal.fail("ses", "none", None).await;
    portal.browser().register(&Household::NDIAYE).await.expect_status(202);
    portal.settle().await;

    assert!(portal.mails_to(Household::MARTIN.email).await.is_empty());
    assert_eq!(portal.mails_to(Household::NDIAYE.email).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_mail_says_which_row_it_is_and_that_nobody_need_answer() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let registered = portal.browser().register(&household).await.expect_status(202);

    let mail = portal.mail_to(household.email, 1).await;

    let id = registered.json["registration"].as_str().unwrap();
    assert_eq!(mail["tags"], json!({"row": format!("link.{id}"), "mail": "activation"}));
    assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
    assert!(mail["configuration_set"].is_string(), "{mail:#}");
    assert_eq!(mail["from"], "Espace locataire <ne-pas-repondre@bailleur.example>");
    assert_eq!(mail["to"], household.email);
    for others in ["cc", "bcc", "reply_to"] {
        assert_eq!(mail[others], "", "{others}");
    }
}

const AGENCY: &str = "lilas@bailleur.example";

/// Has every mail there is sent, in `language`, and gives them by name.
async fn every_mail(language: &str) -> BTreeMap<String, Value> {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let household = Household::MARTIN;
    let browser = portal.browser().in_language(language);
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    let address_taken = Household { email: household.email, ..Household::LEFEVRE };
    browser.register(&address_taken).await.expect_status(202);
    let lease_taken = Household { email: "voisin@exemple.example", ..household };
    browser.register(&lease_taken).await.expect_status(202);
    let reminder = json!({"lease": household.lease, "last_name": household.last_name});
    browser.post("/api/identifier-reminders", &reminder).await.expect_status(202);

    let household = recover(&portal, &browser, household).await;
    ask_the_agency(&portal, &browser).await;
    let household = move_address(&portal, &browser, household).await;
    let close = json!({"kind": "close-account", "message": "Nous partons."});
    browser.sign_in(&household).await.expect_status(200);
    browser.post("/api/account/agency-requests", &close).await.expect_status(202);
    portal.settle().await;
    answer_newest_request(&portal).await;
    leave(&portal, language).await;

    portal.settle().await;
    let all = portal.mails().await.into_iter();
    all.map(|mail| (mail["tags"]["mail"].as_str().unwrap().to_owned(), mail)).collect()
}

/// Has a session's cookie copied, and chooses another password by a mailed link.
async fn recover(portal: &Portal, browser: &Browser, household: Household) -> Household {
    browser.sign_in(&household).await.expect_status(200);
    let session = browser.cookie("__Host-session").unwrap();
    let (id, _) = session.split_once('.').unwrap();
    browser.set_cookie("__Host-session", Some(&format!("{id}.{}", "A".repeat(43))));
    browser.refresh().await.expect_problem(401, "unauthenticated");
    let forgotten = json!({"email": household.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    let token = portal.link_mailed_to(household.email).await;
    let household = Household { password: "sept oies grises 7", ..household };
    let reset = json!({"token": token, "password": household.password});
    browser.post("/api/password-resets/confirm", &reset).await.expect_status(204);
    household
}

/// Goes paperless, and has the agency take that back.
async fn ask_the_agency(portal: &Portal, browser: &Browser) {
    let household = Household { password: "sept oies grises 7", ..Household::MARTIN };
    browser.sign_in(&household).await.expect_status(200);
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let paper = json!({"kind": "stop-paperless"});
    browser.post("/api/account/agency-requests", &paper).await.expect_status(202);
    portal.settle().await;
    answer_newest_request(portal).await;
}

async fn answer_newest_request(portal: &Portal) {
    let token = json!({"token": portal.link_mailed_to(AGENCY).await});
    portal.browser().post("/api/agency-requests/answer", &token).await.expect_status(200);
}

async fn move_address(portal: &Portal, browser: &Browser, household: Household) -> Household {
    let moved = Household { email: "nouvelle@exemple.example", ..household };
    let change = json!({"email": moved.email, "password": household.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let token = json!({"token": portal.link_mailed_to(moved.email).await});
    browser.post("/api/email-changes/confirm", &token).await.expect_status(200);
    moved
}

/// Has another household leave at the end of its lease.
async fn leave(portal: &Portal, language: &str) {
    let household = Household::NDIAYE;
    let browser = portal.browser().in_language(language);
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    portal.import(&[household.row("2031-03-31")]).await.expect_status(200);
    for time in ["2031-05-31T03:00:00Z", "2031-07-01T03:00:00Z", "2031-07-02T03:00:00Z"] {
        portal.run_daily_job(time).await;
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn every_mail_is_in_one_language_with_the_same_links_as_text_and_as_html() {
    let [french, english] = [every_mail(LANGUAGES[0]).await, every_mail(LANGUAGES[1]).await];

    let names: Vec<&str> = french.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "account-activated",
            "account-closed",
            "account-deactivated",
            "activation",
            "agency-request",
            "agency-request-received",
            "closing-soon",
            "email-already-registered",
            "email-change-confirm",
            "email-changed",
            "household-already-registered",
            "identifier-reminder",
            "paperless-stopped",
            "password-changed",
            "password-reset",
            "session-theft",
        ]
    );
    assert!(french.keys().eq(english.keys()));
    for (name, french) in &french {
        let english = &english[name];
        assert_eq!(pages(french), pages(english), "{name}");
        // The landlord's staff reads French, whatever the tenant does.
        let other = if name == "agency-request" { "fr" } else { "en" };
        assert_eq!(french["subject"] == english["subject"], other == "fr", "{name}");
        for (mail, language) in [(french, "fr"), (english, other)] {
            let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
            let greeting = if language == "fr" { "Bonjour,\n" } else { "Hello,\n" };
            assert!(text.starts_with(greeting), "{name}: {text}");
            assert!(html.contains(&format!("lang=\"{language}\"")), "{name}: {html}");
            assert_eq!(links_of(text), links_of(html), "{name}");
            assert!(!html.contains("<img") && !html.contains("<script"), "{name}");
            let subject = mail["subject"].as_str().unwrap().to_lowercase();
            for secret in ["camille", "martin", "diaye", "12345678", "exemple", "@"] {
                assert!(!subject.contains(secret), "{name}: {subject}");
            }
        }
    }
}

/// The links of a text or a page, once each, without a pair of quotes or a tag behind them.
fn links_of(text: &str) -> Vec<String> {
    let parts = text.split("http://").skip(1);
    let ends = |c: char| c.is_whitespace() || "<>\"'".contains(c);
    let mut links: Vec<String> =
        parts.filter_map(|part| part.split(ends).next()).map(str::to_owned).collect();
    links.sort();
    links.dedup();
    links
}

/// The pages that a mail links to, without host and token.
fn pages(mail: &Value) -> Vec<String> {
    let page = |link: String| {
        let link = link.split('#').next().unwrap_or_default().to_owned();
        link.split_once('/').map_or(String::new(), |(_, page)| page.to_owned())
    };
    links_of(mail["text"].as_str().unwrap()).into_iter().map(page).collect()
}
