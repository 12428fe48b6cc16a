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
    let own = Count::per_quarter_hour(app.clock.now(), "sign-in-source", app.subjects.hash(source))
        .at_most(limits.sign_ins_per_source)
        .of_each(part(&address), limits.sign_ins_per_address_and_source);
    let other = Count::per_quarter_hour(app.clock.now(), "sign-in-address", address)
        .at_most(limits.sign_ins_per_address);
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
    let own = Count::per_quarter_hour(app.clock.now(), "sign-in-device", devices)
        .at_most(limits.sign_ins_of_devices)
        .of_each(part(&device), limits.sign_ins_per_device);
    check(app, &own).await
}

/// A registration that was counted before its lease was looked at.
#[derive(Debug)]
#[must_use = "a registration whose lease is not recognised is counted otherwise"]
pub struct CountedRegistration {
    source: Count,
    lease: Count,
    /// Whether the lease was registered with too often already.
    refused: bool,
}

/// Counts a registration with `lease`, or a move to it.
///
/// # Errors
///
/// `too_many_attempts` of the source. Of the lease only those hear who know its name.
pub async fn registration(
    app: &App,
    lease: &LeaseReference,
    source: &str,
) -> Result<CountedRegistration, Error> {
    let (limits, now) = (&app.config.limits, app.clock.now());
    let source = app.subjects.hash(source);
    // One source has half of a lease's registrations at most. It may go on to as many as there are,
    // but leaves the other half to others: no stranger's machine uses up a household's lease.
    let per_lease = limits.registrations_per_lease;
    let lease = Count::per_hour(now, "registration-lease", app.subjects.hash(lease.as_str()))
        .at_most(per_lease)
        .of_each(part(&source), per_lease.div_ceil(2))
        .beyond_its_share(per_lease);
    let source = Count::per_hour(now, "registration-source", source)
        .at_most(limits.registrations_per_source)
        .with_mistakes(limits.mistaken_registrations_per_source);
    let refused = count_both(app, &source, &lease).await?;
    Ok(CountedRegistration { source, lease, refused })
}

impl CountedRegistration {
    /// Has it pass as one of its lease, by somebody who knows the name on it.
    ///
    /// # Errors
    ///
    /// `too_many_attempts`.
    pub async fn recognised(&self, app: &App) -> Result<(), Error> {
        if self.refused { check_again(app, &self.lease).await } else { Ok(()) }
    }

    /// Counts it as one that names no lease we know: against its source, and no more against the
    /// lease. What the caller is told of it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn not_recognised(self, app: &App) -> Result<Error, Error> {
        let take_back =
            async { if self.refused { Ok(()) } else { app.store.uncount(&self.lease).await } };
        let (wait, ()) = futures_util::try_join!(app.store.count_mistake(&self.source), take_back)?;
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
    let again =
        Count::per_hour(app.clock.now(), "resend", app.subjects.hash(&registration.to_string()))
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
    let count =
        Count::per_hour(app.clock.now(), "mail-address", app.subjects.hash(&email.folded()))
            .of_each(&kind, limits.mails_per_address_and_kind);
    let count = match mail {
        // What strangers cause never uses up the resets that a tenant asks for.
        MailName::PasswordReset => count,
        _ => count.at_most(limits.mails_per_address),
    };
    Ok(app.store.count(&count).await?.is_none())
}

fn mails_of(app: &App, source: &str) -> Count {
    Count::per_hour(app.clock.now(), "mail-source", app.subjects.hash(source))
        .at_most(app.config.limits.mails_per_source)
}

fn part(hash: &str) -> &str {
    hash.get(..PART).unwrap_or(hash)
}

async fn check(app: &App, own: &Count) -> Result<(), Error> {
    let wait = app.store.count(own).await?;
    wait.map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}

async fn check_again(app: &App, other: &Count) -> Result<(), Error> {
    let wait = app.store.count_again(other).await?;
    wait.map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}

/// Counts against the caller's `own` subject and against an `other`'s.
async fn pass(app: &App, own: &Count, other: &Count) -> Result<(), Error> {
    if count_both(app, own, other).await? { check_again(app, other).await } else { Ok(()) }
}

/// Counts against the caller's `own` subject and against an `other`'s, side by side. What the own one
/// refuses is taken back from the other, and fails. Whether the other alone refuses it.
async fn count_both(app: &App, own: &Count, other: &Count) -> Result<bool, Error> {
    let (own, refused) = futures_util::try_join!(app.store.count(own), app.store.count(other))?;
    let Some(wait) = own else {
        return Ok(refused.is_some());
    };
    if refused.is_none() {
        app.store.uncount(other).await?;
    }
    Err(Error::TooManyAttempts(wait))
}
