//! Steps that several tests of the portal share.

use serde_json::Value;
use tests::{Household, Portal};

use crate::tab::Tab;

/// Fills in the registration form and sends it.
pub async fn register(tab: &Tab, household: &Household) {
    fill_registration(tab, household).await;
    tab.click("Créer mon compte").await;
}

/// Fills in the registration form.
pub async fn fill_registration(tab: &Tab, household: &Household) {
    tab.fill("Référence client", household.lease).await;
    tab.fill("Nom du signataire principal", household.last_name).await;
    tab.fill("Adresse e-mail", household.email).await;
    tab.fill("Choisissez un mot de passe", household.password).await;
    tab.tick("J’accepte les conditions générales").await;
}

/// Signs in, from any page, and waits for the account.
pub async fn sign_in(tab: &Tab, household: &Household) {
    tab.visit("/").await;
    tab.fill("Adresse e-mail", household.email).await;
    tab.fill("Mot de passe", household.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    tab.says(household.lease).await;
}

/// A portal where `household` has its account, made in another browser; two mails went to it.
pub async fn with_account(household: &Household) -> Portal {
    let portal = Portal::open().await;
    portal.tenant(household).await;
    portal
}

/// The link with a token in a mail.
pub fn link_in(mail: &Value) -> String {
    let links = mail["links"].as_array().expect("links");
    let mut links = links.iter().filter_map(Value::as_str);
    links.find(|link| link.contains('#')).expect("a link with a token").to_owned()
}
