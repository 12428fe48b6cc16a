//! A trusted proxy in front of API Gateway: `CloudFront`, which sends a secret and the address of
//! the viewer.

use std::net::{IpAddr, SocketAddr};

use super::call::Call;
use crate::error::Error;

/// The header with the proxy's secret: a custom header of `CloudFront`'s origin.
const SECRET: &str = "x-proxy-secret";
/// `CloudFront`'s header with the viewer's address and port.
const VIEWER: &str = "cloudfront-viewer-address";

impl Call {
    /// Checks that the call came through the proxy in front, if the configuration demands one.
    ///
    /// # Errors
    ///
    /// `forbidden`.
    pub(super) fn check_proxy(&self) -> Result<(), Error> {
        let demands = self.config().trusted_proxy.as_ref().is_some_and(|proxy| proxy.is_demanded);
        if demands && !self.came_through_proxy() { Err(Error::Forbidden) } else { Ok(()) }
    }

    /// The viewer's address, if the call came through the proxy in front.
    pub(super) fn viewer(&self) -> Option<IpAddr> {
        if self.came_through_proxy() { address(self.header(VIEWER)?) } else { None }
    }

    /// Whether the call has a secret of the proxy in front.
    fn came_through_proxy(&self) -> bool {
        let proxy = self.config().trusted_proxy.as_ref();
        proxy.zip(self.header(SECRET)).is_some_and(|(proxy, shown)| proxy.sends(shown))
    }
}

/// The address in `viewer`. `CloudFront` writes an IPv6 address without brackets:
/// `2001:db8::1:443`.
fn address(viewer: &str) -> Option<IpAddr> {
    if let Ok(viewer) = viewer.parse::<SocketAddr>() {
        return Some(viewer.ip());
    }
    let (address, port) = viewer.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_cloudfronts_notation_is_read() {
        for (viewer, expected) in [
            ("203.0.113.9:443", Some("203.0.113.9")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("2001:db8::1:443", Some("2001:db8::1")),
            ("2001:db8:1:2:3:4:5:6:46532", Some("2001:db8:1:2:3:4:5:6")),
            ("203.0.113.9", None),
            ("203.0.113.9:port", None),
            ("203.0.113.9:70000", None),
            ("unknown:443", None),
            (":443", None),
            ("", None),
        ] {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(address(viewer), expected, "{viewer}");
        }
    }
}
