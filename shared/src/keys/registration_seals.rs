//! The references of registrations in the API, and the cookies of the browsers that made them.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::Keys;
use super::ring::{KeyRing, first_half, mac};
use crate::domain::LinkId;
use crate::error::Error;

/// The most registrations that one cookie names.
const MOST_REGISTRATIONS: usize = 5;

impl Keys {
    /// The reference of the registration `id` in the API. It has the form of a link's token but
    /// another key and label, so it cannot be used as one.
    pub async fn registration_reference(&self, id: LinkId) -> String {
        let mac = self.with_present_ring(|ring| reference_mac(ring, id)).await;
        BASE64_URL_SAFE_NO_PAD.encode([*id.bytes(), mac].concat())
    }

    /// The registration of the reference `text`, if we made the reference.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn open_registration_reference(&self, text: &str) -> Result<Option<LinkId>, Error> {
        let bytes: Option<[u8; 32]> = decode(text);
        let parts = bytes.as_ref().and_then(|bytes| bytes.split_first_chunk());
        let Some((id, mac)) = parts else {
            return Ok(None);
        };
        let id = LinkId::from(*id);
        self.with_any_ring(|ring| bool::from(reference_mac(ring, id).ct_eq(mac)).then_some(id))
            .await
    }

    /// The cookie for the browser that made the registration `id`: the seal of `id`, then the seals
    /// in `before`, the cookie's earlier value, at most 5 in all. So a browser that registers twice
    /// can follow either mail. Parts of `before` without the form of a seal are left out.
    pub async fn seal_registration(&self, id: LinkId, before: Option<&str>) -> String {
        let seal = self.with_present_ring(|ring| registration_mac(ring, id)).await;
        let before = before.into_iter().flat_map(registration_seals).filter(|other| *other != seal);
        let seals = std::iter::once(seal).chain(before).take(MOST_REGISTRATIONS);
        let seals: Vec<String> = seals.map(|seal| BASE64_URL_SAFE_NO_PAD.encode(seal)).collect();
        seals.join(".")
    }

    /// Whether the cookie `sealed` is from the browser that made the registration `id`.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn is_registration(&self, sealed: &str, id: LinkId) -> Result<bool, Error> {
        let seals: Vec<_> = registration_seals(sealed).take(MOST_REGISTRATIONS).collect();
        if seals.is_empty() {
            return Ok(false);
        }
        let opened = self.with_any_ring(|ring| {
            let mac = registration_mac(ring, id);
            seals.iter().any(|seal| mac.ct_eq(seal).into()).then_some(())
        });
        Ok(opened.await?.is_some())
    }
}

fn reference_mac(ring: &KeyRing, id: LinkId) -> [u8; 16] {
    first_half(mac(&ring.cookies, &[b"registration reference", id.bytes()]))
}

fn registration_mac(ring: &KeyRing, id: LinkId) -> [u8; 32] {
    mac(&ring.cookies, &[b"registration", id.bytes()])
}

/// The seals of registrations in the value of a cookie.
fn registration_seals(cookie: &str) -> impl Iterator<Item = [u8; 32]> {
    cookie.split('.').filter_map(decode)
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::{LinkToken, Purpose};
    use crate::keys::tests::keys_of;

    fn id(byte: u8) -> LinkId {
        LinkId::from([byte; 16])
    }

    #[tokio::test]
    async fn a_reference_names_its_registration() {
        let (keys, ..) = keys_of("one").await;

        let reference = keys.registration_reference(id(1)).await;

        assert_eq!(reference.len(), 43);
        assert_eq!(keys.open_registration_reference(&reference).await.unwrap(), Some(id(1)));
    }

    #[tokio::test]
    async fn a_forged_reference_is_refused() {
        let (keys, ..) = keys_of("one").await;
        let reference = keys.registration_reference(id(1)).await;
        let other = keys.registration_reference(id(2)).await;
        let mixed = format!("{}{}", &other[..21], &reference[21..]);

        let id_alone = id(1).to_string();
        let longer = format!("{reference}A");
        for text in ["", "…", &id_alone, &longer, &reference[1..], &mixed] {
            assert_eq!(keys.open_registration_reference(text).await.unwrap(), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_reference_is_no_link_and_a_link_no_reference() {
        let (keys, ..) = keys_of("one").await;
        let reference = keys.registration_reference(id(1)).await;
        let token = keys.link_token(Purpose::Registration, id(1)).await;

        let as_link = LinkToken::try_from(reference.clone()).unwrap();

        assert_eq!(as_link.id(), token.id());
        assert_eq!(keys.purpose_of(&as_link).await.unwrap(), None);
        assert_eq!(keys.open_registration_reference(&token.reveal()).await.unwrap(), None);
        assert!(!keys.is_registration(&reference, id(1)).await.unwrap());
    }

    #[tokio::test]
    async fn a_browser_that_registers_again_keeps_its_earlier_registrations_up_to_five() {
        let (keys, ..) = keys_of("one").await;
        let mut cookie = keys.seal_registration(id(0), None).await;
        for again in 1..=6 {
            cookie = keys.seal_registration(id(again), Some(&cookie)).await;
        }

        let newest = keys.seal_registration(id(6), None).await;
        assert!(cookie.starts_with(&newest));
        assert_eq!(cookie.len(), 5 * 43 + 4);
        for kept in 2..=6 {
            assert!(keys.is_registration(&cookie, id(kept)).await.unwrap());
        }
        for dropped in [0, 1, 7] {
            assert!(!keys.is_registration(&cookie, id(dropped)).await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_registration_sealed_twice_counts_once() {
        let (keys, ..) = keys_of("one").await;
        let cookie = keys.seal_registration(id(1), None).await;

        assert_eq!(keys.seal_registration(id(1), Some(&cookie)).await, cookie);
    }

    #[tokio::test]
    async fn malformed_seals_are_left_out_of_the_cookie() {
        let (keys, ..) = keys_of("one").await;
        let alone = keys.seal_registration(id(1), None).await;

        let before = format!("..short.{}.{};\u{e9}.", "=".repeat(43), "a".repeat(44));
        let cookie = keys.seal_registration(id(1), Some(&before)).await;

        assert_eq!(cookie, alone);
        assert!(!keys.is_registration(&before, id(1)).await.unwrap());
    }

    #[tokio::test]
    async fn seals_and_references_survive_one_rotation_but_not_two() {
        let (keys, held, clock) = keys_of("one").await;
        let cookie = keys.seal_registration(id(1), None).await;
        let reference = keys.registration_reference(id(1)).await;

        held.rotate("two");
        clock.run_ahead(SignedDuration::from_mins(5));
        assert!(keys.is_registration(&cookie, id(1)).await.unwrap());
        assert!(keys.open_registration_reference(&reference).await.unwrap().is_some());
        let both = keys.seal_registration(id(2), Some(&cookie)).await;
        assert!(
            keys.is_registration(&both, id(1)).await.unwrap()
                && keys.is_registration(&both, id(2)).await.unwrap()
        );

        held.rotate("three");
        clock.run_ahead(SignedDuration::from_mins(10));
        assert!(!keys.is_registration(&both, id(1)).await.unwrap());
        assert!(keys.is_registration(&both, id(2)).await.unwrap());
        assert!(keys.open_registration_reference(&reference).await.unwrap().is_none());
    }
}
