//! Runs [`record_mail_feedback`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::lambda::serve(record_mail_feedback::function()).await
}
