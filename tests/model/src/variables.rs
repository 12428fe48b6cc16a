//! The environment variables with which the model and the simulated years start functions.

use std::collections::BTreeMap;

/// The variables. Hashing costs as little as Argon2 allows, and no address is ever called.
pub fn variables() -> BTreeMap<String, String> {
    let variables = [
        ("ARGON2_ITERATIONS", "1"),
        ("ARGON2_MEMORY_KIB", "8"),
        ("AUDIENCE", "extranet"),
        ("AWS_ACCESS_KEY_ID", "simulated"),
        ("AWS_ENDPOINT_URL", "http://simulated"),
        ("AWS_REGION", "eu-west-3"),
        ("AWS_SECRET_ACCESS_KEY", "simulated"),
        ("ENVIRONMENT", "simulated"),
        ("ISSUER", "https://locataires.example"),
        ("MAIL_FROM", "ne-pas-repondre@bailleur.example"),
        ("PORTAL_URL", "https://locataires.example"),
        ("SECRET_ID", "secret"),
        ("TENANTS_TABLE", "tenants"),
        ("TERMS_VERSION", "1"),
        ("TOKENS_TABLE", "tokens"),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
