//! The description of this operation.

use shared::error::Problem;
use shared::http::operation::{Body, Group, Operation, Parameter, Route, Success, integer, truth};
use shared::import::words::{CSV, NDJSON, REPORT};

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
