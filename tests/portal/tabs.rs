//! Two tabs of one browser share one session.

use tests::Household;

use crate::device::Device;
use crate::story::{sign_in, with_account};

const MARTIN: Household = Household::MARTIN;

#[tokio::test]
async fn signing_in_or_out_in_one_tab_shows_in_the_other() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let (one, other) = (device.tab().await, device.tab().await);
    other.visit("/conditions").await;
    other.offers("Se connecter").await;

    sign_in(&one, &MARTIN).await;
    other.offers("Mon compte : menu").await;
    other.visit("/mon-compte/sessions").await;
    other.says("Cet appareil").await;
    one.click("Mon compte : menu").await;
    one.click("Se déconnecter").await;

    one.is_at("/").await;
    one.says("Vous êtes déconnecté.").await;
    other.is_at("/").await;
    other.says("Vous êtes déconnecté.").await;
}

#[tokio::test]
async fn two_tabs_renew_the_session_at_once_and_both_stay_signed_in() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let (one, other) = (device.tab().await, device.tab().await);
    sign_in(&one, &MARTIN).await;
    other.visit("/mon-compte").await;
    other.says("Bonjour Camille").await;

    for _ in 0..4 {
        portal.advance("PT2H").await;
        tokio::join!(one.reload(), other.reload());
        tokio::join!(one.says("Bonjour Camille"), other.says("Bonjour Camille"));
    }

    portal.advance("PT1M").await;
    one.reload().await;
    one.says("Bonjour Camille").await;
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation", "account-activated"]);
}

#[tokio::test]
async fn an_expired_access_token_is_renewed_by_itself() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/donnees").await;
    tab.offers("Télécharger mes données").await;
    portal.advance("PT11M").await;
    tab.forget_requests();

    tab.click("Télécharger mes données").await;

    tab.says("Le fichier est prêt").await;
    let export = "GET /api/account/export";
    assert_eq!(tab.calls(), [export, "POST /api/sessions/refresh", export]);
}

#[tokio::test]
async fn the_back_button_shows_nothing_after_sign_out() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.click("Mon compte : menu").await;
    tab.click("Se déconnecter").await;
    tab.is_at("/").await;

    tab.back().await;

    tab.is_at("/").await;
    tab.says_no_more(MARTIN.lease).await;
}
