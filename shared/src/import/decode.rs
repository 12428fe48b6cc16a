//! Decodes the bytes of a file.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::error::Error;

/// A file as text, and the encoding it was read in.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static Encoding,
}

/// The encoding that `content_type` declares, if any. ASCII is ignored, because systems declare it
/// without checking.
///
/// # Errors
///
/// `unsupported_media_type`, for an unknown encoding.
pub(super) fn declared(content_type: &str) -> Result<Option<&'static Encoding>, Error> {
    let charset = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').trim())
    });
    match charset {
        None | Some("") => Ok(None),
        Some(label) if label.to_ascii_lowercase().contains("ascii") => Ok(None),
        Some(label) => match Encoding::for_label_no_replacement(label.as_bytes()) {
            Some(encoding) => Ok(Some(encoding)),
            None => Err(Error::UnsupportedMediaType),
        },
    }
}

/// `bytes` as text, without a byte order mark. Bytes that cannot be decoded become U+FFFD.
///
/// The encoding is that of the byte order mark, else the declared one, else UTF-8. A file that is
/// not valid UTF-8 is read as Windows-1252, unless one of its lines can only be UTF-8: then the
/// other lines are damaged, and reading them as Windows-1252 would write wrong names.
pub(super) fn decode(bytes: Vec<u8>, declared: Option<&'static Encoding>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(&bytes) {
        let text = encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
        return Decoded { text: text.into_owned(), encoding };
    }
    let declared = declared.unwrap_or(UTF_8);
    if declared != UTF_8 {
        let text = declared.decode_without_bom_handling(&bytes).0.into_owned();
        return Decoded { text, encoding: declared };
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, encoding: UTF_8 },
        Err(error) => error.into_bytes(),
    };
    let mut lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    let has_utf8 = lines.any(|line| !line.is_ascii() && str::from_utf8(line).is_ok());
    let encoding = if has_utf8 { UTF_8 } else { WINDOWS_1252 };
    let text = encoding.decode_without_bom_handling(&bytes).0.into_owned();
    Decoded { text, encoding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], content_type: &str) -> (String, String) {
        let decoded = decode(bytes.to_vec(), declared(content_type).unwrap());
        (decoded.text, decoded.encoding.name().to_ascii_lowercase())
    }

    #[test]
    fn the_encoding_is_recognised() {
        let utf16: Vec<u8> = "\u{feff}Élise".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16_be: Vec<u8> = "\u{feff}Élise".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, content_type, text, encoding) in [
            (b"Elise".as_slice(), "text/csv", "Elise", "utf-8"),
            ("Élise".as_bytes(), "text/csv", "Élise", "utf-8"),
            ("\u{feff}Élise".as_bytes(), "text/csv;charset=latin1", "Élise", "utf-8"),
            (b"\xc9lise", "text/csv", "Élise", "windows-1252"),
            (b"\xc9lise", "text/csv; charset=utf-8", "Élise", "windows-1252"),
            (b"\xc9lise \x80", "text/csv; Charset=\"ISO-8859-1\"", "Élise €", "windows-1252"),
            (b"Elise", "text/csv; header=present; charset=windows-1252", "Elise", "windows-1252"),
            (b"\xa4", "text/csv; charset=iso-8859-15", "€", "iso-8859-15"),
            (b"\x83", "text/csv; charset=macintosh", "É", "macintosh"),
            (b"\xc9lise", "text/csv; charset=us-ascii", "Élise", "windows-1252"),
            (b"\xc9lise\n\xc3\x89lise", "text/csv", "\u{fffd}lise\nÉlise", "utf-8"),
            (&utf16, "text/csv", "Élise", "utf-16le"),
            (&utf16_be, "text/csv", "Élise", "utf-16be"),
        ] {
            assert_eq!(decoded(bytes, content_type), (text.to_owned(), encoding.to_owned()));
        }
        assert!(declared("text/csv; charset=klingon").is_err());
    }
}
