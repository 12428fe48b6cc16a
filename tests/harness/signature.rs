//! How the landlord's system signs.

/// What the landlord's system signs its requests with; it is not verified here.
pub const SIGNATURE: &str = "AWS4-HMAC-SHA256 \
    Credential=AGENCY/20260101/eu-west-3/execute-api/aws4_request, SignedHeaders=host, Signature=00";
