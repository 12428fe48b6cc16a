//! The details in mails: the agency and the adviser, the time, the kind of device.

use landlord::LANDLORD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, registration, row_of};

const MARTIN: Household = Household::MARTIN;
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1";
const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0";
const ANOTHER_PASSWORD: &str = "six hérissons gris 6";
/// The footer for the tests' agency, which is in no directory.
const UNLISTED: &str = "\nVotre agence\nAgence des Lilas\nE-mail : lilas@bailleur.example\n\n";

/// The newest mail with this name to `address`, once the mails have settled.
async fn newest(portal: &Portal, address: &str, name: &str) -> Value {
    portal.settle().await;
    let mails = portal.mails_to(address).await;
    let newest = mails.iter().find(|mail| mail["tags"]["mail"] == name);
    newest.cloned().unwrap_or_else(|| panic!("no {name} among {mails:#?}"))
}

/// The text version of a mail, with plain spaces.
fn text(mail: &Value) -> String {
    plain(mail["text"].as_str().unwrap())
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

async fn change_password(browser: &Browser) -> Answer {
    let body = json!({"current_password": MARTIN.password, "new_password": ANOTHER_PASSWORD});
    browser.send(Method::PUT, "/api/account/password", &body).await
}

/// Sets a fault for deliver-mail's reads of tables.
async fn fail_reads(portal: &Portal, mut fault: Value) {
    fault["service"] = json!("dynamodb");
    fault["function"] = json!("deliver-mail");
    fault["action"] = json!("GetItem");
    portal.set_fault(&fault).await;
}

#[tokio::test]
async fn an_agency_of_the_directory_is_named_with_its_telephone_and_its_hours() {
    let portal = Portal::open().await;
    let agency = LANDLORD.agencies.first().expect("a landlord has an agency");
    let row = format!(
        "91000001,Petit,Léa,Agence du Centre,{},,Awa Sarr,awa@bailleur.example",
        agency.email
    );
    portal.import(&[row]).await.expect_status(200);
    let petit = Household { lease: "91000001", last_name: "Petit", first_name: "Léa", ..MARTIN };
    let browser = portal.browser();
    browser.register(&petit).await.expect_status(202);
    let token = portal.link_mailed_to(petit.email).await;
    browser.activate(&token).await.expect_status(200);

    let asked = newest(&portal, petit.email, "activation").await;
    let activated = newest(&portal, petit.email, "account-activated").await;

    for mail in [&asked, &activated] {
        let text = text(mail);
        let html = mail["html"].as_str().unwrap();
        for told in [agency.phone.text, agency.hours.french, agency.email, "Agence du Centre"] {
            assert!(text.replace('\n', " ").contains(&plain(told)), "{told}: {text}");
        }
        assert!(html.contains(agency.phone.uri), "{html}");
        assert!(text.contains(LANDLORD.name) && text.contains("/aide\n"), "{text}");
    }
    // The person who registers may not belong to the household.
    assert!(!text(&asked).contains("Awa Sarr"), "{asked:#}");
    let adviser = "Votre dossier est suivi par : Awa Sarr\nE-mail : awa@bailleur.example\n";
    assert!(text(&activated).contains(adviser), "{activated:#}");
}

#[tokio::test]
async fn an_agency_that_is_in_no_directory_is_named_with_its_address_alone() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;

    for name in ["activation", "account-activated"] {
        let mail = newest(&portal, MARTIN.email, name).await;
        assert!(text(&mail).contains(UNLISTED), "{name}: {mail:#}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_change_of_password_is_told_with_its_moment_and_its_kind_of_device() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await.calling_itself(IPHONE);
    portal.set_clock("2027-03-10T08:01:10Z").await;
    browser.sign_in(&MARTIN).await.expect_status(200);

    change_password(&browser).await.expect_status(204);

    let mail = newest(&portal, MARTIN.email, "password-changed").await;
    let told = "\nQuand : le 10 mars 2027 à 9 h 01 (heure de Paris)\nDepuis : Safari sur iPhone\n";
    assert!(text(&mail).contains(told), "{mail:#}");
    let row = portal.token_row(&row_of(&mail)).await.to_string();
    assert!(row.contains("iphone") && !row.contains("Mozilla"), "{row}");
}

#[tokio::test]
async fn an_unrecognised_device_is_shown_as_unknown() {
    let portal = Portal::open().await;
    let long = "<b>Mozilla</b>".repeat(500);
    let browser = portal.tenant(&MARTIN).await.calling_itself(&long);

    change_password(&browser).await.expect_status(204);

    let mail = newest(&portal, MARTIN.email, "password-changed").await;
    assert!(text(&mail).contains("\nDepuis : un appareil inconnu\n"), "{mail:#}");
}

#[tokio::test]
async fn a_change_of_address_is_told_with_its_kind_of_device() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await.in_language("en").calling_itself(WINDOWS);
    let new = "camille@deuxieme.example";
    let body = json!({"email": new, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &body).await.expect_status(202);
    let token = portal.link_mailed_to(new).await;

    browser.post("/api/email-changes/confirm", &json!({"token": token})).await.expect_status(200);

    let told = newest(&portal, MARTIN.email, "email-changed").await;
    assert!(text(&told).contains("\nDepuis : Firefox sur Windows\n"), "{told:#}");
    assert!(text(&told).contains(UNLISTED), "{told:#}");
    // The reader may be a stranger.
    let asked = newest(&portal, new, "email-change-confirm").await;
    assert!(!text(&asked).contains("Lilas") && text(&asked).contains(LANDLORD.email), "{asked:#}");
}

#[tokio::test]
async fn a_copied_cookie_is_told_with_the_kind_of_device_it_came_from() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let session = browser.cookie("__Host-session").unwrap();
    let (id, _) = session.split_once('.').unwrap();
    let thief = portal.browser().calling_itself(WINDOWS);
    thief.set_cookie("__Host-session", Some(&format!("{id}.{}", "A".repeat(43))));

    thief.refresh().await.expect_problem(401, "unauthenticated");

    let mail = newest(&portal, MARTIN.email, "session-theft").await;
    assert!(text(&mail).contains("\nDepuis : Firefox sur Windows\n"), "{mail:#}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_closed_account_is_told_by_whom_when_and_until_when_it_is_kept() {
    for (asks, told) in [
        (false, "Votre agence a fermé le compte de votre foyer"),
        (true, "sur l’Espace locataire est fermé, comme demandé."),
    ] {
        let portal = Portal::open_without_daily_jobs().await;
        portal.set_clock("2027-03-10T08:01:10Z").await;
        let browser = portal.tenant(&MARTIN).await;
        if asks {
            let close = json!({"kind": "close-account"});
            browser.post("/api/account/agency-requests", &close).await.expect_status(202);
        }
        let body = json!({"lease": MARTIN.lease, "reason": "départ"}).to_string().into_bytes();
        let closed =
            portal.agency(Method::POST, "/api/agency/closures", "application/json", body).await;
        closed.expect_status(204);

        let text = text(&newest(&portal, MARTIN.email, "account-closed").await).replace('\n', " ");
        assert!(text.contains(told), "{text}");
        assert!(text.contains("le 10 mars 2027 à 9 h 01 (heure de Paris)"), "{text}");
        assert!(text.contains("Jusqu’au 10 mars 2028, nous conservons"), "{text}");
        assert!(text.contains("Agence des Lilas") && !text.contains("Depuis :"), "{text}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_mail_that_comes_after_its_account_is_erased_names_the_landlord() {
    let portal = Portal::open_with(&[("ERASE_AFTER_MONTHS", "0")]).await;
    portal.set_clock("2027-03-10T08:01:10Z").await;
    portal.tenant(&MARTIN).await;
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    let body = json!({"lease": MARTIN.lease, "reason": "départ"}).to_string().into_bytes();
    let closed =
        portal.agency(Method::POST, "/api/agency/closures", "application/json", body).await;
    closed.expect_status(204);
    let report = portal.run_daily_job("2027-03-10T08:02:00Z").await;
    assert_eq!(report["erased"], 1, "{report}");
    portal.fail("ses", "none", None).await;
    portal.advance("PT10M").await;
    portal.sweep_mails().await;

    let mail = newest(&portal, MARTIN.email, "account-closed").await;

    let text = text(&mail);
    assert!(text.contains(LANDLORD.email) && text.contains(&plain(LANDLORD.phone.text)), "{text}");
    assert!(!text.contains("Lilas"), "{text}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_agency_that_cannot_be_read_in_time_delays_no_mail() {
    for fault in [
        // As often as the SDK tries.
        json!({"fail": "throttle", "count": 3}),
        json!({"fail": "down", "count": 3}),
        // Longer than the wait for the agency.
        json!({"fail": "slow", "seconds": 6, "count": 1}),
    ] {
        let portal = Portal::open().await;
        let browser = portal.tenant(&MARTIN).await;
        portal.settle().await;
        fail_reads(&portal, fault.clone()).await;

        change_password(&browser).await.expect_status(204);

        let mail = portal.mail_to(MARTIN.email, 3).await;
        let text = text(&mail);
        assert_eq!(mail["tags"]["mail"], "password-changed");
        assert!(text.contains(LANDLORD.email) && !text.contains("Lilas"), "{fault}: {text}");
        assert_eq!(portal.token_row(&row_of(&mail)).await["attempts"]["N"], "1", "{fault}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_table_that_cannot_be_read_for_long_only_delays_a_mail() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    fail_reads(&portal, json!({"fail": "down"})).await;
    change_password(&browser).await.expect_status(204);
    for _ in 0..3 {
        portal.advance("PT5M1S").await;
        portal.sweep_mails().await;
    }
    portal.fail("dynamodb", "none", None).await;
    portal.advance("PT5M1S").await;
    portal.sweep_mails().await;

    let mail = newest(&portal, MARTIN.email, "password-changed").await;

    assert!(text(&mail).contains(UNLISTED), "{mail:#}");
}

// The mail waits while its household changes its lease. The new lease's agency is responsible now.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_that_comes_after_the_household_has_moved_names_its_new_agency() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let row = "91000002,Martin,Camille,Agence du Port,port@bailleur.example,,,".to_owned();
    portal.import(&[row]).await.expect_status(200);
    portal.settle().await;
    portal.fail("ses", "down", None).await;
    change_password(&browser).await.expect_status(204);
    let lease = json!({"lease": "91000002", "last_name": "Martin", "password": ANOTHER_PASSWORD});
    browser.send(Method::PUT, "/api/account/lease", &lease).await.expect_status(200);
    portal.fail("ses", "none", None).await;
    portal.advance("PT10M").await;
    portal.sweep_mails().await;

    for name in ["password-changed", "lease-changed"] {
        let mail = newest(&portal, MARTIN.email, name).await;
        assert!(text(&mail).contains("\nVotre agence\nAgence du Port\n"), "{name}: {mail:#}");
    }
}

#[tokio::test]
async fn whoever_registers_a_household_that_has_an_account_is_told_its_agency() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let mut form = registration(&MARTIN);
    form["email"] = json!("voisin@exemple.example");

    portal.browser().post("/api/registrations", &form).await.expect_status(202);

    let mail = newest(&portal, "voisin@exemple.example", "household-already-registered").await;
    assert!(text(&mail).contains(UNLISTED), "{mail:#}");
}
