use std::fmt::Write;

use crate::domain::{FieldCode, Language};
use proptest::prelude::*;

use super::*;

const BAD: &[u8] = include_bytes!("../../../../tests/fixtures/bad-leases.csv");
/// The rejected lines of that file, with code and column.
const REJECTED: [(usize, &str, Option<&str>); 21] = [
    (2, "duplicate_lease", Some("lease")),
    (3, "invalid_lease", Some("lease")),
    (4, "wrong_number_of_fields", Some("agency_email")),
    (5, "wrong_number_of_fields", None),
    (6, "required", Some("lease")),
    (7, "invalid_lease", Some("lease")),
    (8, "invalid_lease", Some("lease")),
    (10, "required", Some("last_name")),
    (11, "too_long", Some("last_name")),
    (13, "too_long", Some("first_name")),
    (14, "invalid_email", Some("agency_email")),
    (15, "required", Some("agency_name")),
    (16, "invalid_date", Some("ends_on")),
    (19, "invalid_email", Some("adviser_email")),
    (20, "required", Some("adviser_email")),
    (22, "duplicate_lease", Some("lease")),
    (24, "not_utf8", Some("last_name")),
    (27, "not_allowed", Some("last_name")),
    (29, "invalid_date", Some("ends_on")),
    (31, "not_allowed", Some("last_name")),
    (32, "not_allowed", Some("agency_name")),
];
const HEADER: &str = "lease,last_name,first_name,agency_name,agency_email,ends_on";
const AGENCY: &str = "Agence Sud,agence.sud@example.org";

macro_rules! case {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/cases/", $name)).as_slice()
    };
}

fn csv(bytes: impl AsRef<[u8]>) -> File {
    File::csv(bytes.as_ref().to_vec(), None).unwrap()
}

fn ndjson(bytes: impl AsRef<[u8]>) -> File {
    File::ndjson(bytes.as_ref().to_vec(), None).unwrap()
}

fn rejected(file: &File) -> Vec<(usize, &'static str, Option<String>)> {
    let faults = file.rows().filter_map(|row| {
        let fault = row.lease.err()?;
        Some((row.line, fault.code(), fault.column().map(str::to_owned)))
    });
    faults.collect()
}

fn codes(file: &File) -> Vec<(usize, &'static str)> {
    rejected(file).into_iter().map(|(line, code, _)| (line, code)).collect()
}

/// The references of the accepted leases, with their lines.
fn taken(file: &File) -> Vec<(usize, String)> {
    let taken = file.rows().filter_map(|row| Some((row.line, row.lease.ok()?.reference)));
    taken.map(|(line, reference)| (line, reference.as_str().to_owned())).collect()
}

fn leases(file: &File) -> Vec<LeaseTerms> {
    file.rows().map(|row| row.lease.unwrap()).collect()
}

fn with_line_ends(bytes: &[u8], end: &[u8]) -> Vec<u8> {
    bytes.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(end)
}

fn refused(header: &str) -> Vec<(String, FieldCode)> {
    let Err(Error::InvalidFields(faults)) = File::csv(header.into(), None) else {
        panic!("{header}")
    };
    faults.into_iter().map(|fault| (fault.field, fault.code)).collect()
}

#[test]
fn every_kind_of_bad_line_is_reported_with_its_line_and_column() {
    let expected = REJECTED.map(|(line, code, column)| (line, code, column.map(str::to_owned)));

    assert_eq!(rejected(&csv(BAD)), expected);
}

#[test]
fn a_file_that_a_gateway_has_decoded_has_the_same_faults() {
    let text = String::from_utf8_lossy(BAD).into_owned();

    assert_eq!(rejected(&csv(text)), rejected(&csv(BAD)));
}

#[test]
fn lines_are_counted_alike_with_every_line_ending() {
    for end in ["\r\n", "\r"] {
        let other = csv(with_line_ends(BAD, end.as_bytes()));

        assert_eq!(rejected(&other), rejected(&csv(BAD)), "{end:?}");
        assert_eq!(taken(&other), taken(&csv(BAD)), "{end:?}");
    }
    let mixed = format!("{HEADER}\r\n1,A,,{AGENCY},\r2,B,,{AGENCY},\n\r\n3,C,,{AGENCY},\r\r4,,,");
    assert_eq!(taken(&csv(&mixed)), [(2, "1".into()), (3, "2".into()), (5, "3".into())]);
    assert_eq!(codes(&csv(&mixed)), [(7, "wrong_number_of_fields")]);
}

#[test]
fn the_delimiter_is_found_in_the_header() {
    let file = csv(case!("semicolon.csv"));
    assert_eq!(file.read_as().delimiter, Some(';'));
    assert_eq!(file.read_as().encoding, "utf-8");
    let ends: Vec<_> = leases(&file).into_iter().map(|lease| lease.ends_on).collect();
    assert_eq!(ends, [None, Some(jiff::civil::date(2030, 12, 31))]);

    let comma = format!("{HEADER}\n1,Martin,\"Jean, Paul\",{AGENCY},31/12/2030\n");
    let expected = leases(&csv(&comma));
    let tab = comma.replace("Jean, Paul", "Jean; Paul").replace(',', "\t").replace("; ", ", ");
    assert_eq!(csv(&tab).read_as().delimiter, Some('\t'));
    assert_eq!(leases(&csv(&tab)), expected);
    // The way spreadsheets announce a delimiter.
    let announced = format!("sep=\t\r\n{tab}");
    assert_eq!(leases(&csv(&announced)), expected);
    assert_eq!(csv(&announced).rows().next().unwrap().line, 3);
    // Commas in the name of an ignored column are not delimiters.
    let name = format!("\"a,b,c,d,e,f,g,h\";{}\n", HEADER.replace(',', ";"));
    let row = format!("x;{}", comma.lines().nth(1).unwrap().replace(',', ";"));
    assert_eq!(csv(name + &row).read_as().delimiter, Some(';'));
}

#[test]
fn the_encoding_is_found() {
    let file = csv(case!("semicolon-windows-1252.csv"));
    assert_eq!(file.read_as().encoding, "windows-1252");
    assert_eq!(file.read_as().delimiter, Some(';'));
    let lease = leases(&file).remove(0);
    assert_eq!(lease.last_name.as_str(), "Lefèvre");
    assert_eq!(lease.first_name.unwrap().as_str(), "Élise");

    let text = format!("{HEADER}\n1,Lefèvre,Élise,{AGENCY},\n");
    let expected = leases(&csv(&text));
    let utf16: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(leases(&csv(format!("\u{feff}{text}"))), expected);
    assert_eq!(leases(&csv(&utf16)), expected);
    assert_eq!(csv(&utf16).read_as().encoding, "utf-16le");
    let declared = encoding_rs::Encoding::for_label(b"iso-8859-1");
    assert_eq!(leases(&File::csv(latin, declared).unwrap()), expected);
}

#[test]
fn french_column_names_damaged_by_a_gateway_are_still_recognised() {
    let text = String::from_utf8_lossy(case!("semicolon-windows-1252.csv")).into_owned();

    assert_eq!(rejected(&csv(text)), [(2, "not_utf8", Some("Nom".to_owned()))],);
}

#[test]
fn columns_may_be_in_any_order_and_unknown_ones_are_ignored_and_named() {
    let file = csv(case!("trailing-columns.csv"));
    assert_eq!(file.read_as().ignored_columns, ["#7", "#8"]);
    assert_eq!(taken(&file), [(2, "31000004".to_owned())]);
    assert_eq!(file.rows().count(), 1);

    let file = csv(case!("more-columns.csv"));
    assert_eq!(file.read_as().ignored_columns, ["ville", "loyer"]);
    assert_eq!(leases(&file)[0].ends_on, Some(jiff::civil::date(2030, 6, 30)));

    let file = csv(case!("header-case.csv"));
    assert_eq!(file.read_as().ignored_columns, [""; 0]);
    assert_eq!(taken(&file), [(2, "31000006".to_owned())]);

    let header = "Fin de bail;Mail de l'agence;\u{a0};NOM DE L’AGENCE;prenom;Nom_du_signataire;Code contrat;<script>\u{202e}alert()";
    let row = "31/12/2030;agence.sud@example.org;x;Agence Sud;Jeanne;Martin;L 0012;";
    let file = csv(format!("\r\n{header}\r\n{row}\r\n"));
    assert_eq!(file.read_as().ignored_columns, ["#3", "<script> alert()"]);
    assert_eq!(taken(&file), [(3, "0012".to_owned())]);
    let english = format!("{HEADER}\n0012,Martin,Jeanne,{AGENCY},2030-12-31\n");
    assert_eq!(leases(&file), leases(&csv(english)));
}

#[test]
fn a_missing_or_repeated_column_is_named() {
    assert_eq!(
        refused("lease,last_name,first_name,agency_name,x\n"),
        [
            ("agency_email".to_owned(), FieldCode::MissingColumn("E-mail agence")),
            ("ends_on".to_owned(), FieldCode::MissingColumn("Date de sortie")),
        ]
    );
    assert_eq!(
        refused("Bail,Nom,Prénom,Agence,E-mail agence,Fin de bail, Date de Sortie \n"),
        [("Date de Sortie".to_owned(), FieldCode::DuplicateColumn)]
    );
    assert_eq!(csv(HEADER).rows().count(), 0);
    assert_eq!(refused("").len(), 6);
    assert_eq!(refused("\u{feff}\r\n ;;\r\n").len(), 6);
    assert_eq!(
        refused("lease,lease,last_name,first_name,agency_name,agency_email,ends_on\n").len(),
        1
    );
    assert_eq!(refused(&"nom,".repeat(200_000)).len(), 6);
}

#[test]
fn the_header_may_contain_line_breaks_and_a_stray_quotation_mark() {
    let names = HEADER.replace("ends_on", "\"Date\r\nde sortie\",\"a\nb\"");
    let file = csv(format!("{names}\n1,Martin,,{AGENCY},31/12/2030,\n"));
    assert_eq!(taken(&file), [(4, "1".to_owned())]);
    assert_eq!(file.read_as().ignored_columns, ["a b"]);

    let file = csv(format!("\"{HEADER}\n1,Martin,,{AGENCY},\n2,\"Durand\",,{AGENCY},\n"));
    assert_eq!(taken(&file), [(2, "1".to_owned()), (3, "2".to_owned())]);
}

#[test]
fn rows_may_be_shorter_or_end_with_delimiters() {
    let header = "lease,last_name,agency_name,agency_email,first_name,ends_on,adviser_name,adviser_email,note";
    let file = csv(format!(
        "{header}\n1,A,{AGENCY}\n2,B,{AGENCY},Jo\n3,C,{AGENCY},,,,,,, ,\"\",\u{a0}\n4,D,{AGENCY},,,,,note,surplus\n5,E,Agence\n, ,\"\",\n\n6,F,{AGENCY},,31/12/2030"
    ));

    assert_eq!(taken(&file), [(2, "1".into()), (3, "2".into()), (4, "3".into()), (9, "6".into())]);
    assert_eq!(
        rejected(&file),
        [
            (5, "wrong_number_of_fields", None),
            (6, "wrong_number_of_fields", Some("agency_email".to_owned())),
        ]
    );
    assert_eq!(file.rows().count(), 6);
}

#[test]
fn an_open_quotation_mark_swallows_no_line() {
    let file = csv(case!("open-quote.csv"));
    assert_eq!(rejected(&file), [(2, "unclosed_quote", Some("last_name".to_owned()))]);
    assert_eq!(
        taken(&file),
        [(3, "31000008".into()), (4, "31000009".into()), (5, "31000010".into())]
    );

    // Also if a quotation mark further down closes it.
    let row = |n: u8| format!("3{n},Martin,Jeanne,{AGENCY},,note\n");
    for (bad, end) in [
        (format!("30,\"Martin,Jeanne,{AGENCY},,\n"), format!("39,Martin,\"Jeanne\",{AGENCY},,\n")),
        (format!("30,\"Martin,Jeanne,{AGENCY},,\n"), format!("39,Martin\",Jeanne,{AGENCY},,\n")),
        (format!("30,\"Martin,Jeanne,{AGENCY},,\n"), format!("39,Martin,Jeanne,{AGENCY},,\"x\"\n")),
        (
            format!("30,Martin,Jeanne,{AGENCY},,\"note\n"),
            format!("39,Martin,Jeanne,{AGENCY},,note\"\n"),
        ),
        (
            format!("30,Martin,Jeanne,{AGENCY},,\"note\n"),
            format!("39,Martin,Jeanne,{AGENCY},,\"note\"\n"),
        ),
        (
            format!("30,Martin,Jeanne,{AGENCY},,\"note\n"),
            format!("39.0,Martin,Jeanne,{AGENCY},,note\"\n"),
        ),
        (
            format!("\"30,Martin,Jeanne,{AGENCY},,note\n"),
            format!("\"39\",Martin,Jeanne,{AGENCY},,note\n"),
        ),
        (
            format!("\"30,Martin,Jeanne,{AGENCY},,note\n"),
            format!("39\",Martin,Jeanne,{AGENCY},,note\n"),
        ),
    ] {
        let file =
            csv(format!("{HEADER},note\n{}{bad}{}{}{end}{}", row(1), row(2), row(3), row(4)));

        let rows: Vec<_> = file.rows().map(|row| (row.line, row.last_line)).collect();
        assert_eq!(rows, [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7)], "{bad}{end}");
        assert_eq!(codes(&file)[0], (3, "unclosed_quote"), "{bad}{end}");
        let taken: Vec<_> = taken(&file).into_iter().map(|(line, _)| line).collect();
        for line in [2, 4, 5, 7] {
            assert!(taken.contains(&line), "{line} of {bad}{end}");
        }
    }
}

#[test]
fn open_quotation_marks_on_every_line_take_no_longer_to_read() {
    // Without a limit, each line would be read as one record together with all lines after it.
    let file = csv(format!("{HEADER}\n{}", "b,\",a\",\"\n".repeat(10_000)));

    assert_eq!(file.rows().count(), 10_000);
    assert!(codes(&file).iter().all(|(_, code)| *code == "unclosed_quote"));
}

#[test]
fn an_ignored_column_may_contain_text_of_several_lines() {
    let header = format!("remarques,{HEADER},observations");
    let file = csv(format!(
        "{header}\n\"un\n\ndeux\",31,Martin,,{AGENCY},,\"trois,\r\n\"\"quatre\"\"\"\nx,32,Martin,,{AGENCY},,\n\"un\ndeux\",33,,,{AGENCY},,\n"
    ));

    let rows: Vec<_> = file.rows().map(|row| (row.line, row.last_line)).collect();
    assert_eq!(rows, [(2, 5), (6, 6), (7, 8)]);
    assert_eq!(taken(&file), [(2, "31".into()), (6, "32".into())]);
    assert_eq!(rejected(&file), [(7, "required", Some("last_name".to_owned()))]);
}

#[test]
fn stray_quotation_marks_are_faults() {
    let file = csv(format!(
        "{HEADER}\n1,\"Martin\" Jr,,{AGENCY},\n2,Martin\",,{AGENCY},\n3,\"Martin \"\"Bob\"\"\",, \"Agence, Sud\" ,agence.sud@example.org,\n4,Martin \"Bob\",,{AGENCY},\n"
    ));

    let fault = Some("last_name".to_owned());
    assert_eq!(
        rejected(&file),
        [(2, "unclosed_quote", fault.clone()), (3, "unclosed_quote", fault)]
    );
    let names: Vec<_> = file.rows().filter_map(|row| row.lease.ok()).collect();
    assert_eq!(names[0].last_name.as_str(), "Martin \"Bob\"");
    assert_eq!(names[0].agency.name.as_str(), "Agence, Sud");
    assert_eq!(names[1].last_name.as_str(), "Martin \"Bob\"");
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_field() {
    assert_eq!(
        taken(&ndjson(case!("bom.ndjson"))),
        [(1, "31000011".into()), (2, "31000012".into())]
    );
    let row = format!("\u{feff}{HEADER}\n1,A,,{AGENCY},\n\u{feff}2,B,,{AGENCY},\n");
    assert_eq!(taken(&csv(row)), [(2, "1".into()), (3, "2".into())]);
    assert_eq!(
        taken(&csv(format!("\u{feff}\"lease\",{}\n1,A,,{AGENCY},\n", &HEADER[6..]))).len(),
        1
    );
}

#[test]
fn dates_that_mean_no_end_are_no_end_and_bad_dates_are_faults() {
    let file = csv(case!("sentinel-dates.csv"));

    let column = Some("ends_on".to_owned());
    assert_eq!(
        rejected(&file),
        [
            (4, "implausible_date", column.clone()),
            (5, "implausible_date", column.clone()),
            (6, "implausible_date", column.clone()),
            (7, "invalid_date", column),
        ]
    );
    let good: Vec<_> = file.rows().filter_map(|row| Some(row.lease.ok()?.ends_on)).collect();
    assert_eq!(good, [None, None]);
}

#[test]
fn a_lease_may_have_one_name() {
    let first_names: Vec<_> =
        leases(&csv(case!("one-name.csv"))).into_iter().map(|lease| lease.first_name).collect();

    assert_eq!(first_names, [None, None, None]);
    let more =
        format!("{HEADER}\n1,KWAME,.,{AGENCY},\n2,SARL A,/,{AGENCY},\n3,B,\u{a0}--,{AGENCY},\n");
    assert!(leases(&csv(more)).iter().all(|lease| lease.first_name.is_none()));
}

#[test]
fn rows_that_disagree_about_a_lease_are_faults_and_rows_that_agree_are_one() {
    let file = csv(case!("twice.csv"));

    let column = Some("lease".to_owned());
    assert_eq!(
        rejected(&file),
        [(2, "duplicate_lease", column.clone()), (3, "duplicate_lease", column)]
    );
    let repeated: Vec<_> = file.rows().map(|row| row.is_repeated).collect();
    assert_eq!(repeated, [false, false, false, true]);
}

#[test]
fn rows_of_one_lease_are_compared_by_their_values() {
    let file = csv(format!(
        "{HEADER}\n\
         0012,Martin,-,Agence,a@example.org,31/12/2030\n\
         L 0012,\"Martin\",,Agence,a@EXAMPLE.org.,2030-12-31\n\
         012,Martin,,Agence,a@example.org,\n\
         13,Martin,,Agence,a@example.org,\n\
         13,Martin,,Agence,b@example.org,\n\
         13,Martin,,Agence,a@example.org,\n\
         14,Martin,,Agence,a@example.org,30/02/2030\n\
         14,Martin,,Agence,a@example.org,\n"
    ));

    let rows: Vec<_> = file
        .rows()
        .map(|row| (row.lease.map_err(|fault| fault.code()).err(), row.is_repeated))
        .collect();
    let duplicate = (Some("duplicate_lease"), false);
    assert_eq!(
        rows,
        [
            (None, false),
            (None, true),
            (None, false),
            duplicate,
            duplicate,
            duplicate,
            (Some("invalid_date"), false),
            (None, false),
        ]
    );
}

#[test]
fn references_changed_by_spreadsheets_are_faults() {
    let file = csv(format!(
        "{HEADER}\n12345.0,A,,{AGENCY},\n1.2E+07,A,,{AGENCY},\n1E7,A,,{AGENCY},\n\"1,2E+07\",A,,{AGENCY},\n=\"0012\",A,,{AGENCY},\nL 0041 2837,A,,{AGENCY},\n\u{200e}00\u{200b}7\u{a0},A,,{AGENCY},\n"
    ));

    assert_eq!(codes(&file), [2, 3, 4, 5].map(|line| (line, "invalid_lease")));
    assert_eq!(taken(&file), [(6, "0012".into()), (7, "00412837".into()), (8, "007".into())]);
}

#[test]
fn invisible_characters_are_dropped_and_those_that_reorder_text_are_faults() {
    let file = csv(format!(
        "{HEADER}\n1,\u{feff}Mar\u{ad}tin\u{200b},\u{a0}Jeanne\u{200e},Agence Sud,\u{202a}agence.sud@example.org\u{202c},\u{200f}31/12/2030\n2,Martin,Jeanne,{AGENCY},2030-12-31\n3,Mar\u{202e}tin,,{AGENCY},\n4,Mar\0tin,,{AGENCY},\n"
    ));

    let mut good = file.rows().filter_map(|row| row.lease.ok());
    let (mut one, other) = (good.next().unwrap(), good.next().unwrap());
    one.reference = other.reference.clone();
    assert_eq!(one, other);
    assert_eq!(codes(&file), [(4, "not_allowed"), (5, "not_allowed")]);
}

#[test]
fn json_and_csv_give_the_same_leases() {
    let text = format!(
        "{HEADER},adviser_name\nL 0012,Martin,Jeanne,Agence,agence@bailleur.example,2027-01-31,\n"
    );
    let json = "\n {\"Code contrat\":\"0012\",\"LAST NAME\":\" Martin\\u200b\",\"first_name\":\"Jeanne\",\"loyer\":[1,{}],\
        \"agency_name\":\"Agence\",\"agency_email\":\"agence@bailleur.example\",\"ends_on\":\"31/01/2027\",\"adviser_name\":null}\r\n";

    let (csv, json) = (csv(text), ndjson(json));

    assert_eq!(leases(&csv), leases(&json));
    assert_eq!(json.rows().next().unwrap().line, 2);
    assert_eq!(json.read_as().delimiter, None);
    assert_eq!(json.read_as().ignored_columns, ["loyer"]);
}

#[test]
fn json_that_is_not_a_lease_is_reported() {
    let rest = r#""last_name":"A","agency_name":"B","agency_email":"b@example.org""#;
    for (text, code, column) in [
        ("[]", "malformed_line", None),
        ("no JSON", "malformed_line", None),
        ("{} {}", "malformed_line", None),
        (r#"{"lease":"\ud800"}"#, "malformed_line", None),
        ("{\"lease\":\"\u{fffd}\"}", "not_utf8", None),
        (r#"{"lease":1}"#, "malformed_line", Some("lease")),
        (r#"{"lease":"1","ends_on":["2030-12-31"]}"#, "malformed_line", Some("ends_on")),
        (r#"{"lease":"1","Bail":"2"}"#, "duplicate_column", Some("Bail")),
        (r#"{"lease":"1","Nom":"-"}"#, "required", Some("Nom")),
        (r#"{"rent":"1"}"#, "required", Some("lease")),
        (r#"{"lease":"1"}"#, "required", Some("last_name")),
        (&format!(r#"{{"lease":"1.0",{rest}}}"#), "invalid_lease", Some("lease")),
        (
            &format!(r#"{{"lease":"1","first_name":"a\u0000b",{rest}}}"#),
            "not_allowed",
            Some("first_name"),
        ),
    ] {
        let file = ndjson(text);
        assert_eq!(rejected(&file), [(1, code, column.map(str::to_owned))], "{text}");
    }
    let twice = format!(
        "{{\"lease\":\"1\",{rest}}}\r{{\"lease\":\"1\",\"ends_on\":\"2030-12-31\",{rest}}}\n"
    );
    assert_eq!(codes(&ndjson(twice)), [(1, "duplicate_lease"), (2, "duplicate_lease")]);
}

#[test]
fn a_file_has_ten_thousand_rows_at_most() {
    let rows = |count: usize| {
        (0..count).fold(format!("{HEADER}\n"), |mut text, n| {
            let _ = writeln!(text, "{n},A,,{AGENCY},");
            text
        })
    };

    assert_eq!(csv(rows(10_000)).rows().count(), 10_000);
    let refused = File::csv(rows(10_001).into(), None);
    assert!(matches!(refused, Err(Error::PayloadTooLarge)));
    let refused = File::ndjson("{}\n".repeat(10_001).into(), None);
    assert!(matches!(refused, Err(Error::PayloadTooLarge)));
}

#[test]
fn messages_of_faults_say_what_to_do_in_both_languages_and_echo_no_value() {
    let secret = "Secretissime";
    let file = csv(format!(
        "Référence;Nom;Prénom;Agence;Mail agence;Fin de bail\n{secret};A;;B;b@example.org;\n1;A;;B;{secret};\n1;A;;B;b@example.org;{secret}\n1;\"{secret};A\n1;A;;B;b@example.org;;{secret}\n1;{secret}\n1;A;;B;b@example.org;01/01/1900\n"
    ));

    let messages = |language| -> Vec<String> {
        file.rows().map(|row| row.lease.unwrap_err().message(language)).collect()
    };
    for message in messages(Language::French).iter().chain(&messages(Language::English)) {
        assert!(!message.contains(secret), "{message}");
    }
    assert_eq!(
        messages(Language::French)[0],
        "Référence\u{a0}: La référence n’a que des chiffres, 20 au plus, avec ou sans «\u{a0}L\u{a0}» devant, sans point ni exposant. Mettez la colonne au format Texte dans le tableur."
    );
    assert_eq!(
        messages(Language::English)[6],
        "Fin de bail: The date must lie between 1990 and 2100. Leave the field empty if the lease has no end."
    );
}

/// The faults of rows: the row (`{}` is its reference), the code and the column.
const FAULTS: [(&str, &str, &str); 34] = [
    (",Martin,Jo,Agence,a@b.example,,,,", "required", "lease"),
    ("{}A,Martin,Jo,Agence,a@b.example,,,,", "invalid_lease", "lease"),
    ("{}.0,Martin,Jo,Agence,a@b.example,,,,", "invalid_lease", "lease"),
    ("1.2E+07,Martin,Jo,Agence,a@b.example,,,,", "invalid_lease", "lease"),
    ("{}12345678901234567890,Martin,Jo,Agence,a@b.example,,,,", "invalid_lease", "lease"),
    ("{},,Jo,Agence,a@b.example,,,,", "required", "last_name"),
    ("{},-,Jo,Agence,a@b.example,,,,", "required", "last_name"),
    ("{},LONG,Jo,Agence,a@b.example,,,,", "too_long", "last_name"),
    ("{},Mar\u{7}tin,Jo,Agence,a@b.example,,,,", "not_allowed", "last_name"),
    ("{},Mar\u{2066}tin,Jo,Agence,a@b.example,,,,", "not_allowed", "last_name"),
    ("{},\"Mar\ntin\",Jo,Agence,a@b.example,,,,", "not_allowed", "last_name"),
    ("{},Martin,LONG,Agence,a@b.example,,,,", "too_long", "first_name"),
    ("{},Martin,J\u{1b}o,Agence,a@b.example,,,,", "not_allowed", "first_name"),
    ("{},Martin,Jo,,a@b.example,,,,", "required", "agency_name"),
    ("{},Martin,Jo,LONG,a@b.example,,,,", "too_long", "agency_name"),
    ("{},Martin,Jo,Agence,,,,,", "required", "agency_email"),
    ("{},Martin,Jo,Agence,a.b.example,,,,", "invalid_email", "agency_email"),
    ("{},Martin,Jo,Agence,a@b@c.example,,,,", "invalid_email", "agency_email"),
    ("{},Martin,Jo,Agence,é@b.example,,,,", "invalid_email", "agency_email"),
    ("{},Martin,Jo,Agence,a@b.example,30/02/2030,,,", "invalid_date", "ends_on"),
    ("{},Martin,Jo,Agence,a@b.example,12/31/2030,,,", "invalid_date", "ends_on"),
    ("{},Martin,Jo,Agence,a@b.example,2030-12-31 12:00,,,", "invalid_date", "ends_on"),
    ("{},Martin,Jo,Agence,a@b.example,46387,,,", "invalid_date", "ends_on"),
    ("{},Martin,Jo,Agence,a@b.example,01/01/1900,,,", "implausible_date", "ends_on"),
    ("{},Martin,Jo,Agence,a@b.example,2101-01-01,,,", "implausible_date", "ends_on"),
    ("{},Martin,Jo,Agence,a@b.example,,Awa Sarr,,", "required", "adviser_email"),
    ("{},Martin,Jo,Agence,a@b.example,,,c@b.example,", "required", "adviser_name"),
    ("{},Martin,Jo,Agence,a@b.example,,Awa Sarr,c@b,", "invalid_email", "adviser_email"),
    ("{},Martin,Jo,Agence", "wrong_number_of_fields", "agency_email"),
    ("{},Martin,Jo,Agence,a@b.example,,,,,surplus", "wrong_number_of_fields", ""),
    ("{},\"Martin,Jo,Agence,a@b.example,,,,", "unclosed_quote", "last_name"),
    ("{},Martin,\"Jo\" Ann,Agence,a@b.example,,,,", "unclosed_quote", "first_name"),
    ("{},Martin,Jo,Agence 5\",a@b.example,,,,", "unclosed_quote", "agency_name"),
    ("{},Mart\u{fffd}n,Jo,Agence,a@b.example,,,,", "not_utf8", "last_name"),
];

#[test]
fn every_line_of_a_long_file_with_every_kind_of_fault_is_accounted_for() {
    let mut text = format!("{HEADER},adviser_name,adviser_email,note\n");
    let (mut line, mut good, mut bad) = (2, Vec::new(), Vec::new());
    for n in 0..10_000 {
        let row = match n % 5 {
            0 => {
                let (row, code, column) = FAULTS[n / 5 % FAULTS.len()];
                let column = (!column.is_empty()).then(|| column.to_owned());
                bad.push((line, code, column));
                row.replace("{}", &n.to_string()).replace("LONG", &"é".repeat(101))
            }
            1 => {
                good.push(line);
                format!("{n},Martin,Jo,Agence,a@b.example,,,,\"trois\n\n\"\"lignes\"\"\"")
            }
            _ => {
                good.push(line);
                format!("{n},Martin,Jo,Agence,a@b.example,31/12/2030")
            }
        };
        text += &row;
        text += if n % 7 == 0 { "\n, ,\n\n" } else { "\n" };
        line += row.matches('\n').count() + 1 + if n % 7 == 0 { 2 } else { 0 };
    }

    for end in ["\n", "\r\n", "\r"] {
        let file = csv(with_line_ends(text.as_bytes(), end.as_bytes()));

        let told = rejected(&file);
        let differing = told.iter().zip(&bad).find(|(told, bad)| told != bad);
        assert_eq!(differing, None);
        assert_eq!(told.len(), bad.len());
        let taken: Vec<_> = taken(&file).into_iter().map(|(line, _)| line).collect();
        assert!(taken == good);
        assert_eq!(file.rows().count(), 10_000);
    }
}

/// The physical lines of `text`, from 1 on.
fn physical_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (line, next) = scan::line(text, at);
        lines.push(line);
        at = next;
    }
    lines
}

/// Checks that every line of `file` after its header belongs to exactly one row, or is blank.
fn account(file: &File) -> Result<(), TestCaseError> {
    let first = match &file.format {
        Format::Csv(header) => header.next_line,
        Format::Ndjson => 1,
    };
    let lines = physical_lines(&file.text);
    let (mut next, mut count) = (first, 0);
    for row in file.rows() {
        count += 1;
        prop_assert!(row.line >= next, "line {} before {}", row.line, next);
        prop_assert!(row.last_line >= row.line && row.last_line <= lines.len());
        for line in next..row.line {
            prop_assert!(is_blank(lines[line - 1]), "line {line} is on no row");
        }
        prop_assert!(!row.is_repeated || row.lease.is_ok());
        if let Err(fault) = row.lease {
            prop_assert!(!fault.message(Language::French).is_empty());
            prop_assert!(fault.column().is_none_or(|name| name.chars().count() <= 60));
        }
        next = row.last_line + 1;
    }
    for (index, line) in lines.iter().enumerate().skip(next - 1) {
        prop_assert!(is_blank(line), "line {} is on no row", index + 1);
    }
    prop_assert!(count <= lines.len());
    prop_assert!(file.read_as.ignored_columns.iter().all(|name| name.chars().count() <= 60));
    Ok(())
}

fn is_blank(line: &str) -> bool {
    line.split([',', ';', '\t', '"', '=', '\u{feff}']).all(|part| visible(part).is_empty())
}

const VALID: [&[u8]; 7] = [
    BAD,
    case!("semicolon.csv"),
    case!("semicolon-windows-1252.csv"),
    case!("open-quote.csv"),
    case!("twice.csv"),
    case!("more-columns.csv"),
    case!("trailing-columns.csv"),
];

const VALID_JSON: [&[u8]; 1] = [case!("bom.ndjson")];

/// A file with a good beginning, with pieces inserted, removed or repeated.
fn mutated(files: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\"",
            "\"\"",
            "\n",
            "\r",
            "\r\n",
            ",",
            ";",
            "\t",
            "\u{feff}",
            "\u{fffd}",
            "\0",
            " ",
            "é",
            "\u{202e}",
            "\u{a0}",
            "\n\"",
            "\",",
            ",\"",
            "=\"",
            "{",
            "}",
            "\\",
            "L 0012",
            "9999-12-31",
            ".",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..4),
    ];
    let change = (any::<prop::sample::Index>(), 0..40usize, piece, 0..4u8);
    (prop::sample::select(files.to_vec()), prop::collection::vec(change, 0..6)).prop_map(
        |(file, changes)| {
            let mut bytes = file.to_vec();
            for (at, length, piece, kind) in changes {
                let at = at.index(bytes.len() + 1);
                let to = (at + length).min(bytes.len());
                match kind {
                    0 => drop(bytes.drain(at..to)),
                    1 => {
                        let copy = bytes[at..to].to_vec();
                        bytes.splice(at..at, copy);
                    }
                    _ => drop(bytes.splice(at..at, piece)),
                }
            }
            bytes
        },
    )
}

/// Rows of characters that confuse parsers, after a good header.
fn confusing() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\"",
        "\"\"",
        "\"",
        "\n",
        "\n",
        "\r",
        ",",
        ",",
        "31,Martin,,Agence,a@b.example,",
        "31",
        "\n32,Durand,,Agence,a@b.example,,",
        "x",
        " ",
        "\",",
        ",\"",
        "\"\n",
        "\u{feff}",
    ]);
    prop::collection::vec(piece, 0..30)
        .prop_map(|pieces| format!("{HEADER},note\n{}", pieces.concat()))
}

/// How a file of leases may be written.
#[derive(Clone, Debug, Default)]
struct Form {
    delimiter: char,
    line_end: &'static str,
    encoding: u8,
    is_french: bool,
    is_quoted: bool,
    space: &'static str,
    trailing: usize,
    order: Vec<usize>,
}

impl Form {
    fn write(&self, leases: &[[String; 6]]) -> Vec<u8> {
        let french =
            ["Référence client", "Nom", "Prénom", "Agence", "E-mail agence", "Date de sortie"];
        let names: Vec<&str> = HEADER.split(',').collect();
        let header = [0, 1, 2, 3, 4, 5].map(|at| {
            if self.is_french { french[at].to_uppercase() } else { names[at].to_owned() }
        });
        let delimiter = if self.delimiter == char::default() { ',' } else { self.delimiter };
        let line_end = if self.line_end.is_empty() { "\n" } else { self.line_end };
        let mut text = String::new();
        for row in std::iter::once(&header).chain(leases) {
            for (place, at) in self.order.iter().enumerate() {
                let field = match (*at, row[*at].split('-').collect::<Vec<_>>().as_slice()) {
                    (5, [year, month, day]) if self.is_french => format!("{day}/{month}/{year}"),
                    _ => row[*at].clone(),
                };
                let quote = if self.is_quoted || field.contains(delimiter) { "\"" } else { "" };
                let separator = if place > 0 { delimiter.to_string() } else { String::new() };
                let _ = write!(text, "{separator}{0}{quote}{field}{quote}{0}", self.space);
            }
            text += &delimiter.to_string().repeat(self.trailing);
            text += line_end;
        }
        match self.encoding {
            1 => format!("\u{feff}{text}").into_bytes(),
            2 => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
            3 => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.into_bytes(),
        }
    }
}

fn any_form() -> impl Strategy<Value = Form> {
    (
        prop::sample::select(vec![',', ';', '\t']),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        0..4u8,
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec!["", " ", "\u{a0} "]),
        0..3usize,
        Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
    )
        .prop_map(
            |(delimiter, line_end, encoding, is_french, is_quoted, space, trailing, order)| Form {
                delimiter,
                line_end,
                encoding,
                is_french,
                is_quoted,
                space,
                trailing,
                order,
            },
        )
}

fn some_leases() -> impl Strategy<Value = Vec<[String; 6]>> {
    let name = prop::sample::select(vec![
        "Lefèvre",
        "MÜLLER ET DURAND",
        "Martin, dit Bob",
        "Ñandú; Élise",
    ]);
    let first = prop::sample::select(vec!["", "-", "Zoé", "Jean-Paul"]);
    let end = prop::sample::select(vec!["", "2027-12-31", "9999-12-31", "2028-02-29"]);
    prop::collection::vec((name, first, end), 1..6).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(n, (name, first, end))| {
            let [agency, email] = ["Agence à Sète", "agence@example.org"];
            [&format!("00{n}"), name, first, agency, email, end].map(str::to_owned)
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn every_line_of_any_bytes_is_accounted_for(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        has_header in any::<bool>(),
    ) {
        let header = if has_header { format!("{HEADER}\n") } else { String::new() };
        if let Ok(file) = File::csv([header.as_bytes(), &bytes].concat(), None) {
            account(&file)?;
        }
        account(&ndjson(&bytes))?;
    }

    #[test]
    fn every_line_of_a_damaged_file_is_accounted_for(bytes in mutated(&VALID)) {
        if let Ok(file) = File::csv(bytes, None) {
            account(&file)?;
        }
    }

    #[test]
    fn every_line_of_a_confusing_file_is_accounted_for(text in confusing()) {
        account(&csv(text))?;
    }

    #[test]
    fn every_line_of_damaged_json_is_accounted_for(bytes in mutated(&VALID_JSON)) {
        account(&ndjson(bytes))?;
    }

    #[test]
    fn a_file_says_the_same_in_every_form(leases in some_leases(), form in any_form()) {
        let plain = Form { order: (0..6).collect(), ..Form::default() };
        let expected = self::leases(&csv(plain.write(&leases)));
        let file = csv(form.write(&leases));

        prop_assert_eq!(self::leases(&file), expected);
        prop_assert_eq!(file.read_as().delimiter, Some(form.delimiter));
    }

    #[test]
    fn good_rows_are_taken_whatever_stands_between_them(
        bad in prop_oneof!["[^\"\r\n\u{fffd}]{0,40}", "[a-c,;\" ]{0,40}", "[a-c0-9,@\"]{0,20}\""],
        good in prop::collection::vec(prop::sample::select(vec![
            "3{},A,,Agence Sud,agence.sud@example.org,",
            "3{},\"A\",,Agence Sud,agence.sud@example.org,2030-12-31",
            "\"3{}\",B,\"\",Agence Sud,agence.sud@example.org,\"\"",
            "3{},C,,\"Agence, Sud\",agence.sud@example.org,",
            "3{},\"D \"\"E\"\"\",,Agence,\"agence.sud@example.org\",",
        ]), 3),
    ) {
        let good: Vec<String> =
            good.iter().enumerate().map(|(n, row)| row.replace("{}", &n.to_string())).collect();
        let file =
            csv(format!("{HEADER}\n{}\n{bad}\n{}\n{}\n", good[0], good[1], good[2]));

        let lines: Vec<usize> = taken(&file).into_iter().map(|(line, _)| line).collect();
        for line in [2, 4, 5] {
            prop_assert!(lines.contains(&line), "{}", line);
        }
    }
}
