//! What the configuration says about the identity provider.

use http::Uri;
use openidconnect::ClientId;
use serde_json::json;

use super::claims::{Claims, texts};
use crate::config::{ConfigError, Reader, Variables};
use crate::domain::Role;

/// What the configuration says about the identity provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `STAFF_ISSUER`: the provider's name, under which it publishes what it can do.
    pub(super) issuer: String,
    /// `STAFF_CLIENT_ID`: what the provider calls this application.
    pub(super) client_id: ClientId,
    /// Where the provider sends people back to, below `PORTAL_URL`.
    pub(super) redirect: String,
    /// `STAFF_ROLE_CLAIM`: the claim of the roles; `roles` by default.
    pub(super) role_claim: String,
    /// `STAFF_ROLES`: what the claim calls each role, such as
    /// `reader=lecteur, agent=conseiller|accueil, supervisor=responsable`; by default, as we do.
    pub(super) roles: Vec<(String, Role)>,
    /// `STAFF_AGENCIES_CLAIM`: the claim of the agencies; `agencies` by default, and everybody sees
    /// all of them with `-`.
    pub(super) agencies_claim: Option<String>,
    /// `STAFF_SECOND_FACTOR`: what says that a second factor was used.
    pub(super) second_factor: SecondFactor,
}

/// Claims and their values, such as `amr:mfa acr:2`. Any of them says that a second factor was used.
#[derive(Clone, Debug)]
pub(super) struct SecondFactor(Vec<(String, String)>);

impl Settings {
    /// The path that the provider sends people back to.
    pub const CALLBACK: &'static str = "/api/staff/callback";

    /// The settings; `None` without a provider.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing or malformed.
    pub fn read(variables: &Variables) -> Result<Option<Self>, ConfigError> {
        let mut reader = Reader::new(variables);
        let Some(issuer) = reader.optional_text("STAFF_ISSUER") else {
            return Ok(None);
        };
        if !is_safe(&issuer) {
            reader.refuse("STAFF_ISSUER does not begin with https://");
        }
        let client_id = ClientId::new(reader.text("STAFF_CLIENT_ID"));
        let portal = reader.text("PORTAL_URL");
        let redirect = format!("{}{}", portal.trim_end_matches('/'), Self::CALLBACK);
        let text =
            |name: &str, default: &str| variables.find(name).unwrap_or(default).trim().to_owned();
        let role_claim = text("STAFF_ROLE_CLAIM", "roles");
        let roles = roles(&text("STAFF_ROLES", "")).unwrap_or_else(|| {
            reader.refuse("STAFF_ROLES is not like reader=…, agent=…, supervisor=…");
            Vec::new()
        });
        let agencies_claim =
            Some(text("STAFF_AGENCIES_CLAIM", "agencies")).filter(|claim| claim != "-");
        let second_factor = text("STAFF_SECOND_FACTOR", "amr:mfa");
        let second_factor = SecondFactor::read(&second_factor).unwrap_or_else(|| {
            reader.refuse("STAFF_SECOND_FACTOR is not like amr:mfa acr:2");
            SecondFactor(Vec::new())
        });
        let settings =
            Self { issuer, client_id, redirect, role_claim, roles, agencies_claim, second_factor };
        reader.finish(Some(settings))
    }
}

/// Whether what travels to `address` is kept from others: it is encrypted, or stays on this machine.
fn is_safe(address: &str) -> bool {
    let uri = address.parse::<Uri>().ok();
    uri.is_some_and(|uri| match uri.scheme_str() {
        Some("https") => true,
        Some("http") => matches!(uri.host(), Some("127.0.0.1" | "localhost")),
        _ => false,
    })
}

fn roles(text: &str) -> Option<Vec<(String, Role)>> {
    if text.is_empty() {
        return Some(Role::all().map(|role| (role.name().to_owned(), role)).collect());
    }
    let mut roles = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, values) = part.split_once('=')?;
        let role = Role::all().find(|role| role.name() == name.trim())?;
        let values = values.split('|').map(str::trim).filter(|value| !value.is_empty());
        roles.extend(values.map(|value| (value.to_owned(), role)));
    }
    (!roles.is_empty()).then_some(roles)
}

impl SecondFactor {
    fn read(text: &str) -> Option<Self> {
        let pairs = text.split([' ', ',']).filter(|pair| !pair.is_empty());
        let pairs: Option<Vec<_>> = pairs
            .map(|pair| {
                let (claim, value) = pair.rsplit_once(':')?;
                let is_whole = !claim.is_empty() && !value.is_empty();
                is_whole.then(|| (claim.to_owned(), value.to_owned()))
            })
            .collect();
        pairs.filter(|pairs| !pairs.is_empty()).map(Self)
    }

    /// Whether `claims` say that a second factor was used.
    pub(super) fn is_in(&self, claims: &Claims) -> bool {
        self.0.iter().any(|(claim, value)| texts(claims, claim).contains(value))
    }

    /// The classes of authentication to ask for: the values of `acr`.
    pub(super) fn classes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(claim, _)| claim == "acr").map(|(_, value)| value.as_str())
    }

    /// What to ask for of claims that are given only when they are asked for: `acrs`, the
    /// authentication contexts of Entra.
    pub(super) fn asked_claims(&self) -> Option<String> {
        let (_, value) = self.0.iter().find(|(claim, _)| claim == "acrs")?;
        let asked = json!({"id_token": {"acrs": {"essential": true, "value": value}}});
        Some(asked.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(&pairs.collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn without_an_issuer_there_is_no_provider() {
        assert!(read(&[("STAFF_ISSUER", ""), ("STAFF_ROLES", "x")]).unwrap().is_none());
    }

    #[test]
    fn every_fault_of_the_settings_is_named() {
        let faults = read(&[
            ("STAFF_ISSUER", "http://idp.example"),
            ("STAFF_ROLES", "boss=chef"),
            ("STAFF_SECOND_FACTOR", "mfa"),
        ])
        .unwrap_err();
        for fault in [
            "STAFF_ISSUER does not begin with https://",
            "STAFF_CLIENT_ID is missing",
            "PORTAL_URL is missing",
            "STAFF_ROLES is not like",
            "STAFF_SECOND_FACTOR is not like",
        ] {
            assert!(faults.contains(fault), "{faults}");
        }
    }

    #[test]
    fn a_second_factor_is_asked_for_as_the_provider_wants_it() {
        let entra = SecondFactor::read("acrs:c1").unwrap();
        assert_eq!(
            entra.asked_claims().unwrap(),
            r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}}}"#
        );
        assert_eq!(entra.classes().count(), 0);
        let other = SecondFactor::read("urn:x:acr:y, acr:2").unwrap();
        assert_eq!(other.classes().collect::<Vec<_>>(), ["2"]);
        assert!(other.asked_claims().is_none());
    }
}
