//! The forms in which a text may stand in a line of the log, in lower case.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// Shorter forms stand in other words by chance.
const SHORTEST: usize = 6;

/// Each form of `text`, with its name. The text itself comes as it is.
pub(crate) fn of(text: &str) -> BTreeMap<String, &'static str> {
    let mut forms = BTreeMap::new();
    let mut add = |form: String, name| {
        let form = form.to_lowercase();
        if form.chars().count() >= SHORTEST || name == PLAIN {
            forms.entry(form).or_insert(name);
        }
    };
    add(text.to_owned(), PLAIN);
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    // Encoders leave some characters as they are.
    let unreserved = [("%2D", "-"), ("%2E", "."), ("%5F", "_"), ("%7E", "~")];
    let url = unreserved.iter().fold(percent.clone(), |url, (code, c)| url.replace(code, c));
    for form in [url.replace("%40", "@"), url, percent] {
        add(form.replace("%20", "+"), "form encoding");
        add(form, "percent encoding");
    }
    add(json!(text).to_string().trim_matches('"').to_owned(), "JSON escapes");
    add(in_ascii_json(text), "JSON escapes");
    add(text.escape_default().to_string(), "Rust escapes");
    for ahead in 0..3 {
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let bytes: Vec<u8> = [0].repeat(ahead).into_iter().chain(text.bytes()).collect();
            let code = engine.encode(&bytes);
            // Characters with bits of the neighbours are left out.
            let own = [0, 2, 3].get(ahead).copied().unwrap_or_default()..bytes.len() * 8 / 6;
            add(code.get(own).unwrap_or_default().to_owned(), "base64");
        }
    }
    add(
        text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }),
        "hexadecimal",
    );
    forms
}

/// The name of the text as it is.
pub(crate) const PLAIN: &str = "plain text";

/// `text` in JSON that is ASCII alone.
fn in_ascii_json(text: &str) -> String {
    let mut units = [0; 2];
    text.chars().fold(String::new(), |mut json, c| {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            ' '..='~' => json.push(c),
            _ => c.encode_utf16(&mut units).iter().for_each(|unit| {
                let _ = write!(json, "\\u{unit:04x}");
            }),
        }
        json
    })
}
