//! How often is too often (counted before the work, successes included, by the folded subject,
//! whether it exists or not).

use futures_util::future::try_join_all;

use crate::app::App;
use crate::domain::{DeviceId, EmailAddress, LeaseReference, LinkId};
use crate::error::Error;
use crate::store::Throttle;

/// Where an attempt to sign in comes from.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The address that is tried.
    pub email: &'a EmailAddress,
    /// The browser, if it has signed in with that address before.
    pub device: Option<DeviceId>,
    /// The source.
    pub source: &'a str,
}

/// Counts an attempt to sign in, or a password asked for again.
///
/// A browser that has signed in before has its own count, so that failures elsewhere never lock it
/// out. Of any other, an attempt that its source has used up does not count against the address:
/// one source cannot lock an address for all.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn sign_in(app: &App, attempt: Attempt<'_>) -> Result<(), Error> {
    let limits = &app.config.limits;
    let per = |scope, subject: &str, limit| {
        let subject = app.keys.hash_subject(subject)?;
        Ok::<_, Error>(Throttle::per_quarter_hour(scope, subject, limit))
    };
    if let Some(device) = attempt.device {
        let own = per("sign-in-device", &device.to_string(), limits.sign_ins_per_device)?;
        return check(app, &[own]).await;
    }
    let (folded, source) = (attempt.email.folded(), attempt.source);
    let pair =
        per("sign-in-pair", &format!("{folded} {source}"), limits.sign_ins_per_address_and_source)?;
    let address = per("sign-in-address", &folded, limits.sign_ins_per_address)?;
    let source = per("sign-in-source", source, limits.sign_ins_per_source)?;
    let waits = futures_util::try_join!(
        app.store.count(&pair),
        app.store.count(&source),
        app.store.count(&address),
    )?;
    match waits {
        (None, None, None) => Ok(()),
        (pair, source, on_address) => {
            if pair.is_some() || source.is_some() {
                app.store.uncount(&address).await?;
            }
            Err([pair, source, on_address]
                .into_iter()
                .flatten()
                .max()
                .map_or(Error::BadCredentials, Error::TooManyAttempts))
        }
    }
}

/// Counts a registration.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn registration(app: &App, lease: &LeaseReference, source: &str) -> Result<(), Error> {
    let limits = &app.config.limits;
    let lease = app.keys.hash_subject(lease.as_str())?;
    let source = app.keys.hash_subject(source)?;
    let throttles = [
        Throttle::per_hour("registration-lease", lease, limits.registrations_per_lease),
        Throttle::per_hour("registration-source", source, limits.registrations_per_source),
    ];
    check(app, &throttles).await
}

/// Counts a mail that is asked for without being signed in.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn mail(app: &App, source: &str) -> Result<(), Error> {
    check(app, &[mails_asked_for(app, source)?]).await
}

/// Counts a mail that is asked for again.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn resend(app: &App, registration: LinkId, source: &str) -> Result<(), Error> {
    let registration = app.keys.hash_subject(&registration.to_string())?;
    let limit = app.config.limits.resends_per_registration;
    let again = Throttle::per_hour("resend", registration, limit);
    check(app, &[again, mails_asked_for(app, source)?]).await
}

/// Counts a mail about to be sent to `email` that an outsider can have caused; whether it may be.
///
/// # Errors
///
/// `unavailable`.
pub async fn may_send(app: &App, email: &EmailAddress) -> Result<bool, Error> {
    let subject = app.keys.hash_subject(&email.folded())?;
    let limit = app.config.limits.mails_per_address;
    let wait = app.store.count(&Throttle::per_hour("mail-address", subject, limit)).await?;
    Ok(wait.is_none())
}

fn mails_asked_for(app: &App, source: &str) -> Result<Throttle, Error> {
    let source = app.keys.hash_subject(source)?;
    Ok(Throttle::per_hour("mail-source", source, app.config.limits.mails_per_source))
}

async fn check(app: &App, throttles: &[Throttle]) -> Result<(), Error> {
    let counts = throttles.iter().map(|throttle| app.store.count(throttle));
    let waits = try_join_all(counts).await?;
    waits.into_iter().flatten().max().map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}
