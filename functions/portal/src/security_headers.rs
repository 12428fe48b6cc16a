//! Security headers of pages.

use crate::page::Page;

/// The security headers of every page, beside those of every response and its content security
/// policy.
const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("referrer-policy", "no-referrer"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// The policy of the tenants' pages. Pages have no inline script or style, and cannot be framed.
const FOR_TENANTS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The policy of the agency's pages. They have no font and no manifest, and no script of theirs may
/// turn a text into markup or code (Trusted Types).
const FOR_STAFF: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// The headers of `page`.
pub(crate) fn of(page: Page) -> impl Iterator<Item = (&'static str, &'static str)> {
    let policy = if page.is_of_agency() { FOR_STAFF } else { FOR_TENANTS };
    // robots.txt does not name these pages: whoever reads it need not know that they exist, and a
    // robot has to read a page to find this header.
    let robots = page.is_of_agency().then_some(("x-robots-tag", "noindex, nofollow"));
    let own = [("content-security-policy", policy)].into_iter().chain(robots);
    own.chain(SECURITY_HEADERS)
}
