//! Which bounces show that an address has no mailbox. These stop mails to the address; how long is in
//! `shared/src/store/bounces.rs`.

/// The reason, if a permanent bounce shows that the recipient has no mailbox: by its subtype, and by
/// an enhanced status (RFC 3463) of 5.1.x if `status` or `diagnostic` has one. Policies, reputation
/// and full mailboxes are problems that pass.
pub(crate) fn no_mailbox(
    sub_type: &str,
    status: Option<&str>,
    diagnostic: Option<&str>,
) -> Option<String> {
    let known = ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList"];
    let sub_type = known.into_iter().find(|known| *known == sub_type)?;
    let diagnostic = diagnostic.unwrap_or_default();
    let statuses: Vec<&str> = status.into_iter().chain(diagnostic.split_whitespace()).collect();
    let statuses: Vec<&str> = statuses
        .into_iter()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()))
        .filter(|word| is_enhanced_status(word))
        .collect();
    if !statuses.iter().all(|status| status.starts_with("5.1.")) {
        return None;
    }
    let status = statuses.first().copied().unwrap_or("no status");
    Some(format!("{sub_type} {status}"))
}

/// Whether `word` is the code of a permanent failure, such as `5.1.1`.
fn is_enhanced_status(word: &str) -> bool {
    let mut parts = word.split('.');
    let digits =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.next() == Some("5")
        && parts.next().is_some_and(digits)
        && parts.next().is_some_and(digits)
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bounces_for_a_missing_mailbox_have_a_reason() {
        for (sub_type, status, diagnostic, missing) in [
            ("General", Some("5.1.1"), Some("smtp; 550 5.1.1 user unknown"), true),
            ("NoEmail", Some("5.1.1"), None, true),
            ("NoEmail", None, None, true),
            ("Suppressed", None, None, true),
            ("OnAccountSuppressionList", Some("5.1.1"), None, true),
            ("General", Some("5.7.1"), None, false),
            ("General", Some("5.7.26"), None, false),
            ("General", Some("5.2.2"), None, false),
            ("General", None, Some("smtp; 550 5.7.1 (blocked by policy)"), false),
            ("General", Some("5.1.1"), Some("smtp; 550 5.7.1 blocked"), false),
            ("General", Some("5.4.4"), None, false),
            ("ContentRejected", Some("5.1.1"), None, false),
            ("MailboxFull", Some("5.2.2"), None, false),
            ("AttachmentRejected", None, None, false),
        ] {
            let found = no_mailbox(sub_type, status, diagnostic);
            assert_eq!(found.is_some(), missing, "{sub_type} {status:?} {diagnostic:?}: {found:?}");
        }
    }
}
