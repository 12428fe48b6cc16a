//! The households of the journeys. Their leases are in the local stack from the start.

/// A household: its lease and its account.
#[derive(Clone, Copy, Debug)]
pub struct Household {
    /// The lease reference.
    pub lease: &'static str,
    /// The main signatory's last name.
    pub last_name: &'static str,
    /// The main signatory's first name.
    pub first_name: &'static str,
    /// The e-mail address.
    pub email: &'static str,
    /// The chosen password.
    pub password: &'static str,
}

impl Household {
    /// A household with a plain name.
    pub const MARTIN: Self = Self {
        lease: "12345678",
        last_name: "Martin",
        first_name: "Camille",
        email: "camille.martin@exemple.example",
        password: "quatre chevaux bleus 4",
    };
    /// A household with accents and a compound name.
    pub const LEFEVRE: Self = Self {
        lease: "00412837",
        last_name: "Lefèvre-Dubois",
        first_name: "Éloïse",
        email: "eloise@exemple.example",
        password: "trois lapins verts 3",
    };
    /// A household with an apostrophe in the name and a plus sign in the address.
    pub const NDIAYE: Self = Self {
        lease: "23456789",
        last_name: "N’Diaye",
        first_name: "Aminata",
        email: "aminata+loyer@exemple.example",
        password: "cinq tortues sages 5",
    };
    /// All of them.
    pub const ALL: [Self; 3] = [Self::MARTIN, Self::LEFEVRE, Self::NDIAYE];

    /// The household's row in the landlord's file, with the exit date `ends_on`.
    #[must_use]
    pub fn row(&self, ends_on: &str) -> String {
        let Self { lease, last_name, first_name, .. } = self;
        format!(
            "{lease},{last_name},{first_name},Agence des Lilas,lilas@bailleur.example,{ends_on},,"
        )
    }
}
