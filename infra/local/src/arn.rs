//! The ARNs of the local resources.

/// The region in the ARNs.
pub(crate) const REGION: &str = "eu-west-3";

/// The account in the ARNs.
pub(crate) const ACCOUNT: &str = "000000000000";

pub(crate) fn table_arn(table: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}")
}

/// The ARN of a table's stream.
pub(crate) fn stream_arn(table: &str) -> String {
    format!("{}/stream/local", table_arn(table))
}

/// The ARN of an identity of SES: an address or a domain.
pub(crate) fn identity_arn(identity: &str) -> String {
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:identity/{identity}")
}

/// The ARN of a configuration set of SES.
pub(crate) fn configuration_set_arn(set: &str) -> String {
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{set}")
}

pub(crate) fn function_arn(function: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}")
}

pub(crate) fn secret_arn(secret: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{secret}")
}
