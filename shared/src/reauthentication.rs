//! A password that is asked for again.

use crate::app::HashingApp;
use crate::domain::FieldCode;
use crate::domain::Password;
use crate::error::Error;
use crate::http::SignedIn;
use crate::passwords::Verdict;
use crate::store::Credentials;
use crate::throttle::{self, Attempt};

/// Checks that `password`, given in `field`, is the tenant's. It counts like a sign-in.
///
/// # Errors
///
/// `too_many_attempts`; `invalid_fields` with `wrong_password`.
pub async fn reauthenticate(
    app: &HashingApp,
    tenant: &SignedIn,
    field: &'static str,
    password: &Password,
) -> Result<Credentials, Error> {
    let email = &tenant.account.email;
    let device = match &tenant.device {
        Some(sealed) => app.keys.open_device(sealed, email).await,
        None => None,
    };
    let attempt = Attempt { email, device, source: &tenant.source };
    let (counted, credentials) =
        futures_util::join!(throttle::sign_in(app, attempt), app.store.find_credentials(email));
    counted?;
    let credentials = credentials?.filter(|credentials| credentials.tenant == tenant.account.id);
    let stored = credentials.as_ref().map(|credentials| &credentials.password);
    let verdict = app.hasher.verify(password, stored).await?;
    match credentials {
        Some(credentials) if verdict != Verdict::Wrong => Ok(credentials),
        _ => Err(Error::field(field, FieldCode::WrongPassword)),
    }
}
