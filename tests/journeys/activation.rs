//! Activation by the mailed link: who may follow it, how often, and after which changes.

use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, row_of, token_in};

const MARTIN: Household = Household::MARTIN;
const LEFEVRE: Household = Household::LEFEVRE;
const NDIAYE: Household = Household::NDIAYE;

/// Registers `household` in `browser`. Returns the token of the mail, the `count`th to its address.
async fn registered(
    portal: &Portal,
    browser: &Browser,
    household: &Household,
    count: usize,
) -> String {
    browser.register(household).await.expect_status(202);
    let mail = portal.mail_to(household.email, count).await;
    token_in(&mail).expect("a link")
}

async fn activate_with_password(browser: &Browser, token: &str, password: &str) -> Answer {
    browser.post("/api/activations", &json!({"token": token, "password": password})).await
}

/// The answer of `show-link` to a new browser.
async fn show(portal: &Portal, token: &str) -> Value {
    show_in(&portal.browser(), token).await
}

async fn show_in(browser: &Browser, token: &str) -> Value {
    let answer = browser.post("/api/links/show", &json!({"token": token})).await;
    answer.expect_status(200).json
}

/// `token` with its character at `position` replaced by another.
fn forged(token: &str, position: usize) -> String {
    let other = if token.as_bytes()[position] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &token[..position], &token[position + 1..])
}

#[tokio::test]
async fn the_browser_that_registered_activates_in_a_click() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;
    browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");

    let activated = browser.activate(&token).await.expect_status(200);

    assert_eq!(activated.json, json!({"email": MARTIN.email}));
    assert_eq!(activated.header("cache-control"), "no-store");
    browser.sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation", "account-activated"]);
    let announced = portal.mail_to(MARTIN.email, 2).await;
    assert!(announced["text"].as_str().unwrap().contains(MARTIN.email));
}

#[tokio::test]
async fn the_link_leads_to_a_page_with_the_token_where_no_server_sees_it() {
    let portal = Portal::open().await;

    let token = registered(&portal, &portal.browser(), &MARTIN, 1).await;

    let mail = portal.mail_to(MARTIN.email, 1).await;
    let link = format!("{}/activation#{token}", portal.address());
    assert!(mail["links"].as_array().unwrap().contains(&json!(link)));
    assert!(mail["text"].as_str().unwrap().contains(&link));
    assert!(mail["html"].as_str().unwrap().contains(&link));
    assert_eq!(token.len(), 43);
}

#[tokio::test]
async fn another_browser_is_asked_for_the_password_chosen() {
    let portal = Portal::open().await;
    let token = registered(&portal, &portal.browser(), &MARTIN, 1).await;
    let other = portal.browser();

    other.activate(&token).await.expect_faults(&[("password", "required")]);
    activate_with_password(&other, &token, "").await.expect_faults(&[("password", "required")]);
    activate_with_password(&other, &token, "quatre chevaux bleus 5")
        .await
        .expect_faults(&[("password", "wrong_password")]);
    assert_eq!(show(&portal, &token).await["status"], "valid");
    activate_with_password(&other, &token, MARTIN.password).await.expect_status(200);

    other.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
async fn the_cookie_of_another_registration_does_not_help() {
    let portal = Portal::open().await;
    let token = registered(&portal, &portal.browser(), &MARTIN, 1).await;
    let stranger = portal.browser();
    registered(&portal, &stranger, &LEFEVRE, 1).await;

    stranger.activate(&token).await.expect_faults(&[("password", "required")]);
    for sealed in ["", "AAAA", "%", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        stranger.set_cookie("__Host-registration", Some(sealed));
        stranger.activate(&token).await.expect_faults(&[("password", "required")]);
    }

    activate_with_password(&stranger, &token, MARTIN.password).await.expect_status(200);
}

#[tokio::test]
async fn a_browser_that_registered_twice_follows_either_mail_in_a_click() {
    let again = Household { password: "six loutres 66", ..MARTIN };
    for follows_first in [true, false] {
        let portal = Portal::open().await;
        let browser = portal.browser();
        let first = registered(&portal, &browser, &MARTIN, 1).await;
        let second = registered(&portal, &browser, &again, 2).await;
        let (token, chosen, other) =
            if follows_first { (first, MARTIN, again) } else { (second, again, MARTIN) };

        assert_eq!(show_in(&browser, &token).await["needs_password"], false);
        browser.activate(&token).await.expect_status(200);

        // The password of the followed link counts.
        portal.browser().sign_in(&chosen).await.expect_status(200);
        portal.browser().sign_in(&other).await.expect_problem(401, "bad_credentials");
    }
}

#[tokio::test]
async fn a_browser_that_registered_two_households_activates_both_in_a_click() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let martin = registered(&portal, &browser, &MARTIN, 1).await;
    let lefevre = registered(&portal, &browser, &LEFEVRE, 1).await;

    for token in [&martin, &lefevre] {
        browser.activate(token).await.expect_status(200);
    }

    for household in [&MARTIN, &LEFEVRE] {
        browser.sign_in(household).await.expect_status(200);
        assert_eq!(browser.account().await.json["lease"], household.lease);
    }
}

#[tokio::test]
async fn the_owner_of_an_address_that_a_stranger_typed_activates_nothing() {
    let portal = Portal::open().await;
    let stranger = Household { email: "proprietaire@exemple.example", ..MARTIN };
    let token = registered(&portal, &portal.browser(), &stranger, 1).await;
    let owner = portal.browser();

    owner.activate(&token).await.expect_faults(&[("password", "required")]);

    assert_eq!(portal.lease(MARTIN.lease).await.json["account"], Value::Null);
    assert_eq!(portal.mail_names_to(stranger.email).await, ["activation"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn following_the_link_again_changes_nothing_and_answers_the_same() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;

    let first = browser.activate(&token).await.expect_status(200);
    browser.sign_in(&MARTIN).await.expect_status(200);
    let account = browser.account().await.expect_status(200);
    portal.settle().await;
    portal.advance("PT5M").await;
    let again = browser.activate(&token).await.expect_status(200);
    let elsewhere = portal.browser().activate(&token).await.expect_status(200);

    assert_eq!((again.json, elsewhere.json), (first.json.clone(), first.json));
    assert_eq!(browser.account().await.expect_status(200).json, account.json);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation", "account-activated"]);
}

#[tokio::test]
async fn a_link_that_nobody_made_is_invalid() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;

    let first = forged(&token, 0);
    let middle = forged(&token, 20);
    let last = forged(&token, 41);
    let longer = format!("{token}A");
    for token in [&first, &middle, &last, &token[..42], &longer, "A", "not a token", "é", "../.."]
    {
        browser.activate(token).await.expect_problem(400, "link_invalid");
        let shown = browser.post("/api/links/show", &json!({"token": token})).await;
        shown.expect_problem(400, "link_invalid");
    }
    browser.activate("").await.expect_faults(&[("token", "required")]);
    let nothing = browser.post("/api/activations", &json!({})).await;
    nothing.expect_faults(&[("token", "required")]);

    browser.activate(&token).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_forged_link_is_refused_before_anything_is_read() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;
    browser.activate(&forged(&token, 3)).await.expect_problem(400, "link_invalid");
    portal.forget_requests().await;

    browser.activate(&forged(&token, 30)).await.expect_problem(400, "link_invalid");

    let calls = portal.requests_of("activate").await;
    assert!(calls.iter().all(|call| call["service"] != "dynamodb"), "{calls:#?}");
}

#[tokio::test]
async fn a_link_of_another_purpose_is_invalid() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    browser.post("/api/password-resets", &json!({"email": MARTIN.email})).await.expect_status(202);
    let reset = token_in(&portal.mail_to(MARTIN.email, 3).await).unwrap();
    let registration = registered(&portal, &portal.browser(), &LEFEVRE, 1).await;

    browser.activate(&reset).await.expect_problem(400, "link_invalid");
    let form = json!({"token": registration, "password": "sept oies grises 7"});
    let confirmed = browser.post("/api/password-resets/confirm", &form).await;
    confirmed.expect_problem(400, "link_invalid");

    let valid = json!({"purpose": "password-reset", "status": "valid", "email": MARTIN.email});
    assert_eq!(show(&portal, &reset).await, valid);
    let shown = show(&portal, &registration).await;
    let valid = json!({"purpose": "registration", "status": "valid", "needs_password": true});
    assert_eq!(shown, valid);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "compares two stacks")]
async fn a_link_of_another_portal_is_invalid() {
    let (portal, other) = (Portal::open().await, Portal::open().await);

    let token = registered(&other, &other.browser(), &MARTIN, 1).await;

    portal.browser().activate(&token).await.expect_problem(400, "link_invalid");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_link_expires_after_a_day_swept_or_not() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;
    let row = row_of(&portal.mail_to(MARTIN.email, 1).await);
    portal.settle().await;

    portal.advance("PT23H59M50S").await;
    assert_eq!(show(&portal, &token).await["status"], "valid");
    portal.advance("PT11S").await;

    assert!(portal.token_row(&row).await.is_object(), "the row is still there");
    browser.activate(&token).await.expect_problem(410, "link_expired");
    assert_eq!(
        show(&portal, &token).await,
        json!({"purpose": "registration", "status": "expired"})
    );
    portal.delete_expired_rows().await;
    assert!(portal.token_row(&row).await.is_null(), "the row is gone");
    browser.activate(&token).await.expect_problem(410, "link_expired");
    assert_eq!(
        show(&portal, &token).await,
        json!({"purpose": "registration", "status": "expired"})
    );
    browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"]);
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;

    for _ in 0..3 {
        for (browser, needs_password) in [(&browser, false), (&portal.browser(), true)] {
            let shown = show_in(browser, &token).await;
            let valid = json!({
                "purpose": "registration", "status": "valid", "needs_password": needs_password,
            });
            assert_eq!(shown, valid);
        }
    }
    browser.activate(&token).await.expect_status(200);

    assert_eq!(show(&portal, &token).await, json!({"purpose": "registration", "status": "used"}));
    assert_eq!(show(&portal, &token).await, json!({"purpose": "registration", "status": "used"}));
    browser.post("/api/links/show", &json!({})).await.expect_faults(&[("token", "required")]);
}

#[tokio::test]
async fn the_first_to_activate_has_the_lease_and_the_other_is_told() {
    let portal = Portal::open().await;
    let (first, second) = (portal.browser(), portal.browser());
    let other = Household { email: "autre@exemple.example", password: "six loutres 66", ..MARTIN };
    let earlier = registered(&portal, &first, &MARTIN, 1).await;
    let later = registered(&portal, &second, &other, 1).await;

    second.activate(&later).await.expect_status(200);

    first.activate(&earlier).await.expect_problem(409, "household_already_registered");
    first.activate(&earlier).await.expect_problem(409, "household_already_registered");
    first.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    second.sign_in(&other).await.expect_status(200);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"]);
    assert_eq!(portal.mail_names_to(other.email).await, ["activation", "account-activated"]);
}

#[tokio::test]
async fn the_first_to_activate_has_the_address_and_the_other_is_told() {
    let portal = Portal::open().await;
    let (first, second) = (portal.browser(), portal.browser());
    let other = Household { email: "Camille.Martin@EXEMPLE.example", ..LEFEVRE };
    let earlier = registered(&portal, &first, &MARTIN, 1).await;
    let later = registered(&portal, &second, &other, 2).await;

    second.activate(&later).await.expect_status(200);

    first.activate(&earlier).await.expect_problem(409, "email_already_used");
    first.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    second.sign_in(&other).await.expect_status(200);
    assert_eq!(second.account().await.json["lease"], LEFEVRE.lease);
    assert!(portal.lease(MARTIN.lease).await.json["account"].is_null());
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_lease_that_the_landlord_ended_meanwhile_makes_no_account() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;

    portal.import(&[MARTIN.row("2027-03-09")]).await.expect_status(200);
    browser.activate(&token).await.expect_problem(422, "lease_not_recognised");
    assert_eq!(show(&portal, &token).await["status"], "valid");

    portal.import(&[MARTIN.row("2027-03-10")]).await.expect_status(200);
    browser.activate(&token).await.expect_status(200);
    browser.sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(browser.account().await.json["closes_on"], "2027-06-10");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_lease_whose_last_day_passed_meanwhile_makes_no_account_unless_it_was_prolonged() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    portal.import(&[MARTIN.row("2027-03-10"), LEFEVRE.row("2027-03-10")]).await.expect_status(200);
    let (ended, prolonged) = (portal.browser(), portal.browser());
    let of_ended = registered(&portal, &ended, &MARTIN, 1).await;
    let of_prolonged = registered(&portal, &prolonged, &LEFEVRE, 1).await;
    portal.settle().await;

    portal.advance("PT14H").await;
    portal.import(&[LEFEVRE.row("2028-03-10")]).await.expect_status(200);

    ended.activate(&of_ended).await.expect_problem(422, "lease_not_recognised");
    prolonged.activate(&of_prolonged).await.expect_status(200);
    prolonged.sign_in(&LEFEVRE).await.expect_status(200);
    assert_eq!(prolonged.account().await.json["closes_on"], "2028-06-10");
}

#[tokio::test]
async fn a_lease_that_went_to_another_signatory_meanwhile_makes_no_account() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;

    let other = Household { last_name: "Durand", first_name: "Alix", ..MARTIN };
    portal.import(&[other.row("")]).await.expect_status(200);

    browser.activate(&token).await.expect_problem(422, "lease_not_recognised");
    browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    portal.import(&[MARTIN.row("")]).await.expect_status(200);
    browser.activate(&token).await.expect_status(200);
}

#[tokio::test]
async fn a_new_account_has_the_terms_that_its_lease_has_at_activation() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &LEFEVRE, 1).await;

    let row = "00412837,LEFÈVRE DUBOIS,Héloïse,Agence du Port,port@bailleur.example,2031-05-31,,";
    portal.import(&[row.to_owned()]).await.expect_status(200);
    browser.activate(&token).await.expect_status(200);

    browser.sign_in(&LEFEVRE).await.expect_status(200);
    let account = browser.account().await.expect_status(200).json;
    assert_eq!(account["last_name"], "LEFÈVRE DUBOIS");
    assert_eq!(account["first_name"], "Héloïse");
    let agency = json!({"name": "Agence du Port", "email": "port@bailleur.example"});
    assert_eq!(account["agency"], agency);
    assert_eq!(account["closes_on"], "2031-08-31");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_account_has_the_choices_made_at_registration() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let browser = portal.browser();
    let mut form = tests::registration(&NDIAYE);
    form["paperless"] = json!(true);
    form["language"] = json!("en");
    form["email"] = json!(" Aminata+Loyer@Exemple.Example ");
    browser.post("/api/registrations", &form).await.expect_status(202);
    let token = portal.link_mailed_to(NDIAYE.email).await;

    let activated = browser.activate(&token).await.expect_status(200);

    assert_eq!(activated.json["email"], "Aminata+Loyer@exemple.example");
    browser.sign_in(&NDIAYE).await.expect_status(200);
    let account = browser.account().await.expect_status(200).json;
    assert_eq!(account["email"], "Aminata+Loyer@exemple.example");
    assert_eq!((&account["paperless"], &account["language"]), (&json!(true), &json!("en")));
    assert_eq!(
        (&account["terms"]["version"], &account["terms"]["current"]),
        (&json!("2026-01"), &json!(true))
    );
    assert!(account["created_at"].as_str().unwrap().starts_with("2027-03-10T10:05:"));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn passwords_tried_at_activation_are_counted_as_sign_ins() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:01:00Z").await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN, 1).await;
    let thief = portal.browser().from_source("198.51.100.7");

    for _ in 0..10 {
        activate_with_password(&thief, &token, "deviné 123")
            .await
            .expect_faults(&[("password", "wrong_password")]);
    }

    let refused = activate_with_password(&thief, &token, MARTIN.password).await;
    let refused = refused.expect_problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((800..=840).contains(&wait), "{wait}");
    thief.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    let elsewhere = portal.browser().from_source("198.51.100.8");
    activate_with_password(&elsewhere, &token, "deviné 123")
        .await
        .expect_faults(&[("password", "wrong_password")]);
    browser.activate(&token).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn passwords_can_be_tried_again_once_the_window_has_ended() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:01:00Z").await;
    let token = registered(&portal, &portal.browser(), &MARTIN, 1).await;
    let browser = portal.browser();
    for _ in 0..10 {
        activate_with_password(&browser, &token, "oublié 123").await.expect_status(422);
    }
    activate_with_password(&browser, &token, MARTIN.password).await.expect_status(429);

    portal.advance("PT14M").await;

    activate_with_password(&browser, &token, MARTIN.password).await.expect_status(200);
}
