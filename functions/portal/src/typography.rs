//! Typography: where no line may end.

/// No-break space.
const NO_BREAK: char = '\u{a0}';

/// The hyphen at which no line ends.
const NO_BREAK_HYPHEN: char = '\u{2011}';

/// `html` with no line end inside "e-mail", nor between a number and the word after it, as in "30 days"
/// or "1 000". Text inside tags is left alone.
pub(crate) fn keep_whole(html: &str) -> String {
    let mut result = String::with_capacity(html.len() + html.len() / 32);
    let mut in_tag = false;
    for (at, c) in html.char_indices() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        let (before, after) = (&html[..at], &html[at + c.len_utf8()..]);
        let kept = match c {
            _ if in_tag => None,
            '-' if is_e_mail(before, after) => Some(NO_BREAK_HYPHEN),
            ' ' | '\n' if ends_with_number(before) && after.starts_with(char::is_alphanumeric) => {
                Some(NO_BREAK)
            }
            _ => None,
        };
        result.push(kept.unwrap_or(c));
    }
    result
}

/// Whether a hyphen between the two is that of the word "e-mail", not that of somebody's address.
fn is_e_mail(before: &str, after: &str) -> bool {
    let Some(before) = before.strip_suffix(['e', 'E']) else { return false };
    let Some(after) = after.strip_prefix("mail") else { return false };
    let after = after.strip_prefix('s').unwrap_or(after);
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_');
    let begins = !before.ends_with(joins);
    let ends = match after.strip_prefix('.') {
        Some(after) => !after.starts_with(joins),
        None => !after.starts_with(joins),
    };
    begins && ends
}

/// Whether the last word of `text` is a number.
fn ends_with_number(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    word.len() < text.len() && !word.ends_with(char::is_alphanumeric)
}

/// `html` with the no-break spaces of French: before `:`, `;`, `!`, `?` and `»`, and after `«`.
/// Text inside tags is left alone.
pub(crate) fn french(html: &str) -> String {
    let mut result = String::with_capacity(html.len() + html.len() / 32);
    let mut in_tag = false;
    let mut characters = html.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        let next = characters.peek().copied();
        let kept = !in_tag
            && matches!(c, ' ' | '\n')
            && (next.is_some_and(|next| matches!(next, ':' | ';' | '!' | '?' | '»'))
                || result.ends_with('«'));
        result.push(if kept { NO_BREAK } else { c });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_punctuation_keeps_to_its_word() {
        assert_eq!(
            french("<p title=\"a : b\">Non ? « Si » : oui !</p>"),
            "<p title=\"a : b\">Non\u{a0}? «\u{a0}Si\u{a0}»\u{a0}: oui\u{a0}!</p>"
        );
        assert_eq!(french("Non\n? «\nSi\n»"), "Non\u{a0}? «\u{a0}Si\u{a0}»");
    }

    #[test]
    fn a_number_keeps_to_its_word() {
        assert_eq!(
            keep_whole("Sous 30 jours, 1 000 fois"),
            "Sous 30\u{a0}jours, 1\u{a0}000\u{a0}fois"
        );
        assert_eq!(keep_whole("within 24\nhours"), "within 24\u{a0}hours");
        assert_eq!(
            keep_whole("<a href=\"2 b\">WCAG 2.2. As</a> L12 b"),
            "<a href=\"2 b\">WCAG 2.2. As</a> L12 b"
        );
    }

    #[test]
    fn the_word_e_mail_is_whole_and_an_address_is_as_it_was() {
        assert_eq!(
            keep_whole("E-mail, (e-mails). e-mail."),
            "E\u{2011}mail, (e\u{2011}mails). e\u{2011}mail."
        );
        for address in ["contact@e-mail.fr", "e-mail@bailleur.fr", "une-mail", "e-mail.fr"] {
            assert_eq!(keep_whole(address), address);
        }
        assert_eq!(keep_whole("<i class=\"e-mail\">"), "<i class=\"e-mail\">");
    }
}
