//! `cargo xtask generate` writes what follows from the operations; `cargo xtask new` lays out another.
//!
//! | module | what it is |
//! |---|---|
//! | [`generated`] | every file that is generated, wholly or between two marks |
//! | [`openapi`] | the document of the API, and [`schema`] what its values are |
//! | [`new`] | a new operation's files |

mod generated;
mod new;
mod openapi;
mod schema;

use std::env::args;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use crate::new::New;

/// How it is used.
const USAGE: &str = "\
cargo xtask generate
cargo xtask new change-language 'PUT /api/account/language'";

/// The root of the project.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["generate"] => generated::write(root()),
        ["new", operation, route] => {
            New::read(operation, route)?.lay_out(root())?;
            // The operation is among those that this program knows once it is built again.
            let generate = Command::new("cargo").args(["xtask", "generate"]).status()?;
            if generate.success() { Ok(()) } else { Err("generating failed".into()) }
        }
        _ => Err(USAGE.into()),
    }
}
