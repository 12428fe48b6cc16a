//! A forgotten password or identifier is recovered by mail.

use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{link_in, with_account};

#[tokio::test]
async fn a_forgotten_identifier_comes_by_mail() {
    let household = Household::LEFEVRE;
    let portal = with_account(&household).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.click("Identifiant oublié").await;
    tab.is_at("/identifiant-oublie").await;
    tab.look("forgotten identifier").await;

    tab.fill("Référence client", "L 00412837").await;
    tab.fill("Nom du signataire principal", "lefevre dubois").await;
    tab.click("Recevoir mon identifiant").await;

    tab.says("Vérifiez vos e-mails").await;
    tab.look("forgotten identifier: sent").await;
    let mail = portal.mail_to(household.email, 3).await;
    assert!(mail["text"].as_str().unwrap().contains(household.email));
    tab.click("Se connecter").await;
    tab.is_at("/").await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link() {
    let household = Household::MARTIN;
    let portal = with_account(&household).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.fill("Adresse e-mail", household.email).await;
    tab.click("Mot de passe oublié").await;
    tab.is_at("/mot-de-passe-oublie").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, household.email);
    assert_eq!(tab.text("location.search + location.hash").await, "");
    tab.look("forgotten password").await;
    tab.click("Se connecter").await;
    tab.is_at("/").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, household.email);
    tab.click("Mot de passe oublié").await;
    tab.is_at("/mot-de-passe-oublie").await;
    tab.click("Recevoir le lien").await;
    tab.says("Vérifiez vos e-mails").await;
    tab.until("document.title.startsWith('Vérifiez vos e')").await;
    tab.says("vous recevez un e-mail dans quelques minutes").await;
    tab.look("forgotten password: sent").await;
    let link = link_in(&portal.mail_to(household.email, 3).await);

    tab.follow_mailed(&link).await;
    tab.says("Choisissez un nouveau mot de passe").await;
    tab.says("ne commence pas par le nom ou le prénom – vérifié à l’envoi").await;
    assert_eq!(tab.text("document.getElementById('username').value").await, household.email);
    tab.look("new password").await;
    let rules = "document.getElementById('password').getAttribute('passwordrules')";
    assert_eq!(
        tab.text(rules).await,
        "minlength: 8; maxlength: 128; required: lower, upper; required: digit; \
         allowed: ascii-printable;"
    );
    tab.fill("Nouveau mot de passe", "martin 2026").await;
    tab.click("Enregistrer ce mot de passe").await;
    tab.sums_up("Nouveau mot de passe").await;
    assert_ne!(tab.error_of("Nouveau mot de passe").await, "");
    tab.look("new password: refused").await;
    tab.fill("Nouveau mot de passe", household.password).await;
    tab.click("Enregistrer ce mot de passe").await;
    tab.sums_up("C’est déjà votre mot de passe.").await;
    let said = tab.error_of("Nouveau mot de passe").await;
    assert_eq!(said, "C’est déjà votre mot de passe. Choisissez-en un autre.");
    tab.look("new password: unchanged").await;
    tab.fill("Nouveau mot de passe", "sept oies grises 7").await;
    tab.click("Enregistrer ce mot de passe").await;
    tab.says("Votre mot de passe est enregistré").await;
    tab.until("document.activeElement.matches('h1')").await;
    assert_eq!(tab.text("focused()").await, "Votre mot de passe est enregistré");
    tab.until("document.title.startsWith('Votre mot de passe est enregistré – ')").await;
    tab.look("new password: done").await;

    tab.click("Se connecter").await;
    tab.is_at("/").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, household.email);
    assert_eq!(tab.text("location.search + location.hash").await, "");
    tab.fill("Mot de passe", "sept oies grises 7").await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    portal.mail_to(household.email, 4).await;

    tab.follow_mailed(&link).await;
    tab.says("Ce lien a déjà servi").await;
    tab.look("new password: used").await;
    tab.click("Demander un nouveau lien").await;
    tab.is_at("/mot-de-passe-oublie").await;
}

#[tokio::test]
async fn the_page_of_a_link_does_not_show_the_remembered_identifier() {
    let (owner, remembered) = (Household::MARTIN, Household::LEFEVRE);
    let portal = with_account(&owner).await;
    portal.tenant(&remembered).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.tick("Se souvenir de moi").await;
    tab.fill("Adresse e-mail", remembered.email).await;
    tab.fill("Mot de passe", remembered.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    tab.click("Mon compte : menu").await;
    tab.click("Se déconnecter").await;
    tab.is_at("/").await;
    let body = serde_json::json!({"email": owner.email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);

    tab.follow_mailed(&link_in(&portal.mail_to(owner.email, 3).await)).await;

    tab.offers("Enregistrer ce mot de passe").await;
    let values = "[...document.querySelectorAll('input')].map(({value}) => value).join('')";
    // The address is that of the link's owner, for password managers.
    assert_eq!(tab.text(values).await, owner.email);
    tab.says_no_more(remembered.email).await;
}

#[tokio::test]
async fn a_reset_link_is_valid_for_an_hour_and_another_is_a_click_away() {
    let household = Household::MARTIN;
    let portal = with_account(&household).await;
    let body = serde_json::json!({"email": household.email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);
    let link = link_in(&portal.mail_to(household.email, 3).await);
    portal.advance("PT61M").await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.follow_mailed(&link).await;

    tab.says("Ce lien n’est plus valable").await;
    tab.look("new password: expired").await;
    tab.click("Demander un nouveau lien").await;
    tab.is_at("/mot-de-passe-oublie").await;
}

#[tokio::test]
async fn an_address_without_an_account_gets_the_same_answer() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/mot-de-passe-oublie").await;

    tab.fill("Adresse e-mail", "inconnu@exemple.example").await;
    tab.click("Recevoir le lien").await;

    tab.says("Si cette adresse est l’identifiant d’un compte").await;
    tab.click("Recommencer").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, "inconnu@exemple.example");
    assert_eq!(portal.mail_names_to("inconnu@exemple.example").await, [""; 0]);
}
