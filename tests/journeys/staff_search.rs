//! Staff find households: by reference, address or name, among their agencies.

#[cfg(not(feature = "deployed"))]
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal};

const MARTIN: Household = Household::MARTIN;
/// The agency of `agent-of-one-agency`.
const OWN: &str = "Agence de Lyon Part-Dieu,lyon@bailleur.example";
const OTHER: &str = "Agence des Lilas,lilas@bailleur.example";

async fn signed_in(portal: &Portal, member: &str) -> Browser {
    let browser = portal.browser();
    browser.sign_in_as_staff(member).await;
    browser
}

async fn search(browser: &Browser, typed: &str) -> Answer {
    let typed = typed.replace('+', "%2B");
    browser.staff_get(&format!("/api/staff/households?q={typed}")).await
}

async fn after(browser: &Browser, typed: &str, next: &Value) -> Answer {
    let next = next.as_str().expect("a next page");
    browser.staff_get(&format!("/api/staff/households?q={typed}&after={next}")).await
}

fn references(answer: &Answer) -> Vec<&str> {
    let households = answer.json["households"].as_array().expect("households are a list");
    households.iter().map(|household| household["lease"].as_str().unwrap()).collect()
}

async fn found(browser: &Browser, typed: &str) -> Vec<String> {
    let answer = search(browser, typed).await.expect_status(200);
    references(&answer).into_iter().map(str::to_owned).collect()
}

/// A row of the landlord's file.
fn row(lease: &str, last_name: &str, first_name: &str, agency: &str) -> String {
    format!("{lease},{last_name},{first_name},{agency},,,")
}

#[tokio::test]
async fn a_household_is_found_by_its_reference_its_address_and_the_beginning_of_its_name() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let reader = signed_in(&portal, "reader").await;

    for typed in [
        "12345678",
        "L 1234 5678",
        "camille.martin@exemple.example",
        "Camille.MARTIN@exemple.example",
        "mar",
        "M. et Mme Martin",
        "martin, cam",
        "Martin Camille",
    ] {
        let answer = search(&reader, typed).await.expect_status(200);
        let expected = json!({
            "households": [{
                "lease": MARTIN.lease,
                "last_name": "Martin",
                "first_name": "Camille",
                "agency": {"name": "Agence des Lilas", "email": "lilas@bailleur.example"},
                "account": "active",
            }],
        });
        assert_eq!(answer.json, expected, "{typed}");
    }
    for typed in ["n'diaye", "NDIAYE Ami", "lefevre", "Lefèvre-Dubois, éloïse"] {
        assert_eq!(found(&reader, typed).await.len(), 1, "{typed}");
    }
    for typed in ["99999999", "eloise@exemple.example", "martine", "camille", "martin, b", "m"] {
        assert!(found(&reader, typed).await.is_empty(), "{typed}");
    }
}

#[tokio::test]
async fn what_is_no_search_is_told_so() {
    let portal = Portal::open().await;
    let reader = signed_in(&portal, "reader").await;

    for (typed, code) in [
        ("", "required"),
        ("%20%E2%80%8B", "required"),
        ("camille@", "invalid_email"),
        ("1234-5678", "invalid_lease"),
        ("mar%00tin", "not_allowed"),
    ] {
        search(&reader, typed).await.expect_faults(&[("q", code)]);
    }
    let long = "a".repeat(101);
    search(&reader, &long).await.expect_faults(&[("q", "too_long")]);
    reader.staff_get("/api/staff/households").await.expect_faults(&[("q", "required")]);
}

#[tokio::test]
async fn the_state_of_the_account_is_that_of_now() {
    let portal = Portal::open().await;
    let reader = signed_in(&portal, "reader").await;
    let account = async || {
        let answer = search(&reader, "martin").await.expect_status(200);
        answer.json["households"][0]["account"].clone()
    };

    assert_eq!(account().await, "none");
    portal.tenant(&MARTIN).await;
    assert_eq!(account().await, "active");
    let body = json!({"lease": MARTIN.lease, "reason": "Départ"}).to_string().into_bytes();
    let closed = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    closed.await.expect_status(204);
    assert_eq!(account().await, "deactivated");
    portal.import(&[MARTIN.row("2027-08-31")]).await.expect_status(200);
    let answer = search(&reader, "martin").await.expect_status(200);
    assert_eq!(answer.json["households"][0]["ends_on"], "2027-08-31");
}

#[tokio::test]
async fn pages_of_fifty_lose_no_household_and_repeat_none() {
    let portal = Portal::open().await;
    let reader = signed_in(&portal, "reader").await;
    let rows: Vec<String> = (0..120)
        .map(|n| row(&format!("8{n:07}"), "Durand", &format!("Zoé{n:03}"), OTHER))
        .collect();
    portal.import(&rows).await.expect_status(200);

    let mut pages = vec![search(&reader, "durand").await.expect_status(200)];
    while !pages[pages.len() - 1].json["next"].is_null() {
        let next = pages[pages.len() - 1].json["next"].clone();
        pages.push(after(&reader, "durand", &next).await.expect_status(200));
    }

    let sizes: Vec<usize> = pages.iter().map(|page| references(page).len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    let all: Vec<&str> = pages.iter().flat_map(references).collect();
    // Folding leaves the letters and digits of first names, by which a name's households are sorted.
    let expected: Vec<String> = (0..120).map(|n| format!("8{n:07}")).collect();
    assert_eq!(all, expected);
    // A page of another search, and what nobody has made.
    let next = &pages[0].json["next"];
    after(&reader, "dur", next).await.expect_faults(&[("after", "not_allowed")]);
    after(&reader, "durand", &json!("AAAA")).await.expect_faults(&[("after", "not_allowed")]);
    // Exactly a page has no next one.
    assert_eq!(found(&reader, "durand zoe00").await.len(), 10);
    let fifty: Vec<String> =
        (0..50).map(|n| row(&format!("7{n:07}"), "Petit", "", OTHER)).collect();
    portal.import(&fifty).await.expect_status(200);
    let page = search(&reader, "petit").await.expect_status(200);
    assert_eq!((references(&page).len(), &page.json["next"]), (50, &Value::Null));
}

#[tokio::test]
async fn households_of_other_agencies_are_not_found() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    portal.import(&[row("90000001", "Martin", "Zoé", OWN)]).await.expect_status(200);
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    let all = signed_in(&portal, "agent").await;

    assert_eq!(found(&all, "martin").await, [MARTIN.lease, "90000001"]);
    assert_eq!(found(&agent, "martin").await, ["90000001"]);
    assert_eq!(found(&agent, "90000001").await, ["90000001"]);
    for typed in [MARTIN.lease, MARTIN.email, "martin camille"] {
        let answer = search(&agent, typed).await.expect_status(200);
        assert_eq!(answer.json, json!({"households": []}), "{typed}");
    }
    // The lease moves to the agent's agency, and the other one away.
    let rows =
        [row(MARTIN.lease, "Martin", "Camille", OWN), row("90000001", "Martin", "Zoé", OTHER)];
    portal.import(&rows).await.expect_status(200);
    assert_eq!(found(&agent, "martin").await, [MARTIN.lease]);
    assert_eq!(found(&agent, MARTIN.email).await, [MARTIN.lease]);
}

#[tokio::test]
async fn an_agency_with_few_households_among_many_finds_them_all() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    let mut rows: Vec<String> =
        (0..2100).map(|n| row(&format!("8{n:07}"), "Moreau", "Luc", OTHER)).collect();
    rows.push(row("70000001", "Moreau", "Anne", OWN));
    rows.push(row("90000001", "Moreau", "Zoé", OWN));
    portal.import(&rows).await.expect_status(200);

    let first = search(&agent, "moreau").await.expect_status(200);
    let second = after(&agent, "moreau", &first.json["next"]).await.expect_status(200);

    assert_eq!((references(&first), references(&second)), (vec!["70000001"], vec!["90000001"]));
    assert!(second.json["next"].is_null());
    // The place that the next page begins after is of a household that the agent may not see.
    let next = first.json["next"].as_str().unwrap();
    let all = signed_in(&portal, "agent").await;
    assert!(!next.contains("moreau") && next.len() > 40, "{next}");
    after(&all, "moreau", &first.json["next"]).await.expect_status(200);
}

#[tokio::test]
async fn a_household_is_found_by_the_name_of_its_last_import() {
    let portal = Portal::open().await;
    let reader = signed_in(&portal, "reader").await;
    assert_eq!(found(&reader, "martin").await, [MARTIN.lease]);

    let rows = [row(MARTIN.lease, "Martin", "Camille", OTHER)];
    portal.import(&[row(MARTIN.lease, "M. et Mme DUPONT", "Léa", OTHER)]).await.expect_status(200);

    assert!(found(&reader, "martin").await.is_empty());
    for typed in ["dupont", "dupont, le", "Mme Dupont"] {
        assert_eq!(found(&reader, typed).await, [MARTIN.lease], "{typed}");
    }
    portal.import(&rows).await.expect_status(200);
    assert_eq!(found(&reader, "martin").await, [MARTIN.lease]);
    // Two spellings that sort alike change nothing but the spelling.
    portal.import(&[row(MARTIN.lease, "MARTIN", "camille", OTHER)]).await.expect_status(200);
    assert_eq!(found(&reader, "martin, camille").await, [MARTIN.lease]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_lease_from_before_the_index_is_listed_by_its_next_import() {
    let portal = Portal::open().await;
    portal.without_checker("a test writes a lease as an earlier version did");
    let reader = signed_in(&portal, "reader").await;
    let text = |text: &str| json!({"S": text});
    let agency = json!({"name": text("Agence des Lilas"), "email": text("lilas@bailleur.example")});
    let item = json!({
        "pk": text("lease#80000001"),
        "reference": text("80000001"),
        "last_name": text("Bernard"),
        "first_name": text("Luc"),
        "agency": {"M": agency},
    });
    portal.put_items("tenants", &[item]).await;
    assert!(found(&reader, "bernard").await.is_empty());
    let rows = [row("80000001", "Bernard", "Luc", OTHER)];

    let dry = format!("{}\n{}\n", tests::HEADER, rows[0]).into_bytes();
    let path = "/api/agency/leases?dry_run=true";
    let dry = portal.agency(Method::POST, path, "text/csv", dry).await.expect_status(200);
    assert_eq!(dry.json["unchanged"], 1);
    assert!(found(&reader, "bernard").await.is_empty());
    let report = portal.import(&rows).await.expect_status(200).json;

    assert_eq!((&report["unchanged"], &report["updated"]), (&json!(1), &json!(0)));
    assert_eq!(found(&reader, "bernard").await, ["80000001"]);
    // What is listed is not written again.
    portal.forget_requests().await;
    portal.import(&rows).await.expect_status(200);
    let requests = portal.requests_of("import-leases").await;
    assert!(requests.iter().all(|request| request["action"] != "TransactWriteItems"));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_search_asks_the_same_among_few_and_among_many() {
    let portal = Portal::open().await;
    let reader = signed_in(&portal, "reader").await;
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    portal.tenant(&MARTIN).await;
    portal.import(&[row("90000001", "Lefort", "Zoé", OWN)]).await.expect_status(200);
    let rows = |from: usize, to: usize| -> Vec<String> {
        let names = ["Blanc", "Roux", "Marchand", "Levasseur"];
        let row = |n: usize| row(&format!("8{n:07}"), names[n % 4], "Luc", OTHER);
        (from..to).map(row).collect()
    };
    let mut asked = Vec::new();
    for (from, to) in [(0, 20), (20, 2000)] {
        portal.import(&rows(from, to)).await.expect_status(200);
        let mut each = Vec::new();
        for (browser, typed) in [
            (&reader, MARTIN.lease),
            (&reader, MARTIN.email),
            (&reader, "martin"),
            (&agent, "lefort"),
            (&agent, "martin"),
        ] {
            // The first search of a process also reads the secret.
            search(browser, typed).await.expect_status(200);
            portal.forget_requests().await;
            search(browser, typed).await.expect_status(200);
            let requests = portal.requests_of("search-households").await;
            let units =
                |name: &str| requests.iter().filter_map(|it| it[name].as_f64()).sum::<f64>();
            let actions: Vec<String> = requests.iter().map(|it| it["action"].to_string()).collect();
            each.push((actions, units("read_units") + units("index_read_units")));
        }
        asked.push(each);
    }

    assert_eq!(asked[0], asked[1]);
    let count = |(actions, units): &(Vec<String>, f64)| (actions.len(), *units);
    // The session, then: a lease; credentials, account and lease; a query and its leases.
    let counts: Vec<(usize, f64)> = asked[0].iter().map(count).collect();
    assert_eq!(counts[0], (2, 2.0), "{asked:?}");
    assert_eq!(counts[1], (4, 4.0), "{asked:?}");
    assert_eq!(counts[2], (3, 2.5), "{asked:?}");
}

#[cfg(not(feature = "deployed"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_moves_to_another_agency_while_it_is_searched_for_is_not_shown() {
    let portal = Portal::open().await;
    portal.import(&[row("90000001", "Martin", "Zoé", OWN)]).await.expect_status(200);
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    assert_eq!(found(&agent, "martin").await, ["90000001"]);

    // The index is read, and then the lease.
    let held = portal.hold_at("search-households", "BatchGetItem", 0);
    let (found, ()) = tokio::join!(found(&agent, "martin"), async {
        let began = tokio::time::timeout(Duration::from_secs(20), held.began()).await;
        began.expect("the call is made");
        portal.import(&[row("90000001", "Martin", "Zoé", OTHER)]).await.expect_status(200);
        drop(held);
    });

    assert!(found.is_empty(), "{found:?}");
}
