//! Device cookies, which show that a browser has signed in before.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use super::Keys;
use super::ring::{KeyRing, mac};
use crate::domain::{DeviceId, EmailAddress};
use crate::error::Error;

/// How long a device cookie is valid, in days.
const DEVICE_LIFETIME_DAYS: i64 = 365;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A browser that has signed in before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Device {
    /// The id of the browser.
    pub id: DeviceId,
    /// The account's epoch at that sign-in. A device of a former epoch counts as unknown.
    pub epoch: u64,
}

impl Keys {
    /// The cookie for the browser `device`, which signs in with `email` at `now`. `epoch` is the
    /// account's.
    pub async fn seal_device(
        &self,
        device: DeviceId,
        email: &EmailAddress,
        epoch: u64,
        now: Timestamp,
    ) -> String {
        let (device, folded) = (Device { id: device, epoch }, email.folded());
        self.with_present_ring(|ring| device_seal(ring, device, &folded, day(now))).await
    }

    /// The browser of the cookie `sealed`, if it signed in with `email` in the 365 days before
    /// `now`.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn open_device(
        &self,
        sealed: &str,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Option<Device>, Error> {
        let Some((device, made_on)) = read(sealed) else {
            return Ok(None);
        };
        // The clocks of two processes may differ around midnight, so an age of -1 is accepted.
        let age = day(now).saturating_sub(made_on);
        if !(-1..=DEVICE_LIFETIME_DAYS).contains(&age) {
            return Ok(None);
        }
        let folded = email.folded();
        self.with_any_ring(|ring| {
            let seal = device_seal(ring, device, &folded, made_on);
            bool::from(seal.as_bytes().ct_eq(sealed.as_bytes())).then_some(device)
        })
        .await
    }
}

/// The browser and the day in the cookie `sealed`, not yet checked.
fn read(sealed: &str) -> Option<(Device, i64)> {
    let mut parts = sealed.splitn(4, '.');
    let id = DeviceId::try_from(parts.next()?).ok()?;
    let device = Device { id, epoch: parts.next()?.parse().ok()? };
    let made_on: u32 = parts.next()?.parse().ok()?;
    Some((device, i64::from(made_on)))
}

fn device_seal(ring: &KeyRing, device: Device, folded: &str, day: i64) -> String {
    let Device { id, epoch } = device;
    let (epoch_bytes, day_bytes) = (epoch.to_be_bytes(), day.to_be_bytes());
    let parts = [b"device", id.bytes().as_slice(), folded.as_bytes(), &epoch_bytes, &day_bytes];
    let mac = BASE64_URL_SAFE_NO_PAD.encode(mac(&ring.cookies, &parts));
    format!("{id}.{epoch}.{day}.{mac}")
}

/// The days from 1970 to `at`, in UTC.
fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::keys_of;

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
    async fn a_device_is_known_for_the_address_it_signed_in_with_only() {
        let (keys, ..) = keys_of("one").await;
        let (camille, now) = (email("camille@exemple.example"), day_of(20_000));

        let sealed = keys.seal_device(device(), &camille, 3, now).await;

        assert!(sealed.starts_with(&format!("{}.3.20000.", device())));
        let known = Some(Device { id: device(), epoch: 3 });
        assert_eq!(
            keys.open_device(&sealed, &email("Camille@EXEMPLE.example"), now).await.unwrap(),
            known
        );
        assert_eq!(
            keys.open_device(&sealed, &email("autre@exemple.example"), now).await.unwrap(),
            None
        );
    }

    #[tokio::test]
    async fn a_device_is_known_for_a_year() {
        let (keys, ..) = keys_of("one").await;
        let camille = email("camille@exemple.example");
        let sealed = keys.seal_device(device(), &camille, 0, day_of(20_000)).await;

        for (day, known) in [(19_998, false), (19_999, true), (20_365, true), (20_366, false)] {
            let opened = keys.open_device(&sealed, &camille, day_of(day)).await.unwrap();
            assert_eq!(opened.is_some(), known, "day {day}");
        }
    }

    #[tokio::test]
    async fn no_part_of_a_device_cookie_can_be_changed() {
        let (keys, ..) = keys_of("one").await;
        let (camille, now) = (email("camille@exemple.example"), day_of(20_000));
        let sealed = keys.seal_device(device(), &camille, 3, now).await;
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
            assert_eq!(keys.open_device(&sealed, &camille, now).await.unwrap(), None, "{sealed}");
        }
    }
}
