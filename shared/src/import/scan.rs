//! Splits a text into CSV records and physical lines.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

use crate::domain::text::visible;

/// The longest record of several lines, in bytes: twice the limit of a spreadsheet's cell. With
/// this limit, reading takes linear time even with many open quotation marks.
const MAX_SPAN: usize = 64 * 1024;

/// One record of a CSV text.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) fields: Vec<Cow<'a, str>>,
    /// The position of the next record.
    pub(super) end: usize,
    /// The first quoted field with a line break, and its end.
    pub(super) spanning: Option<(usize, usize)>,
    /// The first field whose quotation marks are not closed correctly. Then the record is the
    /// physical line.
    pub(super) unclosed: Option<usize>,
}

/// The record of `text` that begins at `start` (RFC 4180, with any line endings, and with space
/// around quotation marks). A record of several lines has at most `columns` fields that are not
/// empty.
pub(super) fn record(text: &str, start: usize, delimiter: u8, columns: usize) -> Record<'_> {
    let mut record = Record { fields: Vec::new(), end: start, spanning: None, unclosed: None };
    let of_line = |record, unclosed| {
        let (_, end) = line(text, start);
        Record { end, spanning: None, unclosed: Some(unclosed), ..record }
    };
    loop {
        let index = record.fields.len();
        let Some((field, after)) = field(text, record.end, delimiter) else {
            return of_line(record, index);
        };
        let is_quoted = matches!(field, Field::Quoted(_));
        let value = match field {
            Field::Plain(value) => value.into(),
            Field::Quoted(value) => value,
        };
        if is_quoted && record.spanning.is_none() && has_break(&value) {
            record.spanning = Some((index, after));
        }
        if let Some((first, _)) = record.spanning {
            let is_surplus = index >= columns && !visible(&value).is_empty();
            if is_surplus || after - start > MAX_SPAN {
                return of_line(record, first);
            }
        }
        record.fields.push(value);
        if text.as_bytes().get(after) == Some(&delimiter) {
            record.end = after + 1;
        } else {
            record.end = after_break(text, after);
            return record;
        }
    }
}

/// The physical line of `text` that begins at `start`, as a record. Quotation marks are plain text.
pub(super) fn plain_record(text: &str, start: usize, delimiter: u8) -> Record<'_> {
    let (line, end) = line(text, start);
    let fields = line.split(char::from(delimiter)).map(Cow::Borrowed).collect();
    Record { fields, end, spanning: None, unclosed: None }
}

/// The physical line of `text` that begins at `start`, without its line ending, and the start of
/// the next.
pub(super) fn line(text: &str, start: usize) -> (&str, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let length = memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
    (rest.get(..length).unwrap_or_default(), after_break(text, start + length))
}

/// The number of physical lines of `text`. A line ends with LF, CR LF, CR or the text.
pub(super) fn count_lines(text: &str) -> usize {
    let mut at = 0;
    let mut count = 0;
    while at < text.len() {
        at = line(text, at).1;
        count += 1;
    }
    count
}

enum Field<'a> {
    Plain(&'a str),
    Quoted(Cow<'a, str>),
}

/// The field of `text` that begins at `start`, and its end: a delimiter, a line break or the end of
/// `text`. `None` if its quotation marks are not closed before one of these.
fn field(text: &str, start: usize, delimiter: u8) -> Option<(Field<'_>, usize)> {
    let bytes = text.as_bytes();
    let rest = bytes.get(start..)?;
    let length = memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
    let plain = text.get(start..start + length)?;
    if !visible_start(plain).starts_with('"') {
        return Some((Field::Plain(plain), start + length));
    }
    let opened = start + plain.find('"')? + 1;
    let mut at = opened;
    loop {
        at += memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(at + 1) != Some(&b'"') {
            break;
        }
        at += 2;
    }
    let value = text.get(opened..at)?;
    let rest = bytes.get(at + 1..)?;
    let length = memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
    let end = at + 1 + length;
    if !visible(text.get(at + 1..end)?).is_empty() {
        return None;
    }
    let value = if value.contains('"') { value.replace("\"\"", "\"").into() } else { value.into() };
    Some((Field::Quoted(value), end))
}

/// `text` from its first visible character.
fn visible_start(text: &str) -> &str {
    match text.as_bytes().first() {
        Some(byte) if byte.is_ascii_graphic() => text,
        _ => {
            let mut chars = text.chars();
            let mut rest = text;
            while let Some(c) = chars.next() {
                if !visible(c.encode_utf8(&mut [0; 4])).is_empty() {
                    break;
                }
                rest = chars.as_str();
            }
            rest
        }
    }
}

fn has_break(text: &str) -> bool {
    memchr2(b'\n', b'\r', text.as_bytes()).is_some()
}

/// The position after the line break at `at`, or `at` if there is none.
fn after_break(text: &str, at: usize) -> usize {
    match (text.as_bytes().get(at), text.as_bytes().get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => at + 2,
        (Some(b'\r' | b'\n'), _) => at + 1,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str) -> Vec<String> {
        record(text, 0, b',', usize::MAX).fields.into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn a_field_may_be_quoted_with_space_around() {
        assert_eq!(fields("a, \"b, c\" ,\"d \"\"e\"\"\"\n"), ["a", "b, c", "d \"e\""]);
        assert_eq!(fields("\u{feff}\"a\",\u{a0}\"b\"\u{a0},\r\n"), ["a", "b", ""]);
        assert_eq!(fields("a\"b\",c"), ["a\"b\"", "c"]);
        assert_eq!(fields("\"\""), [""]);
    }

    #[test]
    fn a_line_with_a_stray_quotation_mark_is_one_record() {
        for (text, unclosed) in [
            ("a,\"b\nc,d\n", 1),
            ("\"a\" b,c\nd\n", 0),
            ("a,b,\"\r\n\r\n", 2),
            ("\"a\nb,\"c\",d\n", 0),
        ] {
            let record = record(text, 0, b',', usize::MAX);
            assert_eq!(record.unclosed, Some(unclosed), "{text}");
            assert_eq!(record.end, text.find('\n').unwrap() + 1, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_alike() {
        for text in ["a\nb\n\nc", "a\r\nb\r\n\r\nc", "a\rb\r\rc", "a\n\nb\r\nc"] {
            assert_eq!(count_lines(text), 4, "{text:?}");
            assert_eq!(count_lines(&format!("{text}\n")), 4, "{text:?}");
        }
        assert_eq!(count_lines("a\r\n\rb\n\r"), 4);
        assert_eq!(count_lines(""), 0);
    }

    proptest! {
        #[test]
        fn what_the_crate_csv_writes_is_read_as_it_was(
            rows in prop::collection::vec(prop::collection::vec("[a-zé,\";\t\r\n]{0,8}", 1..5), 1..5),
            crlf in any::<bool>(),
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .quote_style(csv::QuoteStyle::Always)
                .terminator(terminator)
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();

            let mut at = 0;
            for row in &rows {
                let record = record(&text, at, b',', usize::MAX);
                prop_assert_eq!(&record.fields, row);
                prop_assert_eq!(record.unclosed, None);
                at = record.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
