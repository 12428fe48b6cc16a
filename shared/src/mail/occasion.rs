//! The words for when something was done and from what kind of device.

use super::date;
use crate::domain::{DeviceKind, Language, Occasion, System, clock_in_paris};

/// The time: « le 27 novembre 2026 à 14 h 05 (heure de Paris) », "27 November 2026 at 14:05 (Paris
/// time)".
pub(super) fn moment(language: Language, occasion: &Occasion) -> String {
    let clock = clock_in_paris(occasion.at);
    let (day, hour, minute) = (clock.date(), clock.hour(), clock.minute());
    let day = date::in_words(language, day);
    match language {
        Language::French => {
            format!("le\u{a0}{day} à\u{a0}{hour}\u{a0}h\u{a0}{minute:02} (heure de\u{a0}Paris)")
        }
        Language::English => format!("{day} at\u{a0}{hour:02}:{minute:02} (Paris\u{a0}time)"),
    }
}

/// The device: « Firefox sur Windows », « un iPhone », "an unknown device".
pub(super) fn device(language: Language, kind: DeviceKind) -> String {
    match (kind.browser, kind.system, language) {
        (Some(browser), Some(system), Language::French) => format!("{browser} sur {system}"),
        (Some(browser), Some(system), Language::English) => format!("{browser} on {system}"),
        (Some(browser), None, _) => browser.to_string(),
        (None, Some(system), Language::French) => french(system).to_owned(),
        (None, Some(system), Language::English) => english(system).to_owned(),
        (None, None, Language::French) => "un appareil inconnu".to_owned(),
        (None, None, Language::English) => "an unknown device".to_owned(),
    }
}

fn french(system: System) -> &'static str {
    match system {
        System::Android => "un appareil Android",
        System::Chromebook => "un Chromebook",
        System::Ipad => "un iPad",
        System::Iphone => "un iPhone",
        System::Linux => "un appareil Linux",
        System::Mac => "un Mac",
        System::Windows => "un ordinateur Windows",
    }
}

fn english(system: System) -> &'static str {
    match system {
        System::Android => "an Android device",
        System::Chromebook => "a Chromebook",
        System::Ipad => "an iPad",
        System::Iphone => "an iPhone",
        System::Linux => "a Linux device",
        System::Mac => "a Mac",
        System::Windows => "a Windows computer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Browser;
    use crate::domain::Language::{English, French};

    fn at(instant: &str) -> Occasion {
        Occasion::by_landlord(instant.parse().unwrap())
    }

    fn said(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn a_time_is_written_in_the_time_zone_of_paris() {
        for (instant, french, english) in [
            (
                "2026-11-27T13:05:42.9Z",
                "le 27 novembre 2026 à 14 h 05 (heure de Paris)",
                "27 November 2026 at 14:05 (Paris time)",
            ),
            (
                "2026-07-31T22:00:00Z",
                "le 1er août 2026 à 0 h 00 (heure de Paris)",
                "1 August 2026 at 00:00 (Paris time)",
            ),
        ] {
            assert_eq!(said(&moment(French, &at(instant))), french);
            assert_eq!(said(&moment(English, &at(instant))), english);
        }
    }

    #[test]
    fn a_device_is_named_as_far_as_it_is_known() {
        let (browser, system) = (Some(Browser::SamsungInternet), Some(System::Android));
        for (kind, french, english) in [
            (
                DeviceKind { browser, system },
                "Samsung Internet sur Android",
                "Samsung Internet on Android",
            ),
            (DeviceKind { browser, system: None }, "Samsung Internet", "Samsung Internet"),
            (DeviceKind { browser: None, system }, "un appareil Android", "an Android device"),
            (DeviceKind::default(), "un appareil inconnu", "an unknown device"),
        ] {
            assert_eq!(device(French, kind), french);
            assert_eq!(device(English, kind), english);
        }
    }
}
