//! Checks a password, at sign-in or when it is asked for again.

use crate::app::HashingApp;
use crate::domain::{EmailAddress, FieldCode, Password};
use crate::error::Error;
use crate::keys::Device;
use crate::limits;
use crate::passwords::Verdict;
use crate::store::Credentials;

/// A caller who claims to know the password of an address.
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    /// The address.
    pub email: &'a EmailAddress,
    /// The value of the browser's device cookie.
    pub device: Option<&'a str>,
    /// The source of the call.
    pub source: &'a str,
}

/// The result of counting an attempt.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The credentials, if the address has an account.
    pub credentials: Option<Credentials>,
    /// The browser, if it has signed in before at the account's present epoch.
    pub device: Option<Device>,
}

/// Counts an attempt and reads the credentials, concurrently.
///
/// A device cookie of a former epoch is ignored: somebody who knew a former password must not have
/// a count of their own.
///
/// # Errors
///
/// `too_many_attempts`.
pub async fn count(app: &HashingApp, claimant: Claimant<'_>) -> Result<Counted, Error> {
    let Claimant { email, device, source } = claimant;
    let device = match device {
        Some(sealed) => app.keys.open_device(sealed, email, app.clock.now()).await?,
        None => None,
    };
    let Some(device) = device else {
        let (counted, credentials) = futures_util::join!(
            limits::sign_in(app, email, source),
            app.store.find_credentials(email),
        );
        counted?;
        return Ok(Counted { credentials: credentials?, device: None });
    };
    let (counted, credentials) = futures_util::join!(
        limits::sign_in_of_device(app, email, &device),
        app.store.find_credentials(email),
    );
    let credentials = credentials?;
    if credentials.as_ref().is_some_and(|credentials| credentials.epoch == device.epoch) {
        counted?;
        return Ok(Counted { credentials, device: Some(device) });
    }
    limits::sign_in(app, email, source).await?;
    Ok(Counted { credentials, device: None })
}

/// Checks that `password`, sent in `field`, is the password of the claimant's address. Counts as a
/// sign-in.
///
/// # Errors
///
/// `too_many_attempts`; `invalid_fields` with `wrong_password`.
pub async fn reauthenticate(
    app: &HashingApp,
    account: &crate::domain::Account,
    claimant: Claimant<'_>,
    field: &'static str,
    password: &Password,
) -> Result<Credentials, Error> {
    let Counted { credentials, .. } = count(app, claimant).await?;
    let credentials = credentials.filter(|credentials| credentials.tenant == account.id);
    let stored = credentials.as_ref().map(|credentials| &credentials.password);
    let verdict = app.hasher.verify(password, stored).await?;
    match credentials {
        Some(credentials) if verdict != Verdict::Wrong => Ok(credentials),
        _ => Err(Error::field(field, FieldCode::WrongPassword)),
    }
}
