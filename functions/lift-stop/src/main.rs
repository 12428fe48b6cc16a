//! Runs [`lift_stop`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(lift_stop::function()).await
}
