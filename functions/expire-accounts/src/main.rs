//! Runs [`expire_accounts`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(expire_accounts::function()).await
}
