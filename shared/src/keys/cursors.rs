//! Where the next page of a list begins, sealed. A place in a list may have the name of a household
//! that the caller may not see, so it is encrypted.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::Keys;
use super::ring::{KeyRing, mac};
use crate::error::Error;
use crate::random;

impl Keys {
    /// The cursor for the page of `list` after `place`.
    ///
    /// # Errors
    ///
    /// `unavailable` if it cannot be sealed.
    pub async fn seal_cursor(&self, list: &str, place: &str) -> Result<String, Error> {
        let sealed = self.with_present_ring(|ring| seal(ring, list, place)).await;
        sealed.ok_or_else(|| Error::Unavailable("a cursor cannot be sealed".into()))
    }

    /// The place of `cursor`, if we made it for `list`.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn open_cursor(&self, list: &str, cursor: &str) -> Result<Option<String>, Error> {
        let Ok(sealed) = BASE64_URL_SAFE_NO_PAD.decode(cursor) else {
            return Ok(None);
        };
        self.with_any_ring(|ring| open(ring, list, &sealed)).await
    }
}

fn seal(ring: &KeyRing, list: &str, place: &str) -> Option<String> {
    // Random: far fewer cursors are made than would repeat 96 bits.
    let nonce: [u8; NONCE_LEN] = random::bytes();
    let (mut sealed, about) = (place.as_bytes().to_vec(), Aad::from(list));
    let of_cursor = Nonce::assume_unique_for_key(nonce);
    key(ring)?.seal_in_place_append_tag(of_cursor, about, &mut sealed).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(ring: &KeyRing, list: &str, sealed: &[u8]) -> Option<String> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let (mut sealed, about) = (sealed.to_vec(), Aad::from(list));
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let place = key(ring)?.open_in_place(nonce, about, &mut sealed).ok()?;
    String::from_utf8(place.to_vec()).ok()
}

fn key(ring: &KeyRing) -> Option<LessSafeKey> {
    let key = mac(&ring.cookies, &[b"cursor"]);
    UnboundKey::new(&CHACHA20_POLY1305, &key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use crate::keys::tests::keys_of;

    const PLACE: &str = "martin camille#12345678";

    #[tokio::test]
    async fn a_cursor_opens_for_its_own_list_alone() {
        let (keys, held, _) = keys_of("one").await;

        let cursor = keys.seal_cursor("mar", PLACE).await.unwrap();

        assert_eq!(keys.open_cursor("mar", &cursor).await.unwrap().as_deref(), Some(PLACE));
        assert_eq!(keys.open_cursor("mart", &cursor).await.unwrap(), None);
        held.rotate("two");
        assert_eq!(keys.open_cursor("mar", &cursor).await.unwrap().as_deref(), Some(PLACE));
    }

    #[tokio::test]
    async fn a_cursor_shows_nothing_and_cannot_be_made() {
        let (keys, ..) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;

        let cursor = keys.seal_cursor("mar", PLACE).await.unwrap();

        assert_ne!(cursor, keys.seal_cursor("mar", PLACE).await.unwrap());
        assert_eq!(others.open_cursor("mar", &cursor).await.unwrap(), None);
        for forged in ["", "AAAA", &"A".repeat(60), &cursor[1..], PLACE] {
            assert_eq!(keys.open_cursor("mar", forged).await.unwrap(), None, "{forged}");
        }
    }
}
