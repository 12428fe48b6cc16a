//! Runs [`deliver_mail`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(deliver_mail::function()).await
}
