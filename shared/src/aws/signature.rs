//! Signature Version 4, as far as our operations need it: a path of plain characters, no query.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! The key that it is made with holds for a day. The crate `aws-sigv4` derives it for every request,
//! which takes a third of all that a signature takes.

use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::tz::Offset;
use ring::{digest, hmac};

use super::operation::Unsigned;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Signs requests to one service in one region.
pub(super) struct Signer {
    access_key: String,
    secret_key: String,
    security_token: Option<HeaderValue>,
    region: String,
    service: &'static str,
    /// The key of a day.
    key: Mutex<Option<(String, hmac::Key)>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("service", &self.service).finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer with these credentials.
    ///
    /// # Errors
    ///
    /// When the security token cannot stand in a header.
    pub(super) fn new(
        access_key: String,
        secret_key: String,
        security_token: Option<&str>,
        region: String,
        service: &'static str,
    ) -> Result<Self, BoxError> {
        let security_token = security_token.map(HeaderValue::try_from).transpose()?;
        Ok(Self { access_key, secret_key, security_token, region, service, key: Mutex::default() })
    }

    /// The headers of `request` with those that sign it, at `now`. They have the host.
    pub(super) fn sign(&self, request: &Unsigned, now: Timestamp) -> Result<HeaderMap, BoxError> {
        let (day, time) = times(now);
        let mut headers = request.headers.clone();
        headers.insert(DATE, HeaderValue::try_from(&time)?);
        if let Some(token) = &self.security_token {
            headers.insert(SECURITY_TOKEN, token.clone());
        }
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let signed = names.join(";");
        let canonical = canonical(request, &headers, &names, &signed)?;

        let mut scope = String::with_capacity(64);
        write!(scope, "{day}/{}/{}/aws4_request", self.region, self.service)?;
        let mut text = String::with_capacity(192);
        write!(text, "AWS4-HMAC-SHA256\n{time}\n{scope}\n")?;
        push_hex(&mut text, digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let signature = hmac::sign(&self.key_of(&day), text.as_bytes());

        let mut authorization = String::with_capacity(320);
        write!(
            authorization,
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature=",
            self.access_key
        )?;
        push_hex(&mut authorization, signature.as_ref());
        headers.insert(AUTHORIZATION, HeaderValue::try_from(authorization)?);
        Ok(headers)
    }

    fn key_of(&self, day: &str) -> hmac::Key {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, key)) = kept.as_ref()
            && of == day
        {
            return key.clone();
        }
        let next = |key: &[u8], text: &str| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
        };
        let secret = format!("AWS4{}", self.secret_key);
        let key = next(secret.as_bytes(), day);
        let key = next(key.as_ref(), &self.region);
        let key = next(key.as_ref(), self.service);
        let key = next(key.as_ref(), "aws4_request");
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        *kept = Some((day.to_owned(), key.clone()));
        key
    }
}

/// The day and the second, in UTC, as signatures have them: `20271231` and `20271231T235959Z`.
fn times(now: Timestamp) -> (String, String) {
    let now = Offset::UTC.to_datetime(now);
    let day = format!("{:04}{:02}{:02}", now.year(), now.month(), now.day());
    let time = format!("{day}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second());
    (day, time)
}

/// The canonical form of `request` with `headers`, of which `names` are sorted.
fn canonical(
    request: &Unsigned,
    headers: &HeaderMap,
    names: &[&str],
    signed: &str,
) -> Result<String, BoxError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~/".contains(&byte);
    if !request.path.bytes().all(plain) || request.path.contains("//") {
        return Err("a path that would have to be encoded or normalised".into());
    }
    let mut text = String::with_capacity(768);
    write!(text, "{}\n{}\n\n", request.method, request.path)?;
    for name in names {
        let value = headers.get(*name).map(HeaderValue::to_str).transpose()?.unwrap_or_default();
        text.push_str(name);
        text.push(':');
        let mut words = value.split_ascii_whitespace();
        if let Some(first) = words.next() {
            text.push_str(first);
        }
        for word in words {
            text.push(' ');
            text.push_str(word);
        }
        text.push('\n');
    }
    text.push('\n');
    text.push_str(signed);
    text.push('\n');
    push_hex(&mut text, digest::digest(&digest::SHA256, &request.body).as_ref());
    Ok(text)
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for byte in bytes {
        let digits = [byte >> 4, byte & 15].map(|half| DIGITS.get(usize::from(half)));
        text.extend(digits.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;
    use bytes::Bytes;
    use http::Request;
    use http::header::HOST;
    use proptest::prelude::*;

    use super::*;

    fn signer(token: Option<&str>) -> Signer {
        let (access, secret) = ("AKID".to_owned(), "secret/key".to_owned());
        Signer::new(access, secret, token, "eu-west-3".to_owned(), "dynamodb").unwrap()
    }

    /// The headers of `request`, signed by AWS's own crate.
    fn signed_by_aws(request: &Unsigned, token: Option<&str>, second: u64) -> HeaderMap {
        let token = token.map(str::to_owned);
        let identity = Credentials::new("AKID", "secret/key", token, None, "test").into();
        let settings = SigningSettings::default();
        let params = SigningParams::builder()
            .identity(&identity)
            .region("eu-west-3")
            .name("dynamodb")
            .time(UNIX_EPOCH + Duration::from_secs(second))
            .settings(settings)
            .build()
            .unwrap();
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let uri = format!("https://host.example{}", request.path);
        let body = SignableBody::Bytes(&request.body);
        let signable = SignableRequest::new(request.method, uri, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
        let mut signed = Request::new(());
        *signed.headers_mut() = request.headers.clone();
        instructions.apply_to_request_http1x(&mut signed);
        std::mem::take(signed.headers_mut())
    }

    proptest! {
        #[test]
        fn a_request_is_signed_as_aws_s_own_crate_signs_it(
            body in proptest::collection::vec(any::<u8>(), 0..400),
            path in "(/[a-zA-Z0-9_~-]{1,12}){1,3}|/",
            target in "[A-Za-z0-9_.]{1,40}",
            spaced in "[a-z]{1,5}( {1,3}[a-z;=/-]{1,9}){0,3}",
            token in proptest::option::of("[A-Za-z0-9/+=]{1,300}"),
            second in 0_u64..4_000_000_000,
        ) {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("host.example"));
            headers.insert("x-amz-target", target.parse().unwrap());
            headers.insert("content-type", spaced.parse().unwrap());
            let request = Unsigned { method: "POST", path, headers, body: Bytes::from(body) };
            let signer = signer(token.as_deref());
            let now = Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();

            let theirs = signed_by_aws(&request, token.as_deref(), second);
            // The second time with a key that is kept.
            for _ in 0..2 {
                prop_assert_eq!(signer.sign(&request, now).unwrap(), theirs.clone());
            }
        }
    }

    #[test]
    fn the_key_of_one_day_does_not_sign_on_another() {
        let kept = signer(None);
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("host.example"))]);
        let (path, body) = ("/".to_owned(), Bytes::from_static(b"{}"));
        let request = Unsigned { method: "POST", path, headers, body };
        for second in ["2027-12-31T23:59:59Z", "2028-01-01T00:00:00Z", "2027-12-31T23:59:58Z"] {
            let now = second.parse().unwrap();
            let fresh = signer(None).sign(&request, now).unwrap();
            assert_eq!(kept.sign(&request, now).unwrap(), fresh, "{second}");
        }
    }

    #[test]
    fn a_path_that_would_have_to_be_encoded_or_normalised_is_refused() {
        let signer = signer(None);
        for path in ["/a b", "/%20", "/?query", "/é", "/.", "/a//b"] {
            let (headers, body) = (HeaderMap::new(), Bytes::new());
            let request = Unsigned { method: "POST", path: path.to_owned(), headers, body };
            assert!(signer.sign(&request, Timestamp::UNIX_EPOCH).is_err(), "{path}");
        }
    }
}
