//! What shows that something comes from us: the tokens of links, the references and cookies of
//! registrations, the cookies of devices.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use super::Keys;
use super::ring::{KeyRing, first_half, mac};
use crate::domain::{DeviceId, EmailAddress, LinkId, LinkToken, Purpose};
use crate::error::Error;

/// How many registrations the cookie of a browser names at most.
const MOST_REGISTRATIONS: usize = 5;
/// How long the cookie of a device is good, in days.
const DEVICE_LIFETIME_DAYS: i64 = 365;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A browser that signed in before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Device {
    /// What it is called.
    pub id: DeviceId,
    /// The account's epoch when it signed in. A device of a former epoch counts as none.
    pub epoch: u64,
}

impl Keys {
    /// The token that a mail about the link `id` carries.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub async fn link_token(&self, purpose: Purpose, id: LinkId) -> Result<LinkToken, Error> {
        self.with_present_ring(|ring| LinkToken::new(id, link_mac(ring, purpose, id))).await
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
                .find(|purpose| link_mac(ring, *purpose, token.id()).ct_eq(token.mac()).into())
        })
        .await
    }

    /// What the API names the registration `id` by. It looks like a link's token and is none: its
    /// key and its label are others.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub async fn registration_reference(&self, id: LinkId) -> Result<String, Error> {
        let mac = self.with_present_ring(|ring| reference_mac(ring, id)).await?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([*id.bytes(), mac].concat()))
    }

    /// The registration that `text` refers to, if it is a reference that we made.
    pub async fn open_registration_reference(&self, text: &str) -> Option<LinkId> {
        let bytes: [u8; 32] = decode(text)?;
        let (id, mac) = bytes.split_first_chunk()?;
        let id = LinkId::from(*id);
        self.with_any_ring(|ring| bool::from(reference_mac(ring, id).ct_eq(mac)).then_some(id))
            .await
    }

    /// What the cookie of the browser that made the registration `id` holds: its seal, then those
    /// in `before`, an earlier value of the cookie, 5 in all at most. So a browser that registers
    /// twice can follow either mail. What is no seal by its form is left out.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub async fn seal_registration(
        &self,
        id: LinkId,
        before: Option<&str>,
    ) -> Result<String, Error> {
        let seal = self.with_present_ring(|ring| registration_mac(ring, id)).await?;
        let before = before.into_iter().flat_map(registration_seals).filter(|other| *other != seal);
        let seals = std::iter::once(seal).chain(before).take(MOST_REGISTRATIONS);
        let seals: Vec<String> = seals.map(|seal| BASE64_URL_SAFE_NO_PAD.encode(seal)).collect();
        Ok(seals.join("."))
    }

    /// Whether `sealed` is the cookie of the browser that made the registration `id`.
    pub async fn is_registration(&self, sealed: &str, id: LinkId) -> bool {
        let seals: Vec<_> = registration_seals(sealed).take(MOST_REGISTRATIONS).collect();
        if seals.is_empty() {
            return false;
        }
        let opened = self.with_any_ring(|ring| {
            let mac = registration_mac(ring, id);
            seals.iter().any(|seal| mac.ct_eq(seal).into()).then_some(())
        });
        opened.await.is_some()
    }

    /// What the cookie of the browser `device` holds once it has signed in with `email`, of an
    /// account of `epoch`, at `now`.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub async fn seal_device(
        &self,
        device: DeviceId,
        email: &EmailAddress,
        epoch: u64,
        now: Timestamp,
    ) -> Result<String, Error> {
        let (device, folded) = (Device { id: device, epoch }, email.folded());
        self.with_present_ring(|ring| device_seal(ring, device, &folded, day(now))).await
    }

    /// The browser that signed in with `email` in the 365 days before `now`, if `sealed` shows
    /// that.
    pub async fn open_device(
        &self,
        sealed: &str,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Option<Device> {
        let mut parts = sealed.splitn(4, '.');
        let id = DeviceId::try_from(parts.next()?).ok()?;
        let device = Device { id, epoch: parts.next()?.parse().ok()? };
        let made_on: u32 = parts.next()?.parse().ok()?;
        let made_on = i64::from(made_on);
        // The clocks of two processes may stand on both sides of midnight.
        let age = day(now).checked_sub(made_on)?;
        if !(-1..=DEVICE_LIFETIME_DAYS).contains(&age) {
            return None;
        }
        let folded = email.folded();
        self.with_any_ring(|ring| {
            let seal = device_seal(ring, device, &folded, made_on);
            bool::from(seal.as_bytes().ct_eq(sealed.as_bytes())).then_some(device)
        })
        .await
    }
}

fn link_mac(ring: &KeyRing, purpose: Purpose, id: LinkId) -> [u8; 16] {
    first_half(&mac(&ring.links, &[purpose.name().as_bytes(), id.bytes()]))
}

fn reference_mac(ring: &KeyRing, id: LinkId) -> [u8; 16] {
    first_half(&mac(&ring.cookies, &[b"registration reference", id.bytes()]))
}

fn registration_mac(ring: &KeyRing, id: LinkId) -> [u8; 32] {
    mac(&ring.cookies, &[b"registration", id.bytes()])
}

fn device_seal(ring: &KeyRing, device: Device, folded: &str, day: i64) -> String {
    let Device { id, epoch } = device;
    let (epoch_bytes, day_bytes) = (epoch.to_be_bytes(), day.to_be_bytes());
    let parts = [b"device", id.bytes().as_slice(), folded.as_bytes(), &epoch_bytes, &day_bytes];
    let mac = BASE64_URL_SAFE_NO_PAD.encode(mac(&ring.cookies, &parts));
    format!("{id}.{epoch}.{day}.{mac}")
}

/// The seals of registrations in the value of a cookie.
fn registration_seals(cookie: &str) -> impl Iterator<Item = [u8; 32]> {
    cookie.split('.').filter_map(decode)
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// The days from 1970 to `at`, in UTC.
fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::keys::tests::keys_of;

    fn id(byte: u8) -> LinkId {
        LinkId::from([byte; 16])
    }

    fn device() -> DeviceId {
        DeviceId::from([7; 16])
    }

    fn email(text: &str) -> EmailAddress {
        EmailAddress::try_from(text.to_owned()).unwrap()
    }

    fn day_of(days: i64) -> Timestamp {
        Timestamp::from_second(days * SECONDS_PER_DAY).unwrap()
    }

    #[tokio::test]
    async fn a_link_is_for_one_purpose() {
        let (keys, ..) = keys_of("one").await;

        for purpose in Purpose::ALL {
            let token = keys.link_token(purpose, id(1)).await.unwrap();

            assert_eq!(keys.purpose_of(&token).await, Some(purpose));
            for other in Purpose::ALL {
                let opened = keys.open_link(other, &token).await.ok();
                assert_eq!(opened, (other == purpose).then_some(id(1)));
            }
        }
    }

    #[tokio::test]
    async fn a_forged_link_is_refused() {
        let (keys, ..) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;
        let token = others.link_token(Purpose::Revert, id(1)).await.unwrap();

        let refused = keys.open_link(Purpose::Revert, &token).await.unwrap_err();

        assert!(matches!(refused, Error::LinkInvalid));
    }

    #[tokio::test]
    async fn a_reference_names_its_registration() {
        let (keys, ..) = keys_of("one").await;

        let reference = keys.registration_reference(id(1)).await.unwrap();

        assert_eq!(reference.len(), 43);
        assert_eq!(keys.open_registration_reference(&reference).await, Some(id(1)));
    }

    #[tokio::test]
    async fn a_reference_that_we_did_not_make_names_nothing() {
        let (keys, ..) = keys_of("one").await;
        let reference = keys.registration_reference(id(1)).await.unwrap();
        let other = keys.registration_reference(id(2)).await.unwrap();
        let mixed = format!("{}{}", &other[..21], &reference[21..]);

        let id_alone = id(1).to_string();
        let longer = format!("{reference}A");
        for text in ["", "…", &id_alone, &longer, &reference[1..], &mixed] {
            assert_eq!(keys.open_registration_reference(text).await, None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_reference_is_no_link_and_a_link_no_reference() {
        let (keys, ..) = keys_of("one").await;
        let reference = keys.registration_reference(id(1)).await.unwrap();
        let token = keys.link_token(Purpose::Registration, id(1)).await.unwrap();

        let as_link = LinkToken::try_from(reference.clone()).unwrap();

        assert_eq!(as_link.id(), token.id());
        assert_eq!(keys.purpose_of(&as_link).await, None);
        assert_eq!(keys.open_registration_reference(&token.reveal()).await, None);
        assert!(!keys.is_registration(&reference, id(1)).await);
    }

    #[tokio::test]
    async fn a_browser_that_registers_again_keeps_its_earlier_registrations_up_to_five() {
        let (keys, ..) = keys_of("one").await;
        let mut cookie = keys.seal_registration(id(0), None).await.unwrap();
        for again in 1..=6 {
            cookie = keys.seal_registration(id(again), Some(&cookie)).await.unwrap();
        }

        let newest = keys.seal_registration(id(6), None).await.unwrap();
        assert!(cookie.starts_with(&newest));
        assert_eq!(cookie.len(), 5 * 43 + 4);
        for kept in 2..=6 {
            assert!(keys.is_registration(&cookie, id(kept)).await);
        }
        for dropped in [0, 1, 7] {
            assert!(!keys.is_registration(&cookie, id(dropped)).await);
        }
    }

    #[tokio::test]
    async fn a_registration_sealed_twice_counts_once() {
        let (keys, ..) = keys_of("one").await;
        let cookie = keys.seal_registration(id(1), None).await.unwrap();

        assert_eq!(keys.seal_registration(id(1), Some(&cookie)).await.unwrap(), cookie);
    }

    #[tokio::test]
    async fn what_is_no_seal_by_its_form_is_left_out_of_the_cookie() {
        let (keys, ..) = keys_of("one").await;
        let alone = keys.seal_registration(id(1), None).await.unwrap();

        let before = format!("..short.{}.{};\u{e9}.", "=".repeat(43), "a".repeat(44));
        let cookie = keys.seal_registration(id(1), Some(&before)).await.unwrap();

        assert_eq!(cookie, alone);
        assert!(!keys.is_registration(&before, id(1)).await);
    }

    #[tokio::test]
    async fn seals_and_references_outlive_a_rotation_and_no_second_one() {
        let (keys, held, clock) = keys_of("one").await;
        let cookie = keys.seal_registration(id(1), None).await.unwrap();
        let reference = keys.registration_reference(id(1)).await.unwrap();

        held.rotate("two");
        clock.run_ahead(SignedDuration::from_mins(5));
        assert!(keys.is_registration(&cookie, id(1)).await);
        assert!(keys.open_registration_reference(&reference).await.is_some());
        let both = keys.seal_registration(id(2), Some(&cookie)).await.unwrap();
        assert!(
            keys.is_registration(&both, id(1)).await && keys.is_registration(&both, id(2)).await
        );

        held.rotate("three");
        clock.run_ahead(SignedDuration::from_mins(10));
        assert!(!keys.is_registration(&both, id(1)).await);
        assert!(keys.is_registration(&both, id(2)).await);
        assert!(keys.open_registration_reference(&reference).await.is_none());
    }

    #[tokio::test]
    async fn a_device_is_known_to_the_address_it_signed_in_with() {
        let (keys, ..) = keys_of("one").await;
        let (camille, now) = (email("camille@exemple.example"), day_of(20_000));

        let sealed = keys.seal_device(device(), &camille, 3, now).await.unwrap();

        assert!(sealed.starts_with(&format!("{}.3.20000.", device())));
        let known = Some(Device { id: device(), epoch: 3 });
        assert_eq!(keys.open_device(&sealed, &email("Camille@EXEMPLE.example"), now).await, known);
        assert_eq!(keys.open_device(&sealed, &email("autre@exemple.example"), now).await, None);
    }

    #[tokio::test]
    async fn a_device_is_known_for_a_year() {
        let (keys, ..) = keys_of("one").await;
        let camille = email("camille@exemple.example");
        let sealed = keys.seal_device(device(), &camille, 0, day_of(20_000)).await.unwrap();

        for (day, known) in [(19_998, false), (19_999, true), (20_365, true), (20_366, false)] {
            let opened = keys.open_device(&sealed, &camille, day_of(day)).await;
            assert_eq!(opened.is_some(), known, "day {day}");
        }
    }

    #[tokio::test]
    async fn no_part_of_a_device_cookie_can_be_changed() {
        let (keys, ..) = keys_of("one").await;
        let (camille, now) = (email("camille@exemple.example"), day_of(20_000));
        let sealed = keys.seal_device(device(), &camille, 3, now).await.unwrap();
        let [id, epoch, day, mac] = *sealed.split('.').collect::<Vec<_>>() else {
            panic!("four parts: {sealed}");
        };

        let other = DeviceId::from([8; 16]).to_string();
        let changed = [
            format!("{other}.{epoch}.{day}.{mac}"),
            format!("{id}.4.{day}.{mac}"),
            format!("{id}.+3.{day}.{mac}"),
            format!("{id}.{epoch}.19999.{mac}"),
            format!("{id}.{epoch}.020000.{mac}"),
            format!("{id}.{epoch}.{day}.{}", &mac[1..]),
            format!("{id}.{epoch}.{day}.{mac}."),
            format!("{id}.{epoch}.{day}"),
            format!("{id}.{mac}"),
            format!("{id}.{epoch}.-1.{mac}"),
            format!("{id}.{epoch}.{}.{mac}", u64::MAX),
            String::new(),
        ];
        for sealed in changed {
            assert_eq!(keys.open_device(&sealed, &camille, now).await, None, "{sealed}");
        }
    }
}
