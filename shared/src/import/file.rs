//! Reads a file of leases row by row, in CSV or NDJSON.

use std::collections::HashMap;
use std::fmt;

use encoding_rs::Encoding;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::column::{self, Column};
use super::decode::{Decoded, decode};
use super::fault::{Fault, Kind};
use super::line::Fields;
use super::scan;
use super::table::{Header, Line};
use crate::domain::text::visible;
use crate::domain::{LeaseReference, LeaseTerms};
use crate::error::Error;

/// The most rows in a file.
const MAX_ROWS: usize = 10_000;
/// The most names of ignored JSON fields in an answer.
const MAX_IGNORED: usize = 50;

/// A file of leases. It is read twice: first to find rows of the same lease, then for the leases.
/// Only the reference and the position of a row are kept in memory.
#[derive(Debug)]
pub(super) struct File {
    text: String,
    format: Format,
    read_as: ReadAs,
    /// How a row relates to an earlier row of the same lease, by the row's position.
    repeated: HashMap<usize, Repeated>,
}

#[derive(Debug)]
enum Format {
    Csv(Header),
    Ndjson,
}

/// How a file was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReadAs {
    /// The delimiter: `,`, `;` or a tab; null in NDJSON.
    delimiter: Option<char>,
    /// In lower case: `utf-8`, `windows-1252`, `utf-16le` and so on.
    encoding: String,
    /// The names of ignored columns (at most 50 names of at most 60 characters). A column without
    /// a name is shown by its position, as `#7`.
    ignored_columns: Vec<String>,
}

/// A row with its lines in the file. The first line is 1.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests account for every line by it"))]
    pub(super) last_line: usize,
    pub(super) lease: Result<LeaseTerms, Fault>,
    /// Whether an earlier row has the same data for the same lease.
    pub(super) is_repeated: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Repeated {
    Agrees,
    Disagrees,
}

impl File {
    /// Reads a CSV file, which begins with a header. `declared` is the encoding that the sender
    /// declares.
    ///
    /// # Errors
    ///
    /// `invalid_fields`: columns that are missing or repeated. `payload_too_large`: more than
    /// 10 000 rows.
    pub(super) fn csv(bytes: Vec<u8>, declared: Option<&'static Encoding>) -> Result<Self, Error> {
        let decoded = decode(bytes, declared);
        let header = Header::read(&decoded.text)?;
        Self::new(decoded, Format::Csv(header))
    }

    /// Reads a file of JSON objects, one per line. `declared` is the encoding that the sender
    /// declares.
    ///
    /// A missing field or null counts as empty, because many systems leave out null. So an object
    /// without `ends_on` is a lease without an end.
    ///
    /// # Errors
    ///
    /// `payload_too_large`: more than 10 000 rows.
    pub(super) fn ndjson(
        bytes: Vec<u8>,
        declared: Option<&'static Encoding>,
    ) -> Result<Self, Error> {
        Self::new(decode(bytes, declared), Format::Ndjson)
    }

    fn new(decoded: Decoded, format: Format) -> Result<Self, Error> {
        let mut read_as =
            ReadAs { encoding: decoded.encoding.name().to_ascii_lowercase(), ..ReadAs::default() };
        if let Format::Csv(header) = &format {
            read_as.delimiter = Some(header.delimiter());
            read_as.ignored_columns = header.ignored();
        }
        let mut file = Self { text: decoded.text, format, read_as, repeated: HashMap::new() };
        let mut ignored = Vec::new();
        let mut references = Vec::new();
        for (count, (place, fields)) in
            file.lines(|names| keep_new(&mut ignored, names)).enumerate()
        {
            if count >= MAX_ROWS {
                return Err(Error::PayloadTooLarge);
            }
            let Ok(fields) = fields else { continue };
            if let Ok(reference) = LeaseReference::in_file(&fields.get(Column::Lease)) {
                references.push((packed(&reference), place.start));
            }
        }
        file.repeated = file.compare(references);
        file.read_as.ignored_columns.append(&mut ignored);
        Ok(file)
    }

    /// How the file was read.
    pub(super) fn read_as(&self) -> &ReadAs {
        &self.read_as
    }

    /// The rows, without blank lines.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> + Send + '_ {
        self.lines(|_| {}).map(|(place, fields)| {
            let repeated = self.repeated.get(&place.start).copied();
            let lease = fields.and_then(|fields| match repeated {
                Some(Repeated::Disagrees) => {
                    Err(Kind::DuplicateLease.of(self.name(Column::Lease, &fields)))
                }
                _ => self.terms(&fields),
            });
            Row {
                line: place.line,
                last_line: place.last_line,
                lease,
                is_repeated: repeated == Some(Repeated::Agrees),
            }
        })
    }

    /// The lines that are not blank. `ignored` gets the names of unknown fields.
    fn lines<'a>(
        &'a self,
        mut ignored: impl FnMut(Vec<String>) + Send + 'a,
    ) -> impl Iterator<Item = (Place, Result<Fields<'a>, Fault>)> + Send + 'a {
        let (mut at, mut number) = match &self.format {
            Format::Csv(header) => (header.end, header.next_line),
            Format::Ndjson => (0, 1),
        };
        std::iter::from_fn(move || {
            while at < self.text.len() {
                let line = self.line_at(at);
                let place = Place { start: at, line: number, last_line: number + line.lines - 1 };
                at = line.end;
                number += line.lines;
                ignored(line.ignored);
                if let Some(fields) = line.fields {
                    return Some((place, fields));
                }
            }
            None
        })
    }

    /// How rows of one lease relate to each other. Only rows without a fault are compared, by their
    /// parsed values.
    fn compare(&self, mut references: Vec<(u128, usize)>) -> HashMap<usize, Repeated> {
        references.sort_unstable();
        let mut repeated = HashMap::new();
        for group in references.chunk_by(|one, other| one.0 == other.0) {
            if group.len() < 2 {
                continue;
            }
            let mut starts = Vec::new();
            let mut first: Option<LeaseTerms> = None;
            let mut agree = true;
            for (_, start) in group {
                let fields = self.line_at(*start).fields;
                let Some(Ok(lease)) = fields.map(|fields| self.terms(&fields?)) else { continue };
                starts.push(*start);
                match &first {
                    None => first = Some(lease),
                    Some(first) => agree &= *first == lease,
                }
            }
            if agree {
                repeated.extend(starts.into_iter().skip(1).map(|start| (start, Repeated::Agrees)));
            } else {
                repeated.extend(starts.into_iter().map(|start| (start, Repeated::Disagrees)));
            }
        }
        repeated
    }

    fn terms(&self, fields: &Fields<'_>) -> Result<LeaseTerms, Fault> {
        fields.terms(|column| self.name(column, fields))
    }

    fn line_at(&self, start: usize) -> Line<'_> {
        match &self.format {
            Format::Csv(header) => header.row(&self.text, start),
            Format::Ndjson => json_line(&self.text, start),
        }
    }

    /// The file's name for `column` in the row of `fields`.
    fn name(&self, column: Column, fields: &Fields<'_>) -> String {
        match &self.format {
            Format::Csv(header) => header.name(column),
            Format::Ndjson => fields.name(column).unwrap_or(column.name()).to_owned(),
        }
    }
}

/// The position of a row.
struct Place {
    start: usize,
    line: usize,
    last_line: usize,
}

/// `reference`, at most 20 digits, and the number of digits, in one integer.
fn packed(reference: &LeaseReference) -> u128 {
    let digits = reference.as_str();
    let value = digits.bytes().fold(0, |value, byte| value * 10 + u128::from(byte - b'0'));
    (value << 8) | digits.len() as u128
}

/// The JSON object on the line of `text` that begins at `start`.
fn json_line(text: &str, start: usize) -> Line<'_> {
    let (raw, end) = scan::line(text, start);
    let mut line = Line { end, lines: 1, fields: None, ignored: Vec::new() };
    let json = raw.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    if visible(json).is_empty() {
        return line;
    }
    line.fields = Some(match serde_json::from_str::<Object>(json) {
        _ if json.contains('\u{fffd}') => Err(Kind::NotUtf8.of_row()),
        Err(_) => Err(Kind::Malformed.of_row()),
        Ok(object) => {
            line.ignored = object.ignored;
            fields_of(object.fields)
        }
    });
    line
}

/// Adds the new ones of `names` to `known`, in their form for answers.
fn keep_new(known: &mut Vec<String>, names: Vec<String>) {
    for name in names {
        let shown = column::shown(&name).unwrap_or_default();
        if known.len() < MAX_IGNORED && !known.contains(&shown) {
            known.push(shown);
        }
    }
}

fn fields_of<'a>(values: Vec<(Column, String, Value)>) -> Result<Fields<'a>, Fault> {
    let mut fields = Fields::default();
    for (column, name, value) in values {
        let shown = column::shown(&name).unwrap_or_default();
        if !fields.set_name(column, shown.clone()) {
            return Err(Kind::DuplicateField.of(shown));
        }
        match value {
            Value::String(text) => fields.set(column, text.into()),
            Value::Null => {}
            _ => return Err(Kind::NotText.of(shown)),
        }
    }
    Ok(fields)
}

/// A JSON object: its known fields in their order, including repeated ones, and the names of the
/// unknown fields.
#[derive(Default)]
struct Object {
    fields: Vec<(Column, String, Value)>,
    ignored: Vec<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object::default();
        while let Some(name) = map.next_key::<String>()? {
            if let Some(column) = Column::named(&name) {
                object.fields.push((column, name, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
                object.ignored.push(name);
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests;
