//! From the form to the account, by two mails.

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

    tab.click("Renvoyer le message").await;

    tab.says("un nouveau message est en route").await;
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

    tab.click("Activer mon compte").await;
    tab.says("Vous n’êtes pas dans le navigateur de votre inscription").await;
    tab.look("activation: password wanted").await;
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
}

#[tokio::test]
async fn looking_at_a_link_spends_nothing() {
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

    opened.click("Activer mon compte").await;
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
