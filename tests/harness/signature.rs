//! The signature of the landlord's system.

/// The signature of the landlord's system. It is not verified locally.
pub const SIGNATURE: &str = "AWS4-HMAC-SHA256 \
    Credential=AGENCY/20260101/eu-west-3/execute-api/aws4_request, SignedHeaders=host, Signature=00";
