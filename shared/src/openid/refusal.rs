//! Why nobody is signed in, and where a person reads it.

/// The first of the agency's pages.
pub const AGENCY_PAGE: &str = "/agence";

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Refusal {
    /// The provider, or the person there, said no.
    Denied,
    /// The provider names no role or no agency for the person.
    NoRole,
    /// The provider does not say that a second factor was used.
    SecondFactor,
    /// The sign-in was begun too long ago, or in another browser, or is done already.
    Expired,
    /// The provider did not answer, or not as it should.
    Unavailable,
}

impl Refusal {
    /// Every refusal.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// Where a person reads why nobody is signed in.
    #[must_use]
    pub fn shown_at(self) -> String {
        format!("{AGENCY_PAGE}#{}", self.name())
    }

    /// The name that the agency's page finds behind the `#`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
