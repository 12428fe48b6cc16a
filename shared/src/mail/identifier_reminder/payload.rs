//! The data of the mail.

use crate::domain::EmailAddress;

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The identifier of the account.
    pub identifier: EmailAddress,
}
