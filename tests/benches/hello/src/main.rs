//! A function that greets, as `cargo lambda new` writes it: the bare hello that cold starts are measured against.

use lambda_http::{Error, Request, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(|_: Request| async { Ok::<_, Error>("hello") })).await
}
