//! E-mail addresses: as written, as compared, as delivered.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::FieldCode;
use super::text;

/// RFC 5321, 4.5.3.1.3, less the angle brackets; in octets.
const MAX_LENGTH: usize = 254;
/// RFC 5321, 4.5.3.1.1; in octets.
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address: the local part as its owner writes it, the domain in lower case and in the
/// letters of its language, without a dot at its end.
///
/// `==` compares spellings. Two spellings of one mailbox have the same [`folded`](Self::folded)
/// form.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    local_part: String,
    domain: String,
    ascii_domain: String,
}

impl EmailAddress {
    /// The form by which addresses are compared: lower case, the domain in A-labels. Dots and plus
    /// signs are kept, because many providers treat them as another mailbox.
    #[must_use]
    pub fn folded(&self) -> String {
        format!("{}@{}", self.local_part.to_ascii_lowercase(), self.ascii_domain)
    }

    /// The form for mail servers: the local part as written, the domain in A-labels.
    #[must_use]
    pub fn deliverable(&self) -> String {
        format!("{}@{}", self.local_part, self.ascii_domain)
    }

    /// The address with `hidden` for all but the first character of its local part: its owner
    /// recognises it, and nobody else learns it.
    #[must_use]
    pub fn masked_with(&self, hidden: &str) -> String {
        let first: String = self.local_part.chars().take(1).collect();
        format!("{first}{hidden}@{}", self.domain)
    }

    /// The part before the `@`.
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
        // White space inside is visible to the person who typed it, so it is a fault, not noise to
        // drop.
        if text::visible(&text).contains(char::is_whitespace) {
            return Err(FieldCode::InvalidEmail);
        }
        let text: String = text::line(&text)?.nfc().collect();
        if text.is_empty() {
            return Err(FieldCode::Required);
        }
        let (local_part, domain) = text.rsplit_once('@').ok_or(FieldCode::InvalidEmail)?;
        let ascii_domain = ascii_domain(domain).ok_or(FieldCode::InvalidEmail)?;
        let length = local_part.len() + 1 + ascii_domain.len();
        if !is_local_part(local_part) || length > MAX_LENGTH {
            return Err(FieldCode::InvalidEmail);
        }
        let domain = shown_domain(&ascii_domain);
        Ok(Self { local_part: local_part.to_owned(), domain, ascii_domain })
    }
}

/// Whether `text` is a dot-string of RFC 5321. Quoted local parts are not accepted.
fn is_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_PART
        && text.split('.').all(|atom| {
            !atom.is_empty()
                && atom
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        })
}

/// `domain` in A-labels (UTS 46, nontransitional), if mail can be sent there: at least two labels
/// of letters, digits and hyphens, each of at most 63 octets, 253 in all, the last a name of the
/// public DNS. IP addresses and host names are refused. A dot at the end is dropped.
fn ascii_domain(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix(['.', '。', '．', '｡']).unwrap_or(domain);
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    let is_public =
        top.len() >= 2 && (top.starts_with("xn--") || top.bytes().all(|b| b.is_ascii_alphabetic()));
    is_public.then(|| ascii.into_owned())
}

/// `ascii`, a domain in A-labels, as U-labels if these convert back to the same domain.
fn shown_domain(ascii: &str) -> String {
    let (unicode, valid) =
        Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    if valid.is_ok() && ascii_domain(&unicode).as_deref() == Some(ascii) {
        unicode.into_owned()
    } else {
        ascii.to_owned()
    }
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
            ("jeanne@XN--Cole-9oa.example", "jeanne@xn--cole-9oa.example"),
            ("jeanne@example.fr.", "jeanne@example.fr"),
            ("jeanne@example。fr", "jeanne@example.fr"),
            ("\u{feff}jeanne\u{200b}@example.fr\u{a0}", "jeanne@example.fr"),
            ("\u{202a}jeanne@example.fr\u{202c}", "jeanne@example.fr"),
            ("jeanne@exam\u{ad}ple.fr", "jeanne@example.fr"),
            ("a@ΣΑΣ.example", "a@xn--mxa9ab.example"),
            ("a@σας.example", "a@xn--mxa8ab.example"),
            ("a@İstanbul.example", "a@xn--istanbul-o0e.example"),
            ("a@straße.example", "a@xn--strae-oqa.example"),
            ("a@STRASSE.example", "a@strasse.example"),
            ("a@ab--cd.fr", "a@ab--cd.fr"),
            ("a@exemple.xn--p1ai", "a@exemple.xn--p1ai"),
        ] {
            assert_eq!(email(text).folded(), folded, "{text}");
        }
    }

    #[test]
    fn a_domain_in_either_form_is_one_address() {
        assert_eq!(email("jeanne@xn--cole-9oa.example"), email("jeanne@École.example"));
        assert_eq!(email("jeanne@xn--cole-9oa.example").to_string(), "jeanne@école.example");
        assert_eq!(email("a@ΣΑΣ.example").to_string(), "a@σασ.example");
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
            "jeanne\t@example.fr",
            "jeanne@exa_mple.fr",
            "a@b@example.fr ,c@example.fr",
            "jeanne@example.fr..",
            "jeanne@-example.fr",
            "jeanne@example-.fr",
            "jeanne@example.f",
            "jeanne@example.123",
            "jeanne@example.0x7f",
            "jeanne@xn--a.example",
            "jeanne@example..fr",
            "<jeanne@example.fr>",
        ] {
            let refused = EmailAddress::try_from(text.to_owned());
            assert_eq!(refused.unwrap_err(), FieldCode::InvalidEmail, "{text}");
        }
        let label = "a".repeat(63);
        for long in [
            format!("{}@example.fr", "a".repeat(65)),
            format!("jeanne@a{label}.fr"),
            format!("jeanne@{label}.{label}.{label}.{label}.fr"),
        ] {
            assert_eq!(EmailAddress::try_from(long).unwrap_err(), FieldCode::InvalidEmail);
        }
        for text in ["jeanne\0@example.fr", "jeanne@exam\u{202e}ple.fr"] {
            let refused = EmailAddress::try_from(text.to_owned());
            assert_eq!(refused.unwrap_err(), FieldCode::ForbiddenCharacter, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_folded_address_is_an_address_and_folds_to_itself(
            local in "[a-zA-Z0-9+_-]{1,20}(\\.[a-zA-Z0-9]{1,10})?",
            domain in "[a-zA-ZéèßçÉİıΣςσа-я中]{1,20}\\.[a-zA-Z]{2,8}\\.?",
        ) {
            let email = email(&format!("{local}@{domain}"));
            let again = EmailAddress::try_from(email.folded()).unwrap();
            let shown = EmailAddress::try_from(email.to_string()).unwrap();
            prop_assert_eq!(again.folded(), email.folded());
            prop_assert_eq!(&shown, &email);
            prop_assert_eq!(shown.folded(), email.folded());
        }

        #[test]
        fn whatever_is_taken_can_be_delivered_and_read_again(
            text in "[a-zA-Z.+]{1,8}@[\\PC--[@]]{1,20}\\.[\\PC--[@]]{1,6}",
        ) {
            if let Ok(email) = EmailAddress::try_from(text) {
                prop_assert!(email.deliverable().is_ascii());
                prop_assert!(email.deliverable().len() <= 254);
                prop_assert_eq!(EmailAddress::try_from(email.to_string()).unwrap(), email.clone());
                prop_assert_eq!(EmailAddress::try_from(email.folded()).unwrap().folded(), email.folded());
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,80}") {
            let _ = EmailAddress::try_from(text);
        }
    }
}
