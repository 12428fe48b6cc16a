//! Bounces and complaints that SES reports.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, bounce_of, token_in};

const MARTIN: Household = Household::MARTIN;
const NDIAYE: Household = Household::NDIAYE;
const SECOND: &str = "camille@deuxieme.example";

/// A bounce of `mail` for another reason.
fn bounce_for(mail: &Value, sub_type: &str, status: &str) -> Value {
    let mut event = bounce_of(mail);
    let bounce = &mut event["bounce"];
    bounce["bounceSubType"] = json!(sub_type);
    bounce["bouncedRecipients"][0]["status"] = json!(status);
    bounce["bouncedRecipients"][0]["diagnosticCode"] = json!(format!("smtp; 550 {status} no"));
    event
}

/// SES's report of a complaint about `mail`.
fn complaint(mail: &Value) -> Value {
    let mut event = bounce_of(mail);
    let detail = event.as_object_mut().unwrap();
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

/// The mail states that the agency sees: of the lease, and of its account.
async fn mail_states(portal: &Portal, lease: &str) -> (Value, Value) {
    let lease = portal.lease(lease).await.expect_status(200).json;
    (lease["mail_state"].clone(), lease["account"]["mail_state"].clone())
}

/// Until when mails to the account of a lease are stopped, as shown to the agency.
async fn held_until(portal: &Portal, lease: &str) -> Option<String> {
    let lease = portal.lease(lease).await.expect_status(200).json;
    lease["account"]["mail_held_until"].as_str().map(str::to_owned)
}

/// Causes a mail to the address of [`MARTIN`] that is not urgent.
async fn register_with_its_address(portal: &Portal) {
    let stranger = Household { email: MARTIN.email, ..NDIAYE };
    portal.browser().register(&stranger).await.expect_status(202);
}

async fn forget(portal: &Portal) {
    let forgotten = json!({"email": MARTIN.email});
    portal.browser().post("/api/password-resets", &forgotten).await.expect_status(202);
}

/// Lifts the stop of mails to a lease's account, as the agency's system.
async fn allow_mail(portal: &Portal, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    portal.agency(Method::POST, "/api/agency/mail-permissions", "application/json", body).await
}

/// A portal at nine o'clock with the account of [`MARTIN`] after two mails. The last one bounced,
/// because there is no such mailbox.
async fn with_missing_mailbox() -> (Portal, Browser) {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:00Z").await;
    let browser = portal.tenant(&MARTIN).await;
    portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;
    (portal, browser)
}

/// The newest mail to `address`, once the mails have settled.
async fn newest(portal: &Portal, address: &str) -> Value {
    portal.settle().await;
    portal.mails_to(address).await.first().expect("a mail").clone()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_permanent_bounce_is_shown_to_the_agency() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));

    portal.report(&bounce_of(&mail)).await;

    let bounced = json!("bounced");
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (bounced.clone(), bounced));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_complaint_is_shown_to_the_agency_and_stops_no_mail() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;

    portal.report(&complaint(&mail)).await;

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
        // A confirmed address removes the state, and the next bounce sets it again.
        let states = ["bounced", "complained"];
        let events = [bounce_of(&mail), complaint(&mail)];
        for (event, state) in events.iter().zip(states) {
            portal.report(event).await;
            let (shown, _) = mail_states(&portal, MARTIN.lease).await;
            assert_eq!(shown, state, "{}", mail["tags"]["mail"]);
        }
    }
}

/// The queue may deliver a message twice.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_report_that_comes_twice_changes_nothing_the_second_time() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let report = bounce_of(&newest(&portal, MARTIN.email).await);
    portal.report(&report).await;
    let held = held_until(&portal, MARTIN.lease).await;
    portal.advance("PT1H").await;

    portal.report(&report).await;

    assert!(held.is_some());
    assert_eq!(held_until(&portal, MARTIN.lease).await, held);
    assert_eq!(mail_states(&portal, MARTIN.lease).await.0, "bounced");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn transient_bounces_are_not_recorded() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;
    let mut transient = bounce_of(&mail);
    transient["bounce"]["bounceType"] = json!("Transient");
    let mut undetermined = bounce_of(&mail);
    undetermined["bounce"]["bounceType"] = json!("Undetermined");
    let mut delivery = bounce_of(&mail);
    delivery["eventType"] = json!("Delivery");
    delivery.as_object_mut().unwrap().remove("bounce");

    for event in [transient, undetermined, delivery] {
        portal.report(&event).await;
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
        let mut event = bounce_of(&newest(&portal, MARTIN.email).await);
        event["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!(spelling);

        portal.report(&event).await;

        assert_eq!(mail_states(&portal, MARTIN.lease).await.0, "bounced", "{spelling}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_bounce_of_a_former_address_does_not_mark_the_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let confirmation = token_in(&newest(&portal, SECOND).await).unwrap();
    let confirmation = json!({"token": confirmation});
    browser.post("/api/email-changes/confirm", &confirmation).await.expect_status(200);
    let told = newest(&portal, MARTIN.email).await;
    assert_eq!(told["tags"]["mail"], "email-changed");

    portal.report(&bounce_of(&told)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_bounce_of_an_unconfirmed_address_does_not_mark_the_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);

    portal.report(&bounce_of(&newest(&portal, SECOND).await)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_confirmed_address_starts_afresh() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;
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

    portal.report(&bounce_of(&mail)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (json!("bounced"), Value::Null));
    let good = Household { email: SECOND, ..MARTIN };
    browser.register(&good).await.expect_status(202);
    let token = token_in(&newest(&portal, SECOND).await).unwrap();
    browser.activate(&token).await.expect_status(200);
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
    // A late bounce of the first registration marks nothing.
    portal.report(&bounce_of(&mail)).await;
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
    browser.keep(browser.request(Method::POST, &path)).await.expect_status(202);
    let again = newest(&portal, MARTIN.email).await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);

    portal.report(&bounce_of(&again)).await;

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (json!("bounced"), Value::Null));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_bounced_address_gets_no_more_mails_and_no_answer_tells_it() {
    let (portal, browser) = with_missing_mailbox().await;

    register_with_its_address(&portal).await;
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);

    let forgotten = json!({"email": MARTIN.email});
    let unknown = json!({"email": "personne@exemple.example"});
    let known = browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let unknown = browser.post("/api/password-resets", &unknown).await.expect_status(202);
    assert_eq!((known.body, known.headers.len()), (unknown.body, unknown.headers.len()));
    // The address is still the identifier.
    browser.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_reset_is_tried_once_a_day_at_a_stopped_address() {
    let (portal, _) = with_missing_mailbox().await;
    let resets = async || {
        let names = portal.mail_names_to(MARTIN.email).await;
        names.iter().filter(|name| *name == "password-reset").count()
    };

    for _ in 0..3 {
        forget(&portal).await;
        assert_eq!(resets().await, 1);
        // Its bounce does not allow a second attempt on the same day.
        portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;
    }
    portal.advance("PT14H").await;
    assert!(held_until(&portal, MARTIN.lease).await.is_some(), "the stop goes on after midnight");
    for _ in 0..3 {
        forget(&portal).await;
        assert_eq!(resets().await, 2);
    }

    let token = token_in(&newest(&portal, MARTIN.email).await).unwrap();
    let reset = json!({"token": token, "password": "sept oies grises 7"});
    portal.browser().post("/api/password-resets/confirm", &reset).await.expect_status(204);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn no_other_mail_uses_up_the_reset_of_a_day() {
    let (portal, browser) = with_missing_mailbox().await;
    // Anybody who knows lease and name can cause the first mail, only the tenant the second.
    let reminder = json!({"lease": MARTIN.lease, "last_name": MARTIN.last_name});
    let stranger = portal.browser();
    stranger.post("/api/identifier-reminders", &reminder).await.expect_status(202);
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert!(names.contains(&"identifier-reminder".to_owned()), "{names:?}");

    forget(&portal).await;

    let reset = newest(&portal, MARTIN.email).await;
    assert_eq!(reset["tags"]["mail"], "password-reset");
    // The reset does not use up the attempt of the security notice.
    let token = json!({"token": token_in(&reset).unwrap(), "password": "sept oies grises 7"});
    portal.browser().post("/api/password-resets/confirm", &token).await.expect_status(204);
    let notice = newest(&portal, MARTIN.email).await;
    assert_eq!(notice["tags"]["mail"], "password-changed");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_missing_mailbox_is_left_alone_for_a_day_and_then_probed_by_one_mail() {
    let (portal, _) = with_missing_mailbox().await;
    let until = held_until(&portal, MARTIN.lease).await.unwrap();
    assert!(until.starts_with("2031-03-04T09:00:"), "{until}");
    portal.set_clock("2031-03-04T08:59:00Z").await;
    register_with_its_address(&portal).await;
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);

    portal.set_clock("2031-03-04T09:05:00Z").await;
    assert_eq!(held_until(&portal, MARTIN.lease).await, None);
    register_with_its_address(&portal).await;
    let probe = portal.mail_to(MARTIN.email, 3).await;
    assert_eq!(probe["tags"]["mail"], "email-already-registered");
    // Other mails within the hour wait to see whether the probe bounces.
    portal.settle().await;
    register_with_its_address(&portal).await;
    portal.advance("PT55M").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 3);
    // A reset does not wait.
    forget(&portal).await;
    let reset = portal.mail_to(MARTIN.email, 4).await;
    assert_eq!(reset["tags"]["mail"], "password-reset");

    portal.advance("PT6M").await;

    let waited = portal.mail_to(MARTIN.email, 5).await;
    assert_eq!(waited["tags"]["mail"], "email-already-registered");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_mailbox_whose_probe_comes_back_is_left_alone_for_thirty_days() {
    let (portal, _) = with_missing_mailbox().await;
    portal.set_clock("2031-03-04T09:05:00Z").await;
    register_with_its_address(&portal).await;
    let probe = portal.mail_to(MARTIN.email, 3).await;
    portal.settle().await;
    register_with_its_address(&portal).await;

    portal.report(&bounce_of(&probe)).await;

    let until = held_until(&portal, MARTIN.lease).await.unwrap();
    assert!(until.starts_with("2031-04-03T09:05:"), "{until}");
    for now in ["2031-03-04T10:30:00Z", "2031-03-06T09:05:00Z", "2031-04-03T09:04:00Z"] {
        portal.set_clock(now).await;
        register_with_its_address(&portal).await;
        portal.settle().await;
        assert_eq!(portal.mails_to(MARTIN.email).await.len(), 3, "{now}");
    }
    // A late report about an earlier mail does not lengthen the stop.
    portal.report(&bounce_of(&probe)).await;
    assert_eq!(held_until(&portal, MARTIN.lease).await, Some(until));
    portal.set_clock("2031-04-03T09:10:00Z").await;
    register_with_its_address(&portal).await;
    portal.mail_to(MARTIN.email, 4).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_bounce_and_its_probe_are_forgotten_after_thirty_days_deleted_or_not() {
    let (portal, _) = with_missing_mailbox().await;
    portal.set_clock("2031-03-04T09:05:00Z").await;
    register_with_its_address(&portal).await;
    let probe = portal.mail_to(MARTIN.email, 3).await;
    portal.settle().await;
    portal.set_clock("2031-04-05T09:00:00Z").await;

    portal.report(&bounce_of(&probe)).await;

    let until = held_until(&portal, MARTIN.lease).await.unwrap();
    assert!(until.starts_with("2031-04-06T09:00:"), "{until}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_refusal_for_policy_reputation_or_a_full_mailbox_stops_nothing() {
    for (sub_type, status) in [
        ("General", "5.7.1"),
        ("General", "5.7.26"),
        ("General", "5.2.2"),
        ("MailboxFull", "5.2.2"),
        ("ContentRejected", "5.6.0"),
        ("AttachmentRejected", "5.6.1"),
    ] {
        let portal = Portal::open().await;
        portal.tenant(&MARTIN).await;
        let mail = newest(&portal, MARTIN.email).await;

        portal.report(&bounce_for(&mail, sub_type, status)).await;

        assert_eq!(mail_states(&portal, MARTIN.lease).await.0, "bounced", "{status}");
        assert_eq!(held_until(&portal, MARTIN.lease).await, None, "{status}");
        register_with_its_address(&portal).await;
        let next = newest(&portal, MARTIN.email).await;
        assert_eq!(next["tags"]["mail"], "email-already-registered", "{sub_type} {status}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_missing_mailbox_stops_its_mails_however_ses_says_so() {
    for (sub_type, status) in
        [("NoEmail", "5.1.1"), ("Suppressed", "5.1.1"), ("OnAccountSuppressionList", "5.1.10")]
    {
        let portal = Portal::open().await;
        portal.tenant(&MARTIN).await;
        let mail = newest(&portal, MARTIN.email).await;

        portal.report(&bounce_for(&mail, sub_type, status)).await;

        assert!(held_until(&portal, MARTIN.lease).await.is_some(), "{sub_type}");
        register_with_its_address(&portal).await;
        portal.settle().await;
        assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2, "{sub_type}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_agency_can_have_stopped_mails_tried_again() {
    let (portal, _) = with_missing_mailbox().await;
    register_with_its_address(&portal).await;
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);
    assert_eq!(mail_states(&portal, MARTIN.lease).await.1, "bounced");
    assert!(held_until(&portal, MARTIN.lease).await.is_some());

    let lifted = allow_mail(&portal, &json!({"lease": "L 12.345.678"})).await.expect_status(204);

    assert_eq!(lifted.body, "");
    assert_eq!(held_until(&portal, MARTIN.lease).await, None);
    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
    for count in 3..=5 {
        // All of them are sent, not only one as a probe.
        register_with_its_address(&portal).await;
        portal.mail_to(MARTIN.email, count).await;
    }
    // Lifting the stop again changes nothing.
    allow_mail(&portal, &json!({"lease": MARTIN.lease})).await.expect_status(204);
    // After another bounce, the stop is a day again.
    portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;
    let until = held_until(&portal, MARTIN.lease).await.unwrap();
    assert!(until.starts_with("2031-03-04T09:00:"), "{until}");
}

#[tokio::test]
async fn only_the_agency_can_lift_a_stop_and_only_of_an_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let body = json!({"lease": MARTIN.lease});

    browser.post("/api/agency/mail-permissions", &body).await.expect_status(403);
    portal.browser().post("/api/agency/mail-permissions", &body).await.expect_status(403);
    for lease in ["99999999", NDIAYE.lease] {
        let answer = allow_mail(&portal, &json!({"lease": lease})).await;
        answer.expect_problem(404, "not_found");
    }
    allow_mail(&portal, &json!({})).await.expect_faults(&[("lease", "required")]);
    let odd = allow_mail(&portal, &json!({"lease": "12A"})).await;
    odd.expect_faults(&[("lease", "invalid_lease")]);
    let more = allow_mail(&portal, &json!({"lease": MARTIN.lease, "reason": "x"})).await;
    more.expect_faults(&[("reason", "unknown_field")]);
    let number = allow_mail(&portal, &json!({"lease": 12_345_678})).await;
    number.expect_problem(400, "malformed_body");
    // No stop exists, which is also a success.
    allow_mail(&portal, &body).await.expect_status(204);
    // A closed account gets no more mails.
    let closure = json!({"lease": MARTIN.lease, "reason": "Départ"}).to_string().into_bytes();
    let closed = portal.agency(Method::POST, "/api/agency/closures", "application/json", closure);
    closed.await.expect_status(204);
    allow_mail(&portal, &body).await.expect_problem(404, "not_found");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_registration_with_an_address_that_comes_back_is_answered_as_any_and_mailed_nothing() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    portal.report(&bounce_of(&newest(&portal, MARTIN.email).await)).await;

    let again = browser.register(&MARTIN).await.expect_status(202);

    assert!(again.json["registration"].is_string());
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn an_agency_or_adviser_whose_mail_comes_back_is_written_to_all_the_same() {
    let (agency, adviser) = ("lilas@bailleur.example", "awa@bailleur.example");
    let with_adviser =
        format!("12345678,Martin,Camille,Agence des Lilas,{agency},,Awa Sarr,{adviser}");
    for (row, to, copy) in [(with_adviser, adviser, agency), (MARTIN.row(""), agency, "")] {
        let portal = Portal::open().await;
        portal.import(&[row]).await.expect_status(200);
        let browser = portal.tenant(&MARTIN).await;
        let paperless = json!({"paperless": true});
        browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
        let request = json!({"kind": "stop-paperless"});
        browser.post("/api/account/agency-requests", &request).await.expect_status(202);
        let came_back = newest(&portal, to).await;
        for _ in 0..2 {
            portal.report(&bounce_of(&came_back)).await;
        }
        assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
        assert_eq!(held_until(&portal, MARTIN.lease).await, None);

        let request = json!({"kind": "close-account"});
        browser.post("/api/account/agency-requests", &request).await.expect_status(202);

        let mail = newest(&portal, to).await;
        assert_eq!(mail["tags"]["mail"], "agency-request");
        assert_eq!(mail["subject"], "Un locataire demande la fermeture de son compte");
        assert_eq!((&mail["to"], &mail["cc"]), (&json!(to), &json!(copy)));
        assert_eq!(portal.mails_to(to).await.len(), 2);
        // The bounce of the agency does not affect the tenant.
        let names = portal.mail_names_to(MARTIN.email).await;
        assert_eq!(names[3..], ["agency-request-received", "agency-request-received"]);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn reports_without_a_known_row_or_address_are_ignored() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let mail = newest(&portal, MARTIN.email).await;
    let other = json!({"to": "autre@exemple.example", "tags": mail["tags"]});
    let mut unknown_row = bounce_of(&other);
    unknown_row["mail"]["tags"]["row"] = json!(["link.AAAAAAAAAAAAAAAAAAAAAA"]);
    let mut no_row = bounce_of(&other);
    no_row["mail"]["tags"] = json!({});
    let mut odd_row = bounce_of(&other);
    odd_row["mail"]["tags"]["row"] = json!([""]);
    let mut garbage = bounce_of(&mail);
    garbage["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!("<>@@ ;");
    let mut nobody = bounce_of(&mail);
    nobody["bounce"]["bouncedRecipients"] = json!([]);

    for event in
        [bounce_of(&other), unknown_row, no_row, odd_row, garbage, nobody, complaint(&other)]
    {
        portal.report(&event).await;
    }

    assert_eq!(mail_states(&portal, MARTIN.lease).await, (Value::Null, Value::Null));
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
}
