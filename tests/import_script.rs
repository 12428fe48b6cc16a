//! Runs `infra/examples/import_leases.py` as a landlord's system does each night.
#![cfg(not(feature = "deployed"))]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::{Household, Portal, installed};

/// The number of rows in a part that the script sends.
const ROWS_OF_A_PART: usize = 2_000;
/// Households whose accounts a file ends: one more than the API accepts without a confirmation.
const ENDING: [Household; 6] = [
    household("10000003", "foyer.1@exemple.example"),
    household("10000004", "foyer.2@exemple.example"),
    household("10000005", "foyer.3@exemple.example"),
    household("10002101", "foyer.4@exemple.example"),
    household("10002102", "foyer.5@exemple.example"),
    household("10002103", "foyer.6@exemple.example"),
];

const fn household(lease: &'static str, email: &'static str) -> Household {
    Household {
        lease,
        last_name: "Lefèvre",
        first_name: "Zoé",
        email,
        password: "quatre chevaux bleus 4",
    }
}

/// The Python environment with the script's dependencies only.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| installed("botocore", "python3"));

/// The output and the exit status of a run of the script.
struct Run {
    code: Option<i32>,
    /// The output for systems: the report, or nothing.
    report: Value,
    /// The output for people.
    words: String,
}

impl Run {
    #[track_caller]
    fn expect(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.words);
        for word in words {
            assert!(self.words.contains(word), "{word}\nin:\n{}", self.words);
        }
        self
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the script on `file` without a terminal, so that it cannot ask.
async fn run(portal: &Portal, file: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(&*PYTHON);
    command
        .arg(root().join("infra/examples/import_leases.py"))
        .args([portal.address(), file.to_str().unwrap()])
        .args(arguments)
        // The local stack does not verify signatures.
        .env("AWS_ACCESS_KEY_ID", "AGENCY")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "*")
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.is_empty() || said.trim_end().lines().count() == 1, "one line of JSON: {said}");
    Run {
        code: output.status.code(),
        report: serde_json::from_str(&said).unwrap_or_default(),
        words: String::from_utf8(output.stderr).unwrap(),
    }
}

fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("import-script");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    file
}

/// `text` in Windows-1252, which has the French letters at the code points of Latin-1.
fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

/// A portal with the accounts that the file will end. Their leases have no end yet.
async fn portal_with_accounts() -> Portal {
    let portal = Portal::open().await;
    let rows: Vec<String> = ENDING.iter().map(|household| household.row("")).collect();
    portal.import(&rows).await.expect_status(200);
    for household in &ENDING {
        portal.tenant(household).await;
    }
    portal
}

/// A French spreadsheet of 2 500 leases. Row `n`, from 0 on, has the lease 10000000 + `n`. Three
/// rows have faults. Around the boundary of two parts, each row has a remark of two lines.
fn spreadsheet() -> Vec<u8> {
    let mut text =
        "Référence client;Nom;Prénom;Agence;E-mail agence;Date de sortie;Remarque\r\n".to_owned();
    for n in 0..2_500 {
        let lease = 10_000_000 + n;
        let ends = ENDING.iter().any(|household| household.lease == lease.to_string());
        let reference = if n == 2_300 { "1,2E+07".to_owned() } else { lease.to_string() };
        let email = if n == 50 { "lilas" } else { "lilas@bailleur.example" };
        let end = match n {
            2_400 => "30/02/2031",
            _ if ends => "31/12/2031",
            _ => "",
        };
        let near_the_cut = ROWS_OF_A_PART - 5..ROWS_OF_A_PART + 5;
        let remark = if near_the_cut.contains(&n) { "\"clé ; rendue\r\nle 3\"" } else { "" };
        write!(text, "{reference};Lefèvre;Zoé;Agence des Lilas;{email};{end};{remark}\r\n")
            .unwrap();
    }
    windows_1252(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spreadsheets_file_is_tried_agreed_to_and_imported_in_parts() {
    let portal = portal_with_accounts().await;
    let file = written("spreadsheet.csv", &spreadsheet());

    let unasked = run(&portal, &file, &[]).await.expect(
        2,
        &[
            "2 500 rows, read as windows-1252, semicolons between the fields",
            "Columns left aside: Remarque",
            "create    2 491 leases",
            "update    6 leases",
            "leave     0 leases as they are",
            "reject    3 rows",
            "line 52, column E-mail agence: This e-mail address is not valid",
            // Ten of the rows before these take two lines.
            "line 2312, column Référence client: The reference has digits only",
            "line 2412, column Date de sortie: The date must exist",
            "end       6 accounts",
            "0 warned by the next daily run, 0 deactivated within 8 days",
            "Not confirmed.",
            "Nothing is written.",
        ],
    );
    assert_eq!(unasked.report, Value::Null);
    run(&portal, &file, &["--yes"]).await.expect(2, &["too_many_endings", "--confirm 6"]);
    portal.lease("10000000").await.expect_status(404);

    let confirmed = run(&portal, &file, &["--yes", "--confirm", "6"]).await.expect(1, &[]);
    let report = json!({
        "received": 2_500, "created": 2_491, "updated": 6, "unchanged": 0, "rejected": 3,
        "ending": 6, "warned": 0, "deactivated": 0,
    });
    assert_eq!(confirmed.report, report);
    for lease in ["10000000", "10001999", "10002000", "10002499"] {
        let lease = portal.lease(lease).await.expect_status(200).json;
        assert_eq!(lease["last_name"], "Lefèvre");
    }
    assert_eq!(portal.lease("10002103").await.json["ends_on"], "2031-12-31");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_refuses_for_its_endings_stops_everything() {
    let portal = portal_with_accounts().await;
    let others = (0..300).map(|n| household("", "").row("").replacen(',', &format!("{n},"), 1));
    let others: Vec<String> = others.collect();
    portal.import(&others).await.expect_status(200);
    let rows: Vec<String> =
        ENDING.iter().map(|household| household.row("2031-12-31")).chain(others).collect();
    let file = written("endings.csv", format!("{}\n{}", tests::HEADER, rows.join("\n")).as_bytes());

    run(&portal, &file, &["--yes"]).await.expect(
        2,
        &[
            "too_many_endings: the file would end 6 accounts",
            "would end 6 of 6",
            "Nothing is written.",
        ],
    );
    run(&portal, &file, &["--yes", "--confirm", "5"]).await.expect(2, &["--confirm says 5"]);

    assert_eq!(portal.lease("10000003").await.json["ends_on"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_one_lease_that_disagree_are_found_across_parts() {
    let portal = Portal::open().await;
    let row = |lease: usize, last_name: &str| {
        json!({
            "lease": lease.to_string(), "last_name": last_name, "agency_name": "Agence des Lilas",
            "agency_email": "lilas@bailleur.example",
        })
        .to_string()
    };
    let mut rows: Vec<String> = (1..=2_100).map(|n| row(20_000_000 + n, "Lefèvre")).collect();
    rows.push(row(20_000_001, "Martin"));
    // Ignored columns do not count as a disagreement.
    rows.push(row(20_000_002, "Lefèvre").replacen('{', "{\"remark\":\"clé rendue\",", 1));
    let file = written("disagreeing.ndjson", rows.join("\n").as_bytes());

    run(&portal, &file, &[]).await.expect(
        2,
        &[
            "2 102 rows, read as utf-8.",
            "create    2 100 leases",
            "reject    2 rows",
            "line 1: Another line",
            "line 2101: Another line",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_file_of_leases_writes_nothing() {
    let portal = Portal::open().await;
    let file = written("columns.csv", "Référence;Nom\r\n1;Martin\r\n".as_bytes());

    run(&portal, &file, &["--yes"]).await.expect(2, &["(422 invalid_fields)", "agency_email"]);
    run(&portal, Path::new("nowhere.csv"), &["--yes"]).await.expect(2, &["cannot be read"]);
}
