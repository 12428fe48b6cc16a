//! `cargo xtask generate` writes the files made from the operations. `cargo xtask new` lays out a
//! new operation.
//!
//! | module | content |
//! |---|---|
//! | [`generated`] | every generated file, whole or between two marks |
//! | [`openapi`], [`schema`] | the OpenAPI document and the schemas of its values |
//! | [`stacks`] | the templates, and which of them declares a function |
//! | [`policies`] | what each function may do, in its template |
//! | [`routes`] | the routes of the API, in `template.yaml` |
//! | [`new`] | the files of a new operation |

mod generated;
mod new;
mod openapi;
mod policies;
mod routes;
mod schema;
mod stacks;

use std::env::args;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use crate::new::New;

/// The usage message.
const USAGE: &str = "\
cargo xtask generate
cargo xtask new change-language 'PUT /api/account/language'";

/// The root of the project.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[expect(clippy::print_stdout, reason = "it says what is left to do")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["generate"] => generated::write(root()),
        ["new", operation, route] => {
            let new = New::read(operation, route)?;
            new.lay_out(root())?;
            // This program knows the new operation only after it is built again.
            let generate = Command::new("cargo").args(["xtask", "generate"]).status()?;
            if !generate.success() {
                return Err("generating failed".into());
            }
            println!("{}", new.next_steps());
            Ok(())
        }
        _ => Err(USAGE.into()),
    }
}
