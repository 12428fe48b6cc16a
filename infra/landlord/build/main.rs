//! Reads the landlord's file and writes its Rust code.

mod fields;
mod icons;
mod palette;
mod write;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

#[expect(clippy::print_stderr, reason = "cargo shows a build script's standard error")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "cargo passes values to a build script in its environment"
)]
fn run() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=LANDLORD");
    // The whole folder, because the folder `own` may be added.
    println!("cargo::rerun-if-changed=.");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let wanted = env::var("LANDLORD").unwrap_or_default();
    let code = write::landlords(Path::new("."), &wanted, &out)?;
    fs::write(out.join("landlord.rs"), code)?;
    Ok(())
}
