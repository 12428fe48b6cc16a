//! What a write answers.

use super::rules::Rule;

/// What a write answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a write that was not done has changed nothing"]
pub enum Write {
    /// It is done, all of it.
    Done,
    /// Nothing was done: something is no longer as it was read. Read again and decide anew.
    Stale,
    /// Nothing was done: this rule forbids it, however often one tries.
    Refused(Rule),
}

impl Write {
    /// Whether it is done.
    #[must_use]
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}

/// The answer where the conditions of these rules did not hold. What was read comes first: a rule
/// that forbids may only have seemed broken because of it.
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
    fn what_was_read_is_looked_at_again_before_a_rule_forbids() {
        assert_eq!(refused(&[Rule::AddressFree]), Write::Refused(Rule::AddressFree));
        assert_eq!(refused(&[Rule::AddressFree, Rule::LinkUsable]), Write::Stale);
        assert_eq!(refused(&[Rule::AccountAsRead]), Write::Stale);
    }
}
