//! The secrets that replace earlier ones in sessions.

use jiff::Timestamp;

use super::Keys;
use super::ring::{KeyRing, mac};
use crate::domain::{Session, SessionId, SessionSecret};
use crate::error::Error;

impl Keys {
    /// The secret that replaces `old` in `session` at `at`. The same input gives the same secret,
    /// so that simultaneous tabs get the same one and a lost response can be given again.
    pub async fn next_session_secret(
        &self,
        session: SessionId,
        old: &SessionSecret,
        at: Timestamp,
    ) -> SessionSecret {
        self.with_present_ring(|ring| next(ring, session, old, at)).await
    }

    /// The secret that replaced `old` in `session`, whichever key made it.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn replaced_session_secret(
        &self,
        session: &Session,
        old: &SessionSecret,
    ) -> Result<Option<SessionSecret>, Error> {
        let is_present = |secret: &SessionSecret| session.secret == secret.hash();
        self.with_any_ring(|ring| {
            Some(next(ring, session.id, old, session.rotated_at)).filter(is_present)
        })
        .await
    }
}

fn next(ring: &KeyRing, session: SessionId, old: &SessionSecret, at: Timestamp) -> SessionSecret {
    let at = at.as_second().to_be_bytes();
    SessionSecret::from(mac(&ring.sessions, &[session.bytes(), old.bytes(), &at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TenantId;
    use crate::keys::MAX_AGE;
    use crate::keys::tests::{advance, keys_of};

    fn session(secret: &SessionSecret, at: Timestamp) -> Session {
        let (id, tenant) = (SessionId::from([1; 16]), TenantId::from([2; 16]));
        Session::begin(id, tenant, 0, secret, false, "", at)
    }

    #[tokio::test]
    async fn a_secret_has_the_same_successor_across_a_rotation() {
        let (keys, held, clock) = keys_of("first").await;
        let (old, at) = (SessionSecret::from([3; 32]), clock.now());
        let new = keys.next_session_secret(SessionId::from([1; 16]), &old, at).await;
        let replaced = session(&new, at);

        held.rotate("second");
        advance(&clock, MAX_AGE);

        let again = keys.replaced_session_secret(&replaced, &old).await.unwrap().unwrap();
        assert_eq!(again.bytes(), new.bytes());
    }

    #[tokio::test]
    async fn a_secret_that_was_not_replaced_has_no_successor() {
        let (keys, _, clock) = keys_of("first").await;
        let (old, other) = (SessionSecret::from([3; 32]), SessionSecret::from([4; 32]));
        let unrelated = session(&other, clock.now());

        assert!(keys.replaced_session_secret(&unrelated, &old).await.unwrap().is_none());
    }
}
