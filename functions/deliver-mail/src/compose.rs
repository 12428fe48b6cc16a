//! Which mail is due, to whom, and what it says.

use shared::domain::{
    Account, EmailAddress, Language, LeaseReference, LinkId, Name, Purpose, Status,
};
use shared::error::Error;
use shared::mail::{
    Letterhead, LinkUrl, Mail, Message, account_activated, account_closed, account_deactivated,
    activation, agency_request, agency_request_received, closing_soon, email_already_registered,
    email_change_confirm, email_changed, household_already_registered, identifier_reminder,
    paperless_stopped, password_changed, password_reset, session_theft,
};
use shared::store::{
    Addressed, AgencyRequest, EmailChange, EmailChanged, LetterKind, Link, Notice,
    PasswordResetRequest, Registration,
};

use crate::context::Context;

/// The name of the mail that brings a tenant's request to the agency.
pub(crate) const AGENCY_REQUEST: &str = "agency-request";

/// A mail that is due.
pub(crate) struct Due {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where it goes.
    pub(crate) to: EmailAddress,
    /// What it says.
    pub(crate) message: Message,
    /// Where a copy goes.
    pub(crate) copy: Option<EmailAddress>,
    /// Whether an outsider can have caused it: such mails to one address are counted.
    pub(crate) outsider: bool,
}

impl Due {
    fn new(
        context: &Context,
        to: EmailAddress,
        language: Language,
        mail: &Mail,
        outsider: bool,
    ) -> Self {
        let letterhead = Letterhead { portal: context.portal.clone() };
        let message = mail.message(language, &letterhead);
        Self { name: mail.name().as_str(), to, message, copy: None, outsider }
    }
}

/// The mail that is due for `letter`, if one is.
pub(crate) async fn compose(context: &Context, letter: &LetterKind) -> Result<Option<Due>, Error> {
    match letter {
        LetterKind::Registration(id, link) => registration(context, *id, link).await,
        LetterKind::PasswordReset(id, link) => password_reset(context, *id, link).await,
        LetterKind::EmailChange(id, link) => email_change(context, *id, link).await,
        LetterKind::EmailChanged(id, link) => email_changed(context, *id, link).await,
        LetterKind::AgencyRequest(id, link) => agency_request(context, *id, link).await,
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
            let mail =
                Mail::AccountActivated(account_activated::Payload { identifier: about.to.clone() });
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::PasswordChanged(about)) => {
            let mail = Mail::PasswordChanged(password_changed::Payload {});
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::SessionTheft(about)) => {
            let mail = Mail::SessionTheft(session_theft::Payload {});
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::AgencyRequestReceived { about, kind }) => {
            let mail =
                Mail::AgencyRequestReceived(agency_request_received::Payload { kind: *kind });
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::AccountClosed(about)) => {
            let mail = Mail::AccountClosed(account_closed::Payload {});
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::PaperlessStopped(about)) => {
            let mail = Mail::PaperlessStopped(paperless_stopped::Payload {});
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::ClosingSoon { about, on, days }) => {
            let mail = Mail::ClosingSoon(closing_soon::Payload { on: *on, days: *days });
            Ok(Some(security(context, about, &mail)))
        }
        LetterKind::Notice(Notice::AccountDeactivated(about)) => {
            let mail = Mail::AccountDeactivated(account_deactivated::Payload {});
            Ok(Some(security(context, about, &mail)))
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
        let mail = Mail::EmailAlreadyRegistered(email_already_registered::Payload {});
        return Ok(Some(Due::new(context, owner.email, owner.language, &mail, true)));
    }
    let taken = lease.is_some_and(|lease| lease.tenant.is_some());
    let mail = if taken {
        Mail::HouseholdAlreadyRegistered(household_already_registered::Payload {})
    } else {
        let link = link_url(context, Purpose::Registration, id)?;
        Mail::Activation(activation::Payload { link })
    };
    Ok(Some(Due::new(context, email.clone(), *language, &mail, true)))
}

/// The reset link, bound to the account that the address is the identifier of.
async fn password_reset(
    context: &Context,
    id: LinkId,
    link: &Link<PasswordResetRequest>,
) -> Result<Option<Due>, Error> {
    let account = match link.tenant {
        // Made for an account whose address was taken back, and already bound to it.
        Some(_) => find_bound(context, link).await?,
        None => find_account(context, &link.payload.email).await?,
    };
    let Some(account) = account else {
        return Ok(None);
    };
    if link.tenant.is_none() {
        context.app.store.bind_link(id, account.id, account.epoch).await?;
    }
    let outsider = link.tenant.is_none();
    let link = link_url(context, Purpose::PasswordReset, id)?;
    let mail = Mail::PasswordReset(password_reset::Payload { link });
    Ok(Some(Due::new(context, account.email, account.language, &mail, outsider)))
}

/// The confirmation link, to the address an account is to have, unless that is taken.
async fn email_change(
    context: &Context,
    id: LinkId,
    link: &Link<EmailChange>,
) -> Result<Option<Due>, Error> {
    let email = &link.payload.email;
    let (account, taken) = futures_util::try_join!(
        find_bound(context, link),
        context.app.store.find_credentials(email),
    )?;
    let (Some(account), None) = (account, taken) else {
        return Ok(None);
    };
    let link = link_url(context, Purpose::EmailChange, id)?;
    let mail = Mail::EmailChangeConfirm(email_change_confirm::Payload { link });
    Ok(Some(Due::new(context, email.clone(), account.language, &mail, true)))
}

/// The link that takes an address change back, to the address the account had.
async fn email_changed(
    context: &Context,
    id: LinkId,
    link: &Link<EmailChanged>,
) -> Result<Option<Due>, Error> {
    let account = match link.tenant {
        Some(tenant) => context.app.store.find_account(tenant).await?,
        None => None,
    };
    let Some(account) = account else {
        return Ok(None);
    };
    let mail = Mail::EmailChanged(email_changed::Payload {
        new_address_masked: masked(&link.payload.new),
        link: link_url(context, Purpose::Revert, id)?,
    });
    Ok(Some(Due::new(context, link.payload.email.clone(), account.language, &mail, false)))
}

/// The answer link, to the adviser with the agency in copy, or to the agency.
async fn agency_request(
    context: &Context,
    id: LinkId,
    link: &Link<AgencyRequest>,
) -> Result<Option<Due>, Error> {
    let AgencyRequest { kind, lease, message } = &link.payload;
    let account = match link.tenant {
        Some(tenant) => context.app.store.find_account(tenant).await?,
        None => None,
    };
    let account =
        account.filter(|account| account.status == Status::Active && account.lease == *lease);
    let lease = context.app.store.find_lease(lease).await?;
    let (Some(account), Some(lease)) = (account, lease) else {
        return Ok(None);
    };
    let mail = Mail::AgencyRequest(agency_request::Payload {
        kind: *kind,
        lease: lease.reference,
        name: format!("{} {}", account.first_name.as_str(), account.last_name.as_str()),
        message: message.as_ref().map(|message| message.as_str().to_owned()),
        link: link_url(context, Purpose::AgencyRequest, id)?,
    });
    let (to, copy) = match lease.adviser {
        Some(adviser) => (adviser.email, Some(lease.agency.email)),
        None => (lease.agency.email, None),
    };
    Ok(Some(Due { copy, ..Due::new(context, to, Language::French, &mail, false) }))
}

/// An address that its owner recognises and nobody else learns.
fn masked(email: &EmailAddress) -> String {
    let text = email.to_string();
    let (local_part, domain) = text.rsplit_once('@').unwrap_or_default();
    let first: String = local_part.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// The active account that `link` was made for, if it still is at the same epoch.
async fn find_bound<P>(context: &Context, link: &Link<P>) -> Result<Option<Account>, Error> {
    let Some(tenant) = link.tenant else {
        return Ok(None);
    };
    let account = context.app.store.find_account(tenant).await?;
    Ok(account
        .filter(|account| account.status == Status::Active && link.epoch == Some(account.epoch)))
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
        let identifier = account.email.clone();
        let mail = Mail::IdentifierReminder(identifier_reminder::Payload { identifier });
        Due::new(context, account.email, account.language, &mail, true)
    }))
}

/// A mail whose address was settled when it was caused, and that nobody else can cause.
fn security(context: &Context, about: &Addressed, mail: &Mail) -> Due {
    Due::new(context, about.to.clone(), about.language, mail, false)
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
fn link_url(context: &Context, purpose: Purpose, id: LinkId) -> Result<LinkUrl, Error> {
    let token = context.app.keys.link_token(purpose, id)?;
    Ok(format!("{}/{}#{}", context.portal, purpose.page(), token.reveal()).into())
}
