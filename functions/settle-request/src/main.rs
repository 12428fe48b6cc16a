//! Runs [`settle_request`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(settle_request::function()).await
}
