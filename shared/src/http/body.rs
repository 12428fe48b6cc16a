//! The body of a request: its media type, and the largest size.

use super::call::Call;
use super::form::Form;
use crate::error::Error;

/// The largest body in bytes, except for imports of leases, whose limit is in `import-leases`.
const MAX_BODY: usize = 16 * 1024;

impl Call {
    /// The fields of the JSON body.
    ///
    /// # Errors
    ///
    /// `unsupported_media_type`, `payload_too_large`, `malformed_body`.
    pub fn form(&self) -> Result<Form, Error> {
        if self.media_type() != "application/json" {
            return Err(Error::UnsupportedMediaType);
        }
        Form::read(self.body(MAX_BODY)?)
    }

    /// The media type of the body, without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body.
    ///
    /// # Errors
    ///
    /// `payload_too_large` over `max` bytes; `malformed_body` if the event announces Base64 that
    /// cannot be decoded.
    pub fn body(&self, max: usize) -> Result<&[u8], Error> {
        let body = self.bytes().ok_or(Error::MalformedBody)?;
        if body.len() > max { Err(Error::PayloadTooLarge) } else { Ok(body) }
    }
}
