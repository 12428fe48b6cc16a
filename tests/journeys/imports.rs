//! Real-world files of the landlord, and the confirmation before they end many accounts.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, HEADER, Household, Portal};

async fn send(portal: &Portal, query: &str, media_type: &str, body: Vec<u8>) -> Answer {
    let path = format!("/api/agency/leases{query}");
    portal.agency(Method::POST, &path, media_type, body).await
}

fn case(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Received, created, updated, unchanged, rejected.
fn counts(answer: &Answer) -> [u64; 5] {
    let count = |name: &str| answer.json[name].as_u64().expect("a count");
    let rejected = answer.json["rejected"].as_array().expect("a list").len() as u64;
    [count("received"), count("created"), count("updated"), count("unchanged"), rejected]
}

fn rejected(answer: &Answer) -> Vec<(u64, &str, &str)> {
    let rejected = answer.json["rejected"].as_array().expect("a list").iter();
    rejected
        .map(|row| {
            let line = row["line"].as_u64().expect("a line");
            (
                line,
                row["column"].as_str().unwrap_or_default(),
                row["code"].as_str().expect("a code"),
            )
        })
        .collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sends a body that is not UTF-8")]
async fn a_file_that_a_french_spreadsheet_saved_is_taken() {
    let portal = Portal::open().await;

    let answer = send(&portal, "", "text/csv", case("semicolon.csv")).await.expect_status(200);
    assert_eq!(counts(&answer), [2, 2, 0, 0, 0]);
    assert_eq!(answer.json["read_as"]["delimiter"], ";");
    assert_eq!(answer.json["read_as"]["encoding"], "utf-8");
    assert_eq!(portal.lease("31000002").await.json["ends_on"], "2030-12-31");

    let file = case("semicolon-windows-1252.csv");
    let answer = send(&portal, "", "text/csv", file).await.expect_status(200);
    assert_eq!(counts(&answer), [1, 1, 0, 0, 0]);
    assert_eq!(answer.json["read_as"]["encoding"], "windows-1252");
    assert_eq!(portal.lease("31000003").await.json["last_name"], "Lefèvre");

    // A second file: tabs, CR line endings, other French headings.
    let file = "Code contrat\tNom du signataire\tPrénom\tNom de l'agence\tCourriel agence\tFin de bail\r\
                L 31 000 051\tNuñez\tZoé\tAgence Sud\tagence.sud@example.org\t30/06/2031\r";
    let file = file.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let answer = send(&portal, "", "text/csv; charset=iso-8859-1", file).await.expect_status(200);
    assert_eq!(counts(&answer), [1, 1, 0, 0, 0], "{}", answer.body);
    let lease = portal.lease("31000051").await.json;
    assert_eq!((&lease["last_name"], &lease["ends_on"]), (&json!("Nuñez"), &json!("2031-06-30")));
}

#[tokio::test]
async fn unknown_columns_are_ignored_and_named() {
    let portal = Portal::open().await;

    for (name, counted, ignored) in [
        ("trailing-columns.csv", [1, 1, 0, 0, 0], 2),
        ("more-columns.csv", [1, 1, 0, 0, 0], 2),
        ("header-case.csv", [1, 1, 0, 0, 0], 0),
    ] {
        let answer = send(&portal, "", "text/csv", case(name)).await.expect_status(200);
        assert_eq!(counts(&answer), counted, "{name}: {}", answer.body);
        let columns = answer.json["read_as"]["ignored_columns"].as_array().expect("a list");
        assert_eq!(columns.len(), ignored, "{name}: {columns:?}");
    }
    assert_eq!(portal.lease("31000005").await.json["ends_on"], "2030-06-30");
}

#[tokio::test]
async fn every_line_that_an_open_quote_swallowed_is_accounted_for() {
    let portal = Portal::open().await;

    let answer = send(&portal, "", "text/csv", case("open-quote.csv")).await.expect_status(200);

    assert_eq!(counts(&answer), [4, 3, 0, 0, 1]);
    let [(line, _, code)] = rejected(&answer)[..] else { panic!("{}", answer.body) };
    assert_eq!((line, code), (2, "unclosed_quote"));
    for reference in ["31000008", "31000009", "31000010"] {
        portal.lease(reference).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_not_part_of_the_first_lease() {
    let portal = Portal::open().await;

    let answer = send(&portal, "", "application/x-ndjson", case("bom.ndjson")).await;

    assert_eq!(counts(&answer.expect_status(200)), [2, 2, 0, 0, 0]);
}

#[tokio::test]
async fn a_date_that_means_no_end_is_accepted_and_an_implausible_one_is_a_fault() {
    let portal = Portal::open().await;

    let answer = send(&portal, "", "text/csv", case("sentinel-dates.csv")).await;
    let answer = answer.expect_status(200);

    assert_eq!(
        rejected(&answer),
        [
            (4, "ends_on", "implausible_date"),
            (5, "ends_on", "implausible_date"),
            (6, "ends_on", "implausible_date"),
            (7, "ends_on", "invalid_date"),
        ]
    );
    for reference in ["31000013", "31000014"] {
        assert_eq!(portal.lease(reference).await.json["ends_on"], Value::Null);
    }
}

#[tokio::test]
async fn a_household_of_one_name_and_a_company_have_accounts_and_are_greeted_sensibly() {
    let portal = Portal::open().await;
    let answer = send(&portal, "", "text/csv", case("one-name.csv")).await.expect_status(200);
    assert_eq!(counts(&answer), [3, 3, 0, 0, 0]);

    for (lease, last_name, email) in [
        ("31000019", "sci les lilas", "sci@exemple.example"),
        ("31000020", "Suharto", "suharto@exemple.example"),
        ("31000021", "Abdullah", "abdullah@exemple.example"),
    ] {
        let household = Household { lease, last_name, email, ..Household::MARTIN };
        let browser = portal.tenant(&household).await;
        let account = browser.account().await.expect_status(200).json;
        assert_eq!(account["first_name"], "", "{account}");
        for mail in portal.mails_to(email).await {
            let text = mail["text"].as_str().unwrap_or_default();
            assert!(!text.contains("null") && !text.contains("Bonjour -"), "{text}");
        }
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn names_match_as_people_write_them_but_other_words_do_not() {
    let portal = Portal::open_with(&[
        ("LIMIT_MISTAKEN_REGISTRATIONS_PER_SOURCE", "1000"),
        ("LIMIT_REGISTRATIONS_PER_SOURCE", "1000"),
    ])
    .await;
    let pairs = |name: &str| -> Vec<(String, String)> {
        let text = String::from_utf8(case(name)).expect("a text");
        let rows = text.lines().skip(1).filter_map(|line| line.split_once('\t'));
        rows.map(|(lease, typed)| (lease.to_owned(), typed.to_owned())).collect()
    };
    let mut reference = 32_000_000;
    for (name, status) in [("names.tsv", 202), ("not-names.tsv", 422)] {
        for (on_lease, typed) in pairs(name) {
            reference += 1;
            let row = format!("{reference},\"{on_lease}\",Zoé,Agence,agence@example.org,,,");
            portal.import(&[row]).await.expect_status(200);
            let body = json!({
                "lease": reference.to_string(), "last_name": typed, "email": "zoe@exemple.example",
                "password": "quatre chevaux bleus 4", "terms": "2026-01",
            });
            let answer = portal.browser().post("/api/registrations", &body).await;
            assert_eq!(answer.status, status, "{on_lease} / {typed}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let before = browser.account().await.json;
    let rows = [
        Household::MARTIN.row("2026-12-31"),
        Household::LEFEVRE.row(""),
        "81000001,Petit,Léa,Agence,agence@bailleur.example,,,".to_owned(),
        "81000002,,Léa,Agence,agence@bailleur.example,,,".to_owned(),
    ];
    let file = format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes();

    let dry = send(&portal, "?dry_run", "text/csv", file.clone()).await.expect_status(200);

    assert_eq!(counts(&dry), [4, 1, 1, 1, 1]);
    assert_eq!(dry.json["consequences"]["ending"], 1);
    portal.lease("81000001").await.expect_problem(404, "not_found");
    assert_eq!(browser.account().await.json, before);

    let done = send(&portal, "", "text/csv", file).await.expect_status(200);
    assert_eq!(counts(&done), counts(&dry));
    assert_eq!(done.json["consequences"], dry.json["consequences"]);
    assert_eq!(browser.account().await.json["closes_on"], "2027-03-31");
    let nonsense = send(&portal, "?dry_run=perhaps", "text/csv", Vec::new()).await;
    nonsense.expect_faults(&[("dry_run", "not_allowed")]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn a_file_that_would_end_many_accounts_is_refused_whole_until_their_number_is_confirmed() {
    let portal = Portal::open_with(&[
        ("LIMIT_REGISTRATIONS_PER_SOURCE", "1000"),
        ("LIMIT_MAILS_PER_SOURCE", "1000"),
    ])
    .await;
    let leases: Vec<String> = (0..8).map(|n| format!("8200000{n}")).collect();
    let rows = |ends_on: &str| -> Vec<String> {
        let row =
            |lease: &String| format!("{lease},Petit,Léa,Agence,agence@example.org,{ends_on},,");
        leases.iter().map(row).collect()
    };
    portal.import(&rows("")).await.expect_status(200);
    for (n, lease) in leases.iter().take(6).enumerate() {
        let email: &'static str = Box::leak(format!("foyer-{n}@exemple.example").into_boxed_str());
        let lease: &'static str = Box::leak(lease.clone().into_boxed_str());
        let household = Household { lease, last_name: "Petit", email, ..Household::MARTIN };
        portal.tenant(&household).await;
    }
    let file = || format!("{HEADER}\n{}\n", rows("2027-01-31").join("\n")).into_bytes();

    let refused = send(&portal, "", "text/csv", file()).await;
    let refused = refused.expect_problem(409, "too_many_endings");
    assert_eq!((&refused.json["ending"], &refused.json["accounts"]), (&json!(6), &json!(6)));
    for lease in &leases {
        assert_eq!(portal.lease(lease).await.json["ends_on"], Value::Null, "nothing is written");
    }
    let wrong = send(&portal, "?confirm=5", "text/csv", file()).await;
    wrong.expect_problem(409, "too_many_endings");
    let dry = send(&portal, "?dry_run=true", "text/csv", file()).await.expect_status(200);
    assert_eq!(dry.json["consequences"]["ending"], 6);

    let taken = send(&portal, "?confirm=6", "text/csv", file()).await.expect_status(200);
    assert_eq!(counts(&taken), [8, 0, 8, 0, 0]);
    // A later end or none never needs a confirmation.
    portal.import(&rows("2027-06-30")).await.expect_status(200);
    portal.import(&rows("")).await.expect_status(200);
    // Five endings need no confirmation.
    let few = rows("2027-01-31")[..5].join("\n");
    let few = format!("{HEADER}\n{few}\n").into_bytes();
    send(&portal, "", "text/csv", few).await.expect_status(200);
}

// Each change of an exit date has its line in the audit trail. The checker looks for it.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_change_of_an_exit_date_with_lost_responses_is_in_the_audit_trail() {
    let portal = Portal::open().await;
    portal.tenant(&Household::MARTIN).await;
    let row = [Household::MARTIN.row("2099-12-31")];
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "lost-answer", "count": 3,
            "function": "import-leases", "action": "TransactWriteItems",
        }))
        .await;

    portal.import(&row).await.expect_problem(503, "unavailable");

    let again = portal.import(&row).await.expect_status(200).json;
    assert_eq!(again["unchanged"], 1, "{again}");
}
