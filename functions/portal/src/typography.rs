//! French typography: no-break spaces around punctuation.

/// No-break space.
const NO_BREAK: char = '\u{a0}';

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
    fn french_punctuation_is_joined_to_its_word() {
        assert_eq!(
            french("<p title=\"a : b\">Non ? « Si » : oui !</p>"),
            "<p title=\"a : b\">Non\u{a0}? «\u{a0}Si\u{a0}»\u{a0}: oui\u{a0}!</p>"
        );
        assert_eq!(french("Non\n? «\nSi\n»"), "Non\u{a0}? «\u{a0}Si\u{a0}»");
    }
}
