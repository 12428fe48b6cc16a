//! A small `OpenID` provider, which stands in for the landlord's own. Its page lets one choose a member
//! of staff; there are no passwords. `controls/openid.rs` has its routes.

mod members;
mod tokens;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::random;

pub(crate) use self::members::{MEMBERS, Member};
use self::tokens::Signer;

/// Where the provider is, below the address of the portal.
pub(crate) const PATH: &str = "/_local/openid";

/// What the provider calls the application.
pub(crate) const CLIENT: &str = "espace-locataire";

/// How long a code may be exchanged.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(1);

/// The provider: its key, and the codes that were not exchanged yet.
#[derive(Debug, Default)]
pub(crate) struct OpenId {
    signer: Signer,
    codes: Mutex<BTreeMap<String, Granted>>,
}

/// What a code stands for.
#[derive(Debug)]
struct Granted {
    member: &'static Member,
    asked: Asked,
    at: Timestamp,
}

/// The request of an application that wants somebody to sign in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) response_type: String,
    pub(crate) scope: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) code_challenge: String,
    pub(crate) code_challenge_method: String,
    /// The member of staff who was chosen on the page; `nobody` refuses.
    pub(crate) member: Option<String>,
}

impl OpenId {
    /// The public key, as a JWK set.
    pub(crate) fn keys(&self) -> Value {
        self.signer.published()
    }

    /// A code for `member`, who signs in at `now` as `asked`.
    pub(crate) fn grant(&self, member: &'static Member, asked: Asked, now: Timestamp) -> String {
        let code = URL_SAFE_NO_PAD.encode(random::bytes::<16>());
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.insert(code.clone(), Granted { member, asked, at: now });
        code
    }

    /// The identity token of `issuer` in exchange for a code. A code is good once, right or wrong.
    pub(crate) fn exchange(
        &self,
        exchange: &Exchange,
        issuer: &str,
        now: Timestamp,
    ) -> Option<String> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let Granted { member, asked, at } = codes.remove(&exchange.code)?;
        let is_right = exchange.grant_type == "authorization_code"
            && asked.redirect_uri == exchange.redirect_uri
            && asked.code_challenge == challenge(&exchange.code_verifier)
            && now.duration_since(at).abs() < CODE_LIFETIME;
        let claims = || member.claims(issuer, CLIENT, &asked.nonce, at, now);
        is_right.then(|| self.signer.sign(&claims()))
    }
}

impl Asked {
    /// What is wrong with the request of an application at `host`, if anything is.
    pub(crate) fn check(&self, host: &str) -> Result<(), String> {
        let callback = format!("http://{host}/api/staff/callback");
        for (parameter, is, wanted) in [
            ("client_id", &self.client_id, CLIENT),
            ("redirect_uri", &self.redirect_uri, &callback),
            ("response_type", &self.response_type, "code"),
            ("code_challenge_method", &self.code_challenge_method, "S256"),
        ] {
            if is != wanted {
                return Err(format!("{parameter} has to be {wanted}"));
            }
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Err("scope has to contain openid".to_owned());
        }
        if self.code_challenge.is_empty() {
            return Err("code_challenge is missing".to_owned());
        }
        Ok(())
    }

    /// The parameters of this request, with a choice.
    pub(crate) fn with(&self, member: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", self.client_id.as_str()),
                ("redirect_uri", &self.redirect_uri),
                ("response_type", &self.response_type),
                ("scope", &self.scope),
                ("state", &self.state),
                ("nonce", &self.nonce),
                ("code_challenge", &self.code_challenge),
                ("code_challenge_method", &self.code_challenge_method),
                ("member", member),
            ])
            .finish()
    }
}

/// What an application sends for a token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

/// PKCE's challenge of `verifier`.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

impl Member {
    fn claims(
        &self,
        issuer: &str,
        audience: &str,
        nonce: &str,
        signed_in_at: Timestamp,
        now: Timestamp,
    ) -> Value {
        json!({
            "iss": issuer,
            "aud": audience,
            "sub": format!("staff-{}", self.id),
            "iat": now.as_second(),
            "exp": now.as_second() + 300,
            "auth_time": signed_in_at.as_second(),
            "nonce": nonce,
            "name": self.name,
            "email": format!("{}@bailleur.example", self.id),
            "amr": self.amr,
            "roles": self.roles,
            "agencies": self.agencies,
        })
    }
}
