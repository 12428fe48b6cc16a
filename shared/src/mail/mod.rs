//! The mails: one function per mail, which says what the mail says in French and in English.
//!
//! A mail is a [`Message`]: a subject and a few blocks. One layout renders it as HTML and as
//! text, so the two versions of a mail, like its two languages, cannot drift apart. A subject,
//! the label of a button and that of a fact are written here and nowhere else: what a tenant
//! typed only ever appears as text in the body.

mod account_activated;
mod account_closed;
mod account_deactivated;
mod activation;
mod agency_request;
mod agency_request_received;
mod closing_soon;
mod date;
mod email_already_registered;
mod email_change_confirm;
mod email_changed;
mod household_already_registered;
mod identifier_reminder;
mod message;
mod paperless_stopped;
mod password_changed;
mod password_reset;
mod session_theft;
mod wrap;

pub use account_activated::account_activated;
pub use account_closed::account_closed;
pub use account_deactivated::account_deactivated;
pub use activation::activation;
pub use agency_request::agency_request;
pub use agency_request_received::agency_request_received;
pub use closing_soon::closing_soon;
pub use email_already_registered::email_already_registered;
pub use email_change_confirm::email_change_confirm;
pub use email_changed::email_changed;
pub use household_already_registered::household_already_registered;
pub use identifier_reminder::identifier_reminder;
pub use message::Message;
pub use paperless_stopped::paperless_stopped;
pub use password_changed::password_changed;
pub use password_reset::password_reset;
pub use session_theft::session_theft;
