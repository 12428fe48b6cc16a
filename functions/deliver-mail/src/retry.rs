//! When the SDK may repeat a call to SES.

use aws_sdk_sesv2::config::interceptors::InterceptorContext;
use aws_sdk_sesv2::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_sesv2::error::ConnectorError;
use shared::error::chain;

/// Whether no connection was made, so that nothing can have been sent. The SDK only tells it in its
/// messages: "client error (Connect)", "HTTP connect timeout occurred after 1s".
pub(crate) fn is_unconnected(failure: &ConnectorError) -> bool {
    let chain = chain(failure);
    chain.contains("(Connect)") || chain.contains("HTTP connect timeout")
}

/// Lets the SDK repeat `SendEmail`, which is not idempotent, only if nothing was sent: SES refused
/// it for its rate, or there was no connection.
#[derive(Debug)]
pub(crate) struct OnlyWhereNothingWasSent;

impl ClassifyRetry for OnlyWhereNothingWasSent {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        const TOO_MANY_REQUESTS: u16 = 429;
        let throttled = context
            .response()
            .is_some_and(|response| response.status().as_u16() == TOO_MANY_REQUESTS);
        let unconnected = context
            .output_or_error()
            .and_then(Result::err)
            .and_then(|error| error.as_connector_error())
            .is_some_and(is_unconnected);
        if throttled || unconnected {
            RetryAction::NoActionIndicated
        } else {
            RetryAction::RetryForbidden
        }
    }

    fn name(&self) -> &'static str {
        "only where nothing was sent"
    }
}
