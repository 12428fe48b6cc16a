//! Who an identity token is about, as the configuration reads its claims.

use serde_json::Value;

use super::claims::{Claims, texts};
use super::refusal::Refusal;
use super::settings::Settings;
use crate::domain::{Agencies, StaffMember, text};

/// The longest name of a person that is kept, in characters.
const MAX_NAME: usize = 100;

impl Settings {
    /// Who the claims are about.
    ///
    /// # Errors
    ///
    /// Without a second factor, a role, an agency.
    pub(super) fn member(&self, claims: &Claims) -> Result<StaffMember, Refusal> {
        if !self.second_factor.is_in(claims) {
            return Err(Refusal::SecondFactor);
        }
        let said = texts(claims, &self.role_claim);
        let role = self.roles.iter().filter(|(value, _)| said.contains(value));
        let role = role.map(|(_, role)| *role).max().ok_or(Refusal::NoRole)?;
        let agencies = match &self.agencies_claim {
            Some(claim) => texts(claims, claim),
            None => vec![Agencies::ALL.to_owned()],
        };
        if agencies.is_empty() {
            return Err(Refusal::NoRole);
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(text::flat);
        let subject = text("sub").filter(|subject| !subject.is_empty()).ok_or(Refusal::Denied)?;
        let names = ["name", "preferred_username", "email"];
        let name = names.into_iter().filter_map(text).find(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| subject.clone()).chars().take(MAX_NAME).collect();
        Ok(StaffMember { subject, name, role, agencies: Agencies::named(agencies) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Variables;
    use crate::domain::Role;

    fn settings(more: &[(&str, &str)]) -> Settings {
        let always = [
            ("STAFF_ISSUER", "https://idp.example/realms/bailleur"),
            ("STAFF_CLIENT_ID", "espace-locataire"),
            ("PORTAL_URL", "https://locataires.example/"),
        ];
        let pairs = always.iter().chain(more);
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: Variables = pairs.collect();
        Settings::read(&variables).unwrap().unwrap()
    }

    fn member(settings: &Settings, claims: Value) -> Result<StaffMember, Refusal> {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        settings.member(&claims)
    }

    #[test]
    fn claims_say_who_it_is() {
        let claims = json!({
            "sub": "42", "name": " Anne\u{200b}\nLefèvre ", "amr": ["pwd", "mfa"],
            "roles": ["other", "reader", "agent"], "agencies": ["Agence des Lilas"],
        });
        let member = member(&settings(&[]), claims).unwrap();

        assert_eq!((member.subject.as_str(), member.name.as_str()), ("42", "Anne Lefèvre"));
        assert_eq!(member.role, Role::Agent);
        assert_eq!(member.agencies.names(), ["Agence des Lilas"]);
    }

    #[test]
    fn without_role_agency_or_second_factor_nobody_signs_in() {
        let whole = json!({"sub": "1", "amr": ["mfa"], "roles": "reader", "agencies": "*"});
        let settings = settings(&[]);
        assert!(member(&settings, whole.clone()).is_ok());

        for (claim, other, refusal) in [
            ("amr", json!(["pwd"]), Refusal::SecondFactor),
            ("amr", json!(null), Refusal::SecondFactor),
            ("amr", json!({"mfa": true}), Refusal::SecondFactor),
            ("roles", json!([]), Refusal::NoRole),
            ("roles", json!("READER"), Refusal::NoRole),
            ("agencies", json!([]), Refusal::NoRole),
            ("agencies", json!(7), Refusal::NoRole),
            ("sub", json!(""), Refusal::Denied),
        ] {
            let mut claims = whole.clone();
            claims[claim] = other;
            assert_eq!(member(&settings, claims.clone()).unwrap_err(), refusal, "{claims}");
        }
    }

    #[test]
    fn claims_have_the_names_that_the_configuration_says() {
        let keycloak = settings(&[
            ("STAFF_ROLE_CLAIM", "realm_access.roles"),
            ("STAFF_ROLES", "reader=lecteur, agent=conseiller|accueil, supervisor=responsable"),
            ("STAFF_AGENCIES_CLAIM", "https://bailleur.example/agences"),
            ("STAFF_SECOND_FACTOR", "acr:2 acr:3"),
        ]);
        let claims = json!({
            "sub": "1", "preferred_username": "anne", "acr": "3",
            "realm_access": {"roles": ["accueil"]},
            "https://bailleur.example/agences": "lilas@bailleur.example",
        });
        let anne = member(&keycloak, claims).unwrap();
        assert_eq!((anne.name.as_str(), anne.role), ("anne", Role::Agent));

        let of_all = settings(&[("STAFF_AGENCIES_CLAIM", "-")]);
        let anne = member(&of_all, json!({"sub": "1", "amr": ["mfa"], "roles": ["reader"]}));
        assert!(anne.unwrap().agencies.are_all());
    }
}
