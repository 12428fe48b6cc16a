//! Starts the local stack: `make run`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use local::{LeasesError, Options, Stack, StartError};
use shared::config::Variables;
use tracing_subscriber::EnvFilter;

/// The directory of the state.
const DATA: &str = ".local";

/// Why the local stack cannot run.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Leases(#[from] LeasesError),
    #[error("PORT is not a port: {0}")]
    Port(String),
    #[error("FRESH is neither 1 nor 0: {0}")]
    Fresh(String),
}

#[tokio::main]
async fn main() -> ExitCode {
    let variables = Variables::of_this_process();
    trace(&variables);
    match run(&variables).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Logs warnings and errors in a form for people, or more if `RUST_LOG` asks for it.
fn trace(variables: &Variables) {
    // dynoxide warns of every failed condition, and failed conditions are normal here.
    let filter = variables.find("RUST_LOG").unwrap_or("warn,dynoxide=error");
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_target(false)
        .compact()
        .init();
}

async fn run(variables: &Variables) -> Result<(), RunError> {
    let leases = PathBuf::from(variables.find("LEASES").unwrap_or("events/leases.csv"));
    let options = options(variables, &leases)?;
    let stack = local::start(options).await?;
    welcome(&stack, &leases)?;
    end().await;
    stack.shutdown().await;
    Ok(())
}

fn options(variables: &Variables, leases: &Path) -> Result<Options, RunError> {
    let port = match variables.find("PORT") {
        Some(port) => port.parse().map_err(|_| RunError::Port(port.to_owned()))?,
        None => 3000,
    };
    Ok(Options {
        template: variables.find("TEMPLATE").unwrap_or("template.yaml").into(),
        port,
        data: Some(DATA.into()),
        fresh: is_fresh(variables.find("FRESH").unwrap_or("0"))?,
        overrides: BTreeMap::new(),
        leases: Some(leases.to_owned()),
        daily_jobs: true,
        journal: None,
    })
}

/// Whether `FRESH` asks to start over.
fn is_fresh(text: &str) -> Result<bool, RunError> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err(RunError::Fresh(text.to_owned())),
    }
}

#[expect(clippy::print_stdout, reason = "developers need these addresses")]
fn welcome(stack: &Stack, leases: &Path) -> Result<(), RunError> {
    let (address, aws) = (stack.address(), stack.aws_address());
    println!("The portal       {address}");
    println!("Mails and clock  {address}/_local");
    println!();
    let free = stack.free_leases(leases, 2)?;
    match free.as_slice() {
        [] => println!("Every lease of {} is taken.", leases.display()),
        free => {
            println!("Register with one of these leases:");
            for lease in free {
                println!("  {}  {}", lease.reference, lease.last_name);
            }
        }
    }
    println!();
    println!("For cargo lambda and the AWS CLI:");
    for service in ["DYNAMODB", "SESV2", "SECRETS_MANAGER"] {
        println!("  AWS_ENDPOINT_URL_{service}={aws}");
    }
    println!("  AWS_ENDPOINT_URL_LAMBDA={address}");
    println!("Whatever a function's own process needs: --env-file {DATA}/env");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "one clear message for the developer")]
fn complain(error: &RunError) {
    eprintln!("{error}");
}

/// Waits for a signal to stop.
async fn end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            },
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_accepts_every_spelling_of_yes() {
        for (text, fresh) in [("1", true), ("true", true), ("TRUE", true), ("0", false)] {
            assert_eq!(is_fresh(text).unwrap(), fresh, "{text}");
        }
        assert_eq!(is_fresh("maybe").unwrap_err().to_string(), "FRESH is neither 1 nor 0: maybe");
    }
}
