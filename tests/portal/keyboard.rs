//! The portal without a mouse: every control can be reached and left, and shows that it has the
//! focus.

use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{link_in, sign_in, with_account};
use crate::tab::Key;

#[tokio::test]
async fn a_household_registers_and_signs_in_by_keyboard_alone() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.visit("/").await;
    tab.tab_to("Créer mon compte").await;
    tab.press(Key::Enter).await;
    tab.is_at("/inscription").await;
    for (field, typed) in [
        ("Référence client", household.lease),
        ("Nom du signataire principal", household.last_name),
        ("Adresse e-mail", household.email),
        ("Choisissez un mot de passe", household.password),
    ] {
        tab.tab_to(field).await;
        tab.write(typed).await;
    }
    tab.tab_to("Recevoir mes documents sans papier").await;
    tab.press(Key::Space).await;
    tab.tab_to("J’accepte les conditions générales").await;
    tab.press(Key::Space).await;
    tab.tab_to("Créer mon compte").await;
    tab.press(Key::Enter).await;
    tab.is_at("/verifiez-vos-mails").await;

    tab.follow_mailed(&link_in(&portal.mail_to(household.email, 1).await)).await;
    tab.offers("Activer mon compte").await;
    tab.tab_to("Activer mon compte").await;
    tab.press(Key::Space).await;
    tab.until("focused() === 'Votre compte est actif'").await;
    tab.tab_to("Se connecter").await;
    tab.press(Key::Enter).await;
    tab.is_at("/").await;
    tab.until("focused() === 'Mot de passe'").await;
    tab.write(household.password).await;
    tab.press(Key::Enter).await;
    tab.is_at("/mon-compte").await;
    tab.says("Sans papier").await;
}

#[tokio::test]
async fn the_profile_menu_works_by_keyboard() {
    let household = Household::MARTIN;
    let portal = with_account(&household).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &household).await;
    tab.visit("/conditions").await;
    let is_open = "document.getElementById('profile-button').ariaExpanded === 'true'";

    tab.offers("Mon compte : menu").await;
    tab.tab_to("Mon compte : menu").await;
    tab.press(Key::Space).await;
    tab.until(is_open).await;
    for entry in ["Mon compte", "Modifier mon adresse e-mail", "Modifier mon mot de passe"] {
        tab.press(Key::Tab).await;
        assert_eq!(tab.text("focused()").await, entry);
        assert_eq!(tab.evaluate("focusShows()").await, true, "{entry}");
    }
    tab.press(Key::BackTab).await;
    assert_eq!(tab.text("focused()").await, "Modifier mon adresse e-mail");
    tab.press(Key::Escape).await;
    tab.until(&format!("!({is_open})")).await;
    assert_eq!(tab.text("focused()").await, "Mon compte : menu");

    tab.press(Key::Enter).await;
    tab.until(is_open).await;
    tab.tab_to("Se déconnecter").await;
    tab.press(Key::Tab).await;
    tab.until(&format!("!({is_open})")).await;
}

#[tokio::test]
async fn an_agency_refuses_by_keyboard_alone() {
    let household = Household::MARTIN;
    let portal = Portal::open().await;
    let tenant = portal.tenant(&household).await;
    let request = serde_json::json!({"kind": "close-account"});
    tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
    let link = link_in(&portal.mail_to("lilas@bailleur.example", 1).await);
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.follow_mailed(&link).await;

    tab.offers("Refuser la demande").await;
    tab.tab_to("Refuser la demande").await;
    tab.press(Key::Enter).await;
    tab.until("focused() === 'Motif du refus (facultatif)'").await;
    tab.tab_to("Revenir au choix").await;
    tab.press(Key::Space).await;
    tab.until("focused() === 'Refuser la demande'").await;
    tab.press(Key::Space).await;
    tab.until("focused() === 'Motif du refus (facultatif)'").await;
    tab.write("Un loyer reste dû.").await;
    tab.tab_to("Envoyer le refus").await;
    tab.press(Key::Space).await;

    tab.until("focused() === 'La demande est refusée'").await;
    tab.says("Un loyer reste dû.").await;
}

#[tokio::test]
async fn the_first_key_leads_to_the_content() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;

    tab.press(Key::Tab).await;
    assert_eq!(tab.text("focused()").await, "Aller au contenu");
    assert_eq!(tab.evaluate("focusShows()").await, true);
    tab.press(Key::Enter).await;
    tab.press(Key::Tab).await;

    assert_eq!(tab.text("focused()").await, "Référence client");
}

#[tokio::test]
async fn every_control_shows_that_it_has_the_focus() {
    let household = Household::MARTIN;
    let portal = with_account(&household).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    for path in ["/", "/inscription", "/mot-de-passe-oublie", "/identifiant-oublie"] {
        tab.visit(path).await;
        tab.until("document.documentElement.dataset.session === 'known'").await;
        assert!(tab.walk().await > 7, "{path}");
    }
    sign_in(&tab, &household).await;
    for path in ["", "/adresse", "/mot-de-passe", "/sessions", "/demandes", "/bail", "/donnees"] {
        tab.visit(&format!("/mon-compte{path}")).await;
        tab.until("!document.getElementById('private').hidden").await;
        assert!(tab.walk().await > 7, "{path}");
    }
}
