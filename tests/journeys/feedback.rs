//! What SES reports of mails.

use serde_json::{Value, json};
use tests::{Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const SECOND: &str = "camille@deuxieme.example";

/// The sample event of a bounce.
fn sample() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/record-mail-feedback.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A permanent bounce of `mail`, as SES reports it.
fn bounce(mail: &Value) -> Value {
    let mut event = sample();
    let detail = &mut event["detail"];
    detail["mail"]["destination"] = json!([mail["to"]]);
    detail["mail"]["tags"]["row"] = json!([mail["tags"]["row"]]);
    detail["mail"]["tags"]["mail"] = json!([mail["tags"]["mail"]]);
    detail["bounce"]["bouncedRecipients"][0]["emailAddress"] = mail["to"].clone();
    event
}

/// A complaint about `mail`, as SES reports it.
fn complaint(mail: &Value) -> Value {
    let mut event = bounce(mail);
    event["detail-type"] = json!("Email Complaint Received");
    let detail = event["detail"].as_object_mut().unwrap();
    detail.remove("bounce");
    detail["eventType"] = json!("Complaint");
    detail.insert(
        "complaint".to_owned(),
        json!({
            "feedbackId": "0100017c0f2a3b4c-000000",
            "complainedRecipients": [{"emailAddress": mail["to"]}],
            "complaintFeedbackType": "abuse",
            "timestamp": "2026-11-23T07:59:58.000Z",
        }),
    );
    event
}

async fn report(portal: &Portal, event: &Value) {
    let answer = portal.invoke("record-mail-feedback", event).await.expect_status(200);
    assert_eq!(answer.header("x-amz-function-error"), "", "{}", answer.body);
}

/// What the agency is told of the mails of a lease: beside the lease, and beside its account.
async fn mail_states(portal: &Portal, lease: &str) -> (Value, Value) {
    let lease = portal.lease(lease).await.expect_status(200).json;
    (lease["mail_state"].clone(), lease["account"]["mail_state"].clone())
}

/// The newest mail to `address`, once no more come.
async fn newest(portal: &Portal, address: &str) -> Value {
    portal.settle().await;
    portal.mails_to(address).await.first().expect("a mail").clone()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_mail_that_came_back_for_good_is_shown_to_the_agency() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));

    report(&portal, &bounce(&mail)).await;

    let bounced = json!("bounced");
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (bounced.clone(), bounced));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_mail_that_was_unwanted_is_shown_to_the_agency_and_stops_none() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;

    report(&portal, &complaint(&mail)).await;

    let complained = json!("complained");
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (complained.clone(), complained));
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    assert_eq!(newest(&portal, MARTIN.email).await["tags"]["mail"], "password-reset");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn every_mail_tells_whose_it_is() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let reminder = json!({"lease": MARTIN.lease, "last_name": "Martin"});
    browser.post("/api/identifier-reminders", &reminder).await.expect_status(202);
    let request = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    portal.settle().await;
    let mails = portal.mails_to(MARTIN.email).await;
    assert_eq!(mails.len(), 5);

    for mail in mails {
        // The state goes away with a confirmed address, and comes back with the next bounce.
        let states = ["bounced", "complained"];
        let events = [bounce(&mail), complaint(&mail)];
        for (event, state) in events.iter().zip(states) {
            report(&portal, event).await;
            let (shown, _) = mail_states(&portal, MARTIN.lease).await;
            assert_eq!(shown, state, "{}", mail["tags"]["mail"]);
        }
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn what_passes_is_not_recorded() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;
    let mut transient = bounce(&mail);
    transient["detail"]["bounce"]["bounceType"] = json!("Transient");
    let mut undetermined = bounce(&mail);
    undetermined["detail"]["bounce"]["bounceType"] = json!("Undetermined");
    let mut delivery = bounce(&mail);
    delivery["detail"]["eventType"] = json!("Delivery");
    delivery["detail"].as_object_mut().unwrap().remove("bounce");

    for event in [transient, undetermined, delivery] {
        report(&portal, &event).await;
    }

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    assert_eq!(newest(&portal, MARTIN.email).await["tags"]["mail"], "password-reset");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn an_address_may_come_back_in_another_spelling_or_with_a_name() {
    for spelling in ["CAMILLE.martin@Exemple.example", "Camille <camille.martin@exemple.example>"] {
        let portal = Portal::open().await;
        portal.tenant(&MARTIN).await;
        let mut event = bounce(&newest(&portal, MARTIN.email).await);
        event["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!(spelling);

        report(&portal, &event).await;

        assert_eq!(mail_states(&portal, MARTIN.lease).await.0, "bounced", "{spelling}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn what_comes_back_from_an_address_one_had_is_no_state_of_the_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let confirmation = token_in(&newest(&portal, SECOND).await).unwrap();
    let confirmation = json!({"token": confirmation});
    browser.post("/api/email-changes/confirm", &confirmation).await.expect_status(200);
    let told = newest(&portal, MARTIN.email).await;
    assert_eq!(told["tags"]["mail"], "email-changed");

    report(&portal, &bounce(&told)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn what_comes_back_from_an_address_to_come_is_no_state_of_the_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);

    report(&portal, &bounce(&newest(&portal, SECOND).await)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_confirmed_address_starts_afresh() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    report(&portal, &bounce(&newest(&portal, MARTIN.email).await)).await;
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let confirmation = token_in(&newest(&portal, SECOND).await).unwrap();
    assert_eq!(mail_states(&portal, MARTIN.lease).await.0, "bounced");

    let confirmation = json!({"token": confirmation});
    browser.post("/api/email-changes/confirm", &confirmation).await.expect_status(200);

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_registration_that_waits_is_shown_by_its_lease_until_it_is_activated() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    let mail = newest(&portal, MARTIN.email).await;

    report(&portal, &bounce(&mail)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (json!("bounced"), Value::Null));
    let good = Household { email: SECOND, ..MARTIN };
    browser.register(&good).await.expect_status(202);
    let token = token_in(&newest(&portal, SECOND).await).unwrap();
    browser.activate(&token).await.expect_status(200);
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
    // What comes back late of the first registration is nobody's.
    report(&portal, &bounce(&mail)).await;
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn an_activation_mail_asked_for_again_tells_whose_it_is_too() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let registered = browser.register(&MARTIN).await.expect_status(202);
    newest(&portal, MARTIN.email).await;
    let id = registered.json["registration"].as_str().unwrap();
    let path = format!("/api/registrations/{id}/resend");
    browser.keep(browser.request(reqwest::Method::POST, &path)).await.expect_status(202);
    let again = newest(&portal, MARTIN.email).await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);

    report(&portal, &bounce(&again)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (json!("bounced"), Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn an_address_whose_mails_come_back_gets_no_more_and_nobody_can_tell() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    report(&portal, &bounce(&newest(&portal, MARTIN.email).await)).await;
    let forgotten = json!({"email": MARTIN.email});
    let unknown = json!({"email": "personne@exemple.example"});

    let known = browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let unknown = browser.post("/api/password-resets", &unknown).await.expect_status(202);
    let reminder = json!({"lease": MARTIN.lease, "last_name": "Martin"});
    browser.post("/api/identifier-reminders", &reminder).await.expect_status(202);

    assert_eq!((known.body, known.headers.len()), (unknown.body, unknown.headers.len()));
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);
    // It still is the identifier.
    browser.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_registration_with_an_address_that_comes_back_is_answered_as_any_and_mailed_nothing() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    report(&portal, &bounce(&newest(&portal, MARTIN.email).await)).await;

    let again = browser.register(&MARTIN).await.expect_status(202);

    assert!(again.json["registration"].is_string());
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_request_whose_adviser_cannot_be_reached_goes_to_the_agency() {
    let portal = Portal::open().await;
    let (agency, adviser) = ("lilas@bailleur.example", "awa@bailleur.example");
    let row = format!("12345678,Martin,Camille,Agence des Lilas,{agency},,Awa Sarr,{adviser}");
    portal.import(&[row]).await.expect_status(200);
    let browser = portal.tenant(&MARTIN).await;
    let paperless = json!({"paperless": true});
    browser.send(reqwest::Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let request = json!({"kind": "stop-paperless"});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    report(&portal, &bounce(&newest(&portal, adviser).await)).await;
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));

    let request = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);

    let mail = newest(&portal, agency).await;
    assert_eq!(mail["tags"]["mail"], "agency-request");
    assert_eq!(mail["subject"], "Un locataire demande la fermeture de son compte");
    assert_eq!((&mail["to"], &mail["cc"]), (&json!(agency), &json!("")));
    assert_eq!(portal.mails_to(adviser).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn what_is_about_no_row_or_no_address_harms_nothing() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;
    let other = json!({"to": "autre@exemple.example", "tags": mail["tags"]});
    let mut unknown_row = bounce(&other);
    unknown_row["detail"]["mail"]["tags"]["row"] = json!(["link.AAAAAAAAAAAAAAAAAAAAAA"]);
    let mut no_row = bounce(&other);
    no_row["detail"]["mail"]["tags"] = json!({});
    let mut odd_row = bounce(&other);
    odd_row["detail"]["mail"]["tags"]["row"] = json!([""]);
    let mut garbage = bounce(&mail);
    garbage["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!("<>@@ ;");
    let mut nobody = bounce(&mail);
    nobody["detail"]["bounce"]["bouncedRecipients"] = json!([]);

    for event in [bounce(&other), unknown_row, no_row, odd_row, garbage, nobody, complaint(&other)]
    {
        report(&portal, &event).await;
    }

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
}
