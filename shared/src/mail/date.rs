//! Dates and delays in words.

use jiff::civil::Date;

use crate::domain::Language;

/// The date in words, joined by no-break spaces: « 1er mars 2027 », "1 March 2027".
pub(super) fn in_words(language: Language, date: Date) -> String {
    let (day, year) = (date.day(), date.year());
    match language {
        Language::French if day == 1 => format!("1er\u{a0}{}\u{a0}{year}", french_month(date)),
        Language::French => format!("{day}\u{a0}{}\u{a0}{year}", french_month(date)),
        Language::English => date.strftime("%-d\u{a0}%B\u{a0}%Y").to_string(),
    }
}

/// A number of days from now: « demain », « dans 7 jours », "in 7 days".
pub(super) fn in_days(language: Language, days: i64) -> String {
    match (language, days) {
        (Language::French, ..=0) => "aujourd’hui".to_owned(),
        (Language::French, 1) => "demain".to_owned(),
        (Language::French, days) => format!("dans {days}\u{a0}jours"),
        (Language::English, ..=0) => "today".to_owned(),
        (Language::English, 1) => "tomorrow".to_owned(),
        (Language::English, days) => format!("in {days}\u{a0}days"),
    }
}

fn french_month(date: Date) -> &'static str {
    match date.month() {
        1 => "janvier",
        2 => "février",
        3 => "mars",
        4 => "avril",
        5 => "mai",
        6 => "juin",
        7 => "juillet",
        8 => "août",
        9 => "septembre",
        10 => "octobre",
        11 => "novembre",
        _ => "décembre",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{in_days, in_words};
    use crate::domain::Language::{English, French};

    #[test]
    fn a_date_is_written_in_words() {
        assert_eq!(in_words(French, date(2027, 3, 12)), "12\u{a0}mars\u{a0}2027");
        assert_eq!(in_words(English, date(2027, 3, 12)), "12\u{a0}March\u{a0}2027");
    }

    #[test]
    fn the_first_of_a_month_is_an_ordinal_in_french_only() {
        assert_eq!(in_words(French, date(2026, 8, 1)), "1er\u{a0}août\u{a0}2026");
        assert_eq!(in_words(English, date(2026, 8, 1)), "1\u{a0}August\u{a0}2026");
        assert_eq!(in_words(French, date(2026, 12, 31)), "31\u{a0}décembre\u{a0}2026");
    }

    #[test]
    fn a_delay_is_written_in_words() {
        assert_eq!(in_days(French, 30), "dans 30\u{a0}jours");
        assert_eq!(in_days(French, 1), "demain");
        assert_eq!(in_days(English, 7), "in 7\u{a0}days");
        assert_eq!(in_days(English, 0), "today");
    }
}
