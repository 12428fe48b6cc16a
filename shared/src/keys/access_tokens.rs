//! Access tokens: JWTs signed with Ed25519, and the public keys they are verified with.

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};

use super::Keys;
use super::ring::KeyRing;
use crate::config::Config;
use crate::domain::{Account, LeaseReference, SessionId, TenantId};
use crate::error::Error;

/// How long an access token is valid, in seconds.
pub const ACCESS_TOKEN_LIFETIME_S: i64 = 600;
/// How old the published keys may be. This is less than the limit for signing, because a verifier
/// asks for them when it meets the key of a process that started after a rotation.
const PUBLISHED_MAX_AGE: SignedDuration = SignedDuration::from_mins(1);

/// The claims of a verified access token.
#[derive(Clone, Debug)]
pub struct AccessClaims {
    /// The account.
    pub tenant: TenantId,
    /// The session that the token was issued to.
    pub session: SessionId,
    /// The lease that the account held.
    pub lease: LeaseReference,
}

#[derive(Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: TenantId,
    lease: LeaseReference,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

#[derive(Debug, Serialize)]
struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    kid: String,
    x: String,
}

impl Keys {
    /// An access token for `session` of `account`.
    ///
    /// # Errors
    ///
    /// `unavailable`, when signing fails.
    pub async fn access_token(
        &self,
        account: &Account,
        session: SessionId,
        config: &Config,
    ) -> Result<String, Error> {
        let sign = |ring: &KeyRing| {
            let now = self.0.clock.now().as_second();
            let claims = Claims {
                iss: config.issuer.clone(),
                aud: config.audience.clone(),
                sub: account.id,
                lease: account.lease.clone(),
                sid: session,
                iat: now,
                exp: now + ACCESS_TOKEN_LIFETIME_S,
            };
            ring.token(&claims)
        };
        let token = self.with_present_ring(sign).await;
        token.map_err(|error| Error::Unavailable(error.into()))
    }

    /// The claims of `token`, if we issued it and it has not expired.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn read_access_token(
        &self,
        token: &str,
        config: &Config,
    ) -> Result<Option<AccessClaims>, Error> {
        let header = jsonwebtoken::decode_header(token);
        let Some(kid) = header.ok().and_then(|header| header.kid) else {
            return Ok(None);
        };
        let claims = self
            .with_any_ring(|ring| {
                let mut validation = Validation::new(Algorithm::EdDSA);
                validation.set_issuer(&[&config.issuer]);
                validation.set_audience(&[&config.audience]);
                // The expiry is checked below, against our clock.
                validation.validate_exp = false;
                let ours = ring.id == kid;
                let token = ours.then(|| jsonwebtoken::decode(token, &ring.verifying, &validation));
                token.map(|token| token.map(|token| token.claims).ok())
            })
            .await?;
        let claims: Option<Claims> = claims.flatten();
        let good = claims.filter(|claims| claims.exp > self.0.clock.now().as_second());
        Ok(good.map(|claims| AccessClaims {
            tenant: claims.sub,
            session: claims.sid,
            lease: claims.lease,
        }))
    }

    /// The public keys of access tokens, at most 1 minute old, the present one first.
    pub async fn jwk_set(&self) -> JwkSet {
        let jwk = |ring: &KeyRing| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            purpose: "sig",
            kid: ring.id.clone(),
            x: ring.public.clone(),
        };
        JwkSet { keys: self.rings(PUBLISHED_MAX_AGE).await.iter().map(jwk).collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Variables;
    use crate::keys::MAX_AGE;
    use crate::keys::tests::{advance, keys_of};

    fn config(audience: &str) -> Config {
        let variables = [
            ("TENANTS_TABLE", "tenants"),
            ("TOKENS_TABLE", "tokens"),
            ("ISSUER", "https://portal.example"),
            ("AUDIENCE", audience),
            ("TERMS_VERSION", "2026-01"),
        ];
        let pairs = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::read(&Variables::from_iter(pairs)).unwrap()
    }

    fn account() -> Account {
        serde_json::from_value(json!({
            "id": TenantId::from([1; 16]),
            "email": "camille@exemple.example",
            "lease": "0123456",
            "last_name": "Martin",
            "first_name": "Camille",
            "agency": {"name": "Lilas", "email": "lilas@bailleur.example"},
            "status": "active",
            "epoch": 0,
            "language": "fr",
            "paperless": {"granted": false, "since": 0, "by": "tenant"},
            "terms": {"version": "2026-01", "accepted_at": 0},
            "created_at": 0,
        }))
        .unwrap()
    }

    fn session() -> SessionId {
        SessionId::from([2; 16])
    }

    #[tokio::test]
    async fn a_token_is_valid_for_ten_minutes_and_names_account_session_and_lease() {
        let (keys, _, clock) = keys_of("one").await;
        let config = config("tenants");
        let token = keys.access_token(&account(), session(), &config).await.unwrap();

        let claims = keys.read_access_token(&token, &config).await.unwrap().unwrap();
        assert_eq!((claims.tenant, claims.session), (TenantId::from([1; 16]), session()));
        assert_eq!(claims.lease.as_str(), "0123456");

        advance(&clock, SignedDuration::from_secs(ACCESS_TOKEN_LIFETIME_S));
        assert!(keys.read_access_token(&token, &config).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_token_of_another_secret_or_audience_is_refused() {
        let (keys, ..) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;
        let config = config("tenants");

        let foreign = others.access_token(&account(), session(), &config).await.unwrap();
        assert!(keys.read_access_token(&foreign, &config).await.unwrap().is_none());
        let elsewhere = self::config("elsewhere");
        let elsewhere = keys.access_token(&account(), session(), &elsewhere).await.unwrap();
        assert!(keys.read_access_token(&elsewhere, &config).await.unwrap().is_none());
        assert!(keys.read_access_token("", &config).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_warm_process_signs_with_a_key_that_is_known_after_two_rotations() {
        let (keys, held, clock) = keys_of("leaked").await;
        let config = config("tenants");
        held.rotate("second");
        advance(&clock, MAX_AGE);
        held.rotate("third");
        let before = keys.access_token(&account(), session(), &config).await.unwrap();

        advance(&clock, MAX_AGE);

        let token = keys.access_token(&account(), session(), &config).await.unwrap();
        assert!(keys.read_access_token(&token, &config).await.unwrap().is_some());
        assert!(keys.read_access_token(&before, &config).await.unwrap().is_some());
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let present = KeyRing::derive(&"third".repeat(32)).unwrap();
        assert_eq!(kid, present.id);
    }

    #[tokio::test]
    async fn a_token_signed_with_a_leaked_key_is_refused_after_the_second_rotation() {
        let (keys, held, clock) = keys_of("leaked").await;
        let (thief, ..) = keys_of("leaked").await;
        let config = config("tenants");
        held.rotate("second");
        held.rotate("third");

        advance(&clock, MAX_AGE);

        let token = thief.access_token(&account(), session(), &config).await.unwrap();
        assert!(keys.read_access_token(&token, &config).await.unwrap().is_none());
    }
}
