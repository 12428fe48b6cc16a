//! Runs [`show_staff`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(show_staff::function()).await
}
