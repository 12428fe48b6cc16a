//! The result of a write.

use super::rules::Rule;

/// The result of a write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a write that was not done has changed nothing"]
pub enum Write {
    /// Everything was written.
    Done,
    /// Nothing was written: something has changed since it was read. Read and decide again.
    Stale,
    /// Nothing was written: this rule forbids it. Trying again does not help.
    Refused(Rule),
}

impl Write {
    /// Whether everything was written.
    #[must_use]
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}

/// The result when these rules are broken. A stale rule comes first: the others may only have
/// seemed broken because of the change.
pub(super) fn refused(broken: &[Rule]) -> Write {
    let stale = broken.iter().any(|rule| rule.is_about_what_was_read());
    match broken.first() {
        Some(rule) if !stale => Write::Refused(*rule),
        _ => Write::Stale,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_rule_takes_precedence_over_a_refusing_one() {
        assert_eq!(refused(&[Rule::AddressFree]), Write::Refused(Rule::AddressFree));
        assert_eq!(refused(&[Rule::AddressFree, Rule::LinkUsable]), Write::Stale);
        assert_eq!(refused(&[Rule::AccountAsRead]), Write::Stale);
    }
}
