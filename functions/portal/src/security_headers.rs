//! Security headers of pages.

use std::iter;

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

/// The policy of the tenants' pages, after the sources of scripts and styles. They cannot be framed.
const FOR_TENANTS: &str = "img-src 'self'; connect-src 'self'; font-src 'self'; \
     manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The policy of the agency's pages, after the same. They have no font and no manifest, and no script
/// of theirs may turn a text into markup or code (Trusted Types).
const FOR_STAFF: &str = "img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// The headers of `page`.
pub(crate) fn of(page: Page) -> impl Iterator<Item = (&'static str, String)> {
    // robots.txt does not name these pages: whoever reads it need not know that they exist, and a
    // robot has to read a page to find this header.
    let robots = page.is_of_agency().then_some(("x-robots-tag", "noindex, nofollow"));
    let others = robots.into_iter().chain(SECURITY_HEADERS);
    let others = others.map(|(name, value)| (name, value.to_owned()));
    iter::once(("content-security-policy", policy(page))).chain(others)
}

/// The content security policy of `page`. No script is inline. The styles are, because a browser then
/// paints the page without another request: the policy allows these very texts, by their digests
/// (CSP 3, 8.3), and no other style.
fn policy(page: Page) -> String {
    let styles: Vec<_> = page.parts().styles.iter().map(|sheet| sheet.source).collect();
    let rest = if page.is_of_agency() { FOR_STAFF } else { FOR_TENANTS };
    format!("default-src 'none'; script-src 'self'; style-src {}; {rest}", styles.join(" "))
}
