//! Mailed links of every kind: making and mailing them; following them is in [`follow()`].

mod follow;
mod kinds;

use jiff::Timestamp;

pub use follow::{Followed, State, Status, Usable, follow, inspect, load};
pub use kinds::{EmailChange, EmailChanged, Kind, PasswordReset, Registration, ResetCause};

use crate::app::App;
use crate::domain::{AgencyRequest, Purpose};
use crate::error::Error;
use crate::mail::LinkUrl;
use crate::random;
use crate::store::{Claimed, Link, Notice};

/// The content of a due mail.
#[derive(Debug)]
pub enum Letter {
    /// The link of a registration.
    Registration(Box<Link<Registration>>),
    /// The link of a password reset.
    PasswordReset(Link<PasswordReset>),
    /// The link of an address change.
    EmailChange(Link<EmailChange>),
    /// The link that takes an address change back.
    EmailChanged(Link<EmailChanged>),
    /// The link by which the agency answers.
    AgencyRequest(Link<AgencyRequest>),
    /// A mail without a link of its own.
    Notice(Notice),
}

/// A new link for `payload`, made at `now`.
#[must_use]
pub fn new<K: Kind>(payload: K, now: Timestamp) -> Link<K> {
    Link {
        purpose: K::PURPOSE,
        id: random::id(),
        created_at: now,
        expires_at: now.saturating_add(K::LIFETIME).unwrap_or(Timestamp::MAX),
        used_at: None,
        tenant: None,
        waits_for: None,
        epoch: None,
        payload,
    }
}

/// Stores `link` and queues its mail.
///
/// # Errors
///
/// `unavailable`.
pub async fn send<K: Kind>(app: &App, link: &Link<K>) -> Result<(), Error> {
    app.store.put_link(link, K::MAIL).await
}

/// The URL for the mail of `link`. `portal` is the URL of the portal.
///
/// # Errors
///
/// `unavailable`, without keys.
pub async fn url<K: Kind>(app: &App, portal: &str, link: &Link<K>) -> Result<LinkUrl, Error> {
    let token = app.keys.link_token(K::PURPOSE, link.id).await;
    Ok(LinkUrl::from(format!("{portal}/{}#{}", K::PAGE, token.reveal())))
}

/// The content of a due mail.
///
/// # Errors
///
/// When the row is unreadable.
pub fn letter(mail: &Claimed) -> Result<Letter, Error> {
    Ok(match mail.purpose() {
        Some(Purpose::Registration) => Letter::Registration(Box::new(mail.link()?)),
        Some(Purpose::PasswordReset) => Letter::PasswordReset(mail.link()?),
        Some(Purpose::EmailChange) => Letter::EmailChange(mail.link()?),
        Some(Purpose::Revert) => Letter::EmailChanged(mail.link()?),
        Some(Purpose::AgencyRequest) => Letter::AgencyRequest(mail.link()?),
        None => Letter::Notice(mail.notice()?),
    })
}
