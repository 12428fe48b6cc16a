//! The services of AWS that the local stack imitates.

use serde::{Deserialize, Serialize};

/// A service of AWS that the local stack imitates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    /// `DynamoDB` and its streams.
    DynamoDb,
    /// SES v2.
    Ses,
    /// Secrets Manager.
    SecretsManager,
    /// The landlord's identity provider. It is not of AWS.
    OpenId,
}

impl Service {
    /// The name, which is also the prefix of the service's actions in IAM.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Ses => "ses",
            Self::SecretsManager => "secretsmanager",
            Self::OpenId => "openid",
        }
    }
}
