//! Runs [`staff_sign_in`] as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(staff_sign_in::function()).await
}
