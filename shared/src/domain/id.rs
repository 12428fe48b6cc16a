//! Identifiers: 128 random bits each, written in base64url.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The text is not an identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Its 16 bytes.
            #[must_use]
            pub fn bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl From<[u8; 16]> for $name {
            fn from(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = NotAnId;

            fn try_from(text: &str) -> Result<Self, NotAnId> {
                let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAnId)?;
                bytes.try_into().map(Self).map_err(|_| NotAnId)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                Self::try_from(text.as_str())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// The account of one household.
    TenantId
}
id! {
    /// A mailed link. A registration has the id of its link.
    LinkId
}
id! {
    /// A session.
    SessionId
}
id! {
    /// A notice: a mail without a link of its own.
    NoticeId
}
id! {
    /// An import of a file by a member of staff.
    ImportId
}
id! {
    /// A browser that has signed in before.
    DeviceId
}
