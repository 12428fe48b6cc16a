//! A sample of every mail, with realistic payloads.

use jiff::civil::date;

use super::account_closed::WantedBy;
use super::{
    Mail, MailName, Staff, account_activated, account_closed, account_deactivated, activation,
    agency_request, agency_request_not_delivered, agency_request_received, agency_request_refused,
    closing_soon, email_already_registered, email_change_confirm, email_changed,
    household_already_registered, identifier_reminder, lease_changed, paperless_started,
    paperless_stopped, password_changed, password_reset, session_theft,
};
use crate::domain::AgencyRequestKind::{CloseAccount, StopPaperless};
use crate::domain::{
    Browser, Contact, DeviceKind, EmailAddress, LeaseReference, Name, Occasion, System,
};

/// A tenant's message.
pub(super) const WRITTEN: &str = "Bonjour,\nje déménage en mars & je rends les clés le 28.";
/// An agency's reason.
pub(super) const REASON: &str = "Votre bail court jusqu’en juin.\nRappelez-nous à ce moment-là.";
/// A tenant's name.
pub(super) const NAME: &str = "Éloïse Lefèvre-Dubois";
/// A tenant's address.
pub(super) const ADDRESS: &str = "eloise@exemple.example";

/// The agency in the example landlord's directory, and an adviser.
pub(super) fn staff() -> Staff {
    let contact = |name: &str, email: &str| Contact {
        name: Name::try_from(name.to_owned()).unwrap(),
        email: EmailAddress::try_from(email.to_owned()).unwrap(),
    };
    Staff {
        agency: contact("Agence Part-Dieu", "agence.lyon@bailleur.example"),
        adviser: Some(contact("Awa Sarr", "awa.sarr@bailleur.example")),
    }
}

/// Whether the mail goes to a household that may know its staff.
pub(super) fn names_staff(name: MailName) -> bool {
    !matches!(name, MailName::AgencyRequest | MailName::EmailChangeConfirm)
}

/// A mail of each name and variant, with the name of the variant. `link` is the URL of the links.
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
    let now = "2026-11-27T13:05:42Z".parse().unwrap();
    let on_iphone = DeviceKind { browser: Some(Browser::Safari), system: Some(System::Iphone) };
    let occasion = || Some(Occasion::from_device(now, on_iphone));
    let closed = |wanted_by: Option<WantedBy>| {
        Mail::AccountClosed(account_closed::Payload {
            occasion: wanted_by.map(|_| Occasion::by_landlord(now)),
            wanted_by,
            erased_on: wanted_by.map(|_| date(2027, 11, 27)),
        })
    };
    let deactivated =
        |on, erased_on| Mail::AccountDeactivated(account_deactivated::Payload { on, erased_on });
    let activated = |occasion| {
        let identifier = identifier();
        Mail::AccountActivated(account_activated::Payload { identifier, occasion })
    };
    let password_changed = |occasion| Mail::PasswordChanged(password_changed::Payload { occasion });
    let closing = |on, days| Mail::ClosingSoon(closing_soon::Payload { on, days });
    vec![
        ("", Mail::Activation(activation::Payload { link: link() })),
        ("", activated(occasion())),
        ("", Mail::HouseholdAlreadyRegistered(household_already_registered::Payload {})),
        ("", Mail::EmailAlreadyRegistered(email_already_registered::Payload {})),
        ("", Mail::PasswordReset(password_reset::Payload { link: link() })),
        ("", password_changed(occasion())),
        ("earlier", password_changed(None)),
        ("", Mail::IdentifierReminder(identifier_reminder::Payload { identifier: identifier() })),
        ("", Mail::EmailChangeConfirm(email_change_confirm::Payload { link: link() })),
        (
            "",
            Mail::EmailChanged(email_changed::Payload {
                new_address_masked: "e…@exemple.example".to_owned(),
                occasion: occasion(),
                link: link(),
            }),
        ),
        ("", Mail::SessionTheft(session_theft::Payload { occasion: occasion() })),
        ("close-account", ask(CloseAccount, Some(WRITTEN))),
        ("stop-paperless", ask(StopPaperless, None)),
        ("close-account", received(CloseAccount)),
        ("stop-paperless", received(StopPaperless)),
        ("close-account", not_delivered(CloseAccount)),
        ("stop-paperless", not_delivered(StopPaperless)),
        ("close-account", refused(CloseAccount, Some(REASON))),
        ("stop-paperless", refused(StopPaperless, None)),
        ("by-tenant", closed(Some(WantedBy::Tenant))),
        ("by-agency", closed(Some(WantedBy::Agency))),
        ("earlier", closed(None)),
        ("", Mail::LeaseChanged(lease_changed::Payload { lease: lease(), occasion: occasion() })),
        ("", Mail::PaperlessStarted(paperless_started::Payload { occasion: occasion() })),
        ("", Mail::PaperlessStopped(paperless_stopped::Payload {})),
        ("30-days", closing(date(2027, 2, 28), 30)),
        ("7-days", closing(date(2027, 3, 1), 7)),
        ("", deactivated(Some(date(2027, 2, 28)), Some(date(2028, 2, 28)))),
        ("earlier", deactivated(None, None)),
    ]
}
