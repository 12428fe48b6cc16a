//! The one place where connections to AWS are made.
//!
//! `aws-config` is not used. A function's credentials and region are in its environment, so a chain
//! of other providers would only cost size and time at cold start. TLS is rustls on ring: aws-lc
//! spends 25 ms of CPU on its first random draw.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;

use crate::config::{ConfigError, Reader, Variables};

/// The root certificates of AWS's endpoints, all from <https://www.amazontrust.com/repository/>.
/// Reading the machine's roots, about 140 that AWS does not use, takes longer at cold start than
/// everything else that a function does before its first call.
const ROOTS: &[u8] = include_bytes!("aws/roots.pem");

/// The HTTP client of a process, made once and shared by its AWS clients. Over TLS it connects to
/// AWS only.
///
/// # Panics
///
/// Never: the roots are compiled in.
#[must_use]
#[expect(clippy::expect_used, reason = "a test builds it too")]
pub fn http_client() -> SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(ROOTS);
    let context = TlsContext::builder().with_trust_store(roots).build().expect("trusted roots");
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https()
}

/// The endpoint, credentials, retries and timeouts for `service` (as in
/// `AWS_ENDPOINT_URL_<service>`).
///
/// # Errors
///
/// Names every variable that is missing.
pub fn config(
    service: &str,
    variables: &Variables,
    http: &SharedHttpClient,
) -> Result<SdkConfig, ConfigError> {
    let mut reader = Reader::new(variables);
    let region = Region::new(reader.text("AWS_REGION"));
    let credentials = Credentials::new(
        reader.text("AWS_ACCESS_KEY_ID"),
        reader.text("AWS_SECRET_ACCESS_KEY"),
        variables.find("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "environment",
    );
    reader.finish(())?;
    let endpoint = variables
        .find(&format!("AWS_ENDPOINT_URL_{service}"))
        .or_else(|| variables.find("AWS_ENDPOINT_URL"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http.clone())
        .retry_config(retries())
        .timeout_config(timeouts());
    config.set_endpoint_url(endpoint.map(str::to_owned));
    Ok(config.build())
}

/// How often the SDK tries a call.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(1))
}

/// How long one call may take, with all of its attempts. Serial calls share the invocation's time:
/// `Deadline::within` answers before that is over.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(7))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_roots_of_aws_are_trusted() {
        let roots = std::str::from_utf8(ROOTS).unwrap();
        assert_eq!(roots.matches("-----BEGIN CERTIFICATE-----").count(), 5);

        // Nobody listens at this endpoint, but the client reads the roots first and panics at a bad
        // one.
        let variables = [
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ACCESS_KEY_ID", "nobody"),
            ("AWS_SECRET_ACCESS_KEY", "nothing"),
            ("AWS_ENDPOINT_URL", "https://127.0.0.1:1"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = config("DYNAMODB", &variables.into_iter().collect(), &http_client()).unwrap();
        let tables = aws_sdk_dynamodb::Client::new(&config).list_tables().send();
        assert!(tables.await.is_err());
    }
}
