//! Staff help a household: a mail sent again, a stop lifted, an account closed.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, bounce_of, token_in};

const MARTIN: Household = Household::MARTIN;
const NEW_PASSWORD: &str = "sept oies grises 7";

async fn signed_in(portal: &Portal, member: &str) -> Browser {
    let browser = portal.browser();
    browser.sign_in_as_staff(member).await;
    browser
}

async fn act(staff: &Browser, lease: &str, what: &str, body: &Value) -> Answer {
    let path = format!("/api/staff/households/{lease}/{what}");
    staff.staff_send(Method::POST, &path, body).await
}

async fn send(staff: &Browser, lease: &str, mail: &str) -> Answer {
    act(staff, lease, "mails", &json!({"mail": mail})).await
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_activation_is_mailed_again_to_the_address_that_was_registered() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent").await;
    send(&agent, MARTIN.lease, "activation").await.expect_problem(404, "not_found");
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    portal.mail_to(MARTIN.email, 1).await;

    send(&agent, "L 1234 5678", "activation").await.expect_status(202);

    let token = token_in(&portal.mail_to(MARTIN.email, 2).await).unwrap();
    // Of several registrations, the last one that waits.
    let typo = Household { email: "camile.martin@exemple.example", ..MARTIN };
    portal.advance("PT1M").await;
    portal.browser().register(&typo).await.expect_status(202);
    portal.mail_to(typo.email, 1).await;
    send(&agent, MARTIN.lease, "activation").await.expect_status(202);
    portal.mail_to(typo.email, 2).await;
    // Once there is an account, nothing waits.
    browser.activate(&token).await.expect_status(200);
    send(&agent, MARTIN.lease, "activation").await.expect_problem(404, "not_found");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_registration_that_has_expired_is_not_mailed_again() {
    let portal = Portal::open().await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    portal.mail_to(MARTIN.email, 1).await;
    portal.advance("PT24H").await;
    let agent = signed_in(&portal, "agent").await;

    send(&agent, MARTIN.lease, "activation").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_registration_is_mailed_again_three_times_an_hour() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent").await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    for count in 1..=3 {
        portal.mail_to(MARTIN.email, count).await;
        send(&agent, MARTIN.lease, "activation").await.expect_status(202);
    }
    portal.mail_to(MARTIN.email, 4).await;

    let refused = send(&agent, MARTIN.lease, "activation").await;

    refused.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
async fn a_reset_is_mailed_to_the_address_of_the_account() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent").await;
    send(&agent, MARTIN.lease, "password-reset").await.expect_problem(404, "not_found");
    portal.tenant(&MARTIN).await;

    let answer = send(&agent, MARTIN.lease, "password-reset").await.expect_status(202);

    assert_eq!(answer.body, "");
    let mail = portal.mail_to(MARTIN.email, 3).await;
    assert_eq!(mail["tags"]["mail"], "password-reset");
    let body = json!({"token": token_in(&mail).unwrap(), "password": NEW_PASSWORD});
    let reset = portal.browser().post("/api/password-resets/confirm", &body).await;
    reset.expect_status(204);
    // The limits of the address hold: 5 an hour, this one included.
    for _ in 0..6 {
        send(&agent, MARTIN.lease, "password-reset").await.expect_status(202);
    }
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names.iter().filter(|name| *name == "password-reset").count(), 5);
}

#[tokio::test]
async fn only_a_known_mail_is_sent() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent").await;

    let answer = act(&agent, MARTIN.lease, "mails", &json!({})).await;
    answer.expect_faults(&[("mail", "required")]);
    send(&agent, MARTIN.lease, "account-closed").await.expect_faults(&[("mail", "not_allowed")]);
    send(&agent, "99999999", "activation").await.expect_problem(404, "not_found");
    send(&agent, "x", "activation").await.expect_problem(404, "not_found");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_stop_is_lifted() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent").await;
    act(&agent, MARTIN.lease, "mail-permission", &json!({})).await.expect_problem(404, "not_found");
    portal.tenant(&MARTIN).await;
    let mail = portal.mails_to(MARTIN.email).await.remove(0);
    portal.report(&bounce_of(&mail)).await;
    assert_eq!(portal.lease(MARTIN.lease).await.json["mail_state"], "bounced");

    act(&agent, MARTIN.lease, "mail-permission", &json!({})).await.expect_status(204);

    assert!(portal.lease(MARTIN.lease).await.json["mail_state"].is_null());
    // Also when nothing is held back.
    act(&agent, MARTIN.lease, "mail-permission", &json!({})).await.expect_status(204);
}

#[tokio::test]
async fn a_supervisor_closes_an_account_and_brings_paper_back() {
    let portal = Portal::open().await;
    let supervisor = signed_in(&portal, "supervisor").await;
    let close = async |body: Value| act(&supervisor, MARTIN.lease, "closure", &body).await;
    close(json!({"reason": "Départ"})).await.expect_problem(404, "not_found");
    let martin = portal.tenant(&MARTIN).await;
    let paperless = json!({"paperless": true});
    martin.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    portal.settle().await;

    close(json!({"reason": "À sa demande", "kind": "stop-paperless"})).await.expect_status(204);

    let exported = martin.get("/api/account/export").await.expect_status(200).json;
    let paper = &exported["account"]["paperless"];
    assert_eq!((&paper["granted"], &paper["reason"]), (&json!(false), &json!("À sa demande")));
    // The person is not named to the tenant.
    assert!(!exported.to_string().contains("Lefèvre"), "{exported:#}");
    close(json!({"reason": "À sa demande", "kind": "stop-paperless"})).await.expect_status(204);
    close(json!({"reason": "Départ"})).await.expect_status(204);
    martin.account().await.expect_problem(401, "unauthenticated");
    close(json!({"reason": "Départ"})).await.expect_status(204);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names[names.len() - 2..], ["paperless-stopped", "account-closed"]);
    close(json!({})).await.expect_faults(&[("reason", "required")]);
    let body = json!({"reason": "Départ", "kind": "other"});
    close(body).await.expect_faults(&[("kind", "not_allowed")]);
}

#[tokio::test]
async fn who_may_not_do_it_changes_nothing() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    let mails = portal.mail_names_to(MARTIN.email).await;
    let acts = [
        ("mails", json!({"mail": "password-reset"})),
        ("mail-permission", json!({})),
        ("closure", json!({"reason": "Départ"})),
    ];
    let reader = signed_in(&portal, "reader").await;
    let agent = signed_in(&portal, "agent").await;
    let elsewhere = signed_in(&portal, "supervisor-of-one-agency").await;
    let stranger = portal.browser();

    for (what, body) in &acts {
        let answer = act(&reader, MARTIN.lease, what, body).await;
        answer.expect_problem(403, "forbidden");
        let answer = act(&stranger, MARTIN.lease, what, body).await;
        answer.expect_problem(401, "unauthenticated");
        // Another site sends the cookie along.
        let path = format!("/api/staff/households/{}/{what}", MARTIN.lease);
        agent.post(&path, body).await.expect_problem(403, "forbidden");
    }
    act(&agent, MARTIN.lease, "closure", &acts[2].1).await.expect_problem(403, "forbidden");
    for (what, body) in &acts {
        // As for a lease that does not exist.
        for lease in [MARTIN.lease, "99999999"] {
            let answer = act(&elsewhere, lease, what, body).await;
            answer.expect_problem(404, "not_found");
        }
    }

    martin.account().await.expect_status(200);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, mails);
}
