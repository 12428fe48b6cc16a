//! A file of leases, row by row.

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};
use shared::domain::FieldCode;
use shared::domain::LeaseTerms;
use shared::error::{Error, FieldError};

use crate::line::{self, COLUMNS, Fault};

/// A file of leases. It is read as often as one asks for its rows: nothing is kept of them.
#[derive(Debug)]
pub(crate) struct File {
    bytes: Vec<u8>,
    format: Format,
}

#[derive(Debug)]
enum Format {
    /// With the columns of its header, in their order.
    Csv(Vec<&'static str>),
    Ndjson,
}

/// A row and the line of the file that it begins on; the first line is 1.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) lease: Result<LeaseTerms, Fault>,
}

impl File {
    /// A CSV file (RFC 4180), which begins with a header.
    ///
    /// # Errors
    ///
    /// `invalid_fields`: columns that are missing, unknown or there twice.
    pub(crate) fn csv(bytes: Vec<u8>) -> Result<Self, Error> {
        let mut header = ByteRecord::new();
        // Reading from memory cannot fail.
        let _ = reader(&bytes).read_byte_record(&mut header);
        let mut columns = Vec::new();
        let mut faults = Vec::new();
        for name in &header {
            let name = name.trim_ascii();
            match COLUMNS.iter().find(|(column, _)| column.as_bytes() == name) {
                Some((column, _)) if !columns.contains(column) => columns.push(*column),
                _ => faults.push(FieldError { field: "?".into(), code: FieldCode::UnknownField }),
            }
        }
        for (column, optional) in COLUMNS {
            if !optional && !columns.contains(&column) {
                faults.push(FieldError { field: column.into(), code: FieldCode::Required });
            }
        }
        if faults.is_empty() {
            Ok(Self { bytes, format: Format::Csv(columns) })
        } else {
            Err(Error::InvalidFields(faults))
        }
    }

    /// A file of JSON objects, one per line.
    pub(crate) fn ndjson(bytes: Vec<u8>) -> Self {
        Self { bytes, format: Format::Ndjson }
    }

    /// Its rows. Blank lines are none.
    pub(crate) fn rows(&self) -> Box<dyn Iterator<Item = Row> + Send + '_> {
        match &self.format {
            Format::Csv(columns) => Box::new(csv_rows(&self.bytes, columns)),
            Format::Ndjson => Box::new(ndjson_rows(&self.bytes)),
        }
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes)
}

fn csv_rows<'a>(
    bytes: &'a [u8],
    columns: &'a [&'static str],
) -> impl Iterator<Item = Row> + Send + 'a {
    let mut counted = LineCounter { bytes, at: 0, line: 1 };
    let records = reader(bytes).into_byte_records().filter_map(Result::ok);
    records.skip(1).map(move |record| {
        let start = record.position().map_or(0, csv::Position::byte);
        let line = counted.line_of(usize::try_from(start).unwrap_or(usize::MAX));
        Row { line, lease: csv_lease(&record, columns) }
    })
}

fn csv_lease(record: &ByteRecord, columns: &[&'static str]) -> Result<LeaseTerms, Fault> {
    if record.len() != columns.len() {
        return Err(Fault::wrong_number_of_fields());
    }
    let fields: Vec<&str> = record.iter().map(text).collect::<Result<_, _>>()?;
    line::lease(|name| {
        let position = columns.iter().position(|column| *column == name)?;
        fields.get(position).copied()
    })
}

fn ndjson_rows(bytes: &[u8]) -> impl Iterator<Item = Row> + Send + '_ {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let full = lines.filter(|(_, text)| !text.trim_ascii().is_empty());
    full.map(|(index, text)| Row { line: index + 1, lease: json_lease(text) })
}

fn json_lease(text: &[u8]) -> Result<LeaseTerms, Fault> {
    let row: Map<String, Value> =
        serde_json::from_str(self::text(text)?).map_err(|_| Fault::malformed())?;
    if row.keys().any(|name| COLUMNS.iter().all(|(column, _)| column != name)) {
        return Err(Fault::unknown_field());
    }
    if row.values().any(|value| !value.is_string() && !value.is_null()) {
        return Err(Fault::malformed());
    }
    line::lease(|name| row.get(name).and_then(Value::as_str))
}

/// What `bytes` say in UTF-8. A gateway that hands a body over as text has put U+FFFD where it was
/// none, and nobody's name has that in it.
fn text(bytes: &[u8]) -> Result<&str, Fault> {
    let text = str::from_utf8(bytes).ok().filter(|text| !text.contains('\u{fffd}'));
    text.ok_or_else(Fault::not_utf8)
}

/// Counts lines itself: the reader's own count is one short after a blank line and in files whose
/// lines end with CR LF.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl LineCounter<'_> {
    /// The line on which the record that begins after `start` stands.
    fn line_of(&mut self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.bytes.get(self.at..start + blank).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count();
        self.at = start + blank;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: &[u8] = include_bytes!("../../../tests/fixtures/bad-leases.csv");
    const REJECTED: [(usize, &str); 20] = [
        (4, "wrong_number_of_fields"),
        (5, "wrong_number_of_fields"),
        (6, "required"),
        (7, "invalid_lease"),
        (8, "invalid_lease"),
        (10, "required"),
        (11, "too_long"),
        (13, "too_long"),
        (14, "invalid_email"),
        (15, "required"),
        (16, "invalid_date"),
        (17, "invalid_date"),
        (19, "invalid_email"),
        (20, "required"),
        (22, "—"),
        (24, "not_utf8"),
        (27, "not_allowed"),
        (29, "invalid_date"),
        (31, "not_allowed"),
        (32, "not_allowed"),
    ];

    fn rejected(bytes: &[u8]) -> Vec<(usize, &'static str)> {
        let file = File::csv(bytes.to_vec()).unwrap();
        let faults = file.rows().filter_map(|row| Some((row.line, row.lease.err()?.code())));
        faults.collect()
    }

    #[test]
    fn every_kind_of_bad_line_is_told_with_its_line() {
        // Line 22 is one only against an earlier line.
        let expected: Vec<_> = REJECTED.into_iter().filter(|(line, _)| *line != 22).collect();

        assert_eq!(rejected(BAD), expected);
    }

    #[test]
    fn a_file_that_a_gateway_made_text_of_has_the_same_faults() {
        let text = String::from_utf8_lossy(BAD).into_owned();

        assert_eq!(rejected(text.as_bytes()), rejected(BAD));
    }

    #[test]
    fn lines_that_end_with_cr_lf_are_counted_alike() {
        let mut crlf = Vec::new();
        for byte in BAD {
            if *byte == b'\n' {
                crlf.push(b'\r');
            }
            crlf.push(*byte);
        }

        let lines = |bytes| rejected(bytes).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(lines(&crlf), lines(BAD));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_one_bad_row() {
        let text = "lease,last_name,first_name,agency_name,agency_email,ends_on\n\
            1,\"Martin,Jeanne,Agence,agence@bailleur.example,\n2,Durand,Paul,Agence,a@b.example,\n";

        assert_eq!(rejected(text.as_bytes()), [(2, "wrong_number_of_fields")]);
    }

    #[test]
    fn a_header_that_lacks_a_column_is_refused_with_its_name() {
        let refused = File::csv(b"lease,last_name,first_name,agency_name,ends_on,x\n".to_vec());

        let Err(Error::InvalidFields(faults)) = refused else { panic!("taken") };
        let faults: Vec<_> = faults.iter().map(|fault| (&*fault.field, fault.code)).collect();
        assert_eq!(faults, [("?", FieldCode::UnknownField), ("agency_email", FieldCode::Required)]);
    }

    #[test]
    fn columns_may_stand_in_any_order_and_json_says_the_same() {
        let csv = "ends_on,agency_email,agency_name,first_name,last_name,lease\n\
            2027-01-31,agence@bailleur.example,Agence,Jeanne,Martin,L 0012\n";
        let json = r#"
            {"lease":"0012","last_name":"Martin","first_name":"Jeanne","agency_name":"Agence","agency_email":"agence@bailleur.example","ends_on":"2027-01-31","adviser_name":null}"#;

        let csv = File::csv(csv.as_bytes().to_vec()).unwrap();
        let json = File::ndjson(json.as_bytes().to_vec());

        let (csv, json) = (csv.rows().next().unwrap(), json.rows().next().unwrap());
        assert_eq!((csv.line, json.line), (2, 2));
        assert_eq!(csv.lease.unwrap(), json.lease.unwrap());
    }

    #[test]
    fn json_that_is_no_lease_is_told() {
        for (text, code) in [
            ("[]", "malformed_line"),
            ("{\"lease\":1}", "malformed_line"),
            ("{\"rent\":\"1\"}", "unknown_field"),
            ("{\"lease\":\"1\"}", "required"),
        ] {
            let file = File::ndjson(text.into());
            assert_eq!(file.rows().next().unwrap().lease.unwrap_err().code(), code, "{text}");
        }
    }
}
