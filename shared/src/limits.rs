//! How often is too often, as ordered guards (DESIGN section 6).
//!
//! What is asked is counted before the work, by the folded subject, whether it exists or not. The
//! caller's own subjects come first: what they refuse counts against nobody else.

use crate::app::App;
use crate::domain::{EmailAddress, LeaseReference, LinkId};
use crate::error::Error;
use crate::keys::Device;
use crate::mail::MailName;
use crate::store::Count;

/// How much of a part's hash tells it from the other parts of its subject.
const PART: usize = 10;

/// Counts an attempt to sign in of a browser that is not known, or a password asked for again.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn sign_in(app: &App, email: &EmailAddress, source: &str) -> Result<(), Error> {
    let limits = &app.config.limits;
    let address = app.subjects.hash(&email.folded());
    let own = Count::per_quarter_hour("sign-in-source", app.subjects.hash(source))
        .at_most(limits.sign_ins_per_source)
        .of_each(part(&address), limits.sign_ins_per_address_and_source);
    let other =
        Count::per_quarter_hour("sign-in-address", address).at_most(limits.sign_ins_per_address);
    pass(app, &own, &other).await
}

/// Counts an attempt to sign in of a browser that has signed in with `email` before. It has its own
/// count, so that failures elsewhere never lock it out; all such browsers have one together.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn sign_in_of_device(
    app: &App,
    email: &EmailAddress,
    device: &Device,
) -> Result<(), Error> {
    let limits = &app.config.limits;
    // A cookie of a former epoch counts for nothing, so it may use nothing up.
    let devices = app.subjects.hash(&format!("{} {}", email.folded(), device.epoch));
    let device = app.subjects.hash(&device.id.to_string());
    let own = Count::per_quarter_hour("sign-in-device", devices)
        .at_most(limits.sign_ins_of_devices)
        .of_each(part(&device), limits.sign_ins_per_device);
    check(app, &own).await
}

/// A registration that was counted before its lease was looked at.
#[derive(Debug)]
#[must_use = "a registration is counted against its lease, too, or as a mistake"]
pub struct CountedRegistration {
    source: Count,
}

/// Counts a registration, or a move to another lease, against its source.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn registration(app: &App, source: &str) -> Result<CountedRegistration, Error> {
    let limits = &app.config.limits;
    let source = Count::per_hour("registration-source", app.subjects.hash(source))
        .at_most(limits.registrations_per_source)
        .with_mistakes(limits.mistaken_registrations_per_source);
    check(app, &source).await?;
    Ok(CountedRegistration { source })
}

impl CountedRegistration {
    /// Counts it against the lease that it names: whoever does not know reference and name uses
    /// nothing up.
    ///
    /// # Errors
    ///
    /// `too_many_attempts`.
    pub async fn recognised(&self, app: &App, lease: &LeaseReference) -> Result<(), Error> {
        let lease = Count::per_hour("registration-lease", app.subjects.hash(lease.as_str()))
            .at_most(app.config.limits.registrations_per_lease);
        check(app, &lease).await
    }

    /// Counts it as one that names no lease we know. What the caller is told of it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn not_recognised(self, app: &App) -> Result<Error, Error> {
        let wait = app.store.count_mistake(&self.source).await?;
        Ok(wait.map_or(Error::LeaseNotRecognised, Error::TooManyAttempts))
    }
}

/// Counts a mail that is asked for without being signed in.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn mail(app: &App, source: &str) -> Result<(), Error> {
    check(app, &mails_of(app, source)).await
}

/// Counts a mail of a registration that is asked for again.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn resend(app: &App, registration: LinkId, source: &str) -> Result<(), Error> {
    let again = Count::per_hour("resend", app.subjects.hash(&registration.to_string()))
        .at_most(app.config.limits.resends_per_registration);
    pass(app, &mails_of(app, source), &again).await
}

/// Counts a mail about to be sent to `email` that an outsider can have caused; whether it may be.
/// Each kind has its own budget, that of activations one for each lease, so that nobody uses up
/// another's.
///
/// # Errors
///
/// `unavailable`.
pub async fn may_send(
    app: &App,
    mail: MailName,
    email: &EmailAddress,
    lease: Option<&LeaseReference>,
) -> Result<bool, Error> {
    let limits = &app.config.limits;
    let kind = match lease {
        Some(lease) => format!("{mail} {}", part(&app.subjects.hash(lease.as_str()))),
        None => mail.to_string(),
    };
    let count = Count::per_hour("mail-address", app.subjects.hash(&email.folded()))
        .of_each(&kind, limits.mails_per_address_and_kind);
    let count = match mail {
        // What strangers cause never uses up the resets that a tenant asks for.
        MailName::PasswordReset => count,
        _ => count.at_most(limits.mails_per_address),
    };
    Ok(app.store.count(&count).await?.is_none())
}

fn mails_of(app: &App, source: &str) -> Count {
    Count::per_hour("mail-source", app.subjects.hash(source))
        .at_most(app.config.limits.mails_per_source)
}

fn part(hash: &str) -> &str {
    hash.get(..PART).unwrap_or(hash)
}

async fn check(app: &App, own: &Count) -> Result<(), Error> {
    let wait = app.store.count(own).await?;
    wait.map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}

/// Counts against the caller's `own` subject, and then against an `other`'s: what the own one refuses
/// never touches the other.
async fn pass(app: &App, own: &Count, other: &Count) -> Result<(), Error> {
    check(app, own).await?;
    check(app, other).await
}
