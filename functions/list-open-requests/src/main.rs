//! Runs [`list_open_requests`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(list_open_requests::function()).await
}
