//! Wraps the lines of the text version.

/// Breaks a paragraph into lines of at most `width` characters.
///
/// It breaks only at plain spaces: not at a no-break space, and not inside a long word, which may
/// be an address or a link.
pub(super) fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += word_length;
    }
    if length > 0 {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_are_filled_up_to_the_width() {
        assert_eq!(wrap("un deux trois quatre", 9), ["un deux", "trois", "quatre"]);
        assert_eq!(wrap("été là", 6), ["été là"]);
    }

    #[test]
    fn a_no_break_space_does_not_break() {
        assert_eq!(wrap("valable 24\u{a0}heures", 12), ["valable", "24\u{a0}heures"]);
    }

    #[test]
    fn a_word_longer_than_the_width_stays_whole() {
        assert_eq!(wrap("ici https://exemple.fr/a là", 10), ["ici", "https://exemple.fr/a", "là"]);
    }

    #[test]
    fn an_empty_text_has_no_line() {
        assert!(wrap("  ", 10).is_empty());
    }
}
