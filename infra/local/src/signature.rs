//! Reads the signer of a request. Signatures are not verified, because local keys have no secrets.

/// The parts of an `Authorization` header of Signature Version 4.
#[derive(Debug, PartialEq)]
pub(crate) struct Signature {
    /// The access key.
    pub access_key: String,
}

impl Signature {
    /// Parses an `Authorization` header; `None` if it is incomplete.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let fields = header.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field = |name: &str| {
            fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        field("SignedHeaders").filter(|value| !value.is_empty())?;
        field("Signature").filter(|value| !value.is_empty())?;
        let scope: Vec<&str> = field("Credential")?.split('/').collect();
        let [access_key, _date, _region, _service, "aws4_request"] = scope.as_slice() else {
            return None;
        };
        (!access_key.is_empty()).then(|| Self { access_key: (*access_key).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_key_is_read() {
        let header = "AWS4-HMAC-SHA256 \
            Credential=deliver-mail/20260312/eu-west-3/dynamodb/aws4_request, \
            SignedHeaders=host;x-amz-date, Signature=0a1b";

        assert_eq!(
            Signature::parse(header),
            Some(Signature { access_key: "deliver-mail".to_owned() })
        );
    }

    #[test]
    fn other_headers_are_not_signatures() {
        for header in [
            "",
            "Bearer x",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=a/20260312/eu-west-3/execute-api/aws4_request",
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
            "AWS4-HMAC-SHA256 Credential=/d/r/s/aws4_request, SignedHeaders=host, Signature=0",
            "AWS4-HMAC-SHA256 Credential=a/d/r/s/aws4_request, SignedHeaders=host, Signature=",
        ] {
            assert_eq!(Signature::parse(header), None, "{header}");
        }
    }
}
