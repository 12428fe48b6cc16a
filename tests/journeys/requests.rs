//! What a tenant asks of the agency, and the agency's answers.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const AGENCY: &str = "lilas@bailleur.example";
const ADVISER: &str = "awa@bailleur.example";

async fn ask(browser: &Browser, kind: &str) -> Answer {
    browser.post("/api/account/agency-requests", &json!({"kind": kind})).await
}

async fn answer(portal: &Portal, token: &str) -> Answer {
    portal.browser().post("/api/agency-requests/answer", &json!({"token": token})).await
}

async fn go_paperless(browser: &Browser) {
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
}

/// The account of [`MARTIN`], in English and without paper.
async fn tenant(portal: &Portal) -> Browser {
    let browser = portal.tenant(&MARTIN).await;
    let english = json!({"language": "en", "paperless": true});
    browser.send(Method::PATCH, "/api/account", &english).await.expect_status(200);
    browser
}

/// The link that the agency is mailed when `browser` asks for `kind`.
async fn asked(portal: &Portal, browser: &Browser, kind: &str) -> String {
    ask(browser, kind).await.expect_status(202);
    portal.settle().await;
    let mails = portal.mails_to(AGENCY).await;
    assert_eq!(mails[0]["tags"]["mail"], "agency-request");
    token_in(&mails[0]).expect("a link with a token")
}

/// Has the landlord's file name an adviser for the lease of [`MARTIN`].
async fn with_adviser(portal: &Portal) {
    let row = format!("12345678,Martin,Camille,Agence des Lilas,{AGENCY},,Awa Sarr,{ADVISER}");
    portal.import(&[row]).await.expect_status(200);
}

async fn close(portal: &Portal, lease: &str) {
    let body = json!({"lease": lease, "reason": "Départ"}).to_string().into_bytes();
    let closed = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    closed.await.expect_status(204);
}

#[tokio::test]
async fn what_is_asked_is_mailed_to_the_agency_and_the_tenant_is_told() {
    for (kind, to_agency, receipt) in [
        (
            "close-account",
            "Un locataire demande la fermeture de son compte",
            "We have passed your request to close your account on to your agency.",
        ),
        (
            "stop-paperless",
            "Un locataire demande à recevoir ses documents par courrier",
            "We have passed your request to receive your documents by post again on to\nyour",
        ),
    ] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;

        let answer = ask(&browser, kind).await.expect_status(202);

        assert_eq!(answer.body, "");
        let mail = portal.mail_to(AGENCY, 1).await;
        assert_eq!((&mail["to"], &mail["cc"]), (&json!(AGENCY), &json!("")));
        assert_eq!(mail["subject"], to_agency);
        let text = mail["text"].as_str().unwrap();
        for told in ["12345678", "Camille Martin", "/reponse-agence#"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        let told = portal.mail_to(MARTIN.email, 3).await;
        assert_eq!(told["tags"]["mail"], "agency-request-received");
        assert!(told["text"].as_str().unwrap().contains(receipt), "{told:#}");
        assert!(!told["text"].as_str().unwrap().contains("reponse-agence"), "{told:#}");
        // Nothing is done before the agency answers.
        let account = browser.account().await.expect_status(200).json;
        assert_eq!(account["paperless"], true);
    }
}

#[tokio::test]
async fn it_goes_to_the_adviser_with_the_agency_in_copy_where_there_is_one() {
    let portal = Portal::open().await;
    with_adviser(&portal).await;
    let browser = tenant(&portal).await;

    ask(&browser, "close-account").await.expect_status(202);

    let mail = portal.mail_to(ADVISER, 1).await;
    assert_eq!((&mail["to"], &mail["cc"]), (&json!(ADVISER), &json!(AGENCY)));
    assert_eq!(portal.mail_to(AGENCY, 1).await["id"], mail["id"]);
}

#[tokio::test]
async fn a_message_is_text_whatever_is_written() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let message =
        "Bonjour,\r\n<script>alert(1)</script>\n\nhttps://faux.example/#abc \"&' \u{202e}";
    let body = json!({"kind": "close-account", "message": message});

    browser.post("/api/account/agency-requests", &body).await.expect_status(202);

    let mail = portal.mail_to(AGENCY, 1).await;
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    assert!(text.contains("\n> Bonjour,\n> <script>alert(1)</script>\n>\n> https"), "{text}");
    assert!(html.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{html}");
    assert!(!html.contains("<script") && !html.contains("href=\"https://faux"), "{html}");
    assert!(!text.contains('\u{202e}') && !html.contains('\u{202e}'));
    let subject = mail["subject"].as_str().unwrap();
    assert_eq!(subject, "Un locataire demande la fermeture de son compte");
}

#[tokio::test]
async fn one_request_of_a_kind_is_open_at_a_time() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    ask(&browser, "close-account").await.expect_status(202);
    portal.settle().await;

    let again = ask(&browser, "close-account").await.expect_status(202);
    let other = ask(&browser, "stop-paperless").await.expect_status(202);

    assert_eq!((again.body, other.body), (String::new(), String::new()));
    portal.settle().await;
    assert_eq!(portal.mails_to(AGENCY).await.len(), 2, "one of each kind");
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 4);
}

#[tokio::test]
async fn what_is_asked_several_times_at_once_is_asked_once() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;

    let posts = (0..6).map(|_| ask(&browser, "close-account"));
    let answers = futures_util::future::join_all(posts).await;

    for answer in answers {
        answer.expect_status(202);
    }
    portal.settle().await;
    assert_eq!(portal.mails_to(AGENCY).await.len(), 1);
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 3);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_field_by_field() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let send = async |body| browser.post("/api/account/agency-requests", &body).await;

    send(json!({})).await.expect_faults(&[("kind", "required")]);
    for kind in ["erase", "close_account", "Close-Account"] {
        send(json!({"kind": kind})).await.expect_faults(&[("kind", "not_allowed")]);
    }
    // It comes on paper as it is.
    ask(&browser, "stop-paperless").await.expect_faults(&[("kind", "not_allowed")]);
    let long = "é".repeat(1_001);
    let answer = send(json!({"kind": "close-account", "message": long})).await;
    answer.expect_faults(&[("message", "too_long")]);
    let answer = send(json!({"kind": "close-account", "lease": "12345678"})).await;
    answer.expect_faults(&[("lease", "unknown_field")]);
    let answer = send(json!({"kind": "close-account", "message": ["x"]})).await;
    answer.expect_problem(400, "malformed_body");
    ask(&portal.browser(), "close-account").await.expect_problem(401, "unauthenticated");
    portal.settle().await;
    assert!(portal.mails_to(AGENCY).await.is_empty());

    let longest = json!({"kind": "close-account", "message": "é".repeat(1_000)});
    send(longest).await.expect_status(202);
    portal.mail_to(AGENCY, 1).await;
}

#[tokio::test]
async fn a_blank_message_is_none() {
    for message in [json!(null), json!(""), json!(" \n ")] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;

        let body = json!({"kind": "close-account", "message": message});
        browser.post("/api/account/agency-requests", &body).await.expect_status(202);

        let mail = portal.mail_to(AGENCY, 1).await;
        assert!(!mail["text"].as_str().unwrap().contains("Message du locataire"), "{mail:#}");
    }
}

#[tokio::test]
async fn the_agencys_answer_closes_the_account_and_the_tenant_is_told() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "close-account").await;

    let answer = answer(&portal, &token).await.expect_status(200);

    assert_eq!(answer.json, json!({"kind": "close-account", "lease": MARTIN.lease}));
    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");
    browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    let told = portal.mail_to(MARTIN.email, 4).await;
    assert_eq!(told["tags"]["mail"], "account-closed");
    assert_eq!(told["subject"], "Your Espace locataire account is closed");
    let lease = portal.lease(MARTIN.lease).await.json;
    assert_eq!(lease["account"]["status"], "deactivated");
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 4, "no way back in");
}

#[tokio::test]
async fn a_household_whose_account_was_closed_may_register_again() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let first = browser.account().await.json["id"].clone();
    let token = asked(&portal, &browser, "close-account").await;
    answer(&portal, &token).await.expect_status(200);
    portal.mail_to(MARTIN.email, 4).await;

    let again = portal.browser();
    again.register(&MARTIN).await.expect_status(202);
    let activation = token_in(&portal.mail_to(MARTIN.email, 5).await).unwrap();
    again.activate(&activation).await.expect_status(200);
    again.sign_in(&MARTIN).await.expect_status(200);

    let account = again.account().await.json;
    assert_ne!(account["id"], first);
    assert_eq!(account["lease"], MARTIN.lease);
    assert_eq!(portal.lease(MARTIN.lease).await.json["account"]["status"], "active");
}

#[tokio::test]
async fn the_agencys_answer_has_documents_come_by_post_again() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "stop-paperless").await;

    let answer = answer(&portal, &token).await.expect_status(200);

    assert_eq!(answer.json, json!({"kind": "stop-paperless", "lease": MARTIN.lease}));
    assert_eq!(browser.account().await.expect_status(200).json["paperless"], false);
    let told = portal.mail_to(MARTIN.email, 4).await;
    assert_eq!(told["tags"]["mail"], "paperless-stopped");
    assert_eq!(told["subject"], "Your documents will come by post again");
}

#[tokio::test]
async fn an_answer_given_again_is_the_same_and_does_no_more() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "stop-paperless").await;
    let first = answer(&portal, &token).await.expect_status(200);
    go_paperless(&browser).await;

    let again = answer(&portal, &token).await.expect_status(200);

    assert_eq!(again.json, first.json);
    assert_eq!(browser.account().await.json["paperless"], true, "as the tenant wants it by now");
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 4);
    let shown = portal.browser().post("/api/links/show", &json!({"token": token})).await;
    assert_eq!(shown.json, json!({"purpose": "agency-request", "status": "used"}));
}

#[tokio::test]
async fn an_answer_posted_several_times_at_once_is_done_once() {
    for kind in ["close-account", "stop-paperless"] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;
        let token = asked(&portal, &browser, kind).await;

        let answers = (0..6).map(|_| answer(&portal, &token));
        let answers = futures_util::future::join_all(answers).await;

        for answer in answers {
            assert_eq!(answer.expect_status(200).json["kind"], kind);
        }
        portal.settle().await;
        assert_eq!(portal.mails_to(MARTIN.email).await.len(), 4, "{kind}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_answer_given_while_it_is_given_again_is_answered_twice() {
    for kind in ["close-account", "stop-paperless"] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;
        let token = asked(&portal, &browser, kind).await;
        // Both links are read late, and one account: after the other call has changed it.
        let slow = json!({
            "service": "dynamodb", "function": "answer-request", "action": "GetItem",
            "fail": "slow", "count": 3,
        });
        portal.set_fault(&slow).await;

        let (first, second) = tokio::join!(answer(&portal, &token), answer(&portal, &token));

        assert_eq!(first.expect_status(200).json["kind"], kind);
        assert_eq!(second.expect_status(200).json["kind"], kind);
    }
}

#[tokio::test]
async fn once_it_is_answered_the_same_can_be_asked_again() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "stop-paperless").await;
    answer(&portal, &token).await.expect_status(200);
    ask(&browser, "stop-paperless").await.expect_faults(&[("kind", "not_allowed")]);
    go_paperless(&browser).await;

    let second = asked(&portal, &browser, "stop-paperless").await;

    assert_ne!(second, token);
    answer(&portal, &second).await.expect_status(200);
    assert_eq!(browser.account().await.json["paperless"], false);
}

#[tokio::test]
async fn a_request_settled_by_the_agencys_system_is_settled() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "stop-paperless").await;
    let body = json!({"lease": MARTIN.lease, "reason": "Demande", "kind": "stop-paperless"});
    let body = body.to_string().into_bytes();
    let settled = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    settled.await.expect_status(204);
    go_paperless(&browser).await;

    answer(&portal, &token).await.expect_problem(410, "link_expired");

    let shown = portal.browser().post("/api/links/show", &json!({"token": token})).await;
    assert_eq!(shown.json, json!({"purpose": "agency-request", "status": "expired"}));
    assert_eq!(browser.account().await.json["paperless"], true);
    let second = asked(&portal, &browser, "stop-paperless").await;
    assert_ne!(second, token);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_answer_can_be_given_for_thirty_days_and_then_the_same_is_asked_again() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.tenant(&MARTIN).await;
    let token = asked(&portal, &browser, "close-account").await;
    let shown = async || {
        let shown = portal.browser().post("/api/links/show", &json!({"token": token})).await;
        shown.expect_status(200).json["status"].clone()
    };

    portal.advance("PT719H59M").await;
    assert_eq!(shown().await, "valid");
    browser.sign_in(&MARTIN).await.expect_status(200);
    ask(&browser, "close-account").await.expect_status(202);
    portal.settle().await;
    assert_eq!(portal.mails_to(AGENCY).await.len(), 1);
    portal.advance("PT1M").await;

    answer(&portal, &token).await.expect_problem(410, "link_expired");
    assert_eq!(shown().await, "expired");
    portal.delete_expired_rows().await;
    answer(&portal, &token).await.expect_problem(410, "link_expired");
    browser.account().await.expect_status(200);
    let second = asked(&portal, &browser, "close-account").await;
    answer(&portal, &second).await.expect_status(200);
}

#[tokio::test]
async fn a_link_that_nobody_made_for_it_answers_nothing() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    let activation = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&activation).await.expect_status(200);
    browser.sign_in(&MARTIN).await.expect_status(200);
    let token = asked(&portal, &browser, "close-account").await;
    let mut forged = token.clone();
    let last = if forged.ends_with('A') { "E" } else { "A" };
    forged.replace_range(forged.len() - 1.., last);

    for no_answer in [activation.as_str(), &forged, "x", &"A".repeat(43)] {
        answer(&portal, no_answer).await.expect_problem(400, "link_invalid");
    }
    answer(&portal, "").await.expect_faults(&[("token", "required")]);
    let post = json!({"token": token, "kind": "close-account"});
    let more = portal.browser().post("/api/agency-requests/answer", &post).await;
    more.expect_faults(&[("kind", "unknown_field")]);

    browser.account().await.expect_status(200);
    answer(&portal, &token).await.expect_status(200);
}

#[tokio::test]
async fn the_link_of_a_household_that_moved_touches_nobody() {
    let portal = Portal::open().await;
    let new = "34567890,Martin,Camille,Agence du Parc,parc@bailleur.example,,,".to_owned();
    portal.import(&[new]).await.expect_status(200);
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "close-account").await;
    let body = json!({"lease": "34567890", "last_name": "Martin", "password": MARTIN.password});
    browser.send(Method::PUT, "/api/account/lease", &body).await.expect_status(200);
    let next = Household { email: "suivants@exemple.example", ..MARTIN };
    let next_browser = portal.tenant(&next).await;

    answer(&portal, &token).await.expect_problem(410, "link_expired");

    browser.account().await.expect_status(200);
    next_browser.account().await.expect_status(200);
    // Of the lease it has now it can ask the same again.
    ask(&browser, "close-account").await.expect_status(202);
    portal.mail_to("parc@bailleur.example", 1).await;
}

#[tokio::test]
async fn the_link_of_an_account_that_was_closed_never_touches_the_next_one_of_the_lease() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "close-account").await;
    close(&portal, MARTIN.lease).await;
    let next = Household { email: "suivants@exemple.example", ..MARTIN };
    let next_browser = portal.tenant(&next).await;

    answer(&portal, &token).await.expect_problem(410, "link_expired");

    next_browser.account().await.expect_status(200);
    assert_eq!(portal.lease(MARTIN.lease).await.json["account"]["status"], "active");
}

#[tokio::test]
async fn an_answer_outlives_passwords_and_addresses() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "close-account").await;
    let change = json!({"current_password": MARTIN.password, "new_password": "sept oies grises 7"});
    browser.send(Method::PUT, "/api/account/password", &change).await.expect_status(204);
    let change = json!({"email": "camille@autre.example", "password": "sept oies grises 7"});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let confirmation = portal.link_mailed_to("camille@autre.example").await;
    let confirmation = json!({"token": confirmation});
    browser.post("/api/email-changes/confirm", &confirmation).await.expect_status(200);

    let answer = answer(&portal, &token).await.expect_status(200);

    assert_eq!(answer.json["kind"], "close-account");
    let told = portal.mail_to("camille@autre.example", 2).await;
    assert_eq!(told["tags"]["mail"], "account-closed");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn what_the_agency_no_longer_answers_for_is_not_mailed_to_it() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let down = json!({"service": "dynamodb", "function": "deliver-mail", "fail": "down"});
    portal.set_fault(&down).await;
    ask(&browser, "close-account").await.expect_status(202);
    close(&portal, MARTIN.lease).await;

    portal.fail("dynamodb", "none", None).await;
    portal.settle().await;

    assert_eq!(portal.mails_to(AGENCY).await, Vec::<Value>::new());
}
