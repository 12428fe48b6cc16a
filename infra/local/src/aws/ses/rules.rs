//! SES's rules for addresses, tags and headers, with the texts of its errors where they are known.
//! SES's texts do not name the address, so these do not either.

/// The most recipients of one mail.
const MOST_RECIPIENTS: usize = 50;

/// The longest local part (RFC 5321).
const LONGEST_LOCAL: usize = 64;

/// The longest domain (RFC 1035).
const LONGEST_DOMAIN: usize = 255;

/// The longest label of a domain (RFC 1035).
const LONGEST_LABEL: usize = 63;

/// The longest name or value of a tag.
const LONGEST_TAG: usize = 256;

/// The longest name of a header.
const LONGEST_HEADER_NAME: usize = 126;

/// The longest value of a header.
const LONGEST_HEADER_VALUE: usize = 870;

/// Checks how many recipients a mail has.
pub(super) fn check_recipients(count: usize) -> Result<(), &'static str> {
    match count {
        0 => Err("There is no recipient."),
        1..=MOST_RECIPIENTS => Ok(()),
        _ => Err("Recipient count exceeds 50."),
    }
}

/// Checks an address, with or without a name, as in `Camille <camille@example.org>`.
pub(super) fn check_address(address: &str) -> Result<(), &'static str> {
    let Some((display, rest)) = address.rsplit_once('<') else {
        return check_bare_address(address);
    };
    let bare = rest.strip_suffix('>').ok_or("Missing '>'")?;
    check_display_name(display.trim())?;
    check_bare_address(bare)
}

/// Checks a display name. It must be ASCII; other names are sent as encoded words (RFC 2047).
fn check_display_name(name: &str) -> Result<(), &'static str> {
    if !name.is_ascii() {
        return Err("Display name contains non-ASCII characters");
    }
    if name.contains(|c: char| c.is_ascii_control()) {
        return Err("Display name contains control characters");
    }
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let special: &[char] = match quoted {
        Some(_) => &['"', '\\'],
        None => &['"', '\\', '(', ')', '<', '>', '[', ']', ':', ';', '@', ','],
    };
    if quoted.unwrap_or(name).contains(special) { Err("Illegal address") } else { Ok(()) }
}

fn check_bare_address(address: &str) -> Result<(), &'static str> {
    let (local, domain) = address.rsplit_once('@').ok_or("Missing final '@domain'")?;
    check_local_part(local)?;
    check_domain(domain)
}

fn check_local_part(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("Missing local name");
    }
    if !local.is_ascii() {
        return Err("Local address contains non-ASCII characters");
    }
    if local.contains(is_control_or_whitespace) {
        return Err("Local address contains control or whitespace");
    }
    if local.contains(['(', ')', '<', '>', ',', ';', ':', '\\', '"', '[', ']', '@']) {
        return Err("Local address contains illegal character");
    }
    if local.starts_with('.') {
        return Err("Local address starts with dot");
    }
    if local.ends_with('.') {
        return Err("Local address ends with dot");
    }
    if local.contains("..") {
        return Err("Local address contains dot-dot");
    }
    if local.len() > LONGEST_LOCAL {
        return Err("Local address is too long");
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), &'static str> {
    if domain.is_empty() {
        return Err("Missing domain");
    }
    if domain.contains(is_control_or_whitespace) {
        return Err("Domain contains control or whitespace");
    }
    if !domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') {
        return Err("Domain contains illegal character");
    }
    if domain.starts_with('.') {
        return Err("Domain starts with dot");
    }
    if domain.ends_with('.') {
        return Err("Domain ends with dot");
    }
    if domain.contains("..") {
        return Err("Domain contains dot-dot");
    }
    let is_label = |label: &str| {
        label.len() <= LONGEST_LABEL && !label.starts_with('-') && !label.ends_with('-')
    };
    if domain.len() > LONGEST_DOMAIN || !domain.split('.').all(is_label) {
        return Err("Domain is not a valid domain name");
    }
    Ok(())
}

fn is_control_or_whitespace(c: char) -> bool {
    c.is_ascii_control() || c.is_whitespace()
}

pub(super) fn check_tag(name: &str, value: &str) -> Result<(), &'static str> {
    let is_allowed = |text: &str| {
        let mut bytes = text.bytes();
        (1..=LONGEST_TAG).contains(&text.len())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    if !is_allowed(name) {
        return Err(
            "Invalid tag name: only alphanumeric ASCII characters, '_' and '-' are allowed.",
        );
    }
    if !is_allowed(value) {
        return Err(
            "Invalid tag value: only alphanumeric ASCII characters, '_' and '-' are allowed.",
        );
    }
    Ok(())
}

/// Checks a custom header.
pub(super) fn check_header(name: &str, value: &str) -> Result<(), &'static str> {
    let is_name = |byte: u8| byte.is_ascii_graphic() && byte != b':';
    if !(1..=LONGEST_HEADER_NAME).contains(&name.len()) || !name.bytes().all(is_name) {
        return Err("Invalid header name.");
    }
    let is_value = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if !(1..=LONGEST_HEADER_VALUE).contains(&value.len()) || !value.bytes().all(is_value) {
        return Err("Invalid header value.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_ses_takes() {
        let local_64 = format!("{}@example.org", "a".repeat(64));
        let local_65 = format!("{}@example.org", "a".repeat(65));
        let label_63 = format!("a@{}.example", "b".repeat(63));
        let label_64 = format!("a@{}.example", "b".repeat(64));
        let domain_255 = format!("a@{}b.example", "b.".repeat(123));
        let domain_257 = format!("a@{}b.example", "b.".repeat(124));

        for (address, fault) in [
            ("camille.roux+x@example.org", None),
            ("o'neil@xn--bcher-kva.example", None),
            ("Camille <camille@example.org>", None),
            ("\"Agence, Paris\" <agence@example.org>", None),
            ("=?UTF-8?Q?Agence_du_Ch=C3=A2teau?= <agence@example.org>", None),
            (&local_64, None),
            (&label_63, None),
            (&domain_255, None),
            ("", Some("Missing final '@domain'")),
            ("camille", Some("Missing final '@domain'")),
            ("camille@", Some("Missing domain")),
            ("@example.org", Some("Missing local name")),
            ("cam ille@example.org", Some("Local address contains control or whitespace")),
            ("camille\u{7f}@example.org", Some("Local address contains control or whitespace")),
            ("rené@example.org", Some("Local address contains non-ASCII characters")),
            ("a@b@example.org", Some("Local address contains illegal character")),
            (".camille@example.org", Some("Local address starts with dot")),
            ("camille.@example.org", Some("Local address ends with dot")),
            ("camille..roux@example.org", Some("Local address contains dot-dot")),
            (&local_65, Some("Local address is too long")),
            ("camille@exa mple.org", Some("Domain contains control or whitespace")),
            ("camille@example.org\n", Some("Domain contains control or whitespace")),
            ("camille@bücher.example", Some("Domain contains illegal character")),
            ("camille@exa_mple.org", Some("Domain contains illegal character")),
            ("camille@.example.org", Some("Domain starts with dot")),
            ("camille@example.org.", Some("Domain ends with dot")),
            ("camille@example..org", Some("Domain contains dot-dot")),
            ("camille@-example.org", Some("Domain is not a valid domain name")),
            ("camille@example-.org", Some("Domain is not a valid domain name")),
            (&label_64, Some("Domain is not a valid domain name")),
            (&domain_257, Some("Domain is not a valid domain name")),
            ("Agence, Paris <agence@example.org>", Some("Illegal address")),
            ("Château <a@example.org>", Some("Display name contains non-ASCII characters")),
            ("A\r\nBcc: b <a@example.org>", Some("Display name contains control characters")),
            ("Camille <camille@example.org", Some("Missing '>'")),
        ] {
            assert_eq!(check_address(address).err(), fault, "{address:?}");
        }
    }

    #[test]
    fn tags_have_letters_digits_underscores_and_dashes_only() {
        for (name, value, is_taken) in [
            ("row", "registration_0-Z", true),
            ("row", &"a".repeat(256), true),
            ("row", &"a".repeat(257), false),
            ("row", "registration#0", false),
            ("row", "registration.0", false),
            ("row", "", false),
            ("ro w", "a", false),
            ("rôle", "a", false),
            ("", "a", false),
        ] {
            assert_eq!(check_tag(name, value).is_ok(), is_taken, "{name:?} {value:?}");
        }
    }

    #[test]
    fn headers_are_ascii_and_one_line() {
        for (name, value, is_taken) in [
            ("Auto-Submitted", "auto-generated", true),
            ("X A", "b", false),
            ("X:A", "b", false),
            ("", "b", false),
            ("X-A", "b\r\nBcc: c@example.org", false),
            ("X-A", "é", false),
            ("X-A", &"b".repeat(871), false),
        ] {
            assert_eq!(check_header(name, value).is_ok(), is_taken, "{name:?} {value:?}");
        }
    }

    #[test]
    fn a_mail_has_1_to_50_recipients() {
        assert!(check_recipients(0).is_err());
        assert!(check_recipients(1).is_ok());
        assert!(check_recipients(50).is_ok());
        assert!(check_recipients(51).is_err());
    }
}
