//! A trusted proxy in front of API Gateway: `CloudFront`, which sends a secret and the address of
//! the viewer.

use std::net::{IpAddr, SocketAddr};

use crate::config::ProxySecret;

/// The header with the proxy's secret: a custom header of `CloudFront`'s origin.
const SECRET: &str = "x-proxy-secret";
/// `CloudFront`'s header with the viewer's address and port.
const VIEWER: &str = "cloudfront-viewer-address";

/// The viewer's address, if the call comes from a proxy that sends `secret`. `header` finds a
/// header of the call.
pub(super) fn source<'a>(
    secret: &ProxySecret,
    header: impl Fn(&str) -> Option<&'a str>,
) -> Option<IpAddr> {
    if secret.is(header(SECRET)?) { address(header(VIEWER)?) } else { None }
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
