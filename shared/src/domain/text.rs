//! Text as people and systems send it. Invisible characters are dropped, control characters
//! refused.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::FieldCode;

/// `text` trimmed and without invisible characters.
///
/// Text copied from a mail, a PDF or a spreadsheet contains zero width characters, direction marks,
/// byte order marks, soft hyphens and no-break spaces that nobody sees.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(shows_nothing) {
        return Cow::Borrowed(text.trim_matches(is_around));
    }
    let kept: String = text.chars().filter(|c| !shows_nothing(*c)).collect();
    Cow::Owned(kept.trim_matches(is_around).to_owned())
}

/// `text` for a field of one line: visible characters and spaces between them.
///
/// # Errors
///
/// `not_allowed`: a line break, a tab or another control character inside, a character that
/// reorders others, U+FFFD, or a noncharacter.
pub fn line(text: &str) -> Result<String, FieldCode> {
    let text = visible(text);
    if text.chars().any(|c| is_break(c) || c == '\u{fffd}' || is_forbidden(c)) {
        return Err(FieldCode::ForbiddenCharacter);
    }
    Ok(text.into_owned())
}

/// `text` for a field of several lines: as [`line()`], with tabs, and line breaks as U+000A.
///
/// A joiner or a variation selector after a character beyond ASCII is kept, because it changes how
/// that emoji or letter looks.
///
/// # Errors
///
/// `not_allowed`: another control character, a character that reorders others, or a noncharacter.
pub fn lines(text: &str) -> Result<String, FieldCode> {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.trim_matches(|c| is_around(c) || shows_nothing(c)).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                kept.push('\n');
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            '\n' | '\t' => kept.push(c),
            c if shows_nothing(c) => {
                let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
                if joins && kept.ends_with(|last: char| !last.is_ascii()) {
                    kept.push(c);
                }
            }
            c if is_forbidden(c) => return Err(FieldCode::ForbiddenCharacter),
            c => kept.push(c),
        }
    }
    Ok(kept)
}

/// `text` on one line: each character that [`line()`] refuses becomes a space.
#[must_use]
pub fn flat(text: &str) -> String {
    let spaced: String = visible(text)
        .chars()
        .map(|c| if is_break(c) || is_forbidden(c) || c.is_whitespace() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The letters and digits of `text` only, without case or accents. Ligatures are spelled out.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        folded.extend(
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()),
        );
        return folded;
    }
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            c if is_apostrophe_letter(c) || shows_nothing(c) => {}
            c if c.is_alphanumeric() && !is_combining_mark(c) => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// Whether `c` is invisible: Unicode's `Default_Ignorable_Code_Point` and the interlinear marks,
/// without the characters that reorder others.
fn shows_nothing(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether `c` embeds, overrides or isolates the direction of the text after it.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether `c` is dropped at either end of a text. Phones and file managers put addresses between
/// two direction marks when they copy them.
fn is_around(c: char) -> bool {
    c.is_whitespace() || reorders(c)
}

/// Whether `c` ends a line or moves to the next column.
fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether `c` is refused inside a text.
fn is_forbidden(c: char) -> bool {
    let no_character = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    (c.is_control() && !is_break(c)) || reorders(c) || no_character
}

/// Whether `c` is a letter in Unicode but used as an apostrophe or a mark.
fn is_apostrophe_letter(c: char) -> bool {
    matches!(c, '\u{2b9}'..='\u{2df}' | '\u{2e5}'..='\u{2ff}' | '\u{a78b}' | '\u{a78c}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn invisible_characters_are_dropped() {
        for text in [
            "\u{200b}Martin",
            "Mar\u{200b}tin",
            "\u{200e}Martin\u{200f}",
            "\u{feff}Martin",
            "\u{a0}Martin\u{a0}\u{202f}",
            "Mar\u{ad}tin",
            "\u{202a}Martin\u{202c}",
            "\u{2068}Martin\u{2069}",
            "\t Mar\u{2060}tin\r\n",
            "Martin\u{3164}",
            "Marti\u{fe0f}n\u{e0020}",
        ] {
            assert_eq!(line(text).unwrap(), "Martin", "{text:?}");
            assert_eq!(lines(text).unwrap(), "Martin", "{text:?}");
        }
        assert_eq!(line("Le\u{a0}Goff").unwrap(), "Le\u{a0}Goff");
    }

    #[test]
    fn control_characters_and_noncharacters_are_refused() {
        for text in [
            "Mar\0tin",
            "Mar\u{1b}tin",
            "Mar\u{9d}tin",
            "Mar\u{202e}tin",
            "Mar\u{2067}tin",
            "Mar\u{ffff}tin",
            "Mar\u{fdd0}tin",
        ] {
            assert_eq!(line(text), Err(FieldCode::ForbiddenCharacter), "{text:?}");
            assert_eq!(lines(text), Err(FieldCode::ForbiddenCharacter), "{text:?}");
        }
        for text in ["Mar\ntin", "Mar\ttin", "Mar\u{2028}tin", "Mar\u{fffd}tin"] {
            assert_eq!(line(text), Err(FieldCode::ForbiddenCharacter), "{text:?}");
            assert!(lines(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_text_of_several_lines_keeps_its_lines_and_its_emoji() {
        assert_eq!(
            lines("un\r\ndeux\rtrois\u{2028}\tquatre\n").unwrap(),
            "un\ndeux\ntrois\n\tquatre"
        );
        let family = "merci \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f} !";
        assert_eq!(lines(family).unwrap(), family);
        assert_eq!(lines("bon\u{200d}jour").unwrap(), "bonjour");
    }

    #[test]
    fn apostrophes_of_every_kind_fold_away() {
        for apostrophe in [
            '\'', '’', '‘', '‛', '`', '´', '′', '\u{2b9}', '\u{2bb}', '\u{2bc}', '\u{2bd}',
            '\u{2c8}', '\u{2ee}', '\u{55a}', '\u{a78c}', '\u{ff07}', '\u{201a}',
        ] {
            assert_eq!(fold(&format!("FLOC{apostrophe}H")), "floch", "{apostrophe:?}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>()) {
            let once = visible(&text).into_owned();
            prop_assert_eq!(visible(&once), once.as_str());
            if let Ok(once) = lines(&text) {
                prop_assert_eq!(lines(&once), Ok(once.clone()));
            }
            if let Ok(once) = line(&text) {
                prop_assert_eq!(line(&once), Ok(once.clone()));
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
