//! E-mail addresses, as they are written and as they are compared.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::FieldCode;

/// RFC 5321, 4.5.3.1.3, less the angle brackets; in octets.
const MAX_LENGTH: usize = 254;
/// RFC 5321, 4.5.3.1.1; in octets.
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address as its owner writes it, trimmed and NFC.
///
/// Equality is that of the spelling; two spellings of one mailbox have the same
/// [`folded`](Self::folded) form.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    local_part: String,
    domain: String,
    ascii_domain: String,
}

impl EmailAddress {
    /// What tells two addresses apart: lower case, the domain in A-labels. Dots and plus signs
    /// are kept, for they make another mailbox with many providers.
    #[must_use]
    pub fn folded(&self) -> String {
        format!("{}@{}", self.local_part.to_ascii_lowercase(), self.ascii_domain)
    }

    /// What a mail server is given: the local part as written, the domain in A-labels.
    #[must_use]
    pub fn deliverable(&self) -> String {
        format!("{}@{}", self.local_part, self.ascii_domain)
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local_part, self.domain)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.to_string()
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = FieldCode;

    fn try_from(text: String) -> Result<Self, FieldCode> {
        let text: String = text.trim().nfc().collect();
        if text.is_empty() {
            return Err(FieldCode::Required);
        }
        let (local_part, domain) = text.rsplit_once('@').ok_or(FieldCode::InvalidEmail)?;
        let ascii_domain = ascii_domain(domain).ok_or(FieldCode::InvalidEmail)?;
        let length = local_part.len() + 1 + ascii_domain.len();
        if !is_local_part(local_part) || length > MAX_LENGTH {
            return Err(FieldCode::InvalidEmail);
        }
        Ok(Self { local_part: local_part.to_owned(), domain: domain.to_lowercase(), ascii_domain })
    }
}

/// Whether `text` is a dot-string of RFC 5321: quoted local parts are nobody's identifier.
fn is_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_PART
        && text.split('.').all(|atom| {
            !atom.is_empty()
                && atom
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        })
}

/// `domain` in A-labels, if it is one of the public DNS: two labels and more, not an address.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    (!top.is_empty() && !top.bytes().all(|b| b.is_ascii_digit())).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn email(text: &str) -> EmailAddress {
        EmailAddress::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn spellings_of_one_mailbox_fold_alike() {
        for (text, folded) in [
            (" Jeanne.Martin@Example.FR ", "jeanne.martin@example.fr"),
            ("jeanne+loyer@example.fr", "jeanne+loyer@example.fr"),
            ("jeanne@École.example", "jeanne@xn--cole-9oa.example"),
            ("jeanne@E\u{301}cole.example", "jeanne@xn--cole-9oa.example"),
        ] {
            assert_eq!(email(text).folded(), folded);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "jeanne",
            "@example.fr",
            "jeanne@",
            "jeanne@example",
            "jeanne@example.",
            "jeanne@.fr",
            "jeanne@127.0.0.1",
            "jeanne@[127.0.0.1]",
            "je anne@example.fr",
            "\"jeanne\"@example.fr",
            ".jeanne@example.fr",
            "jeanne.@example.fr",
            "jean..ne@example.fr",
            "jérôme@example.fr",
            "jeanne@exa mple.fr",
            "jeanne@example.fr\r\nBcc: other@example.fr",
            "jeanne@exa_mple.fr",
            "a@b@example.fr ,c@example.fr",
        ] {
            let refused = EmailAddress::try_from(text.to_owned());
            assert_eq!(refused.unwrap_err(), FieldCode::InvalidEmail, "{text}");
        }
        let long = format!("{}@example.fr", "a".repeat(65));
        assert!(EmailAddress::try_from(long).is_err());
    }

    proptest! {
        #[test]
        fn a_folded_address_is_an_address_and_folds_to_itself(
            local in "[a-zA-Z0-9+_-]{1,20}(\\.[a-zA-Z0-9]{1,10})?",
            domain in "[a-zA-Zéèß]{1,20}\\.[a-zA-Z]{2,8}",
        ) {
            let email = email(&format!("{local}@{domain}"));
            let again = EmailAddress::try_from(email.folded()).unwrap();
            prop_assert_eq!(again.folded(), email.folded());
            prop_assert_eq!(again.to_string(), email.folded());
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,80}") {
            let _ = EmailAddress::try_from(text);
        }
    }
}
