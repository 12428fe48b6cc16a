//! Decides which mail is due, and composes it.
//!
//! A mail to a household names its agency and its adviser, as they are when the mail is sent. A
//! mail to an unconfirmed address does not name the adviser. A mail to a possible stranger names
//! neither.

use std::time::Duration;

use shared::domain::{
    Account, AgencyRequest, EmailAddress, Language, LeaseReference, LinkId, Name, in_paris,
};
use shared::error::{self, Error};
use shared::links::{
    self, EmailChange, EmailChanged, Letter, PasswordReset, Registration, ResetCause,
};
use shared::mail::{
    Mail, Staff, activation, agency_request, closing_soon, email_already_registered,
    email_change_confirm, email_changed, household_already_registered, identifier_reminder,
    password_reset,
};
use shared::store::{Addressed, Claimed, Link, Notice, Write};

use crate::context::Context;

/// How long a mail with known content waits for the account, which names the agency.
const PATIENCE_FOR_STAFF: Duration = Duration::from_secs(2);

/// A due mail.
pub(crate) struct Due {
    /// The content.
    pub(crate) mail: Mail,
    pub(crate) language: Language,
    /// The agency and the adviser, if they are known and the recipient may know them.
    pub(crate) staff: Option<Staff>,
    /// The recipient.
    pub(crate) to: EmailAddress,
    /// The recipient of a copy.
    pub(crate) copy: Option<EmailAddress>,
    /// The address for replies, if the mail can be answered.
    pub(crate) reply_to: Option<EmailAddress>,
    /// The budget that the mail is counted against.
    pub(crate) budget: Budget,
}

/// The budget that a mail is counted against.
pub(crate) enum Budget {
    /// None: only its recipient or the landlord can cause the mail.
    Free,
    /// The budget of this kind of mail for this address. An outsider can cause the mail.
    OfKind,
    /// The budget of this kind of mail for this address and this lease.
    OfLease(LeaseReference),
    /// None, and bounces do not stop the mail: it goes to the agency.
    Agency,
}

impl Due {
    fn new(mail: Mail, language: Language, to: EmailAddress, budget: Budget) -> Self {
        Self { mail, language, staff: None, to, copy: None, reply_to: None, budget }
    }

    /// A mail to the household of `account`, at its identifier.
    fn to_household(mail: Mail, account: &Account, budget: Budget) -> Self {
        Self::new(mail, account.language, account.email.clone(), budget).from(account)
    }

    /// The same mail with the agency and the adviser of `account`.
    fn from(self, account: &Account) -> Self {
        Self { staff: Some(Staff::from(account)), ..self }
    }
}

/// The mail that is due for `letter`, if there is one.
pub(crate) async fn compose(
    context: &Context,
    mail: &Claimed,
    letter: &Letter,
) -> Result<Option<Due>, Error> {
    match letter {
        Letter::Registration(link) => registration(context, link).await,
        Letter::PasswordReset(link) => password_reset(context, link).await,
        Letter::EmailChange(link) => email_change(context, link).await,
        Letter::EmailChanged(link) => email_changed(context, link).await,
        Letter::AgencyRequest(link) => agency_request(context, link).await,
        Letter::Notice(Notice::Settled(addressed, Mail::ClosingSoon(warning))) => {
            closing_soon(context, mail, addressed, warning).await
        }
        Letter::Notice(Notice::Settled(addressed, mail)) => {
            let staff = find_staff(context, addressed).await;
            Ok(Some(Due { staff, ..settled(addressed, mail.clone()) }))
        }
        Letter::Notice(Notice::ActivationAgain(id)) => activation_again(context, *id).await,
        Letter::Notice(Notice::IdentifierReminder(lease, last_name)) => {
            identifier_reminder(context, lease, last_name).await
        }
    }
}

/// The activation link. If the address is an identifier, the mail that says so. If the household
/// already has an account, the mail that says so.
async fn registration(context: &Context, link: &Link<Registration>) -> Result<Option<Due>, Error> {
    if link.used_at.is_some() {
        return Ok(None);
    }
    let Registration { lease: seen, email, language, .. } = &link.payload;
    let reference = &seen.terms().reference;
    let (owner, lease) = futures_util::try_join!(
        context.app.store.find_owner(email),
        context.app.store.find_lease(reference),
    )?;
    let taken = lease.as_ref().is_some_and(|lease| lease.tenant.is_some());
    // The account may be that of this registration, whose link was used since it was read.
    if (owner.is_some() || taken) && is_used(context, link.id).await? {
        return Ok(None);
    }
    if let Some(owner) = owner {
        let mail = Mail::EmailAlreadyRegistered(email_already_registered::Payload {});
        return Ok(Some(Due::to_household(mail, &owner, Budget::OfKind)));
    }
    let budget = Budget::OfLease(reference.clone());
    let terms = lease.as_ref().map_or(seen.terms(), |lease| &lease.terms);
    let staff = Some(Staff::without_adviser(terms));
    let mail = if taken {
        Mail::HouseholdAlreadyRegistered(household_already_registered::Payload {})
    } else {
        let link = links::url(&context.app, context.portal(), link).await?;
        Mail::Activation(activation::Payload { link })
    };
    Ok(Some(Due { staff, ..Due::new(mail, *language, email.clone(), budget) }))
}

/// Whether the registration `id` has become an account.
async fn is_used(context: &Context, id: LinkId) -> Result<bool, Error> {
    match links::load::<Registration>(&context.app, id).await {
        Ok(link) => Ok(link.used_at.is_some()),
        Err(Error::LinkExpired) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The activation link again, if it can still be used.
async fn activation_again(context: &Context, id: LinkId) -> Result<Option<Due>, Error> {
    match links::load::<Registration>(&context.app, id).await {
        Ok(link) => registration(context, &link).await,
        Err(Error::LinkExpired) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The reset link, bound to the account with this identifier.
async fn password_reset(
    context: &Context,
    link: &Link<PasswordReset>,
) -> Result<Option<Due>, Error> {
    let store = &context.app.store;
    let account = match link.tenant {
        Some(tenant) => store.find_account(tenant).await?,
        None => store.find_owner(&link.payload.email).await?,
    };
    let of_its_epoch = |account: &Account| link.epoch.is_none_or(|epoch| epoch == account.epoch);
    let Some(account) = account.filter(|account| account.is_active() && of_its_epoch(account))
    else {
        return Ok(None);
    };
    if link.tenant.is_none()
        && store.bind_link(link, account.id, account.epoch).await? != Write::Done
    {
        return Ok(None);
    }
    let budget = match link.payload.cause {
        ResetCause::Asked => Budget::OfKind,
        ResetCause::Reverted => Budget::Free,
    };
    let link = links::url(&context.app, context.portal(), link).await?;
    let mail = Mail::PasswordReset(password_reset::Payload { link });
    Ok(Some(Due::to_household(mail, &account, budget)))
}

/// The confirmation link to the new address, unless the address is taken.
async fn email_change(context: &Context, link: &Link<EmailChange>) -> Result<Option<Due>, Error> {
    let email = &link.payload.email;
    let (account, taken) = futures_util::try_join!(
        find_bound(context, link),
        context.app.store.find_credentials(email),
    )?;
    let of_its_epoch = |account: &Account| link.epoch == Some(account.epoch);
    let account = account.filter(|account| account.is_active() && of_its_epoch(account));
    let (Some(account), None) = (account, taken) else {
        return Ok(None);
    };
    let link = links::url(&context.app, context.portal(), link).await?;
    let mail = Mail::EmailChangeConfirm(email_change_confirm::Payload { link });
    Ok(Some(Due::new(mail, account.language, email.clone(), Budget::OfKind)))
}

/// The link that takes an address change back, to the former address.
async fn email_changed(context: &Context, link: &Link<EmailChanged>) -> Result<Option<Due>, Error> {
    let Some(account) = find_bound(context, link).await? else {
        return Ok(None);
    };
    let EmailChanged { email, new, occasion } = &link.payload;
    let mail = Mail::EmailChanged(email_changed::Payload {
        new_address_masked: new.masked_with("…"),
        occasion: *occasion,
        link: links::url(&context.app, context.portal(), link).await?,
    });
    let due = Due::new(mail, account.language, email.clone(), Budget::Free);
    Ok(Some(due.from(&account)))
}

/// The request with the link to answer it, to the adviser with the agency in copy, or to the
/// agency.
async fn agency_request(
    context: &Context,
    link: &Link<AgencyRequest>,
) -> Result<Option<Due>, Error> {
    let AgencyRequest { kind, lease, message, .. } = &link.payload;
    let (account, lease) =
        futures_util::try_join!(find_bound(context, link), context.app.store.find_lease(lease),)?;
    let account = account.filter(|account| {
        let has_lease = lease.as_ref().is_some_and(|l| l.terms.reference == account.lease);
        account.is_active() && has_lease && account.waits_for(link.id)
    });
    let (Some(account), Some(lease)) = (account, lease) else {
        return Ok(None);
    };
    let mail = Mail::AgencyRequest(agency_request::Payload {
        kind: *kind,
        lease: lease.terms.reference.clone(),
        name: account.full_name(),
        message: message.as_ref().map(|message| message.as_str().to_owned()),
        link: links::url(&context.app, context.portal(), link).await?,
    });
    let (to, copy) = match lease.terms.adviser {
        Some(adviser) => (adviser.email, Some(lease.terms.agency.email)),
        None => (lease.terms.agency.email, None),
    };
    let due = Due::new(mail, Language::French, to, Budget::Agency);
    Ok(Some(Due { copy, reply_to: Some(account.email), ..due }))
}

/// The identifier, to that address.
async fn identifier_reminder(
    context: &Context,
    lease: &LeaseReference,
    last_name: &Name,
) -> Result<Option<Due>, Error> {
    let lease = context.app.store.find_lease(lease).await?;
    let lease = lease.filter(|lease| lease.terms.last_name.matches(last_name));
    let account = match lease.and_then(|lease| lease.tenant) {
        Some(tenant) => context.app.store.find_account(tenant).await?,
        None => None,
    };
    Ok(account.filter(Account::is_active).map(|account| {
        let identifier = account.email.clone();
        let mail = Mail::IdentifierReminder(identifier_reminder::Payload { identifier });
        Due::to_household(mail, &account, Budget::OfKind)
    }))
}

/// The warning before deactivation, unless it no longer applies: the lease was prolonged, or the
/// household has changed its lease or left. Days are counted from the day on which the mail is
/// sent.
async fn closing_soon(
    context: &Context,
    mail: &Claimed,
    addressed: &Addressed,
    warning: &closing_soon::Payload,
) -> Result<Option<Due>, Error> {
    let account = context.app.store.find_account(addressed.tenant).await?;
    let closing = account.filter(|a| a.is_active() && a.closes_on == Some(warning.on));
    let days = days_left(context, mail, warning);
    let warning = closing_soon::Payload { on: warning.on, days };
    let closing = closing.filter(|_| days > 0);
    Ok(closing.map(|account| settled(addressed, Mail::ClosingSoon(warning)).from(&account)))
}

/// The days left, now, until the deactivation in `warning`.
pub(crate) fn days_left(context: &Context, mail: &Claimed, warning: &closing_soon::Payload) -> i64 {
    let waited = in_paris(context.app.clock.now()) - in_paris(mail.created_at);
    warning.days.saturating_sub(i64::from(waited.get_days()))
}

/// A mail whose content and recipient were known when it was caused.
fn settled(addressed: &Addressed, mail: Mail) -> Due {
    Due::new(mail, addressed.language, addressed.to.clone(), Budget::Free)
}

/// The agency and the adviser of an account, also of a deactivated one; `None` once it is erased.
/// If the account cannot be read in time, the mail is sent anyway, with the landlord's own contact.
async fn find_staff(context: &Context, addressed: &Addressed) -> Option<Staff> {
    let account = context.app.store.find_account(addressed.tenant);
    let failure = match tokio::time::timeout(PATIENCE_FOR_STAFF, account).await {
        Ok(Ok(account)) => return account.as_ref().map(Staff::from),
        Ok(Err(failure)) => error::chain(&failure),
        Err(elapsed) => elapsed.to_string(),
    };
    tracing::warn!(error = failure, "a mail goes out without its agency");
    None
}

/// The account that `link` was made for.
async fn find_bound<K>(context: &Context, link: &Link<K>) -> Result<Option<Account>, Error> {
    match link.tenant {
        Some(tenant) => context.app.store.find_account(tenant).await,
        None => Ok(None),
    }
}
