//! Mailed links: what they are for, and how their token is written.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::FieldCode;
use super::LinkId;

/// What a link is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Activating the account one has registered.
    Registration,
    /// Choosing another password without knowing the present one.
    PasswordReset,
    /// Showing that a new address is one's own.
    EmailChange,
    /// Taking an address change back.
    Revert,
    /// The agency's answer to what a tenant asked.
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

    /// Its name, as in the keys of the table, in answers and under the seal of its tokens.
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

/// What a link carries: the id of its row and the first half of an HMAC over purpose and id.
#[derive(Clone, Copy)]
pub struct LinkToken {
    id: LinkId,
    mac: [u8; 16],
}

impl LinkToken {
    /// The token of `id` with its `mac`.
    #[must_use]
    pub fn new(id: LinkId, mac: [u8; 16]) -> Self {
        Self { id, mac }
    }

    /// The row it names, if the [`mac`](Self::mac) holds.
    #[must_use]
    pub fn id(&self) -> LinkId {
        self.id
    }

    /// What shows that we made it.
    #[must_use]
    pub fn mac(&self) -> &[u8; 16] {
        &self.mac
    }

    /// As it is written in a link.
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

/// Whatever does not even look like a token is one that nobody made: `link_invalid`, not a fault of
/// the field.
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
