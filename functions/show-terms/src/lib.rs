//! Shows the version of the terms that tenants accept today.

use std::sync::Arc;

use serde::Serialize;
use shared::config::Config;
use shared::error::Error;
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, required, text, words,
};
use shared::http::{Function, Reply, public};

/// The page that shows the terms.
const PAGE: &str = "/conditions";

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "`register` and `update-account` accept only this version.",
    group: Group::Published,
    route: Route::get("/api/terms"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok(
        "The version and where it can be read",
        object(
            "The terms of use",
            &[
                required("version", words::TERMS_VERSION),
                required("url", text("The path of their page", "/conditions")),
            ],
        ),
    )],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

#[derive(Serialize)]
struct Terms<'a> {
    version: &'a str,
    url: &'static str,
}

/// Shows the present version and the address of its page.
async fn handle(config: Arc<Config>, (): ()) -> Result<Reply, Error> {
    Reply::ok(&Terms { version: &config.terms_version, url: PAGE })
}
