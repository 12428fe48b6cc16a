//! The rate at which mails go to SES, over HTTP. `tests/years/tests/mail_rate.rs` has a thousand of them, in
//! simulated time.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::{Household, Portal};

/// The mails that SES takes in a second, as in the template's parameter `MailsPerSecond`.
const RATE: u32 = 5;
const MAILS: usize = 20;
/// How many households register at once.
const AT_ONCE: usize = 4;

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures, where one asks for them")]
async fn mails_that_come_together_keep_to_the_rate_of_ses() {
    let portal = Portal::open_with(&[("MAILS_PER_SECOND", &RATE.to_string())]).await;
    portal.set_fault(&json!({"service": "ses", "fail": "throttle", "rate": RATE})).await;
    let households: Vec<Household> = (0..MAILS).map(household).collect();
    let rows: Vec<String> = households.iter().map(|household| household.row("")).collect();
    portal.import(&rows).await.expect_status(200);

    let registered = stream::iter(households.iter().enumerate()).map(|(number, household)| {
        let browser = portal.browser().from_source(&format!("2001:db8:0:{number:x}::1"));
        async move { browser.register(household).await.expect_status(202) }
    });
    registered.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;

    portal.settle().await;
    assert_eq!(portal.mails().await.len(), MAILS);
    let calls = portal.requests_of("deliver-mail").await;
    let units = |of: &str| calls.iter().filter_map(|call| call[of].as_f64()).sum::<f64>();
    let (own, of_indexes) = (units("write_units"), units("index_write_units"));
    println!("write units for {MAILS} mails: {own}, of indexes {of_indexes}");
    let calls: Vec<_> = calls.iter().filter(|call| call["action"] == "SendEmail").collect();
    let refused = calls.iter().filter(|call| call["status"] == 429).count();
    // A busy machine may send a mail late, just before the next one.
    assert!(refused * 10 <= MAILS, "{refused} mails were over the rate");
}

#[tokio::test]
async fn more_mails_than_wait_in_hand_are_left_to_a_sweep() {
    let portal = Portal::open_with(&[("MAILS_PER_SECOND", "1"), ("MAILS_AT_ONCE", "12")]).await;
    portal.without_checker("mails that nothing has caused");
    portal.tenant(&Household::MARTIN).await;
    portal.settle().await;
    let rows = portal.items("tokens").await;
    let is_notice = |row: &&Value| row["pk"]["S"].as_str().unwrap().starts_with("notice#");
    let notice = rows.iter().find(is_notice).unwrap();
    let rows: Vec<Value> = (0..12).map(|number| like(notice, number)).collect();

    portal.put_items("tokens", &rows).await;

    let mut again = 0;
    for _ in 0..60 {
        again = 0;
        for row in &rows {
            let row = portal.token_row(row["pk"]["S"].as_str().unwrap()).await;
            again +=
                usize::from(row["attempts"]["N"].as_str().unwrap().parse::<u32>().unwrap() > 2);
        }
        if again > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(again > 0, "no mail was left to another sweep");
}

/// A mail like `notice` that is due, and was tried once: the stream leaves it to a sweep.
fn like(notice: &Value, number: usize) -> Value {
    let mut row = notice.clone();
    row["pk"] = json!({"S": format!("notice#{number:0>21}A")});
    row["to"] = json!({"S": format!("foyer-{number}@exemple.example")});
    row["outbox"] = json!({"S": "0"});
    row["try_at"] = row["created_at"].clone();
    row["attempts"] = json!({"N": "1"});
    row.as_object_mut().unwrap().retain(|name, _| !name.starts_with("settled"));
    row
}

#[tokio::test]
async fn a_clock_that_is_put_back_does_not_hold_mails_up() {
    let portal = Portal::open_with(&[("MAILS_PER_SECOND", &RATE.to_string())]).await;
    portal.set_clock("2032-03-01T09:00:00Z").await;
    portal.browser().register(&Household::MARTIN).await.expect_status(202);
    portal.mail_to(Household::MARTIN.email, 1).await;

    portal.set_clock("2031-03-01T09:00:00Z").await;
    portal.browser().register(&Household::LEFEVRE).await.expect_status(202);

    portal.mail_to(Household::LEFEVRE.email, 1).await;
}

fn household(number: usize) -> Household {
    Household {
        lease: format!("{:08}", 70_000_000 + number).leak(),
        email: format!("foyer-{number}@exemple.example").leak(),
        ..Household::MARTIN
    }
}
