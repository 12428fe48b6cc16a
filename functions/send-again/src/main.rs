//! Runs [`send_again`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(send_again::function()).await
}
