//! Delivery of mails while SES, the stream or the tables fail.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Household, Portal, token_in};

use crate::two_years::Day;

const LANGUAGES: [&str; 2] = ["fr", "en"];
/// Longer than a mail waits after a failure of SES or a lost answer, or while a delivery has it.
const A_WHILE: &str = "PT5M1S";
/// Longer than a new mail is left to the stream.
const LEFT_TO_STREAM: &str = "PT31S";

/// Registers the `n`th household, with its own lease.
async fn register_nth(portal: &Portal, browser: &Browser, n: usize) -> String {
    let email = format!("foyer{n}@exemple.example");
    let row = format!("910000{n:02},Petit,Léa,Agence,agence@bailleur.example,,,");
    portal.import(&[row]).await.expect_status(200);
    let form = json!({
        "lease": format!("910000{n:02}"), "last_name": "Petit", "email": email,
        "password": "quatre chevaux bleus 4", "terms": "2026-01",
    });
    browser.post("/api/registrations", &form).await.expect_status(202);
    email
}

/// Waits until `count` calls of deliver-mail to `service` have failed.
async fn failures(portal: &Portal, service: &str, count: usize) {
    for _ in 0..1_000 {
        let calls = portal.requests_of("deliver-mail").await;
        let failed = calls.iter().filter(|call| call["service"] == service && failed(call));
        if failed.count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{service} did not fail {count} times");
}

fn failed(call: &Value) -> bool {
    call["fault"].is_string()
}

/// The number of calls to SES so far.
async fn asked_of_ses(portal: &Portal) -> usize {
    let calls = portal.requests_of("deliver-mail").await;
    calls.iter().filter(|call| call["action"] == "SendEmail").count()
}

/// Waits until no delivery is under way: deliver-mail makes no calls except those of sweeps, and no
/// delivery has a claimed mail. A delivery that has died keeps its claim for 5 minutes, so the wait
/// ends after the longest pause of a delivery.
async fn quiet(portal: &Portal) {
    const PAUSE: usize = 60;
    let (mut before, mut looks) = (usize::MAX, 0);
    for _ in 0..500 {
        let calls = portal.requests_of("deliver-mail").await;
        let deliveries = calls.iter().filter(|call| call["action"] != "Query").count();
        looks = if deliveries == before { looks + 1 } else { 0 };
        if looks > PAUSE || looks > 0 && !is_any_in_hand(portal).await {
            return;
        }
        before = deliveries;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the deliveries do not end");
}

/// Whether a delivery seems to have a claimed mail: a claim puts the mail off for 5 minutes, while
/// a mail that has failed less than 5 times waits for at most 4 minutes.
async fn is_any_in_hand(portal: &Portal) -> bool {
    let at = now(portal).await;
    let in_hand = |row: &Value| {
        let (attempts, unanswered) = (number(row, "attempts"), number(row, "unanswered"));
        (1..5).contains(&attempts) && unanswered == 0 && number(row, "try_at") - at > 250
    };
    waiting(portal).await.iter().any(in_hand)
}

/// Lets `duration` pass and the due mails be tried. No delivery is under way at its beginning or
/// its end, because the claim of such a delivery would seem to have ended.
async fn pass(portal: &Portal, duration: &str) {
    quiet(portal).await;
    portal.advance(duration).await;
    portal.sweep_mails().await;
    quiet(portal).await;
}

/// Lets time pass until every mail is settled.
async fn settle_in_time(portal: &Portal) {
    for _ in 0..12 {
        quiet(portal).await;
        if waiting(portal).await.is_empty() {
            return;
        }
        pass(portal, A_WHILE).await;
    }
    panic!("some mails are never sent: {:#?}", waiting(portal).await);
}

/// The rows of mails whose keys begin with `kind`.
async fn mail_rows(portal: &Portal, kind: &str) -> Vec<Value> {
    let mut rows = portal.items("tokens").await;
    rows.retain(|row| row["mail"].is_object() && key(row).starts_with(kind));
    rows
}

/// The rows of mails that are not settled yet.
async fn waiting(portal: &Portal) -> Vec<Value> {
    let mut rows = mail_rows(portal, "").await;
    rows.retain(|row| row["outbox"].is_object());
    rows
}

/// The only row of this kind.
async fn only_row(portal: &Portal, kind: &str) -> Value {
    let mut rows = mail_rows(portal, kind).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.remove(0)
}

fn key(row: &Value) -> &str {
    row["pk"]["S"].as_str().unwrap()
}

/// A number in a row; 0 if there is none.
fn number(row: &Value, name: &str) -> i64 {
    row[name]["N"].as_str().map_or(0, |number| number.parse().unwrap())
}

/// Checks that `row` has this final state and a time of settlement, and is not tried again.
#[track_caller]
fn expect_settled(row: &Value, end: &str) {
    assert_eq!(row["settled"]["S"], end, "{row:#}");
    assert!(number(row, "settled_at") > 0, "{row:#}");
    assert!(row["outbox"].is_null() && row["try_at"].is_null(), "{row:#}");
}

fn names(mails: &[Value]) -> Vec<&str> {
    let oldest_first = mails.iter().rev();
    oldest_first.map(|mail| mail["tags"]["mail"].as_str().unwrap()).collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_outage_of_ses_loses_nothing_and_doubles_nothing() {
    let portal = Portal::open().await;
    let browsers: Vec<Browser> = (0..12).map(|_| portal.browser()).collect();
    let mut emails = Vec::new();

    portal.fail("ses", "down", None).await;
    for (n, browser) in browsers.iter().enumerate() {
        emails.push(register_nth(&portal, browser, n).await);
    }
    // Longer than the stream retries.
    for _ in 0..4 {
        pass(&portal, A_WHILE).await;
    }
    assert_eq!(portal.mails().await, Vec::<Value>::new());
    portal.fail("ses", "none", None).await;
    settle_in_time(&portal).await;
    for (browser, email) in browsers.iter().zip(&emails) {
        let mail = portal.mail_to(email, 1).await;
        browser.activate(&token_in(&mail).unwrap()).await.expect_status(200);
    }

    portal.settle().await;
    portal.fail("ses", "down", None).await;
    for (browser, email) in browsers.iter().zip(&emails) {
        let forgotten = json!({"email": email});
        browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    }
    for _ in 0..4 {
        pass(&portal, A_WHILE).await;
    }
    portal.fail("ses", "none", None).await;
    settle_in_time(&portal).await;

    for email in &emails {
        let mails = portal.mails_to(email).await;
        assert_eq!(names(&mails), ["activation", "account-activated", "password-reset"]);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_outage_of_ses_of_any_length_loses_only_what_has_expired() {
    let portal = Portal::open_without_daily_jobs().await;
    let household = Household::MARTIN;
    let browser = portal.browser();
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    portal.settle().await;

    portal.fail("ses", "down", None).await;
    browser.activate(&token).await.expect_status(200);
    let expires = register_nth(&portal, &portal.browser(), 1).await;
    for _ in 0..5 {
        pass(&portal, "PT1H").await;
    }
    let holds = register_nth(&portal, &portal.browser(), 2).await;
    for _ in 0..20 {
        pass(&portal, "PT1H").await;
    }
    assert_eq!(portal.mails().await.len(), 1, "nothing comes while SES is down");
    portal.fail("ses", "none", None).await;
    settle_in_time(&portal).await;
    pass(&portal, "PT1H").await;

    let notices = portal.mails_to(household.email).await;
    assert_eq!(names(&notices), ["activation", "account-activated"]);
    let mails = portal.mails_to(&holds).await;
    assert_eq!(names(&mails), ["activation"]);
    assert_eq!(portal.mails_to(&expires).await, Vec::<Value>::new());
    let ends: Vec<_> = mail_rows(&portal, "registration#").await;
    let ends: Vec<_> = ends.iter().map(|row| row["settled"]["S"].as_str().unwrap()).collect();
    assert_eq!(ends.iter().filter(|end| **end == "dropped").count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| **end == "sent").count(), 2, "{ends:?}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn ses_may_be_throttled_slow_or_down_and_each_mail_comes_once() {
    let portal = Portal::open().await;

    for (n, fault) in [
        json!({"service": "ses", "fail": "throttle", "count": 4}),
        json!({"service": "ses", "fail": "throttle", "count": 12}),
        json!({"service": "ses", "fail": "slow", "seconds": 3, "count": 2}),
        json!({"service": "ses", "fail": "down", "count": 1}),
    ]
    .iter()
    .enumerate()
    {
        portal.set_fault(fault).await;
        let email = register_nth(&portal, &portal.browser(), n).await;
        settle_in_time(&portal).await;
        assert_eq!(portal.mails_to(&email).await.len(), 1, "{fault}");
        portal.fail("ses", "none", None).await;
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_whose_answer_was_lost_comes_twice_at_most_and_five_minutes_apart() {
    let portal = Portal::open().await;
    portal.fail("ses", "lost-answer", Some(1)).await;
    let household = Household::MARTIN;

    portal.browser().register(&household).await.expect_status(202);
    failures(&portal, "ses", 1).await;
    pass(&portal, "PT4M50S").await;
    assert_eq!(asked_of_ses(&portal).await, 1, "SES may have taken the mail");
    pass(&portal, "PT11S").await;

    let mails = portal.mails_to(household.email).await;
    assert_eq!(mails.len(), 2, "{mails:#?}");
    assert_eq!(mails[0]["links"], mails[1]["links"]);
    let row = only_row(&portal, "registration#").await;
    expect_settled(&row, "sent");
    pass(&portal, "PT2H").await;
    assert_eq!(asked_of_ses(&portal).await, 2);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_that_ses_is_too_slow_for_is_asked_for_three_times_and_counts_as_sent() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.fail("ses", "slow", Some(3)).await;
    portal.browser().register(&household).await.expect_status(202);

    for tries in 1..=3 {
        // 15 seconds, the timeout for SES.
        let mut row = only_row(&portal, "registration#").await;
        for _ in 0..250 {
            row = only_row(&portal, "registration#").await;
            if number(&row, "unanswered") == tries || row["settled"].is_object() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(number(&row, "attempts"), tries, "one call each: {row:#}");
        if tries == 3 {
            expect_settled(&row, "sent");
            break;
        }
        assert_eq!(number(&row, "unanswered"), tries, "{row:#}");
        portal.advance("PT4M50S").await;
        portal.sweep_mails().await;
        let row = only_row(&portal, "registration#").await;
        assert_eq!(number(&row, "attempts"), tries, "no new attempt before 5 minutes: {row:#}");
        portal.advance("PT11S").await;
        // The next attempt takes long, and the sweep waits for it.
    }

    // SES sends the mail also if nobody waits for its answer.
    let mail = portal.mail_to(household.email, 3).await;
    let mails = portal.mails_to(household.email).await;
    assert!(mails.iter().all(|other| other["links"] == mail["links"]));
    pass(&portal, "PT2H").await;
    assert_eq!(asked_of_ses(&portal).await, 3);
    assert_eq!(portal.mails_to(household.email).await.len(), 3);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_whose_mark_was_lost_comes_twice_and_five_minutes_apart() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let slow = json!({"service": "ses", "fail": "slow", "seconds": 2});
    portal.set_fault(&slow).await;
    portal.browser().register(&household).await.expect_status(202);

    // The table fails while SES is slow. Two updates come before: the claim of the mail and the
    // count of its address.
    for _ in 0..150 {
        let calls = portal.requests_of("deliver-mail").await;
        if calls.iter().filter(|call| call["action"] == "UpdateItem").count() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let down = json!({
        "service": "dynamodb", "function": "deliver-mail", "action": "UpdateItem", "fail": "down",
    });
    portal.set_fault(&down).await;
    failures(&portal, "dynamodb", 3).await;
    portal.fail("dynamodb", "none", None).await;
    portal.fail("ses", "none", None).await;
    portal.mail_to(household.email, 1).await;
    pass(&portal, "PT4M").await;
    assert_eq!(
        portal.mails_to(household.email).await.len(),
        1,
        "a delivery may have claimed the mail"
    );
    pass(&portal, "PT1M1S").await;
    settle_in_time(&portal).await;

    let mails = portal.mails_to(household.email).await;
    assert_eq!(mails.len(), 2, "{mails:#?}");
    assert_eq!(mails[0]["links"], mails[1]["links"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_delivery_that_does_not_know_whether_it_has_the_mail_leaves_it_to_a_later_one() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let lost = json!({
        "service": "dynamodb", "function": "deliver-mail", "action": "UpdateItem",
        "fail": "lost-answer", "count": 1,
    });
    portal.set_fault(&lost).await;

    portal.browser().register(&household).await.expect_status(202);
    failures(&portal, "dynamodb", 1).await;
    settle_in_time(&portal).await;

    assert_eq!(portal.mails_to(household.email).await.len(), 1);
    assert_eq!(asked_of_ses(&portal).await, 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn the_sweep_sends_mails_that_the_stream_gives_up() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let down = json!({"service": "dynamodb", "function": "deliver-mail", "fail": "down"});
    portal.set_fault(&down).await;

    portal.browser().register(&household).await.expect_status(202);
    // The stream delivers a record three times, and each time the SDK tries the call three times.
    failures(&portal, "dynamodb", 30).await;
    assert!(portal.mails_to(household.email).await.is_empty());
    portal.forget_requests().await;
    portal.fail("dynamodb", "none", None).await;
    pass(&portal, LEFT_TO_STREAM).await;

    assert_eq!(portal.mails_to(household.email).await.len(), 1);
    let calls = portal.requests_of("deliver-mail").await;
    assert!(calls.iter().any(|call| call["action"] == "Query"), "a sweep found it");
    expect_settled(&only_row(&portal, "registration#").await, "sent");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_stream_that_delivers_every_batch_twice_doubles_no_mail() {
    let portal = Portal::open().await;
    portal.deliver_streams_twice().await;
    let household = Household::MARTIN;

    portal.tenant(&household).await;
    for n in 0..8 {
        register_nth(&portal, &portal.browser(), n).await;
    }
    settle_in_time(&portal).await;

    let mails = portal.mails_to(household.email).await;
    assert_eq!(names(&mails), ["activation", "account-activated"]);
    for n in 0..8 {
        let email = format!("foyer{n}@exemple.example");
        assert_eq!(portal.mails_to(&email).await.len(), 1, "{email}");
    }
    assert_eq!(asked_of_ses(&portal).await, 10);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn throttled_conflicting_and_slow_tables_delay_a_mail_and_no_more() {
    let portal = Portal::open().await;

    for (n, fail) in ["throttle", "conflict", "slow"].into_iter().enumerate() {
        let fault = json!({
            "service": "dynamodb", "function": "deliver-mail", "fail": fail, "count": 4,
        });
        portal.set_fault(&fault).await;
        let email = register_nth(&portal, &portal.browser(), n).await;
        settle_in_time(&portal).await;
        assert_eq!(portal.mails_to(&email).await.len(), 1, "{fail}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_permanently_refused_mail_is_marked_and_not_tried_again() {
    let portal = Portal::open().await;
    let household = Household { email: "camille@refused.example", ..Household::MARTIN };
    portal.browser().register(&household).await.expect_status(202);
    portal.settle().await;

    pass(&portal, "PT10M").await;
    pass(&portal, "PT2H").await;

    assert_eq!(asked_of_ses(&portal).await, 1);
    expect_settled(&only_row(&portal, "registration#").await, "refused");
    let good = Household { email: "camille@exemple.example", ..household };
    portal.browser().register(&good).await.expect_status(202);
    portal.link_mailed_to(good.email).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_waits_until_its_sender_is_verified() {
    let portal = Portal::open().await;
    portal.fail("ses", "unverified", None).await;
    portal.browser().register(&Household::MARTIN).await.expect_status(202);
    failures(&portal, "ses", 1).await;
    pass(&portal, A_WHILE).await;
    failures(&portal, "ses", 2).await;

    portal.fail("ses", "none", None).await;
    pass(&portal, A_WHILE).await;

    portal.link_mailed_to(Household::MARTIN.email).await;
    expect_settled(&only_row(&portal, "registration#").await, "sent");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_link_that_expired_unsent_is_never_mailed() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    portal.fail("ses", "down", None).await;
    let forgotten = json!({"email": household.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.browser().register(&Household::NDIAYE).await.expect_status(202);
    failures(&portal, "ses", 2).await;
    pass(&portal, A_WHILE).await;

    quiet(&portal).await;
    portal.advance("PT1H").await;
    portal.fail("ses", "none", None).await;
    settle_in_time(&portal).await;

    let mails = portal.mails_to(household.email).await;
    assert_eq!(names(&mails), ["activation", "account-activated"]);
    expect_settled(&only_row(&portal, "password-reset#").await, "dropped");
    let waited = portal.mails_to(Household::NDIAYE.email).await;
    assert_eq!(names(&waited), ["activation"], "a day is longer than an hour");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_that_is_swept_away_by_its_expiry_stops_nothing() {
    let portal = Portal::open().await;
    portal.fail("ses", "down", None).await;
    portal.browser().register(&Household::MARTIN).await.expect_status(202);
    failures(&portal, "ses", 1).await;
    pass(&portal, A_WHILE).await;

    portal.advance("P2D").await;
    portal.delete_expired_rows().await;
    portal.fail("ses", "none", None).await;
    portal.browser().register(&Household::NDIAYE).await.expect_status(202);
    portal.settle().await;

    assert!(portal.mails_to(Household::MARTIN.email).await.is_empty());
    assert_eq!(portal.mails_to(Household::NDIAYE.email).await.len(), 1);
}

/// Puts rows that are not mails of ours at the head of the queue: due for an hour, as if the stream
/// had tried them `attempts` times.
async fn put_broken_rows(portal: &Portal, keys: &[String], attempts: u32) {
    let at = now(portal).await;
    let text = |text: &str| json!({"S": text});
    let number = |number: i64| json!({"N": number.to_string()});
    let rows: Vec<Value> = keys
        .iter()
        .zip(0..)
        .map(|(key, n)| {
            json!({
                "pk": text(key),
                "mail": text("activation"),
                "outbox": text(&(n % 4).to_string()),
                "try_at": number(at - 3_600),
                "attempts": number(attempts.into()),
                "unanswered": number(0),
                "created_at": number(at - 3_600),
                "expires_at": number(at + 86_400),
                "payload": text("this is no payload"),
            })
        })
        .collect();
    portal.put_items("tokens", &rows).await;
}

/// The seconds since 1970 by the portal's clock.
async fn now(portal: &Portal) -> i64 {
    let clock = portal.local_get("/_local/clock").await;
    // Such as `2031-03-03T09:00:10Z`.
    let parts = clock["now"].as_str().unwrap().split(|c: char| !c.is_ascii_digit());
    let parts: Vec<i64> = parts.filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hours, minutes, seconds, ..] = parts[..] else {
        panic!("an instant: {clock}");
    };
    Day::of(year, month, day).start() + 3_600 * hours + 60 * minutes + seconds
}

/// Eight keys of a kind, beginning with the `first`.
fn eight_keys(kind: &str, first: usize) -> Vec<String> {
    (first..first + 8).map(|n| format!("{kind}#{n:021}A")).collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "puts rows into tables")]
async fn unreadable_rows_block_nothing_and_end_as_broken() {
    let portal = Portal::open().await;
    // Rows that the stream delivers.
    let mut broken = eight_keys("registration", 0);
    put_broken_rows(&portal, &broken, 0).await;
    let email = register_nth(&portal, &portal.browser(), 1).await;
    portal.mail_to(&email, 1).await;
    portal.settle().await;

    // Rows that a sweep finds.
    let late = leave_to_sweep(&portal, 2).await;
    for (kind, attempts) in [("notice", 1), ("password-reset", 2), ("agency-request", 0)] {
        let keys = eight_keys(kind, 100 * broken.len());
        put_broken_rows(&portal, &keys, attempts).await;
        broken.extend(keys);
    }
    let nameless = ["notice#not-an-id".to_owned(), "revert#".to_owned()];
    put_broken_rows(&portal, &nameless, 1).await;
    broken.extend(nameless);
    sweep_up(&portal).await;

    assert_eq!(portal.mails_to(&late).await.len(), 1);
    for key in &broken {
        expect_settled(&portal.token_row(key).await, "broken");
    }
    assert_eq!(waiting(&portal).await, Vec::<Value>::new());
}

/// Registers the `n`th household while no delivery can claim a mail, so that the stream gives its
/// mail up. Mails queued until [`sweep_up`] are also left to the sweep.
async fn leave_to_sweep(portal: &Portal, n: usize) -> String {
    let down = json!({
        "service": "dynamodb", "function": "deliver-mail", "action": "UpdateItem", "fail": "down",
    });
    portal.set_fault(&down).await;
    portal.forget_requests().await;
    let email = register_nth(portal, &portal.browser(), n).await;
    // The stream delivers a record three times, with pauses.
    let (mut before, mut looks) = (0, 0);
    for _ in 0..500 {
        let calls = portal.requests_of("deliver-mail").await;
        let failed = calls.iter().filter(|call| failed(call));
        let tries = failed.filter(|call| call["items"][0]["key"] == "registration#").count();
        looks = if tries == before { looks + 1 } else { 0 };
        if tries >= 3 && looks > 30 {
            return email;
        }
        before = tries;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the stream does not give up");
}

/// Lets sweeps send the mails that were left to them.
async fn sweep_up(portal: &Portal) {
    portal.fail("dynamodb", "none", None).await;
    pass(portal, LEFT_TO_STREAM).await;
    pass(portal, LEFT_TO_STREAM).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "puts rows into tables")]
async fn rows_of_unknown_kinds_block_nothing_and_count_as_broken() {
    let portal = Portal::open().await;
    let mut broken = eight_keys("link", 0);
    put_broken_rows(&portal, &broken, 0).await;
    let email = register_nth(&portal, &portal.browser(), 1).await;
    portal.mail_to(&email, 1).await;
    quiet(&portal).await;

    let late = leave_to_sweep(&portal, 2).await;
    // More rows in each of the four shards than a sweep reads at a time.
    let others: Vec<_> = (1..=55).flat_map(|n| eight_keys("later-kind", 100 * n)).collect();
    put_broken_rows(&portal, &others, 1).await;
    broken.extend(others);
    sweep_up(&portal).await;

    assert_eq!(portal.mails_to(&late).await.len(), 1, "behind them");
    // The function may settle such a row or only count it.
    let report = portal.sweep_mails().await;
    for key in &broken {
        let row = portal.token_row(key).await;
        assert!(
            row["settled"]["S"] == "broken" || report["broken"] == broken.len(),
            "{report} {row:#}"
        );
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "puts rows into tables")]
async fn rows_with_attributes_of_a_wrong_type_block_nothing() {
    // Attributes that a delivery reads, that the index has, that a claim raises.
    for wrong in ["expires_at", "created_at", "attempts"] {
        let portal = Portal::open().await;
        let late = leave_to_sweep(&portal, 2).await;
        let keys = [eight_keys("notice", 0), eight_keys("notice", 100)].concat();
        put_broken_rows(&portal, &keys, 1).await;
        let mut rows = mail_rows(&portal, "notice#").await;
        for row in &mut rows {
            row[wrong] = json!({"S": "no number"});
        }
        portal.put_items("tokens", &rows).await;
        sweep_up(&portal).await;

        assert_eq!(portal.mails_to(&late).await.len(), 1, "behind {wrong}");
        // A row whose attempts cannot be counted cannot be claimed.
        for key in keys.iter().filter(|_| wrong != "attempts") {
            expect_settled(&portal.token_row(key).await, "broken");
        }
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_failing_mail_does_not_block_others() {
    let portal = Portal::open().await;
    let down = json!({
        "service": "dynamodb", "function": "deliver-mail", "action": "UpdateItem", "fail": "down",
    });
    portal.set_fault(&down).await;
    let mut emails = Vec::new();
    for n in 0..21 {
        emails.push(register_nth(&portal, &portal.browser(), n).await);
    }
    let came = async |portal: &Portal| portal.mails().await.len();
    assert_eq!(came(&portal).await, 0);

    // SES fails for the first 20 mails.
    portal.fail("ses", "down", Some(20)).await;
    portal.fail("dynamodb", "none", None).await;
    portal.advance(LEFT_TO_STREAM).await;
    for _ in 0..4 {
        portal.sweep_mails().await;
        quiet(&portal).await;
    }

    assert_eq!(came(&portal).await, 1, "the last one");
    let rows = waiting(&portal).await;
    assert_eq!(rows.len(), 20);
    let at = now(&portal).await;
    for row in rows {
        assert_eq!(number(&row, "attempts"), 1, "each is put off by itself: {row:#}");
        assert!((0..=30).contains(&(number(&row, "try_at") - at)), "{row:#}");
    }
    settle_in_time(&portal).await;
    for email in &emails {
        assert_eq!(portal.mails_to(email).await.len(), 1);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn each_failure_of_ses_puts_a_mail_off_for_twice_as_long_up_to_five_minutes() {
    let portal = Portal::open().await;
    portal.fail("ses", "down", None).await;
    portal.browser().register(&Household::MARTIN).await.expect_status(202);
    failures(&portal, "ses", 1).await;

    for longest in [30, 60, 120, 240, 300, 300, 300] {
        quiet(&portal).await;
        let row = only_row(&portal, "registration#").await;
        let wait = number(&row, "try_at") - now(&portal).await;
        // Half of the wait is random, and the test itself takes a few seconds.
        assert!((longest / 2 - 5..=longest).contains(&wait), "{wait} of {longest} s");
        pass(&portal, &format!("PT{}S", wait + 1)).await;
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_sweep_stops_by_itself_before_its_timeout() {
    const MAILS: usize = 128;
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    portal.settle().await;
    // More mails than two sweeps can send in their time: copies of one that was sent.
    let row = mail_rows(&portal, "notice#").await.remove(0);
    let due = now(&portal).await - 60;
    let rows: Vec<Value> = (0..MAILS)
        .map(|n| {
            let mut row = row.clone();
            row["pk"] = json!({"S": format!("notice#{n:021}A")});
            row["to"] = json!({"S": format!("foyer{n}@exemple.example")});
            // In one shard, so that there are more than a sweep reads at a time.
            row["outbox"] = json!({"S": "0"});
            row["try_at"] = json!({"N": due.to_string()});
            row.as_object_mut().unwrap().retain(|name, _| !name.starts_with("settled"));
            row
        })
        .collect();
    // Less than the timeout for SES. The scheduled sweep sends as many at the same time.
    let slow = json!({"service": "ses", "fail": "slow", "seconds": 14});
    portal.set_fault(&slow).await;
    portal.put_items("tokens", &rows).await;
    let began = tokio::time::Instant::now();

    let report = portal.sweep_mails().await;

    let sent = report["sent"].as_u64().unwrap();
    assert!((1..128).contains(&sent), "{report}");
    assert!(began.elapsed() < Duration::from_secs(85), "{report}");
    assert!(
        portal.local_get("/_local/unsent").await.as_u64().unwrap() > 0,
        "more mails than the sweep could send"
    );
    portal.fail("ses", "none", None).await;
    portal.settle().await;
    for n in 0..MAILS {
        let email = format!("foyer{n}@exemple.example");
        assert_eq!(portal.mails_to(&email).await.len(), 1, "{email}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_mail_names_its_row_and_asks_for_no_reply() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.browser().register(&household).await.expect_status(202);

    let mail = portal.mail_to(household.email, 1).await;

    let row = only_row(&portal, "registration#").await;
    let tag = key(&row).replace('#', "_");
    assert_eq!(mail["tags"], json!({"row": tag, "mail": "activation"}));
    let taken = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    assert!(tag.chars().all(taken), "SES takes it: {tag}");
    assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
    assert!(mail["configuration_set"].is_string(), "{mail:#}");
    assert_eq!(mail["from"], "Espace locataire <ne-pas-repondre@bailleur.example>");
    assert_eq!(mail["to"], household.email);
    for others in ["cc", "bcc", "reply_to"] {
        assert_eq!(mail[others], "", "{others}");
    }
}

const AGENCY: &str = "lilas@bailleur.example";

/// Causes every mail in `language` and returns them by name.
async fn every_mail(language: &str) -> BTreeMap<String, Value> {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let household = Household::MARTIN;
    let browser = portal.browser().in_language(language);
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    let address_taken = Household { email: household.email, ..Household::LEFEVRE };
    browser.register(&address_taken).await.expect_status(202);
    let lease_taken = Household { email: "voisin@exemple.example", ..household };
    browser.register(&lease_taken).await.expect_status(202);
    let reminder = json!({"lease": household.lease, "last_name": household.last_name});
    browser.post("/api/identifier-reminders", &reminder).await.expect_status(202);

    let household = recover(&portal, &browser, household).await;
    ask_the_agency(&portal, &browser).await;
    let household = move_address(&portal, &browser, household).await;
    let close = json!({"kind": "close-account", "message": "Nous partons."});
    browser.sign_in(&household).await.expect_status(200);
    browser.post("/api/account/agency-requests", &close).await.expect_status(202);
    portal.settle().await;
    answer_newest_request(&portal, &json!({})).await;
    leave(&portal, language).await;
    move_house(&portal, language).await;

    portal.settle().await;
    let all = portal.mails().await.into_iter();
    all.map(|mail| (mail["tags"]["mail"].as_str().unwrap().to_owned(), mail)).collect()
}

/// Copies the cookie of a session, and sets a new password by a mailed link.
async fn recover(portal: &Portal, browser: &Browser, household: Household) -> Household {
    browser.sign_in(&household).await.expect_status(200);
    let session = browser.cookie("__Host-session").unwrap();
    let (id, _) = session.split_once('.').unwrap();
    browser.set_cookie("__Host-session", Some(&format!("{id}.{}", "A".repeat(43))));
    browser.refresh().await.expect_problem(401, "unauthenticated");
    let forgotten = json!({"email": household.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    let token = portal.link_mailed_to(household.email).await;
    let household = Household { password: "sept oies grises 7", ..household };
    let reset = json!({"token": token, "password": household.password});
    browser.post("/api/password-resets/confirm", &reset).await.expect_status(204);
    household
}

/// Goes paperless, and lets the agency return to paper.
async fn ask_the_agency(portal: &Portal, browser: &Browser) {
    let household = Household { password: "sept oies grises 7", ..Household::MARTIN };
    browser.sign_in(&household).await.expect_status(200);
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let paper = json!({"kind": "stop-paperless"});
    browser.post("/api/account/agency-requests", &paper).await.expect_status(202);
    portal.settle().await;
    answer_newest_request(portal, &json!({})).await;

    let close = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &close).await.expect_status(202);
    portal.settle().await;
    let refused = json!({"answer": "refused", "reason": "Le bail court encore."});
    answer_newest_request(portal, &refused).await;

    // An agency that mails do not reach.
    let unreachable = household.row("").replace(AGENCY, "lilas@refused.example");
    portal.import(&[unreachable]).await.expect_status(200);
    browser.post("/api/account/agency-requests", &close).await.expect_status(202);
    portal.settle().await;
    portal.import(&[household.row("")]).await.expect_status(200);
}

async fn answer_newest_request(portal: &Portal, answer: &Value) {
    let mut answer = answer.clone();
    answer["token"] = json!(portal.link_mailed_to(AGENCY).await);
    portal.browser().post("/api/agency-requests/answer", &answer).await.expect_status(200);
}

async fn move_address(portal: &Portal, browser: &Browser, household: Household) -> Household {
    let moved = Household { email: "nouvelle@exemple.example", ..household };
    let change = json!({"email": moved.email, "password": household.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let token = json!({"token": portal.link_mailed_to(moved.email).await});
    browser.post("/api/email-changes/confirm", &token).await.expect_status(200);
    moved
}

/// Lets another household leave at the end of its lease.
async fn leave(portal: &Portal, language: &str) {
    let household = Household::NDIAYE;
    let browser = portal.browser().in_language(language);
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    portal.import(&[household.row("2031-03-31")]).await.expect_status(200);
    for time in ["2031-05-31T03:00:00Z", "2031-06-23T03:00:00Z", "2031-06-30T03:00:00Z"] {
        portal.run_daily_job(time).await;
    }
}

/// Changes the lease of a household.
async fn move_house(portal: &Portal, language: &str) {
    let browser = portal.browser().in_language(language);
    let email = register_nth(portal, &browser, 1).await;
    let token = portal.link_mailed_to(&email).await;
    browser.activate(&token).await.expect_status(200);
    let password = "quatre chevaux bleus 4";
    let sign_in = json!({"email": email, "password": password});
    browser.post("/api/sessions", &sign_in).await.expect_status(200);
    let Household { lease, last_name, .. } = Household::LEFEVRE;
    let elsewhere = json!({"lease": lease, "last_name": last_name, "password": password});
    browser.send(Method::PUT, "/api/account/lease", &elsewhere).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn every_mail_is_in_one_language_with_the_same_links_as_text_and_as_html() {
    let [french, english] = [every_mail(LANGUAGES[0]).await, every_mail(LANGUAGES[1]).await];

    let names: Vec<&str> = french.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "account-activated",
            "account-closed",
            "account-deactivated",
            "activation",
            "agency-request",
            "agency-request-not-delivered",
            "agency-request-received",
            "agency-request-refused",
            "closing-soon",
            "email-already-registered",
            "email-change-confirm",
            "email-changed",
            "household-already-registered",
            "identifier-reminder",
            "lease-changed",
            "paperless-started",
            "paperless-stopped",
            "password-changed",
            "password-reset",
            "session-theft",
        ]
    );
    assert!(french.keys().eq(english.keys()));
    for (name, french) in &french {
        let english = &english[name];
        assert_eq!(pages(french), pages(english), "{name}");
        // Mails to the landlord's staff are always French.
        let other = if name == "agency-request" { "fr" } else { "en" };
        assert_eq!(french["subject"] == english["subject"], other == "fr", "{name}");
        for (mail, language) in [(french, "fr"), (english, other)] {
            let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
            let greeting = if language == "fr" { "Bonjour,\n" } else { "Hello,\n" };
            assert!(text.starts_with(greeting), "{name}: {text}");
            assert!(html.contains(&format!("lang=\"{language}\"")), "{name}: {html}");
            // A mail only fetches the logo.
            let (before, logo) = html.split_once("<img src=\"").unwrap();
            let (logo, after) = logo.split_once('"').unwrap();
            assert!(logo.starts_with("http://") && logo.ends_with("/logo.png"), "{name}: {logo}");
            assert_eq!(links_of(text), links_of(&format!("{before}{after}")), "{name}");
            assert!(!after.contains("<img") && !html.contains("<script"), "{name}");
            let subject = mail["subject"].as_str().unwrap().to_lowercase();
            for secret in ["camille", "martin", "diaye", "12345678", "exemple", "@"] {
                assert!(!subject.contains(secret), "{name}: {subject}");
            }
        }
    }
}

/// The links of a text or a page, once each, without quotes or tags after them.
fn links_of(text: &str) -> Vec<String> {
    let parts = text.split("http://").skip(1);
    let ends = |c: char| c.is_whitespace() || "<>\"'".contains(c);
    let mut links: Vec<String> =
        parts.filter_map(|part| part.split(ends).next()).map(str::to_owned).collect();
    links.sort();
    links.dedup();
    links
}

/// The paths that a mail links to, without host and token.
fn pages(mail: &Value) -> Vec<String> {
    let page = |link: String| {
        let link = link.split('#').next().unwrap_or_default().to_owned();
        link.split_once('/').map_or(String::new(), |(_, page)| page.to_owned())
    };
    links_of(mail["text"].as_str().unwrap()).into_iter().map(page).collect()
}
