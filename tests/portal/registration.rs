//! Registration, from the form to the account, with two mails.

use serde_json::json;
use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{link_in, register};

#[tokio::test]
async fn a_household_registers_follows_its_mail_and_signs_in() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.visit("/").await;
    tab.look("home").await;
    tab.click("Créer mon compte").await;
    tab.is_at("/inscription").await;
    tab.look("registration").await;
    register(&tab, &household).await;
    tab.is_at("/verifiez-vos-mails").await;
    tab.says(household.email).await;
    tab.look("check your mail").await;

    let mail = portal.mail_to(household.email, 1).await;
    tab.follow_mailed(&link_in(&mail)).await;
    tab.is_at("/activation").await;
    tab.offers("Activer mon compte").await;
    tab.says_no_more("Vous n’êtes pas dans le navigateur de votre inscription").await;
    assert_eq!(tab.evaluate("field('Mot de passe')").await, json!(null));
    tab.look("activation").await;
    tab.click("Activer mon compte").await;
    tab.says("Votre compte est actif").await;
    tab.says(household.email).await;
    tab.look("activation: done").await;

    let announced = portal.mail_to(household.email, 2).await;
    assert!(announced["text"].as_str().unwrap().contains(household.email));
    tab.click("Se connecter").await;
    tab.is_at("/").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, household.email);
    tab.fill("Mot de passe", household.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    tab.says("Bonjour Camille").await;
    tab.says(household.lease).await;
    tab.look("account").await;
}

#[tokio::test]
async fn a_mail_that_did_not_come_is_sent_again() {
    let portal = Portal::open().await;
    let household = Household::LEFEVRE;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    register(&tab, &household).await;
    tab.is_at("/verifiez-vos-mails").await;
    portal.mail_to(household.email, 1).await;

    tab.click("Renvoyer l’e-mail").await;

    tab.says("un autre e-mail arrive dans quelques minutes").await;
    tab.look("check your mail: sent again").await;
    let again = portal.mail_to(household.email, 2).await;
    tab.follow_mailed(&link_in(&again)).await;
    tab.click("Activer mon compte").await;
    tab.says("Votre compte est actif").await;
}

#[tokio::test]
async fn another_browser_than_the_one_that_registered_is_asked_for_the_password() {
    let portal = Portal::open().await;
    let household = Household::NDIAYE;
    portal.browser().register(&household).await.expect_status(202);
    let mail = portal.mail_to(household.email, 1).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.follow_mailed(&link_in(&mail)).await;

    tab.says("Vous n’êtes pas dans le navigateur de votre inscription, ou il n’en a plus").await;
    tab.look("activation: password wanted").await;
    tab.click("Activer mon compte").await;
    assert_eq!(tab.error_of("Mot de passe choisi").await, "Indiquez votre mot de passe.");
    assert!(!tab.calls().iter().any(|call| call == "POST /api/activations"));
    tab.fill("Mot de passe choisi", "un autre 1").await;
    tab.click("Activer mon compte").await;
    tab.sums_up("Mot de passe choisi à l’inscription").await;
    assert_ne!(tab.error_of("Mot de passe choisi").await, "");
    tab.look("activation: wrong password").await;
    tab.fill("Mot de passe choisi", household.password).await;
    tab.click("Activer mon compte").await;

    tab.says("Votre compte est actif").await;
}

#[tokio::test]
async fn a_browser_that_registered_twice_follows_the_first_mail_and_is_told_which_password_counts()
{
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let second = Household { password: "six loutres grises 6", ..household };
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    register(&tab, &household).await;
    tab.is_at("/verifiez-vos-mails").await;
    let first_mail = portal.mail_to(household.email, 1).await;
    tab.visit("/inscription").await;
    register(&tab, &second).await;
    tab.is_at("/verifiez-vos-mails").await;
    portal.mail_to(household.email, 2).await;

    tab.follow_mailed(&link_in(&first_mail)).await;

    tab.says("le mot de passe qui compte est celui de l’inscription d’où vient ce lien").await;
    tab.says_no_more("Vous n’êtes pas dans le navigateur").await;
    tab.click("Activer mon compte").await;
    tab.says("Votre compte est actif").await;
    portal.browser().sign_in(&second).await.expect_problem(401, "bad_credentials");
    portal.browser().sign_in(&household).await.expect_status(200);
}

#[tokio::test]
async fn a_browser_that_lost_its_trace_of_the_registration_is_asked_for_the_password() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    register(&tab, &household).await;
    tab.is_at("/verifiez-vos-mails").await;
    tab.follow_mailed(&link_in(&portal.mail_to(household.email, 1).await)).await;
    tab.offers("Activer mon compte").await;
    tab.clear_cookies().await;

    tab.click("Activer mon compte").await;

    tab.until("focused() === 'Mot de passe choisi à l’inscription'").await;
    tab.says("ou il n’en a plus trace").await;
    tab.write(household.password).await;
    tab.click("Activer mon compte").await;
    tab.says("Votre compte est actif").await;
}

#[tokio::test]
async fn a_link_that_a_mail_gateway_has_mangled_is_mended() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.browser().register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    for hash in ["#", "%23", "%2523", "#%3C", "#<", "#%253C"] {
        for end in ["", ".", ">", "%3E", "%22", "\"", ")", ",", "%20", "%253E", "%20%C2%BB"] {
            tab.visit("/conditions").await;
            tab.visit(&format!("/activation{hash}{token}{end}")).await;
            tab.offers("Activer mon compte").await;
            assert_eq!(tab.text("location.pathname + location.hash").await, "/activation");
        }
    }
    tab.reload().await;
    tab.fill("Mot de passe choisi", household.password).await;
    tab.click("Activer mon compte").await;
    tab.says("Votre compte est actif").await;
}

#[tokio::test]
async fn a_link_that_was_used_says_so_at_once_and_leads_to_sign_in() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.browser();
    browser.register(&household).await.expect_status(202);
    let mail = portal.mail_to(household.email, 1).await;
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.follow_mailed(&link_in(&mail)).await;

    tab.says("Ce lien a déjà servi").await;
    tab.look("activation: used").await;
    tab.click("Se connecter").await;
    tab.is_at("/").await;
}

#[tokio::test]
async fn a_link_that_has_expired_says_so_at_once_and_leads_to_another() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.browser().register(&household).await.expect_status(202);
    let mail = portal.mail_to(household.email, 1).await;
    portal.advance("P2D").await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.follow_mailed(&link_in(&mail)).await;

    tab.says("Ce lien n’est plus valable").await;
    tab.look("activation: expired").await;
    tab.click("Recommencer l’inscription").await;
    tab.is_at("/inscription").await;
}

#[tokio::test]
async fn a_link_copied_in_part_says_so() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    for path in ["/activation", "/activation#abc", "/nouveau-mot-de-passe", "/reponse-agence#x"] {
        tab.visit("/conditions").await;
        tab.visit(path).await;
        tab.says("Ce lien n’est pas complet").await;
    }
    tab.look("link: not complete").await;
    tab.visit("/conditions").await;
    tab.visit("/activation%23abc").await;
    tab.is_at("/activation").await;
    tab.says("Ce lien n’est pas complet").await;
}

#[tokio::test]
async fn opening_a_link_does_not_use_it_up() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.browser().register(&household).await.expect_status(202);
    let link = link_in(&portal.mail_to(household.email, 1).await);
    let path = link.strip_prefix(portal.address()).unwrap();
    let scanner = Device::new(&portal).await;

    portal.browser().get(path).await.expect_status(200);
    let opened = scanner.tab().await;
    opened.goto(&link).await;
    opened.offers("Activer mon compte").await;
    opened.reload().await;
    opened.offers("Activer mon compte").await;
    assert_eq!(opened.calls(), ["POST /api/links/show"; 2]);

    opened.fill("Mot de passe choisi", household.password).await;
    opened.click("Activer mon compte").await;
    opened.says("Votre compte est actif").await;
}

#[tokio::test]
async fn a_household_that_has_its_account_already_is_told_when_it_activates_another() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let late = Household { email: "conjoint@exemple.example", ..household };
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    register(&tab, &late).await;
    tab.is_at("/verifiez-vos-mails").await;
    let mail = portal.mail_to(late.email, 1).await;
    portal.tenant(&household).await;

    tab.follow_mailed(&link_in(&mail)).await;
    tab.click("Activer mon compte").await;

    tab.says("Ce compte existe déjà").await;
    tab.look("activation: taken").await;
    tab.click("Identifiant oublié").await;
    tab.is_at("/identifiant-oublie").await;
}
