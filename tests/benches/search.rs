//! What a search asks of the tables does not grow with them: the same searches among 10 000 and among
//! 1 000 000 leases. Requests and read units, in one process.
//!
//! `make bench`, or `cargo bench --package tests --bench search --profile dev`. `LEASES=100000` is a
//! shorter run.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench tells what it found, and stops where it cannot"
)]

use serde_json::{Value, json};
use tests::{Household, Portal};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
const MARTIN: Household = Household::MARTIN;
/// The agency of `agent-of-one-agency`. It has one household.
const OWN: &str = "Agence de Lyon Part-Dieu,lyon@bailleur.example";
/// How many rows of the index are read for somebody who sees some agencies only, and their size with
/// what DynamoDB counts for each. `shared/src/store/listed.rs` has the number.
const READ: f64 = 2000.0;
const KIB_OF_ROW: f64 = 0.25;

#[tokio::main]
async fn main() {
    let portal = Portal::open_for_a_bench().await;
    portal.tenant(&MARTIN).await;
    portal.import(&[format!("90000001,Zwingli,Ulrich,{OWN},,,")]).await.expect_status(200);

    let many = many();
    fill(&portal, 0, FEW).await;
    let among_few = ask_all(&portal, FEW).await;
    fill(&portal, FEW, many).await;
    let among_many = ask_all(&portal, many).await;

    for (few, more) in among_few.iter().zip(&among_many) {
        if few.bounded {
            let most = READ * KIB_OF_ROW / 8.0 + 1.0;
            assert!(more.units <= most, "{}: at most {most} read units", few.what);
            assert_eq!(few.requests, more.requests, "{}", few.what);
        } else {
            assert_eq!((few.requests, few.units), (more.requests, more.units), "{}", few.what);
        }
        assert_eq!(few.found, more.found, "{}", few.what);
    }
    println!("ratio of requests and of read units of the searches that find: 1.00");
}

/// What a search asked, and how many it found on its first page.
struct Asked {
    what: &'static str,
    found: usize,
    requests: usize,
    units: f64,
    /// Whether more are read among more leases, up to a number.
    bounded: bool,
}

async fn ask_all(portal: &Portal, leases: usize) -> Vec<Asked> {
    // A session that is not used for half an hour ends, and so long may it take to put the leases.
    let (all, own) = (&portal.browser(), &portal.browser());
    all.sign_in_as_staff("reader").await;
    own.sign_in_as_staff("agent-of-one-agency").await;
    let mut each = Vec::new();
    for (what, browser, typed, bounded) in [
        ("a reference", all, MARTIN.lease, false),
        ("an address", all, MARTIN.email, false),
        ("a rare name", all, "zwingli", false),
        ("a rare name, one agency", own, "zwingli", false),
        ("two letters, 50 shown", all, "ma", false),
        ("two letters, one agency, none of it", own, "ma", true),
    ] {
        let path = format!("/api/staff/households?q={typed}");
        // The first search of a process also reads the secret.
        browser.staff_get(&path).await.expect_status(200);
        portal.forget_requests().await;
        let answer = browser.staff_get(&path).await.expect_status(200).json;
        let requests = portal.requests_of("search-households").await;
        let units = |name: &str| requests.iter().filter_map(|it| it[name].as_f64()).sum::<f64>();
        let asked = Asked {
            what,
            found: answer["households"].as_array().map_or(0, Vec::len),
            requests: requests.len(),
            units: units("read_units") + units("index_read_units"),
            bounded,
        };
        println!(
            "{leases:>9} leases, {what}: {} found, {} requests, {} read units",
            asked.found, asked.requests, asked.units
        );
        each.push(asked);
    }
    each
}

#[expect(clippy::disallowed_methods, reason = "the developer chooses how much of it runs")]
fn many() -> usize {
    std::env::var("LEASES").ok().and_then(|leases| leases.parse().ok()).unwrap_or(MANY)
}

/// Puts leases of another agency, from the one numbered `from` to the one before `to`. Their last names
/// begin with 20 pairs of letters.
async fn fill(portal: &Portal, from: usize, to: usize) {
    let beginnings = [
        "ma", "le", "du", "be", "ro", "mo", "la", "gi", "fa", "bo", "pe", "da", "ga", "ch", "ri",
        "ra", "he", "ba", "ca", "de",
    ];
    let text = |text: &str| json!({"S": text});
    let lease = |number: usize| -> Value {
        let beginning = beginnings[number % 20];
        let (last_name, reference) =
            (format!("{beginning}rtel{:02}", number / 20 % 25), format!("8{number:08}"));
        let agency =
            json!({"name": text("Agence des Lilas"), "email": text("lilas@bailleur.example")});
        json!({
            "pk": text(&format!("lease#{reference}")),
            "reference": text(&reference),
            "last_name": text(&last_name),
            "first_name": text("Camille"),
            "agency": {"M": agency},
            "list": text(&format!("name#{beginning}")),
            "place": text(&format!("{last_name} camille#{reference}")),
        })
    };
    let numbers: Vec<usize> = (from..to).collect();
    let loads = numbers.chunks(numbers.len().div_ceil(4)).map(|numbers| async move {
        for chunk in numbers.chunks(10_000) {
            let items: Vec<Value> = chunk.iter().map(|number| lease(*number)).collect();
            portal.put_items("tenants", &items).await;
        }
    });
    futures_util::future::join_all(loads).await;
}
