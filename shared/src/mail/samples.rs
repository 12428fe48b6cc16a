//! Every mail, with payloads like those of a real household.

use jiff::civil::date;

use super::{
    Mail, account_activated, account_closed, account_deactivated, activation, agency_request,
    agency_request_not_delivered, agency_request_received, agency_request_refused, closing_soon,
    email_already_registered, email_change_confirm, email_changed, household_already_registered,
    identifier_reminder, lease_changed, paperless_started, paperless_stopped, password_changed,
    password_reset, session_theft,
};
use crate::domain::AgencyRequestKind::{CloseAccount, StopPaperless};
use crate::domain::{EmailAddress, LeaseReference};

/// What a tenant wrote.
pub(super) const WRITTEN: &str = "Bonjour,\nje déménage en mars & je rends les clés le 28.";
/// Why an agency refused.
pub(super) const REASON: &str = "Votre bail court jusqu’en juin.\nRappelez-nous à ce moment-là.";
/// What a tenant is called.
pub(super) const NAME: &str = "Éloïse Lefèvre-Dubois";
/// A tenant's address.
pub(super) const ADDRESS: &str = "eloise@exemple.example";

/// Every mail whose text differs, with what tells it from the others of its name. `link` is the
/// address that each mailed link leads to.
pub(super) fn mails(link: &str) -> Vec<(&'static str, Mail)> {
    let link = || link.to_owned().into();
    let identifier = || EmailAddress::try_from(ADDRESS.to_owned()).unwrap();
    let lease = || LeaseReference::try_from("00412837".to_owned()).unwrap();
    let ask = |kind, message: Option<&str>| {
        Mail::AgencyRequest(agency_request::Payload {
            kind,
            lease: lease(),
            name: NAME.to_owned(),
            message: message.map(str::to_owned),
            link: link(),
        })
    };
    let received = |kind| Mail::AgencyRequestReceived(agency_request_received::Payload { kind });
    let not_delivered =
        |kind| Mail::AgencyRequestNotDelivered(agency_request_not_delivered::Payload { kind });
    let refused = |kind, reason: Option<&str>| {
        let reason = reason.map(str::to_owned);
        Mail::AgencyRequestRefused(agency_request_refused::Payload { kind, reason })
    };
    let closing = |on, days| Mail::ClosingSoon(closing_soon::Payload { on, days });
    vec![
        ("", Mail::Activation(activation::Payload { link: link() })),
        ("", Mail::AccountActivated(account_activated::Payload { identifier: identifier() })),
        ("", Mail::HouseholdAlreadyRegistered(household_already_registered::Payload {})),
        ("", Mail::EmailAlreadyRegistered(email_already_registered::Payload {})),
        ("", Mail::PasswordReset(password_reset::Payload { link: link() })),
        ("", Mail::PasswordChanged(password_changed::Payload {})),
        ("", Mail::IdentifierReminder(identifier_reminder::Payload { identifier: identifier() })),
        ("", Mail::EmailChangeConfirm(email_change_confirm::Payload { link: link() })),
        (
            "",
            Mail::EmailChanged(email_changed::Payload {
                new_address_masked: "e…@exemple.example".to_owned(),
                link: link(),
            }),
        ),
        ("", Mail::SessionTheft(session_theft::Payload {})),
        ("close-account", ask(CloseAccount, Some(WRITTEN))),
        ("stop-paperless", ask(StopPaperless, None)),
        ("close-account", received(CloseAccount)),
        ("stop-paperless", received(StopPaperless)),
        ("close-account", not_delivered(CloseAccount)),
        ("stop-paperless", not_delivered(StopPaperless)),
        ("close-account", refused(CloseAccount, Some(REASON))),
        ("stop-paperless", refused(StopPaperless, None)),
        ("", Mail::AccountClosed(account_closed::Payload {})),
        ("", Mail::LeaseChanged(lease_changed::Payload { lease: lease() })),
        ("", Mail::PaperlessStarted(paperless_started::Payload {})),
        ("", Mail::PaperlessStopped(paperless_stopped::Payload {})),
        ("30-days", closing(date(2027, 2, 28), 30)),
        ("7-days", closing(date(2027, 3, 1), 7)),
        ("", Mail::AccountDeactivated(account_deactivated::Payload {})),
    ]
}
