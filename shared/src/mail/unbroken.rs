//! No-break spaces for texts from the landlord's file: numbers, hours and French punctuation.

/// The text with no-break spaces where a line must not end: after a number, inside an hour, and
/// before or after French punctuation.
pub(super) fn unbroken(text: &str) -> String {
    let mut bound = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        bound.push_str(word);
        if let Some(next) = words.peek() {
            bound.push(if binds(word, next) { '\u{a0}' } else { ' ' });
        }
    }
    bound
}

/// Whether `word` and `next` belong on one line.
fn binds(word: &str, next: &str) -> bool {
    let is_number = word.ends_with(|c: char| c.is_ascii_digit());
    let hour_goes_on = word == "h" && next.starts_with(|c: char| c.is_ascii_digit());
    let opens = word.ends_with('«');
    is_number || hour_goes_on || opens || next.starts_with([':', ';', '!', '?', '»'])
}

#[cfg(test)]
mod tests {
    use super::unbroken;

    #[test]
    fn numbers_hours_and_punctuation_stay_on_one_line() {
        for (text, bound) in [
            ("04 65 71 20 00", "04~65~71~20~00"),
            ("69007 Lyon", "69007~Lyon"),
            ("de 9 h à 17 h 30", "de 9~h à 17~h~30"),
            ("Monday to Friday, 9 am to 5.30 pm", "Monday to Friday, 9~am to 5.30~pm"),
            ("« Les Rives » : ouvert", "«~Les Rives~»~: ouvert"),
            ("", ""),
        ] {
            assert_eq!(unbroken(text), bound.replace('~', "\u{a0}"));
        }
    }
}
