//! Why a call to AWS failed.

use std::error::Error;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Codes of refusals that pass by themselves: the SDK's lists.
const PASSING: [&str; 16] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Why a call failed. `E` is the service's error for its operation.
#[derive(Debug, thiserror::Error)]
pub enum Failure<E: Error + 'static> {
    /// The request could not be written. Nothing was sent.
    #[error("the request cannot be written")]
    Unwritten(#[source] BoxError),
    /// There was no connection. Nothing was sent.
    #[error("no connection")]
    Unconnected(#[source] BoxError),
    /// The service did not answer, or not readably. It may have done what was asked.
    #[error("no answer")]
    Unanswered(#[source] BoxError),
    /// The service refused.
    #[error("refused with {status}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The service's error.
        #[source]
        error: E,
    },
}

impl<E: Error + ProvideErrorMetadata> Failure<E> {
    /// The code of the service's error.
    pub fn code(&self) -> Option<&str> {
        self.refusal().and_then(ProvideErrorMetadata::code)
    }

    /// The service's error, if it refused.
    pub fn refusal(&self) -> Option<&E> {
        match self {
            Self::Refused { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether the same call may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unwritten(_) => false,
            Self::Unconnected(_) | Self::Unanswered(_) => true,
            Self::Refused { status, .. } => {
                matches!(status, 429 | 500 | 502 | 503 | 504)
                    || self.code().is_some_and(|code| PASSING.contains(&code))
            }
        }
    }

    /// Whether the service did nothing, so that the same call cannot be done twice: it was not
    /// reached, or turned the call away for its rate.
    pub fn is_without_effect(&self) -> bool {
        const TOO_MANY_REQUESTS: u16 = 429;
        match self {
            Self::Unconnected(_) => true,
            Self::Refused { status, .. } => *status == TOO_MANY_REQUESTS,
            Self::Unwritten(_) | Self::Unanswered(_) => false,
        }
    }
}
