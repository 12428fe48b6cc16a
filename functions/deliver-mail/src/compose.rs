//! Which mail is due, to whom, and what it says.

use shared::domain::{Account, EmailAddress, LeaseReference, LinkId, Name, Purpose, Status};
use shared::error::Error;
use shared::mail::{self, Message};
use shared::store::{Addressed, LetterKind, Link, Notice, Registration};

use crate::context::Context;

/// A mail that is due.
pub(crate) struct Due {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where it goes.
    pub(crate) to: EmailAddress,
    /// What it says.
    pub(crate) message: Message,
    /// Whether an outsider can have caused it: such mails to one address are counted.
    pub(crate) outsider: bool,
}

/// The mail that is due for `letter`, if one is.
pub(crate) async fn compose(context: &Context, letter: &LetterKind) -> Result<Option<Due>, Error> {
    match letter {
        LetterKind::Registration(id, link) => registration(context, *id, link).await,
        LetterKind::PasswordReset(id, link) => {
            password_reset(context, *id, &link.payload.email).await
        }
        LetterKind::Notice(Notice::Activation { registration: id }) => {
            match context.app.store.registration(*id).await {
                Ok(link) => registration(context, *id, &link).await,
                Err(Error::LinkExpired) => Ok(None),
                Err(error) => Err(error),
            }
        }
        LetterKind::Notice(Notice::IdentifierReminder { lease, last_name }) => {
            identifier_reminder(context, lease, last_name).await
        }
        LetterKind::Notice(Notice::AccountActivated(about)) => {
            let identifier = about.to.to_string();
            let message = mail::account_activated(about.language, &identifier, &context.portal);
            Ok(Some(security("account-activated", about, message)))
        }
        LetterKind::Notice(Notice::PasswordChanged(about)) => {
            let message = mail::password_changed(about.language, &context.portal);
            Ok(Some(security("password-changed", about, message)))
        }
        LetterKind::Notice(Notice::SessionTheft(about)) => {
            let message = mail::session_theft(about.language, &context.portal);
            Ok(Some(security("session-theft", about, message)))
        }
    }
}

/// The activation link; or, to the owner of the address, that it is in use; or that the household
/// has an account already.
async fn registration(
    context: &Context,
    id: LinkId,
    link: &Link<Registration>,
) -> Result<Option<Due>, Error> {
    if link.used_at.is_some() {
        return Ok(None);
    }
    let Registration { lease, email, language, .. } = &link.payload;
    let (owner, lease) = futures_util::try_join!(
        find_account(context, email),
        context.app.store.find_lease(&lease.reference),
    )?;
    if let Some(owner) = owner {
        let message = mail::email_already_registered(owner.language, &context.portal);
        return Ok(Some(Due {
            name: "email-already-registered",
            to: owner.email,
            message,
            outsider: true,
        }));
    }
    let taken = lease.is_some_and(|lease| lease.tenant.is_some());
    let (name, message) = if taken {
        let message = mail::household_already_registered(*language, &context.portal);
        ("household-already-registered", message)
    } else {
        let url = link_url(context, Purpose::Registration, id)?;
        ("activation", mail::activation(*language, &url))
    };
    Ok(Some(Due { name, to: email.clone(), message, outsider: true }))
}

/// The reset link, bound to the account that the address is the identifier of.
async fn password_reset(
    context: &Context,
    id: LinkId,
    email: &EmailAddress,
) -> Result<Option<Due>, Error> {
    let Some(account) = find_account(context, email).await? else {
        return Ok(None);
    };
    context.app.store.bind_link(id, account.id, account.epoch).await?;
    let url = link_url(context, Purpose::PasswordReset, id)?;
    let message = mail::password_reset(account.language, &url);
    Ok(Some(Due { name: "password-reset", to: account.email, message, outsider: true }))
}

/// The identifier, to the address that it is.
async fn identifier_reminder(
    context: &Context,
    lease: &LeaseReference,
    last_name: &Name,
) -> Result<Option<Due>, Error> {
    let lease = context.app.store.find_lease(lease).await?;
    let lease = lease.filter(|lease| lease.last_name.matches(last_name));
    let account = match lease.and_then(|lease| lease.tenant) {
        Some(tenant) => context.app.store.find_account(tenant).await?,
        None => None,
    };
    Ok(account.map(|account| {
        let identifier = account.email.to_string();
        Due {
            name: "identifier-reminder",
            message: mail::identifier_reminder(account.language, &identifier, &context.portal),
            to: account.email,
            outsider: true,
        }
    }))
}

/// A mail whose address was settled when it was caused, and that nobody else can cause.
fn security(name: &'static str, about: &Addressed, message: Message) -> Due {
    Due { name, to: about.to.clone(), message, outsider: false }
}

/// The active account whose identifier is `email`.
async fn find_account(context: &Context, email: &EmailAddress) -> Result<Option<Account>, Error> {
    let Some(credentials) = context.app.store.find_credentials(email).await? else {
        return Ok(None);
    };
    let account = context.app.store.find_account(credentials.tenant).await?;
    Ok(account.filter(|account| account.status == Status::Active))
}

/// The address of the page behind a link, its token in the fragment.
fn link_url(context: &Context, purpose: Purpose, id: LinkId) -> Result<String, Error> {
    let token = context.app.keys.link_token(purpose, id)?;
    Ok(format!("{}/{}#{}", context.portal, purpose.page(), token.reveal()))
}
