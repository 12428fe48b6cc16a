//! Requests of a tenant to the agency, and the agency's answers.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const AGENCY: &str = "lilas@bailleur.example";
const ADVISER: &str = "awa@bailleur.example";

async fn ask(browser: &Browser, kind: &str) -> Answer {
    browser.post("/api/account/agency-requests", &json!({"kind": kind})).await
}

/// Answers a request as done.
async fn answer(portal: &Portal, token: &str) -> Answer {
    answer_with(portal, &json!({"token": token})).await
}

async fn answer_with(portal: &Portal, body: &Value) -> Answer {
    portal.browser().post("/api/agency-requests/answer", body).await
}

async fn refuse(portal: &Portal, token: &str, reason: &str) -> Answer {
    let body = json!({"token": token, "answer": "refused", "reason": reason});
    answer_with(portal, &body).await
}

/// The answer of `show-link` to a new browser.
async fn shown(portal: &Portal, token: &str) -> Value {
    let shown = portal.browser().post("/api/links/show", &json!({"token": token})).await;
    shown.expect_status(200).json
}

/// The answer of `list-requests` to `browser`.
async fn listed(browser: &Browser) -> Vec<Value> {
    let list = browser.get("/api/account/agency-requests").await.expect_status(200).json;
    list["requests"].as_array().expect("requests are a list").clone()
}

/// The kind and the state of each of `requests`.
fn states(requests: &[Value]) -> Vec<(&Value, &Value)> {
    requests.iter().map(|request| (&request["kind"], &request["state"])).collect()
}

async fn go_paperless(browser: &Browser) {
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
}

/// The account of [`MARTIN`], in English and paperless, after three mails.
async fn tenant(portal: &Portal) -> Browser {
    let browser = portal.tenant(&MARTIN).await;
    let english = json!({"language": "en", "paperless": true});
    browser.send(Method::PATCH, "/api/account", &english).await.expect_status(200);
    portal.mail_to(MARTIN.email, 3).await;
    browser
}

/// Asks for `kind` in `browser` and returns the token mailed to the agency.
async fn asked(portal: &Portal, browser: &Browser, kind: &str) -> String {
    ask(browser, kind).await.expect_status(202);
    portal.settle().await;
    let mails = portal.mails_to(AGENCY).await;
    assert_eq!(mails[0]["tags"]["mail"], "agency-request");
    token_in(&mails[0]).expect("a link with a token")
}

/// Imports an adviser for the lease of [`MARTIN`].
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
async fn a_request_is_mailed_to_the_agency_and_the_tenant_is_told() {
    for (kind, to_agency, receipt) in [
        (
            "close-account",
            "Un locataire demande la fermeture de son compte",
            "We have sent your agency your request to close your account.",
        ),
        (
            "stop-paperless",
            "Un locataire demande à recevoir ses documents par courrier",
            "We have sent your agency your request to receive your documents by post\nagain.",
        ),
    ] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;

        let answer = ask(&browser, kind).await.expect_status(202);

        assert_eq!(answer.json, json!({"state": "sent"}));
        let mail = portal.mail_to(AGENCY, 1).await;
        assert_eq!((&mail["to"], &mail["cc"]), (&json!(AGENCY), &json!("")));
        assert_eq!(mail["subject"], to_agency);
        let text = mail["text"].as_str().unwrap();
        for told in ["12345678", "Camille Martin", "/reponse-agence#"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        let told = portal.mail_to(MARTIN.email, 4).await;
        assert_eq!(told["tags"]["mail"], "agency-request-received");
        assert!(told["text"].as_str().unwrap().contains(receipt), "{told:#}");
        assert!(!told["text"].as_str().unwrap().contains("reponse-agence"), "{told:#}");
        // Nothing is done before the agency answers.
        let account = browser.account().await.expect_status(200).json;
        assert_eq!(account["paperless"], true);
    }
}

#[tokio::test]
async fn a_request_goes_to_the_adviser_with_the_agency_in_copy() {
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

    assert_eq!(again.json, json!({"state": "already_open"}));
    assert_eq!(other.json, json!({"state": "sent"}));
    portal.settle().await;
    assert_eq!(portal.mails_to(AGENCY).await.len(), 2, "one of each kind");
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 5);
}

#[tokio::test]
async fn a_request_made_several_times_at_once_is_mailed_once() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;

    let posts = (0..6).map(|_| ask(&browser, "close-account"));
    let answers = futures_util::future::join_all(posts).await;

    let states = answers.into_iter().map(|answer| answer.expect_status(202).json);
    let (sent, open): (Vec<_>, Vec<_>) = states.partition(|told| told["state"] == "sent");
    assert_eq!(sent.len(), 1);
    assert!(open.iter().all(|told| *told == json!({"state": "already_open"})), "{open:?}");
    portal.settle().await;
    assert_eq!(portal.mails_to(AGENCY).await.len(), 1);
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 4);
    assert_eq!(listed(&browser).await.len(), 1);
}

#[tokio::test]
async fn an_invalid_request_is_refused_field_by_field() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let send = async |body| browser.post("/api/account/agency-requests", &body).await;

    send(json!({})).await.expect_faults(&[("kind", "required")]);
    for kind in ["erase", "close_account", "Close-Account"] {
        send(json!({"kind": kind})).await.expect_faults(&[("kind", "not_allowed")]);
    }
    // Rent notices already come on paper.
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
    let told = portal.mail_to(MARTIN.email, 5).await;
    assert_eq!(told["tags"]["mail"], "account-closed");
    assert_eq!(told["subject"], "Your Espace locataire account is closed");
    let lease = portal.lease(MARTIN.lease).await.json;
    assert_eq!(lease["account"]["status"], "deactivated");
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    assert_eq!(
        portal.mails_to(MARTIN.email).await.len(),
        5,
        "no further mail, such as a reset link"
    );
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
    let told = portal.mail_to(MARTIN.email, 5).await;
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
    assert_eq!(
        browser.account().await.json["paperless"],
        true,
        "the tenant has gone paperless again"
    );
    let names = portal.mail_names_to(MARTIN.email).await;
    let expected = ["agency-request-received", "paperless-stopped", "paperless-started"];
    assert_eq!(names[3..], expected);
    let used = shown(&portal, &token).await;
    assert_eq!((&used["status"], &used["settled"]["state"]), (&json!("used"), &json!("done")));
    assert_eq!(used["request"], Value::Null);
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
        assert_eq!(portal.mails_to(MARTIN.email).await.len(), 5, "{kind}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_answer_given_while_it_is_given_again_is_answered_twice() {
    for kind in ["close-account", "stop-paperless"] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;
        let token = asked(&portal, &browser, kind).await;
        // Both links are read late. One account is read after the other call has changed it.
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
async fn the_agency_is_shown_what_it_is_asked_before_it_answers() {
    for (kind, message) in
        [("close-account", Some("Je pars <le 3> mai.")), ("stop-paperless", None)]
    {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;
        let body = json!({"kind": kind, "message": message});
        browser.post("/api/account/agency-requests", &body).await.expect_status(202);
        portal.settle().await;
        let token = token_in(&portal.mails_to(AGENCY).await[0]).unwrap();

        let mut request = json!({"kind": kind, "lease": MARTIN.lease, "name": "Camille Martin"});
        if let Some(message) = message {
            request["message"] = json!(message);
        }
        let valid = json!({"purpose": "agency-request", "status": "valid", "request": request});
        assert_eq!(shown(&portal, &token).await, valid);
        assert_eq!(shown(&portal, &token).await, valid);
        assert_eq!(listed(&browser).await[0]["state"], "open", "the link was only shown");

        answer(&portal, &token).await.expect_status(200);
        let used = shown(&portal, &token).await;
        assert_eq!(used["status"], "used");
        assert_eq!(used["request"], Value::Null, "the request is no longer shown");
    }
}

#[tokio::test]
async fn a_refusal_changes_nothing_and_its_reason_is_told_to_the_tenant() {
    const REASON: &str = "Il manque votre préavis.";
    for kind in ["close-account", "stop-paperless"] {
        let portal = Portal::open().await;
        let browser = tenant(&portal).await;
        let token = asked(&portal, &browser, kind).await;
        let before = browser.account().await.expect_status(200).json;

        let first = refuse(&portal, &token, REASON).await.expect_status(200).json;

        assert_eq!(first, json!({"kind": kind, "lease": MARTIN.lease}));
        assert_eq!(browser.account().await.expect_status(200).json, before);
        let told = portal.mail_to(MARTIN.email, 5).await;
        assert_eq!(told["tags"]["mail"], "agency-request-refused");
        for part in ["text", "html"] {
            let part = told[part].as_str().unwrap();
            assert!(part.contains(REASON), "{part}");
            assert!(!part.contains("reponse-agence"), "{part}");
        }
        let list = listed(&browser).await;
        assert_eq!(states(&list), [(&json!(kind), &json!("refused"))]);
        assert_eq!(list[0]["reason"], REASON);
        assert!(list[0]["settled_at"].as_str() >= list[0]["asked_at"].as_str());

        // Later answers come too late.
        for again in [json!({"token": token}), json!({"token": token, "answer": "done"})] {
            assert_eq!(answer_with(&portal, &again).await.expect_status(200).json, first);
        }
        let again = refuse(&portal, &token, "Une autre raison").await;
        assert_eq!(again.expect_status(200).json, first);
        assert_eq!(browser.account().await.expect_status(200).json, before);
        assert_eq!(listed(&browser).await, list);
        let settled = &shown(&portal, &token).await["settled"];
        assert_eq!((&settled["state"], &settled["reason"]), (&json!("refused"), &json!(REASON)));
        assert_eq!(settled["at"], list[0]["settled_at"]);
        portal.settle().await;
        assert_eq!(portal.mails_to(MARTIN.email).await.len(), 5, "{kind}");

        // The tenant may ask again, and the agency may decide differently.
        let second = asked(&portal, &browser, kind).await;
        assert_ne!(second, token);
        let list = listed(&browser).await;
        // Times are stored in seconds, so either may come first.
        for state in ["open", "refused"] {
            assert!(states(&list).contains(&(&json!(kind), &json!(state))), "{list:?}");
        }
        answer(&portal, &second).await.expect_status(200);
        match kind {
            "close-account" => {
                browser.account().await.expect_problem(401, "unauthenticated");
            }
            _ => assert_eq!(browser.account().await.json["paperless"], false),
        }
    }
}

#[tokio::test]
async fn a_refusal_needs_no_reason_and_nothing_else_is_an_answer() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    let token = asked(&portal, &browser, "close-account").await;
    let with = |field: &str, value: Value| {
        let mut body = json!({"token": token, "answer": "refused"});
        body[field] = value;
        body
    };

    for no_answer in ["perhaps", "Refused", "yes"] {
        let answer = answer_with(&portal, &with("answer", json!(no_answer))).await;
        answer.expect_faults(&[("answer", "not_allowed")]);
    }
    let long = answer_with(&portal, &with("reason", json!("é".repeat(1_001)))).await;
    long.expect_faults(&[("reason", "too_long")]);
    let number = answer_with(&portal, &with("reason", json!(7))).await;
    number.expect_problem(400, "malformed_body");
    assert_eq!(shown(&portal, &token).await["status"], "valid");
    assert_eq!(states(&listed(&browser).await), [(&json!("close-account"), &json!("open"))]);

    answer_with(&portal, &with("reason", json!(" "))).await.expect_status(200);

    let told = portal.mail_to(MARTIN.email, 5).await;
    assert_eq!(told["tags"]["mail"], "agency-request-refused");
    let list = listed(&browser).await;
    assert_eq!((&list[0]["state"], &list[0]["reason"]), (&json!("refused"), &Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn requests_are_listed_with_their_state_newest_first() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:00Z").await;
    let browser = tenant(&portal).await;
    assert_eq!(listed(&browser).await, Vec::<Value>::new());
    let token = asked(&portal, &browser, "stop-paperless").await;
    portal.set_clock("2031-03-03T09:05:00Z").await;
    let body = json!({"kind": "close-account", "message": "Fin mai.\nMerci"});
    browser.post("/api/account/agency-requests", &body).await.expect_status(202);
    portal.set_clock("2031-03-03T09:08:00Z").await;

    answer(&portal, &token).await.expect_status(200);

    let list = listed(&browser).await;
    let (kinds, open): (Vec<_>, _) = (states(&list), &list[0]);
    assert_eq!(kinds[0], (&json!("close-account"), &json!("open")));
    assert_eq!(kinds[1], (&json!("stop-paperless"), &json!("done")));
    assert_eq!(kinds.len(), 2);
    let members: Vec<&String> = open.as_object().unwrap().keys().collect();
    assert_eq!(members, ["asked_at", "kind", "message", "state"]);
    assert_eq!(open["message"], "Fin mai.\nMerci");
    assert!(open["asked_at"].as_str().unwrap().starts_with("2031-03-03T09:05:"));
    let members: Vec<&String> = list[1].as_object().unwrap().keys().collect();
    assert_eq!(members, ["asked_at", "kind", "settled_at", "state"]);
    assert!(list[1]["asked_at"].as_str().unwrap().starts_with("2031-03-03T09:00:"));
    assert!(list[1]["settled_at"].as_str().unwrap().starts_with("2031-03-03T09:08:"));
    let other = portal.tenant(&Household::NDIAYE).await;
    assert_eq!(listed(&other).await, Vec::<Value>::new(), "its own alone");
    portal.advance("P30D").await;
    browser.sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(listed(&browser).await, Vec::<Value>::new(), "both have expired");
}

#[tokio::test]
async fn a_request_done_by_the_agencys_system_is_listed_as_done() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    asked(&portal, &browser, "stop-paperless").await;
    let body = json!({"lease": MARTIN.lease, "reason": "Demande", "kind": "stop-paperless"});
    let body = body.to_string().into_bytes();
    let settled = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    settled.await.expect_status(204);

    let list = listed(&browser).await;

    assert_eq!(states(&list), [(&json!("stop-paperless"), &json!("done"))]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "the domain is refused by the local SES")]
async fn a_request_that_does_not_reach_the_agency_is_closed_and_the_tenant_is_told() {
    let portal = Portal::open().await;
    let row = "12345678,Martin,Camille,Agence des Lilas,agence@refused.example,,,".to_owned();
    portal.import(&[row]).await.expect_status(200);
    let browser = tenant(&portal).await;

    let answer = ask(&browser, "close-account").await.expect_status(202);

    assert_eq!(answer.json, json!({"state": "sent"}));
    let told = portal.mail_to(MARTIN.email, 4).await;
    assert_eq!(told["tags"]["mail"], "agency-request-not-delivered");
    let list = listed(&browser).await;
    assert_eq!(states(&list), [(&json!("close-account"), &json!("not_delivered"))]);
    assert!(list[0]["settled_at"].is_string());
    portal.settle().await;
    // Another request is mailed again and also fails.
    let again = ask(&browser, "close-account").await.expect_status(202);
    assert_eq!(again.json, json!({"state": "sent"}));
    let told = portal.mail_to(MARTIN.email, 5).await;
    assert_eq!(told["tags"]["mail"], "agency-request-not-delivered");
    portal.import(&[MARTIN.row("")]).await.expect_status(200);
    let token = asked(&portal, &browser, "close-account").await;
    let told = portal.mail_to(MARTIN.email, 6).await;
    assert_eq!(told["tags"]["mail"], "agency-request-received");
    let list = listed(&browser).await;
    let mut states: Vec<&str> =
        list.iter().map(|request| request["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["not_delivered", "not_delivered", "open"]);
    assert_eq!(shown(&portal, &token).await["status"], "valid");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn receipt_is_confirmed_once_ses_has_the_mail_to_the_agency() {
    let portal = Portal::open().await;
    let browser = tenant(&portal).await;
    portal.settle().await;
    portal.forget_requests().await;
    portal.fail("ses", "down", None).await;

    ask(&browser, "close-account").await.expect_status(202);
    let failed = async || {
        let calls = portal.requests_of("deliver-mail").await;
        calls.iter().any(|call| call["service"] == "ses" && call["fault"].is_string())
    };
    for _ in 0..1_000 {
        if failed().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(failed().await, "SES was not asked");
    // SES would take mails to the tenant. Only the mail to the agency was tried so far.
    portal.fail("ses", "none", None).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waiting = portal.mails_to(MARTIN.email).await;
    assert_eq!(waiting.len(), 3, "{waiting:#?}");
    assert_eq!(states(&listed(&browser).await), [(&json!("close-account"), &json!("open"))]);
    portal.advance("PT5M").await;

    let told = portal.mail_to(MARTIN.email, 4).await;
    assert_eq!(told["tags"]["mail"], "agency-request-received");
    assert_eq!(portal.mails_to(AGENCY).await.len(), 1);
}

#[tokio::test]
async fn an_answered_request_can_be_made_again() {
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

    let expired = json!({"purpose": "agency-request", "status": "expired"});
    assert_eq!(shown(&portal, &token).await, expired);
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

    portal.advance("PT719H59M").await;
    assert_eq!(shown(&portal, &token).await["status"], "valid");
    browser.sign_in(&MARTIN).await.expect_status(200);
    ask(&browser, "close-account").await.expect_status(202);
    portal.settle().await;
    assert_eq!(portal.mails_to(AGENCY).await.len(), 1);
    portal.advance("PT1M").await;

    answer(&portal, &token).await.expect_problem(410, "link_expired");
    assert_eq!(shown(&portal, &token).await["status"], "expired");
    portal.delete_expired_rows().await;
    answer(&portal, &token).await.expect_problem(410, "link_expired");
    browser.account().await.expect_status(200);
    let second = asked(&portal, &browser, "close-account").await;
    answer(&portal, &second).await.expect_status(200);
}

#[tokio::test]
async fn a_forged_or_foreign_link_answers_no_request() {
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
    // The same can be asked about the present lease.
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
