//! The limits of calls: how often each kind of call is allowed, counted by subject.
//!
//! A subject is an address, a lease, a source or a device. A call is counted before its work,
//! whether the subject exists or not. The caller's own subjects come first: a call that they refuse
//! does not count against anybody else.

use jiff::Timestamp;

use crate::app::App;
use crate::domain::{Account, EmailAddress, LeaseReference, LinkId};
use crate::error::Error;
use crate::keys::Device;
use crate::mail::MailName;
use crate::store::{Count, Refused};

/// How many characters of a hash distinguish the parts of one subject.
const PART: usize = 10;

/// Counts a sign-in from an unknown browser, or a password that is asked for again.
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
    pass(app, &own, &sign_ins_with(app, email)).await
}

/// Counts a sign-in from a browser that has signed in with `email` before. Such browsers have a
/// count of their own, shared by all of them, so that failures elsewhere never lock them out.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn sign_in_of_device(
    app: &App,
    email: &EmailAddress,
    device: &Device,
) -> Result<(), Error> {
    let id = app.subjects.hash(&device.id.to_string());
    check(app, &sign_ins_of_devices(app, email, device.epoch, part(&id))).await
}

/// A registration that was counted before its lease was read.
#[derive(Debug)]
#[must_use = "a registration whose lease is not recognised is counted differently"]
pub struct CountedRegistration {
    source: Count,
    lease: Count,
    /// Whether the lease's limit was already reached.
    refused: bool,
}

/// Counts a registration with `lease`, or a change to it.
///
/// # Errors
///
/// `too_many_attempts`, when the source's limit is reached. Only a caller who knows the name on the
/// lease is told of the lease's limit, by [`CountedRegistration::recognised`].
pub async fn registration(
    app: &App,
    lease: &LeaseReference,
    source: &str,
) -> Result<CountedRegistration, Error> {
    let (limits, now) = (&app.config.limits, app.clock.now());
    let source = app.subjects.hash(source);
    let lease = registrations_with(app, lease, part(&source));
    let source = Count::per_hour(now, "registration-source", source)
        .at_most(limits.registrations_per_source)
        .with_mistakes(limits.mistaken_registrations_per_source);
    let refused = count_both(app, &source, &lease).await?;
    Ok(CountedRegistration { source, lease, refused })
}

impl CountedRegistration {
    /// Lets the registration pass if the lease's limit allows it. For a caller who knows the name
    /// on the lease.
    ///
    /// # Errors
    ///
    /// `too_many_attempts`.
    pub async fn recognised(&self, app: &App) -> Result<(), Error> {
        if self.refused { check_again(app, &self.lease).await } else { Ok(()) }
    }

    /// Counts the registration as a mistake of its source, and takes it off the lease's count.
    /// Returns the error to answer with: `lease_not_recognised` or `too_many_attempts`.
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

/// Whether sign-ins to `account` are refused now, for whom, and until when.
///
/// # Errors
///
/// `unavailable`.
pub async fn refused_sign_ins(
    app: &App,
    account: &Account,
) -> Result<Option<(Refused, Timestamp)>, Error> {
    let devices = sign_ins_of_devices(app, &account.email, account.epoch, "");
    let (anywhere, devices) = futures_util::try_join!(
        refused_passwords(app, &account.email),
        app.store.find_refusal(&devices),
    )?;
    Ok(match (anywhere, devices) {
        // The browsers that are known may go on.
        (Some((Refused::InAll, until)), None) => Some((Refused::ForSome, until)),
        (Some((Refused::InAll, until)), Some((Refused::InAll, _))) => Some((Refused::InAll, until)),
        (one, other) => one.or(other).map(|(_, until)| (Refused::ForSome, until)),
    })
}

/// Whether passwords for `email` from browsers that are not known are refused now, for whom, and
/// until when. The count of a source is unknown here, but the address notes that a source's limit
/// has refused a call.
///
/// # Errors
///
/// `unavailable`.
pub async fn refused_passwords(
    app: &App,
    email: &EmailAddress,
) -> Result<Option<(Refused, Timestamp)>, Error> {
    app.store.find_refusal(&sign_ins_with(app, email)).await
}

/// Whether registrations with `lease` are refused now, for whom, and until when.
///
/// # Errors
///
/// `unavailable`.
pub async fn refused_registrations(
    app: &App,
    lease: &LeaseReference,
) -> Result<Option<(Refused, Timestamp)>, Error> {
    app.store.find_refusal(&registrations_with(app, lease, "")).await
}

/// Counts a look of the member of staff `subject` at a household. Returns whether it is one of more
/// than the limit of an hour. It is never refused.
///
/// # Errors
///
/// `unavailable`.
pub async fn is_one_look_too_many(app: &App, subject: &str) -> Result<bool, Error> {
    let looks = Count::per_hour(app.clock.now(), "staff-looks", app.subjects.hash(subject))
        .at_most(app.config.limits.staff_looks);
    Ok(app.store.count(&looks).await?.is_some())
}

/// Counts a mail that a caller who is not signed in asks for.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn mail(app: &App, source: &str) -> Result<(), Error> {
    check(app, &mails_of(app, source)).await
}

/// Counts a registration's mail that is asked for again.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn resend(app: &App, registration: LinkId, source: &str) -> Result<(), Error> {
    pass(app, &mails_of(app, source), &resends_of(app, registration)).await
}

/// Counts a registration's mail that a member of staff has sent again. Staff share the sources of
/// their offices, so these count no mails.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn resend_by_staff(app: &App, registration: LinkId) -> Result<(), Error> {
    check(app, &resends_of(app, registration)).await
}

/// Counts a mail to `email` that an outsider can have caused. Returns whether it may be sent.
/// Each kind of mail has its own budget. Activation mails have one for each lease, so that nobody
/// uses up another household's.
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
        // Other mails that strangers cause must not use up the resets that a tenant asks for.
        MailName::PasswordReset => count,
        _ => count.at_most(limits.mails_per_address),
    };
    Ok(app.store.count(&count).await?.is_none())
}

/// The count of the sign-ins with `email` from browsers that are not known.
fn sign_ins_with(app: &App, email: &EmailAddress) -> Count {
    let address = app.subjects.hash(&email.folded());
    Count::per_quarter_hour(app.clock.now(), "sign-in-address", address)
        .at_most(app.config.limits.sign_ins_per_address)
}

/// The count of the sign-ins with `email` from the browsers that are known at `epoch`, of which
/// `device` is one.
fn sign_ins_of_devices(app: &App, email: &EmailAddress, epoch: u64, device: &str) -> Count {
    let limits = &app.config.limits;
    // The epoch is part of the subject: a cookie of a former epoch must not use up this count.
    let devices = app.subjects.hash(&format!("{} {epoch}", email.folded()));
    Count::per_quarter_hour(app.clock.now(), "sign-in-device", devices)
        .at_most(limits.sign_ins_of_devices)
        .of_each(device, limits.sign_ins_per_device)
}

/// The count of the registrations with `lease`, of which `source` makes one.
fn registrations_with(app: &App, lease: &LeaseReference, source: &str) -> Count {
    // One source has a share of half the lease's limit. Beyond its share it may go on up to the
    // whole limit, uncounted for others, so a stranger cannot use up a household's lease.
    let limit = app.config.limits.registrations_per_lease;
    Count::per_hour(app.clock.now(), "registration-lease", app.subjects.hash(lease.as_str()))
        .at_most(limit)
        .of_each(source, limit.div_ceil(2))
        .beyond_its_share(limit)
}

fn resends_of(app: &App, registration: LinkId) -> Count {
    let registration = app.subjects.hash(&registration.to_string());
    Count::per_hour(app.clock.now(), "resend", registration)
        .at_most(app.config.limits.resends_per_registration)
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

/// Counts against the caller's `own` subject and against an `other` subject.
async fn pass(app: &App, own: &Count, other: &Count) -> Result<(), Error> {
    if count_both(app, own, other).await? { check_again(app, other).await } else { Ok(()) }
}

/// Counts against the caller's `own` subject and an `other` subject concurrently. Returns whether
/// `other` refuses the call. When `own` refuses it, the count of `other` is taken back.
///
/// # Errors
///
/// `too_many_attempts`, when `own` refuses the call.
async fn count_both(app: &App, own: &Count, other: &Count) -> Result<bool, Error> {
    let (own, refused) = futures_util::try_join!(app.store.count(own), app.store.count(other))?;
    let Some(wait) = own else {
        return Ok(refused.is_some());
    };
    if refused.is_none() {
        app.store.uncount_refused(other).await?;
    }
    Err(Error::TooManyAttempts(wait))
}
