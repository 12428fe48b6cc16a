//! The landlord's system imports leases and looks them up.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, HEADER, Household, Portal};

const LEASES: &str = "../events/leases.csv";
const BAD_LEASES: &str = "fixtures/bad-leases.csv";
/// The rejected lines of that file, with their codes.
const REJECTED: [(u64, &str); 21] = [
    (2, "duplicate_lease"),
    (3, "invalid_lease"),
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
    (19, "invalid_email"),
    (20, "required"),
    (22, "duplicate_lease"),
    (24, "not_utf8"),
    (27, "not_allowed"),
    (29, "invalid_date"),
    (31, "not_allowed"),
    (32, "not_allowed"),
];
const AGENCY: &str = "Agence des Lilas,lilas@bailleur.example";

fn file(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

async fn send(portal: &Portal, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    portal.agency(Method::POST, "/api/agency/leases", media_type, body.into()).await
}

fn counts(answer: &Answer) -> [u64; 4] {
    ["received", "created", "updated", "unchanged"]
        .map(|name| answer.json[name].as_u64().expect("a count"))
}

fn rejected(answer: &Answer) -> Vec<(u64, &str)> {
    let rejected = answer.json["rejected"].as_array().expect("a list").iter();
    rejected.map(|row| (row["line"].as_u64().unwrap(), row["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_file_is_taken_once_and_changes_nothing_when_it_comes_again() {
    let portal = Portal::open().await;

    let first = send(&portal, "text/csv", file(LEASES)).await.expect_status(200);
    let again = send(&portal, "text/csv", file(LEASES)).await.expect_status(200);

    // Two of the leases are already known.
    let [received, created, updated, unchanged] = counts(&first);
    assert_eq!((received, created + updated, unchanged), (200, 200, 0));
    assert_eq!(counts(&again), [200, 0, 0, 200]);
    for answer in [&first, &again] {
        assert_eq!(answer.json["rejected"], json!([]));
    }
    let lease = portal.lease("2409613").await.expect_status(200).json;
    assert_eq!(lease["last_name"], "Lefèvre-Dubois");
    assert_eq!(lease["agency"]["name"], "Agence \"Les Deux Rives\", Strasbourg");
}

#[tokio::test]
async fn good_lines_are_imported_and_bad_ones_reported_with_their_line() {
    let portal = Portal::open().await;

    let answer = send(&portal, "text/csv", file(BAD_LEASES)).await.expect_status(200);

    assert_eq!(rejected(&answer), REJECTED);
    let [received, created, updated, unchanged] = counts(&answer);
    assert_eq!((created, updated, unchanged), (8, 0, 1));
    assert_eq!(received, created + unchanged + REJECTED.len() as u64);
    for (reference, last_name) in [
        ("70000017", "Dupuis"),
        ("77777777777777777777", "Simon"),
        ("70000018", "Lambert"),
        ("70000021", "Guérin"),
        ("70000026", "Chevalier"),
        ("70000030", "Fontaine, dite \"Fanny\""),
        ("70000034", "Muller"),
    ] {
        let lease = portal.lease(reference).await.expect_status(200).json;
        assert_eq!(lease["last_name"], last_name);
    }
    for reference in ["70000002", "70000003", "70000004", "70000016", "70000019", "70000024"] {
        portal.lease(reference).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn faults_are_described_in_both_languages_without_echoing_values() {
    let portal = Portal::open().await;
    let ask = |language| {
        let browser = portal.browser().in_language(language);
        let request = browser.request(Method::POST, "/api/agency/leases");
        let request = request.header("content-type", "text/csv").body(file(BAD_LEASES));
        portal.as_agency(request)
    };

    let french = ask("fr").await.expect_status(200);
    let english = ask("en").await.expect_status(200);

    let message = |answer: &Answer, line: u64| {
        let rows = answer.json["rejected"].as_array().unwrap();
        let row = rows.iter().find(|row| row["line"] == line).unwrap();
        row["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        message(&french, 16),
        "ends_on\u{a0}: La date doit exister et s’écrire 2027-12-31 ou 31/12/2027. Laissez le champ \
         vide si le bail n’a pas de fin."
    );
    assert!(message(&english, 16).starts_with("ends_on: The date must exist"));
    for (line, _) in REJECTED {
        assert_ne!(message(&french, line), message(&english, line), "line {line}");
    }
    for answer in [&french, &english] {
        for secret in ["Moreau", "70A00007", "2026-02-30", "agence.lyon", "surplus", "Petit", "Awa"]
        {
            assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn json_lines_and_csv_give_the_same_leases() {
    let portal = Portal::open().await;
    let lines = [
        json!({
            "lease": "L 8100 0001", "last_name": "Petit", "first_name": "Léa",
            "agency_name": "Agence", "agency_email": "agence@bailleur.example",
            "ends_on": "2030-06-30", "adviser_name": "Awa Sarr",
            "adviser_email": "awa@bailleur.example",
        }),
        json!({"lease": "81000002", "rent": "800"}),
        json!({"lease": 81_000_003}),
        json!({"lease": "81000004"}),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    let csv = "81000001,Petit,Léa,Agence,agence@bailleur.example,2030-06-30,Awa Sarr,\
               awa@bailleur.example";

    let body = format!("\n{lines}\nno JSON\n");
    let first = send(&portal, "application/x-ndjson", body).await.expect_status(200);
    let again = portal.import(&[csv.to_owned()]).await.expect_status(200);

    assert_eq!(counts(&first), [5, 1, 0, 0]);
    assert_eq!(
        rejected(&first),
        [(3, "required"), (4, "malformed_line"), (5, "required"), (6, "malformed_line")]
    );
    assert_eq!(counts(&again), [1, 0, 0, 1]);
}

#[tokio::test]
async fn columns_may_be_in_any_order_and_the_advisers_may_be_left_out() {
    let portal = Portal::open().await;
    let file = "\u{feff}ends_on,agency_email,agency_name,first_name,last_name,lease\r\n\
                ,agence@bailleur.example,Agence,Léa,Petit,81000001\r\n";

    let answer = send(&portal, "text/csv; charset=utf-8", file).await.expect_status(200);

    assert_eq!(counts(&answer), [1, 1, 0, 0]);
    assert_eq!(portal.lease("81000001").await.json["last_name"], "Petit");
}

#[tokio::test]
async fn only_csv_and_json_lines_are_taken() {
    let portal = Portal::open().await;

    for media_type in ["application/json", "text/plain", "application/vnd.ms-excel", "x"] {
        let answer = send(&portal, media_type, file(LEASES)).await;
        answer.expect_problem(415, "unsupported_media_type");
    }
    send(&portal, "TEXT/CSV", file(LEASES)).await.expect_status(200);
}

#[tokio::test]
async fn a_header_with_faults_is_refused_column_by_column() {
    let portal = Portal::open().await;

    for (header, faults) in [
        ("lease,last_name,first_name,agency_name,ends_on", vec![("agency_email", "required")]),
        (
            "lease,Référence client,last_name,first_name,agency_name,agency_email,ends_on",
            vec![("Référence client", "duplicate_column")],
        ),
        (
            "",
            vec![
                ("lease", "required"),
                ("last_name", "required"),
                ("first_name", "required"),
                ("agency_name", "required"),
                ("agency_email", "required"),
                ("ends_on", "required"),
            ],
        ),
    ] {
        let file = format!("{header}\n81000001,Petit,Léa,{AGENCY},\n");
        let file = if header.is_empty() { String::new() } else { file };
        send(&portal, "text/csv", file).await.expect_faults(&faults);
    }
    portal.lease("81000001").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_file_over_two_mebibytes_or_ten_thousand_rows_is_refused() {
    let portal = Portal::open().await;
    let row = |n: u32| format!("{n:08},Petit,Léa,{AGENCY},,,\n");
    let header = format!("{HEADER}\n");

    let too_many = (0..10_001).fold(header.clone(), |file, n| file + &row(n));
    let answer = send(&portal, "text/csv", too_many).await;
    answer.expect_problem(413, "payload_too_large");
    let mut too_long = (0..10).fold(header.clone(), |file, n| file + &row(n)).into_bytes();
    too_long.resize(2 * 1024 * 1024 + 1, b'\n');
    let answer = send(&portal, "text/csv", too_long.clone()).await;
    answer.expect_problem(413, "payload_too_large");
    portal.lease("00000000").await.expect_problem(404, "not_found");

    too_long.truncate(2 * 1024 * 1024);
    let answer = send(&portal, "text/csv", too_long).await.expect_status(200);
    assert_eq!(counts(&answer), [10, 10, 0, 0]);
    let lines = "{}\n".repeat(10_001);
    let answer = send(&portal, "application/x-ndjson", lines).await;
    answer.expect_problem(413, "payload_too_large");
    let lines = "{}\n".repeat(10_000);
    let answer = send(&portal, "application/x-ndjson", lines).await.expect_status(200);
    assert_eq!(counts(&answer), [10_000, 0, 0, 0]);
}

#[tokio::test]
async fn only_signed_requests_reach_the_agencys_routes() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&Household::MARTIN).await;

    for browser in [&portal.browser(), &tenant] {
        browser.get("/api/agency/leases/12345678").await.expect_status(403);
        let file = browser.request(Method::POST, "/api/agency/leases");
        let file = file.header("content-type", "text/csv").body(file_of_one());
        browser.keep(file).await.expect_status(403);
    }

    let refused = portal.browser().get("/api/agency/leases/12345678").await;
    assert_eq!(refused.json, json!({"message": "Forbidden"}), "by the gateway");
    portal.lease("81000001").await.expect_problem(404, "not_found");
}

fn file_of_one() -> String {
    format!("{HEADER}\n81000001,Petit,Léa,{AGENCY},,,\n")
}

#[tokio::test]
async fn an_operation_of_the_agency_trusts_only_iam() {
    let portal = Portal::open().await;
    let event = json!({
        "version": "2.0",
        "routeKey": "GET /api/agency/leases/{lease}",
        "rawPath": "/api/agency/leases/12345678",
        "rawQueryString": "",
        "headers": {"authorization": "AWS4-HMAC-SHA256 Credential=forged"},
        "pathParameters": {"lease": "12345678"},
        "requestContext": {
            "accountId": "0", "apiId": "x", "domainName": "x", "domainPrefix": "x",
            "http": {
                "method": "GET", "path": "/api/agency/leases/12345678", "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.1", "userAgent": "x",
            },
            "requestId": "r", "routeKey": "GET /api/agency/leases/{lease}", "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1,
        },
        "isBase64Encoded": false,
    });

    let answer = portal.invoke("get-lease", &event).await.expect_status(200);

    assert_eq!(answer.json["statusCode"], 403, "{}", answer.body);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_lease_is_shown_with_its_account() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let household = Household::NDIAYE;
    let row = format!(
        "{},N’Diaye,Aminata,{AGENCY},2031-12-31,Awa Sarr,awa@bailleur.example",
        household.lease
    );
    portal.import(&[row]).await.expect_status(200);
    let mut expected = json!({
        "lease": "23456789",
        "last_name": "N’Diaye",
        "first_name": "Aminata",
        "agency": {"name": "Agence des Lilas", "email": "lilas@bailleur.example"},
        "adviser": {"name": "Awa Sarr", "email": "awa@bailleur.example"},
        "ends_on": "2031-12-31",
        "account": null,
        "mail_state": null,
    });

    let free = portal.lease("L 234.567 89").await.expect_status(200).json;
    let tenant = portal.tenant(&household).await;
    let held = portal.lease(household.lease).await.expect_status(200).json;

    assert_eq!(free, expected);
    let account = tenant.account().await.json;
    expected["account"] = json!({
        "status": "active",
        "created_at": account["created_at"],
        "paperless": false,
        "closes_on": "2032-03-31",
        "mail_state": null,
    });
    assert_eq!(held, expected);
    assert!(!held.to_string().contains(household.email), "the agency does not see the address");
}

#[tokio::test]
async fn an_unknown_lease_is_not_found() {
    let portal = Portal::open().await;

    for reference in ["99999999", "x", "%20", "12345678901234567890123"] {
        portal.lease(reference).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_account_follows_its_lease_and_stays_with_it() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    let before = browser.account().await.json;
    let row = "12345678,Martin-Lopez,Camille Jeanne,Agence du Port,port@bailleur.example,\
               2031-06-15,,";

    let answer = portal.import(&[row.to_owned()]).await.expect_status(200);

    assert_eq!(counts(&answer), [1, 0, 1, 0]);
    let mut expected = before.clone();
    expected["last_name"] = json!("Martin-Lopez");
    expected["first_name"] = json!("Camille Jeanne");
    expected["agency"] = json!({"name": "Agence du Port", "email": "port@bailleur.example"});
    expected["closes_on"] = json!("2031-09-15");
    assert_eq!(browser.account().await.expect_status(200).json, expected);
    let again = portal.import(&[row.to_owned()]).await.expect_status(200);
    assert_eq!(counts(&again), [1, 0, 0, 1]);
    let lease = portal.lease(household.lease).await.json;
    assert_eq!(lease["account"]["status"], "active");
    let back = portal.import(&[household.row("")]).await.expect_status(200);
    assert_eq!(counts(&back), [1, 0, 1, 0]);
    assert_eq!(browser.account().await.json, before);
}

#[tokio::test]
async fn a_lease_is_registered_with_under_the_name_it_has_now() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let row = household.row("").replace("Martin", "Durand");
    portal.import(&[row]).await.expect_status(200);

    let old = portal.browser().register(&household).await;
    old.expect_problem(422, "lease_not_recognised");
    let renamed = Household { last_name: "Durand", ..household };
    portal.browser().register(&renamed).await.expect_status(202);
}

#[tokio::test]
async fn rows_that_agree_count_once_and_rows_that_disagree_are_all_refused() {
    let portal = Portal::open().await;
    let row = |name: &str| format!("81000001,{name},Léa,{AGENCY},,,");

    let rows = [row("Petit"), row("Petit"), row("Grand")];
    let answer = portal.import(&rows).await.expect_status(200);

    // It is unknown which row is right, so none is imported.
    let told = [(2, "duplicate_lease"), (3, "duplicate_lease"), (4, "duplicate_lease")];
    assert_eq!(counts(&answer), [3, 0, 0, 0]);
    assert_eq!(rejected(&answer), told);
    portal.lease("81000001").await.expect_problem(404, "not_found");

    let answer = portal.import(&[row("Petit"), row("Petit")]).await.expect_status(200);
    assert_eq!(counts(&answer), [2, 1, 0, 1]);
}

#[tokio::test]
async fn the_same_file_may_come_several_times_at_once() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    let mut text = String::from_utf8(file(LEASES)).unwrap();
    let own = text.lines().find(|line| line.starts_with(household.lease)).unwrap().to_owned();
    text = text.replace(&own, &household.row("2031-06-30"));

    let import = || send(&portal, "text/csv", text.clone());
    let answers = tokio::join!(import(), import(), import(), import());

    let answers: [Answer; 4] = answers.into();
    let mut total = [0; 4];
    for answer in answers {
        let answer = answer.expect_status(200);
        assert_eq!(answer.json["rejected"], json!([]));
        for (sum, count) in total.iter_mut().zip(counts(&answer)) {
            *sum += count;
        }
    }
    let [received, created, updated, unchanged] = total;
    assert_eq!(received, 800);
    assert_eq!((created, updated, unchanged), (198, 2, 600), "each lease is written once");
    let account: Value = browser.account().await.expect_status(200).json;
    assert_eq!(account["closes_on"], "2031-09-30");
    let again = import().await.expect_status(200);
    assert_eq!(counts(&again), [200, 0, 0, 200]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_import_that_fails_halfway_is_completed_by_the_next() {
    let portal = Portal::open().await;
    let fault = |fail| {
        json!({
            "service": "dynamodb", "function": "import-leases", "action": "TransactWriteItems",
            "fail": fail,
        })
    };

    for fail in ["lost-answer", "down"] {
        portal.set_fault(&fault(fail)).await;
        let failed = send(&portal, "text/csv", file(LEASES)).await;
        let failed = failed.expect_problem(503, "unavailable");
        assert!(!failed.header("retry-after").is_empty());
    }
    portal.lease("2409613").await.expect_status(200);
    portal.set_fault(&fault("none")).await;

    let next = send(&portal, "text/csv", file(LEASES)).await.expect_status(200);
    assert!(counts(&next)[3] >= 100, "what was written stays: {}", next.body);
    let again = send(&portal, "text/csv", file(LEASES)).await.expect_status(200);
    assert_eq!(counts(&again), [200, 0, 0, 200]);
}
