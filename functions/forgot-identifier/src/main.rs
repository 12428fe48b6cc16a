//! Runs [`forgot_identifier`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(forgot_identifier::function()).await
}
