//! The patterns for actions, resources and keys in policies.

/// Whether `text` matches `pattern`, in which `*` is any text and `?` any character.
pub(crate) fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', pattern_rest)), Some((_, text_rest))) => {
            is_like(pattern_rest, text) || is_like(pattern, text_rest)
        }
        (Some((b'*', pattern_rest)), None) => is_like(pattern_rest, text),
        (Some((wanted, pattern_rest)), Some((found, text_rest))) => {
            (wanted == found || *wanted == b'?') && is_like(pattern_rest, text_rest)
        }
        _ => false,
    }
}
