//! The words of imports, as several operations describe them.

use crate::http::operation::{
    Member, Schema, integer, list, object, one_of, optional, required, text,
};

/// A file in CSV, as an example.
pub const CSV: &str = "\
lease,last_name,first_name,agency_name,agency_email,ends_on,adviser_name,adviser_email
12345678,Martin,Camille,Agence des Lilas,lilas@bailleur.example,2027-12-31,,
";

/// The same in NDJSON.
pub const NDJSON: &str = r#"{"lease": "12345678", "last_name": "Martin", "first_name": "Camille", "agency_name": "Agence des Lilas", "agency_email": "lilas@bailleur.example", "ends_on": "2027-12-31"}
"#;

/// The result of an import.
pub const REPORT: Schema = object("The result of an import", REPORT_MEMBERS).named("Report");

/// The members of a report.
pub const REPORT_MEMBERS: &[Member] =
    &[RECEIVED, CREATED, UPDATED, UNCHANGED, REJECTED_ROWS, HOW_READ, WHAT_FOLLOWS];

/// How many rows the file has.
pub const RECEIVED: Member = required("received", integer("How many rows it has", 200));
/// How many leases are new.
pub const CREATED: Member = required("created", integer("How many leases were new", 3));
/// How many leases change.
pub const UPDATED: Member = required("updated", integer("How many have changed", 12));
/// How many leases do not change.
pub const UNCHANGED: Member = required(
    "unchanged",
    integer("How many were known so, or say again what another row says", 184),
);
/// The rows that are not taken.
pub const REJECTED_ROWS: Member =
    required("rejected", list("The rows that were not taken", &REJECTED));
/// How the file was read.
pub const HOW_READ: Member = required("read_as", READ_AS);
/// What follows for accounts.
pub const WHAT_FOLLOWS: Member = required("consequences", CONSEQUENCES);

const REJECTED: Schema = object(
    "A row that was not taken",
    &[
        required("line", integer("Its line in the file; the header is line 1", 16)),
        optional("column", text("The column at fault, as the file calls it", "ends_on")),
        required("code", text("What is wrong", "invalid_date")),
        required(
            "message",
            text("What is wrong and what to do about it", "ends_on: The date must exist."),
        ),
    ],
);

const READ_AS: Schema = object(
    "How the file was read",
    &[
        required(
            "delimiter",
            one_of("What stands between two fields; null in NDJSON", &[",", ";", "\t"]).or_null(),
        ),
        required("encoding", text("In lower case", "utf-8")),
        required("ignored_columns", list("What was left aside", &IGNORED_COLUMN)),
    ],
);

const IGNORED_COLUMN: Schema = text("The name of a column, or its position", "loyer");

const CONSEQUENCES: Schema = object(
    "What follows for accounts",
    &[
        required("ending", integer("How many end that did not, or end earlier", 4)),
        required("warned", integer("How many of those the next daily run warns", 1)),
        required("deactivated", integer("How many of those are deactivated within 8 days", 0)),
    ],
);
