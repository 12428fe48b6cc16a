//! The assets of the landlord's identity: the logo, the colours, the manifest.

use landlord::LANDLORD;
use serde_json::json;

/// The path of the logo as a picture, in the manifest. `src/lib.rs` serves it.
const LARGE_LOGO: &str = "/logo-512.png";

/// The logo, also used as the icon of the browser tab.
pub fn logo() -> &'static str {
    LANDLORD.logo.svg
}

/// The colours of links, buttons and the focus. Their contrast on `--page`, `--card` and `--panel`
/// is at least 4.5:1, which is checked when the landlord's file is read.
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

/// The web manifest: the portal's name and icon on a home screen.
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
