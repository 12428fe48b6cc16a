//! The description of this operation.

use shared::error::Problem;
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Schema, Success, integer, list, object, one_of,
    optional, required, text, truth,
};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Good lines are imported, the others are reported. The accounts follow their leases. \
    Importing the same file again changes nothing. A file that would end more than 5 \
    accounts, and more than 2 % of those it names, needs their number in `confirm`.",
    group: Group::Agency,
    route: Route::post("/api/agency/leases"),
    parameters: &[
        Parameter::in_query(
            "dry_run",
            truth("Whether to answer what would happen, and to write nothing", true),
        ),
        Parameter::in_query("confirm", integer("How many accounts the sender knows would end", 12)),
    ],
    body: Body::File(&[("text/csv", CSV), ("application/x-ndjson", NDJSON)]),
    successes: &[Success::ok(
        "The result of the import; of a dry run, the expected result",
        REPORT,
    )],
    problems: &[
        (Problem::TooManyEndings, "`ending` says how many accounts of how many would end"),
        (Problem::PayloadTooLarge, "Over 2 MiB, or 10 000 rows"),
        (Problem::UnsupportedMediaType, "Also a charset that nobody knows"),
        (Problem::InvalidFields, "The columns that the header lacks, or has twice; a parameter"),
    ],
};

const CSV: &str = "\
lease,last_name,first_name,agency_name,agency_email,ends_on,adviser_name,adviser_email
12345678,Martin,Camille,Agence des Lilas,lilas@bailleur.example,2027-12-31,,
";

const NDJSON: &str = r#"{"lease": "12345678", "last_name": "Martin", "first_name": "Camille", "agency_name": "Agence des Lilas", "agency_email": "lilas@bailleur.example", "ends_on": "2027-12-31"}
"#;

const REPORT: Schema = object(
    "The result of an import",
    &[
        required("received", integer("How many rows it has", 200)),
        required("created", integer("How many leases were new", 3)),
        required("updated", integer("How many have changed", 12)),
        required(
            "unchanged",
            integer("How many were known so, or say again what another row says", 184),
        ),
        required("rejected", list("The rows that were not taken", &REJECTED)),
        required("read_as", READ_AS),
        required("consequences", CONSEQUENCES),
    ],
)
.named("Report");

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
