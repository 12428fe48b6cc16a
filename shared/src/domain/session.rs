//! Sessions: how long they live, and what a presented secret means.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Account, SessionId, Status, TenantId};

/// A secret older than 1 hour is replaced at its next use.
const SECRET_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long an unused session lives whose cookie ends with the browser.
const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// How long any session lives at most. Also how long an unused session with a persistent cookie
/// lives.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a replaced secret stays valid once the new one was presented, for a browser with two
/// tabs.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);

/// The secret half of a session cookie.
#[derive(Clone)]
pub struct SessionSecret([u8; 32]);

impl SessionSecret {
    /// The 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text in the cookie.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The hash, which is stored.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.0)))
    }
}

impl From<[u8; 32]> for SessionSecret {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&str> for SessionSecret {
    type Error = base64::DecodeSliceError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        let length = BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes)?;
        if length == bytes.len() {
            Ok(Self(bytes))
        } else {
            Err(base64::DecodeError::InvalidLength(length).into())
        }
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

/// SHA-256 of a session's secret. The secret has 256 random bits, so no slow hash is needed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl SecretHash {
    /// The text that is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of `secret`, compared in constant time.
    #[must_use]
    pub fn is_of(&self, secret: &SessionSecret) -> bool {
        self.0.as_bytes().ct_eq(secret.hash().0.as_bytes()).into()
    }
}

/// A session, as it is stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Session {
    /// The id, which the cookie and the API name.
    pub id: SessionId,
    /// The account.
    pub tenant: TenantId,
    /// The account's epoch when its password was verified.
    pub epoch: u64,
    /// The hash of the present secret.
    pub secret: SecretHash,
    /// The hash of the secret before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<SecretHash>,
    /// When the present secret was made.
    #[serde(with = "second::required")]
    pub rotated_at: Timestamp,
    /// When the present secret was first presented, if it replaced another.
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
    pub new_seen: Option<Timestamp>,
    /// Whether the cookie outlives the browser.
    pub persistent: bool,
    /// The browser's `User-Agent` header.
    pub user_agent: String,
    /// The time of sign-in.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// The time of the last use.
    #[serde(with = "second::required")]
    pub seen_at: Timestamp,
    /// When the session ends if it is not used again.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
}

/// Why a session ended before its cookie did. Only a bearer of the session's secret is told.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndOfSession {
    /// The session was unused for too long, or 30 days have passed.
    Expired,
    /// Another browser of the account ended the session.
    Revoked,
    /// Somebody presented a copy of the session's cookie.
    Copied,
    /// The account's password or address was changed.
    CredentialsChanged,
    /// The account was closed or deactivated.
    AccountClosed,
}

impl EndOfSession {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Expired, Self::Revoked, Self::Copied, Self::CredentialsChanged, Self::AccountClosed];
}

/// A session that was ended early. The row is kept until the session would have expired, so that
/// its browser can be told why.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EndedSession {
    /// The hash of the session's last secret.
    pub secret: SecretHash,
    /// The hash of the secret before that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<SecretHash>,
    /// Why the session ended.
    pub end: EndOfSession,
    /// When the session would have expired unused.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
}

impl EndedSession {
    /// The row to keep when `session` ends.
    #[must_use]
    pub fn of(session: &Session, end: EndOfSession) -> Self {
        Self {
            secret: session.secret.clone(),
            previous: session.previous.clone(),
            end,
            expires_at: session.expires_at,
        }
    }

    /// Why the session ended, if `secret` was one of its secrets and `now` is before its expiry.
    #[must_use]
    pub fn told_to(&self, secret: &SessionSecret, now: Timestamp) -> Option<EndOfSession> {
        let mut known = self.previous.iter().chain([&self.secret]);
        (self.expires_at > now && known.any(|hash| hash.is_of(secret))).then_some(self.end)
    }
}

/// What a presented secret means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// The present secret, not due to be replaced.
    Fresh,
    /// The present secret, due to be replaced.
    Stale,
    /// The previous secret, still valid: the response with the new one was lost, or another tab got
    /// it.
    Superseded,
    /// A former secret that is no longer valid: somebody kept a copy.
    Stolen,
}

impl Session {
    /// A session that begins at `now`.
    #[must_use]
    pub fn begin(
        id: SessionId,
        tenant: TenantId,
        epoch: u64,
        secret: &SessionSecret,
        persistent: bool,
        user_agent: &str,
        now: Timestamp,
    ) -> Self {
        let mut session = Self {
            id,
            tenant,
            epoch,
            secret: secret.hash(),
            previous: None,
            rotated_at: now,
            new_seen: None,
            persistent,
            user_agent: user_agent.chars().take(200).collect(),
            created_at: now,
            seen_at: now,
            expires_at: now,
        };
        session.use_at(now);
        session
    }

    /// Marks the session as used at `now`, which moves its end.
    pub fn use_at(&mut self, now: Timestamp) {
        let idle = if self.persistent { LONGEST } else { IDLE };
        let after = |start: Timestamp, span| start.saturating_add(span).unwrap_or(Timestamp::MAX);
        self.seen_at = now;
        self.expires_at = after(now, idle).min(after(self.created_at, LONGEST));
    }

    /// Whether the session has expired at `now`. DynamoDB may not have deleted its row yet.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Whether the session opens `account`: the account is active, and no change of password or
    /// address has ended the session.
    #[must_use]
    pub fn belongs_to(&self, account: &Account) -> bool {
        account.status == Status::Active && account.id == self.tenant && account.epoch == self.epoch
    }

    /// Why this session opens nothing at `now`, although its row exists. `account` is the session's
    /// account, read at the same time.
    #[must_use]
    pub fn end(&self, account: Option<&Account>, now: Timestamp) -> EndOfSession {
        if self.has_expired(now) {
            EndOfSession::Expired
        } else if account.is_some_and(Account::is_active) {
            EndOfSession::CredentialsChanged
        } else {
            EndOfSession::AccountClosed
        }
    }

    /// What `secret` means when presented at `now`.
    #[must_use]
    pub fn standing(&self, secret: &SessionSecret, now: Timestamp) -> Standing {
        if self.secret.is_of(secret) {
            let age = now.duration_since(self.rotated_at);
            let stale = age > SECRET_LIFETIME;
            return if stale { Standing::Stale } else { Standing::Fresh };
        }
        let overlaps = self.new_seen.is_none_or(|seen| now.duration_since(seen) <= OVERLAP);
        match &self.previous {
            Some(previous) if previous.is_of(secret) && overlaps => Standing::Superseded,
            _ => Standing::Stolen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn session(secret: &SessionSecret, persistent: bool) -> Session {
        Session::begin(
            SessionId::from([1; 16]),
            TenantId::from([2; 16]),
            1,
            secret,
            persistent,
            "browser",
            at(0),
        )
    }

    #[test]
    fn a_session_ends_twelve_idle_hours_after_its_last_use() {
        let mut session = session(&SessionSecret::from([9; 32]), false);
        assert!(!session.has_expired(at(12 * 3600 - 1)));
        assert!(session.has_expired(at(12 * 3600)));

        session.use_at(at(11 * 3600));
        assert!(!session.has_expired(at(22 * 3600)));
    }

    #[test]
    fn only_a_bearer_of_its_secret_is_told_why_a_session_ended() {
        let (old, new) = (SessionSecret::from([1; 32]), SessionSecret::from([2; 32]));
        let mut session = session(&new, false);
        session.previous = Some(old.hash());
        let ended = EndedSession::of(&session, EndOfSession::Revoked);

        for secret in [&old, &new] {
            assert_eq!(ended.told_to(secret, at(60)), Some(EndOfSession::Revoked));
        }
        assert_eq!(ended.told_to(&SessionSecret::from([3; 32]), at(60)), None);
        assert_eq!(ended.told_to(&new, at(12 * 3600)), None);
    }

    #[test]
    fn no_session_lives_longer_than_thirty_days() {
        let month = 30 * 24 * 3600;
        for persistent in [false, true] {
            let mut session = session(&SessionSecret::from([9; 32]), persistent);
            session.use_at(at(month - 60));
            assert!(session.has_expired(at(month)));
        }
    }

    #[test]
    fn a_replaced_secret_stays_good_until_the_new_one_has_been_seen_and_a_little_longer() {
        let (old, new) = (SessionSecret::from([1; 32]), SessionSecret::from([2; 32]));
        let mut session = session(&old, false);
        assert_eq!(session.standing(&old, at(3600)), Standing::Fresh);
        assert_eq!(session.standing(&old, at(3601)), Standing::Stale);

        session.previous = Some(session.secret.clone());
        session.secret = new.hash();
        session.rotated_at = at(3601);
        assert_eq!(session.standing(&new, at(3602)), Standing::Fresh);
        assert_eq!(session.standing(&old, at(9000)), Standing::Superseded);

        session.new_seen = Some(at(9000));
        assert_eq!(session.standing(&old, at(9030)), Standing::Superseded);
        assert_eq!(session.standing(&old, at(9031)), Standing::Stolen);
        assert_eq!(session.standing(&SessionSecret::from([9; 32]), at(9000)), Standing::Stolen);
    }
}
