//! Everything derived from the one secret.
//!
//! The secret is the only key material. HKDF-SHA256 derives from it, by label, a key for each use.
//! Its previous version stays accepted, so that rotating signs nobody out; a process that meets a
//! key it does not know reads the secret again.

mod ed25519;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_sdk_secretsmanager::Client;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::aws;
use crate::clock::Clock;
use crate::config::{Config, Reader};
use crate::domain::{
    Account, DeviceId, EmailAddress, LeaseReference, LinkId, LinkToken, Purpose, Session,
    SessionId, SessionSecret, TenantId,
};
use crate::environment::{Context, Environment, OpenError};
use crate::error::Error;

/// How long an access token is good, in seconds.
pub const ACCESS_TOKEN_LIFETIME_S: i64 = 600;
/// How often the secret is read again at most, whatever unknown keys come.
const REREAD_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What is derived from the secret, present and previous.
#[derive(Debug)]
pub struct Keys {
    source: Source,
    clock: Clock,
    rings: RwLock<Arc<Vec<KeyRing>>>,
    met_unknown_at: Mutex<Option<Timestamp>>,
    refreshed_at: Mutex<Option<Timestamp>>,
}

/// As long as a block of SHA-256.
type HmacKey = [u8; 64];

/// Where the secret is kept.
#[derive(Debug)]
struct Source {
    client: Client,
    secret: String,
}

/// The keys of one version of the secret.
struct KeyRing {
    id: String,
    public: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    links: HmacKey,
    cookies: HmacKey,
    sessions: HmacKey,
    subjects: HmacKey,
}

/// What an access token says, once it is verified.
#[derive(Clone, Debug)]
pub struct AccessClaims {
    /// Whose it is.
    pub tenant: TenantId,
    /// The session it was issued to.
    pub session: SessionId,
    /// The lease the account held.
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

impl Context for Arc<Keys> {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        Ok(Self::new(Keys::open(environment).await?))
    }
}

impl Keys {
    /// Reads the secret.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let mut reader = Reader::new(&environment.variables);
        let secret = reader.text("SECRET_ID");
        let secret = reader.finish(secret)?;
        let client = Client::new(&aws::config(
            "SECRETS_MANAGER",
            &environment.variables,
            &environment.http,
        )?);
        let source = Source { client, secret };
        ed25519::install();
        let rings = source.read().await?;
        Ok(Self {
            source,
            clock: environment.clock.clone(),
            rings: RwLock::new(Arc::new(rings)),
            met_unknown_at: Mutex::new(None),
            refreshed_at: Mutex::new(Some(environment.clock.now())),
        })
    }

    /// An access token for `session` of `account`.
    ///
    /// # Errors
    ///
    /// `unavailable`, when signing fails.
    pub fn access_token(
        &self,
        account: &Account,
        session: SessionId,
        config: &Config,
    ) -> Result<String, Error> {
        let now = self.clock.now().as_second();
        let claims = Claims {
            iss: config.issuer.clone(),
            aud: config.audience.clone(),
            sub: account.id,
            lease: account.lease.clone(),
            sid: session,
            iat: now,
            exp: now + ACCESS_TOKEN_LIFETIME_S,
        };
        let rings = self.rings();
        let ring = present(&rings)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(ring.id.clone());
        jsonwebtoken::encode(&header, &claims, &ring.signing)
            .map_err(|error| Error::Unavailable(error.into()))
    }

    /// What `token` says, if we issued it and it is still good.
    pub async fn read_access_token(&self, token: &str, config: &Config) -> Option<AccessClaims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let kid = header.kid?;
        let claims = self
            .with_any_ring(|ring| {
                let mut validation = Validation::new(Algorithm::EdDSA);
                validation.set_issuer(&[&config.issuer]);
                validation.set_audience(&[&config.audience]);
                // The time is the clock's, below.
                validation.validate_exp = false;
                let ours = ring.id == kid;
                let token = ours.then(|| jsonwebtoken::decode(token, &ring.verifying, &validation));
                token.map(|token| token.map(|token| token.claims).ok())
            })
            .await;
        let claims: Claims = claims.flatten()?;
        let good = claims.exp > self.clock.now().as_second();
        good.then_some(AccessClaims {
            tenant: claims.sub,
            session: claims.sid,
            lease: claims.lease,
        })
    }

    /// The public keys of access tokens, the present one first.
    #[must_use]
    pub fn jwk_set(&self) -> JwkSet {
        let jwk = |ring: &KeyRing| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            purpose: "sig",
            kid: ring.id.clone(),
            x: ring.public.clone(),
        };
        JwkSet { keys: self.rings().iter().map(jwk).collect() }
    }

    /// The token that a mail about the link `id` carries.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub fn link_token(&self, purpose: Purpose, id: LinkId) -> Result<LinkToken, Error> {
        let rings = self.rings();
        Ok(LinkToken::new(id, present(&rings)?.link_mac(purpose, id)))
    }

    /// The row that `token` names, if we made it for `purpose`.
    ///
    /// # Errors
    ///
    /// `link_invalid`.
    pub async fn open_link(&self, purpose: Purpose, token: &LinkToken) -> Result<LinkId, Error> {
        match self.purpose_of(token).await {
            Some(made_for) if made_for == purpose => Ok(token.id()),
            _ => Err(Error::LinkInvalid),
        }
    }

    /// What we made `token` for, if we made it.
    pub async fn purpose_of(&self, token: &LinkToken) -> Option<Purpose> {
        self.with_any_ring(|ring| {
            Purpose::ALL
                .into_iter()
                .find(|purpose| ring.link_mac(*purpose, token.id()).ct_eq(token.mac()).into())
        })
        .await
    }

    /// What the cookie of the browser `device` holds after a sign-in with `email`.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub fn seal_device(&self, device: DeviceId, email: &EmailAddress) -> Result<String, Error> {
        let rings = self.rings();
        let mac = device_mac(present(&rings)?, device, &email.folded());
        Ok(format!("{device}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac)))
    }

    /// The browser that signed in with `email` before, if `sealed` shows that.
    pub async fn open_device(&self, sealed: &str, email: &EmailAddress) -> Option<DeviceId> {
        let (device, seal) = sealed.split_once('.')?;
        let device = DeviceId::try_from(device).ok()?;
        let seal = BASE64_URL_SAFE_NO_PAD.decode(seal).ok()?;
        let folded = email.folded();
        self.with_any_ring(|ring| {
            let mac = device_mac(ring, device, &folded);
            bool::from(mac.as_slice().ct_eq(&seal)).then_some(device)
        })
        .await
    }

    /// What the cookie of the browser that made `registration` holds.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub fn seal_registration(&self, registration: LinkId) -> Result<String, Error> {
        let rings = self.rings();
        let mac = registration_mac(present(&rings)?, registration);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    /// Whether `sealed` is the cookie of the browser that made `registration`.
    pub async fn is_registration(&self, sealed: &str, registration: LinkId) -> bool {
        let Ok(seal) = BASE64_URL_SAFE_NO_PAD.decode(sealed) else {
            return false;
        };
        let opened = self.with_any_ring(|ring| {
            let mac = registration_mac(ring, registration);
            bool::from(mac.as_slice().ct_eq(&seal)).then_some(())
        });
        opened.await.is_some()
    }

    /// The secret that replaces `old` in `session` at `at`: always the same one, so that every
    /// tab that asks at once is answered alike, and a lost answer can be given again.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub fn next_session_secret(
        &self,
        session: SessionId,
        old: &SessionSecret,
        at: Timestamp,
    ) -> Result<SessionSecret, Error> {
        let rings = self.rings();
        Ok(present(&rings)?.next_session_secret(session, old, at))
    }

    /// The secret that replaced `old` in `session`, whichever key made it.
    pub async fn replaced_session_secret(
        &self,
        session: &Session,
        old: &SessionSecret,
    ) -> Option<SessionSecret> {
        let is_present = |secret: &SessionSecret| session.secret == secret.hash();
        self.with_any_ring(|ring| {
            Some(ring.next_session_secret(session.id, old, session.rotated_at)).filter(is_present)
        })
        .await
    }

    /// `subject` (an address, a source) as it stands in the keys of throttles and in logs.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub fn hash_subject(&self, subject: &str) -> Result<String, Error> {
        let rings = self.rings();
        let mac = mac(&present(&rings)?.subjects, &[subject.as_bytes()]);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(first_half(&mac)))
    }

    /// What `find` finds with any ring: those known, or those read again.
    async fn with_any_ring<T>(&self, find: impl Fn(&KeyRing) -> Option<T>) -> Option<T> {
        if let Some(found) = self.rings().iter().find_map(&find) {
            return Some(found);
        }
        // The first unknown key is worth a call even right after the start.
        self.reread(&self.met_unknown_at).await;
        self.rings().iter().find_map(&find)
    }

    /// Reads the secret again if that was last done a minute ago or more.
    pub async fn refresh(&self) {
        self.reread(&self.refreshed_at).await;
    }

    /// Reads the secret again unless that was done less than a minute after `last`.
    async fn reread(&self, last: &Mutex<Option<Timestamp>>) {
        let now = self.clock.now();
        {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| now.duration_since(last).abs() < REREAD_EVERY) {
                return;
            }
            *last = Some(now);
        }
        match self.source.read().await {
            Ok(rings) => {
                *self.rings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rings);
            }
            Err(error) => tracing::warn!(error = %error, "the secret cannot be read again"),
        }
    }

    fn rings(&self) -> Arc<Vec<KeyRing>> {
        self.rings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Source {
    /// The present version of the secret, then the previous one if there is one.
    async fn read(&self) -> Result<Vec<KeyRing>, OpenError> {
        let version = |stage: &str| {
            self.client.get_secret_value().secret_id(&self.secret).version_stage(stage).send()
        };
        let (present, previous) =
            futures_util::join!(version("AWSCURRENT"), version("AWSPREVIOUS"));
        let mut rings = vec![KeyRing::derive(present?.secret_string().unwrap_or_default())?];
        match previous {
            Ok(previous) => {
                rings.push(KeyRing::derive(previous.secret_string().unwrap_or_default())?);
            }
            Err(error) => {
                let service = error.into_service_error();
                if !service.is_resource_not_found_exception() {
                    return Err(service.into());
                }
            }
        }
        Ok(rings)
    }
}

impl KeyRing {
    fn derive(secret: &str) -> Result<Self, OpenError> {
        if secret.len() < 32 {
            return Err("the secret is shorter than 32 characters".into());
        }
        let hkdf = Hkdf::<Sha256>::new(None, secret.as_bytes());
        let expand = |label: &str, key: &mut [u8]| {
            hkdf.expand(label.as_bytes(), key).map_err(|error| error.to_string())
        };
        let key = |label| -> Result<HmacKey, OpenError> {
            let mut key = [0; 64];
            expand(label, &mut key)?;
            Ok(key)
        };
        let mut seed = [0; 32];
        expand("access tokens", &mut seed)?;
        let signing = SigningKey::from_bytes(&seed);
        let public = BASE64_URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
        // RFC 7638: members in their order, no space.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        Ok(Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
            signing: EncodingKey::from_ed_der(signing.to_pkcs8_der()?.as_bytes()),
            verifying: DecodingKey::from_ed_components(&public)?,
            public,
            links: key("links")?,
            cookies: key("cookies")?,
            sessions: key("session secrets")?,
            subjects: key("throttle subjects")?,
        })
    }

    fn link_mac(&self, purpose: Purpose, id: LinkId) -> [u8; 16] {
        first_half(&mac(&self.links, &[purpose.name().as_bytes(), id.bytes()]))
    }

    fn next_session_secret(
        &self,
        session: SessionId,
        old: &SessionSecret,
        at: Timestamp,
    ) -> SessionSecret {
        let at = at.as_second().to_be_bytes();
        SessionSecret::from(mac(&self.sessions, &[session.bytes(), old.bytes(), &at]))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("id", &self.id).finish_non_exhaustive()
    }
}

fn present(rings: &[KeyRing]) -> Result<&KeyRing, Error> {
    rings.first().ok_or_else(|| Error::Unavailable("there is no secret".into()))
}

fn device_mac(ring: &KeyRing, device: DeviceId, folded: &str) -> [u8; 32] {
    mac(&ring.cookies, &[b"device", device.bytes(), folded.as_bytes()])
}

fn registration_mac(ring: &KeyRing, registration: LinkId) -> [u8; 32] {
    mac(&ring.cookies, &[b"registration", registration.bytes()])
}

/// HMAC-SHA256 over `parts`, each preceded by its length, so that no two lists are one message.
fn mac(key: &HmacKey, parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new(key.into());
    for part in parts {
        hmac.update(&part.len().to_be_bytes());
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

fn first_half(mac: &[u8; 32]) -> [u8; 16] {
    std::array::from_fn(|i| mac.get(i).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_has_its_own_key_and_each_secret_its_own_keys() {
        let one = KeyRing::derive(&"a".repeat(64)).unwrap();
        let other = KeyRing::derive(&"b".repeat(64)).unwrap();

        let keys = [one.links, one.cookies, one.sessions, one.subjects, other.links];
        for (i, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(i + 1).all(|later| later != key));
        }
        assert_ne!(one.id, other.id);
    }

    #[test]
    fn a_link_is_for_one_purpose() {
        let ring = KeyRing::derive(&"a".repeat(64)).unwrap();
        let id = LinkId::from([1; 16]);

        let macs = Purpose::ALL.map(|purpose| ring.link_mac(purpose, id));

        for (i, mac) in macs.iter().enumerate() {
            assert!(macs.iter().skip(i + 1).all(|later| later != mac));
        }
    }

    #[test]
    fn lists_of_parts_that_join_alike_have_different_macs() {
        let key = [0; 64];
        assert_ne!(mac(&key, &[b"ab", b"c"]), mac(&key, &[b"a", b"bc"]));
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(KeyRing::derive("short").is_err());
    }
}
