//! Parses the fields of one row into a lease.

use std::borrow::Cow;

use jiff::civil::Date;

use super::column::{COLUMNS, Column};
use super::fault::{Fault, Kind};
use crate::domain::text::visible;
use crate::domain::{Contact, EmailAddress, FieldCode, LeaseReference, LeaseTerms, Name};

/// The first year in which a lease may end.
const FIRST_YEAR: i16 = 1990;
/// The last year in which a lease may end.
const LAST_YEAR: i16 = 2100;
/// Dates that systems write for a lease without an end.
const NO_END: [(i16, i8, i8); 2] = [(2999, 12, 31), (9999, 12, 31)];

/// The fields of a row by column. Missing fields are empty.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    values: [Cow<'a, str>; COLUMNS],
    /// The row's own names for its columns, in NDJSON.
    names: [Option<String>; COLUMNS],
}

impl<'a> Fields<'a> {
    /// The field of `column`, trimmed and without invisible characters.
    pub(super) fn get(&self, column: Column) -> Cow<'_, str> {
        self.values.get(column.index()).map(|field| visible(field)).unwrap_or_default()
    }

    /// Sets the field of `column`.
    pub(super) fn set(&mut self, column: Column, value: Cow<'a, str>) {
        if let Some(field) = self.values.get_mut(column.index()) {
            *field = value;
        }
    }

    /// The row's own name for `column`, if it has one.
    pub(super) fn name(&self, column: Column) -> Option<&str> {
        self.names.get(column.index())?.as_deref()
    }

    /// Sets the row's own name for `column`. Returns whether it had none before.
    pub(super) fn set_name(&mut self, column: Column, name: String) -> bool {
        self.names.get_mut(column.index()).is_some_and(|known| known.replace(name).is_none())
    }

    /// The lease in the fields. `named` gives the file's name for a column.
    pub(super) fn terms(&self, named: impl Fn(Column) -> String) -> Result<LeaseTerms, Fault> {
        let row = Row { fields: self, named };
        Ok(LeaseTerms {
            reference: row.read(Column::Lease, LeaseReference::in_file)?,
            last_name: row.read(Column::LastName, |text| Name::try_from(text.to_owned()))?,
            first_name: row.optional_name(Column::FirstName)?,
            agency: row.contact(Column::AgencyName, Column::AgencyEmail)?,
            adviser: row.adviser()?,
            ends_on: row.ends_on()?,
        })
    }
}

/// Fields, and the file's names for their columns.
struct Row<'a, N> {
    fields: &'a Fields<'a>,
    named: N,
}

impl<N: Fn(Column) -> String> Row<'_, N> {
    fn read<T>(
        &self,
        column: Column,
        read: impl Fn(&str) -> Result<T, FieldCode>,
    ) -> Result<T, Fault> {
        read(&self.fields.get(column)).map_err(|code| self.fault(column, Kind::Field(code)))
    }

    fn optional_name(&self, column: Column) -> Result<Option<Name>, Fault> {
        self.read(column, Name::optional)
    }

    fn contact(&self, name: Column, email: Column) -> Result<Contact, Fault> {
        Ok(Contact {
            name: self.read(name, |text| Name::try_from(text.to_owned()))?,
            email: self.read(email, |text| EmailAddress::try_from(text.to_owned()))?,
        })
    }

    fn adviser(&self) -> Result<Option<Contact>, Fault> {
        let name = self.optional_name(Column::AdviserName)?;
        if name.is_none() && is_mark(&self.fields.get(Column::AdviserEmail)) {
            return Ok(None);
        }
        self.contact(Column::AdviserName, Column::AdviserEmail).map(Some)
    }

    fn ends_on(&self) -> Result<Option<Date>, Fault> {
        let text = self.fields.get(Column::EndsOn);
        if text.is_empty() {
            return Ok(None);
        }
        let date = date(&text).ok_or_else(|| self.fault(Column::EndsOn, Kind::InvalidDate))?;
        if NO_END.contains(&(date.year(), date.month(), date.day())) {
            return Ok(None);
        }
        if !(FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
            return Err(self.fault(Column::EndsOn, Kind::ImplausibleDate));
        }
        Ok(Some(date))
    }

    fn fault(&self, column: Column, kind: Kind) -> Fault {
        kind.of((self.named)(column))
    }
}

/// Whether `text` is empty or a mark for "none".
fn is_mark(text: &str) -> bool {
    matches!(text, "" | "-" | "." | "/")
}

/// A date as `2027-12-31` or `31/12/2027`, perhaps followed by midnight, as spreadsheets and
/// databases write it. A day or month of one digit is refused, because the date may be in the
/// American order.
fn date(text: &str) -> Option<Date> {
    let (day, time) = text.split_at_checked(10)?;
    if !is_midnight(time) {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = day.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i16>().ok())?
    };
    let separators = |first: usize, second: usize, separator: char| {
        day.get(first..=first) == Some(separator.encode_utf8(&mut [0; 4]))
            && day.get(second..=second) == Some(separator.encode_utf8(&mut [0; 4]))
    };
    let (year, month, day) = if separators(4, 7, '-') {
        (number(0, 4)?, number(5, 7)?, number(8, 10)?)
    } else if separators(2, 5, '/') {
        (number(6, 10)?, number(3, 5)?, number(0, 2)?)
    } else {
        return None;
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether `text`, after a date, is empty or midnight.
fn is_midnight(text: &str) -> bool {
    let Some(time) = text.strip_prefix([' ', 'T', '\u{a0}']) else { return text.is_empty() };
    let time = time.strip_suffix('Z').unwrap_or(time);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    matches!(time, "00:00" | "00:00:00" | "0:00" | "0:00:00")
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CASES: &str = include_str!("../../../tests/fixtures/cases/sentinel-dates.csv");

    fn ends_on(text: &str) -> Result<Option<String>, &'static str> {
        let mut fields = Fields::default();
        fields.set(Column::EndsOn, text.into());
        let row = Row { fields: &fields, named: |column: Column| column.name().to_owned() };
        let read = row.ends_on();
        read.map(|date| date.map(|date| date.to_string())).map_err(|fault| fault.code())
    }

    #[test]
    fn a_date_is_written_in_two_ways() {
        for text in [
            "2027-12-31",
            "31/12/2027",
            " 31/12/2027\u{a0}",
            "31/12/2027 00:00",
            "31/12/2027 00:00:00",
            "31/12/2027 0:00",
            "2027-12-31T00:00:00",
            "2027-12-31T00:00:00.000",
            "2027-12-31T00:00:00Z",
            "2027-12-31 00:00:00",
            "\u{200e}31/12/2027",
        ] {
            assert_eq!(ends_on(text), Ok(Some("2027-12-31".to_owned())), "{text}");
        }
        assert_eq!(ends_on("29/02/2028"), Ok(Some("2028-02-29".to_owned())));
        assert_eq!(ends_on("1990-01-01"), Ok(Some("1990-01-01".to_owned())));
        assert_eq!(ends_on("31/12/2100"), Ok(Some("2100-12-31".to_owned())));
    }

    #[test]
    fn no_date_and_dates_that_mean_none_are_no_end() {
        for text in
            ["", " ", "9999-12-31", "31/12/9999", "2999-12-31", "31/12/2999", "31/12/9999 00:00"]
        {
            assert_eq!(ends_on(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_date_is_a_fault() {
        for text in [
            "2030-02-30",
            "30/02/2030",
            "29/02/2027",
            "2026-13-01",
            "12/31/2027",
            "1/2/2027",
            "31/12/27",
            "2027/12/31",
            "31-12-2027",
            "31.12.2027",
            "20271231",
            "46387",
            "2027-12-31T12:00:00",
            "2027-12-31 00:00:00.001",
            "2027-12-31T",
            "2027-12-31x",
            "+027-12-31",
            "0000-00-00",
            "00/00/0000",
            "-",
            "31 décembre 2027",
            "31/12/２027",
            "31/12\u{ff0f}2027",
        ] {
            assert_eq!(ends_on(text), Err("invalid_date"), "{text}");
        }
        for text in
            ["1900-01-01", "01/01/1970", "0226-12-31", "31/12/1989", "2101-01-01", "9999-01-01"]
        {
            assert_eq!(ends_on(text), Err("implausible_date"), "{text}");
        }
    }

    #[test]
    fn dates_with_a_time_of_midnight_are_read() {
        let dates = CASES.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().1);

        let read: Vec<_> = dates.map(ends_on).collect();
        let implausible = Err("implausible_date");
        let expected = [
            Ok(None),
            Ok(None),
            implausible.clone(),
            implausible.clone(),
            implausible,
            Err("invalid_date"),
        ];
        assert_eq!(read, expected);
    }

    proptest! {
        #[test]
        fn both_ways_say_the_same(year in 1900i16..2200, month in 1i8..=13, day in 1i8..=32) {
            let iso = ends_on(&format!("{year:04}-{month:02}-{day:02}"));
            prop_assert_eq!(ends_on(&format!("{day:02}/{month:02}/{year:04}")), iso);
        }

        #[test]
        fn no_text_makes_reading_a_date_panic(text in "\\PC{0,24}") {
            let _ = ends_on(&text);
        }
    }
}
