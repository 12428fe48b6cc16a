//! One lease as the landlord's system writes it.

use jiff::civil::Date;
use shared::domain::FieldCode;
use shared::domain::{Contact, EmailAddress, Language, LeaseReference, LeaseTerms, Name};
use shared::http::problem::message;

/// The columns, and whether a file may lack them.
pub(crate) const COLUMNS: [(&str, bool); 8] = [
    ("lease", false),
    ("last_name", false),
    ("first_name", false),
    ("agency_name", false),
    ("agency_email", false),
    ("ends_on", false),
    ("adviser_name", true),
    ("adviser_email", true),
];

/// Why a line is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// The column at fault, if one is.
    column: Option<&'static str>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Field(FieldCode),
    InvalidDate,
    NotUtf8,
    WrongNumberOfFields,
    Malformed,
    Duplicate,
}

impl Fault {
    pub(crate) fn field(column: &'static str, code: FieldCode) -> Self {
        Self { column: Some(column), kind: Kind::Field(code) }
    }

    pub(crate) fn not_utf8() -> Self {
        Self { column: None, kind: Kind::NotUtf8 }
    }

    pub(crate) fn wrong_number_of_fields() -> Self {
        Self { column: None, kind: Kind::WrongNumberOfFields }
    }

    pub(crate) fn unknown_field() -> Self {
        Self { column: None, kind: Kind::Field(FieldCode::UnknownField) }
    }

    pub(crate) fn malformed() -> Self {
        Self { column: None, kind: Kind::Malformed }
    }

    pub(crate) fn duplicate() -> Self {
        Self { column: Some("lease"), kind: Kind::Duplicate }
    }

    /// What systems tell faults apart by.
    pub(crate) fn code(self) -> &'static str {
        match self.kind {
            Kind::Field(code) => code.code(),
            Kind::InvalidDate => "invalid_date",
            Kind::NotUtf8 => "not_utf8",
            Kind::WrongNumberOfFields => "wrong_number_of_fields",
            Kind::Malformed => "malformed_line",
            Kind::Duplicate => "duplicate_lease",
        }
    }

    /// What is wrong, with the column's name and nothing of what it holds.
    pub(crate) fn message(self, language: Language) -> String {
        let [french, english] = match self.kind {
            Kind::Field(code) => {
                [message(code, Language::French), message(code, Language::English)]
            }
            Kind::InvalidDate => [
                "La date doit exister et s’écrire AAAA-MM-JJ.",
                "The date must exist and be written YYYY-MM-DD.",
            ],
            Kind::NotUtf8 => ["La ligne n’est pas en UTF-8.", "The line is not in UTF-8."],
            Kind::WrongNumberOfFields => [
                "La ligne n’a pas autant de champs que l’en-tête.",
                "The line has not as many fields as the header.",
            ],
            Kind::Malformed => [
                "La ligne n’est pas un objet JSON de textes.",
                "The line is not a JSON object of texts.",
            ],
            Kind::Duplicate => [
                "Une ligne précédente donne autre chose pour ce bail.",
                "An earlier line says otherwise of this lease.",
            ],
        };
        let text = match language {
            Language::French => french,
            Language::English => english,
        };
        match (self.column, language) {
            (None, _) => text.to_owned(),
            (Some(column), Language::French) => format!("{column}\u{a0}: {text}"),
            (Some(column), Language::English) => format!("{column}: {text}"),
        }
    }
}

/// The lease that `field` tells of, column by column; an empty field is none.
pub(crate) fn lease<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<LeaseTerms, Fault> {
    let text = |column: &str| field(column).map(str::trim).filter(|text| !text.is_empty());
    let agency_name = required(text("agency_name"), "agency_name")?;
    let agency_email = required(text("agency_email"), "agency_email")?;
    let adviser = match (text("adviser_name"), text("adviser_email")) {
        (None, None) => None,
        (name, email) => Some(Contact {
            name: required(name, "adviser_name")?,
            email: required::<EmailAddress>(email, "adviser_email")?,
        }),
    };
    Ok(LeaseTerms {
        reference: required::<LeaseReference>(text("lease"), "lease")?,
        last_name: required::<Name>(text("last_name"), "last_name")?,
        first_name: text("first_name")
            .map(|name| required(Some(name), "first_name"))
            .transpose()?,
        agency: Contact { name: agency_name, email: agency_email },
        adviser,
        ends_on: text("ends_on").map(date).transpose()?,
    })
}

fn required<T>(text: Option<&str>, column: &'static str) -> Result<T, Fault>
where
    T: TryFrom<String, Error = FieldCode>,
{
    let text = text.ok_or(Fault::field(column, FieldCode::Required))?;
    T::try_from(text.to_owned()).map_err(|code| Fault::field(column, code))
}

/// An ISO 8601 date: `YYYY-MM-DD` and nothing else.
fn date(text: &str) -> Result<Date, Fault> {
    let fault = Fault { column: Some("ends_on"), kind: Kind::InvalidDate };
    let parsed: Date = text.parse().map_err(|_| fault)?;
    if parsed.to_string() == text { Ok(parsed) } else { Err(fault) }
}
