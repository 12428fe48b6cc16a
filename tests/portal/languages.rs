//! A page is in French or in English, never in a mix.

use std::collections::BTreeSet;

use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{sign_in, with_account};
use crate::tab::Tab;

const MARTIN: Household = Household::MARTIN;

/// The pages for everybody, without those of mailed links.
const PUBLIC: [&str; 12] = [
    "/",
    "/inscription",
    "/verifiez-vos-mails",
    "/activation",
    "/mot-de-passe-oublie",
    "/nouveau-mot-de-passe",
    "/identifiant-oublie",
    "/confirmation-adresse",
    "/retablir-adresse",
    "/reponse-agence",
    "/conditions",
    "/mentions-legales",
];

/// The pages of a signed-in tenant.
const PRIVATE: [&str; 7] = [
    "/mon-compte",
    "/mon-compte/adresse",
    "/mon-compte/mot-de-passe",
    "/mon-compte/sessions",
    "/mon-compte/demandes",
    "/mon-compte/bail",
    "/mon-compte/donnees",
];

/// Texts that are the same in both languages, and names.
const SAME: [&str; 25] = [
    "Espace locataire",
    "Cookies",
    "Cookies – Espace locataire – Deux Rives",
    "Camille Martin",
    MARTIN.lease,
    MARTIN.email,
    "Agence des Lilas",
    "lilas@bailleur.example",
    "Documents",
    "e-mail",
    "E-mail",
    "CNIL",
    ": menu",
    "Habitat des Deux Rives",
    "Deux Rives",
    "18 quai des Deux Rives, 69007 Lyon",
    "Habitat des Deux Rives, 18 quai des Deux Rives, 69007 Lyon,",
    "Avis d’échéance",
    "Référence client",
    "Hélène Vasseur, directrice générale",
    "RCS Lyon 000 000 000",
    "Amazon Web Services EMEA SARL",
    ", 38 avenue John F. Kennedy, L-1855 Luxembourg,",
    "contact@deux-rives.example",
    "donnees@deux-rives.example",
];

async fn lines(tab: &Tab) -> BTreeSet<String> {
    let lines = tab.evaluate("lines()").await;
    let lines = lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned());
    lines.collect()
}

/// Checks that no line of the page is the same in both languages, except [`SAME`].
fn expect_no_mix(path: &str, french: &BTreeSet<String>, english: &BTreeSet<String>) {
    let both = french.intersection(english).filter(|line| !SAME.contains(&line.as_str()));
    assert_eq!(both.collect::<Vec<_>>(), [""; 0], "{path}");
    assert!(french.len() > 10 && french.len().abs_diff(english.len()) < 8, "{path}");
}

#[tokio::test]
async fn a_page_is_all_in_the_language_that_the_browser_prefers() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    for path in PUBLIC.into_iter().chain(["/cookies"]) {
        tab.prefer("fr-FR, fr;q=0.9, en;q=0.8").await;
        tab.visit(path).await;
        tab.until("document.documentElement.lang === 'fr'").await;
        let french = lines(&tab).await;
        if matches!(path, "/conditions" | "/cookies" | "/mentions-legales") {
            tab.look(&format!("{path}, in French")).await;
        }
        tab.prefer("en-GB, en;q=0.9, fr;q=0.5").await;
        tab.visit(path).await;
        tab.until("document.documentElement.lang === 'en'").await;
        tab.look(&format!("{path}, in English")).await;
        expect_no_mix(path, &french, &lines(&tab).await);
    }
}

#[tokio::test]
async fn the_pages_of_a_signed_in_tenant_are_all_in_one_language() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    let shown = "document.documentElement.dataset.session === 'known' && \
        !document.getElementById('private').hidden && \
        !document.querySelector('#sessions:empty, #listing[hidden]')";

    let mut french = Vec::new();
    for path in PRIVATE {
        tab.visit(path).await;
        tab.until(shown).await;
        french.push(lines(&tab).await);
    }
    tab.click("English").await;
    tab.until("document.documentElement.lang === 'en'").await;
    for (path, french) in PRIVATE.into_iter().zip(&french) {
        tab.visit(path).await;
        tab.until(shown).await;
        tab.look(&format!("{path}, in English")).await;
        expect_no_mix(path, french, &lines(&tab).await);
    }
}

#[tokio::test]
async fn the_chosen_language_is_remembered_and_typed_text_is_kept() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    tab.fill("Référence client", MARTIN.lease).await;
    tab.tick("J’accepte les conditions générales").await;

    tab.click("English").await;

    tab.until("document.documentElement.lang === 'en'").await;
    tab.until(&format!("field('Customer reference').value === '{}'", MARTIN.lease)).await;
    tab.until("field('I accept the terms').checked").await;
    tab.click("Create my account").await;
    tab.sums_up("fields need correcting").await;
    assert_eq!(tab.error_of("E-mail address").await, "Enter your e-mail address.");
    tab.look("registration: errors, in English").await;
    let other = device.tab().await;
    other.visit("/").await;
    other.offers("Create my account").await;
    other.click("Français").await;
    other.offers("Créer mon compte").await;
}

#[tokio::test]
async fn mails_and_refusals_come_in_the_language_of_the_page() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.prefer("en").await;
    tab.visit("/inscription").await;
    tab.fill("Customer reference", MARTIN.lease).await;
    tab.fill("Main signatory’s last name", MARTIN.last_name).await;
    tab.fill("E-mail address", "camille").await;
    tab.fill("Choose a password", MARTIN.password).await;
    tab.tick("I accept the terms").await;
    tab.click("Create my account").await;
    tab.sums_up("One field needs correcting").await;
    assert!(tab.error_of("E-mail address").await.contains("address"));

    tab.fill("E-mail address", MARTIN.email).await;
    tab.click("Create my account").await;

    tab.says("Check your e-mail").await;
    let mail = portal.mail_to(MARTIN.email, 1).await;
    assert!(mail["subject"].as_str().unwrap().starts_with("Activate"), "{}", mail["subject"]);
}
