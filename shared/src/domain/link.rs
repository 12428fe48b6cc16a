//! Mailed links: their purposes, and how their token is written.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::FieldCode;
use super::LinkId;

/// The purpose of a link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Activates a registered account.
    Registration,
    /// Sets a new password without the present one.
    PasswordReset,
    /// Confirms a new address.
    EmailChange,
    /// Takes an address change back.
    Revert,
    /// Answers a tenant's request to the agency.
    AgencyRequest,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [
        Self::Registration,
        Self::PasswordReset,
        Self::EmailChange,
        Self::Revert,
        Self::AgencyRequest,
    ];

    /// The name in the table's keys, in the API's answers and in the MAC of tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::PasswordReset => "password-reset",
            Self::EmailChange => "email-change",
            Self::Revert => "revert",
            Self::AgencyRequest => "agency-request",
        }
    }
}

/// The token of a link: the id of its row, then the first half of an HMAC over purpose and id.
#[derive(Clone, Copy)]
pub struct LinkToken {
    id: LinkId,
    mac: [u8; 16],
}

impl LinkToken {
    /// The token of the link `id` with its `mac`.
    #[must_use]
    pub fn new(id: LinkId, mac: [u8; 16]) -> Self {
        Self { id, mac }
    }

    /// The id of the link's row. Only to be trusted once the [`mac`](Self::mac) is checked.
    #[must_use]
    pub fn id(&self) -> LinkId {
        self.id
    }

    /// The first half of the HMAC.
    #[must_use]
    pub fn mac(&self) -> &[u8; 16] {
        &self.mac
    }

    /// The text in a link's fragment.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([*self.id.bytes(), self.mac].concat())
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// Text that is not a token answers `link_invalid`, like a forged token. It is not a fault of the
/// field.
impl TryFrom<String> for LinkToken {
    type Error = FieldCode;

    fn try_from(text: String) -> Result<Self, FieldCode> {
        if text.is_empty() {
            return Err(FieldCode::Required);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let (id, mac) = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(id), Some(mac)) if bytes.len() == 32 => (*id, *mac),
            _ => ([0; 16], [0; 16]),
        };
        Ok(Self { id: LinkId::from(id), mac })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_reads_back(id: [u8; 16], mac: [u8; 16]) {
            let token = LinkToken::new(LinkId::from(id), mac);

            let again = LinkToken::try_from(token.reveal()).unwrap();

            prop_assert_eq!(again.id(), token.id());
            prop_assert_eq!(again.mac(), token.mac());
        }
    }
}
