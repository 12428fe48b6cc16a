//! A CSV text: its header, and its rows.

use std::borrow::Cow;

use super::column::{self, COLUMNS, Column};
use super::fault::{Fault, Kind};
use super::line::Fields;
use super::scan::{self, Record};
use crate::domain::text::visible;
use crate::domain::{FieldCode, LeaseReference};
use crate::error::{Error, FieldError};

/// The possible delimiters, the likeliest first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// The most names of ignored columns in an answer.
const MAX_IGNORED: usize = 50;

/// The header of a CSV text.
#[derive(Debug)]
pub(super) struct Header {
    delimiter: u8,
    columns: Vec<Heading>,
    /// The first position of each column.
    positions: [Option<usize>; COLUMNS],
    /// The fewest fields of a row: up to the last one that must be filled.
    fewest_fields: usize,
    /// The position and the line at which the rows begin.
    pub(super) end: usize,
    pub(super) next_line: usize,
}

#[derive(Debug)]
struct Heading {
    /// The name for answers.
    shown: String,
    column: Option<Column>,
}

/// A row of a text.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The position of the next row.
    pub(super) end: usize,
    /// The number of physical lines of the row.
    pub(super) lines: usize,
    /// The fields; `None` for a blank row.
    pub(super) fields: Option<Result<Fields<'a>, Fault>>,
    /// The names of unknown fields, in NDJSON.
    pub(super) ignored: Vec<String>,
}

impl Header {
    /// Reads the header, which is the first line that is not blank. A line such as `sep=;` may come
    /// before it, as spreadsheets write it.
    ///
    /// # Errors
    ///
    /// `invalid_fields`: columns that are missing or repeated.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let (mut at, mut line) = skip_blank(text, 0, 1);
        let (first, after) = scan::line(text, at);
        let mut delimiters = DELIMITERS.to_vec();
        if let Some(separator) = separator_line(first) {
            (at, line) = skip_blank(text, after, line + 1);
            delimiters = vec![separator];
        }
        let read = |delimiter: &u8| Self::read_with(text, at, line, *delimiter);
        // In reverse, because `max_by_key` returns the last of equals: the likeliest delimiter.
        let header = delimiters
            .iter()
            .rev()
            .map(read)
            .max_by_key(|header| (header.known(), header.columns.len()));
        let header = header.unwrap_or_else(|| Self::read_with(text, at, line, b','));
        let faults = header.faults();
        if faults.is_empty() { Ok(header) } else { Err(Error::InvalidFields(faults)) }
    }

    fn read_with(text: &str, start: usize, line: usize, delimiter: u8) -> Self {
        let plain = scan::plain_record(text, start, delimiter);
        let plain = Self::of(text, start, line, &plain, delimiter);
        let record = scan::record(text, start, delimiter, usize::MAX);
        if record.unclosed.is_some() {
            return plain;
        }
        let header = Self::of(text, start, line, &record, delimiter);
        // A stray quotation mark must not make the rows part of the header.
        let swallows = record.spanning.is_some() && plain.known() >= header.known();
        if swallows { plain } else { header }
    }

    fn of(text: &str, start: usize, line: usize, record: &Record<'_>, delimiter: u8) -> Self {
        let headings = record.fields.iter().enumerate().map(|(index, name)| Heading {
            shown: column::shown(name).unwrap_or_else(|| format!("#{}", index + 1)),
            column: Column::named(name),
        });
        let columns: Vec<Heading> = headings.collect();
        let mut positions = [None; COLUMNS];
        for (index, heading) in columns.iter().enumerate() {
            let position = heading.column.and_then(|column| positions.get_mut(column.index()));
            position.map(|position: &mut Option<usize>| position.get_or_insert(index));
        }
        let is_needed = |heading: &Heading| heading.column.is_some_and(Column::is_in_every_row);
        let fewest_fields = columns.iter().rposition(is_needed).unwrap_or_default() + 1;
        let lines = scan::count_lines(text.get(start..record.end).unwrap_or_default());
        let (end, next_line) = (record.end, line + lines);
        Self { delimiter, columns, positions, fewest_fields, end, next_line }
    }

    fn known(&self) -> usize {
        self.positions.iter().flatten().count()
    }

    fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut told = Vec::new();
        for (index, heading) in self.columns.iter().enumerate() {
            let Some(column) = heading.column else { continue };
            if self.position(column) != Some(index) && !told.contains(&column) {
                told.push(column);
                let code = FieldCode::DuplicateColumn;
                faults.push(FieldError { field: heading.shown.clone(), code });
            }
        }
        for column in Column::all().filter(|column| column.is_in_every_header()) {
            if self.position(column).is_none() {
                let code = FieldCode::MissingColumn(column.french());
                faults.push(FieldError { field: column.name().to_owned(), code });
            }
        }
        faults
    }

    pub(super) fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// The names of ignored columns. A column without a name is shown by its position.
    pub(super) fn ignored(&self) -> Vec<String> {
        let ignored = self.columns.iter().filter(|heading| heading.column.is_none());
        ignored.take(MAX_IGNORED).map(|heading| heading.shown.clone()).collect()
    }

    /// The file's name for `column`.
    pub(super) fn name(&self, column: Column) -> String {
        let heading = self.position(column).and_then(|position| self.columns.get(position));
        heading.map_or_else(|| column.name().to_owned(), |heading| heading.shown.clone())
    }

    /// The row of `text` that begins at `start`.
    pub(super) fn row<'a>(&self, text: &'a str, start: usize) -> Line<'a> {
        let mut record = scan::record(text, start, self.delimiter, self.columns.len());
        if self.swallows(text, start, &record) {
            let (_, end) = scan::line(text, start);
            let unclosed = record.spanning.map(|(index, _)| index);
            record = Record { end, unclosed, spanning: None, ..record };
        }
        let raw = text.get(start..record.end).unwrap_or_default();
        let lines = if record.spanning.is_some() { scan::count_lines(raw) } else { 1 };
        let end = record.end;
        let is_blank = record.unclosed.is_none()
            && record.fields.iter().all(|field| visible(unwrapped(field)).is_empty());
        if is_blank {
            return Line { end, lines, fields: None, ignored: Vec::new() };
        }
        Line { end, lines, fields: Some(self.fields(raw, record)), ignored: Vec::new() }
    }

    fn fields<'a>(&self, raw: &str, record: Record<'a>) -> Result<Fields<'a>, Fault> {
        if raw.contains('\u{fffd}') {
            let damaged = record.fields.iter().position(|field| field.contains('\u{fffd}'));
            return Err(self.fault(Kind::NotUtf8, damaged));
        }
        if record.unclosed.is_some() {
            return Err(self.fault(Kind::UnclosedQuote, record.unclosed));
        }
        if record.fields.len() < self.fewest_fields {
            let missing = self.columns.iter().enumerate().skip(record.fields.len());
            let missing = missing
                .filter(|(_, heading)| heading.column.is_some_and(Column::is_in_every_row))
                .map(|(index, _)| index);
            return Err(self.fault(Kind::TooFewFields, missing.min()));
        }
        let mut surplus = record.fields.iter().skip(self.columns.len());
        if surplus.any(|field| !visible(unwrapped(field)).is_empty()) {
            return Err(Kind::TooManyFields.of_row());
        }
        let mut fields = Fields::default();
        for (index, (field, heading)) in record.fields.into_iter().zip(&self.columns).enumerate() {
            let Some(column) = heading.column else { continue };
            if matches!(field, Cow::Borrowed(plain) if has_lone_quote(plain)) {
                return Err(self.fault(Kind::UnclosedQuote, Some(index)));
            }
            fields.set(column, unwrap(field));
        }
        Ok(fields)
    }

    /// Whether `record`, which has a field with a line break, contains whole rows. Then a stray
    /// quotation mark has opened that field.
    fn swallows(&self, text: &str, start: usize, record: &Record<'_>) -> bool {
        let Some((first, closed)) = record.spanning else { return false };
        if record.fields.len() < self.fewest_fields {
            return true;
        }
        // Only an ignored column may contain line breaks. If that is the first column, its row goes
        // on after its end, so the last line looks like a row. Else its row begins before it.
        let is_ignored = self.columns.first().is_some_and(|heading| heading.column.is_none());
        let leads = first == 0 && is_ignored;
        let mut at = start;
        while at < record.end {
            let (line, next) = scan::line(text, at);
            let is_own = if leads { (at..next).contains(&closed) } else { at == start };
            if !is_own && self.looks_like_a_row(line) {
                return true;
            }
            at = next.max(at + 1);
        }
        false
    }

    /// Whether `line`, ignoring quotation marks, has as many fields as a row needs, with a lease
    /// reference or an address in its place.
    fn looks_like_a_row(&self, line: &str) -> bool {
        let fields: Vec<&str> = line.split(self.delimiter()).collect();
        let field = |column| self.position(column).and_then(|position| fields.get(position));
        let is_reference =
            |text: &&str| LeaseReference::in_file(text.trim_matches(['"', ' ', '='])).is_ok();
        let is_one = field(Column::Lease).is_some_and(is_reference)
            || field(Column::AgencyEmail).is_some_and(|text| text.contains('@'));
        is_one && fields.len() >= self.fewest_fields
    }

    fn position(&self, column: Column) -> Option<usize> {
        self.positions.get(column.index()).copied().flatten()
    }

    fn fault(&self, kind: Kind, index: Option<usize>) -> Fault {
        let heading = index.and_then(|index| self.columns.get(index));
        heading.map_or_else(|| kind.of_row(), |heading| kind.of(heading.shown.as_str()))
    }
}

/// The position and the number of the first line of `text`, from `at` on, that is not blank. `line`
/// is the number of the line at `at`.
fn skip_blank(text: &str, mut at: usize, mut line: usize) -> (usize, usize) {
    loop {
        let (content, next) = scan::line(text, at);
        if next == at || !visible(content).is_empty() {
            return (at, line);
        }
        (at, line) = (next, line + 1);
    }
}

/// The separator that a line `sep=;` announces.
fn separator_line(line: &str) -> Option<u8> {
    let line = line.trim_matches(|c: char| c == '"' || c == ' ' || c == '\u{feff}');
    let (name, separator) = line.split_once('=')?;
    let [separator] = separator.as_bytes() else { return None };
    let is_known = name.eq_ignore_ascii_case("sep") && DELIMITERS.contains(separator);
    is_known.then_some(*separator)
}

/// Whether the unquoted `text` has an unpaired quotation mark.
fn has_lone_quote(text: &str) -> bool {
    !text.bytes().filter(|byte| *byte == b'"').count().is_multiple_of(2)
}

/// The text in `="…"`, which spreadsheets write for a text that looks like a number.
fn unwrapped(text: &str) -> &str {
    let visible = text.trim();
    visible.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn unwrap(field: Cow<'_, str>) -> Cow<'_, str> {
    match field {
        Cow::Borrowed(text) => Cow::Borrowed(unwrapped(text)),
        Cow::Owned(text) => Cow::Owned(unwrapped(&text).to_owned()),
    }
}
