//! The columns of a file of leases, and the names that are accepted for them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::text::{flat, fold};

/// The longest part of a column's name in answers, in characters.
const MAX_SHOWN: usize = 60;

/// A column of a file of leases.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Lease,
    LastName,
    FirstName,
    AgencyName,
    AgencyEmail,
    EndsOn,
    AdviserName,
    AdviserEmail,
}

/// How many columns there are.
pub(super) const COLUMNS: usize = 8;

/// Every column with its names: first the English one, which faults and documents use, then the
/// French one that messages propose, then others. Case, accents, spaces, hyphens, underscores,
/// apostrophes and other marks are ignored.
///
/// | column | accepted names |
/// |---|---|
/// | `lease` | Référence client, Référence, Code contrat, Bail, Référence du bail, N° de bail |
/// | `last_name` | Nom, Nom du signataire, Nom du locataire |
/// | `first_name` | Prénom, Prénom du signataire, Prénom du locataire |
/// | `agency_name` | Agence, Nom de l’agence |
/// | `agency_email` | E-mail agence, Mail agence, Courriel agence, E-mail de l’agence |
/// | `ends_on` | Date de sortie, Date de fin, Fin de bail, Date de fin de bail |
/// | `adviser_name` | Conseiller, Conseillère, Nom du conseiller |
/// | `adviser_email` | E-mail conseiller, Mail conseiller, Courriel conseiller, E-mail du conseiller |
const NAMES: [(Column, &[&str]); COLUMNS] = [
    (
        Column::Lease,
        &[
            "lease",
            "Référence client",
            "Référence",
            "Réf client",
            "Code contrat",
            "Contrat",
            "Numéro de contrat",
            "N° de contrat",
            "N° contrat",
            "Bail",
            "Référence bail",
            "Référence du bail",
            "Code bail",
            "Numéro de bail",
            "N° de bail",
            "N° bail",
            "lease reference",
        ],
    ),
    (
        Column::LastName,
        &[
            "last_name",
            "Nom",
            "Nom du signataire",
            "Nom du signataire principal",
            "Nom signataire",
            "Nom du locataire",
            "Nom locataire",
            "Nom de famille",
            "surname",
        ],
    ),
    (
        Column::FirstName,
        &[
            "first_name",
            "Prénom",
            "Prénoms",
            "Prénom du signataire",
            "Prénom du signataire principal",
            "Prénom signataire",
            "Prénom du locataire",
            "Prénom locataire",
        ],
    ),
    (Column::AgencyName, &["agency_name", "Agence", "Nom de l’agence", "Nom agence", "agency"]),
    (
        Column::AgencyEmail,
        &[
            "agency_email",
            "E-mail agence",
            "Mail agence",
            "Courriel agence",
            "E-mail de l’agence",
            "Mail de l’agence",
            "Courriel de l’agence",
            "Adresse e-mail agence",
            "Adresse e-mail de l’agence",
            "Adresse mail agence",
            "Adresse mail de l’agence",
            "agency mail",
        ],
    ),
    (
        Column::EndsOn,
        &[
            "ends_on",
            "Date de sortie",
            "Date sortie",
            "Date de fin",
            "Date fin",
            "Fin de bail",
            "Fin du bail",
            "Date de fin de bail",
            "Date de fin du bail",
            "end date",
            "exit date",
        ],
    ),
    (
        Column::AdviserName,
        &[
            "adviser_name",
            "Conseiller",
            "Conseillère",
            "Nom du conseiller",
            "Nom de la conseillère",
            "Nom conseiller",
            "adviser",
        ],
    ),
    (
        Column::AdviserEmail,
        &[
            "adviser_email",
            "E-mail conseiller",
            "Mail conseiller",
            "Courriel conseiller",
            "E-mail du conseiller",
            "Mail du conseiller",
            "Courriel du conseiller",
            "E-mail conseillère",
            "E-mail de la conseillère",
            "Adresse e-mail conseiller",
            "Adresse e-mail du conseiller",
            "Adresse mail conseiller",
            "Adresse mail du conseiller",
            "adviser mail",
        ],
    ),
];

/// The columns by their folded names.
static BY_NAME: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
    let names = NAMES.iter().flat_map(|(column, names)| names.iter().map(|name| (*column, *name)));
    names.map(|(column, name)| (fold(name), column)).collect()
});

/// The columns by their folded names without accented letters. A gateway that passes a body on as
/// text replaces those letters by U+FFFD if the file is in Windows-1252.
static BY_DAMAGED_NAME: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
    let names = NAMES.iter().flat_map(|(column, names)| names.iter().map(|name| (*column, *name)));
    let damaged = names.filter(|(_, name)| !name.is_ascii()).map(|(column, name)| {
        let left: String = name.chars().filter(char::is_ascii).collect();
        (fold(&left), column)
    });
    damaged.collect()
});

impl Column {
    /// Every column, in the order of a complete file.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(column, _)| *column)
    }

    /// The column with this `name` in a header or a JSON object.
    pub(super) fn named(name: &str) -> Option<Self> {
        let by_name = if name.contains('\u{fffd}') { &BY_DAMAGED_NAME } else { &BY_NAME };
        by_name.get(&fold(name)).copied()
    }

    /// The English name.
    pub(super) fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// The French name that messages propose.
    pub(super) fn french(self) -> &'static str {
        self.names().get(1).copied().unwrap_or_default()
    }

    /// The position in a complete row.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Whether the header of a CSV file must have the column. An empty exit date removes the
    /// lease's exit date, so a file without that column would remove all of them.
    pub(super) fn is_in_every_header(self) -> bool {
        !matches!(self, Self::AdviserName | Self::AdviserEmail)
    }

    /// Whether the column must be filled in every row.
    pub(super) fn is_in_every_row(self) -> bool {
        matches!(self, Self::Lease | Self::LastName | Self::AgencyName | Self::AgencyEmail)
    }

    fn names(self) -> &'static [&'static str] {
        NAMES.get(self.index()).map(|(_, names)| *names).unwrap_or_default()
    }
}

/// The name of a column for answers: at most 60 visible characters. `None` if there are none.
pub(super) fn shown(name: &str) -> Option<String> {
    let shown: String = flat(name).chars().take(MAX_SHOWN).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_means_its_column_and_no_other() {
        for (column, names) in NAMES {
            for name in names {
                assert_eq!(Column::named(name), Some(column), "{name}");
                assert_eq!(Column::named(&name.to_uppercase()), Some(column), "{name}");
                let damaged: String =
                    name.chars().map(|c| if c.is_ascii() { c } else { '\u{fffd}' }).collect();
                assert_eq!(Column::named(&damaged), Some(column), "{damaged}");
            }
        }
        for (index, column) in Column::all().enumerate() {
            assert_eq!(column.index(), index);
        }
    }

    #[test]
    fn marks_case_and_spaces_in_a_name_are_ignored() {
        for (name, column) in [
            ("LEASE", Column::Lease),
            (" Last_Name ", Column::LastName),
            ("First Name", Column::FirstName),
            ("\u{feff}lease", Column::Lease),
            ("Ends_On\u{a0}", Column::EndsOn),
            ("email_agence", Column::AgencyEmail),
            ("Email Agence", Column::AgencyEmail),
            ("E-MAIL  DE L'AGENCE", Column::AgencyEmail),
            ("Re\u{301}fe\u{301}rence\nclient", Column::Lease),
            ("n° de bail", Column::Lease),
            ("\"Nom\"", Column::LastName),
            ("E-mail conseiller", Column::AdviserEmail),
        ] {
            assert_eq!(Column::named(name), Some(column), "{name}");
        }
        for name in ["", " ", "-", "ville", "loyer", "nomade", "é"] {
            assert_eq!(Column::named(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_in_an_answer_is_short_and_visible() {
        let shown = |name: &str| shown(name).unwrap_or_default();

        assert_eq!(shown(" Date\r\nd’entrée\u{200b} "), "Date d’entrée");
        assert_eq!(shown(&"é".repeat(200)), "é".repeat(60));
        assert_eq!(shown("\u{a0}"), "");
        assert_eq!(shown("a\0b\u{fffe}c"), "a b c");
        assert_eq!(shown("a\u{202e}b"), "a b");
    }
}
