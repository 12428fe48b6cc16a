//! The members of staff who can sign in.

/// A member of staff.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name in addresses.
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// What the page says about it.
    pub(crate) about: &'static str,
    /// How it has signed in.
    pub(crate) amr: &'static [&'static str],
    pub(crate) roles: &'static [&'static str],
    pub(crate) agencies: &'static [&'static str],
}

const WITH_SECOND_FACTOR: &[&str] = &["pwd", "mfa"];

/// One for each role, and those who are turned away or see less.
pub(crate) const MEMBERS: &[Member] = &[
    Member {
        id: "reader",
        name: "Lucie Marchand",
        about: "reader, all agencies",
        amr: WITH_SECOND_FACTOR,
        roles: &["reader"],
        agencies: &["*"],
    },
    Member {
        id: "agent",
        name: "Karim Benali",
        about: "agent, all agencies",
        amr: WITH_SECOND_FACTOR,
        roles: &["agent"],
        agencies: &["*"],
    },
    Member {
        id: "supervisor",
        name: "Anne Lefèvre",
        about: "supervisor, all agencies",
        amr: WITH_SECOND_FACTOR,
        roles: &["supervisor"],
        agencies: &["*"],
    },
    Member {
        id: "agent-of-one-agency",
        name: "Paul Girard",
        about: "agent, one agency",
        amr: WITH_SECOND_FACTOR,
        roles: &["agent"],
        agencies: &["Agence de Lyon Part-Dieu"],
    },
    Member {
        id: "supervisor-of-one-agency",
        name: "Inès Roussel",
        about: "supervisor, one agency",
        amr: WITH_SECOND_FACTOR,
        roles: &["supervisor"],
        agencies: &["Agence de Lyon Part-Dieu"],
    },
    Member {
        id: "without-second-factor",
        name: "Marc Aubry",
        about: "supervisor, but signed in by password alone",
        amr: &["pwd"],
        roles: &["supervisor"],
        agencies: &["*"],
    },
    Member {
        id: "without-role",
        name: "Chloé Renard",
        about: "no role here",
        amr: WITH_SECOND_FACTOR,
        roles: &["accountant"],
        agencies: &["*"],
    },
];
