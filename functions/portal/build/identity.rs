//! What of the landlord's identity is an asset: the logo, the colours, the manifest.

use landlord::LANDLORD;
use serde_json::json;

/// Where the manifest finds the logo as a picture; `src/lib.rs` serves it there.
const LARGE_LOGO: &str = "/logo-512.png";

/// The logo, also for the tab.
pub fn logo() -> &'static str {
    LANDLORD.logo.svg
}

/// The colours of links, buttons and the focus. Contrast was checked when the landlord's file was
/// read: 4.5:1 at least on `--page`, `--card` and `--panel`.
pub fn colours() -> String {
    let palette = &LANDLORD.palette;
    format!(
        ":root {{ --accent: {}; --accent-strong: {}; --on-accent: #fff; }}\n\
         @media (prefers-color-scheme: dark) {{ \
         :root {{ --accent: {}; --accent-strong: {}; --on-accent: #0d1b28; }} }}\n\
         @media print {{ :root {{ --accent: #000; }} }}\n",
        palette.accent,
        palette.accent_strong,
        palette.accent_on_dark,
        palette.accent_strong_on_dark,
    )
}

/// What a browser calls the portal, and shows it with, on a home screen.
pub fn manifest() -> String {
    json!({
        "name": format!("Espace locataire – {}", LANDLORD.name),
        "short_name": LANDLORD.short_name,
        "lang": "fr",
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "background_color": "#f2f4f6",
        "theme_color": LANDLORD.palette.accent,
        "icons": [
            { "src": "./logo.svg", "type": "image/svg+xml", "sizes": "any" },
            { "src": LARGE_LOGO, "type": "image/png", "sizes": "512x512" },
        ],
    })
    .to_string()
}
