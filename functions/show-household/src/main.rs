//! Runs [`show_household`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(show_household::function()).await
}
