//! Runs [`record_mail_feedback`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(record_mail_feedback::function()).await
}
