//! The kind of device that a browser says it runs on.

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// Marks of pages that an app shows in a view of its own. The browser that such a view also names
/// is not the tenant's browser. On Apple's systems, most views name no browser.
const IN_APPS: [&str; 8] =
    ["; wv)", "FBAN/", "FBAV/", "FB_IAB/", "GSA/", "Instagram ", "LinkedInApp", "Line/"];

/// The name of each browser in `User-Agent`. Most browsers also carry the names listed after them,
/// so the order matters.
const BROWSERS: [(Browser, &[&str]); 6] = [
    (Browser::Edge, &["Edg/", "EdgA/", "EdgiOS/", "Edge/"]),
    (Browser::SamsungInternet, &["SamsungBrowser/"]),
    (Browser::Opera, &["OPR/", "OPT/", "OPX/", "OPiOS/", "Opera/"]),
    (Browser::Firefox, &["Firefox/", "FxiOS/"]),
    (Browser::Chrome, &["CriOS/", "Chrome/", "Chromium/"]),
    (Browser::Safari, &["Safari/"]),
];

/// The name of each system in `User-Agent`. An iPhone says "like Mac OS X" and Android says Linux,
/// so the order matters.
const SYSTEMS: [(System, &str); 7] = [
    (System::Iphone, "iPhone"),
    (System::Ipad, "iPad"),
    (System::Android, "Android"),
    (System::Windows, "Windows"),
    (System::Mac, "Macintosh"),
    (System::Chromebook, "CrOS"),
    (System::Linux, "Linux"),
];

/// The kind of a device: its browser and its system, as far as they are known.
///
/// It is stored and mailed instead of the `User-Agent` header, because a caller can put anything
/// into that header.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DeviceKind {
    /// The browser.
    #[serde(default, deserialize_with = "known", skip_serializing_if = "Option::is_none")]
    pub browser: Option<Browser>,
    /// The system.
    #[serde(default, deserialize_with = "known", skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
}

/// A browser.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they are names")]
pub enum Browser {
    Chrome,
    Edge,
    Firefox,
    Opera,
    Safari,
    #[strum(serialize = "Samsung Internet")]
    SamsungInternet,
}

/// An operating system. One that runs on a single kind of device has that device's name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they are names")]
pub enum System {
    Android,
    Chromebook,
    #[strum(serialize = "iPad")]
    Ipad,
    #[strum(serialize = "iPhone")]
    Iphone,
    Linux,
    Mac,
    Windows,
}

impl DeviceKind {
    /// The kind of device that a `User-Agent` header names. It contains nothing but our own names.
    ///
    /// An iPad that asks for desktop pages calls itself a Mac, so it is a Mac here.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let says = |mark: &str| user_agent.contains(mark);
        let system = SYSTEMS.iter().find(|(_, name)| says(name)).map(|(system, _)| *system);
        let in_app = IN_APPS.iter().any(|mark| says(mark));
        let mut named = BROWSERS.iter().filter(|(_, marks)| marks.iter().any(|mark| says(mark)));
        let browser = named.next().map(|(browser, _)| *browser);
        let browser = browser.filter(|browser| !in_app && browser.runs_on(system));
        Self { browser, system }
    }
}

impl Browser {
    /// Whether the browser runs on `system`. Tells Safari from browsers that also carry its name.
    fn runs_on(self, system: Option<System>) -> bool {
        let of_apple = matches!(system, Some(System::Ipad | System::Iphone | System::Mac));
        self != Self::Safari || of_apple
    }
}

/// A name that this version knows, else `None`: a mail that a later version stored is still sent.
fn known<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let name: StringDeserializer<D::Error> = String::deserialize(from)?.into_deserializer();
    Ok(T::deserialize(name).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Browser::{Chrome, Edge, Firefox, Opera, Safari, SamsungInternet};
    use super::System::{Android, Chromebook, Ipad, Iphone, Linux, Mac, Windows};
    use super::*;

    /// `User-Agent` headers of browsers, as of the end of 2026.
    const USER_AGENTS: [(Option<Browser>, Option<System>, &str); 21] = [
        (
            Some(Chrome),
            Some(Windows),
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Safari/537.36",
        ),
        (
            Some(Chrome),
            Some(Mac),
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like \
                 Gecko) Chrome/143.0.0.0 Safari/537.36",
        ),
        (
            Some(Chrome),
            Some(Linux),
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Safari/537.36",
        ),
        (
            Some(Chrome),
            Some(Chromebook),
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Safari/537.36",
        ),
        (
            Some(Chrome),
            Some(Android),
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Mobile Safari/537.36",
        ),
        (
            Some(Chrome),
            Some(Iphone),
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) CriOS/143.0.7499.92 Mobile/15E148 Safari/604.1",
        ),
        (
            Some(Edge),
            Some(Windows),
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
        ),
        (
            Some(Edge),
            Some(Android),
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/143.0.0.0 Mobile Safari/537.36 EdgA/143.0.0.0",
        ),
        (
            Some(Edge),
            Some(Iphone),
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 EdgiOS/143.3650.75 Mobile/15E148 Safari/605.1.15",
        ),
        (
            Some(Firefox),
            Some(Windows),
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0",
        ),
        (
            Some(Firefox),
            Some(Mac),
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:146.0) Gecko/20100101 \
                 Firefox/146.0",
        ),
        (
            Some(Firefox),
            Some(Linux),
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
        ),
        (
            Some(Firefox),
            Some(Android),
            "Mozilla/5.0 (Android 16; Mobile; rv:146.0) Gecko/146.0 Firefox/146.0",
        ),
        (
            Some(Firefox),
            Some(Ipad),
            "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) FxiOS/146.0 Mobile/15E148 Safari/605.1.15",
        ),
        (
            Some(Safari),
            Some(Iphone),
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
        ),
        (
            Some(Safari),
            Some(Ipad),
            "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
        ),
        // A Mac, or an iPad that asks for desktop pages.
        (
            Some(Safari),
            Some(Mac),
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/26.1 Safari/605.1.15",
        ),
        (
            Some(SamsungInternet),
            Some(Android),
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
        ),
        (
            Some(Opera),
            Some(Windows),
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0",
        ),
        (
            Some(Opera),
            Some(Android),
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Mobile Safari/537.36 OPR/93.0.0.0",
        ),
        (
            Some(Opera),
            Some(Iphone),
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.7 Mobile/15E148 Safari/604.1 OPT/6.2.1",
        ),
    ];

    #[test]
    fn browsers_and_systems_are_read_from_user_agents() {
        for (browser, system, user_agent) in USER_AGENTS {
            assert_eq!(DeviceKind::of(user_agent), DeviceKind { browser, system }, "{user_agent}");
        }
    }

    #[test]
    fn of_a_page_shown_by_an_app_only_the_system_is_known() {
        for (system, user_agent) in [
            (
                Iphone,
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Mobile/22H20 [FBAN/FBIOS;FBAV/540.0.0.36.80;FBDV/iPhone16,1]",
            ),
            (
                Iphone,
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) GSA/395.0.833 Mobile/15E148 Safari/604.1",
            ),
            (
                Android,
                "Mozilla/5.0 (Linux; Android 16; SM-S931B Build/BP2A; wv) AppleWebKit/537.36 \
                 (KHTML, like Gecko) Version/4.0 Chrome/143.0.7499.34 Mobile Safari/537.36 \
                 [FB_IAB/FB4A;FBAV/540.0.0.42.77;]",
            ),
            (
                Android,
                "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A; wv) AppleWebKit/537.36 \
                 (KHTML, like Gecko) Version/4.0 Chrome/143.0.7499.34 Mobile Safari/537.36 \
                 Instagram 410.0.0.45.111 Android",
            ),
        ] {
            let told = DeviceKind { browser: None, system: Some(system) };
            assert_eq!(DeviceKind::of(user_agent), told, "{user_agent}");
        }
    }

    #[test]
    fn an_unknown_user_agent_names_no_browser_and_no_system() {
        let long = "a".repeat(10_240);
        for user_agent in ["", " ", "curl/8.5.0", "\0\r\n\u{202e}", "firefox", "Safari/605", &long]
        {
            assert_eq!(DeviceKind::of(user_agent), DeviceKind::default(), "{user_agent}");
        }
    }

    #[test]
    fn any_header_becomes_our_own_names_only() {
        let hostile = "Firefox/<b>\r\nBcc: you@bad.example\0 \u{202e}iPhone";
        let long = "Firefox/1 ".repeat(1_024) + "Windows";
        for (user_agent, stored) in [
            (hostile, json!({ "browser": "firefox", "system": "iphone" })),
            (&long, json!({ "browser": "firefox", "system": "windows" })),
            ("SamsungBrowser/1", json!({ "browser": "samsung-internet" })),
            ("", json!({})),
        ] {
            let kind = DeviceKind::of(user_agent);
            assert_eq!(serde_json::to_value(kind).unwrap(), stored);
            assert_eq!(serde_json::from_value::<DeviceKind>(stored).unwrap(), kind);
        }
    }

    #[test]
    fn a_name_of_a_later_version_is_unknown() {
        let stored = json!({ "browser": "netscape", "system": "windows", "colour": "red" });

        let read: DeviceKind = serde_json::from_value(stored).unwrap();

        assert_eq!(read, DeviceKind { browser: None, system: Some(Windows) });
    }
}
