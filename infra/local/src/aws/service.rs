//! The services of AWS that this machine stands in for.

use serde::{Deserialize, Serialize};

/// A service of AWS that this machine stands in for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    /// `DynamoDB` and its streams.
    DynamoDb,
    /// SES v2.
    Ses,
    /// Secrets Manager.
    SecretsManager,
}

impl Service {
    /// Its name, which is also how IAM's actions of it begin.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Ses => "ses",
            Self::SecretsManager => "secretsmanager",
        }
    }
}
