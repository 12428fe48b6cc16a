//! The secrets of a sign-in of staff: what the browser keeps, and what follows from it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::Keys;
use super::ring::{KeyRing, mac};
use crate::error::Error;
use crate::random;

/// How long a sign-in may take.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The secrets of one sign-in. All follow from what the browser keeps and from a key, so nothing of
/// a sign-in that is under way is stored.
#[derive(Clone)]
pub struct StaffSignInSecrets {
    /// Comes back with the browser: OAuth's `state`.
    pub state: String,
    /// Comes back in the identity token: `OpenID` Connect's `nonce`.
    pub nonce: String,
    /// Proves that who exchanges the code asked for it: PKCE's verifier.
    pub verifier: String,
}

impl Keys {
    /// The value of the cookie of a sign-in begun at `now`, and its secrets.
    pub async fn begin_staff_sign_in(&self, now: Timestamp) -> (String, StaffSignInSecrets) {
        let id: [u8; 32] = random::bytes();
        let secrets = self.with_present_ring(|ring| secrets(ring, &id, now)).await;
        (format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(id), now.as_second()), secrets)
    }

    /// The secrets of the sign-in whose cookie is `cookie`, if it is the one that `state` belongs to
    /// and began at most 10 minutes ago.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn open_staff_sign_in(
        &self,
        cookie: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<Option<StaffSignInSecrets>, Error> {
        let Some((id, begun)) = read(cookie) else {
            return Ok(None);
        };
        if now.duration_since(begun).abs() >= LIFETIME {
            return Ok(None);
        }
        let is_it = |secrets: &StaffSignInSecrets| {
            bool::from(secrets.state.as_bytes().ct_eq(state.as_bytes()))
        };
        self.with_any_ring(|ring| Some(secrets(ring, &id, begun)).filter(is_it)).await
    }
}

/// The id and the time in `cookie`, not yet checked.
fn read(cookie: &str) -> Option<([u8; 32], Timestamp)> {
    let (id, begun) = cookie.split_once('.')?;
    let id: [u8; 32] = BASE64_URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
    let second: i64 = begun.parse().ok()?;
    // A sign and leading zeros are not ours.
    let begun = Timestamp::from_second(second).ok().filter(|_| second.to_string() == begun)?;
    Some((id, begun))
}

fn secrets(ring: &KeyRing, id: &[u8; 32], begun: Timestamp) -> StaffSignInSecrets {
    let begun = begun.as_second().to_be_bytes();
    let secret = |label: &str| {
        let label = format!("staff sign-in {label}");
        BASE64_URL_SAFE_NO_PAD.encode(mac(&ring.cookies, &[label.as_bytes(), id, &begun]))
    };
    StaffSignInSecrets {
        state: secret("state"),
        nonce: secret("nonce"),
        verifier: secret("verifier"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::{advance, keys_of};

    #[tokio::test]
    async fn only_the_browser_that_began_a_sign_in_ends_it_and_within_10_minutes() {
        let (keys, _, clock) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;
        let (cookie, secrets) = keys.begin_staff_sign_in(clock.now()).await;
        let (other, _) = keys.begin_staff_sign_in(clock.now()).await;
        let (id, begun) = cookie.split_once('.').unwrap();

        let opened =
            keys.open_staff_sign_in(&cookie, &secrets.state, clock.now()).await.unwrap().unwrap();
        assert_eq!((&opened.nonce, &opened.verifier), (&secrets.nonce, &secrets.verifier));
        assert_eq!(secrets.verifier.len(), 43);
        let later = format!("{id}.{}", begun.parse::<i64>().unwrap() + 1);
        let (zeros, sign) = (format!("{id}.00{begun}"), format!("{id}.+{begun}"));
        for (keys, cookie, state) in [
            (&keys, zeros.as_str(), secrets.state.as_str()),
            (&keys, &sign, &secrets.state),
            (&keys, &other, &secrets.state),
            (&keys, &cookie, ""),
            (&keys, &cookie, &secrets.nonce),
            (&keys, id, &secrets.state),
            (&keys, &later, &secrets.state),
            (&keys, "", &secrets.state),
            (&others, &cookie, &secrets.state),
        ] {
            assert!(keys.open_staff_sign_in(cookie, state, clock.now()).await.unwrap().is_none());
        }
        advance(&clock, LIFETIME);
        assert!(
            keys.open_staff_sign_in(&cookie, &secrets.state, clock.now()).await.unwrap().is_none()
        );
    }

    #[tokio::test]
    async fn a_rotation_interrupts_no_sign_in() {
        let (keys, held, clock) = keys_of("one").await;
        let (cookie, secrets) = keys.begin_staff_sign_in(clock.now()).await;

        held.rotate("two");
        advance(&clock, SignedDuration::from_mins(6));

        assert!(
            keys.open_staff_sign_in(&cookie, &secrets.state, clock.now()).await.unwrap().is_some()
        );
    }
}
