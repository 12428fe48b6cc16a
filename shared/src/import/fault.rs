//! The faults of rows, and their messages.

use super::column::Column;
use crate::domain::{FieldCode, Language};
use crate::http::problem;

/// Why a row is rejected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    /// The column at fault, by its name in the file; absent if the whole row is at fault.
    column: Option<String>,
    kind: Kind,
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A field breaks a rule.
    Field(FieldCode),
    /// A date that does not exist, or is written in another format.
    InvalidDate,
    /// A date before 1990 or after 2100.
    ImplausibleDate,
    /// Bytes that are not text.
    NotUtf8,
    /// A quotation mark that is not closed, or stands alone.
    UnclosedQuote,
    /// Fewer fields than a lease needs.
    TooFewFields,
    /// Fields beyond the last column.
    TooManyFields,
    /// Not a JSON object.
    Malformed,
    /// A JSON value that is not a string.
    NotText,
    /// A JSON object with a repeated field.
    DuplicateField,
    /// Another row has other data for the same lease.
    DuplicateLease,
}

impl Kind {
    /// The fault of a whole row.
    pub(super) fn of_row(self) -> Fault {
        Fault { column: None, kind: self }
    }

    /// The fault of the column that the file calls `name`.
    pub(super) fn of(self, name: impl Into<String>) -> Fault {
        Fault { column: Some(name.into()), kind: self }
    }
}

impl Fault {
    /// The column at fault, by its name in the file; absent if the whole row is at fault.
    pub(super) fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The code in the API.
    pub(super) fn code(&self) -> &'static str {
        match self.kind {
            Kind::Field(code) => code.code(),
            Kind::InvalidDate => "invalid_date",
            Kind::ImplausibleDate => "implausible_date",
            Kind::NotUtf8 => "not_utf8",
            Kind::UnclosedQuote => "unclosed_quote",
            Kind::TooFewFields | Kind::TooManyFields => "wrong_number_of_fields",
            Kind::Malformed | Kind::NotText => "malformed_line",
            Kind::DuplicateField => "duplicate_column",
            Kind::DuplicateLease => "duplicate_lease",
        }
    }

    /// The fault and how to correct it, with the column's name but without its value.
    pub(super) fn message(&self, language: Language) -> String {
        let text = match (self.texts(), language) {
            (Some([french, _]), Language::French) => french.to_owned(),
            (Some([_, english]), Language::English) => english.to_owned(),
            (None, _) => match self.kind {
                Kind::Field(code) => problem::message("", code, language),
                _ => String::new(),
            },
        };
        match (&self.column, language) {
            (None, _) => text,
            (Some(column), Language::French) => format!("{column}\u{a0}: {text}"),
            (Some(column), Language::English) => format!("{column}: {text}"),
        }
    }

    fn texts(&self) -> Option<[&'static str; 2]> {
        let is_lease = || self.column().and_then(Column::named) == Some(Column::Lease);
        Some(match self.kind {
            Kind::Field(FieldCode::InvalidLease) if is_lease() => [
                "La référence n’a que des chiffres, 20 au plus, avec ou sans «\u{a0}L\u{a0}» devant, sans point ni exposant. Mettez la colonne au format Texte dans le tableur.",
                "The reference has digits only, 20 at most, with or without an “L” before them, no dot and no exponent. Format the column as text in the spreadsheet.",
            ],
            Kind::Field(_) => return None,
            Kind::InvalidDate => [
                "La date doit exister et s’écrire 2027-12-31 ou 31/12/2027. Laissez le champ vide si le bail n’a pas de fin.",
                "The date must exist and be written 2027-12-31 or 31/12/2027. Leave the field empty if the lease has no end.",
            ],
            Kind::ImplausibleDate => [
                "La date doit être comprise entre 1990 et 2100. Laissez le champ vide si le bail n’a pas de fin.",
                "The date must lie between 1990 and 2100. Leave the field empty if the lease has no end.",
            ],
            Kind::NotUtf8 => [
                "La ligne contient des caractères illisibles. Enregistrez le fichier en UTF-8 («\u{a0}CSV UTF-8\u{a0}»).",
                "The line has characters that cannot be read. Save the file in UTF-8 (“CSV UTF-8”).",
            ],
            Kind::UnclosedQuote => [
                "Un guillemet est seul ou mal fermé. Retirez-le, ou doublez-le s’il fait partie du texte, et mettez le texte entre guillemets.",
                "A quotation mark stands alone or is not closed where it should be. Remove it, or double it if it is part of the text, and put the text between quotation marks.",
            ],
            Kind::TooFewFields => [
                "La ligne a moins de champs qu’il n’en faut. Complétez-la.",
                "The line has fewer fields than needed. Complete it.",
            ],
            Kind::TooManyFields => [
                "La ligne a plus de champs que l’en-tête. Mettez entre guillemets le texte qui contient un séparateur.",
                "The line has more fields than the header. Put the text that contains a separator between quotation marks.",
            ],
            Kind::Malformed => [
                "La ligne n’est pas un objet JSON. Écrivez-en un par ligne, sans virgule entre les lignes.",
                "The line is not a JSON object. Write one a line, without commas between the lines.",
            ],
            Kind::NotText => [
                "La valeur doit être un texte entre guillemets.",
                "The value must be a text between quotation marks.",
            ],
            Kind::DuplicateField => [
                "Ce champ figure deux fois dans la ligne. Gardez-en un seul.",
                "This field stands twice in the line. Keep one only.",
            ],
            Kind::DuplicateLease => [
                "Une autre ligne dit autre chose de ce bail. Aucune des deux n’est prise\u{a0}: gardez la bonne.",
                "Another line says otherwise of this lease. Neither is taken: keep the right one.",
            ],
        })
    }
}
